"""The till in a real browser: scanning from anywhere, paying, and a network that loses answers."""

from collections.abc import Iterator
from typing import Any

import pytest

from goen.kit.db import tx
from tests.conftest import FreshDatabase
from tests.world import open_shop

pytestmark = pytest.mark.browser
TABLET = {"width": 1180, "height": 820}


@pytest.fixture
def till(fresh_db: FreshDatabase, serving: str, browser: Any) -> Iterator[Any]:
    """A tablet at till S1 of the small shop, its clerk logged in; no console error may appear."""
    with tx() as t:
        open_shop(t)
    context = browser.new_context(viewport=TABLET, locale="ja-JP")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
    page.goto(f"{serving}/login?next=/register/")
    page.fill("#login", "sato")
    page.fill("#password", "long enough")
    page.press("#password", "Enter")
    page.click("button[name=till][value=S1]")
    page.wait_for_selector("#scan")
    yield page
    context.close()
    assert errors == []


def _scan(page: Any, code: str) -> None:
    """A scanner types a code and Enter, wherever the focus is; the page is there before."""
    page.wait_for_load_state("load")
    page.keyboard.type(code)
    page.keyboard.press("Enter")


def _priced(page: Any, total: str) -> None:
    page.wait_for_selector("#total[aria-busy=false]")
    says = "total => document.querySelector('#total').textContent === total"
    page.wait_for_function(says, arg=total)


def _orders() -> list[Any]:
    with tx() as t:
        return t.rows("SELECT uid, total_minor FROM orders_order")


def test_a_scan_with_the_focus_on_a_button_rings_up_the_item(till: Any) -> None:
    till.focus("#member-open")
    _scan(till, "KASHI-01")
    _scan(till, "ROUND-115")
    _priced(till, "¥277")
    _scan(till, "G1040001")
    till.wait_for_selector("text=高橋 健 様")
    _scan(till, "4901234567894")
    till.wait_for_selector("#said.is-bad >> text=4901234567894")
    assert till.locator("#cart li").count() == 2


def test_cash_is_typed_and_taken_by_keys_and_a_scan_amid_it_is_a_scan(till: Any) -> None:
    _scan(till, "KASHI-01")
    _priced(till, "¥162")
    till.click("[data-tender=cash]")
    _scan(till, "4901234567894")
    till.wait_for_selector("#said.is-bad >> text=4901234567894")
    assert till.locator("#change").text_content() == "—"
    till.keyboard.type("100")
    till.keyboard.press("Enter")
    assert till.locator("#change").text_content() == "あと ¥62"
    assert _orders() == []
    till.click("[data-given='1000']")
    till.keyboard.type("500")
    assert till.locator("#change").text_content() == "¥338"
    till.keyboard.press("Enter")
    till.wait_for_url("**/register/receipts/*")
    assert "¥338" in till.locator(".done-sum").text_content()
    assert len(_orders()) == 1


def test_cash_gives_change_and_ends_in_a_receipt(till: Any) -> None:
    _scan(till, "UTSUWA-01")
    _priced(till, "¥4,400")
    assert till.locator("#pay").is_disabled()
    till.click("[data-tender=cash]")
    till.click("[data-given='1000']")
    assert till.locator("#change").text_content() == "あと ¥3,400"
    assert till.locator("#pay").is_disabled()
    till.click("[data-given='5000']")
    assert till.locator("#change").text_content() == "¥1,600"
    till.dblclick("#pay")
    till.wait_for_url("**/register/receipts/*")
    assert "¥1,600" in till.locator(".done-sum").text_content()
    assert len(_orders()) == 1


def test_a_lost_answer_is_asked_again_and_sells_once(till: Any) -> None:
    heard = _loses_the_first_answer(till)
    _scan(till, "KASHI-01")
    _priced(till, "¥162")
    till.click("[data-tender=card]")
    till.click("#pay")
    till.wait_for_url("**/register/receipts/*")
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert len(_orders()) == 1


def test_a_split_payment_adds_up_or_waits(till: Any) -> None:
    _scan(till, "UTSUWA-01")
    _priced(till, "¥4,400")
    till.click("[data-tender=split]")
    till.fill("[data-split=cash]", "1,000")
    assert till.locator("#pay").is_disabled()
    till.click("[data-rest=qr]")
    assert till.locator("[data-split=qr]").input_value() == "3,400"
    till.click("#pay")
    till.wait_for_url("**/register/receipts/*")
    with tx() as t:
        assert t.rows("SELECT kind, amount_minor FROM payments_tender ORDER BY line") == [
            ("cash", 1000),
            ("qr", 3400),
        ]


def test_a_basket_survives_a_reload_and_a_removed_line_comes_back(till: Any) -> None:
    _scan(till, "KASHI-01")
    _scan(till, "KASHI-01")
    _priced(till, "¥324")
    till.reload()
    _priced(till, "¥324")
    till.click("[data-do=remove]")
    assert till.locator("#cart li").count() == 0
    till.click("#said >> text=元に戻す")
    _priced(till, "¥324")


def test_enter_that_ends_a_kana_conversion_reads_nothing(till: Any) -> None:
    asked: list[str] = []
    till.on("request", lambda request: asked.append(request.url))
    till.fill("#scan", "かし")
    till.evaluate(
        "document.querySelector('#scan').dispatchEvent(new KeyboardEvent('keydown',"
        "{key: 'Enter', isComposing: true, bubbles: true}))"
    )
    assert asked == []
    assert till.input_value("#scan") == "かし"


def _loses_the_first_answer(page: Any) -> list[str]:
    """The server hears the first sale, its answer never arrives. Answers what was sent."""
    heard: list[str] = []

    def route(route: Any, request: Any) -> None:
        heard.append(request.post_data)
        answer = route.fetch()
        if len(heard) == 1:
            assert answer.status == 200
            route.abort()
        else:
            route.fulfill(response=answer)

    page.route("**/register/sales", route)
    return heard
