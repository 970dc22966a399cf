"""What could be proposed to each person, with its reason and what it may bring.

Four kinds, each from what the person did: `considered` (looked at and not bought since), `due`
(bought again and again, and the time of it has come), `lapsing` (they stay away longer than usual:
what they usually take), `goes_with` (bought with what they bought last). The value of a candidate
is its chance × the article's gross profit a unit; the best few of a person are kept, and who gets
which is decided elsewhere. Nothing is proposed that brings no profit.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import ibis

from goen.insight import base, considered
from goen.insight.questions import CANDIDATES
from goen.insight.sight import Sight, put, store
from goen.kit.db import Row, tx

"""Says when candidates were last found."""
KEPT = 4
YEAR = 365
REBOUGHT = 3
"""Days with a purchase of an article from which it has a cycle."""
SHORTEST = 5
"""Days; what is bought more often than this needs no proposal."""
DUE_FROM, DUE_TO = 0.8, 2.0
"""Parts of the cycle between which an article is due."""
RECENT = 60
"""Days in which a last purchase can be added to."""
LOOKERS_FOR_A_RATE = 100
CHANCES = {"considered": 0.1, "due": 0.3, "lapsing": 0.1}
"""How often it comes true, until there are figures of the shop's own."""
IN_HAND = 1.5
"""What was in a cart, in a hand or asked for comes true that much more often than what was seen."""
COLUMNS = (
    "person_id", "place", "kind", "sku_id", "chance", "value_minor", "usual_days", "days_away",
    "times", "beside_sku", "lift",
)  # fmt: skip
_FIGURES = {
    "usual_days": "float64",
    "days_away": "int32",
    "times": "int32",
    "beside_sku": "int64",
    "lift": "float64",
}


def store_candidates(sight: Sight) -> None:
    """Everybody's best candidates, anew; who is late and what goes with what was stored before."""
    with tx() as t:
        late = [row[0] for row in t.rows("SELECT person_id FROM insight_personrank WHERE is_late")]
        beside = t.rows("SELECT sku_id, beside_sku, confidence, lift FROM insight_goeswith")
    with tx() as t:
        put(t, "insight_candidate", COLUMNS, candidates(sight, late, beside))
        people, count = t.row(
            "SELECT count(DISTINCT person_id), count(*) FROM insight_candidate"
        ) or (0, 0)
        value = {"people": people, "candidates": count}
        store(t, CANDIDATES, value, sight.lake.watermark, sight.recorded_at)


def candidates(sight: Sight, late: list[int], beside: Sequence[Row]) -> Any:
    """Rows of `COLUMNS`; `late` are the people who stay away longer than usual.

    `beside` says what goes with what: (article, the other, confidence, lift).
    """
    first_on = sight.span.last_on - timedelta(days=YEAR - 1)
    lines = sight.lines(first_on=first_on, last_on=sight.span.last_on)
    known = lines.filter(lines.person_id.notnull() & (lines.qty > 0))
    looked = considered.looks(base.known_events(sight.lake))
    bought = considered.bought_by(lines, sight.lake)
    habits = _habits(known, sight.span.last_on)
    kinds = [
        _considered(looked, bought, int(sight.config["insight.considered_days"])),
        _due(habits),
        _lapsing(habits, late),
        _goes_with(known, beside, sight.span.last_on),
    ]
    return _best(ibis.union(*[_shaped(one) for one in kinds]), _profits(lines, sight.lake))


def _shaped(found: Any) -> Any:
    """The same columns for every kind, empty where it has no such figure."""
    missing = {
        name: ibis.null(kind) for name, kind in _FIGURES.items() if name not in found.columns
    }
    whole = found.mutate(**missing)
    cast = {name: whole[name].cast(kind) for name, kind in _FIGURES.items()}
    return whole.select(
        "person_id", "kind", "sku_id", whole.chance.cast("float64").name("chance"), **cast
    )


def _profits(lines: Any, lake: base.Lake) -> Any:
    """Gross profit a unit of each article over the year."""
    sold = base.with_profit(lines.filter(lines.qty > 0), lake)
    sums = sold.group_by("sku_id").aggregate(profit=sold.profit_minor.sum(), units=sold.qty.sum())
    return sums.select("sku_id", unit_profit=sums.profit / sums.units)


def _best(found: Any, profits: Any) -> Any:
    """The most valuable of each person; of two reasons for one article, the better."""
    valued = found.join(profits, "sku_id")
    valued = valued.mutate(value_minor=(valued.chance * valued.unit_profit).round().cast("int64"))
    valued = valued.filter(valued.value_minor > 0)
    order = [ibis.desc("value_minor"), "kind", "sku_id"]
    once = ibis.row_number().over(group_by=[valued.person_id, valued.sku_id], order_by=order)
    valued = valued.mutate(once=once).filter(ibis._.once == 0)
    place = ibis.row_number().over(group_by=valued.person_id, order_by=order)
    return valued.mutate(place=place.cast("int16")).filter(ibis._.place < KEPT).select(*COLUMNS)


