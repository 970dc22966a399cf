"""What changed for people who were chosen, less what changed for people like them.

Difference in differences: (after − before) of the treated less (after − before) of those they are
compared with. What makes one side buy more at all times falls out; what began at the same time for
one side alone does not. Nobody drew lots, so a difference here is a hint and never a proof.

Each person brings one number, so that a person's days are never counted as if they were different
people (the errors are clustered by person). Whom to match on which days: J. R. Daw and L. A.
Hatfield, "Matching and regression to the mean in difference-in-differences analysis", Health
Services Research 53 (2018): people matched on the very days they are compared with fall back to
what they always were, and that would look like an effect; so the days matched on lie before.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from goen.insight.effect.arms import Values
from goen.insight.effect.matching import Matched

LEAST = 10
"""People on either side below whom nothing is compared."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference of means in the outcome's unit, its 95 % interval, and p of "none".

    `people` and `others` are how many it rests on.
    """

    value: float
    low: float
    high: float
    p_value: float
    people: int
    others: int

    @property
    def is_clear(self) -> bool:
        """Whether the interval shuts zero out."""
        return self.low > 0 or self.high < 0


def estimate(found: Matched, outcome: Values, *, alpha: float = 0.05) -> Estimate | None:
    """The treated's mean of `outcome` (n,) less the others', weighted; None with too few people.

    The outcome may be what was bought after (matched comparison) or the change of it (difference
    in differences). Errors are those of weighted means with each side's own spread (HC1); degrees
    of freedom after Satterthwaite, with the others counted as the people their weights amount to
    (L. Kish, "Survey Sampling", 1965: (Σw)² / Σw²).
    """
    mine = _side(outcome, np.where(found.treated, found.weight, 0.0))
    theirs = _side(outcome, np.where(found.treated, 0.0, found.weight))
    if mine is None or theirs is None:
        return None
    value, squared = mine.mean - theirs.mean, mine.squared + theirs.squared
    if squared <= 0:
        return None
    below = sum(one.squared**2 / max(one.size - 1, 1.0) for one in (mine, theirs))
    se, df = math.sqrt(squared), squared**2 / below
    half = float(special.stdtrit(df, 1 - alpha / 2)) * se
    p = float(2 * special.stdtr(df, -abs(value) / se))
    return Estimate(value, value - half, value + half, p, mine.people, theirs.people)


@dataclass(frozen=True, slots=True)
class _Side:
    mean: float
    squared: float
    size: float
    people: int


def _side(outcome: Values, weight: Values) -> _Side | None:
    """One side's weighted mean and its squared error; None with too few people."""
    own = weight > 0
    people = int(own.sum())
    if people < LEAST:
        return None
    w, y = weight[own], outcome[own]
    mean = float(np.average(y, weights=w))
    squared = float((w**2 * (y - mean) ** 2).sum() / w.sum() ** 2)
    return _Side(mean, squared * people / (people - 1), float(w.sum() ** 2 / (w**2).sum()), people)


def slopes(weeks: Values) -> Values:
    """How each person's outcome (n, weeks), at least two weeks, rises from week to week: (n,)."""
    at = np.arange(weeks.shape[1]) - (weeks.shape[1] - 1) / 2
    found: Values = weeks @ at / float(at @ at)
    return found
