"""Goods between places: on their way nobody sells them; no more arrive than were sent (R-013)."""

from dataclasses import replace

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.stock import queries
from goen.stock.transfers import Transferred
from tests import world
from tests.stock.shelf import (
    HOUR,
    ITEM,
    OTHER,
    came,
    counted,
    counting,
    free,
    held,
    on,
    sent,
    sku,
    transfer,
    wish,
)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 5)
    return t


def test_on_the_way_they_are_nowhere_to_be_sold(shop: Tx) -> None:
    one = transfer((ITEM, 4))
    assert sent(shop, one, one) == [Transferred(one.uid), Transferred(one.uid, repeated=True)]
    assert (free(shop), free(shop, "kichijoji")) == (1, 0)
    assert queries.in_transit(shop, one.uid) == {sku(shop): 4}
    assert sent(shop, replace(one, target="web")).code == "id_reused"


def test_received_in_parts_and_the_rest_written_off(shop: Tx) -> None:
    one, first = transfer((ITEM, 4)), ids.new_id()
    sent(shop, one)
    assert came(shop, one, (ITEM, 1), uid=first) == Transferred(first)
    assert came(shop, one, (ITEM, 1), uid=first) == Transferred(first, repeated=True)
    assert isinstance(came(shop, one, (ITEM, 2), lost=((ITEM, 1, "damaged"),)), Transferred)
    assert queries.in_transit(shop, one.uid) == {}
    assert (free(shop, "kichijoji"), on(shop, "unexplained", "kichijoji")) == (3, 1)
    why = "SELECT count(*) FROM ledger_move WHERE reason = 'transfer_damaged'"
    assert shop.value(why) == 1


def test_more_than_was_sent_does_not_come(shop: Tx) -> None:
    one, other = transfer((ITEM, 2)), transfer((ITEM, 3))
    sent(shop, one, other)
    detail = {"item": ITEM, "wanted": 3, "free": 2}
    assert came(shop, one, (ITEM, 3)) == Refusal("more_than_sent", "lines[0].qty", detail)
    assert came(shop, one, (OTHER, 1)).code == "more_than_sent"
    assert came(shop, one, (ITEM, 2), lost=((ITEM, 1, "lost"),)).code == "more_than_sent"
    assert queries.in_transit(shop, one.uid) == {sku(shop): 2}


def test_what_is_promised_is_not_sent_away(shop: Tx) -> None:
    held(shop, wish((ITEM, 4)))
    one = transfer((ITEM, 2))
    assert sent(shop, one).code == "short"
    assert shop.value("SELECT count(*) FROM stock_transfer") == 0
    assert isinstance(sent(shop, transfer((ITEM, 1))), Transferred)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"target": "shibuya"}, "same_place"),
        ({"target": "nowhere"}, "unknown_place"),
        ({"lines": ((ITEM, -1),)}, "bad_quantity"),
        ({"lines": (("?", 1),)}, "unknown_item"),
    ],
)
def test_refusals(shop: Tx, change: dict[str, object], code: str) -> None:
    assert sent(shop, replace(transfer((ITEM, 1)), **change)).code == code
    assert free(shop) == 5


def test_receipts_of_nothing_known_are_refused(shop: Tx) -> None:
    assert came(shop, transfer(), (ITEM, 1)).code == "unknown_transfer"
    one = transfer((ITEM, 2))
    sent(shop, one)
    assert came(shop, one, lost=((ITEM, 1, "eaten"),)).code == "unknown_loss"
    assert came(shop, one).code == "no_lines"


def test_what_was_sent_and_came_before_the_count_was_counted(shop: Tx) -> None:
    """Both ends heard of late: neither shelf moves again."""
    counted(shop, counting((ITEM, 3)), counting((ITEM, 2), at="kichijoji"))
    one = transfer((ITEM, 2), occurred_at=world.NOW - HOUR)
    sent(shop, one)
    came(shop, one, (ITEM, 2), occurred_at=world.NOW - HOUR)
    assert (free(shop), free(shop, "kichijoji")) == (3, 2)
    assert on(shop, "unexplained") == on(shop, "unexplained", "kichijoji") == 0
