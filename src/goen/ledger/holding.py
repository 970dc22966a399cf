"""Live holds and how others ended, as a batch or a sweep needs to know them.

Whoever changes a hold has locked its source, where that has a floor, and then the hold itself if
it was named; so holds are read in a statement of their own after the locks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from goen.kit.arrays import columns
from goen.kit.db import Row, Tx
from goen.ledger.rules import Account, Held, Ref


@dataclass(slots=True)
class Live:
    """Live holds by the caller's name, with their ids and those of the accounts at their ends."""

    held: dict[Ref, Held] = field(default_factory=dict)
    ids: dict[Ref, int] = field(default_factory=dict)
    accounts: dict[Account, int] = field(default_factory=dict)


_COLUMNS = """
p.id, p.request, p.line, p.qty, p.held, p.reason, p.strength, p.expires_at,
s.id, s.unit, s.holder, s.lot, s.floor, t.id, t.unit, t.holder, t.lot, t.floor
"""
_DUE = """
SELECT p.id, a.id, a.floor IS NOT NULL FROM ledger_pending p
JOIN ledger_account a ON a.id = p.source_id
WHERE p.expires_at <= %s ORDER BY p.expires_at LIMIT %s
"""
_ENDS = """
JOIN ledger_account s ON s.id = p.source_id JOIN ledger_account t ON t.id = p.target_id
"""


def ends(tx: Tx, refs: Sequence[Ref]) -> tuple[list[Ref], dict[Account, int]]:
    """Which of these holds are live, and their accounts; read before they are locked.

    A hold never changes its accounts. One that is written by now is left for the next time:
    nobody can know of it yet, and its accounts would be locked out of order.
    """
    rows = tx.rows(
        f"""
        SELECT {_COLUMNS} FROM unnest(%s::uuid[], %s::int[]) AS given (request, line)
        JOIN ledger_pending p USING (request, line) {_ENDS}
        """,
        columns(refs, 2),
    )
    found = _live(rows)
    return sorted(found.held), found.accounts


def lock(tx: Tx, refs: Sequence[Ref]) -> None:
    """Lock holds, in the order of their names: the id of one settled in part changes."""
    if refs:
        tx.rows(
            """
            SELECT p.id FROM ledger_pending p
            JOIN unnest(%s::uuid[], %s::int[]) AS given (request, line) USING (request, line)
            ORDER BY p.request, p.line FOR UPDATE OF p
            """,
            columns(refs, 2),
        )


def live(
    tx: Tx, named: Sequence[Ref], *, over: Sequence[int], all_of: Sequence[int], at: datetime
) -> Live:
    """The holds that are named, those of the accounts `over` that ended by `at`, and `all_of`'s."""
    if not named and not over and not all_of:
        return Live()
    rows = tx.rows(
        f"""
        SELECT {_COLUMNS} FROM (
          SELECT id FROM ledger_pending WHERE source_id = ANY(%s) AND expires_at <= %s
          UNION SELECT id FROM ledger_pending WHERE source_id = ANY(%s)
          UNION SELECT id FROM unnest(%s::uuid[], %s::int[]) AS given (request, line)
                JOIN ledger_pending USING (request, line)
        ) wanted JOIN ledger_pending p USING (id) {_ENDS} ORDER BY p.id
        """,
        [list(over), at, list(all_of), *columns(named, 2)],
    )
    return _live(rows)


def due(tx: Tx, *, at: datetime, limit: int) -> Live:
    """Holds that ended by `at`, locked with their sources; what others are busy with is skipped."""
    candidates = tx.rows(_DUE, [at, limit])
    guarded = {source for _, source, has_floor in candidates if has_floor}
    locked = _lock_free(tx, guarded)
    ids = [id_ for id_, source, _ in candidates if source in locked or source not in guarded]
    if not ids:
        return Live()
    rows = tx.rows(
        f"""
        SELECT {_COLUMNS} FROM ledger_pending p {_ENDS}
        WHERE p.id = ANY(%s) ORDER BY p.request, p.line FOR UPDATE OF p SKIP LOCKED
        """,
        [ids],
    )
    return _live(rows)


def ended(tx: Tx, refs: Sequence[Ref]) -> dict[Ref, str]:
    """How holds that are no longer live ended; the last end counts for one ended in parts."""
    if not refs:
        return {}
    rows = tx.rows(
        """
        SELECT c.request, c.line, c.how FROM ledger_closed c
        JOIN unnest(%s::uuid[], %s::int[]) AS given (request, line) USING (request, line)
        ORDER BY c.closed_at, c.pending_id
        """,
        columns(refs, 2),
    )
    return {(request, line): how for request, line, how in rows}


def _lock_free(tx: Tx, account_ids: set[int]) -> set[int]:
    """Lock those balances that nobody else has locked."""
    rows = tx.rows(
        """
        SELECT account_id FROM ledger_balance WHERE account_id = ANY(%s)
        ORDER BY account_id FOR NO KEY UPDATE SKIP LOCKED
        """,
        [list(account_ids)],
    )
    return {row[0] for row in rows}


def _live(rows: Sequence[Row]) -> Live:
    found = Live()
    for id_, request, line, qty, first, reason, strength, expires_at, *both in rows:
        source, target = Account(*both[1:5]), Account(*both[6:10])
        found.accounts |= {source: both[0], target: both[5]}
        ref = (request, line)
        found.held[ref] = Held(ref, source, target, qty, first, reason, strength, expires_at)
        found.ids[ref] = id_
    return found
