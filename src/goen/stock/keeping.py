"""What is kept back, for pages: the rules that hold now, those to come, those that were."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class SafetyShown:
    """One dated rule; without an SKU, place or channel it is for all of them."""

    id: int
    sku_id: int | None
    place: str | None
    channel: str | None
    valid_from: date
    safety: int
    buffer: int
    changed_by: str
    changed_at: datetime
    state: str
    """`now`, `later` or `over`."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a rule is for."""

    sku_id: int | None = None
    place: str | None = None
    channel: str | None = None


_ROWS = """
SELECT k.id, k.sku_id, p.code, c.code, k.valid_from, k.safety, k.buffer, k.changed_by,
       k.changed_at,
       CASE WHEN k.valid_from > %(day)s THEN 'later'
            WHEN row_number() OVER (PARTITION BY k.sku_id, k.place_id, k.channel_id,
                                    k.valid_from <= %(day)s ORDER BY k.valid_from DESC) = 1
            THEN 'now' ELSE 'over' END
FROM stock_safety k
LEFT JOIN places_place p ON p.id = k.place_id
LEFT JOIN places_channel c ON c.id = k.channel_id
WHERE %(sku)s::bigint IS NULL OR k.sku_id = %(sku)s OR k.sku_id IS NULL
ORDER BY k.sku_id NULLS FIRST, p.code NULLS FIRST, c.code NULLS FIRST, k.valid_from DESC
LIMIT %(limit)s
"""


def rules_of(
    tx: Tx, *, day: date, sku_id: int | None = None, limit: int = 5000
) -> list[SafetyShown]:
    """Every rule, the widest first; with an SKU those that may concern it."""
    given: Mapping[str, object] = {"day": day, "sku": sku_id, "limit": limit}
    return [SafetyShown(*row) for row in tx.rows(_ROWS, given)]


def before(tx: Tx, key: Key, *, day: date) -> tuple[int, int]:
    """What exactly this rule kept back on a day: (safety, buffer); nothing without one."""
    row = tx.row(
        """
        SELECT k.safety, k.buffer FROM stock_safety k
        LEFT JOIN places_place p ON p.id = k.place_id
        LEFT JOIN places_channel c ON c.id = k.channel_id
        WHERE k.sku_id IS NOT DISTINCT FROM %s AND p.code IS NOT DISTINCT FROM %s
          AND c.code IS NOT DISTINCT FROM %s AND k.valid_from <= %s
        ORDER BY k.valid_from DESC LIMIT 1
        """,
        [key.sku_id, key.place, key.channel, day],
    )
    return (row[0], row[1]) if row else (0, 0)
