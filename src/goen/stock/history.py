"""What happened to goods, for pages: movements, arrivals, counts.

Promises: newest first, a page at a time by the last id seen; a movement says where from, where
to, why, by whom and because of what; quantities come from the ledger, never from a request.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit.db import Tx
from goen.stock import rules


@dataclass(frozen=True, slots=True)
class Movement:
    """One move of an SKU at a place; `qty` is positive when it came."""

    id: int
    place_id: int
    shelf: str
    """`sellable`, `unexplained` or `damaged`."""
    other: str
    """The holder at the other end."""
    qty: int
    reason: str
    origin: str
    request: UUID
    occurred_at: datetime
    recorded_at: datetime
    actor: str


_MOVEMENTS = """
WITH mine AS (
  SELECT id, holder FROM ledger_account
  WHERE unit = %(unit)s AND holder LIKE 'place:%%'
    AND (%(place)s::bigint IS NULL OR holder LIKE 'place:' || %(place)s || ':%%')
), both_ AS (
  SELECT found.id, mine.holder, o.holder AS other, found.qty, found.reason, found.origin,
         found.request, found.occurred_at, found.recorded_at, found.actor
  FROM mine CROSS JOIN LATERAL (
    (SELECT m.*, m.qty AS signed, m.source_id AS other_id FROM ledger_move m
     WHERE m.target_id = mine.id AND m.id < %(before)s ORDER BY m.id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT m.*, -m.qty, m.target_id FROM ledger_move m
     WHERE m.source_id = mine.id AND m.id < %(before)s ORDER BY m.id DESC LIMIT %(limit)s)
  ) found JOIN ledger_account o ON o.id = found.other_id
)
SELECT * FROM both_ ORDER BY id DESC, holder LIMIT %(limit)s
"""


def movements(
    tx: Tx, sku_id: int, *, place_id: int | None = None, before: int | None = None, limit: int
) -> list[Movement]:
    """The moves of an SKU at places, newest first; one between two shelves stands there twice."""
    given = {
        "unit": rules.unit(sku_id),
        "place": place_id,
        "before": before or 2**62,
        "limit": limit,
    }
    sql = _MOVEMENTS.replace("found.qty", "found.signed", 1)
    found = []
    for id_, holder, *rest in tx.rows(sql, given):
        _, place, shelf = holder.split(":")
        found.append(Movement(id_, int(place), shelf, *rest))
    return found


@dataclass(frozen=True, slots=True)
class Slip:
    """An arrival or a count as a list shows it."""

    uid: UUID
    place_id: int
    at: datetime
    recorded_at: datetime
    actor: str
    skus: int
    qty: int
    different: int = 0


def arrivals(tx: Tx, *, limit: int) -> list[Slip]:
    """The newest arrivals."""
    rows = tx.rows(
        """
        SELECT m.request, split_part(min(t.holder), ':', 2)::bigint, min(m.occurred_at),
               min(m.recorded_at), min(m.actor), count(DISTINCT t.unit), sum(m.qty)::bigint
        FROM (
          SELECT * FROM ledger_move
          WHERE origin >= 'arrival:' AND origin < 'arrival;' ORDER BY origin DESC LIMIT 5000
        ) m JOIN ledger_account t ON t.id = m.target_id
        GROUP BY m.request ORDER BY 4 DESC LIMIT %s
        """,
        [limit],
    )
    return [Slip(*row) for row in rows]


def arrived(tx: Tx, uid: UUID) -> tuple[Slip, list[tuple[int, int, bool]]] | None:
    """An arrival and its lines: (SKU, quantity, whether a later count already had it in it)."""
    rows = tx.rows(
        """
        SELECT substr(t.unit, 7)::bigint, m.qty, t.holder LIKE '%%:unexplained',
               split_part(t.holder, ':', 2)::bigint, m.occurred_at, m.recorded_at, m.actor
        FROM ledger_move m JOIN ledger_account t ON t.id = m.target_id
        WHERE m.request = %s AND m.reason = 'arrival' ORDER BY m.line
        """,
        [uid],
    )
    if not rows:
        return None
    lines = [(sku, qty, absorbed) for sku, qty, absorbed, *_ in rows]
    units = sum(qty for _, qty, _ in lines)
    place_id, at, recorded_at, actor = rows[0][3:]
    return Slip(uid, place_id, at, recorded_at, actor, len(lines), units), lines


def counts(tx: Tx, *, limit: int, place_id: int | None = None) -> list[Slip]:
    """The newest counts, and how many of their lines found a difference."""
    rows = tx.rows(
        """
        SELECT uid, min(place_id), min(counted_at), min(recorded_at), min(actor), count(*),
               sum(qty)::bigint, count(*) FILTER (WHERE difference <> 0)
        FROM (
          SELECT * FROM stock_count WHERE %s::bigint IS NULL OR place_id = %s
          ORDER BY id DESC LIMIT 20000
        ) c GROUP BY uid ORDER BY min(recorded_at) DESC LIMIT %s
        """,
        [place_id, place_id, limit],
    )
    return [Slip(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class CountLine:
    """What a count found of one SKU; `late` are units sold before it and heard of after it."""

    sku_id: int
    qty: int
    booked: int
    difference: int
    late: int


def counted(tx: Tx, uid: UUID) -> tuple[Slip, list[CountLine]] | None:
    """A count with its lines."""
    rows = tx.rows(
        """
        SELECT c.sku_id, c.qty, c.booked, c.difference, coalesce(late.qty, 0)::bigint, c.place_id,
               c.counted_at, c.recorded_at, c.actor
        FROM stock_count c LEFT JOIN LATERAL (
          SELECT sum(m.qty) AS qty FROM ledger_account a JOIN ledger_move m ON m.source_id = a.id
          WHERE a.unit = 'goods:' || c.sku_id
            AND a.holder = 'place:' || c.place_id || ':unexplained' AND m.reason = 'sale'
            AND m.occurred_at <= c.counted_at AND m.recorded_at > c.recorded_at
        ) late ON true
        WHERE c.uid = %s ORDER BY c.line
        """,
        [uid],
    )
    if not rows:
        return None
    lines = [CountLine(*row[:5]) for row in rows]
    place_id, at, recorded_at, actor = rows[0][5:]
    different = sum(1 for line in lines if line.difference)
    units = sum(line.qty for line in lines)
    return Slip(uid, place_id, at, recorded_at, actor, len(lines), units, different), lines


def counted_of(tx: Tx, sku_id: int, *, limit: int) -> list[tuple[UUID, int, int, int, datetime]]:
    """The last counts of an SKU: (count, place, found, difference, when)."""
    rows = tx.rows(
        "SELECT uid, place_id, qty, difference, counted_at FROM stock_count WHERE sku_id = %s"
        " ORDER BY counted_at DESC LIMIT %s",
        [sku_id, limit],
    )
    return [(uid, place, qty, difference, at) for uid, place, qty, difference, at in rows]
