"""`posting.post` on a real database against numbers in a dict, and the constraint behind it."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.kit.db import Tx, savepoint, tx
from goen.ledger import checks, queries
from goen.ledger.posting import post
from goen.ledger.rules import Account, Move, Posted, Short
from tests.ledger.books import (
    ACTOR,
    FLOORED,
    NOW,
    OPEN,
    UNITS,
    account,
    brought,
    play,
    posting,
    postings,
)

on_the_database = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
EVERY = [account(unit, holder) for unit in UNITS for holder in (*FLOORED, *OPEN)]
SHELF, SOLD = account("goods:1", "shelf"), account("goods:1", "sold")


class _Undo(Exception):  # noqa: N818  named by what it does
    """Ends an example and everything it wrote."""


def balances(t: Tx) -> dict[Account, int]:
    return {a: queries.balance(t, a.unit, a.holder) for a in EVERY}


def cached(t: Tx) -> dict[Account, int]:
    rows = t.rows(
        "SELECT unit, holder, posted FROM ledger_balance b JOIN ledger_account a"
        " ON a.id = b.account_id"
    )
    return {account(unit, holder): posted for unit, holder, posted in rows}


def booked(t: Tx, batch) -> list[Posted | Short]:
    return post(t, batch, actor=ACTOR, recorded_at=NOW)


@on_the_database
@given(st.lists(postings(most=4), max_size=3), st.randoms(use_true_random=False))
def test_the_books_equal_a_dict(tx_db, batches, rng):
    """Batches, with earlier requests sent again in between."""
    try:
        with savepoint():
            t, books, done = Tx(), dict.fromkeys(EVERY, 0), {}
            for batch in batches:
                again = rng.sample(sorted(done.values(), key=str), min(2, len(done)))
                answers = booked(t, [*again, *batch])
                short = play(books, batch)
                for one, answer in zip([*again, *batch], answers, strict=True):
                    if one.request in short:
                        assert isinstance(answer, Short)
                    else:
                        assert answer == Posted(one.request, repeated=one.request in done)
                done |= {p.request: p for p in batch if p.request not in short}
                now = balances(t)
                assert now == books
                assert cached(t) == {a: n for a, n in now.items() if a in cached(t)}
                for unit in UNITS:
                    assert sum(n for a, n in now.items() if a.unit == unit) == 0
            assert checks.broken(t) == []
            raise _Undo
    except _Undo:
        pass


@on_the_database
@given(st.permutations([(h, q) for h in FLOORED for q in (1, 2, 3)]))
def test_the_order_of_postings_and_accounts_does_not_matter(tx_db, order):
    try:
        with savepoint():
            t = Tx()
            booked(t, [brought(account("JPY", "shelf"), account("JPY", "drawer"), qty=6)])
            away = [
                posting(Move(account("JPY", h), account("JPY", "sold"), q, "x")) for h, q in order
            ]
            assert all(isinstance(a, Posted) for a in booked(t, away))
            assert {a.holder: n for a, n in balances(t).items() if a.unit == "JPY" and n} == {
                "supplier": -12,
                "sold": 12,
            }
            raise _Undo
    except _Undo:
        pass


def test_the_same_request_twice_in_one_batch_moves_once(tx_db):
    t = Tx()
    one = brought(SHELF, qty=5)
    assert booked(t, [one, one]) == [Posted(one.request), Posted(one.request, repeated=True)]
    assert queries.balance(t, SHELF.unit, SHELF.holder) == 5


def test_one_of_a_batch_may_be_short_alone(tx_db):
    t = Tx()
    booked(t, [brought(SHELF, qty=3)])
    asked = [posting(Move(SHELF, SOLD, qty, "sale")) for qty in (2, 2, 1)]
    first, second, third = booked(t, asked)
    assert (first, third) == (Posted(asked[0].request), Posted(asked[2].request))
    assert second == Short(asked[1].request, SHELF, 2, 1)
    assert queries.balance(t, SHELF.unit, SHELF.holder) == 0


def test_nothing_to_post_is_answered_with_nothing(tx_db):
    assert booked(Tx(), []) == []


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("posted = -1", "ledger_balance_floor"),
        ("pending = 6", "ledger_balance_floor"),
        ("floor = 6", "ledger_balance_floor"),
        ("pending = -1", "ledger_balance_pending"),
    ],
)
def test_the_database_itself_refuses_to_go_below_the_floor(tx_db, change, constraint):
    """The last line of defence: SQL that passes every verb by."""
    t = Tx()
    booked(t, [brought(SHELF, qty=5)])
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        t.execute(f"UPDATE ledger_balance SET {change}")
    assert cached(t) == {SHELF: 5}


@pytest.mark.parametrize("qty", [0, -1])
def test_a_move_moves_something(tx_db, qty):
    t = Tx()
    booked(t, [brought(SHELF, qty=5)])
    with pytest.raises(IntegrityError, match="ledger_move_positive"), transaction.atomic():
        t.execute("UPDATE ledger_move SET qty = %s", [qty])


def test_two_in_opposite_order_do_not_deadlock(fresh_db):
    """Accounts are locked in one sorted pass, whatever order the moves name them in."""
    shelves = [account(f"goods:{n}", "shelf") for n in range(2)]
    with tx() as t:
        booked(t, [brought(*shelves, qty=400)])
    together = threading.Barrier(2)

    def take(order: list[Account]) -> Counter:
        answers: Counter = Counter()
        for _ in range(40):
            moves = [Move(a, account(a.unit, "sold"), 3, "sale") for a in order]
            together.wait(timeout=20)
            with tx() as t:
                (answer,) = booked(t, [posting(*moves)])
            answers[type(answer).__name__] += 1
        connection.close()
        return answers

    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(take, [shelves, shelves[::-1]]))
    assert found == [Counter(Posted=40), Counter(Posted=40)]
    with tx() as t:
        assert [queries.balance(t, a.unit, a.holder) for a in shelves] == [160, 160]
        assert checks.broken(t) == []


def test_a_hundred_wishes_for_ten_units_from_eight_threads(fresh_db):
    with tx() as t:
        booked(t, [brought(SHELF, qty=10)])

    def wish(_: int) -> str:
        with tx() as t:
            (answer,) = booked(t, [posting(Move(SHELF, SOLD, 1, "sale"))])
        connection.close()
        return type(answer).__name__

    with ThreadPoolExecutor(8) as pool:
        assert Counter(pool.map(wish, range(100))) == Counter(Posted=10, Short=90)
    with tx() as t:
        assert cached(t) == {SHELF: 0}


def test_the_same_request_from_eight_threads_moves_once(fresh_db):
    one = brought(SHELF, qty=7)
    together = threading.Barrier(8)

    def send(_: int) -> bool:
        together.wait(timeout=20)
        with tx() as t:
            (answer,) = booked(t, [one])
        connection.close()
        assert isinstance(answer, Posted)
        return answer.repeated

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [False] + [True] * 7
    with tx() as t:
        assert cached(t) == {SHELF: 7}
