"""The last unit, wanted for a hold, a transfer and a sale at once (R-099); counting while selling.

Real threads on a real database; whoever comes second is told so, and the books stay whole.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from goen.doors.cli.audit import audited
from goen.kit import clock, ids
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders.selling import sell
from goen.stock import holds, rules
from goen.stock.counts import count
from goen.stock.holds import Extension, NewRelease
from goen.stock.transfers import Receipt, receive, send
from tests import world
from tests.conftest import FreshDatabase
from tests.stock.shelf import ITEM, OTHER, counting, free, on, sku, sold, transfer, wish

Verb = Callable[..., list[object]]
BY = {"actor": world.ACTOR}


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t)
    return fresh_db


def ask(verb: Verb, *requests: object) -> str:
    """One request in a transaction of its own: `done`, or the code of the refusal."""
    try:
        with tx() as t:
            (answer,) = verb(t, requests, actor=world.ACTOR, recorded_at=clock.now())
        return answer.code if isinstance(answer, Refusal) else "done"
    finally:
        connection.close()


def at_once(asked: Sequence[tuple[Verb, object]]) -> list[str]:
    """All of them behind one barrier, a thread each."""
    together = threading.Barrier(len(asked))

    def one(verb: Verb, request: object) -> str:
        together.wait(timeout=30)
        return ask(verb, request)

    with ThreadPoolExecutor(len(asked)) as pool:
        return [f.result(timeout=60) for f in [pool.submit(one, *pair) for pair in asked]]


def soon(**more):
    """A hold of one unit that does not end during the test."""
    return wish((ITEM, 1), occurred_at=clock.now(), kind="order", **more)


def test_one_unit_for_a_hold_a_transfer_or_a_promise(shop: FreshDatabase) -> None:
    for n in range(1, 6):
        with tx() as t:
            world.stocked(t, ITEM, 1)
        asked: list[tuple[Verb, object]] = []
        for _ in range(4):
            asked += [
                (holds.hold, soon()),
                (send, transfer((ITEM, 1), occurred_at=clock.now())),
                (sell, world.sale((ITEM, 1), handed_over=False)),
            ]
        assert Counter(at_once(asked)) == Counter(done=1, short=11)
        with tx() as t:
            assert free(t) == 0
            assert audited(t)["ok"], audited(t)
            kept = t.value("SELECT coalesce(sum(qty), 0)::int FROM ledger_pending")
            moving = t.value(
                "SELECT coalesce(sum(posted), 0)::int FROM ledger_balance b JOIN ledger_account a"
                " ON a.id = b.account_id WHERE a.holder LIKE 'transfer:%%'"
            )
            assert kept + moving + sold(t) == n


def test_twenty_units_and_sixty_who_want_one(shop: FreshDatabase) -> None:
    with tx() as t:
        world.stocked(t, ITEM, 20)
    wishes = [soon() for _ in range(60)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda w: ask(holds.hold, w), wishes))
    assert Counter(answers) == Counter(done=20, short=40)
    with tx() as t:
        assert t.value("SELECT count(*) FROM stock_hold") == 20
        assert free(t) == 0


def test_the_same_hold_from_eight_threads_is_one(shop: FreshDatabase) -> None:
    with tx() as t:
        world.stocked(t, ITEM, 8)
    assert at_once([(holds.hold, soon())] * 8) == ["done"] * 8
    with tx() as t:
        assert free(t) == 7


def test_released_extended_and_sold_at_once(shop: FreshDatabase) -> None:
    """Whatever wins, the unit is on the shelf, held or sold: never two of them."""
    for n in range(8):
        with tx() as t:
            world.stocked(t, ITEM, 1)
        mine = soon()
        assert ask(holds.hold, mine) == "done"
        now = clock.now()
        until = now + timedelta(days=9)
        answers = at_once([
            (holds.release, NewRelease(ids.new_id(), mine.uid, now)),
            (holds.extend, Extension(ids.new_id(), mine.uid, until, now)),
            (holds.extend, Extension(ids.new_id(), mine.uid, None, now)),
            (sell, world.sale((ITEM, 1))),
        ])  # fmt: skip
        assert answers[3] == "done"
        assert set(answers[:3]) <= {"done", "hold_gone"}
        with tx() as t:
            assert (free(t), on(t, "sellable"), sold(t)) == (0, 0, n + 1)
            assert audited(t)["ok"], audited(t)


def test_two_stores_receive_one_parcel(shop: FreshDatabase) -> None:
    """Two clerks scan the same four units; four come, however they are cut."""
    with tx() as t:
        world.stocked(t, ITEM, 4)
    one = transfer((ITEM, 4), occurred_at=clock.now())
    assert ask(send, one) == "done"
    parcels = [Receipt(ids.new_id(), one.uid, ((ITEM, 1),), clock.now()) for _ in range(8)]
    answers = at_once([(receive, parcel) for parcel in parcels])
    assert Counter(answers) == Counter(done=4, more_than_sent=4)
    with tx() as t:
        assert (free(t), free(t, "kichijoji")) == (0, 4)


def test_a_sale_that_looked_before_the_count_was_written_is_waited_for(
    shop: FreshDatabase,
) -> None:
    """The sale has looked for counts and stands at the shelf's lock; the count waits for it."""
    with tx() as t:
        world.stocked(t, ITEM, 10)
        item, place = sku(t), t.value("SELECT id FROM places_place WHERE code = 'shibuya'")
    when = clock.now() - timedelta(hours=1)
    with psycopg.connect(shop.conninfo) as blocking, ThreadPoolExecutor(2) as pool:
        blocking.execute(
            "SELECT FROM ledger_balance WHERE account_id = (SELECT id FROM ledger_account"
            " WHERE unit = %s AND holder = %s) FOR UPDATE",
            (rules.unit(item), rules.sellable_holder(place)),
        )
        late = pool.submit(ask, sell, world.sale((ITEM, 4), at=when - timedelta(minutes=1)))
        wait_for(shop, 1)
        counted = pool.submit(ask, count, counting((ITEM, 6), when=when))
        wait_for(shop, 2)
        blocking.commit()
        assert (late.result(timeout=30), counted.result(timeout=30)) == ("done", "done")
    with tx() as t:
        assert (free(t), on(t, "unexplained"), sold(t)) == (6, 0, 4)


