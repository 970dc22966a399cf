"""Orders in a real browser: two parcels, a part given up, an exception settled."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from goen.kit import clock
from goen.kit.db import tx
from tests import world
from tests.conftest import FreshDatabase
from tests.doors.console.conftest import sku_id
from tests.orders.placed import one_placed, order

pytestmark = pytest.mark.browser


@pytest.fixture
def uid(fresh_db: FreshDatabase) -> UUID:
    """An order of two teas and a bowl, to be shipped from Shibuya."""
    with tx() as t:
        world.open_shop(t)
        for place in ("shibuya", "kichijoji"):
            world.stocked(t, "CHA-01", 9, place)
            world.stocked(t, "UTSUWA-01", 9, place)
        return one_placed(t, order(("CHA-01", 2), ("UTSUWA-01", 1), fee=550))


@pytest.fixture
def page(uid: UUID, serving: str, browser: Any) -> Iterator[Any]:
    """Head office at the order's page; no console error may appear."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="ja-JP")
    found = context.new_page()
    errors: list[str] = []
    found.on("pageerror", lambda error: errors.append(str(error)))
    found.on("console", lambda said: errors.append(said.text) if "Policy" in said.text else None)
    found.goto(f"{serving}/login?next=/orders/{uid}")
    found.fill("#login", "sato")
    found.fill("#password", "long enough")
    found.press("#password", "Enter")
    found.wait_for_selector("text=モノ・お金・書面")
    yield found
    context.close()
    assert errors == []


def state() -> str:
    with tx() as t:
        return str(t.value("SELECT state FROM orders_order WHERE kind = 'order'"))


def test_an_order_leaves_in_two_parcels(page: Any) -> None:
    """R-138: one order, two parcels, each with its carrier, number and delivery note."""
    for number, first in (("4900-1", True), ("4900-2", False)):
        page.click(".next .btn-primary")
        if first:
            page.fill("#qty-2", "0")
        page.fill("#carrier", "ヤマト運輸")
        page.fill("#tracking_no", number)
        page.click("text=確かめる")
        page.wait_for_selector("text=売上になる額")
        page.dblclick("button[name=confirm]")
        page.wait_for_selector("text=出荷しました")
        assert state() == ("part" if first else "done")
    assert page.locator("text=納品書").count() == 2
    page.click("text=納品書 >> nth=1")
    page.wait_for_selector("h1:has-text('納品書')")
    assert "4900-2" in page.content()
    with tx() as t:
        assert t.value("SELECT count(*) FROM orders_slip") == 2


def test_a_part_is_given_up(page: Any) -> None:
    page.click("a:has-text('取り消し')")
    page.fill("#qty-1", "1")
    page.fill("#qty-2", "0")
    page.select_option("#reason", "shopper")
    page.click("text=確かめる")
    page.wait_for_selector("text=取り消す額")
    assert "¥1,296" in page.content()
    page.click("text=内容を変える")
    assert page.input_value("#qty-1") == "1"
    assert page.input_value("#reason") == "shopper"
    page.click("text=確かめる")
    page.click("button[name=confirm]")
    page.wait_for_selector("text=取り消しました")
    assert "2点を確保中" in page.content()
    assert state() == "placed"


def test_an_exception_is_settled_by_one_press(page: Any, uid: UUID) -> None:
    with tx() as t:
        world.sold(t, world.sale(("UTSUWA-01", 9)))
        assert sku_id(t, "UTSUWA-01")
    page.reload()
    page.wait_for_selector("text=確保が切れた：飯碗 白磁 ×1")
    page.click("button:has-text('吉祥寺店から出す')")
    page.wait_for_selector("text=片づけました")
    assert "吉祥寺店" in page.content()
    with tx() as t:
        how, at = t.row("SELECT resolution, closed_at FROM orders_exception")
        assert how == "rerouted"
        assert at <= clock.now()
    page.click(".next .btn-primary")
    page.click("text=確かめる")
    page.click("button[name=confirm]")
    page.wait_for_selector("text=出荷しました")
    assert state() == "done"
