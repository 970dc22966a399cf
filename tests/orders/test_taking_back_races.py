"""The same goods brought back to two tills in one moment come back once; so does a retry storm."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connection

from goen.doors.cli.audit import audited
from goen.kit import clock, ids
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders import taking_back
from goen.orders.order import PartBack, TakeBack, TakenBack
from goen.orders.sale import Sold
from goen.orders.selling import sell
from tests import world
from tests.conftest import FreshDatabase

TILLS = (("shibuya", "S1"), ("shibuya", "S2"), ("kichijoji", "K1"))


@pytest.fixture
def order(fresh_db: FreshDatabase) -> UUID:
    """Two bowls were sold."""
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "UTSUWA-01", 10)
        sale = world.sale(("UTSUWA-01", 2), at=clock.now())
        (answer,) = sell(t, [sale], actor=world.ACTOR, recorded_at=clock.now())
    assert isinstance(answer, Sold), answer
    return answer.uid


def at_once(wishes: list[TakeBack]) -> list[TakenBack | Refusal]:
    barrier = Barrier(len(wishes))

    def ask(wish: TakeBack) -> TakenBack | Refusal:
        try:
            barrier.wait()
            with tx() as t:
                (answer,) = taking_back.take_back(
                    t, [wish], actor=world.ACTOR, recorded_at=clock.now()
                )
            return answer
        finally:
            connection.close()

    with ThreadPoolExecutor(len(wishes)) as pool:
        return list(pool.map(ask, wishes))


def wish(order: UUID, n: int, qty: int, uid: UUID | None = None) -> TakeBack:
    place, till = TILLS[n % len(TILLS)]
    parts = (PartBack(1, qty),)
    return TakeBack(
        uid or ids.new_id(), order, place, "changed_mind", clock.now(), parts, till=till
    )


def _in_the_books() -> tuple[int, int, int]:
    """Units on slips, units back on shelves, money given back."""
    with tx() as t:
        qty = t.value("SELECT coalesce(sum(qty), 0)::bigint FROM orders_slipline")
        goods = t.value("SELECT sum(qty)::bigint FROM ledger_move WHERE reason = 'take_back'")
        money = t.value("SELECT sum(amount_minor)::bigint FROM payments_refund")
    return qty, goods, money


def test_the_same_goods_at_twelve_tills_come_back_once(order: UUID) -> None:
    answers = at_once([wish(order, n, 2) for n in range(12)])
    codes = Counter(a.code if isinstance(a, Refusal) else "back" for a in answers)
    assert codes == {"back": 1, "returned_too_many": 11}
    assert _in_the_books() == (2, 2, 8_800)
    with tx() as t:
        assert audited(t)["broken"] == []


def test_one_at_each_of_many_tills_are_two(order: UUID) -> None:
    answers = at_once([wish(order, n, 1) for n in range(6)])
    assert sum(isinstance(a, TakenBack) for a in answers) == 2
    assert _in_the_books() == (2, 2, 8_800)


def test_a_retry_storm_is_one_return(order: UUID) -> None:
    uid = ids.new_id()
    one = wish(order, 0, 1, uid)
    answers = at_once([one] * 8)
    assert [isinstance(a, TakenBack) for a in answers] == [True] * 8
    repeated = Counter(a.slip.repeated for a in answers if isinstance(a, TakenBack))
    assert repeated == {False: 1, True: 7}
    assert _in_the_books() == (1, 1, 4_400)


def test_one_id_for_two_sales_at_once_is_one_return(order: UUID) -> None:
    with tx() as t:
        sale = world.sale(("UTSUWA-01", 2), at=clock.now())
        sell(t, [sale], actor=world.ACTOR, recorded_at=clock.now())
    uid = ids.new_id()
    answers = at_once([wish(of, n, 2, uid) for n, of in enumerate((order, sale.uid) * 3)])
    codes = Counter(a.code if isinstance(a, Refusal) else "back" for a in answers)
    assert codes.keys() == {"back", "id_reused"}
    assert _in_the_books() == (2, 2, 8_800)
    with tx() as t:
        assert audited(t)["broken"] == []
