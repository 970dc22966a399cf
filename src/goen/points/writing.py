"""Keeping what was planned for point accounts, in a handful of statements, and telling of it."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from goen.kit import outbox
from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.points.plans import Planned
from goen.points.rules import EFFECTS

_LOTS = """
INSERT INTO points_lot (uid, account_id, kind, request, earned_by, qty, free, earned_on,
                        expires_on, recorded_at)
SELECT given.*, %s
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::uuid[], %s::uuid[], %s::bigint[],
            %s::bigint[], %s::date[], %s::date[]) AS given
"""
_LOANS = """
INSERT INTO points_loan (lot_id, of_id, record_id, qty, recorded_at)
SELECT l.id, o.id, given.record, given.qty, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::bigint[]) AS given (lot, of, record, qty)
JOIN points_lot l ON l.uid = given.lot JOIN points_lot o ON o.uid = given.of
"""
_USES = """
INSERT INTO points_use (lot_id, request, kind, of, qty, recorded_at)
SELECT l.id, given.request, given.kind, given.of, given.qty, %s
FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::bigint[])
  WITH ORDINALITY AS given (lot, request, kind, of, qty, n)
JOIN points_lot l ON l.uid = given.lot ORDER BY given.n
"""
_FREE = """
UPDATE points_lot l SET free = l.free + given.qty
FROM unnest(%s::uuid[], %s::bigint[]) AS given (lot, qty) WHERE l.uid = given.lot
"""
_EARNINGS = """
INSERT INTO points_earning (account_id, request, qty, pending, earned_on, confirm_on, recorded_at)
SELECT given.*, %s
FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::bigint[], %s::date[], %s::date[]) AS given
"""
_PENDING = """
UPDATE points_earning e SET pending = e.pending - given.qty
FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[]) AS given (account_id, request, qty)
WHERE e.account_id = given.account_id AND e.request = given.request
"""
_ACCOUNTS = """
UPDATE points_account a SET owed = a.owed + given.owed, free = a.free + given.free
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[]) AS given (account_id, owed, free)
WHERE a.id = given.account_id
"""
_LOTS_AND_ACCOUNTS = f"WITH lots AS ({_FREE}) {_ACCOUNTS}"


def write(tx: Tx, planned: Sequence[Planned], *, recorded_at: datetime) -> None:
    """Keep what was planned and posted. Whoever waits for news of an account is told."""
    planned = [one for plan in planned for one in (*plan.lent, plan)]
    _insert(tx, planned, recorded_at)
    lots: Counter[UUID] = Counter()
    free: Counter[int] = Counter()
    owed: Counter[int] = Counter()
    pending: Counter[tuple[int, UUID]] = Counter()
    for plan in planned:
        owed[plan.account_id] += plan.changes.owed
        free[plan.account_id] += sum(lot.qty for lot in plan.changes.lots)
        for use in plan.changes.uses:
            lots[use.lot] += EFFECTS[use.kind] * use.qty
            free[plan.account_id] += EFFECTS[use.kind] * use.qty
        for request, qty in plan.changes.confirmed:
            pending[plan.account_id, request] += qty
    _add(tx, _PENDING, [(*key, qty) for key, qty in pending.items()])
    _change(
        tx,
        [(uid, qty) for uid, qty in lots.items() if qty],
        [(one, owed[one], free[one]) for one in owed if owed[one] or free[one]],
    )
    _tell(tx, planned, recorded_at)


def _insert(tx: Tx, planned: Sequence[Planned], recorded_at: datetime) -> None:
    """New lots, earnings and uses."""
    lots = [
        (
            lot.uid, plan.account_id, lot.kind, lot.request, lot.earned_by, lot.qty, lot.qty,
            lot.earned_on, lot.expires_on,
        )
        for plan in planned
        for lot in plan.changes.lots
    ]  # fmt: skip
    earnings = [
        (plan.account_id, one.request, one.qty, one.qty, one.earned_on, one.confirm_on)
        for plan in planned
        for one in plan.changes.earnings
    ]
    uses = [
        (use.lot, use.request, use.kind, use.of, use.qty)
        for plan in planned
        for use in plan.changes.uses
    ]
    loans = [
        (loan.lot, loan.of, loan.record_id, loan.qty)
        for plan in planned
        for loan in plan.changes.loans
    ]
    for sql, rows in ((_LOTS, lots), (_LOANS, loans), (_EARNINGS, earnings), (_USES, uses)):
        if rows:
            tx.execute(sql, [recorded_at, *columns(rows)])


def _change(tx: Tx, lots: Sequence[tuple[UUID, int]], accounts: Sequence[tuple[int, ...]]) -> None:
    """What lots have free, and what their accounts say of it: in one statement where both do."""
    if lots and accounts:
        tx.execute(_LOTS_AND_ACCOUNTS, [*columns(lots), *columns(accounts)])
    else:
        _add(tx, _FREE, lots)
        _add(tx, _ACCOUNTS, accounts)


def _add(tx: Tx, sql: str, sums: Sequence[tuple[object, ...]]) -> None:
    if sums:
        tx.execute(sql, columns(sums))


def _tell(tx: Tx, planned: Sequence[Planned], recorded_at: datetime) -> None:
    """One notice for each request and account, with what it did."""
    notices = [
        outbox.Notice(
            "PointsChanged",
            f"points:{plan.account_id}",
            {
                "account": plan.account_id,
                "request": str(plan.request),
                "spent": plan.spent,
                "earned": plan.earned,
                "back": plan.back,
                "owed": plan.owed,
            },
        )
        for plan in planned
        if plan.wishes or plan.changes.uses
    ]
    outbox.write(tx, notices, recorded_at=recorded_at)
