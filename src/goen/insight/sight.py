"""What a part of the analyst's work sees: a published lake, the days it covers, the settings.

`rows` brings an expression's answer over; `put` fills a table with it, and `store` keeps a result
for the pages.
"""

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from goen.insight.questions import Question
from goen.kit.db import Tx

if TYPE_CHECKING:  # the engine is the analyst's; pages that read results need not wait for it
    from goen.insight import base


@dataclass(frozen=True, slots=True)
class Span:
    """The business dates the lake covers."""

    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Sight:
    """One state of the lake, for one round of work."""

    lake: "base.Lake"
    span: Span
    config: Mapping[str, Any]
    recorded_at: datetime

    @property
    def currency(self) -> str:
        """The shop's currency; lines in another are not counted."""
        return str(self.config["shop.currency"])

    def lines(self, **kept: Any) -> Any:
        """Known lines of the shop's currency; `kept` as in `base.known_lines`."""
        from goen.insight import base

        return base.known_lines(self.lake, currency=self.currency, **kept)


def first_of(window: str, span: Span, config: Mapping[str, Any]) -> date:
    """The first day of a window that ends on the last day with a sale: 4w, 12m, all, or `90d`."""
    if window == "all":
        return span.first_on
    if window.endswith("d"):
        days = int(window.removesuffix("d"))
    else:
        days = 365 if window == "12m" else int(config["insight.window_days"])
    return span.last_on - timedelta(days=days - 1)


def rows(expression: Any) -> list[dict[str, Any]]:
    """An expression's rows as plain values; NaN, which engines give for nothing, is None."""
    found: list[dict[str, Any]] = expression.to_pyarrow().to_pylist()
    for row in found:
        for name, value in row.items():
            if isinstance(value, float) and math.isnan(value):
                row[name] = None
    return found


def put(t: Tx, table: str, columns: Sequence[str], expression: Any) -> None:
    """Everything a table holds, anew, from an expression that has its columns.

    Goes from engine to database as text in blocks: a million people pass through without ever
    being objects here.
    """
    t.execute(f"DELETE FROM {table}")
    blocks = (_csv(batch) for batch in expression.select(*columns).to_pyarrow_batches())
    t.copy_csv(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)", blocks)


def _csv(batch: pa.RecordBatch) -> bytes:
    out = io.BytesIO()
    pa_csv.write_csv(batch, out, pa_csv.WriteOptions(include_header=False))
    return out.getvalue()


def finite(value: Any) -> Any:
    """The same without NaN and infinities, which JSON does not know: they are nothing."""
    if isinstance(value, Mapping):
        return {name: finite(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def store(
    t: Tx,
    question: Question,
    value: Mapping[str, Any] | None,
    watermark: int,
    recorded_at: datetime,
) -> None:
    """Keep the answer to a question, in place of the one before."""
    t.execute(
        """
        INSERT INTO insight_result (metric, version, params, value, as_of, watermark)
        VALUES (%s, 1, %s, %s::jsonb, %s, %s)
        ON CONFLICT (metric, version, params) DO UPDATE SET value = excluded.value,
          as_of = excluded.as_of, watermark = excluded.watermark
        """,
        [question.metric, question.params, json.dumps(finite(value)), recorded_at, str(watermark)],
    )
