"""How often the buyer is known: receipts with a person ÷ all receipts, by place, channel and week.

A receipt counts once, whatever it holds and whatever came back later. Who stood at the till is told
from the documents of the last weeks, since the lake knows no staff.
"""

from datetime import timedelta
from typing import Any

import ibis

from goen.insight.questions import PRESENTATION
from goen.insight.sight import Sight, rows, store
from goen.kit.db import tx
from goen.orders import queries as orders

WEEKS = 12
"""Whole weeks of seven days, counted back from the last business day."""


def store_presentation(sight: Sight) -> None:
    """The rates of the last weeks."""
    last_on = sight.span.last_on
    first_on = last_on - timedelta(days=7 * WEEKS - 1)
    lines = sight.lines(first_on=first_on, last_on=last_on)
    with tx() as t:
        staff = orders.presented(t, first_on=first_on, last_on=last_on, currency=sight.currency)
        value = {
            "first_on": first_on.isoformat(),
            "last_on": last_on.isoformat(),
            "weeks": [
                {**row, "week": (first_on + timedelta(days=7 * row["week"])).isoformat()}
                for row in rows(by_week(lines, first_on))
            ],
            "staff": [
                {"place_id": place, "staff_id": who, "receipts": n, "identified": known}
                for place, who, n, known in staff
            ],
        }
        store(t, PRESENTATION, value, sight.lake.watermark, sight.recorded_at)


def by_week(lines: Any, first_on: Any) -> Any:
    """Receipts and those with a person, by week number from `first_on`, place and channel."""
    sold = lines.filter(lines.qty > 0)
    week = sold.business_date.delta(ibis.date(first_on.isoformat()), unit="day") // 7
    return (
        sold.group_by(week=week.cast("int64"), place_id=sold.place_id, channel_id=sold.channel_id)
        .aggregate(
            receipts=sold.order_id.nunique(),
            identified=sold.order_id.nunique(where=sold.person_id.notnull()),
        )
        .order_by("week", "place_id", "channel_id")
    )
