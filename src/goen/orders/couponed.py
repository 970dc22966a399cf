"""On which documents coupons were used, and what they took off.

A coupon counts as used until all of its document is given up or back: then it can be used again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Tx

CAME_BACK = """
EXISTS (SELECT FROM orders_standing s WHERE s.order_id = c.order_id AND s.line_no > 0)
AND NOT EXISTS (SELECT FROM orders_standing s WHERE s.order_id = c.order_id AND s.line_no > 0
                AND NOT (s.fulfilled = s.taken_back AND s.qty = s.fulfilled + s.cancelled))
"""
"""Whether all of a document was given up, and the coupon with it (`c` is orders_couponuse)."""


def taken_off(tx: Tx) -> dict[int, dict[str, int]]:
    """What coupons took off so far in each currency, by the coupon's kind."""
    rows = tx.rows(
        f"""
        SELECT k.kind_id, o.currency, sum(c.amount_minor)::bigint
        FROM orders_couponuse c JOIN orders_order o ON o.id = c.order_id
        JOIN points_coupon k ON k.id = c.coupon_id
        WHERE NOT ({CAME_BACK}) GROUP BY 1, 2
        """
    )
    found: dict[int, dict[str, int]] = {}
    for kind, currency, amount in rows:
        found.setdefault(kind, {})[currency] = amount
    return found


@dataclass(frozen=True, slots=True)
class UseShown:
    """A document with a coupon on it. `is_back`: all of it was given up, the coupon too."""

    uid: UUID
    source_no: str
    kind: str
    state: str
    place_name: dict[str, Any]
    record_id: int | None
    occurred_at: datetime
    timezone: str
    currency: str
    total_minor: int
    amount_minor: int
    is_back: bool


def uses_of(tx: Tx, coupon_id: int, *, limit: int = 100) -> list[UseShown]:
    """The documents that a coupon was used on, the latest first."""
    rows = tx.rows(
        f"""
        SELECT o.uid, o.source_no, o.kind, o.state, p.name, o.record_id, o.occurred_at, p.timezone,
               o.currency, o.total_minor, c.amount_minor, {CAME_BACK}
        FROM orders_couponuse c JOIN orders_order o ON o.id = c.order_id
        JOIN places_place p ON p.id = o.place_id
        WHERE c.coupon_id = %s ORDER BY o.occurred_at DESC, o.id DESC LIMIT %s
        """,
        [coupon_id, limit],
    )
    return [UseShown(*row) for row in rows]


def used(tx: Tx, numbers: Sequence[str]) -> dict[str, int]:
    """What coupons of these numbers took off, in minor units, by number.

    Those not used, and those that came back with their document, are left out.
    """
    rows = tx.rows(
        f"""
        SELECT c.number, sum(c.amount_minor)::bigint FROM orders_couponuse c
        WHERE c.number = ANY(%s) AND NOT ({CAME_BACK}) GROUP BY 1
        """,
        [list(numbers)],
    )
    return dict(rows)
