"""Goods that are kept now, for pages: by whose wish, for whom, until when.

What an order keeps stands beside what a cart or a person keeps: the ledger knows no difference.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit.db import Tx
from goen.stock import rules


@dataclass(frozen=True, slots=True)
class LiveHold:
    """Goods that are kept now. `uid` is the hold's, and None for what an order keeps."""

    id: int
    uid: UUID | None
    origin: str
    kind: str
    holder: str
    place_id: int
    sku_id: int
    qty: int
    strength: int
    expires_at: datetime | None
    occurred_at: datetime
    actor: str


_HOLDS = """
SELECT p.id, h.uid, p.origin, coalesce(h.kind, p.reason), coalesce(h.holder, ''),
       split_part(a.holder, ':', 2)::bigint, substr(a.unit, 7)::bigint, p.qty, p.strength,
       p.expires_at, p.occurred_at, p.actor
FROM ledger_pending p
JOIN ledger_account a ON a.id = p.source_id AND a.holder LIKE 'place:%%:sellable'
LEFT JOIN stock_hold h ON h.request = p.request
WHERE (p.expires_at IS NULL OR p.expires_at > %(at)s)
  AND (%(unit)s::text IS NULL OR a.unit = %(unit)s)
  AND (%(place)s::bigint IS NULL OR a.holder = 'place:' || %(place)s || ':sellable')
  AND (%(kind)s = '' OR coalesce(h.kind, p.reason) = %(kind)s)
  AND (%(skus)s::bigint[] IS NULL OR substr(a.unit, 7)::bigint = ANY(%(skus)s))
"""


@dataclass(frozen=True, slots=True)
class HoldsAsked:
    """Which live holds: of an SKU, at a place, of a kind, of SKUs that a text found."""

    sku_id: int | None = None
    place_id: int | None = None
    kind: str = ""
    sku_ids: tuple[int, ...] | None = None


def holds(
    tx: Tx, asked: HoldsAsked, *, at: datetime, limit: int, start: int = 0
) -> tuple[list[LiveHold], int]:
    """Live holds, those that end first first; and how many there are."""
    given = {
        "at": at,
        "unit": None if asked.sku_id is None else rules.unit(asked.sku_id),
        "place": asked.place_id,
        "kind": asked.kind,
        "skus": None if asked.sku_ids is None else list(asked.sku_ids),
    }
    total = tx.value(f"SELECT count(*) FROM ({_HOLDS}) found", given)
    rows = tx.rows(
        f"{_HOLDS} ORDER BY p.expires_at NULLS LAST, p.id LIMIT %(limit)s OFFSET %(start)s",
        {**given, "limit": limit, "start": start},
    )
    return [LiveHold(*row) for row in rows], int(total)


def kept_since(tx: Tx, uid: UUID) -> datetime | None:
    """When a hold was made; None before it was."""
    found: datetime | None = tx.value("SELECT occurred_at FROM stock_hold WHERE uid = %s", [uid])
    return found


def kept_at(tx: Tx, uid: UUID) -> int | None:
    """The place that keeps a hold's goods; None where there is no such hold."""
    found: int | None = tx.value("SELECT place_id FROM stock_hold WHERE uid = %s", [uid])
    return found
