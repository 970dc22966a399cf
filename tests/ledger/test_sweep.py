"""The sweep: gives up what is over, a batch at a time, and finds it by an index of its own."""

from datetime import timedelta

import pytest

from goen.doors.worker.run import sweep_holds
from goen.kit import clock
from goen.kit.db import Tx
from goen.ledger import checks, holding
from goen.ledger.posting import post
from goen.ledger.rules import Gone, Hold, Posted, Settle
from goen.ledger.sweep import sweep
from tests.ledger.books import ACTOR, NOW, account, brought, posting

pytestmark = pytest.mark.usefixtures("tx_db")
SHELF, SOLD = account("goods:1", "shelf"), account("goods:1", "sold")
ISSUED, MEMBER = account("point:1", "supplier"), account("point:1", "drawer")
SOON = NOW + timedelta(minutes=15)


def done(t: Tx, *postings, at=NOW):
    answers = post(t, postings, actor=ACTOR, recorded_at=at)
    assert checks.broken(t) == []
    return answers


def pending(t: Tx) -> int:
    return t.value("SELECT pending FROM ledger_balance WHERE pending > 0") or 0


def test_what_is_over_is_given_up_in_batches() -> None:
    t = Tx()
    done(t, brought(SHELF, qty=9))
    soon, later, never = (
        [posting(Hold(SHELF, SOLD, 1, "cart", until)) for _ in range(3)]
        for until in (SOON, SOON + timedelta(minutes=1), None)
    )
    done(t, *later, *soon, *never)
    assert sweep(t, recorded_at=NOW, limit=10) == 0
    assert [sweep(t, recorded_at=SOON, limit=2) for _ in range(3)] == [2, 1, 0]
    assert pending(t) == 6
    assert sweep(t, recorded_at=SOON + timedelta(days=1), limit=10) == 3
    assert pending(t) == 3
    assert checks.broken(t) == []
    late = posting(Settle((soon[0].request, 0)))
    assert done(t, late) == [Gone(late.request, (soon[0].request, 0), "expired")]
    assert done(t, soon[0]) == [Posted(soon[0].request, repeated=True)]


def test_points_that_were_never_confirmed_are_given_up() -> None:
    """A source without a floor has no balance to lock."""
    t = Tx()
    earned = posting(Hold(ISSUED, MEMBER, 10, "earn", SOON))
    done(t, earned)
    assert sweep(t, recorded_at=SOON, limit=10) == 1
    assert t.value("SELECT count(*) FROM ledger_pending") == 0
    assert checks.broken(t) == []


def test_the_rest_of_a_hold_is_given_up() -> None:
    t = Tx()
    hold = posting(Hold(SHELF, SOLD, 5, "order", SOON))
    done(t, brought(SHELF, qty=5), hold)
    done(t, posting(Settle((hold.request, 0), 2)))
    assert sweep(t, recorded_at=SOON, limit=10) == 1
    assert checks.broken(t) == []
    rows = t.rows("SELECT how, qty, held, closed_by IS NULL FROM ledger_closed ORDER BY qty")
    assert rows == [("posted", 2, 5, False), ("expired", 3, 5, True)]


def test_settling_what_is_over_and_not_swept_yet_says_that_it_expired() -> None:
    t = Tx()
    hold = posting(Hold(SHELF, SOLD, 5, "order", SOON))
    done(t, brought(SHELF, qty=5), hold)
    late = posting(Settle((hold.request, 0)))
    assert done(t, late, at=SOON) == [Gone(late.request, (hold.request, 0), "expired")]


def test_the_worker_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    t = Tx()
    done(t, brought(SHELF, qty=5), posting(Hold(SHELF, SOLD, 5, "order", SOON)))
    monkeypatch.setattr(clock, "now", lambda: SOON)
    assert [sweep_holds(), sweep_holds()] == [1, 0]


def test_it_is_found_by_an_index_of_holds_that_can_end() -> None:
    """Holds without an end are not even in it; those of one account are found with theirs."""
    t = Tx()
    wishes = [Hold(ISSUED, MEMBER, 1, "earn", SOON + timedelta(hours=n)) for n in range(2_000)]
    done(t, posting(*wishes), posting(*([Hold(ISSUED, MEMBER, 1, "earn")] * 500)))
    t.execute("ANALYZE ledger_pending")
    plan = t.rows("EXPLAIN " + holding._DUE, [SOON, 100])
    assert "ledger_pending_sweep" in str(plan), plan
    kept = t.value("SELECT pg_get_indexdef('ledger_pending_sweep'::regclass)")
    assert kept.endswith("WHERE (NOT (expires_at IS NULL))")
    of_one = "SELECT id FROM ledger_pending WHERE source_id = ANY(%s) AND expires_at <= %s"
    plan = t.rows("EXPLAIN " + of_one, [[1], SOON])
    assert "ledger_pending_source" in str(plan), plan
