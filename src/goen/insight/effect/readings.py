"""One comparison read: its interval, what can be said, and how many people it would take.

Promises: fewer than `LEAST` people in an arm are counted and not judged; an always-valid verdict
waits for the burn-in; with several comparisons a verdict counts after Holm's correction, the
intervals stay those of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from goen.insight.effect import power, sequences
from goen.insight.effect.arms import Arm
from goen.insight.effect.differences import Interval, difference
from goen.insight.effect.several import holm

LEAST = 10
"""People in each arm below whom nothing is judged."""
ALPHA = 0.05

Verdict = Literal["more", "less", "unclear", "too_few", "too_early", "no_spread"]


@dataclass(frozen=True, slots=True)
class Judged:
    """An interval at the asked level, Holm's p-value over all comparisons, and the verdict."""

    low: float
    high: float
    p_value: float
    p_holm: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of reading a comparison: a difference in the outcome's unit, with what it rests on.

    `verdict` is the fixed interval's where there is one; else why there is none. `people_needed`
    (both arms together, divided as they are) would show the difference that was seen;
    `least_difference` is what the people there are would show; both four times out of five.
    """

    difference: float | None
    se: float | None
    fixed: Judged | None
    always_valid: Judged | None
    verdict: Verdict
    people_needed: int | None
    least_difference: float | None


@dataclass(frozen=True, slots=True)
class Terms:
    """What was fixed before the first look (see `measuring.measured`)."""

    alpha: float = ALPHA
    planned_people: int = sequences.PLANNED_PEOPLE
    elapsed: float = 1.0
    cautious: bool = False


def read(one: Arm, other: Arm, terms: Terms, *, fitted: int = 0, rows: int = 0) -> Reading:
    """`one` less `other`, as the only comparison. `fitted` and `rows` as in `difference`."""
    least = min(one.n, other.n)
    if least < LEAST:
        value = float(one.outcome.mean() - other.outcome.mean()) if least else None
        return Reading(value, None, None, None, "too_few", None, None)
    found = difference(
        one.outcome,
        other.outcome,
        alpha=terms.alpha,
        planned=terms.planned_people,
        elapsed=terms.elapsed,
        cautious=terms.cautious,
        fitted=fitted,
        rows=rows,
    )
    if found.fixed is None or found.always_valid is None:
        return Reading(found.value, 0.0, None, None, "no_spread", None, None)
    deviations, sizes = (deviation(one), deviation(other)), (one.n, other.n)
    fixed = _judged(found.value, found.fixed, terms.alpha)
    always = _judged(found.value, found.always_valid, terms.alpha)
    return Reading(
        found.value,
        found.se,
        fixed,
        always if least >= sequences.BURN_IN else replace(always, verdict="too_early"),
        fixed.verdict,
        power.people_needed(found.value, deviations=deviations, shares=sizes, alpha=terms.alpha),
        power.least_difference(sum(sizes), deviations=deviations, shares=sizes, alpha=terms.alpha),
    )


def deviation(one: Arm) -> float:
    """The standard deviation of an arm's outcome (of the sample)."""
    return float(np.std(one.outcome, ddof=1))


def corrected(readings: Sequence[Reading], *, alpha: float = ALPHA) -> list[Reading]:
    """The same readings as parts of one question: verdicts after Holm's correction."""
    fixed = _after([one.fixed for one in readings], alpha)
    always = _after([one.always_valid for one in readings], alpha)
    return [
        replace(
            one,
            fixed=at_end,
            always_valid=meanwhile,
            verdict=at_end.verdict if at_end else one.verdict,
        )
        for one, at_end, meanwhile in zip(readings, fixed, always, strict=True)
    ]


def _judged(value: float, interval: Interval, alpha: float) -> Judged:
    direction: Verdict = "more" if value > 0 else "less"
    verdict = direction if interval.p_value < alpha else "unclear"
    return Judged(interval.low, interval.high, interval.p_value, interval.p_value, verdict)


def _after(found: Sequence[Judged | None], alpha: float) -> list[Judged | None]:
    """Holm's p-values over the comparisons that have one, and the verdict they leave."""
    p_values = iter(holm([one.p_value for one in found if one is not None]))
    return [None if one is None else _weakened(one, next(p_values), alpha) for one in found]


def _weakened(one: Judged, p_holm: float, alpha: float) -> Judged:
    falls = one.verdict in {"more", "less"} and p_holm >= alpha
    return replace(one, p_holm=p_holm, verdict="unclear" if falls else one.verdict)
