"""What stock tells others: every change of a shelf, once, and nothing that did not happen."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.sweep import sweep
from goen.stock import notices, rules
from goen.stock.arrivals import Arrival, arrive
from goen.stock.holds import NewRelease, hold, release
from goen.stock.notices import Shelf
from tests import world
from tests.stock.shelf import (
    BY,
    HOUR,
    ITEM,
    OTHER,
    came,
    counted,
    counting,
    held,
    place,
    sent,
    sku,
    transfer,
    wish,
)

NOW = world.NOW


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 5)
    return t


def since(t: Tx, act: Callable[[], object]) -> list[tuple[str, dict[str, Any]]]:
    """What was told while something was done."""
    last = t.value("SELECT coalesce(max(id), 0) FROM kit_notice")
    act()
    return t.rows("SELECT kind, body FROM kit_notice WHERE id > %s ORDER BY id", [last])


def test_an_arrival_is_told_once(shop: Tx) -> None:
    new = Arrival(ids.new_id(), "shibuya", ((ITEM, 2), (OTHER, 3)), NOW)
    told = since(shop, lambda: (arrive(shop, [new, new], **BY), arrive(shop, [new], **BY)))
    ((kind, body),) = told
    assert kind == "StockArrived"
    assert body == {
        "uid": str(new.uid),
        "place": place(shop),
        "skus": [sku(shop), sku(shop, OTHER)],
        "lines": [[sku(shop), 2], [sku(shop, OTHER), 3]],
    }


def test_a_transfer_is_told_where_it_leaves_and_where_it_comes(shop: Tx) -> None:
    new = transfer((ITEM, 3))
    ((kind, body),) = since(shop, lambda: sent(shop, new))
    assert (kind, body["place"], body["target"]) == (
        "StockSent",
        place(shop),
        place(shop, "kichijoji"),
    )
    came_in = since(shop, lambda: came(shop, new, (ITEM, 2), lost=((ITEM, 1, "lost"),)))
    ((kind, body),) = came_in
    assert (kind, body["place"]) == ("StockReceived", place(shop, "kichijoji"))
    assert (body["lines"], body["lost"]) == ([[sku(shop), 2]], [[sku(shop), 1, "lost"]])
    assert since(shop, lambda: came(shop, new, (ITEM, 1))) == []  # refused: nothing happened
    assert since(shop, lambda: sent(shop, transfer((ITEM, 9)))) == []


def test_a_count_tells_what_it_found(shop: Tx) -> None:
    one = counting((ITEM, 4))
    ((kind, body),) = since(shop, lambda: (counted(shop, one), counted(shop, one)))
    assert kind == "StockCounted"
    assert (body["lines"], body["differences"]) == ([[sku(shop), 4]], [[sku(shop), -1]])


def test_a_batch_of_holds_is_told_without_those_refused(shop: Tx) -> None:
    fits, too_many = wish((ITEM, 4)), wish((ITEM, 2))
    told = since(shop, lambda: held(shop, fits, too_many, fits))
    ((kind, body),) = told
    assert (kind, body["hold"], body["skus"]) == ("GoodsHeld", str(fits.uid), [sku(shop)])
    assert "record" not in str(body)  # for whom stays in the house
    off = NewRelease(ids.new_id(), fits.uid, NOW)
    told = since(shop, lambda: release(shop, [off, off], **BY))
    assert [(kind, body["hold"]) for kind, body in told] == [("HoldReleased", str(fits.uid))]
    again = NewRelease(ids.new_id(), fits.uid, NOW)
    answers: list[Any] = []
    assert since(shop, lambda: answers.extend(release(shop, [again], **BY))) == []
    assert isinstance(answers[0], Refusal)


def test_two_releases_of_one_hold_in_a_batch_tell_of_one(shop: Tx) -> None:
    one = wish((ITEM, 1))
    held(shop, one)
    both = [NewRelease(ids.new_id(), one.uid, NOW) for _ in range(2)]
    told = since(shop, lambda: release(shop, both, **BY))
    assert [kind for kind, _ in told] == ["HoldReleased"]


def test_a_hold_that_is_over_frees_its_shelf(shop: Tx) -> None:
    one = wish((ITEM, 5), expires_at=NOW + HOUR)
    held(shop, one)
    late = NOW + timedelta(hours=2)
    ((kind, body),) = since(shop, lambda: sweep(shop, recorded_at=late, limit=10))
    assert (kind, body["holds"]) == ("HoldExpired", [str(one.uid)])
    assert notices.shelf(body) == Shelf(place(shop), (sku(shop),))


def test_a_hold_that_gives_way_to_another_is_told_too(shop: Tx) -> None:
    held(shop, wish((ITEM, 5), expires_at=NOW + HOUR))
    late = {"actor": world.ACTOR, "recorded_at": NOW + timedelta(hours=2)}
    told = since(shop, lambda: hold(shop, [wish((ITEM, 1))], **late))
    assert {kind for kind, _ in told} == {"HoldExpired", "GoodsHeld"}


@pytest.mark.parametrize(
    ("holder", "found"),
    [("place:3:sellable", 3), ("place:3:damaged", None), ("transfer:3", None), ("", None)],
)
def test_a_shelf_is_known_by_its_holder(holder: str, found: int | None) -> None:
    assert rules.shelf_of(holder) == found


def test_what_concerns_no_shelf_changes_none() -> None:
    assert notices.shelf({"holder": "account:1", "units": ["point:main"]}) is None
    assert notices.shelf({"place": 1}) is None
    assert notices.shelf({"place": "1", "skus": [5, 4, 5]}) == Shelf(1, (4, 5))
    assert isinstance(ids.new_id(), UUID)