def _considered(looked: Any, bought: Any, days: int) -> Any:
    """Looked at in the last days and not bought since."""
    until = looked.aggregate(until=looked.look_s.max()).cross_join(
        bought.aggregate(last=bought.bought_s.max())
    )
    until = until.select(until_s=ibis.greatest(until.until, until["last"]))
    recent = looked.cross_join(until)
    recent = recent.filter(recent.look_s > recent.until_s - days * considered.DAY_S)
    then = bought.select(buyer=bought.person_id, article=bought.sku_id, then_s=bought.bought_s)
    still = recent.anti_join(
        then,
        [
            recent.person_id == then.buyer,
            recent.sku_id == then.article,
            then.then_s >= recent.look_s,
        ],
    )
    seen = still.group_by(["person_id", "sku_id"]).aggregate(
        times=still.count(), in_hand=(still.kind != "view").any()
    )
    seen = seen.cross_join(_rate(looked, bought, days))
    lifted = ibis.ifelse(seen.in_hand, seen.rate * IN_HAND, seen.rate)
    return seen.mutate(kind=ibis.literal("considered"), chance=lifted)


def _rate(looked: Any, bought: Any, days: int) -> Any:
    """The share of people who bought what they had looked at; ours once enough people looked."""
    interest = considered.interests(bought, looked, days=days)
    sums = interest.aggregate(lookers=interest.lookers.sum(), buyers=interest.buyers.sum())
    own = sums.buyers.cast("float64") / sums.lookers
    prior = ibis.literal(CHANCES["considered"])
    enough = sums.lookers.fill_null(0) >= LOOKERS_FOR_A_RATE
    return sums.select(rate=ibis.ifelse(enough, own, prior))


def _habits(known: Any, last_on: Any) -> Any:
    """By person and article: on how many days, the median days between, how long ago."""
    days = known.select("person_id", "sku_id", "business_date").distinct()
    before = days.business_date.lag().over(
        group_by=[days.person_id, days.sku_id], order_by=days.business_date
    )
    gaps = days.mutate(gap=days.business_date.delta(before, unit="day"))
    found = gaps.group_by(["person_id", "sku_id"]).aggregate(
        times=gaps.count(),
        last_on=gaps.business_date.max(),
        usual_days=gaps.gap.cast("float64").median(),
    )
    away = ibis.date(last_on.isoformat()).delta(found.last_on, unit="day")
    return found.mutate(days_away=away.cast("int32"))


def _due(habits: Any) -> Any:
    usual, away = habits.usual_days, habits.days_away
    found = habits.filter(
        (habits.times >= REBOUGHT)
        & (usual >= SHORTEST)
        & (away >= usual * DUE_FROM)
        & (away <= usual * DUE_TO)
    )
    return found.mutate(kind=ibis.literal("due"), chance=ibis.literal(CHANCES["due"]))


def _lapsing(habits: Any, late: list[int]) -> Any:
    """What the late usually take: bought on most days, at least on two."""
    people = ibis.memtable({"person_id": late}, schema={"person_id": "int64"})
    theirs = habits.semi_join(people, "person_id").filter(ibis._.times >= 2)
    order = [ibis.desc("times"), ibis.desc("last_on"), "sku_id"]
    first = ibis.row_number().over(group_by=theirs.person_id, order_by=order)
    best = theirs.mutate(first=first).filter(ibis._.first == 0)
    return best.mutate(kind=ibis.literal("lapsing"), chance=ibis.literal(CHANCES["lapsing"]))


def _goes_with(known: Any, beside: Sequence[Row], last_on: Any) -> Any:
    """What goes with the last purchase and was not bought in the year."""
    latest = known.group_by("person_id").aggregate(last=known.business_date.max())
    with_last = known.join(latest, "person_id")
    ago = ibis.date(last_on.isoformat()).delta(with_last["last"], unit="day")
    recent = with_last.filter(
        (with_last.business_date == with_last["last"]) & (ago.cast("int32") <= RECENT)
    )
    held = recent.select("person_id", "sku_id").distinct()
    kinds = {"sku_id": "int64", "beside_sku": "int64", "confidence": "float64", "lift": "float64"}
    columns = dict(zip(kinds, zip(*beside, strict=True), strict=True)) if beside else {}
    pairs = ibis.memtable({name: list(columns.get(name, ())) for name in kinds}, schema=kinds)
    offered = held.join(pairs, "sku_id")
    offered = offered.select(
        "person_id",
        "lift",
        sku_id=offered.beside_sku,
        beside_sku=offered.sku_id,
        chance=offered.confidence,
    )
    had = known.select("person_id", "sku_id").distinct()
    new = offered.anti_join(had, ["person_id", "sku_id"])
    return new.mutate(kind=ibis.literal("goes_with"))
