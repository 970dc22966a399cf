"""What waits for a person to decide, and how often things go against the rule, and why.

The rate of a channel is its exceptions for each document that came in by it (R-129): what is rare
and dear is decided by people, what is frequent should be done by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.orders import proposals
from goen.orders.proposals import Missing, Way

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ToDecide:
    """An exception as shown. `ways` are the ways out, the best first: of now while it is open."""

    id: int
    code: str
    opened_at: datetime
    order_id: int | None
    order_uid: UUID | None
    source_no: str | None
    line_no: int | None
    sku_code: str | None
    sku_name: Texts | None
    place_code: str | None
    place_name: Texts | None
    channel_name: Texts | None
    qty: int | None
    detail: Mapping[str, Any]
    ways: tuple[Way, ...]
    closed_at: datetime | None
    closed_by: str
    resolution: str

    @property
    def cause(self) -> str:
        """What kind of act it came of: `order`, `count` …; '' where that is not known."""
        return str(self.detail.get("cause", ""))


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one thing went wrong in a channel, for one cause, beside all its documents."""

    channel: str
    channel_name: Texts
    code: str
    cause: str
    exceptions: int
    documents: int

    @property
    def rate(self) -> float:
        """Exceptions per document."""
        return self.exceptions / self.documents if self.documents else 0.0


_SHOWN = """
SELECT e.id, e.code, e.opened_at, e.order_id, o.uid, o.source_no, e.line_no, s.code, s.name, p.code,
       p.name, c.name, e.qty, e.detail, e.proposal->'ways', e.closed_at, e.closed_by, e.resolution,
       e.sku_id, e.place_id
FROM orders_exception e
LEFT JOIN orders_order o ON o.id = e.order_id
LEFT JOIN places_channel c ON c.id = o.channel_id
LEFT JOIN catalogue_sku s ON s.id = e.sku_id
LEFT JOIN places_place p ON p.id = e.place_id
"""


def waiting(
    tx: Tx,
    *,
    code: str | None = None,
    place: str | None = None,
    order_id: int | None = None,
    older_than: datetime | None = None,
    limit: int = 100,
) -> list[ToDecide]:
    """Open exceptions, the oldest first."""
    rows = tx.rows(
        _SHOWN
        + """
        WHERE e.closed_at IS NULL AND (%(code)s::text IS NULL OR e.code = %(code)s)
          AND (%(place)s::text IS NULL OR p.code = %(place)s)
          AND (%(order)s::bigint IS NULL OR e.order_id = %(order)s)
          AND (%(before)s::timestamptz IS NULL OR e.opened_at < %(before)s)
        ORDER BY e.opened_at, e.id LIMIT %(limit)s
        """,
        {"code": code, "place": place, "order": order_id, "before": older_than, "limit": limit},
    )
    return _shown(tx, rows)


def decided(tx: Tx, *, limit: int = 100, before: int | None = None) -> list[ToDecide]:
    """Closed exceptions, the last closed first; `before` the id of the last one shown."""
    rows = tx.rows(
        _SHOWN
        + """
        WHERE e.closed_at IS NOT NULL AND (%(before)s::bigint IS NULL OR (e.closed_at, e.id) <
          (SELECT closed_at, id FROM orders_exception WHERE id = %(before)s))
        ORDER BY e.closed_at DESC, e.id DESC LIMIT %(limit)s
        """,
        {"before": before, "limit": limit},
    )
    return _shown(tx, rows)


def one(tx: Tx, exception: int) -> ToDecide | None:
    """An exception by its id, open or closed."""
    found = _shown(tx, tx.rows(_SHOWN + "WHERE e.id = %s", [exception]))
    return found[0] if found else None


def of_order(tx: Tx, order_id: int) -> list[ToDecide]:
    """All exceptions of one order, open and closed."""
    return _shown(tx, tx.rows(_SHOWN + "WHERE e.order_id = %s ORDER BY e.id", [order_id]))


def count_waiting(tx: Tx) -> int:
    """How many exceptions are open."""
    return int(tx.value("SELECT count(*) FROM orders_exception WHERE closed_at IS NULL") or 0)


def rates(tx: Tx, *, first_on: date, last_on: date) -> list[Rate]:
    """Exceptions per channel, code and cause of a period, the most frequent first.

    Documents are counted on their business day, exceptions on the business day of their order.
    """
    rows = tx.rows(
        """
        WITH documents AS (
          SELECT channel_id, count(*) AS n FROM orders_order
          WHERE business_date BETWEEN %(first)s AND %(last)s GROUP BY 1
        ), wrong AS (
          SELECT o.channel_id, e.code, coalesce(e.detail->>'cause', '') AS cause, count(*) AS n
          FROM orders_exception e JOIN orders_order o ON o.id = e.order_id
          WHERE o.business_date BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3
        )
        SELECT c.code, c.name, w.code, w.cause, w.n, d.n
        FROM wrong w JOIN documents d USING (channel_id)
        JOIN places_channel c ON c.id = w.channel_id
        ORDER BY w.n DESC, c.id, w.code, w.cause
        """,
        {"first": first_on, "last": last_on},
    )
    return [Rate(*row) for row in rows]


def _shown(tx: Tx, rows: Sequence[Row]) -> list[ToDecide]:
    """With today's ways out of what is still open; what is closed shows those of then."""
    live = [
        Missing(row[18], row[12], row[19], row[3])
        for row in rows
        if row[15] is None and None not in (row[12], row[18], row[19])
    ]
    fresh = iter(proposals.ways(tx, live))
    found = []
    for row in rows:
        is_live = row[15] is None and None not in (row[12], row[18], row[19])
        ways = next(fresh) if is_live else row[14] or []
        found.append(ToDecide(*(*row[:14], tuple(ways), *row[15:18])))
    return found
