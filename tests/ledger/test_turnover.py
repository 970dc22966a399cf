"""What moved by day and reason is the same figure however much of it was written down before."""

import threading
from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import pytest

from goen.kit.db import Tx, tx
from goen.ledger import checks, turnover
from goen.ledger.posting import post
from goen.ledger.rules import Account, Move, Posting
from tests.conftest import FreshDatabase
from tests.ledger.books import ACTOR, NOW, TODAY

SUPPLIER, SOLD = (Account("goods:1", f"world:{who}") for who in ("supplier", "sold"))
SHELF = Account("goods:1", "place:7:sellable", floor=0)
MEMBER = Account("point:1", "points:9", floor=0)
ISSUED = Account("point:1", "world:issued")


def sold(qty: int, *, days_ago: int = 0, reason: str = "sale") -> None:
    """Goods come to the shelf and leave it, and somebody earns points."""
    day = TODAY - timedelta(days=days_ago)
    moves = (
        Move(SUPPLIER, SHELF, qty, "arrival"),
        Move(SHELF, SOLD, qty, reason),
        Move(ISSUED, MEMBER, qty, "points_earned"),
    )
    with tx() as t:
        one = Posting(uuid4(), "test", moves, NOW, day)
        post(t, [one], actor=ACTOR, recorded_at=NOW)


def settled() -> None:
    """Until nobody else (the server tends itself) has a transaction open from before our moves."""
    sql = (
        "SELECT coalesce(max(xid::text::bigint), 0)"
        " < pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM ledger_move"
    )
    for _ in range(2_000):
        with tx() as t:
            if t.value(sql):
                return
        threading.Event().wait(0.005)


def closed(hours: int = 0) -> int:
    with tx() as t:
        return turnover.close(t, recorded_at=NOW + timedelta(hours=hours))


Turned = dict[tuple[str, date, str], tuple[int, int]]


def read(t: Tx) -> Turned:
    """What a reader gets, who begins at the last closing."""
    sql = f"""
        SELECT holder, business_date, reason, sum(came)::bigint, sum(went)::bigint
        FROM ({turnover.TURNED}) turned JOIN ledger_account a ON a.id = account_id
        WHERE holder LIKE 'world:%%' OR holder LIKE 'place:%%' GROUP BY 1, 2, 3
        """
    return {tuple(row[:3]): tuple(row[3:]) for row in t.rows(sql, {"mark": turnover.mark(t)})}  # type: ignore[misc]


def by_hand(t: Tx) -> Turned:
    """The oracle: every move, both sides, one after the other."""
    came: Counter[tuple[str, date, str]] = Counter()
    went: Counter[tuple[str, date, str]] = Counter()
    for source, target, day, reason, qty in t.rows(
        "SELECT s.holder, t.holder, business_date, reason, qty FROM ledger_move m"
        " JOIN ledger_account s ON s.id = source_id JOIN ledger_account t ON t.id = target_id"
    ):
        came[target, day, reason] += qty
        went[source, day, reason] += qty
    few = [key for key in came | went if not key[0].startswith("points:")]
    return {key: (came[key], went[key]) for key in few}


def test_what_moved_is_the_same_before_and_after_every_closing(fresh_db: FreshDatabase) -> None:
    sold(5)
    sold(2, days_ago=1)
    with tx() as t:
        assert read(t) == by_hand(t)
    settled()
    assert closed() == 10, "each day: supplier, shelf twice, sold, and where points come from"
    sold(4)
    sold(1, days_ago=1, reason="order")
    with tx() as t:
        assert read(t) == by_hand(t)
        assert read(t)["place:7:sellable", TODAY, "sale"] == (0, 9)
    settled()
    closed(1)
    assert closed(2) == 0, "nothing moved"
    with tx() as t:
        assert read(t) == by_hand(t)
        assert checks.broken(t) == []


def test_a_transaction_that_commits_late_is_not_lost(fresh_db: FreshDatabase) -> None:
    sold(1)
    holding, go_on = threading.Event(), threading.Event()

    def late() -> None:
        with tx() as t:
            moves = (Move(SUPPLIER, SHELF, 10, "arrival"), Move(SHELF, SOLD, 10, "sale"))
            post(t, [Posting(uuid4(), "test", moves, NOW, TODAY)], actor=ACTOR, recorded_at=NOW)
            holding.set()
            go_on.wait(10)

    thread = threading.Thread(target=late)
    thread.start()
    assert holding.wait(10)
    closed()
    go_on.set()
    thread.join(10)
    for hours in (1, 2):
        with tx() as t:
            assert read(t) == by_hand(t)
            assert read(t)["world:sold", TODAY, "sale"] == (11, 0)
        closed(hours)
    with tx() as t:
        assert checks.broken(t) == []


def test_a_mark_that_a_closing_overtook_counts_nothing_twice(fresh_db: FreshDatabase) -> None:
    sold(3)
    with tx() as t:
        before = turnover.mark(t)
    settled()
    closed()
    with tx() as t:
        sql = f"SELECT sum(went)::bigint FROM ({turnover.TURNED}) s WHERE reason = 'arrival'"
        assert t.value(sql, {"mark": before}) == 3
        assert t.value(sql, {"mark": turnover.mark(t)}) == 3


def test_marks_are_ordered_as_numbers(tx_db: None) -> None:
    t = Tx()
    id_ = t.value(
        "INSERT INTO ledger_account (unit, lot, holder) VALUES ('goods:1', '', 'world:sold')"
        " RETURNING id"
    )
    for below in ("9", "10"):
        t.execute(
            "INSERT INTO ledger_turnover (account_id, business_date, reason, came, went, below,"
            " made_at) VALUES (%s, %s, 'sale', 1, 0, %s::xid8, %s)",
            [id_, TODAY, below, NOW],
        )
    assert turnover.mark(t) == "10"


def test_the_audit_names_a_wrong_turnover(fresh_db: FreshDatabase) -> None:
    sold(4)
    settled()
    closed()
    with tx() as t:
        t.execute("UPDATE ledger_turnover SET went = 5 WHERE went > 0 AND reason = 'sale'")
        (sentence,) = checks.broken(t)
        assert "turnover of goods:1 at place:7:sellable by sale on 2026-11-20" in sentence
        assert "says +0 -5, its moves say +0 -4" in sentence


@pytest.mark.parametrize(("hours", "due"), [(1, False), (25, True)])
def test_once_a_day(fresh_db: FreshDatabase, hours: int, due: bool) -> None:
    with tx() as t:
        assert turnover.is_due(t, at=NOW)
    sold(1)
    settled()
    closed()
    with tx() as t:
        assert turnover.is_due(t, at=NOW + timedelta(hours=hours)) is due


def test_and_when_much_moved_since(
    fresh_db: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold(1)
    settled()
    closed()
    sold(1)
    with tx() as t:
        assert not turnover.is_due(t, at=NOW)
        monkeypatch.setattr(turnover, "MOST_SINCE", 3)
        assert turnover.is_due(t, at=NOW)
