"""From arms to what is said about them: every comparison, adjusted, and its verdict.

Promises: which arms are compared does not depend on what came out; with covariates a comparison is
read twice, plainly and adjusted, and the plain reading never disappears.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from goen.insight.effect import sequences
from goen.insight.effect.adjusting import adjusted
from goen.insight.effect.arms import Arm
from goen.insight.effect.balance import SampleRatio, sample_ratio
from goen.insight.effect.readings import ALPHA, Reading, Terms, corrected, deviation, read


@dataclass(frozen=True, slots=True)
class ArmFigures:
    """People of an arm, their mean and standard deviation (of the sample; None for one person)."""

    name: str
    n: int
    mean: float | None
    sd: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """`arm` less `against`; `cuped` is there where covariates are."""

    arm: str
    against: str
    n: int
    n_against: int
    plain: Reading
    cuped: Reading | None


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything said about a set of arms.

    `theta` is CUPED's, one per covariate; `reduction` the share 0…1 of the within-arm variance that
    it took away.
    """

    arms: tuple[ArmFigures, ...]
    comparisons: tuple[Comparison, ...]
    sample_ratio: SampleRatio
    theta: tuple[float, ...]
    reduction: float | None
    alpha: float
    planned_people: int


def measured(
    arms: Sequence[Arm],
    *,
    control: str | None = None,
    planned: Mapping[str, float] | None = None,
    planned_people: int = sequences.PLANNED_PEOPLE,
    elapsed: float = 1.0,
    cautious: bool = False,
    alpha: float = ALPHA,
) -> Measured:
    """Compare each arm with `control`, or without one every pair, the later name less the earlier.

    `planned` are the arms' planned shares; `planned_people` is how many people, all arms together,
    the plan foresaw; both are of before the start. `elapsed` (above 0, at most 1) is the share of
    the window that has passed where everybody is there from its first day. `cautious`: the fixed
    interval's spread is never below the pooled one (see `difference`).
    """
    terms = Terms(alpha, planned_people, elapsed, cautious)
    pairs = _pairs([one.name for one in arms], control)
    plain = _readings(arms, pairs, terms, fitted=0)
    people = sum(one.n for one in arms)
    covariates = arms[0].covariates.shape[1] if arms else 0
    cuped: list[Reading] | list[None] = [None] * len(pairs)
    theta: tuple[float, ...] = ()
    reduction = None
    if covariates and people > len(arms) + covariates:
        known = adjusted(arms)
        cuped = _readings(known.arms, pairs, terms, fitted=known.fitted)
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
    return ArmFigures(one.name, one.n, mean, deviation(one) if one.n > 1 else None)


def _readings(
    arms: Sequence[Arm], pairs: Sequence[tuple[str, str]], terms: Terms, *, fitted: int
) -> list[Reading]:
    """Each pair read by itself, then all of them corrected for being several."""
    by_name = {one.name: one for one in arms}
    rows = sum(one.n for one in arms) - len(arms)
    alone = [read(by_name[a], by_name[b], terms, fitted=fitted, rows=rows) for a, b in pairs]
    return corrected(alone, alpha=terms.alpha)
