"""Realised lifetime value: gross profit per identified person over all channels.

Σ (net sales − cost − paid with points) of identified people ÷ their number, net of returns. The
interval is the 80 % interval of the mean (normal, from the spread between people).
"""

from typing import Any

import ibis

Z80 = 1.2815515655446004
"""The 90th percentile of the normal distribution: 80 % lie within ± this many deviations."""


def by_person(lines: Any) -> Any:
    """Each identified person's receipts, sales, profit and days."""
    known = lines.filter(lines.person_id.notnull())
    return known.group_by("person_id").aggregate(
        receipts=known.order_id.nunique(),
        amount_minor=known.amount_minor.sum(),
        profit_minor=known.profit_minor.sum(),
        first_on=known.business_date.min(),
        last_on=known.business_date.max(),
        channels=known.channel_id.collect(distinct=True),
    )


def intervals(lines: Any) -> Any:
    """The median and the longest number of days between the days a person bought."""
    known = lines.filter(lines.person_id.notnull())
    days = known.select("person_id", "business_date").distinct()
    before = days.business_date.lag().over(group_by=days.person_id, order_by=days.business_date)
    gaps = days.mutate(gap=days.business_date.delta(before, unit="day"))
    gaps = gaps.filter(gaps.gap.notnull())
    return gaps.group_by("person_id").aggregate(
        interval_days=gaps.gap.cast("float64").median(), longest_days=gaps.gap.max()
    )


def summary(people: Any) -> Any:
    """Mean, spread, median and number of people, and their profit in all."""
    value = people.profit_minor
    return people.aggregate(
        people=people.count(),
        mean_minor=value.mean(),
        deviation=value.std(how="sample"),
        median_minor=value.median(),
        profit_minor=value.sum(),
    )


def shares(lines: Any) -> Any:
    """Sales and receipts in all and identified, and how much of the profit is assumed."""
    known = lines.person_id.notnull()
    return lines.aggregate(
        sales_minor=lines.amount_minor.sum(),
        identified_sales_minor=lines.amount_minor.sum(where=known),
        receipts=lines.order_id.nunique(),
        identified_receipts=lines.order_id.nunique(where=known),
        identified_net=lines.net_minor.sum(where=known),
        assumed_net=lines.net_minor.sum(where=known & (lines.basis == "assumed")),
        unknown_net=lines.net_minor.sum(where=known & (lines.basis == "unknown")),
        first_on=lines.business_date.min(),
        last_on=lines.business_date.max(),
    )


def by_month(lines: Any) -> Any:
    """Each person's profit by month, from which the value at every month's end follows."""
    known = lines.filter(lines.person_id.notnull())
    month = known.business_date.truncate("M")
    return known.group_by([known.person_id, month.name("month")]).aggregate(
        profit_minor=known.profit_minor.sum()
    )


def at_month_ends(monthly: Any) -> Any:
    """Mean value per person so far, at the end of each month, with count and spread.

    Σ and Σ² over people are carried forward month by month: a person's value so far changes by
    this month's profit, so Σ² changes by (2 × value before + profit) × profit.
    """
    before = monthly.profit_minor.sum().over(
        group_by=monthly.person_id,
        order_by=monthly.month,
        rows=(None, -1),
    )
    seen = ibis.row_number().over(group_by=monthly.person_id, order_by=monthly.month)
    steps = monthly.mutate(before=before.fill_null(0.0), is_new=(seen == 0).cast("int64"))
    squares = (2 * steps.before + steps.profit_minor) * steps.profit_minor
    months = steps.group_by("month").aggregate(
        people=steps.is_new.sum(), total=steps.profit_minor.sum(), squares=squares.sum()
    )
    running = ibis.cumulative_window(order_by=months.month)
    return months.select(
        "month",
        people=months.people.sum().over(running),
        total=months.total.sum().over(running),
        squares=months.squares.sum().over(running),
    ).order_by("month")
