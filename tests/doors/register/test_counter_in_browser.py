"""A return, a pick-up and a discount in a real browser: by touch, by scanner, on both widths."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from goen.kit import clock
from goen.kit.db import tx
from goen.orders.sale import SaleTender, Sold
from goen.orders.selling import sell
from tests import world
from tests.conftest import FreshDatabase
from tests.orders import placed

pytestmark = pytest.mark.browser
WIDTHS = ({"width": 1440, "height": 900}, {"width": 390, "height": 844})


@pytest.fixture(params=WIDTHS, ids=["wide", "narrow"])
def till(
    request: pytest.FixtureRequest, fresh_db: FreshDatabase, serving: str, browser: Any
) -> Iterator[Any]:
    """Till S1, its clerk logged in; nothing may log an error or scroll sideways."""
    with tx() as t:
        world.open_shop(t)
        for code, *_ in world.GOODS:
            world.stocked(t, code, 50)
    context = browser.new_context(viewport=request.param, locale="ja-JP", base_url=serving)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
    page.goto("/login?next=/register/")
    page.fill("#login", "sato")
    page.fill("#password", "long enough")
    page.press("#password", "Enter")
    page.click("button[name=till][value=S1]")
    page.wait_for_selector("#scan")
    yield page
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(sideways) <= 0
    context.close()
    assert errors == []


def _turn_to(page: Any, path: str) -> None:
    """Another page of the till; whoever scans waits until it is there."""
    page.click(f".reg-nav a[href='{path}']")
    page.wait_for_url(f"**{path}")
    page.wait_for_load_state("networkidle")


def _sold() -> UUID:
    now = clock.now()
    tenders = (SaleTender("cash", 5_000, 5_000), SaleTender("card", 10_792))
    sale = world.sale(
        ("UTSUWA-01", 3),
        ("CHA-01", 2),
        at=now - timedelta(days=1),
        tenders=tenders,
        source_no="S1-0000007",
    )
    with tx() as t:
        (answer,) = sell(t, [sale], actor=world.ACTOR, recorded_at=now)
    assert isinstance(answer, Sold), answer
    return answer.uid


def _priced(page: Any, total: str) -> None:
    says = "total => document.querySelector('#total').textContent === total"
    page.wait_for_function(says, arg=total)


def _slips() -> list[Any]:
    with tx() as t:
        return t.rows("SELECT kind, total_minor, reason FROM orders_slip ORDER BY id")


def test_a_return_by_scanning_the_receipt_and_the_goods(till: Any) -> None:
    _sold()
    _turn_to(till, "/register/returns")
    till.keyboard.type("S1-0000007")
    till.keyboard.press("Enter")
    till.wait_for_selector("#lines")
    assert till.locator("#pay").is_disabled()
    for code in ("UTSUWA-01", "CHA-01", "NUNO-01"):
        till.keyboard.type(code)
        till.keyboard.press("Enter")
    till.wait_for_selector("#said.is-bad >> text=NUNO-01")
    till.click("[data-line='1'] [data-do=more]")
    till.click("[data-line='1'] [data-to=damaged]")
    till.click("[data-reason=defective]")
    till.wait_for_selector("#pay:not([disabled]) >> text=¥10,096を返金する")
    till.click("#pay")
    assert "3点を返品し、¥10,096を返金します" in till.text_content("#sure")
    till.keyboard.press("Escape")
    assert not till.locator("#sure").is_visible()
    till.click("#pay")
    till.click("#sure-yes")
    till.wait_for_url("**/register/returns/*-*")
    assert "適格返還請求書" in till.text_content(".paper")
    assert "¥10,096" in till.text_content(".done-sum")
    assert _slips() == [("take_back", 10_096, "defective")]


def test_a_lost_answer_gives_money_back_once(till: Any) -> None:
    uid = _sold()
    heard = []

    def lose(route: Any) -> None:
        heard.append(route.request.post_data)
        if len(heard) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    till.route("**/take", lose)
    till.goto(f"/register/returns/of/{uid}")
    till.click("#everything")
    till.click("[data-reason=other]")
    till.wait_for_selector("#pay:not([disabled])")
    till.click("#pay")
    till.click("#sure-yes")
    till.wait_for_url("**/register/returns/*-*")
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert [slip[:2] for slip in _slips()] == [("take_back", 15_792)]


def test_the_clerk_chooses_the_ways_and_they_must_add_up(till: Any) -> None:
    uid = _sold()
    till.goto(f"/register/returns/of/{uid}")
    till.click("[data-line='2'] [data-do=all]")
    till.click("[data-reason=size]")
    till.wait_for_selector("#pay:not([disabled])")
    till.click("#ways-open")
    till.fill("[data-way='1']", "592")
    assert till.locator("#pay").is_disabled()
    assert till.text_content("#ways-rest") == "あと ¥2,000"
    till.fill("[data-way='0']", "2,000")
    till.click("#pay")
    till.click("#sure-yes")
    till.wait_for_url("**/register/returns/*-*")
    with tx() as t:
        assert t.rows("SELECT kind, amount_minor FROM payments_refund ORDER BY tender") == [
            ("cash", 2_000),
            ("card", 592),
        ]


def test_a_pick_up_from_the_list_to_the_hand(till: Any) -> None:
    with tx() as t:
        new = placed.order(("CHA-01", 2), ("UTSUWA-01", 1), to="shibuya",
                           member=("card", "G1040002"), occurred_at=clock.now())  # fmt: skip
        (answer,) = placed.place(t, [new], actor=world.ACTOR, recorded_at=clock.now())
    _turn_to(till, "/register/pickups")
    till.keyboard.type(str(answer.uid)[-12:].upper())
    till.keyboard.press("Enter")
    till.wait_for_selector(".pick-lines")
    till.click("text=準備ができた")
    till.wait_for_selector(".chip >> text=お渡しできます")
    till.click(".pick-do .pay")
    assert "石川 美咲 様" in till.text_content("#hand")
    till.click("#hand [data-yes]")
    till.wait_for_selector(".banner-good >> text=お渡しが終わりました")
    assert [slip[0] for slip in _slips()] == ["ready", "hand_over"]


def test_ten_percent_off_a_line_and_an_amount_off_everything(till: Any) -> None:
    for code in ("CHA-01", "CHA-01", "UTSUWA-01"):
        till.focus("#scan")
        till.keyboard.type(code)
        till.keyboard.press("Enter")
        till.wait_for_selector("#said >> text=追加しました")
    _priced(till, "¥6,992")
    till.locator("#cart button.line-name").first.click()
    till.click("[data-percent='10']")
    assert till.locator("#off-take").is_disabled()
    till.click("[data-why=markdown]")
    till.click("#off-take")
    _priced(till, "¥6,733")
    till.click("#off-open")
    till.click("[data-how=amount]")
    till.fill("#off-value", "300")
    till.click("[data-why=goodwill]")
    till.click("#off-take")
    _priced(till, "¥6,433")
    till.click("[data-tender=card]")
    till.click("#pay")
    till.wait_for_url("**/register/receipts/*")
    with tx() as t:
        assert t.row("SELECT total_minor, discount_minor, discount_code FROM orders_order") == (
            6_433, 300, "goodwill",
        )  # fmt: skip
