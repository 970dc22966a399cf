"""A shopper's telephone: signed in by card, news by one tap, no wider than the screen."""

from datetime import date
from typing import Any

import pytest

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.kit.db import tx
from tests import world

pytestmark = pytest.mark.browser


def test_a_telephone_signs_in_and_says_yes_by_one_tap(serving: str, browser: Any) -> None:
    card = NewCredential("card", "G1040002", verified=True)
    member = NewRecord("pos", "M-002", birth_date=date(1980, 4, 2), credentials=(card,))
    with tx() as t:
        world.open_shop(t)
        records.register(t, [member], actor=world.ACTOR, recorded_at=world.NOW)
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ja-JP")
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{serving}/m/consents")
    page.fill("#card", "G104-0002")
    page.fill("#born", "1980-04-02")
    page.get_by_role("button", name="カードで入る").click()
    switch = page.get_by_role("switch", name="メール")
    assert switch.get_attribute("aria-checked") == "false"
    switch.click()
    assert page.get_by_role("switch", name="メール").get_attribute("aria-checked") == "false"
    assert page.get_by_text("お届け先がまだありません").is_visible()
    page.get_by_role("link", name="カード").click()
    box = page.locator(".m-card svg").bounding_box()
    assert box is not None
    assert box["width"] > 250, "a scanner wants it wide"
    wide = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    assert not page.evaluate(wide)
    assert said == []
    context.close()
