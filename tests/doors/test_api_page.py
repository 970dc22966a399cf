"""`GET /api`: every address for people who write programs, without a login, in both languages."""

import re
from html import escape

import pytest
from django.test import Client

from goen.doors.api.routes import ROUTES
from goen.kit.db import tx
from tests import world


def shown(language: str) -> str:
    client = Client(headers={"host": "127.0.0.1", "Accept-Language": language})
    answer = client.get("/api")
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_address_is_shown_with_its_fields(tx_db: None) -> None:
    japanese, english = shown("ja"), shown("en")
    for route in ROUTES:
        assert f"<b>{route.method}</b> {route.path}" in english
        assert escape(route.en) in english
        assert route.ja in japanese
    for path in ("lines[].item", "delivery.address.postcode", "tracks.goods[].held"):
        assert f"<code>{path}</code>" in english
    assert not re.search(r'(?:src|href)="https?://', english)
    anchors = re.findall(r'id="([a-z][\w.-]+)" aria-labelledby', english)
    assert len(anchors) == len(set(anchors)) == len(ROUTES)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_fits_and_breaks_no_policy(
    fresh_db, serving: str, browser, language: str, width: int
) -> None:
    with tx() as t:
        world.open_shop(t)
    context = browser.new_context(locale=language, viewport={"width": width, "height": 900})
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{serving}/api")
    page.locator("#post-v1-orders summary").first.click()
    page.evaluate("scrollTo(0, 0)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
    context.close()
