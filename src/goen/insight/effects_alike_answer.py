"""The analyst's part in comparing with people alike: what everybody bought, by person and span.

Promises: everybody who bought before the start may be compared with, whoever they are; a person who
was merged stands once; profit is that of every other effect (`base.with_profit`).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import numpy as np
from numpy.typing import NDArray

from goen.insight import base
from goen.insight.effect import changes, matching
from goen.insight.effect.arms import Values
from goen.insight.effect.matching import Matched
from goen.insight.effects import Asked
from goen.insight.effects_alike import Alike, Basis, Spans, WeekGap, spans
from goen.insight.sight import Sight

KNOWN = ("profit", "receipts", "days_since")
"""What people are matched on: profit and receipts in the known days, days since the last one."""
WEEK = 7
Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Bought:
    """People (n,) in the order of their ids; `known` (n, 3) as `KNOWN`, amounts in minor units."""

    ids: Whole
    known: Values
    base: Values
    after: Values


def alike(sight: Sight, asked: Asked, listed: Whole | None) -> Alike:
    """`listed` are the ids of the people treated; None: those of the measure's places are."""
    last_on = min(asked.until, asked.last_on, sight.span.last_on)
    found = spans(asked.first_on, last_on, sight.span.first_on)
    basis: Basis = "places" if listed is None else "list"
    if found is None:
        count = 0 if listed is None else len(listed)
        return Alike(basis, count, 0, why_not="no_history")
    lines = base.with_profit(
        sight.lines(first_on=found.known_on, last_on=found.last_on), sight.lake
    )
    ids = _home_people(lines, asked.place_ids, found) if listed is None else np.sort(listed)
    bought = _bought(lines, ids, found)
    treated = np.isin(bought.ids, ids)
    sizes = int(treated.sum()), int((~treated).sum())
    if min(sizes) < changes.LEAST:
        return Alike(basis, *sizes, spans=found, why_not="nobody")
    pairs = matching.matched(treated, bought.known)
    change = bought.after - bought.base * found.scale
    changed = changes.estimate(pairs, change)
    before = spans(found.base_on, found.first_on - timedelta(days=1), sight.span.first_on)
    return Alike(
        basis,
        *sizes,
        spans=found,
        plain=changes.estimate(matching.unmatched(treated), bought.after),
        matched=changes.estimate(pairs, bought.after),
        changed=changed,
        placebo=_placebo(sight, ids, before) if before else None,
        placebo_on=before.first_on if before else None,
        balance=matching.balance(pairs, KNOWN, bought.known),
        why_not="" if changed else "nobody_alike",
        **_weekly(lines, bought, pairs, found),
    )


def _placebo(sight: Sight, ids: Whole, before: Spans) -> changes.Estimate | None:
    """The same for days on which nothing had begun: with what was known by then, matched anew."""
    lines = sight.lines(first_on=before.known_on, last_on=before.last_on)
    bought = _bought(base.with_profit(lines, sight.lake), ids, before)
    pairs = matching.matched(np.isin(bought.ids, ids), bought.known)
    return changes.estimate(pairs, bought.after - bought.base * before.scale)


def _home_people(lines: Any, place_ids: tuple[int, ...], found: Spans) -> Whole:
    """Those who bought most often in one of the places before the start."""
    own = lines.filter(lines.person_id.notnull() & (lines.business_date < _day(found.first_on)))
    visits = own.group_by("person_id", "place_id").aggregate(receipts=own.order_id.nunique())
    order = [visits.receipts.desc(), visits.place_id]
    first = ibis.row_number().over(group_by=visits.person_id, order_by=order)
    homes = visits.mutate(first=first).filter(ibis._.first == 0)
    mine = homes.filter(homes.place_id.isin(place_ids)).order_by("person_id")
    return np.asarray(mine.person_id.to_pyarrow().to_numpy(), dtype=np.int64)


def _bought(lines: Any, ids: Whole, found: Spans) -> Bought:
    """Everybody who bought before the start, and those in `ids` whether they did or not."""
    sums = _sums(lines, found).to_pyarrow()
    told = sums["person_id"].to_numpy()
    before = told[sums["seen"].to_numpy() > 0]
    people = np.union1d(before, ids).astype(np.int64)
    kept = np.isin(told, people)
    at = np.searchsorted(people, told[kept])
    columns = {}
    for name in ("known", "receipts", "base", "after"):
        columns[name] = np.zeros(len(people))
        columns[name][at] = sums[name].to_numpy()[kept]
    since = np.full(len(people), float(found.known_days + 1))
    since[at] = sums["since"].fill_null(found.known_days + 1).to_numpy()[kept]
    known = np.column_stack([columns["known"], columns["receipts"], since])
    return Bought(people, known, columns["base"], columns["after"])


def _sums(lines: Any, found: Spans) -> Any:
    """Each known person's figures in the spans."""
    own = lines.filter(lines.person_id.notnull())
    known = own.business_date < _day(found.base_on)
    before = own.business_date < _day(found.first_on)
    last = own.business_date.max(where=known & (own.qty > 0))
    return own.group_by("person_id").aggregate(
        known=own.profit_minor.sum(where=known).fill_null(0.0),
        receipts=own.order_id.nunique(where=known & (own.qty > 0)).cast("float64"),
        since=_day(found.base_on).delta(last, unit="day").cast("float64"),
        base=own.profit_minor.sum(where=~known & before).fill_null(0.0),
        after=own.profit_minor.sum(where=~before).fill_null(0.0),
        seen=before.sum(),
    )


def _weekly(lines: Any, bought: Bought, pairs: Matched, found: Spans) -> dict[str, Any]:
    """The weeks of base and counted days one by one, and how fast the two drifted apart before."""
    ahead, behind = found.base_days // WEEK, found.days // WEEK
    own = lines.filter(lines.person_id.notnull() & (lines.business_date >= _day(found.base_on)))
    days = own.business_date.delta(_day(found.first_on), unit="day")
    week = (days.cast("float64") / WEEK).floor().cast("int64")
    sums = own.group_by("person_id", week=week).aggregate(profit=own.profit_minor.sum())
    told = sums.to_pyarrow()
    number = told["week"].to_numpy() + ahead
    person = told["person_id"].to_numpy()
    kept = (number >= 0) & (number < ahead + behind) & np.isin(person, bought.ids)
    table = np.zeros((len(bought.ids), ahead + behind))
    at = np.searchsorted(bought.ids, person[kept]), number[kept]
    table[at] = told["profit"].to_numpy()[kept]
    weeks = [
        _week(found.first_on + timedelta(days=WEEK * (n - ahead)), pairs, table[:, n])
        for n in range(ahead + behind)
    ]
    slopes = changes.slopes(table[:, :ahead]) if ahead > 1 else None
    return {
        "weeks": tuple(weeks),
        "drift": None if slopes is None else changes.estimate(pairs, slopes),
    }


def _week(first_on: date, pairs: Matched, profit: Values) -> WeekGap:
    sides = [
        float(np.average(profit[side], weights=pairs.weight[side]))
        if pairs.weight[side].any()
        else 0.0
        for side in (pairs.treated, ~pairs.treated)
    ]
    return WeekGap(first_on, sides[0], sides[1], changes.estimate(pairs, profit))


def _day(day: date) -> Any:
    return ibis.date(day.isoformat())
