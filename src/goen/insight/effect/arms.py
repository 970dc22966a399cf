"""The arms of a comparison: who was in which, what came of them, what was known before.

Promises: an arm's rows stay together in their order; cutting extreme values follows a rule that
looks at all arms at once, so that it cannot favour one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Arm:
    """One arm: `outcome` (n,) by person, `covariates` (n, k) known before the start; k may be 0."""

    name: str
    outcome: Values
    covariates: Values

    @property
    def n(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True, slots=True)
class Cut:
    """What winsorising did to one column: the bounds, and how many values were moved to them."""

    column: str
    low: float
    high: float
    moved: int


def arm(name: str, outcome: Sequence[float] | Values, *covariates: Sequence[float] | Values) -> Arm:
    """An arm from plain columns, each as long as the outcome."""
    values = np.asarray(outcome, dtype=np.float64)
    columns = [np.asarray(one, dtype=np.float64) for one in covariates]
    assert all(one.shape == values.shape for one in columns), "columns of different length"
    return Arm(name, values, np.column_stack(columns) if columns else np.empty((len(values), 0)))


def split(names: Sequence[str], outcome: Values, covariates: Values) -> list[Arm]:
    """Rows (n,), (n,), (n, k) by the name of their arm, arms in the order of their names."""
    known, code = np.unique(np.asarray(names, dtype=np.str_), return_inverse=True)
    order = np.argsort(code, kind="stable")
    ends = np.cumsum(np.bincount(code, minlength=len(known)))[:-1]
    parts = np.split(order, ends) if len(known) else []
    return [
        Arm(str(name), outcome[rows], covariates[rows])
        for name, rows in zip(known, parts, strict=True)
    ]


def winsorised(
    arms: Sequence[Arm], *, quantile: float, columns: Sequence[str]
) -> tuple[list[Arm], list[Cut]]:
    """Values beyond the pooled quantile, and below its mirror image, are moved to it.

    `quantile` is above .5 and below 1, chosen before looking; `columns` names outcome and
    covariates. The bounds come from all arms together. One whale in ten thousand otherwise decides
    what the difference is.
    """
    assert 0.5 < quantile < 1, "a quantile above .5 and below 1"
    tables = [np.column_stack([one.outcome, one.covariates]) for one in arms]
    pooled = np.concatenate(tables)
    low = np.quantile(pooled, 1 - quantile, axis=0)
    high = np.quantile(pooled, quantile, axis=0)
    moved = ((pooled < low) | (pooled > high)).sum(axis=0)
    clipped = [np.clip(table, low, high) for table in tables]
    cut = [
        Arm(one.name, table[:, 0], table[:, 1:]) for one, table in zip(arms, clipped, strict=True)
    ]
    told = zip(columns, low, high, moved, strict=True)
    return cut, [Cut(name, float(lo), float(hi), int(count)) for name, lo, hi, count in told]
