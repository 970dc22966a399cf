"""有効在庫: posted − pending − safety − buffer, with the places that make it up (R-013, R-098)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.kit.db import Tx
from goen.stock import rules
from goen.stock.availability import Available, NewSafety, available, put_safety
from tests import world
from tests.stock.shelf import BY, ITEM, OTHER, held, sent, sku, transfer, wish

NOW, SINCE = world.NOW, date(2026, 1, 1)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 10)
    world.stocked(t, ITEM, 4, place="kichijoji")
    world.stocked(t, ITEM, 6, place="web")
    return t


def asked(t: Tx, *, method: str = "ship", channel: str = "ec", as_of=NOW, **more) -> Available:
    item = sku(t)
    return available(t, [item], channel=channel, method=method, as_of=as_of, **more)[item]


def kept_back(t: Tx, *rows: NewSafety) -> None:
    assert put_safety(t, rows, **BY) == list(rows)


def test_shipping_adds_places_up_and_names_them(shop: Tx) -> None:
    found = asked(shop)
    assert (found.free, found.as_of) == (20, NOW)
    assert [(s.place, s.free) for s in found.places] == [
        ("shibuya", 10),
        ("web", 6),
        ("kichijoji", 4),
    ]


def test_collecting_wants_all_of_it_in_one_store(shop: Tx) -> None:
    found = asked(shop, method="collect")
    assert (found.free, [s.place for s in found.places]) == (10, ["shibuya", "kichijoji"])
    assert asked(shop, method="collect", place="kichijoji").free == 4


def test_the_last_unit_sold_in_a_store_is_gone_from_the_web(shop: Tx) -> None:
    """R-098: one ledger, so there is nothing to copy."""
    world.sold(shop, world.sale((ITEM, 10)), world.sale((ITEM, 4), place="kichijoji"))
    world.sold(shop, world.sale((ITEM, 6), place="web"))
    assert asked(shop).free == 0


def test_what_is_held_or_on_its_way_is_not_available(shop: Tx) -> None:
    held(shop, wish((ITEM, 3)))
    sent(shop, transfer((ITEM, 2)))
    share = asked(shop, method="collect").places[0]
    assert (share.posted, share.pending, share.free) == (8, 3, 5)


def test_a_hold_that_is_over_counts_no_more_although_nobody_swept(shop: Tx) -> None:
    held(shop, wish((ITEM, 3), kind="cart"))
    assert asked(shop).free == 17
    assert asked(shop, as_of=NOW + timedelta(minutes=15)).free == 20


def test_the_most_particular_row_of_the_day_holds(shop: Tx) -> None:
    kept_back(
        shop,
        NewSafety(SINCE, safety=1),
        NewSafety(SINCE, safety=2, buffer=1, channel="ec"),
        NewSafety(SINCE, safety=3, place="shibuya"),
        NewSafety(SINCE, safety=5, item=ITEM, place="web", channel="ec"),
        NewSafety(NOW.date() + timedelta(days=1), safety=9, place="shibuya"),
    )
    shares = {s.place: (s.safety, s.buffer, s.free) for s in asked(shop).places}
    assert shares == {"shibuya": (3, 0, 7), "web": (5, 0, 1), "kichijoji": (2, 1, 1)}
    in_store = {s.place: s.safety for s in asked(shop, method="carry", channel="store").places}
    assert in_store == {"shibuya": 3, "kichijoji": 1}
    tomorrow = asked(shop, as_of=NOW + timedelta(days=1)).places
    assert {s.place: s.safety for s in tomorrow}["shibuya"] == 9


def test_the_same_row_again_replaces(shop: Tx) -> None:
    kept_back(shop, NewSafety(SINCE, safety=1), NewSafety(SINCE, safety=2))
    assert shop.row("SELECT count(*), max(safety) FROM stock_safety") == (1, 2)


def test_never_below_zero_and_zero_where_nothing_was_booked(shop: Tx) -> None:
    kept_back(shop, NewSafety(SINCE, safety=50))
    assert asked(shop).free == 0
    other = sku(shop, OTHER)
    found = available(shop, [other], channel="ec", method="ship", as_of=NOW)
    assert found == {other: Available(other, 0, (), NOW)}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (NewSafety(SINCE, item="?"), "unknown_item"),
        (NewSafety(SINCE, place="?"), "unknown_place"),
        (NewSafety(SINCE, channel="?"), "unknown_channel"),
        (NewSafety(SINCE, safety=-1), "bad_count"),
    ],
)
def test_refusals(shop: Tx, row: NewSafety, code: str) -> None:
    (answer,) = put_safety(shop, [row], **BY)
    assert answer.code == code
    assert shop.value("SELECT count(*) FROM stock_safety") == 0


def test_the_buffer_is_what_is_sold_while_a_link_is_deaf() -> None:
    """30 minutes of lag at 96 a day is 2 units; anything started is a whole one."""
    assert rules.buffer(lag_s=1_800, sold=96, days=1) == 2
    assert rules.buffer(lag_s=1, sold=1, days=30) == 1
    assert rules.buffer(lag_s=0, sold=500, days=30) == 0


@given(*(st.integers(0, 50) for _ in range(4)))
def test_what_is_free_is_what_is_left_or_nothing(posted, pending, safety, buffer):
    free = rules.free(posted=posted, pending=pending, safety=safety, buffer=buffer)
    assert free == max(0, posted - pending - safety - buffer)
