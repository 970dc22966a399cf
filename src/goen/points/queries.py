"""Reading points: balances over the records of a person, histories, and what a shop owes in points.

A balance is read when it is asked for, never kept beside an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit.actors import Viewer
from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.points.reading import COLUMNS
from goen.points.rules import Programme


@dataclass(frozen=True, slots=True)
class AccountShown:
    """One account on a day: what can be spent, what is not yet the shopper's, what is kept."""

    account_id: int
    programme: str
    name: dict[str, Any]
    currency: str
    spendable: int
    pending: int
    kept: int
    owed: int
    ends_on: date | None
    """The day on which the next points end, and how many."""
    ending: int
    record_ids: Sequence[int]


@dataclass(frozen=True, slots=True)
class Balance:
    """All accounts of some records, together."""

    accounts: tuple[AccountShown, ...]

    @property
    def spendable(self) -> int:
        """Over all accounts."""
        return sum(one.spendable for one in self.accounts)

    @property
    def pending(self) -> int:
        """Over all accounts."""
        return sum(one.pending for one in self.accounts)

    @property
    def owed(self) -> int:
        """Over all accounts."""
        return sum(one.owed for one in self.accounts)

    @property
    def next_end(self) -> tuple[date, int] | None:
        """When the next points end, and how many of all accounts that day."""
        days = [one.ends_on for one in self.accounts if one.ends_on is not None]
        if not days:
            return None
        day = min(days)
        return day, sum(one.ending for one in self.accounts if one.ends_on == day)


_ACCOUNTS = """
WITH wanted AS (
  SELECT m.account_id, array_agg(m.record_id ORDER BY m.record_id) AS records
  FROM points_membership m WHERE m.record_id = ANY(%(records)s) GROUP BY 1
), lots AS (
  SELECT l.account_id, l.expires_on, sum(l.free) AS free
  FROM points_lot l JOIN wanted USING (account_id)
  WHERE l.free > 0 AND (l.expires_on IS NULL OR l.expires_on >= %(day)s) GROUP BY 1, 2
), summed AS (
  SELECT account_id, sum(free) AS free, min(expires_on) AS ends_on FROM lots GROUP BY 1
)
SELECT a.id, p.code, p.name, p.currency, coalesce(s.free, 0)::bigint,
  coalesce((SELECT sum(e.pending) FROM points_earning e
            WHERE e.account_id = a.id AND e.pending > 0), 0)::bigint,
  coalesce((SELECT b.pending FROM ledger_account la JOIN ledger_balance b ON b.account_id = la.id
            WHERE la.unit = 'point:' || p.id AND la.holder = 'points:' || a.id), 0)::bigint,
  a.owed, s.ends_on, coalesce(l.free, 0)::bigint, w.records
FROM wanted w JOIN points_account a ON a.id = w.account_id
JOIN points_programme p ON p.id = a.programme_id
LEFT JOIN summed s ON s.account_id = a.id
LEFT JOIN lots l ON l.account_id = a.id AND l.expires_on = s.ends_on
ORDER BY a.id
"""


def balance_of_records(tx: Tx, record_ids: Sequence[int], *, day: date, viewer: Viewer) -> Balance:
    """The accounts that records reach, each once however many of them share it."""
    rows = tx.rows(_ACCOUNTS, {"records": list(record_ids), "day": day})
    return Balance(tuple(AccountShown(*row) for row in rows))


_OF_PERSON = """
SELECT m.account_id UNION SELECT other.account_id
FROM customers_personof who
JOIN customers_personof po ON po.person_id = who.person_id
JOIN points_membership other
  ON other.record_id = po.record_id AND other.programme_id = m.programme_id
WHERE who.record_id = m.record_id AND m.may_spend AND other.may_spend
"""
"""The accounts that a membership `m` spends from: its own, and the others of the same person."""


@dataclass(frozen=True, slots=True)
class Reach:
    """The account that a record reaches, as far as can be seen without a lock."""

    programme: Programme
    account_id: int
    may_spend: bool
    spendable: int


def reach(tx: Tx, record_id: int, currency: str, *, day: date) -> Reach | None:
    """The account of a record in a currency, for showing what a sale would do."""
    row = tx.row(
        f"""
        SELECT m.account_id, m.may_spend,
          coalesce((SELECT sum(l.free) FROM points_lot l
                    WHERE l.account_id IN ({_OF_PERSON}) AND l.free > 0
                      AND (l.expires_on IS NULL OR l.expires_on >= %s)), 0)::bigint,
          {COLUMNS}
        FROM points_membership m JOIN points_programme p ON p.id = m.programme_id
        WHERE m.record_id = %s AND p.currency = %s
        """,
        [day, record_id, currency],
    )
    return None if row is None else Reach(Programme(*row[3:]), *row[:3])


