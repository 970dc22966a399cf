"""Where goods run low, and what is proposed (R-100)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.kit.db import Tx, tx
from goen.ledger import turnover
from goen.stock import proposals
from goen.stock.proposals import Level, proposed
from tests import world
from tests.conftest import FreshDatabase
from tests.stock.shelf import ITEM, came, sent, sku, transfer

DAYS = {"low_days": 7, "fill_days": 28}


def level(place: int, posted: int, sold: int, **more: int) -> Level:
    values = {"sku_id": 1, "pending": 0, "safety": 0, "on_way": 0} | more
    return Level(place_id=place, posted=posted, sold=sold, **values)


def test_a_shelf_that_lasts_long_enough_is_left_alone() -> None:
    assert proposed([level(1, 7, 28), level(2, 0, 0)], **DAYS) == []


def test_a_place_with_plenty_gives_what_it_does_not_need_itself() -> None:
    low, rich = level(1, 3, 28), level(2, 40, 14)
    (one,) = proposed([low, rich], **DAYS)
    assert (one.level, one.source_id, one.qty) == (low, 2, 25)


def test_without_plenty_anywhere_it_is_ordered() -> None:
    (one,) = proposed([level(1, 3, 28), level(2, 15, 14)], **DAYS)
    assert (one.level.place_id, one.source_id, one.qty) == (1, None, 25)


def test_nothing_is_given_away_twice() -> None:
    found = proposed([level(1, 0, 28), level(2, 1, 28), level(3, 60, 28)], **DAYS)
    assert [(p.level.place_id, p.source_id, p.qty) for p in found] == [(1, 3, 28), (2, None, 27)]
    assert [p.is_out for p in found] == [True, False]


def test_safety_stock_that_was_broken_into_is_low_though_nothing_sells() -> None:
    (one,) = proposed([level(1, 2, 0, safety=5)], **DAYS)
    assert (one.qty, one.level.free, one.level.lasts_days) == (4, -3, None)


shelves = st.dictionaries(
    st.tuples(st.integers(1, 2), st.integers(1, 4)),
    st.tuples(st.integers(0, 60), st.integers(0, 9), st.integers(0, 20), st.integers(0, 100)),
    max_size=6,
)


@given(shelves)
def test_who_gives_keeps_what_sells_there_and_nobody_gives_to_itself(
    found: dict[tuple[int, int], tuple[int, int, int, int]],
) -> None:
    levels = {
        (sku_id, place): Level(sku_id, place, posted, min(posted, kept // 2), kept, way, sold)
        for (sku_id, place), (posted, kept, way, sold) in found.items()
    }
    given_away: dict[tuple[int, int], int] = {}
    for one in proposed(levels.values(), **DAYS):
        assert one.qty > 0
        assert one.source_id != one.level.place_id
        if one.source_id is not None:
            key = (one.level.sku_id, one.source_id)
            given_away[key] = given_away.get(key, 0) + one.qty
    for key, qty in given_away.items():
        assert qty <= levels[key].free - levels[key].units(DAYS["fill_days"])


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 6)
    world.stocked(t, ITEM, 40, "kichijoji")
    world.sold(t, world.sale((ITEM, 5)))
    return t


def test_a_proposal_that_was_taken_is_not_made_again(shop: Tx) -> None:
    (one,) = proposals.low(shop, as_of=world.NOW)
    assert (one.level.sku_id, one.level.sold, one.level.free) == (sku(shop), 5, 1)
    move = transfer((ITEM, one.qty), source="kichijoji", to="shibuya")
    move = type(move)(move.uid, "kichijoji", "shibuya", ((ITEM, one.qty),), world.NOW)
    sent(shop, move)
    assert proposals.low(shop, as_of=world.NOW) == []  # on its way is as good as there
    came(shop, move, (ITEM, one.qty))
    assert proposals.low(shop, as_of=world.NOW) == []


def test_the_speed_is_that_of_the_moves_before_and_after_they_were_written_down(
    fresh_db: FreshDatabase,
) -> None:
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, ITEM, 20)
        world.stocked(t, ITEM, 9, "kichijoji")
    for wave in range(3):
        with tx() as t:
            world.sold(t, world.sale((ITEM, 2 + wave)))
        with tx() as t:
            of_all = proposals.levels(t, as_of=world.NOW)
            assert set(of_all) == set(proposals.levels(t, as_of=world.NOW, sku_ids=[sku(t)]))
            assert sorted((one.posted, one.sold) for one in of_all) == sorted(by_hand(t))
            turnover.close(t, recorded_at=world.NOW)


def by_hand(t: Tx) -> list[tuple[int, int]]:
    """What each shelf has and what left it by a sale, from its moves alone."""
    rows = t.rows(
        """
        SELECT (SELECT coalesce(sum(qty), 0) FROM ledger_move WHERE target_id = a.id)::bigint
             - (SELECT coalesce(sum(qty), 0) FROM ledger_move WHERE source_id = a.id)::bigint,
          (SELECT coalesce(sum(qty), 0) FROM ledger_move
           WHERE source_id = a.id AND reason = 'sale')::bigint
        FROM ledger_account a WHERE a.holder LIKE 'place:%%:sellable' ORDER BY a.id
        """
    )
    return [(posted, sold) for posted, sold in rows]
