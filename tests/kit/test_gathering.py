"""`kit.gathering`: many callers in one transaction, each with their own answer or error."""

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import IntegrityError, connection
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from goen.kit import gathering
from goen.kit.db import Tx
from goen.kit.gathering import Gatherer, Unreachable
from goen.kit.postgres import database_conninfo as conninfo
from tests.conftest import FreshDatabase

WRITE = "INSERT INTO trial (id, by) SELECT *, %s FROM unnest(%s::int[])"


class Room:
    """A gatherer whose work can be held up, so that a test decides what comes together."""

    def __init__(self, work: Callable[[Tx, Hashable, Sequence[int]], list[object]]) -> None:
        self.seen: list[tuple[Hashable, list[int]]] = []
        self.door = threading.Event()
        self.door.set()
        self._work = work
        self.gatherer: Gatherer[int, object] = Gatherer("trial", self._do)
        self.pool = ThreadPoolExecutor(64)

    def ask(self, number: int, *, group: Hashable = "a", timeout_s: float = 20) -> Future[object]:
        return self.pool.submit(self.gatherer.submit, number, group=group, timeout_s=timeout_s)

    def together(self, *numbers: int, group: Callable[[int], str] = lambda _: "a") -> list[object]:
        """Ask while the thread is busy with 0, in this order; answers or errors in the order."""
        self.hold_up()
        asked = []
        for count, number in enumerate(numbers, start=1):
            asked.append(self.ask(number, group=group(number)))
            self._until(lambda count=count: self.gatherer._queue.qsize() == count)
        self.door.set()
        return [one.exception(20) or one.result() for one in asked]

    def hold_up(self) -> None:
        """Its thread waits at the door, with a request of nobody's."""
        before = len(self.seen)
        self.door.clear()
        self.ask(0, group="nobody")
        self._until(lambda: len(self.seen) == before + 1)

    def _do(self, t: Tx, group: Hashable, numbers: Sequence[int]) -> list[object]:
        self.seen.append((group, list(numbers)))
        self.door.wait(20)
        return self._work(t, group, numbers)

    @staticmethod
    def _until(met: Callable[[], bool]) -> None:
        until = time.monotonic() + 10
        while not met():
            assert time.monotonic() < until
            time.sleep(0.001)


@pytest.fixture
def rooms(fresh_db: FreshDatabase) -> Iterator[Callable[..., Room]]:
    with fresh_db.connect() as own:
        own.execute("CREATE TABLE trial (id int PRIMARY KEY, by text)")
    opened: list[Room] = []

    def make(work: Callable[[Tx, Hashable, Sequence[int]], list[object]]) -> Room:
        opened.append(Room(work))
        return opened[-1]

    yield make
    for room in opened:
        room.door.set()
        room.gatherer.close()
        room.pool.shutdown()
        gathering._all.remove(room.gatherer)


def write(t: Tx, group: Hashable, numbers: Sequence[int]) -> list[object]:
    """Each number once; 13 cannot be written."""
    wanted = [n for n in numbers if n]
    t.execute(WRITE, [str(group), [(1 if n == 13 else n) for n in wanted]])
    return [n * 10 for n in numbers]


def written(db: FreshDatabase) -> list[int]:
    with db.connect() as own:
        return [row[0] for row in own.execute("SELECT id FROM trial ORDER BY id").fetchall()]


def test_one_caller_alone_is_answered(rooms, fresh_db) -> None:
    room = rooms(write)
    assert room.gatherer.submit(7, group="a") == 70
    assert written(fresh_db) == [7]


def test_who_waits_together_is_done_together(rooms, fresh_db) -> None:
    room = rooms(write)
    assert room.together(3, 1, 2) == [30, 10, 20]
    assert room.seen == [("nobody", [0]), ("a", [3, 1, 2])]
    assert written(fresh_db) == [1, 2, 3]
    counted = room.gatherer.counted
    assert (counted.requests, counted.batches, counted.failed) == (4, 2, 0)
    assert counted.sizes[:3] == [1, 0, 1]
    assert gathering.everyone()["trial"] is counted


def test_no_batch_is_larger_than_its_cap(rooms, fresh_db) -> None:
    room = rooms(write)
    room.gatherer._cap = 2
    room.together(1, 2, 3, 4, 5)
    assert [numbers for _, numbers in room.seen[1:]] == [[1, 2], [3, 4], [5]]
    assert written(fresh_db) == [1, 2, 3, 4, 5]


