"""Point programmes and accounts as lists: what is outstanding, what moved by month, whose it is.

People are named by those who ask: here they are records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.ledger import turnover
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
WITH over AS (
  SELECT a.id, a.free, sum(l.free) AS over
  FROM points_lot l JOIN points_account a ON a.id = l.account_id
  WHERE l.free > 0 AND l.expires_on < %(day)s AND a.programme_id = %(id)s GROUP BY a.id
)
SELECT a.opened, a.accounts - (SELECT count(*) FROM over WHERE over.over = over.free),
  (a.free - coalesce((SELECT sum(over) FROM over), 0))::bigint,
  coalesce((SELECT sum(p.qty) FROM ledger_pending p CROSS JOIN LATERAL (
              SELECT a.unit, a.holder FROM ledger_account a WHERE a.id = p.source_id OFFSET 0) la
            WHERE la.unit = 'point:' || %(id)s AND la.holder LIKE 'points:%%'), 0)::bigint,
  coalesce((SELECT sum(e.pending) FROM points_earning e
            JOIN points_account a ON a.id = e.account_id
            WHERE a.programme_id = %(id)s AND e.pending > 0), 0)::bigint,
  o.owed, o.owing, coalesce((SELECT sum(over) FROM over), 0)::bigint
FROM (
  SELECT count(*) AS opened, count(*) FILTER (WHERE free > 0) AS accounts,
         coalesce(sum(free), 0) AS free
  FROM points_account WHERE programme_id = %(id)s
) a, (
  SELECT coalesce(sum(owed), 0)::bigint AS owed, count(*) AS owing
  FROM points_account WHERE programme_id = %(id)s AND owed > 0
) o
"""


def totals(tx: Tx, programme_id: int, *, day: date) -> Totals:
    """What a programme's accounts come to on a day."""
    tx.plan_afresh()
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


_MONTHS = f"""
SELECT date_trunc('month', t.business_date)::date,
  coalesce(sum(t.went - t.came) FILTER (
    WHERE w.holder = 'world:issued' AND t.reason <> 'points_granted'), 0),
  coalesce(sum(t.went - t.came) FILTER (
    WHERE w.holder = 'world:issued' AND t.reason = 'points_granted'), 0),
  coalesce(sum(t.came - t.went) FILTER (
    WHERE w.holder IN ('world:redeemed', 'world:bought')), 0),
  coalesce(sum(t.came - t.went) FILTER (WHERE w.holder = 'world:expired'), 0)
FROM ({turnover.TURNED}) t JOIN ledger_account w ON w.id = t.account_id
WHERE t.account_id = ANY(%(accounts)s::bigint[]) AND t.business_date >= %(since)s
GROUP BY 1 ORDER BY 1
"""
_WORLD = ["world:issued", "world:redeemed", "world:expired", "world:bought"]


def months(tx: Tx, programme: Programme, *, since: date) -> list[Month]:
    """What was earned, given, spent and expired by month, from a day on; idle months left out."""
    accounts = tx.rows(
        "SELECT id FROM ledger_account WHERE unit = %s AND holder = ANY(%s)",
        [programme.unit, _WORLD],
    )
    given = {
        "accounts": [row[0] for row in accounts],
        "since": since,
        "mark": turnover.mark(tx),
    }
    rows = tx.rows(_MONTHS, given)
    return [Month(month, *(int(qty) for qty in moved)) for month, *moved in rows]


@dataclass(frozen=True, slots=True)
class AccountsAsked:
    """Which accounts of a programme: those of `records`, or all; `only` as in FILTERS."""

    programme_id: int
    records: Sequence[int] | None = None
    only: str = ""


_EVERY = """
SELECT a.id, NULL FROM points_account a WHERE a.programme_id = %(programme)s
ORDER BY a.free DESC, a.id LIMIT %(limit)s OFFSET %(start)s
"""
_COUNT = "SELECT count(*) FROM points_account WHERE programme_id = %(programme)s"
_SOME = """
SELECT a.id, count(*) OVER () FROM points_account a {reached}
WHERE a.programme_id = %(programme)s {some}
  AND (%(records)s::bigint[] IS NULL OR EXISTS (
    SELECT FROM points_membership m
    WHERE m.account_id = a.id AND m.record_id = ANY(%(records)s)))
ORDER BY {order} a.free DESC, a.id LIMIT %(limit)s OFFSET %(start)s
"""
_ONLY = {
    "": {
        "reached": "",
        "some": """AND a.id IN (
            SELECT account_id FROM points_membership WHERE record_id = ANY(%(records)s))""",
        "order": "",
    },
    "owed": {"reached": "", "some": "AND a.owed > 0", "order": ""},
    "ending": {
        "reached": """JOIN (
            SELECT account_id, min(expires_on) AS ends_on FROM points_lot
            WHERE free > 0 AND expires_on BETWEEN %(day)s AND %(day)s::date + %(soon)s GROUP BY 1
          ) l ON l.account_id = a.id""",
        "some": "",
        "order": "l.ends_on,",
    },
    "shared": {
        "reached": """JOIN (
            SELECT account_id FROM points_membership GROUP BY 1 HAVING count(*) > 1
          ) m ON m.account_id = a.id""",
        "some": "",
        "order": "",
    },
}


def page(
    tx: Tx, asked: AccountsAsked, *, day: date, viewer: Viewer, limit: int = 50, start: int = 0
) -> tuple[list[AccountShown], int]:
    """A page of accounts, the most points first, or what ends first; and how many there are.

    Points whose last day is over count for the order until they are swept.
    """
    given = {
        "day": day,
        "programme": asked.programme_id,
        "records": None if asked.records is None else list(asked.records),
        "soon": SOON_DAYS,
        "limit": limit,
        "start": start,
    }
    tx.plan_afresh()
    every = asked.records is None and not asked.only
    rows = tx.rows(_EVERY if every else _SOME.format(**_ONLY[asked.only]), given)
    ids = [row[0] for row in rows]
    found = shown(tx, ids, day=day, viewer=viewer)
    total = tx.value(_COUNT, given) if every else rows[0][1] if rows else 0
    return [found[one] for one in ids], total


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
