"""The difference of two arms' means, with a fixed and an always-valid interval.

Promises: the spread of each arm is its own (Welch); with nobody's values differing there is no
interval rather than one of width zero.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from goen.insight.effect import sequences
from goen.insight.effect.arms import Values


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high` at the asked level; `p_value` is of "no difference"."""

    low: float
    high: float
    p_value: float

    def holds(self, value: float) -> bool:
        """Whether the interval holds a value, its ends included."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of one arm less the other's, in the outcome's unit.

    `se` is the fixed interval's standard error and `df` its degrees of freedom; the intervals are
    None where nothing varies. `fixed` is true of one look, at a time fixed before; `always_valid`
    of any number of looks.
    """

    value: float
    se: float
    df: float
    fixed: Interval | None
    always_valid: Interval | None


def difference(
    treated: Values,
    against: Values,
    *,
    alpha: float,
    planned: int,
    elapsed: float = 1.0,
    cautious: bool = False,
    fitted: int = 0,
    rows: int = 0,
) -> Difference:
    """`treated` less `against`: each (n,), at least two people in each.

    The fixed interval is Welch's t (B. L. Welch, Biometrika 34, 1947; degrees of freedom after
    Satterthwaite). The always-valid interval takes the larger of Welch's spread and the pooled
    one: a small control of people of whom few buy much has, by chance, no big buyer, looks calm,
    and would find a difference that is not there. `cautious` has the fixed interval do the same.
    `elapsed` is the share of the window that has passed where the people were all there from the
    first day. `fitted` parameters estimated from `rows` people before widen the spread by
    rows / (rows − fitted).
    """
    lost = rows / (rows - fitted) if fitted else 1.0
    own, pooled = (
        (squared * lost, df)
        for squared, df in (_welch(treated, against), _pooled(treated, against))
    )
    value = float(np.mean(treated) - np.mean(against))
    wider = max(own, pooled)
    if wider[0] == 0:
        return Difference(value, 0.0, 0.0, None, None)
    squared, df = wider if cautious or own[0] == 0 else own
    se = math.sqrt(squared)
    people = (len(treated) + len(against)) * elapsed
    return Difference(
        value,
        se,
        df,
        _fixed(value, se, df, alpha=alpha),
        _always_valid(value, math.sqrt(wider[0]), people, alpha=alpha, planned=planned),
    )


def paired(before: Values, after: Values, *, alpha: float) -> Interval | None:
    """The same people's change, (n,) each: its interval (t), None where nobody's varies.

    It tells a change from chance, not what caused it.
    """
    change = after - before
    squared = _variance(change) / len(change)
    if squared == 0:
        return None
    return _fixed(float(change.mean()), math.sqrt(squared), len(change) - 1, alpha=alpha)


def _welch(treated: Values, against: Values) -> tuple[float, float]:
    """The squared standard error with each arm's own spread, and its degrees of freedom."""
    parts = [_variance(one) / len(one) for one in (treated, against)]
    squared = sum(parts)
    sizes = (len(treated) - 1, len(against) - 1)
    below = sum(part**2 / size for part, size in zip(parts, sizes, strict=True))
    return squared, squared**2 / below if below else 0.0


def _pooled(treated: Values, against: Values) -> tuple[float, float]:
    """The same with one spread for both arms (Student's)."""
    sizes = (len(treated), len(against))
    df = sum(sizes) - 2
    sums = [_variance(one) * (len(one) - 1) for one in (treated, against)]
    return sum(sums) / df * sum(1 / size for size in sizes), float(df)


def _fixed(value: float, se: float, df: float, *, alpha: float) -> Interval:
    half = float(special.stdtrit(df, 1 - alpha / 2)) * se
    return Interval(value - half, value + half, float(2 * special.stdtr(df, -abs(value) / se)))


def _always_valid(
    value: float, se: float, people: float, *, alpha: float, planned: int
) -> Interval:
    half = sequences.reach(people, planned=planned, alpha=alpha) * se
    p = sequences.p_value(value / se, people, planned=planned, alpha=alpha)
    return Interval(value - half, value + half, p)


def _variance(values: Values) -> float:
    """Of the sample; what only rounding has left of equal values is none."""
    found = float(np.var(values, ddof=1))
    return found if math.sqrt(found) > _ROUNDING * float(np.abs(values).max()) else 0.0


_ROUNDING = 1e-12
