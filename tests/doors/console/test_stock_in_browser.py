"""Counting and sending in a browser: a scanner that does not wait, a finger that repeats."""

from collections.abc import Iterator
from typing import Any

import pytest

from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.stock.shelf import free

pytestmark = pytest.mark.browser
ITEM, OTHER = "UTSUWA-01", "KASHI-01"


@pytest.fixture
def desk(fresh_db: FreshDatabase, serving: str, browser: Any) -> Iterator[Any]:
    """Somebody of head office at the stock pages; no script error may appear."""
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, ITEM, 10)
        world.stocked(t, OTHER, 20)
    context = browser.new_context(locale="ja-JP", timezone_id="Asia/Tokyo", base_url=serving)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
    page.goto("/login?next=/stock")
    page.fill("#login", "sato")
    page.fill("#password", "long enough")
    page.press("#password", "Enter")
    page.wait_for_url("**/stock")
    yield page
    context.close()
    assert errors == []


def scan(page: Any, *codes: str) -> None:
    """A scanner types a code and Enter, and goes on at once; the page is there before."""
    page.wait_for_load_state("load")
    for code in codes:
        page.keyboard.type(code)
        page.keyboard.press("Enter")


def on_shelf(item: str = ITEM, place: str = "shibuya") -> int:
    with tx():
        return free(Tx(), place, item)


def test_goods_are_scanned_sent_and_received(desk: Any) -> None:
    desk.goto("/stock/transfers/new")
    scan(desk, ITEM, OTHER, ITEM, ITEM)
    desk.wait_for_function("() => document.querySelectorAll('#lines tbody tr').length === 2")
    desk.wait_for_function("() => document.querySelector('#qty-0').value === '3'")
    assert desk.locator("tfoot").inner_text().split() == ["合計", "2品", "4"]
    assert desk.evaluate("document.activeElement.id") == "scan"
    desk.select_option("#source", "shibuya")
    desk.select_option("#target", "kichijoji")
    desk.fill("#qty-1", "30")
    desk.get_by_role("button", name="この内容で送る").click()
    desk.get_by_text("30点のうち20点しか").wait_for()  # and what was typed is still there
    desk.fill("#qty-1", "5")
    desk.get_by_role("button", name="この内容で送る").dblclick()
    desk.get_by_text("送りました。").wait_for()
    assert (on_shelf(), on_shelf(OTHER)) == (7, 15)

    desk.fill("input[name^=came-] >> nth=1", "4")
    desk.get_by_role("button", name="吉祥寺店で受け取る").click()
    desk.get_by_text("受け取りを登録しました。").wait_for()
    assert (on_shelf(ITEM, "kichijoji"), on_shelf(OTHER, "kichijoji")) == (3, 4)
    desk.get_by_text("移動中 1点").wait_for()
    desk.fill("input[name^=came-]", "0")
    desk.fill("input[name^=lost-]", "1")
    desk.select_option("select[name^=why-]", "lost")
    desk.get_by_role("button", name="吉祥寺店で受け取る").click()
    desk.get_by_text("届かなかった分を登録しました").wait_for()
    assert desk.get_by_text("完了").is_visible()


def test_a_shelf_is_counted_by_scanning_and_booked_after_a_look(desk: Any) -> None:
    desk.goto("/stock/counts")
    desk.select_option("#place", "shibuya")
    desk.get_by_role("button", name="棚卸表を開く").click()
    desk.get_by_role("heading", name="渋谷店の棚卸表").wait_for()
    scan(desk, *[ITEM] * 8)
    desk.wait_for_function(
        "() => [...document.querySelectorAll('[name=qty]')].some((one) => one.value === '8')"
    )
    desk.get_by_label("数えた数 ビッグバー").fill("20")
    desk.get_by_role("button", name="差異を確認する").click()
    desk.get_by_role("heading", name="差異の確認").wait_for()
    assert desk.get_by_text("−2").first.is_visible()
    assert on_shelf() == 10
    desk.get_by_role("button", name="入力に戻る").click()
    desk.get_by_label("数えた数 飯碗").fill("9")
    desk.get_by_role("button", name="差異を確認する").click()
    desk.get_by_role("button", name="差異1品を直して確定する").dblclick()
    desk.get_by_text("棚卸を確定しました").wait_for()
    assert (on_shelf(), on_shelf(OTHER)) == (9, 20)


def test_without_scripts_every_step_is_a_page(
    fresh_db: FreshDatabase, serving: str, browser: Any
) -> None:
    with tx() as t:
        world.open_shop(t)
    context = browser.new_context(locale="ja-JP", java_script_enabled=False, base_url=serving)
    page = context.new_page()
    page.goto("/login?next=/stock/arrivals/new")
    page.fill("#login", "sato")
    page.fill("#password", "long enough")
    page.press("#password", "Enter")
    page.fill("#scan", f"{ITEM}*6")
    page.press("#scan", "Enter")
    page.fill("#scan", ITEM)
    page.press("#scan", "Enter")
    assert page.input_value("#qty-0") == "7"
    page.select_option("#place", "shibuya")
    page.get_by_role("button", name="入荷を登録する").click()
    page.get_by_text("入荷を登録しました").wait_for()
    assert on_shelf() == 7
    context.close()
