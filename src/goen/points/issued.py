"""Coupons as lists: kinds with what was issued and used, numbers with what they still are good for.

How often a coupon was used, is kept for an order and can still be used is the ledger's to say.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goen.kit.actors import Viewer
from goen.kit.db import Tx

STATES = ("valid", "used_up", "early", "over")
"""Good today; no use is left; not yet good; no longer good."""


@dataclass(frozen=True, slots=True)
class KindShown:
    """A kind of coupon with its terms, and all its coupons together."""

    kind_id: int
    code: str
    name: dict[str, Any]
    currency: str
    method: str
    value: int
    alone: bool
    least_minor: int
    valid_from: date | None
    valid_to: date | None
    changed_by: str
    changed_at: datetime
    coupons: int
    uses: int
    used: int
    kept: int

    @property
    def left(self) -> int:
        """Uses that nobody made or keeps."""
        return self.uses - self.used - self.kept


_KINDS = """
SELECT k.id, k.code, k.name, k.currency, k.method, k.value, k.alone, k.least_minor, k.valid_from,
       k.valid_to, k.changed_by, k.changed_at, coalesce(c.coupons, 0), coalesce(c.uses, 0)::bigint,
       (coalesce(c.uses, 0) - coalesce(l.posted, 0))::bigint, coalesce(l.pending, 0)::bigint
FROM points_couponkind k
LEFT JOIN (SELECT kind_id, count(*) AS coupons, sum(uses) AS uses FROM points_coupon GROUP BY 1) c
  ON c.kind_id = k.id
LEFT JOIN (
  SELECT a.unit, sum(b.posted) AS posted, sum(b.pending) AS pending
  FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
  WHERE a.unit LIKE 'coupon:%%' GROUP BY 1
) l ON l.unit = 'coupon:' || k.id
WHERE %(id)s::bigint IS NULL OR k.id = %(id)s
ORDER BY k.changed_at DESC, k.id
"""


def kinds(tx: Tx, kind_id: int | None = None) -> list[KindShown]:
    """Every kind, the one changed last first; or the one that is asked for."""
    return [KindShown(*row) for row in tx.rows(_KINDS, {"id": kind_id})]


@dataclass(frozen=True, slots=True)
class CouponShown:
    """One coupon. `record_id` is whose it is; nobody's: for whoever has it."""

    coupon_id: int
    number: str
    kind_id: int
    record_id: int | None
    uses: int
    used: int
    kept: int
    state: str
    issued_at: datetime
    actor: str

    @property
    def left(self) -> int:
        """How often it can still be used."""
        return self.uses - self.used - self.kept


@dataclass(frozen=True, slots=True)
class CouponsAsked:
    """Which coupons: of a kind, of records, in a state; `text` is the beginning of a number."""

    kind_id: int | None = None
    text: str = ""
    state: str = ""
    records: Sequence[int] | None = None
    coupon_id: int | None = None


_COUPONS = """
WITH found AS (
  SELECT c.id, c.number, c.kind_id, c.record_id, c.uses,
         (c.uses - coalesce(b.posted, 0))::bigint AS used, coalesce(b.pending, 0)::bigint AS kept,
         CASE WHEN coalesce(b.posted - b.pending, 0) <= 0 THEN 'used_up'
              WHEN k.valid_to < %(day)s THEN 'over'
              WHEN k.valid_from > %(day)s THEN 'early' ELSE 'valid' END AS state,
         c.recorded_at, c.actor
  FROM points_coupon c JOIN points_couponkind k ON k.id = c.kind_id
  LEFT JOIN ledger_account a
    ON a.unit = 'coupon:' || c.kind_id AND a.holder = 'coupon:' || c.id AND a.lot = ''
  LEFT JOIN ledger_balance b ON b.account_id = a.id
  WHERE (%(id)s::bigint IS NULL OR c.id = %(id)s)
    AND (%(kind)s::bigint IS NULL OR c.kind_id = %(kind)s)
    AND (c.number ILIKE %(text)s OR c.record_id = ANY(%(records)s))
)
SELECT found.*, count(*) OVER () FROM found WHERE %(state)s = '' OR state = %(state)s
ORDER BY recorded_at DESC, id DESC LIMIT %(limit)s OFFSET %(start)s
"""


def coupons(
    tx: Tx, asked: CouponsAsked, *, day: date, viewer: Viewer, limit: int = 50, start: int = 0
) -> tuple[list[CouponShown], int]:
    """A page of coupons, the latest first, and how many there are."""
    plain = asked.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    given = {
        "day": day,
        "id": asked.coupon_id,
        "kind": asked.kind_id,
        "text": f"{plain}%" if asked.text or asked.records is None else None,
        "records": list(asked.records or ()),
        "state": asked.state,
        "limit": limit,
        "start": start,
    }
    rows = tx.rows(_COUPONS, given)
    return [CouponShown(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def coupon(tx: Tx, coupon_id: int, *, day: date, viewer: Viewer) -> CouponShown | None:
    """One coupon."""
    found, _ = coupons(tx, CouponsAsked(coupon_id=coupon_id), day=day, viewer=viewer, limit=1)
    return found[0] if found else None
