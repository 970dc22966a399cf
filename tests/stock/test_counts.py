"""What was found is the truth of its instant; what is heard of later lowers nothing twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.kit import ids
from goen.kit.db import Tx
from goen.stock import rules
from goen.stock.arrivals import Arrival, arrive
from goen.stock.counts import Counted
from tests import world
from tests.stock.shelf import (
    BY,
    HOUR,
    ITEM,
    OTHER,
    counted,
    counting,
    free,
    held,
    on,
    place,
    sku,
    sold,
    wish,
)

NOW = world.NOW


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 10)
    return t


def sale(t: Tx, qty: int, when, **more) -> None:
    (answer,) = world.sold(t, world.sale((ITEM, qty), at=when, **more))
    assert hasattr(answer, "repeated"), answer


def test_the_shelf_becomes_what_was_found(shop: Tx) -> None:
    one = counting((ITEM, 7), (OTHER, 2))
    differences = ((sku(shop), -3), (sku(shop, OTHER), 2))
    assert counted(shop, one, one) == [
        Counted(one.uid, differences),
        Counted(one.uid, differences, repeated=True),
    ]
    assert (free(shop), free(shop, item=OTHER)) == (7, 2)
    assert (on(shop, "unexplained"), on(shop, "unexplained", item=OTHER)) == (3, -2)
    assert counted(shop, replace(one, lines=((ITEM, 8),))).code == "id_reused"


def test_a_count_that_finds_what_is_booked_moves_nothing_and_is_kept(shop: Tx) -> None:
    one = counting((ITEM, 10))
    assert counted(shop, one) == Counted(one.uid, ((sku(shop), 0),))
    assert counted(shop, one).repeated
    assert shop.value("SELECT qty - booked FROM stock_count") == 0


def test_the_difference_is_against_the_book_of_that_instant(shop: Tx) -> None:
    """Counted at ten, sold at eleven, typed in at noon: the sale stays sold."""
    sale(shop, 4, NOW - HOUR)
    assert counted(shop, counting((ITEM, 9), when=NOW - 2 * HOUR)).differences[0][1] == -1
    assert free(shop) == 5


def test_a_late_sale_is_absorbed_by_the_count(shop: Tx) -> None:
    """Sold at nine at a till without network, counted at ten, heard of at noon."""
    counted(shop, counting((ITEM, 6), when=NOW - 2 * HOUR))
    assert (free(shop), on(shop, "unexplained")) == (6, 4)
    sale(shop, 4, NOW - 3 * HOUR)
    assert (free(shop), on(shop, "unexplained"), sold(shop)) == (6, 0, 4)


@pytest.mark.parametrize(
    ("after", "shelf"), [(timedelta(0), 6), (timedelta(microseconds=1), 5), (-HOUR, 6)]
)
def test_the_instant_of_the_count_decides(shop: Tx, after: timedelta, shelf: int) -> None:
    when = NOW - 2 * HOUR
    counted(shop, counting((ITEM, 6), when=when))
    sale(shop, 1, when + after)
    assert free(shop) == shelf


def test_only_what_was_counted_absorbs(shop: Tx) -> None:
    """Another article and another place were not counted."""
    counted(shop, counting((OTHER, 0)), counting((ITEM, 0), at="kichijoji"))
    sale(shop, 4, NOW - HOUR)
    assert free(shop) == 6


def test_goods_promised_and_still_there_were_counted(shop: Tx) -> None:
    """A late order whose goods are not handed over lowers the shelf: they lay on it."""
    counted(shop, counting((ITEM, 6), when=NOW - 2 * HOUR))
    sale(shop, 1, NOW - 3 * HOUR, handed_over=False)
    assert free(shop) == 5


def test_the_same_late_sale_again_is_the_same_sale(shop: Tx) -> None:
    late = world.sale((ITEM, 4), at=NOW - 3 * HOUR)
    counted(shop, counting((ITEM, 6), when=NOW - 2 * HOUR))
    world.sold(shop, late)
    assert world.sold(shop, late)[0].repeated
    assert (free(shop), sold(shop)) == (6, 4)


def test_a_late_arrival_is_absorbed_as_well(shop: Tx) -> None:
    counted(shop, counting((ITEM, 14), when=NOW - 2 * HOUR))
    late = Arrival(ids.new_id(), "shibuya", ((ITEM, 4),), NOW - 3 * HOUR)
    arrive(shop, [late], **BY)
    assert (free(shop), on(shop, "unexplained")) == (14, 0)


def test_an_older_count_that_comes_later_is_kept_and_moves_nothing(shop: Tx) -> None:
    new, old = counting((ITEM, 6), when=NOW - HOUR), counting((ITEM, 9), when=NOW - 2 * HOUR)
    assert [a.differences[0][1] for a in counted(shop, new, old)] == [-4, 0]
    assert free(shop) == 6
    again = counting((ITEM, 9), when=NOW - 2 * HOUR)
    assert counted(shop, again).differences[0][1] == 0


def test_counts_of_one_batch_follow_each_other(shop: Tx) -> None:
    counts = [counting((ITEM, n), when=NOW - (9 - n) * HOUR) for n in (5, 6, 7)]
    assert [a.differences[0][1] for a in counted(shop, *counts)] == [-5, 1, 1]
    assert free(shop) == 7


def test_promises_for_goods_that_are_not_there_break(shop: Tx) -> None:
    """Ghost stock (R-013): the weakest hold goes, and whoever counted is told."""
    order, cart = wish((ITEM, 4), kind="order"), wish((ITEM, 6), kind="cart")
    held(shop, order, cart)
    assert counted(shop, counting((ITEM, 5))).broken == ((cart.uid, 0),)
    assert free(shop) == 1


def test_found_fewer_than_were_sold_since_means_goods_came_unbooked(shop: Tx) -> None:
    sale(shop, 9, NOW - HOUR)
    counted(shop, counting((ITEM, 3), when=NOW - 2 * HOUR))
    assert (free(shop), on(shop, "unexplained"), sold(shop)) == (0, 1, 9)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"place": "nowhere"}, "unknown_place", "place"),
        ({"counted_at": NOW + HOUR}, "implausible_time", "counted_at"),
        ({"lines": ()}, "no_lines", "lines"),
        ({"lines": (("?", 1),)}, "unknown_item", "lines[0].item"),
        ({"lines": ((ITEM, -1),)}, "bad_count", "lines[0].qty"),
        ({"lines": ((ITEM, 1), (ITEM, 2))}, "counted_twice", "lines[1].item"),
    ],
)
def test_refusals(shop: Tx, change: dict[str, object], code: str, field: str) -> None:
    answer = counted(shop, replace(counting((ITEM, 1)), **change))
    assert (answer.code, answer.field) == (code, field)
    assert (free(shop), shop.value("SELECT count(*) FROM stock_count")) == (10, 0)


happenings = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 3), st.booleans()), max_size=8)


@given(happenings, st.integers(0, 20), st.permutations(range(9)))
def test_the_order_of_hearing_does_not_matter(happened, counted_hour, order):
    """Sales and a count, heard of in any order: the shelf ends the same (pure rules)."""
    start, found = 100, 70
    at = {n: NOW + n * HOUR for n in range(21)}
    heard = [n for n in order if n < len(happened) or n == 8]

    def play(sequence):
        moves, last, shelf = [], {}, start
        for n in sequence:
            if n == 8:
                booked = start - sum(q for when, q in moves if when <= at[counted_hour])
                shelf += found - booked
                last = {1: at[counted_hour]}
                continue
            hour, qty, _ = happened[n]
            (move,) = rules.taken(
                [(1, qty)], place_id=7, handed_over=True, occurred_at=at[hour], counted=last
            )
            if move.source == rules.sellable(1, 7):
                moves.append((at[hour], qty))
                shelf -= qty
        return shelf

    assert play(heard) == play(sorted(heard))


def test_a_place_is_counted_while_its_id_is_known(shop: Tx) -> None:
    counted(shop, counting((ITEM, 7)))
    assert shop.row("SELECT place_id, sku_id, qty, booked, difference FROM stock_count") == (
        place(shop), sku(shop), 7, 10, -3,
    )  # fmt: skip
