"""Who is refused in a batch leaves the others as if it had never been there."""

from datetime import timedelta

from goen.kit.db import Tx
from goen.orders.order import Placed
from goen.orders.sale import SaleTender
from tests import world
from tests.orders.placed import audit, order, placed, refused, ship, slipped
from tests.points import wallet

CARD = ("card", "G1040001")


def shop(**more: object) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "CHA-01", 2)
    world.stocked(t, "NUNO-01", 10)
    wallet.programme(t, **more)
    wallet.given(t, 1_000)
    return t


def paid(points: int, total: int) -> tuple[SaleTender, ...]:
    return SaleTender("points", points), SaleTender("card", total - points)


def test_points_of_an_order_that_is_short_are_free_for_the_next(tx_db: None) -> None:
    t = shop()
    short = order(("CHA-01", 3), tenders=paid(900, 3_888), member=CARD)
    good = order(("NUNO-01", 1), tenders=paid(800, 1_320), member=CARD)
    over = order(("NUNO-01", 1), tenders=paid(300, 1_320), member=CARD)
    one, two, three = placed(t, short, good, over)
    refused(one, "short")
    assert isinstance(two, Placed)
    assert refused(three, "points_short").detail == {"wanted": 300, "free": 200}
    assert t.rows("SELECT uid FROM orders_order") == [(good.uid,)]
    assert audit(t) == []


def test_a_number_of_an_order_that_is_short_is_free_for_the_next(tx_db: None) -> None:
    t = shop()
    short = order(("CHA-01", 3), source_no="A-1")
    good = order(("CHA-01", 2), source_no="A-1")
    same = order(("CHA-01", 2), source_no="A-1")
    one, two, three = placed(t, short, good, same)
    refused(one, "short")
    assert isinstance(two, Placed)
    assert isinstance(three, Placed)
    assert (two.repeated, three.repeated, three.uid) == (False, True, good.uid)
    assert audit(t) == []


def test_points_of_before_the_cut_over_are_told_and_those_of_after_it_are_spent(
    tx_db: None,
) -> None:
    t = shop(points_from=wallet.TODAY)
    early = order(
        ("NUNO-01", 1),
        tenders=paid(900, 1_320),
        member=CARD,
        occurred_at=world.NOW - timedelta(days=1),
    )
    late = order(("NUNO-01", 1), tenders=paid(800, 1_320), member=CARD)
    over = order(("NUNO-01", 1), tenders=paid(300, 1_320), member=CARD)
    one, two, three = placed(t, early, late, over)
    assert isinstance(one, Placed)
    assert isinstance(two, Placed)
    refused(three, "points_short")
    slipped(ship(t, one.uid), "done")
    assert audit(t) == []
    slipped(ship(t, two.uid), "done")
    assert audit(t) == []
