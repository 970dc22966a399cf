"""Where each person stands among all, and where they came from.

RFM scores 1 to 5 by the share of people below (equal values, equal scores); tenths by spend, the
first spends most; how long they are away beside their own cycle. Purchases are days with something
bought; what came back is taken off money, never off days. Days are counted to the last business
day there is, so that a shop's old figures are not all late.
"""

from typing import Any

import ibis

from goen.insight import base, ltv
from goen.insight.sight import Sight, put
from goen.kit.db import tx

COLUMNS = (
    "person_id", "recency", "frequency", "monetary", "decile", "orders", "days_away", "usual_days",
    "is_late", "stake_minor", "second_on", "first_channel", "first_place", "main_place",
)  # fmt: skip
LEAST_DAYS = 3
"""Days with a purchase from which a person has a cycle of their own."""
YEAR = 365


def store_ranks(sight: Sight) -> None:
    """Everybody's ranks, anew."""
    lines = base.with_profit(sight.lines(), sight.lake)
    ranked = ranks(lines, last_on=sight.span.last_on, factor=sight.config["lapse.factor"])
    with tx() as t:
        put(t, "insight_personrank", COLUMNS, ranked)


def ranks(lines: Any, *, last_on: Any, factor: float) -> Any:
    """One row a person who ever bought, of `COLUMNS`. `lines` carry profit and `person_id`."""
    known = lines.filter(lines.person_id.notnull())
    bought = known.filter(known.qty > 0)
    people = _habits(bought, last_on)
    people = _beside(people, _money(known, bought))
    people = _beside(people, ltv.intervals(bought))
    people = _beside(people, homes(bought))
    people = people.mutate(
        usual_days=people.interval_days,
        is_late=(people.days >= LEAST_DAYS) & is_late(people, people.days_away, factor),
        recency=_score(people.last_on),
        frequency=_score(people.days),
        monetary=_score(people.amount_minor),
        decile=(
            ibis.ntile(10).over(order_by=[people.amount_minor.desc(), people.person_id]) + 1
        ).cast("int16"),
    )
    return people.select(*COLUMNS)


def is_late(habit: Any, days_away: Any, factor: float) -> Any:
    """Away longer than ever before, and beyond the shop's factor of the usual interval.

    `habit` has `interval_days` (the median) and `longest_days`. The median alone would call a
    third of faithful customers late, whose days between purchases are never all alike.
    """
    beyond = days_away > habit.interval_days * factor
    return (beyond & (days_away > habit.longest_days)).fill_null(ibis.literal(value=False))


def _score(value: Any) -> Any:
    """1 to 5 by the share of people who are below."""
    share = ibis.percent_rank().over(order_by=value)
    return (1 + (share * 5).floor()).clip(upper=5).cast("int16")


def _habits(bought: Any, last_on: Any) -> Any:
    """Days and documents with a purchase: how many, the first two, the last."""
    by_day = bought.select("person_id", "business_date").distinct()
    number = ibis.row_number().over(group_by=by_day.person_id, order_by=by_day.business_date)
    numbered = by_day.mutate(number=number)
    days = numbered.group_by("person_id").aggregate(
        days=numbered.count(),
        second_on=numbered.business_date.max(where=numbered.number == 1),
        last_on=numbered.business_date.max(),
    )
    orders = bought.group_by("person_id").aggregate(orders=bought.order_id.nunique())
    days = _beside(days, orders)
    away = ibis.date(last_on.isoformat()).delta(days.last_on, unit="day")
    return days.mutate(days_away=away.cast("int32"))


def _money(known: Any, bought: Any) -> Any:
    """What they spent in all, and the gross profit of the year up to their last purchase."""
    last = bought.group_by("person_id").aggregate(until=bought.business_date.max())
    dated = known.join(last, "person_id")
    recent = dated.until.delta(dated.business_date, unit="day") < YEAR
    stake = dated.profit_minor.sum(where=recent).fill_null(0.0)
    return dated.group_by("person_id").aggregate(
        amount_minor=dated.amount_minor.sum(),
        stake_minor=stake.round().cast("int64").clip(lower=0),
    )


def homes(bought: Any) -> Any:
    """Channel and place of the first purchase, and the place they buy most at."""
    order = [bought.business_date, bought.order_id, bought.line_no]
    turn = ibis.row_number().over(group_by=bought.person_id, order_by=order)
    first = bought.mutate(turn=turn).filter(ibis._.turn == 0)
    first = first.select("person_id", first_channel=first.channel_id, first_place=first.place_id)
    at = bought.group_by(["person_id", "place_id"]).aggregate(spent=bought.amount_minor.sum())
    best = ibis.row_number().over(group_by=at.person_id, order_by=[at.spent.desc(), at.place_id])
    main = at.mutate(turn=best).filter(ibis._.turn == 0)
    return _beside(first, main.select("person_id", main_place=main.place_id))


def _beside(one: Any, other: Any) -> Any:
    return one.left_join(other, "person_id").drop("person_id_right")
