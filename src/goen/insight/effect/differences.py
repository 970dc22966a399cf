"""The difference of two arms' means, with a fixed and an always-valid interval.

Promises: the spread of each arm is its own (Welch); with nobody's values differing there is no
interval rather than one of width zero.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

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

    `se` is its standard error and `df` Welch's degrees of freedom; the intervals are None where
    nothing varies. `fixed` is true of one look, at a time fixed before; `always_valid` of any
    number of looks.
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
    fitted: int = 0,
    rows: int = 0,
) -> Difference:
    """`treated` less `against`: each (n,), at least two people in each.

    The fixed interval is Welch's t (B. L. Welch, Biometrika 34, 1947; degrees of freedom after
    Satterthwaite). `fitted` parameters that were estimated from `rows` people before widen the
    spread by rows / (rows − fitted).
    """
    lost = rows / (rows - fitted) if fitted else 1.0
    parts = [_variance(one) / len(one) * lost for one in (treated, against)]
    value = float(np.mean(treated) - np.mean(against))
    squared = sum(parts)
    if squared == 0:
        return Difference(value, 0.0, 0.0, None, None)
    sizes = (len(treated) - 1, len(against) - 1)
    df = squared**2 / sum(part**2 / size for part, size in zip(parts, sizes, strict=True))
    se = math.sqrt(squared)
    people = len(treated) + len(against)
    errors = value / se
    half = float(stats.t.ppf(1 - alpha / 2, df)) * se
    wide = sequences.reach(people, planned=planned, alpha=alpha) * se
    p_always = sequences.p_value(errors, people, planned=planned, alpha=alpha)
    return Difference(
        value,
        se,
        df,
        Interval(value - half, value + half, float(2 * stats.t.sf(abs(errors), df))),
        Interval(value - wide, value + wide, p_always),
    )


def _variance(values: Values) -> float:
    """Of the sample; what only rounding has left of equal values is none."""
    found = float(np.var(values, ddof=1))
    return found if math.sqrt(found) > _ROUNDING * float(np.abs(values).max()) else 0.0


_ROUNDING = 1e-12
