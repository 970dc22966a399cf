"""Points and coupons in a browser: given by hand, issued, and used through the API."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from goen.kit.db import tx
from tests import asking, world
from tests.conftest import FreshDatabase
from tests.doors.calling import fact, goods
from tests.points.wallet import account, programme

pytestmark = pytest.mark.browser
BOWL = 4_400


@pytest.fixture
def desk(fresh_db: FreshDatabase, serving: str, browser: Any) -> Iterator[Any]:
    """Somebody of head office at the point pages; no script error may appear."""
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "UTSUWA-01", 10)
        programme(t)
        account(t)
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", base_url=serving)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
    page.goto("/login?next=/points")
    page.fill("#login", "sato")
    page.fill("#password", "long enough")
    page.press("#password", "Enter")
    page.wait_for_url("**/points")
    yield page
    context.close()
    assert errors == []


def test_points_are_found_for_somebody_and_given_by_hand(desk: Any) -> None:
    desk.get_by_role("link", name="お客様の口座をさがす").click()
    desk.fill("#q", "タカハシ")
    desk.press("#q", "Enter")
    desk.get_by_role("link", name="高橋 健 様").click()
    desk.get_by_role("heading", name="高橋 健 様のポイント").wait_for()
    desk.fill("#qty", "500")
    desk.fill("#note", "欠品のお詫び")
    desk.get_by_role("button", name="内容を確かめる").click()
    desk.get_by_role("heading", name="この内容でよいか確かめてください").wait_for()
    desk.get_by_role("button", name="500ポイントを付ける").dblclick()
    desk.get_by_text("500ポイントを付けました。").wait_for()
    assert desk.locator("#history tbody tr").count() == 1
    assert "欠品のお詫び" in desk.locator("#history").inner_text()
    desk.goto("/points")
    assert "500" in desk.locator(".strip .figure").first.inner_text()


def test_a_coupon_is_issued_used_over_the_api_and_shown_used(desk: Any, serving: str) -> None:
    desk.goto("/coupons")
    desk.get_by_role("link", name="種類を作る").click()
    desk.fill("#name_ja", "開店記念500円引き")
    desk.fill("#code", "opening")
    desk.fill("#value", "500")
    desk.fill("#valid_from", "2026-01-01")
    desk.get_by_role("button", name="内容を確かめる").click()
    desk.get_by_text("¥500引き").first.wait_for()
    desk.get_by_role("button", name="この種類を作る").click()
    desk.get_by_text("クーポンの種類を作りました。").wait_for()
    desk.fill("#member", "G1040001")
    desk.get_by_role("button", name="内容を確かめる").click()
    desk.get_by_text("高橋 健 様 · 会員 G1040001").wait_for()
    desk.get_by_role("button", name="1枚を発行する").dblclick()
    desk.get_by_text("1枚を発行しました。").wait_for()
    link = desk.locator("tbody th a")
    assert link.count() == 1
    number = link.inner_text()
    assert re.fullmatch(r"[A-Z2-9]{4}(-[A-Z2-9]{4}){2}", number)

    sale = fact(
        place="shibuya", channel="store", lines=goods(("UTSUWA-01", 1)), coupons=[number],
        member={"value": "G1040001"}, tenders=[{"kind": "card", "amount_minor": BOWL - 500}],
    )  # fmt: skip
    headers = {"Authorization": f"Bearer {asking.new_key()}"}
    answer = desk.request.post(f"{serving}/v1/sales", data=sale, headers=headers)
    assert answer.status == 201, answer.text()

    link.click()
    desk.get_by_text("使いきり").wait_for()
    assert desk.locator(f'a[href="/orders/{sale["uid"]}"]').count() == 1
    assert "−" not in desk.locator(".strip").inner_text()
    desk.goto("/coupons")
    row = desk.locator("tbody tr").first.inner_text()
    assert "¥500" in row
    desk.goto("/customers/1")
    assert "39" in desk.locator("section", has_text="みやびポイント").last.inner_text()
