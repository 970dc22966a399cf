"""The analyst's part in effects: outcomes of everybody assigned, compared arm by arm.

Promises: intention to treat, over all channels and everything bought; the same covariate (profit in
as many days before) serves the whole and every channel, so that the parts sum to the whole.
"""

from collections.abc import Mapping
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from goen.insight import base
from goen.insight.effect.arms import Values, split
from goen.insight.effect.balance import sample_ratio
from goen.insight.effect.differences import paired
from goen.insight.effect.measuring import Measured, measured
from goen.insight.effect.readings import LEAST, Reading, corrected
from goen.insight.effects import (
    ArmResult,
    Asked,
    BeforeAfter,
    ChannelResult,
    Effect,
    GoodsBeforeAfter,
    PersonResult,
    as_value,
)
from goen.insight.effects_alike import Alike
from goen.insight.effects_alike_answer import alike
from goen.insight.effects_people import Outcomes, assigned, outcomes
from goen.insight.sight import Sight, rows
from goen.kit.db import tx
from goen.places.queries import channels

ARMS = ("treated", "control", "holdout")
SHOWN = 100
"""So many people of each arm are named: those who bought most."""


def answer(sight: Sight, params: str) -> Mapping[str, Any] | None:
    """The effect so far, as stored. None before the first day of its window."""
    asked = Asked.parse(params).known_by(sight.span.last_on)
    if asked.passed == 0 or sight.span.last_on < asked.first_on:
        return None
    with tx() as t:
        given, kinds = assigned(t, asked.origin), {one.id: one.kind for one in channels(t)}
    value: Mapping[str, Any] = as_value(effect(sight, asked, given, kinds=kinds))
    return value


def effect(sight: Sight, asked: Asked, given: pa.Table, *, kinds: Mapping[int, str]) -> Effect:
    """The effect on the people in `given` (see `effects_people`); `kinds` is each channel's."""
    lines = sight.lines(first_on=asked.before_on, last_on=min(asked.until, asked.last_on))
    lines = base.with_profit(lines, sight.lake)
    lines = lines.mutate(is_after=lines.business_date >= ibis.date(asked.first_on.isoformat()))
    found = outcomes(sight, lines, given, kinds=kinds)
    against = _against(found)
    main = _compared(found, against, asked, found.total) if against else None
    beside = None
    if against == "control" and found.of("holdout").any():
        beside = _compared(found, "holdout", asked, found.total)
    reading = main.comparisons[0] if main else None
    sizes = {one: int(found.of(one).sum()) for one in ARMS if found.of(one).any()}
    planned = asked.planned(against)
    pair = {one: sizes[one] for one in ("treated", against)} if planned else {}
    return Effect(
        before_on=asked.before_on,
        until=min(asked.until, asked.last_on, sight.span.last_on),
        elapsed=asked.passed / asked.days,
        is_final=asked.is_final,
        currency=sight.currency,
        arms=tuple(_arm(found, one) for one in sizes),
        against=against,
        plain=reading.plain if reading else None,
        cuped=reading.cuped if reading else None,
        reduction=main.reduction if main else None,
        holdout=_best(beside) if beside else None,
        channels=_channels(found, against, asked) if against else (),
        before_after=_before_after(found) if sizes and not against else None,
        goods=_goods(lines, asked),
        sample_ratio=sample_ratio(pair, planned),
        conflicts=found.conflicts,
        people=_people(found),
        alike=None if against else _alike(sight, asked, found),
    )


def _against(found: Outcomes) -> str:
    """Whom the treated are compared with: the control, else those held out of everything."""
    if not found.of("treated").any():
        return ""
    return next((one for one in ("control", "holdout") if found.of(one).any()), "")


def _alike(sight: Sight, asked: Asked, found: Outcomes) -> Alike | None:
    """The treated beside people alike: those of the list, else those of the stores it is for."""
    if found.of("treated").any():
        return alike(sight, asked, found.ids[found.of("treated")])
    return alike(sight, asked, None) if asked.place_ids and not len(found.ids) else None


def _compared(found: Outcomes, against: str, asked: Asked, outcome: Values) -> Measured:
    """Treated less the others, for one outcome (n,)."""
    kept = found.of("treated", against)
    arms = split(found.arm[kept].tolist(), outcome[kept], found.before[kept, None])
    return measured(
        arms,
        control=against,
        planned_people=int(kept.sum()),
        elapsed=asked.passed / asked.days,
        cautious=True,
    )


def _best(one: Measured) -> Reading:
    """The reading that counts: the adjusted one where there is one."""
    return one.comparisons[0].cuped or one.comparisons[0].plain


def _channels(found: Outcomes, against: str, asked: Asked) -> tuple[ChannelResult, ...]:
    """The same comparison for each kind of channel that anybody used, corrected (Holm)."""
    used = [at for at, _ in enumerate(found.kinds) if found.profit[:, at].any()]
    compared = [_compared(found, against, asked, found.profit[:, at]) for at in used]
    readings = corrected([_best(one) for one in compared])
    return tuple(
        ChannelResult(
            found.kinds[at],
            float(found.profit[found.of("treated"), at].mean()),
            float(found.profit[found.of(against), at].mean()),
            reading,
        )
        for at, reading in zip(used, readings, strict=True)
    )


def _arm(found: Outcomes, name: str) -> ArmResult:
    own = found.of(name)
    return ArmResult(
        name,
        int(own.sum()),
        int((found.receipts[own] > 0).sum()),
        int(found.receipts[own].sum()),
        float(found.total[own].sum()),
        float(found.before[own].sum()),
    )


def _before_after(found: Outcomes) -> BeforeAfter:
    own = found.of("treated")
    before, after = found.before[own], found.total[own]
    interval = paired(before, after, alpha=0.05) if own.sum() >= LEAST else None
    return BeforeAfter(
        int(own.sum()),
        float(before.mean()) if own.any() else 0.0,
        float(after.mean()) if own.any() else 0.0,
        interval.low if interval else None,
        interval.high if interval else None,
    )


def _goods(lines: Any, asked: Asked) -> GoodsBeforeAfter:
    """Everybody's purchases of the goods, known or not."""
    own = lines.filter(lines.sku_id.isin(asked.sku_ids)) if asked.sku_ids else lines
    (row,) = rows(
        own.aggregate(
            before_minor=own.profit_minor.sum(where=~own.is_after),
            after_minor=own.profit_minor.sum(where=own.is_after),
            before_units=own.qty.sum(where=~own.is_after),
            after_units=own.qty.sum(where=own.is_after),
        )
    )
    return GoodsBeforeAfter(**{name: value or 0 for name, value in row.items()})


def _people(found: Outcomes) -> tuple[PersonResult, ...]:
    """Who bought, of each arm those with most profit."""
    total, shown = found.total, []
    for name in ARMS:
        own = np.flatnonzero(found.of(name) & (found.receipts > 0))
        order = own[np.lexsort((found.ids[own], -total[own]))][:SHOWN]
        shown += [
            PersonResult(
                int(found.ids[at]),
                name,
                float(total[at]),
                float(found.before[at]),
                int(found.receipts[at]),
            )
            for at in order
        ]
    return tuple(shown)
