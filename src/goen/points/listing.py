"""Point programmes and accounts as lists: what is outstanding, what moved by month, whose it is.

People are named by those who ask: here they are records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.points.queries import AccountShown
from goen.points.reading import COLUMNS
from goen.points.rules import Programme

FILTERS = ("ending", "owed", "shared")
"""Accounts with points that end soon, with points owed, with more than one record."""
SOON_DAYS = 30


@dataclass(frozen=True, slots=True)
class ProgrammeShown:
    """A programme by its name, and who changed it last."""

    rules: Programme
    name: dict[str, Any]
    changed_by: str
    changed_at: datetime


def programmes(tx: Tx) -> list[ProgrammeShown]:
    """Every programme."""
    rows = tx.rows(
        f"""
        SELECT {COLUMNS}, p.name, p.changed_by, p.changed_at
        FROM points_programme p ORDER BY p.id
        """
    )
    return [ProgrammeShown(Programme(*row[:-3]), *row[-3:]) for row in rows]


@dataclass(frozen=True, slots=True)
class Totals:
    """All accounts of a programme together, on a day. `accounts` counts those with points."""

    opened: int
    accounts: int
    free: int
    kept: int
    pending: int
    owed: int
    owing: int
    """How many accounts owe points."""
    over: int
    """Points whose last day is over and that nobody swept yet; not in `free`."""


_TOTALS = """
SELECT
  (SELECT count(*) FROM points_account WHERE programme_id = %(id)s),
  coalesce(l.accounts, 0), coalesce(l.free, 0)::bigint,
  coalesce((SELECT sum(b.pending) FROM ledger_account la
            JOIN ledger_balance b ON b.account_id = la.id
            WHERE la.unit = 'point:' || %(id)s), 0)::bigint,
  coalesce((SELECT sum(e.pending) FROM points_earning e
            JOIN points_account a ON a.id = e.account_id
            WHERE a.programme_id = %(id)s AND e.pending > 0), 0)::bigint,
  (SELECT coalesce(sum(owed), 0)::bigint FROM points_account WHERE programme_id = %(id)s),
  (SELECT count(*) FROM points_account WHERE programme_id = %(id)s AND owed > 0),
  coalesce(l.over, 0)::bigint
FROM (
  SELECT count(DISTINCT l.account_id) FILTER (WHERE live) AS accounts,
         sum(l.free) FILTER (WHERE live) AS free, sum(l.free) FILTER (WHERE NOT live) AS over
  FROM (SELECT account_id, free, expires_on IS NULL OR expires_on >= %(day)s AS live
        FROM points_lot WHERE free > 0) l
  JOIN points_account a ON a.id = l.account_id WHERE a.programme_id = %(id)s
) l
"""


def totals(tx: Tx, programme_id: int, *, day: date) -> Totals:
    """What a programme's accounts come to on a day."""
    row = tx.row(_TOTALS, {"id": programme_id, "day": day})
    assert row is not None
    return Totals(*row)


@dataclass(frozen=True, slots=True)
class Month:
    """What moved in a month. What came back or was taken back is taken off where it belongs."""

    month: date
    earned: int
    granted: int
    spent: int
    expired: int


_MONTHS = """
SELECT month,
  coalesce(sum(qty) FILTER (WHERE holder = 'world:issued' AND reason <> 'points_granted'), 0),
  coalesce(sum(qty) FILTER (WHERE holder = 'world:issued' AND reason = 'points_granted'), 0),
  coalesce(-sum(qty) FILTER (WHERE holder IN ('world:redeemed', 'world:bought')), 0),
  coalesce(-sum(qty) FILTER (WHERE holder = 'world:expired'), 0)
FROM (
  SELECT w.holder, m.reason, date_trunc('month', m.business_date)::date AS month,
         CASE WHEN m.source_id = w.id THEN m.qty ELSE -m.qty END AS qty
  FROM ledger_account w JOIN ledger_move m ON w.id IN (m.source_id, m.target_id)
  WHERE w.unit = %s AND w.holder = ANY(%s) AND m.business_date >= %s
) moved GROUP BY 1 ORDER BY 1
"""
_WORLD = ["world:issued", "world:redeemed", "world:expired", "world:bought"]


def months(tx: Tx, programme: Programme, *, since: date) -> list[Month]:
    """What was earned, given, spent and expired by month, from a day on; idle months left out."""
    rows = tx.rows(_MONTHS, [programme.unit, _WORLD, since])
    return [Month(month, *(int(qty) for qty in moved)) for month, *moved in rows]


@dataclass(frozen=True, slots=True)
class AccountsAsked:
    """Which accounts of a programme: those of `records`, or all; `only` as in FILTERS."""

    programme_id: int
    records: Sequence[int] | None = None
    only: str = ""


