"""Holds decided by the database are the same as those that `rules.decide` walks."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.kit.db import Tx
from goen.ledger import checks, keeping
from goen.ledger.posting import post
from goen.ledger.rules import Hold, Move, Posted, Posting, Refused, Short
from tests.ledger.books import ACTOR, NOW, account, posting

UNITS = ("goods:1", "goods:2")
SHELVES = [account(unit, holder) for unit in UNITS for holder in ("shelf", "drawer")]
REQUESTS = [UUID(int=n) for n in range(1, 9)]
BEFORE = [UUID(int=n) for n in range(101, 107)]
STATE = (
    """SELECT a.unit, a.holder, b.posted, b.pending FROM ledger_balance b
       JOIN ledger_account a ON a.id = b.account_id ORDER BY 1, 2""",
    """SELECT p.request, p.line, s.unit, s.holder, t.unit, t.holder, p.qty, p.held, p.reason,
         p.origin, p.strength, p.expires_at, p.business_date, p.occurred_at, p.recorded_at, p.actor
       FROM ledger_pending p JOIN ledger_account s ON s.id = p.source_id
       JOIN ledger_account t ON t.id = p.target_id ORDER BY 1, 2""",
    "SELECT request, line, qty, held, how, closed_by, closed_at FROM ledger_closed ORDER BY 1, 2",
    "SELECT kind, key, body FROM kit_notice ORDER BY id",
)


@st.composite
def holds(draw: st.DrawFn, *, guarded: bool = False) -> Hold:
    """Of a shelf, or sometimes of the world, which has no floor."""
    unit = draw(st.sampled_from(UNITS))
    holders = ("shelf", "drawer") if guarded else ("shelf", "shelf", "drawer", "supplier")
    minutes = draw(st.sampled_from([None, -5, 0, 15]))
    return Hold(
        account(unit, draw(st.sampled_from(holders))),
        account(unit, "sold"),
        draw(st.integers(1, 6)),
        draw(st.sampled_from(["cart", "order"])),
        None if minutes is None else NOW + timedelta(minutes=minutes),
        draw(st.integers(0, 50)),
    )


@st.composite
def wishes(draw: st.DrawFn, requests: Sequence[UUID]) -> Posting:
    """One to four holds, at least one of them of a floored account."""
    first = draw(holds(guarded=True))
    others = draw(st.lists(holds(), max_size=3))
    moves = draw(st.permutations([first, *others]))
    return posting(*moves, request=draw(st.sampled_from(requests)))


def done(t: Tx, batch: Sequence[Posting]) -> list[Posted | Refused]:
    return post(t, batch, actor=ACTOR, recorded_at=NOW)


def state(t: Tx) -> list[object]:
    return [t.rows(sql) for sql in STATE]


@pytest.fixture
def books(tx_db: None) -> Tx:
    t = Tx()
    for where in SHELVES:
        world = account(where.unit, "supplier")
        done(t, [posting(Move(world, where, 5, "arrival"))])
    done(t, [posting(Hold(where, account(where.unit, "sold"), 1, "x"))
             for where in SHELVES])  # every account is open  # fmt: skip
    return t


def walked(t: Tx, batch: Sequence[Posting], monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "only_holds", lambda _: False)
        return done(t, batch), state(t)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    before=st.lists(wishes(BEFORE), max_size=4),
    batch=st.lists(wishes([*REQUESTS, *BEFORE[:2]]), max_size=8),
)
def test_the_database_decides_as_the_rules_do(books, monkeypatch, before, batch) -> None:
    answers = []
    for way in ("sql", "walk"):
        with transaction.atomic():
            with monkeypatch.context() as patch:
                patch.setattr(keeping, "only_holds", lambda _: False)
                done(books, before)
            if way == "sql":
                answers.append((done(books, batch), state(books)))
            else:
                answers.append(walked(books, batch, monkeypatch))
            assert not list(checks.broken(books))
            transaction.set_rollback(True)
    assert answers[0] == answers[1]


def test_what_is_short_says_of_what_and_takes_nothing(books) -> None:
    shelf, other = SHELVES[0], SHELVES[1]
    sold = account("goods:1", "sold")
    one = posting(Hold(shelf, sold, 3, "x"), Hold(other, sold, 9, "x"))
    two = posting(Hold(shelf, sold, 4, "x"))
    assert done(books, [one, two]) == [Short(one.request, other, 9, 4), Posted(two.request)]
    assert done(books, [two]) == [Posted(two.request, repeated=True)]


def test_other_wishes_are_walked() -> None:
    shelf, sold = SHELVES[0], account("goods:1", "sold")
    keep = Hold(shelf, sold, 1, "x")
    assert keeping.only_holds([posting(keep)])
    assert not keeping.only_holds([posting(keep), posting(Move(shelf, sold, 1, "sale"))])
    assert not keeping.only_holds([posting(Hold(sold, shelf, 1, "x"))])
    assert not keeping.only_holds([posting()])