_OF_DOCUMENTS = f"""
SELECT given.uid,
  coalesce((SELECT sum(l.qty) FROM points_lot l
            WHERE l.earned_by = given.uid AND l.request = given.uid
              AND l.kind = 'earned'), 0)::bigint
  + coalesce((SELECT sum(e.qty) FROM points_earning e WHERE e.request = given.uid), 0)::bigint,
  coalesce((SELECT sum(u.qty) FROM points_use u
            WHERE u.request = given.uid AND u.kind = 'spend'), 0)::bigint,
  coalesce((SELECT sum(l.free) FROM points_lot l
            WHERE l.account_id IN ({_OF_PERSON}) AND l.free > 0 AND (l.expires_on IS NULL
              OR l.expires_on >= (%s::timestamptz AT TIME ZONE p.timezone)::date)), 0)::bigint
FROM unnest(%s::uuid[], %s::bigint[], %s::text[]) AS given (uid, record_id, currency)
JOIN points_programme p USING (currency)
JOIN points_membership m ON m.programme_id = p.id AND m.record_id = given.record_id
"""


def of_documents(
    tx: Tx, documents: Sequence[tuple[UUID, int, str]], *, at: datetime
) -> dict[UUID, tuple[int, int, int]]:
    """What documents, as (uid, record, currency), earned and spent at once; what is left now."""
    if not documents:
        return {}
    rows = tx.rows(_OF_DOCUMENTS, [at, *columns(documents)])
    return {uid: (earned, spent, left) for uid, earned, spent, left in rows}


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of an account. `origin` says what of (`order:…`), `actor` by whom."""

    id: int
    qty: int
    reason: str
    origin: str
    request: UUID
    occurred_at: datetime
    recorded_at: datetime
    business_date: date
    actor: str


_HISTORY = """
SELECT m.id, CASE WHEN m.target_id = la.id THEN m.qty ELSE -m.qty END, m.reason, m.origin,
       m.request, m.occurred_at, m.recorded_at, m.business_date, m.actor
FROM points_account a
JOIN ledger_account la ON la.unit = 'point:' || a.programme_id AND la.holder = 'points:' || a.id
JOIN ledger_move m ON la.id IN (m.source_id, m.target_id)
WHERE a.id = %s AND (%s::bigint IS NULL OR m.id < %s) ORDER BY m.id DESC LIMIT %s
"""


def history(
    tx: Tx, account_id: int, *, viewer: Viewer, before: int | None = None, limit: int = 50
) -> list[Entry]:
    """What happened on an account, the latest first; `before` is the last id of the page before."""
    rows = tx.rows(_HISTORY, [account_id, before, before, limit])
    return [Entry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class LotShown:
    """Points that came in together and of which some are free or kept."""

    kind: str
    qty: int
    free: int
    earned_on: date
    expires_on: date | None


def lots(tx: Tx, account_id: int, *, day: date, viewer: Viewer) -> list[LotShown]:
    """What an account can spend on a day, in the order it would be spent."""
    rows = tx.rows(
        """
        SELECT kind, qty, free, earned_on, expires_on FROM points_lot
        WHERE account_id = %s AND free > 0 AND (expires_on IS NULL OR expires_on >= %s)
        ORDER BY expires_on NULLS LAST, earned_on, uid
        """,
        [account_id, day],
    )
    return [LotShown(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Liability:
    """Points that a shop still owes goods for, by the month they end (None: never)."""

    month: date | None
    free: int
    kept: int


_LIABILITY = """
WITH programme AS (SELECT id FROM points_programme WHERE code = %(code)s), live AS (
  SELECT DISTINCT h.request FROM ledger_pending h CROSS JOIN LATERAL (
    SELECT a.unit, a.holder FROM ledger_account a WHERE a.id = h.source_id OFFSET 0) la
  WHERE la.unit = 'point:' || (SELECT id FROM programme) AND la.holder LIKE 'points:%%'
), kept AS (
  SELECT l.expires_on, sum(CASE u.kind WHEN 'keep' THEN u.qty ELSE -u.qty END) AS qty
  FROM points_use u JOIN points_lot l ON l.id = u.lot_id
  WHERE u.kind IN ('keep', 'settle', 'release') AND u.lot_id IN (
    SELECT lot_id FROM points_use WHERE kind = 'keep' AND request IN (SELECT request FROM live))
  GROUP BY 1
), free AS (
  SELECT expires_on, sum(free) AS qty FROM points_lot
  WHERE free > 0 AND (
    (SELECT count(*) FROM points_programme) = 1
    OR account_id IN (
      SELECT id FROM points_account WHERE programme_id = (SELECT id FROM programme)))
  GROUP BY 1
)
SELECT date_trunc('month', expires_on)::date, sum(free)::bigint, sum(kept)::bigint
FROM (
  SELECT expires_on, qty AS free, 0 AS kept FROM free
  UNION ALL SELECT expires_on, 0, qty FROM kept
) lots GROUP BY 1 HAVING sum(free) > 0 OR sum(kept) > 0
ORDER BY 1 NULLS LAST
"""
"""What is kept is looked up from holds that are live (few, so they come before the many accounts);
whose a lot is, only where it may differ."""


def liability(tx: Tx, programme: str) -> list[Liability]:
    """Points outstanding by month of expiry: what is free, and what is kept for open orders."""
    tx.plan_afresh()
    return [Liability(*row) for row in tx.rows(_LIABILITY, {"code": programme})]
