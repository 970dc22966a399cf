"""A till never waits for whoever is busy with the order that it takes goods from."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from goen.kit.db import tx
from goen.orders import standing, to_decide
from goen.orders.sale import Sold
from tests import world
from tests.conftest import FreshDatabase
from tests.orders.placed import audit, one_placed, order, refused, ship


def sold_beside() -> object:
    """A till sells the only bowl, in a transaction of its own."""
    try:
        with tx() as t:
            t.execute("SET LOCAL lock_timeout = '5s'")
            return world.sold(t, world.sale(("UTSUWA-01", 1)))[0]
    finally:
        connection.close()


def test_a_till_breaks_a_promise_while_its_order_is_locked(fresh_db: FreshDatabase) -> None:
    """Its slip and its exception are written beside the lock; then the act finds the goods gone."""
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "UTSUWA-01", 1)
        uid = one_placed(t, order(("UTSUWA-01", 1)))
    with ThreadPoolExecutor(1) as pool, tx() as t:
        assert standing.lock(t, [uid])
        assert isinstance(pool.submit(sold_beside).result(timeout=20), Sold)
        refused(ship(t, uid), "hold_gone")
    with tx() as t:
        assert [(e.order_uid, e.qty) for e in to_decide.waiting(t)] == [(uid, 1)]
        assert audit(t) == []