def test_each_group_has_a_transaction_of_its_own(rooms, fresh_db) -> None:
    room = rooms(write)
    answers = room.together(1, 2, 3, 4, group=lambda n: "odd" if n % 2 else "even")
    assert answers == [10, 20, 30, 40]
    assert room.seen[1:] == [("odd", [1, 3]), ("even", [2, 4])]
    with fresh_db.connect() as own:
        found = own.execute("SELECT id, by FROM trial ORDER BY id").fetchall()
    assert found == [(1, "odd"), (2, "even"), (3, "odd"), (4, "even")]


def test_a_request_that_nobody_can_do_takes_no_other_down(rooms, fresh_db) -> None:
    room = rooms(write)
    answers = room.together(1, 13, 2)
    assert answers[0] == 10
    assert isinstance(answers[1], IntegrityError)
    assert answers[2] == 20
    assert written(fresh_db) == [1, 2]
    assert room.seen[1:] == [("a", [1, 13, 2]), ("a", [1]), ("a", [13]), ("a", [2])]
    assert (room.gatherer.counted.undone, room.gatherer.counted.failed) == (1, 1)
    assert room.gatherer.submit(4, group="a") == 40


def test_a_bug_in_the_work_is_each_caller_s_own(rooms, fresh_db) -> None:
    def buggy(t: Tx, group: Hashable, numbers: Sequence[int]) -> list[object]:
        write(t, group, numbers)
        assert 5 not in numbers, "a bug"
        return list(numbers)

    room = rooms(buggy)
    answers = room.together(1, 5)
    assert answers[0] == 1
    assert isinstance(answers[1], AssertionError)
    assert written(fresh_db) == [1]


def test_an_answer_too_few_is_a_bug_and_nothing_is_done(rooms, fresh_db) -> None:
    room = rooms(lambda t, group, numbers: write(t, group, numbers)[1:])
    (answer,) = room.together(1)
    assert isinstance(answer, AssertionError)


def test_who_stops_waiting_before_their_turn_leaves_nothing(rooms, fresh_db) -> None:
    room = rooms(write)
    room.hold_up()
    gone = room.ask(1, timeout_s=0.05)
    assert isinstance(gone.exception(5), TimeoutError)
    stays = room.ask(2)
    room.door.set()
    assert stays.result(5) == 20
    assert written(fresh_db) == [2]
    assert room.gatherer.counted.late == 1


def test_who_stops_waiting_during_their_turn_is_done_whole(rooms, fresh_db) -> None:
    room = rooms(write)
    room.door.clear()
    gone = room.ask(1, timeout_s=0.2)
    assert isinstance(gone.exception(5), TimeoutError)
    room.door.set()
    assert room.gatherer.submit(2, group="a") == 20
    assert written(fresh_db) == [1, 2]


def test_a_connection_that_was_cut_is_opened_again(rooms, fresh_db) -> None:
    room = rooms(write)
    assert room.gatherer.submit(1, group="a") == 10
    cut_all(fresh_db)
    assert room.gatherer.submit(2, group="a") == 20
    assert written(fresh_db) == [1, 2]


def test_a_connection_cut_in_the_middle_is_done_again(rooms, fresh_db) -> None:
    cuts = iter([True])

    def work(t: Tx, group: Hashable, numbers: Sequence[int]) -> list[object]:
        answers = write(t, group, numbers)
        if any(numbers) and next(cuts, False):
            cut_all(fresh_db)
            t.value("SELECT 1")
        return answers

    room = rooms(work)
    assert room.together(1, 2) == [10, 20]
    assert written(fresh_db) == [1, 2]


def test_without_a_database_each_is_told_so_and_later_it_goes_on(rooms, fresh_db) -> None:
    room = rooms(write)
    assert room.gatherer.submit(1, group="a") == 10
    with away(fresh_db):
        answers = room.together(2, 3)
        assert [type(a) for a in answers] == [Unreachable, Unreachable]
        assert answers[0] is not answers[1]
    assert room.gatherer.submit(4, group="a") == 40
    assert written(fresh_db) == [1, 4]


def cut_all(db: FreshDatabase) -> None:
    with db.connect() as own:
        own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND pid <> pg_backend_pid()",
            [own.info.dbname],
        )


