"""People who are alike before the start are put together: what stands in for a lot not drawn.

Source: S. M. Iacus, G. King, G. Porro, "Causal inference without balance checking: coarsened exact
matching", Political Analysis 20 (2012). What is known of a person is cut into a few steps; whoever
has the same steps everywhere is in one cell; cells without somebody of both sides are left out, and
the others' weights make them as many in each cell as the treated.

Promises: the steps come from the treated alone and never from what happened after the start;
matching evens out what is known and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goen.insight.effect.arms import Values

STEPS = 5
"""Into so many parts, equally full of treated people, each thing known is cut."""


@dataclass(frozen=True, slots=True, eq=False)
class Matched:
    """Who is compared: `weight` (n,) is 1 for a treated person who has somebody alike, 0 for one
    who has nobody; for the others how much each counts, so that they sum to the treated.
    """

    treated: NDArray[np.bool_]
    weight: Values

    @property
    def people(self) -> int:
        """The treated who are compared."""
        return int((self.treated & (self.weight > 0)).sum())

    @property
    def others(self) -> int:
        """How many people stand for what would have been."""
        return int((~self.treated & (self.weight > 0)).sum())


@dataclass(frozen=True, slots=True)
class Balance:
    """One thing known before: its mean on either side, and how far apart they are.

    `apart` and `apart_before` are differences of means in standard deviations of the treated, after
    matching and before; up to 0.1 is usually called even.
    """

    name: str
    treated: float
    others: float
    others_before: float
    apart: float
    apart_before: float


def matched(treated: NDArray[np.bool_], known: Values, *, steps: int = STEPS) -> Matched:
    """Cells of equal steps in every column of `known` (n, k), and the weights they give.

    `treated` (n,) says who is; at least one column.
    """
    cells = np.zeros(len(treated), dtype=np.int64)
    for column in known.T:
        bounds = np.unique(np.quantile(column[treated], np.linspace(0, 1, steps + 1)[1:-1]))
        own = np.searchsorted(bounds, column, side="left") if treated.any() else 0
        _, cells = np.unique(cells * (steps + 1) + own, return_inverse=True)
    count = int(cells.max()) + 1 if len(cells) else 0
    mine = np.bincount(cells[treated], minlength=count)
    theirs = np.bincount(cells[~treated], minlength=count)
    share = np.divide(mine, theirs, out=np.zeros(count), where=theirs > 0)
    weight = np.where(treated, (theirs > 0)[cells], share[cells]).astype(np.float64)
    return Matched(treated, weight)


def unmatched(treated: NDArray[np.bool_]) -> Matched:
    """Everybody as they are: the plain comparison of those who were chosen with those who were
    not."""
    return Matched(treated, np.ones(len(treated)))


def balance(found: Matched, names: Sequence[str], known: Values) -> tuple[Balance, ...]:
    """How alike both sides are in each column of `known` (n, k), before matching and after."""
    return tuple(_balance(found, name, column) for name, column in zip(names, known.T, strict=True))


def _balance(found: Matched, name: str, column: Values) -> Balance:
    mine, other = found.treated, ~found.treated
    spread = float(column[mine].std(ddof=1)) if mine.sum() > 1 else 0.0
    before = float(column[other].mean()) if other.any() else 0.0
    treated, others = (
        float(np.average(column[side], weights=found.weight[side]))
        if found.weight[side].any()
        else 0.0
        for side in (mine, other)
    )
    plain = float(column[mine].mean()) if mine.any() else 0.0
    return Balance(
        name,
        treated,
        others,
        before,
        (treated - others) / spread if spread else 0.0,
        (plain - before) / spread if spread else 0.0,
    )
