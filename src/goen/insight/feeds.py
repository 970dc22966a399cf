"""What is appended to the lake by month: sale lines, documents, points paid and events.

Each feed has a watermark of its own, so that one that is new begins at the beginning while the
others go on. Columns are integers and codes: no names, no texts, no contact data.
"""

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

LINES = pa.schema(
    [
        ("order_id", pa.int64()),
        ("line_no", pa.int16()),
        ("record_id", pa.int64()),
        ("sku_id", pa.int64()),
        ("place_id", pa.int64()),
        ("channel_id", pa.int64()),
        ("business_date", pa.date32()),
        ("currency", pa.string()),
        ("qty", pa.int64()),
        ("amount_minor", pa.int64()),
        ("net", pa.decimal128(18, 4)),
        ("cost", pa.decimal128(18, 4)),
    ]
)
DOCUMENTS = pa.schema(
    [
        ("order_id", pa.int64()),
        ("record_id", pa.int64()),
        ("business_date", pa.date32()),
        ("occurred_s", pa.int64()),
    ]
)
PAID = pa.schema(
    [
        ("order_id", pa.int64()),
        ("business_date", pa.date32()),
        ("points_minor", pa.int64()),
        ("paid_minor", pa.int64()),
    ]
)
EVENTS = pa.schema(
    [
        ("event_id", pa.int64()),
        ("kind", pa.string()),
        ("record_id", pa.int64()),
        ("visitor_id", pa.int64()),
        ("sku_id", pa.int64()),
        ("place_id", pa.int64()),
        ("channel_id", pa.int64()),
        ("month", pa.date32()),
        ("happened_s", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A view that grows: its columns, which of them tells the month, and how some are read."""

    name: str
    view: str
    schema: Any
    dated_by: str
    order: str
    read_as: dict[str, str] = field(default_factory=dict)

    def sql(self, low: int, high: int) -> str:
        """Rows of transactions in [low, high) as CSV."""
        columns = ", ".join(self.read_as.get(name, name) for name in self.schema.names)
        return (
            f"COPY (SELECT {columns} FROM {self.view}"
            f" WHERE xid >= '{low}'::xid8 AND xid < '{high}'::xid8"
            f" ORDER BY {self.order}) TO STDOUT (FORMAT csv)"
        )


LINE_FEED = Feed(
    "lines", "report_sale_line", LINES, "business_date", "business_date, order_id, line_no"
)
_SECONDS = "floor(extract(epoch FROM {0}))::bigint AS {1}"
BESIDE = (
    Feed(
        "documents",
        "report_document",
        DOCUMENTS,
        "business_date",
        "business_date, order_id",
        {"occurred_s": _SECONDS.format("occurred_at", "occurred_s")},
    ),
    Feed("paid", "report_points_paid", PAID, "business_date", "business_date, order_id"),
    Feed(
        "events",
        "report_told_event",
        EVENTS,
        "month",
        "month, event_id",
        {"happened_s": _SECONDS.format("happened_at", "happened_s")},
    ),
)
"""`happened_s` and `occurred_s` are seconds since 1970 in UTC."""