_PAGE = """
WITH free AS (
  SELECT account_id, sum(free) AS free, min(expires_on) AS ends_on FROM points_lot
  WHERE free > 0 AND (expires_on IS NULL OR expires_on >= %(day)s) GROUP BY 1
)
SELECT a.id, count(*) OVER ()
FROM points_account a LEFT JOIN free f ON f.account_id = a.id
WHERE a.programme_id = %(programme)s
  AND (%(records)s::bigint[] IS NULL OR EXISTS (
    SELECT FROM points_membership m
    WHERE m.account_id = a.id AND m.record_id = ANY(%(records)s)))
  AND CASE %(only)s WHEN 'owed' THEN a.owed > 0
    WHEN 'ending' THEN f.ends_on <= %(day)s::date + %(soon)s
    WHEN 'shared' THEN (SELECT count(*) FROM points_membership m WHERE m.account_id = a.id) > 1
    ELSE TRUE END
ORDER BY CASE WHEN %(only)s = 'ending' THEN f.ends_on END, coalesce(f.free, 0) DESC, a.id
LIMIT %(limit)s OFFSET %(start)s
"""


def page(
    tx: Tx, asked: AccountsAsked, *, day: date, viewer: Viewer, limit: int = 50, start: int = 0
) -> tuple[list[AccountShown], int]:
    """A page of accounts, the most points first, or what ends first; and how many there are."""
    given = {
        "day": day,
        "programme": asked.programme_id,
        "records": None if asked.records is None else list(asked.records),
        "only": asked.only,
        "soon": SOON_DAYS,
        "limit": limit,
        "start": start,
    }
    rows = tx.rows(_PAGE, given)
    ids = [row[0] for row in rows]
    found = shown(tx, ids, day=day, viewer=viewer)
    return [found[one] for one in ids], rows[0][1] if rows else 0


_SHOWN = """
WITH lots AS (
  SELECT account_id, expires_on, sum(free) AS free FROM points_lot
  WHERE account_id = ANY(%(ids)s) AND free > 0
    AND (expires_on IS NULL OR expires_on >= %(day)s) GROUP BY 1, 2
), summed AS (
  SELECT account_id, sum(free) AS free, min(expires_on) AS ends_on FROM lots GROUP BY 1
)
SELECT a.id, p.code, p.name, p.currency, coalesce(s.free, 0)::bigint,
  coalesce((SELECT sum(e.pending) FROM points_earning e
            WHERE e.account_id = a.id AND e.pending > 0), 0)::bigint,
  coalesce((SELECT b.pending FROM ledger_account la JOIN ledger_balance b ON b.account_id = la.id
            WHERE la.unit = 'point:' || p.id AND la.holder = 'points:' || a.id), 0)::bigint,
  a.owed, s.ends_on, coalesce(l.free, 0)::bigint,
  ARRAY(SELECT m.record_id FROM points_membership m WHERE m.account_id = a.id
        ORDER BY m.joined_at, m.record_id)
FROM points_account a JOIN points_programme p ON p.id = a.programme_id
LEFT JOIN summed s ON s.account_id = a.id
LEFT JOIN lots l ON l.account_id = a.id AND l.expires_on = s.ends_on
WHERE a.id = ANY(%(ids)s)
"""


def shown(
    tx: Tx, account_ids: Sequence[int], *, day: date, viewer: Viewer
) -> dict[int, AccountShown]:
    """Accounts by id, with every record that reaches them; unknown ones are left out."""
    rows = tx.rows(_SHOWN, {"ids": list(account_ids), "day": day})
    return {row[0]: AccountShown(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class MemberShown:
    """A record that earns on an account."""

    record_id: int
    may_spend: bool
    joined_at: datetime
    actor: str


def members(tx: Tx, account_id: int, *, viewer: Viewer) -> list[MemberShown]:
    """Who shares an account, the first first."""
    rows = tx.rows(
        "SELECT record_id, may_spend, joined_at, actor FROM points_membership"
        " WHERE account_id = %s ORDER BY joined_at, record_id",
        [account_id],
    )
    return [MemberShown(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class PendingShown:
    """Points of an account that become the shopper's on a day, and what earned them."""

    origin: str
    pending: int
    earned_on: date
    confirm_on: date


def pending(tx: Tx, account_id: int, *, viewer: Viewer) -> list[PendingShown]:
    """What an account was promised and does not have yet, the next first."""
    rows = tx.rows(
        """
        SELECT coalesce((SELECT origin FROM ledger_pending WHERE request = e.request LIMIT 1), ''),
               e.pending, e.earned_on, e.confirm_on
        FROM points_earning e WHERE e.account_id = %s AND e.pending > 0
        ORDER BY e.confirm_on, e.id
        """,
        [account_id],
    )
    return [PendingShown(*row) for row in rows]
