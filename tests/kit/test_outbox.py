"""Notices: written with the fact, delivered at least once and in order, poison set aside."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from goen.kit import outbox
from goen.kit.db import Tx, tx
from goen.kit.outbox import Notice
from tests.world import NOW


def happened(*names: str) -> None:
    with tx() as t:
        outbox.write(t, [Notice(n, "k", {"name": n}) for n in names], recorded_at=NOW)


def told(consumer: str = "reader", limit: int = 500) -> list[str]:
    heard: list[str] = []
    outbox.relay(consumer, lambda _, notice: heard.append(notice.kind), limit=limit)
    return heard


def beside(work):
    def run():
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=30)


def test_each_consumer_hears_everything_once_in_order(fresh_db):
    happened("a", "b")
    happened("c")
    assert told("one", limit=2) == ["a", "b"]
    assert told("one") == ["c"]
    assert told("one") == []
    assert told("two") == ["a", "b", "c"]


def test_a_notice_goes_as_its_fact_goes(fresh_db):
    with transaction.atomic():
        happened("never")
        transaction.set_rollback(True)
    happened("a")
    assert told() == ["a"]


def test_what_was_written_by_an_open_transaction_comes_later_and_is_not_lost(fresh_db):
    """Ids commit out of order: the relay waits below the oldest transaction."""
    with transaction.atomic():
        happened("early")
        beside(lambda: happened("late"))
        assert beside(told) == []
    assert beside(told) == ["early", "late"]


def test_a_poison_notice_is_set_aside_and_the_others_go_on(fresh_db):
    happened("a", "poison", "b")
    heard = []

    def handler(t: Tx, notice: Notice) -> None:
        t.execute("INSERT INTO kit_progress (name, label, done, started_at, updated_at, error)"
                  " VALUES (%s, '{}', 0, %s, %s, '')", [notice.kind, NOW, NOW])  # fmt: skip
        if notice.kind == "poison":
            t.execute("SELECT 1/0")
        heard.append(notice.kind)

    assert outbox.relay("reader", handler) == 3
    assert heard == ["a", "b"]
    with tx() as t:
        assert t.rows("SELECT name FROM kit_progress ORDER BY 1") == [("a",), ("b",)]
        ((consumer, error),) = t.rows("SELECT consumer, error FROM kit_parkednotice")
    assert consumer == "reader"
    assert "division by zero" in error
    assert told() == []


def test_a_relay_that_dies_tells_again(fresh_db):
    happened("a", "b")
    heard = []

    def dying(_: Tx, notice: Notice) -> None:
        heard.append(notice.kind)
        if notice.kind == "b":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.relay("reader", dying)
    assert [*heard, *told()] == ["a", "b", "a", "b"]


def test_two_relays_of_one_consumer_take_turns(fresh_db):
    happened(*[f"n{i:02}" for i in range(40)])
    together, heard = threading.Barrier(2), []

    def run() -> None:
        together.wait(timeout=20)
        try:
            while outbox.relay("reader", lambda _, n: heard.append(n.kind), limit=7):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        for one in [pool.submit(run) for _ in range(2)]:
            one.result(timeout=30)
    assert heard == [f"n{i:02}" for i in range(40)]


def test_the_gap_is_what_a_consumer_has_not_heard(fresh_db):
    happened("a", "b", "c")
    with tx() as t:
        assert outbox.gap(t, "reader") == 3
    told(limit=2)
    with tx() as t:
        assert outbox.gap(t, "reader") == 1
    told()
    with tx() as t:
        assert outbox.gap(t, "reader") == 0
