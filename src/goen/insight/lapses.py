"""Who stays away longer than usual, and what the shop will sell less of because of it.

A person is late when they are away beyond the shop's factor of their own interval and longer than
ever before (`insight.ranks`). An article is at risk when it rests on one person, as in who bought
it, and that person has not bought it for longer than their own cycle of it: what sold well will not
(R-007). Both are of one state of the lake.
"""

from datetime import timedelta
from typing import Any

import ibis

from goen.insight.questions import LAPSING
from goen.insight.ranks import LEAST_DAYS, is_late
from goen.insight.sight import Sight, rows, store
from goen.kit.db import tx

YEAR = 365
MOST = 500


def store_lapses(sight: Sight) -> None:
    """The articles that rest on somebody who stays away, the largest loss first."""
    first_on = sight.span.last_on - timedelta(days=YEAR - 1)
    lines = sight.lines(first_on=first_on, last_on=sight.span.last_on)
    found = lapsing(
        lines,
        last_on=sight.span.last_on,
        top1_share=sight.config["concentration.top1_share"],
        least_units=int(sight.config["concentration.least_units"]),
        factor=sight.config["lapse.factor"],
    )
    items = [
        {**row, "last_on": row["last_on"].isoformat(), "first_on": row["first_on"].isoformat()}
        for row in rows(found.limit(MOST))
    ]
    value = {"items": items, "last_on": sight.span.last_on.isoformat(), "currency": sight.currency}
    with tx() as t:
        store(t, LAPSING, value, sight.lake.watermark, sight.recorded_at)


def lapsing(lines: Any, *, last_on: Any, top1_share: float, least_units: int, factor: float) -> Any:
    """Articles of a period whose largest buyer is late with them.

    `lost_units` is what that person bought in 28 days on average while they bought it.
    """
    totals = lines.group_by("sku_id").aggregate(
        units=lines.qty.sum(), amount_minor=lines.amount_minor.sum()
    )
    known = lines.filter(lines.person_id.notnull())
    own = known.group_by(["sku_id", "person_id"]).aggregate(
        own_units=known.qty.sum(), own_minor=known.amount_minor.sum()
    )
    best = ibis.row_number().over(
        group_by=own.sku_id, order_by=[own.own_units.desc(), own.person_id]
    )
    top = own.mutate(place=best).filter(ibis._.place == 0).drop("place")
    resting = top.join(totals, "sku_id").filter(
        (ibis._.units >= least_units) & (ibis._.own_units >= ibis._.units * top1_share)
    )
    theirs = known.filter(known.qty > 0).semi_join(resting, ["sku_id", "person_id"])
    habits = _habits(theirs)
    both = resting.join(habits, ["sku_id", "person_id"])
    away = ibis.date(last_on.isoformat()).delta(both.last_on, unit="day")
    late = both.mutate(days_away=away.cast("int32")).filter(
        (ibis._.days >= LEAST_DAYS) & is_late(both, away, factor)
    )
    span = late.last_on.delta(late.first_on, unit="day") + late.interval_days
    lost = late.mutate(lost_units=late.own_units * 28.0 / span, usual_days=late.interval_days)
    return lost.order_by([ibis.desc("own_minor"), "sku_id"])


def _habits(theirs: Any) -> Any:
    """By article and person: the first and last day, how many, and the median days between."""
    pairs = theirs.select("sku_id", "person_id", "business_date").distinct()
    before = pairs.business_date.lag().over(
        group_by=[pairs.sku_id, pairs.person_id], order_by=pairs.business_date
    )
    gaps = pairs.mutate(gap=pairs.business_date.delta(before, unit="day"))
    return gaps.group_by(["sku_id", "person_id"]).aggregate(
        days=gaps.count(),
        first_on=gaps.business_date.min(),
        last_on=gaps.business_date.max(),
        interval_days=gaps.gap.cast("float64").median(),
        longest_days=gaps.gap.max(),
    )
