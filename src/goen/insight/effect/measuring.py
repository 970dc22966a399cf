"""From arms to what is said about them: every comparison, adjusted, and its verdict.

Promises: which arms are compared does not depend on what came out; with several comparisons a
verdict counts after Holm's correction, the intervals stay those of one comparison; fewer than
`LEAST` people in an arm are counted and not judged; an always-valid verdict waits for the burn-in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from goen.insight.effect import power, sequences
from goen.insight.effect.adjusting import adjusted
from goen.insight.effect.arms import Arm
from goen.insight.effect.balance import SampleRatio, sample_ratio
from goen.insight.effect.differences import Difference, Interval, difference
from goen.insight.effect.several import holm

LEAST = 10
"""People in each arm below whom nothing is judged."""

Verdict = Literal["more", "less", "unclear", "too_few", "too_early", "no_spread"]


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """People of an arm, their mean and standard deviation (of the sample; None for one person)."""

    name: str
    n: int
    mean: float | None
    sd: float | None


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
class Comparison:
    """`arm` less `against`. `cuped` is there where covariates are, `reduction` (0…1) with it."""

    arm: str
    against: str
    n: int
    n_against: int
    plain: Reading
    cuped: Reading | None


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything said about a set of arms. `theta` is CUPED's, one per covariate."""

    arms: tuple[ArmFigures, ...]
    comparisons: tuple[Comparison, ...]
    sample_ratio: SampleRatio
    theta: tuple[float, ...]
    reduction: float | None
    alpha: float
    planned_people: int


@dataclass(frozen=True, slots=True)
class _Asked:
    alpha: float
    planned: int
    elapsed: float
    cautious: bool


def measured(
    arms: Sequence[Arm],
    *,
    control: str | None = None,
    planned: Mapping[str, float] | None = None,
    planned_people: int = sequences.PLANNED_PEOPLE,
    elapsed: float = 1.0,
    cautious: bool = False,
    alpha: float = 0.05,
) -> Measured:
    """Compare each arm with `control`, or without one every pair, the later name less the earlier.

    `planned` are the arms' planned shares; `planned_people` is how many people, all arms together,
    the plan foresaw; both are of before the start. `elapsed` (above 0, at most 1) is the share of
    the window that has passed where everybody is there from its first day. `cautious`: the fixed
    interval's spread is never below the pooled one (see `difference`).
    """
    asked = _Asked(alpha, planned_people, elapsed, cautious)
    pairs = _pairs([one.name for one in arms], control)
    plain = _readings(arms, pairs, asked, fitted=0)
    people = sum(one.n for one in arms)
    covariates = arms[0].covariates.shape[1] if arms else 0
    cuped: list[Reading] | list[None] = [None] * len(pairs)
    theta: tuple[float, ...] = ()
    reduction = None
    if covariates and people > len(arms) + covariates:
        known = adjusted(arms)
        cuped = _readings(known.arms, pairs, asked, fitted=known.fitted)
        theta, reduction = tuple(map(float, known.theta)), known.reduction
    size = {one.name: one.n for one in arms}
    return Measured(
        tuple(map(_figures, arms)),
        tuple(
            Comparison(one, other, size[one], size[other], before, after)
            for (one, other), before, after in zip(pairs, plain, cuped, strict=True)
        ),
        sample_ratio(size, planned),
        theta,
        reduction,
        alpha,
        planned_people,
    )


def _pairs(names: Sequence[str], control: str | None) -> list[tuple[str, str]]:
    if control is not None:
        assert control in names, "the control is one of the arms"
        return [(name, control) for name in names if name != control]
    return [(later, earlier) for earlier, later in combinations(names, 2)]


def _figures(one: Arm) -> ArmFigures:
    mean = float(one.outcome.mean()) if one.n else None
    return ArmFigures(one.name, one.n, mean, _deviation(one) if one.n > 1 else None)


def _deviation(one: Arm) -> float:
    return float(np.std(one.outcome, ddof=1))


def _readings(
    arms: Sequence[Arm], pairs: Sequence[tuple[str, str]], asked: _Asked, *, fitted: int
) -> list[Reading]:
    """Each pair read by itself, then all of them corrected for being several."""
    by_name = {one.name: one for one in arms}
    rows = sum(one.n for one in arms) - len(arms)
    readings = [_reading(by_name[a], by_name[b], asked, fitted=fitted, rows=rows) for a, b in pairs]
    fixed = _corrected([one.fixed for one in readings], asked.alpha)
    always = _corrected([one.always_valid for one in readings], asked.alpha)
    return [
        replace(
            one,
            fixed=at_end,
            always_valid=_late_enough(meanwhile, by_name[a].n, by_name[b].n),
            verdict=at_end.verdict if at_end else one.verdict,
        )
        for one, at_end, meanwhile, (a, b) in zip(readings, fixed, always, pairs, strict=True)
    ]


def _reading(one: Arm, other: Arm, asked: _Asked, *, fitted: int, rows: int) -> Reading:
    least = min(one.n, other.n)
    if least < LEAST:
        value = float(one.outcome.mean() - other.outcome.mean()) if least else None
        return Reading(value, None, None, None, "too_few", None, None)
    found = difference(
        one.outcome,
        other.outcome,
        alpha=asked.alpha,
        planned=asked.planned,
        elapsed=asked.elapsed,
        cautious=asked.cautious,
        fitted=fitted,
        rows=rows,
    )
    if found.fixed is None or found.always_valid is None:
        return Reading(found.value, 0.0, None, None, "no_spread", None, None)
    alpha = asked.alpha
    deviations, sizes = (_deviation(one), _deviation(other)), (one.n, other.n)
    return Reading(
        found.value,
        found.se,
        _judged(found, found.fixed),
        _judged(found, found.always_valid),
        "unclear",
        power.people_needed(found.value, deviations=deviations, shares=sizes, alpha=alpha),
        power.least_difference(sum(sizes), deviations=deviations, shares=sizes, alpha=alpha),
    )


def _judged(found: Difference, interval: Interval) -> Judged:
    direction: Verdict = "more" if found.value > 0 else "less"
    return Judged(interval.low, interval.high, interval.p_value, interval.p_value, direction)


def _corrected(found: Sequence[Judged | None], alpha: float) -> list[Judged | None]:
    """Holm's p-values over the comparisons that have one, and the verdict they leave."""
    judged = [one for one in found if one is not None]
    p_values = iter(holm([one.p_value for one in judged]))
    return [None if one is None else _after(one, next(p_values), alpha) for one in found]


def _after(one: Judged, p_holm: float, alpha: float) -> Judged:
    return replace(one, p_holm=p_holm, verdict=one.verdict if p_holm < alpha else "unclear")


def _late_enough(one: Judged | None, *people: int) -> Judged | None:
    if one is None or min(people) >= sequences.BURN_IN:
        return one
    return replace(one, verdict="too_early")
