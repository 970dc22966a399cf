"""How people are spread: by recency and frequency, by tenths of spend, by their second purchase.

Computed from the stored ranks, which are of the same state of the lake: unique people add up here,
since each stands in exactly one cell.
"""

from datetime import date
from typing import Any

from goen.insight.questions import DECILES, RFM, SECOND, SECOND_WINDOWS
from goen.insight.sight import Sight, store
from goen.kit.db import Tx, tx

_RFM = """
SELECT r.recency, r.frequency, count(*), sum(f.profit_minor)::bigint, sum(r.stake_minor)::bigint,
       min(r.days_away), max(r.days_away), min(r.orders), max(r.orders)
FROM insight_personrank r JOIN insight_personfigure f USING (person_id)
GROUP BY r.recency, r.frequency ORDER BY r.recency, r.frequency
"""
_DECILES = """
SELECT r.decile, count(*), sum(f.amount_minor)::bigint, min(f.amount_minor), max(f.amount_minor),
       sum(f.profit_minor)::bigint, count(*) FILTER (WHERE r.is_late), sum(r.orders)::bigint
FROM insight_personrank r JOIN insight_personfigure f USING (person_id)
GROUP BY r.decile ORDER BY r.decile
"""
_SECOND = """
SELECT date_trunc('month', f.first_on)::date AS month, r.first_channel, count(*),
       count(*) FILTER (WHERE r.second_on - f.first_on <= 90),
       count(*) FILTER (WHERE r.second_on - f.first_on <= 180),
       count(*) FILTER (WHERE r.second_on - f.first_on <= 365),
       count(r.second_on), max(f.first_on)
FROM insight_personrank r JOIN insight_personfigure f USING (person_id)
GROUP BY 1, 2 ORDER BY 1, 2
"""


def store_spread(sight: Sight) -> None:
    """The three results, of the ranks as they are now."""
    with tx() as t:
        for question, value in (
            (RFM, {"cells": _named(t, _RFM, RFM_COLUMNS)}),
            (DECILES, {"tenths": _named(t, _DECILES, DECILE_COLUMNS)}),
            (SECOND, {"cohorts": _cohorts(t, sight.span.last_on), "windows": list(SECOND_WINDOWS)}),
        ):
            whole = {**value, "currency": sight.currency, "last_on": sight.span.last_on.isoformat()}
            store(t, question, whole, sight.lake.watermark, sight.recorded_at)


RFM_COLUMNS = (
    "recency", "frequency", "people", "profit_minor", "stake_minor",
    "least_away", "most_away", "least_orders", "most_orders",
)  # fmt: skip
DECILE_COLUMNS = (
    "decile", "people", "amount_minor", "least_minor", "most_minor", "profit_minor", "late",
    "orders",
)  # fmt: skip


def _named(t: Tx, sql: str, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [dict(zip(columns, row, strict=True)) for row in t.rows(sql)]


def _cohorts(t: Tx, last_on: date) -> list[dict[str, Any]]:
    """People by the month and channel of their first purchase; None where it is too early.

    A window is judged when even the last person of the month has had it whole.
    """
    cohorts = []
    for month, channel, people, *within, ever, newest in t.rows(_SECOND):
        end = newest if (newest.year, newest.month) == (month.year, month.month) else last_on
        young = [(last_on - end).days < window for window in SECOND_WINDOWS]
        cohorts.append(
            {
                "month": month.isoformat(),
                "channel_id": channel,
                "people": people,
                "within": [None if y else n for n, y in zip(within, young, strict=True)],
                "so_far": ever,
            }
        )
    return cohorts