@contextmanager
def away(db: FreshDatabase) -> Iterator[None]:
    """Everybody's connection is cut, and nobody may come in."""
    name = conninfo_to_dict(db.conninfo)["dbname"]
    with psycopg.connect(conninfo("demo"), dbname="postgres", autocommit=True) as own:
        own.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        own.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        yield
        own.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_two_transactions_in_each_other_s_way_are_no_error(rooms, fresh_db) -> None:
    tries = iter([True, False])

    def work(t: Tx, group: Hashable, numbers: Sequence[int]) -> list[object]:
        answers = write(t, group, numbers)
        if next(tries):
            t.execute("DO $$ BEGIN RAISE EXCEPTION 'crossed' USING ERRCODE = '40P01'; END $$")
        return answers

    room = rooms(work)
    assert room.gatherer.submit(1, group="a") == 10
    assert written(fresh_db) == [1]


def test_what_is_queued_is_done_before_the_end(rooms, fresh_db) -> None:
    room = rooms(write)
    room.hold_up()
    asked = [room.ask(n) for n in (1, 2, 3)]
    room._until(lambda: room.gatherer._queue.qsize() == 3)
    closing = room.pool.submit(room.gatherer.close)
    room._until(lambda: room.gatherer._queue.qsize() == 4)
    room.door.set()
    closing.result(10)
    assert [one.result(5) for one in asked] == [10, 20, 30]
    assert not room.gatherer._thread.is_alive()
    assert room.gatherer.submit(4, group="a") == 40


def test_its_connection_is_its_own_and_gone_with_it(rooms, fresh_db) -> None:
    def pid(t: Tx, group: Hashable, numbers: Sequence[int]) -> list[object]:
        return [(t.value("SELECT pg_backend_pid()"), t.value("SHOW plan_cache_mode"))] * len(
            numbers
        )

    room = rooms(pid)
    (mine, plans) = room.gatherer.submit(1)
    assert plans == "force_generic_plan"
    assert Tx().value("SHOW plan_cache_mode") == "auto"
    room.gatherer.close()
    living = "SELECT count(*) FROM pg_stat_activity WHERE pid = %s"
    room._until(lambda: Tx().value(living, [mine]) == 0)


def test_a_child_process_has_a_thread_of_its_own(rooms, fresh_db) -> None:
    room = rooms(lambda _t, _group, numbers: [os.getpid()] * len(numbers))
    assert room.gatherer.submit(1) == os.getpid()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = room.gatherer.submit(1, timeout_s=10)
        os.write(writing, str(answer).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(reading, 100)) == child
    assert room.gatherer.submit(1) == os.getpid()


def test_hundreds_of_callers_are_each_answered_in_few_transactions(rooms, fresh_db) -> None:
    room = rooms(write)
    numbers = [n for n in range(1, 601) if n != 13]
    asked = [room.ask(n, group=f"actor {n % 3}") for n in numbers]
    assert [one.result(20) for one in asked] == [n * 10 for n in numbers]
    assert written(fresh_db) == numbers
    counted = room.gatherer.counted
    assert counted.requests == len(numbers) == sum(len(batch) for _, batch in room.seen)
    assert counted.batches < len(numbers)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), min_size=1, max_size=20))
def test_groups_keep_the_order_of_what_came(asked) -> None:
    waiting = [gathering._Waiting(n, group, 0.0, threading.Lock()) for group, n in asked]
    groups = gathering._by_group(waiting)
    for group in groups:
        mine = [n for by, n in asked if by == group[0].group]
        assert [one.request for one in group] == mine
    assert sum(map(len, groups)) == len(asked)
    firsts = [asked.index((group[0].group, group[0].request)) for group in groups]
    assert firsts == sorted(firsts)


def test_the_caller_s_own_connection_is_left_alone(rooms, fresh_db) -> None:
    room = rooms(write)
    before = connection.settings_dict
    assert room.gatherer.submit(1, group="a") == 10
    assert connection.settings_dict is before
    assert "pool" in before["OPTIONS"]


def test_whoever_listens_hears_of_each_batch_and_cannot_end_the_thread(rooms, fresh_db) -> None:
    heard = []

    def told(size: int, waited_s: float) -> None:
        heard.append(size)
        assert waited_s >= 0
        raise RuntimeError("a listener's bug")

    room = rooms(write)
    room.gatherer._told = told
    assert room.together(1, 2, 3) == [10, 20, 30]
    assert room.gatherer.submit(4, group="a") == 40
    Room._until(lambda: heard == [1, 3, 1])
