"""Holds and takings back, raced by threads of their own connections: each promise once."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from django.db import connection

from goen.kit.db import tx
from goen.ledger import checks, holding, queries
from goen.ledger.posting import post
from goen.ledger.rules import (
    Gone,
    Hold,
    Move,
    Posted,
    Posting,
    Ref,
    Refused,
    Release,
    Settle,
    Short,
    TooMuch,
)
from goen.ledger.sweep import sweep
from tests.ledger.books import ACTOR, NOW, account, brought, posting

pytestmark = pytest.mark.usefixtures("fresh_db")
SHELF, SOLD = account("goods:1", "shelf"), account("goods:1", "sold")
SOON = NOW + timedelta(minutes=15)
Answer = Posted | Refused
T = TypeVar("T")


def done(*postings: Posting, at: datetime = NOW) -> list[Answer]:
    with tx() as t:
        return post(t, postings, actor=ACTOR, recorded_at=at)


def held(qty: int, until: datetime | None = None) -> Posting:
    return posting(Hold(SHELF, SOLD, qty, "order", until))


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """Each on a thread and a connection of its own, all at the same moment."""
    together = threading.Barrier(len(works))

    def run(work: Callable[[], T]) -> T:
        together.wait(timeout=20)
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(run, work) for work in works]]


def each(postings: Sequence[Posting], *, at: datetime = NOW) -> list[Answer]:
    """Every posting alone, all at once."""
    return at_once([lambda p=p: done(p, at=at)[0] for p in postings])


def sorts(answers: Sequence[Answer]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def proved(shelf: int, sold: int) -> None:
    with tx() as t:
        assert checks.broken(t) == []
        found = [queries.balance(t, "goods:1", holder) for holder in ("shelf", "sold")]
        assert found == [shelf, sold]


def test_the_last_unit_is_held_once() -> None:
    done(brought(SHELF, qty=1))
    for _ in range(5):
        wishes = [held(1) for _ in range(8)]
        answers = each(wishes)
        assert sorts(answers) == Counter(Posted=1, Short=7)
        assert {a.free for a in answers if isinstance(a, Short)} == {0}
        (won,) = [a.request for a in answers if isinstance(a, Posted)]
        done(posting(Release((won, 0))))
    proved(1, 0)


def test_the_last_unit_is_held_once_when_a_dead_hold_lies_on_it() -> None:
    done(brought(SHELF, qty=1), held(1, SOON))
    assert sorts(each([held(1) for _ in range(8)], at=SOON)) == Counter(Posted=1, Short=7)
    proved(1, 0)


def test_a_hold_is_settled_once() -> None:
    done(brought(SHELF, qty=10))
    for n in range(1, 11):
        hold = held(1)
        done(hold)
        ref = (hold.request, 0)
        ends = [posting(Settle(ref)), posting(Settle(ref))]
        won, lost = sorted(each(ends), key=lambda a: isinstance(a, Gone))
        assert isinstance(won, Posted)
        assert isinstance(lost, Gone)
        assert (lost.hold, lost.how) == (ref, "posted")
        proved(10 - n, n)


def test_settled_or_released_but_not_both() -> None:
    done(brought(SHELF, qty=10))
    sold = 0
    for _ in range(10):
        hold = held(1)
        done(hold)
        ref = (hold.request, 0)
        settled, released = each([posting(Settle(ref)), posting(Release(ref))])
        assert sorts([settled, released]) == Counter(Posted=1, Gone=1)
        sold += isinstance(settled, Posted)
        proved(10 - sold, sold)


def test_parts_of_a_hold_are_never_more_than_was_held() -> None:
    hold = held(5)
    done(brought(SHELF, qty=9), hold)
    ref = (hold.request, 0)
    answers = each([posting(Settle(ref, 2)) for _ in range(8)])
    assert sorts(answers) == Counter(Posted=2, TooMuch=6)
    assert {a.left for a in answers if isinstance(a, TooMuch)} == {1}
    proved(5, 4)


def test_parts_of_a_move_are_never_taken_back_beyond_it() -> None:
    sale = posting(Move(SHELF, SOLD, 5, "sale"))
    done(brought(SHELF, qty=5), sale)
    back = Move(SOLD, SHELF, 2, "take_back", reverses=(sale.request, 0))
    answers = each([posting(back) for _ in range(8)])
    assert sorts(answers) == Counter(Posted=2, TooMuch=6)
    assert {a.left for a in answers if isinstance(a, TooMuch)} == {1}
    proved(4, 1)


@pytest.mark.parametrize("end", ["settle", "release"])
def test_the_same_end_from_eight_threads_is_one(end: str) -> None:
    hold = held(2)
    done(brought(SHELF, qty=2), hold)
    ref = (hold.request, 0)
    one = posting(Settle(ref) if end == "settle" else Release(ref))
    answers = each([one] * 8)
    assert sorted(a.repeated for a in answers if isinstance(a, Posted)) == [False] + [True] * 7


def test_a_request_that_touches_no_floor_is_made_once() -> None:
    """Nothing in it has a balance to lock, and still a repetition waits and is seen."""
    for _ in range(5):
        one = posting(Move(account("JPY", "supplier"), account("JPY", "sold"), 3, "tender"))
        answers = each([one] * 8)
        assert sorted(a.repeated for a in answers if isinstance(a, Posted)) == [False] + [True] * 7


def test_settled_in_time_or_over_but_not_both() -> None:
    done(brought(SHELF, qty=20))
    sold = 0
    for _ in range(20):
        hold = held(1, SOON)
        done(hold)
        wish = posting(Settle((hold.request, 0)))

        def settle(wish: Posting = wish) -> Answer | int:
            return done(wish, at=SOON - timedelta(seconds=1))[0]

        answer, swept = at_once([settle, swept_at_soon])
        assert (isinstance(answer, Posted), swept) in {(True, 0), (False, 1)}
        sold += isinstance(answer, Posted)
        proved(20 - sold, sold)


def swept_at_soon() -> int:
    with tx() as t:
        return sweep(t, recorded_at=SOON, limit=10)


def test_the_sweep_waits_for_nobody() -> None:
    hold = held(1, SOON)
    done(brought(SHELF, qty=1), hold)
    with ThreadPoolExecutor(1) as pool, tx() as t:
        post(t, [posting(Settle((hold.request, 0)))], actor=ACTOR, recorded_at=NOW)
        assert aside(pool, swept_at_soon).result(timeout=10) == 0
    assert swept_at_soon() == 0
    proved(0, 1)


def test_who_comes_while_it_sweeps_waits_and_hears_that_it_is_over() -> None:
    hold = held(1, SOON)
    done(brought(SHELF, qty=1), hold)
    late = posting(Settle((hold.request, 0)))
    with ThreadPoolExecutor(1) as pool:
        with tx() as t:
            assert sweep(t, recorded_at=SOON, limit=10) == 1
            asked = aside(pool, lambda: done(late)[0])
            time.sleep(0.3)
            assert not asked.done()
        assert asked.result(timeout=10) == Gone(late.request, (hold.request, 0), "expired")
    proved(1, 0)


def test_eight_sweeps_give_up_each_hold_once() -> None:
    done(brought(SHELF, qty=100), *(held(1, SOON) for _ in range(100)))

    def until_empty() -> int:
        count = 0
        for _ in range(100):
            count += swept_at_soon()
            time.sleep(0.005)
        return count

    assert sum(at_once([until_empty] * 8)) == 100
    proved(100, 0)


def test_a_hold_that_comes_between_reading_and_locking_is_left_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its accounts were not locked, so two could settle it: it is not known yet to any of them."""
    done(brought(SHELF, qty=1))
    hold = held(1)
    lock = holding.lock

    with ThreadPoolExecutor(1) as pool:

        def meanwhile(t: object, refs: list[Ref]) -> None:
            monkeypatch.setattr(holding, "lock", lock)
            aside(pool, lambda: done(hold)).result(timeout=10)
            lock(t, refs)

        monkeypatch.setattr(holding, "lock", meanwhile)
        early = posting(Settle((hold.request, 0)))
        assert done(early) == [Gone(early.request, (hold.request, 0), "unknown")]
    assert sorts(done(posting(Settle((hold.request, 0))))) == Counter(Posted=1)
    proved(0, 1)


def test_holds_settled_in_opposite_order_do_not_deadlock() -> None:
    shelves = [account(f"goods:{n}", "shelf") for n in range(2)]
    done(brought(*shelves, qty=40))
    for _ in range(20):
        wish = posting(*(Hold(a, account(a.unit, "sold"), 2, "order") for a in shelves))
        done(wish)
        refs = [(wish.request, 0), (wish.request, 1)]
        both = [posting(*(Settle(ref, 1) for ref in order)) for order in (refs, refs[::-1])]
        assert sorts(each(both)) == Counter(Posted=2)
    with tx() as t:
        assert checks.broken(t) == []
        assert [queries.balance(t, a.unit, "shelf") for a in shelves] == [0, 0]


def aside(pool: ThreadPoolExecutor, work: Callable[[], T]) -> Future[T]:
    """On another connection, while ours goes on."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    return pool.submit(run)
