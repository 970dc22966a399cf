"""How good forecasts were: error, coverage and a proper score, in purchase days.

Everything compares what people did in a window after an origin with what was foretold at it.
Coverage is told twice. Plainly: the share of people inside their interval, which for small whole
numbers is more than the level says, since an interval cannot end between 0 and 1. By the
randomised probability integral transform (PIT: Czado, Gneiting, Held 2009): u = P(< y) + v P(y)
with v uniform is exactly uniform under a true model, so the share of u inside (1 ± level) ÷ 2 is
the level. Its expectation over v is taken exactly, so that no chance is added.
"""

from dataclasses import dataclass

import numpy as np

from goen.insight.forecast import simulation
from goen.insight.forecast.counts import Clock, Counts, grouped
from goen.insight.forecast.fitting import Fit
from goen.insight.forecast.history import Floats, Ints, Purchases, Seen, counted
from goen.insight.forecast.models import expected

DECILES = 10


@dataclass(frozen=True, slots=True)
class Tenth:
    """People by what was foretold, a tenth of them each: what they were foretold and did."""

    people: int
    predicted: float
    actual: int


@dataclass(frozen=True, slots=True)
class Score:
    """A window's verdict. `crps` is the mean continuous ranked probability score.

    `naive_mae` is the error of expecting everybody to go on at their rate so far. `tenths` go
    from those of whom most was expected to those of whom least was.
    """

    people: int
    actual: int
    predicted: float
    mae: float
    naive_mae: float
    crps: float
    coverage_80: float
    coverage_90: float
    pit_coverage_80: float
    pit_coverage_90: float
    tenths: tuple[Tenth, ...]

    @property
    def error(self) -> float | None:
        """(predicted − actual) ÷ actual."""
        return self.predicted / self.actual - 1 if self.actual else None


def judge(
    fit: Fit,
    clock: Clock,
    bought: Purchases,
    known: Seen,
    until: int,
    *,
    size: int = simulation.SIZE,
) -> Score:
    """How the forecast at the origin of `known` for the days up to `until` turned out."""
    counts = grouped(known, clock)
    t = float(clock.between(known.origin, until))
    did = counted(bought, known, until)
    foretold = expected(fit.model, fit.theta, counts, t)[counts.of]
    spread = _Spread(fit, counts, t, size)
    inside_80, inside_90 = (spread.inside(did, level) for level in (0.8, 0.9))
    days = np.maximum(known.origin - known.first, 1)
    naive = known.x / days * (until - known.origin)
    return Score(
        people=len(did),
        actual=int(did.sum()),
        predicted=float(foretold.sum()),
        mae=float(np.abs(foretold - did).mean()),
        naive_mae=float(np.abs(naive - did).mean()),
        crps=float(spread.crps(did).mean()),
        coverage_80=float(inside_80.mean()),
        coverage_90=float(inside_90.mean()),
        pit_coverage_80=float(spread.randomised(did, 0.8).mean()),
        pit_coverage_90=float(spread.randomised(did, 0.9).mean()),
        tenths=tenths(foretold, did),
    )


def tenths(foretold: Floats, did: Ints) -> tuple[Tenth, ...]:
    """People sorted by forecast, most first, in ten parts of the same size."""
    order = np.argsort(-foretold, kind="stable")
    return tuple(
        Tenth(len(part), float(foretold[part].sum()), int(did[part].sum()))
        for part in np.array_split(order, DECILES)
    )


class _Spread:
    """Everybody's predictive distribution of purchase days."""

    def __init__(self, fit: Fit, counts: Counts, t: float, size: int) -> None:
        same = simulation.alike(counts)
        self.table = simulation.table(fit, same, t, size=size)
        self.row = same.of[counts.of]
        self.alive = fit.model.p_alive(fit.theta, counts.x, counts.tx, counts.T)[counts.of]
        cdf = self.table.cdf
        self.mean = (1 - cdf).sum(axis=1)
        self.apart = 2 * (cdf * (1 - cdf)).sum(axis=1)  # E|A − A'|

    def inside(self, did: Ints, level: float) -> Ints:
        found = simulation.purchase_interval(self.table, self.row, self.alive, level)
        return np.asarray((did >= found.low) & (did <= found.high), np.int64)

    def randomised(self, did: Ints, level: float) -> Floats:
        """The chance over v that u lies inside the central interval."""
        below, up_to = self._at_most(did - 1), self._at_most(did)
        ends = (1 - level) / 2, (1 + level) / 2
        inside = np.minimum(up_to, ends[1]) - np.maximum(below, ends[0])
        width = np.maximum(up_to - below, 1e-12)
        at = (below >= ends[0]) & (below <= ends[1])  # what no draw reached has no width
        return np.where(up_to > below, np.clip(inside / width, 0.0, 1.0), at)

    def crps(self, did: Ints) -> Floats:
        """E|X − y| − ½ E|X − X'| with X = 0 for those gone, else a draw of those alive."""
        wide = self.table.cdf.shape[1]
        at = np.minimum(did, wide)
        off = self.table.below[self.row, at] + self.table.above[self.row, at] + (did - at)
        alive, mean, apart = self.alive, self.mean[self.row], self.apart[self.row]
        first = (1 - alive) * did + alive * off
        second = 2 * alive * (1 - alive) * mean + alive**2 * apart
        return np.asarray(first - second / 2, np.float64)

    def _at_most(self, k: Ints) -> Floats:
        wide = self.table.cdf.shape[1]
        found = self.table.cdf[self.row, np.clip(k, 0, wide - 1)]
        return np.where(k < 0, 0.0, 1 - self.alive + self.alive * found)