def wait_for(shop: FreshDatabase, many: int) -> None:
    """Until so many transactions stand at a lock."""
    with shop.connect() as looking:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            waiting = looking.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if waiting == (many,):
                return
            time.sleep(0.01)
    pytest.fail(f"not {many} at the lock but {waiting}")


@pytest.mark.slow
def test_counting_while_selling_lowers_nothing_twice(shop: FreshDatabase) -> None:
    """A truth beside the books: what left the shelf by the clock, and what each count saw.

    Sales are heard of late or at once, counts come in between; in the end the shelf holds what
    was there less what was taken.
    """
    chance = random.Random(20_571)
    there, opened = 500, clock.now() - timedelta(hours=10)
    with tx() as t:
        world.stocked(t, ITEM, there)
        world.stocked(t, OTHER, 100)
    sales = [(opened + timedelta(seconds=n * 30), chance.randint(1, 3)) for n in range(120)]
    counts = [opened + timedelta(seconds=n * 600 + 7) for n in range(6)]

    def found(at) -> int:
        return there - sum(qty for when, qty in sales if when <= at)

    asked: list[tuple[Verb, object]] = [
        (sell, world.sale((ITEM, qty), (OTHER, 1), at=when)) for when, qty in sales
    ]
    asked += [(count, counting((ITEM, found(at)), when=at)) for at in counts]
    chance.shuffle(asked)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda pair: ask(*pair), asked))
    assert set(answers) == {"done"}
    with tx() as t:
        assert on(t, "sellable") == found(clock.now())
        assert on(t, "unexplained") == 0
        assert audited(t)["ok"], audited(t)


def test_many_sales_at_one_place_pass_its_gate_together(shop: FreshDatabase) -> None:
    """The gate keeps counts apart from sales, not sales from sales."""
    assert ask(sell, world.sale((ITEM, 1), (OTHER, 1))) == "done"  # opens the accounts
    inside = threading.Barrier(2)

    def sale_that_waits_inside(n: int) -> None:
        try:
            with tx() as t:
                sell(t, [world.sale((ITEM if n else OTHER, 1))], **BY, recorded_at=clock.now())
                inside.wait(timeout=20)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(sale_that_waits_inside, n) for n in range(2)]:
            done.result(timeout=30)
