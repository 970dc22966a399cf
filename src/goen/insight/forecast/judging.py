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
from goen.insight.forecast.simulation import Table

DECILES = 10
LEVELS = (0.8, 0.9)


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


def judge(fit: Fit, clock: Clock, bought: Purchases, known: Seen, until: int) -> Score:
    """How the forecast at the origin of `known` for the days up to `until` turned out."""
    counts = grouped(known, clock)
    t = float(clock.between(known.origin, until))
    did = counted(bought, known, until)
    foretold = expected(fit.model, fit.theta, counts, t)[counts.of]
    spread = _Spread(fit, counts, t, did)
    days = np.maximum(known.origin - known.first, 1)
    naive = known.x / days * (until - known.origin)
    return Score(
        people=len(did),
        actual=int(did.sum()),
        predicted=float(foretold.sum()),
        mae=float(np.abs(foretold - did).mean()),
        naive_mae=float(np.abs(naive - did).mean()),
        crps=float(spread.crps.mean()),
        coverage_80=float(spread.inside[0.8].mean()),
        coverage_90=float(spread.inside[0.9].mean()),
        pit_coverage_80=spread.randomised(0.8),
        pit_coverage_90=spread.randomised(0.9),
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
    """What everybody did, seen against their predictive distribution of purchase days."""

    def __init__(self, fit: Fit, counts: Counts, t: float, did: Ints) -> None:
        same = simulation.alike(counts)
        row = same.of[counts.of]
        alive = fit.model.p_alive(fit.theta, counts.x, counts.tx, counts.T)[counts.of]
        people = len(did)
        self.before, self.up_to, self.crps = np.zeros(people), np.zeros(people), np.zeros(people)
        self.inside = {level: np.zeros(people, np.bool_) for level in LEVELS}
        for part, table in simulation.tables(fit, same, t):
            who = np.flatnonzero((row >= part.start) & (row < part.stop))
            self._fill(table, who, row[who] - part.start, alive[who], did[who])

    def _fill(self, table: Table, who: Ints, row: Ints, alive: Floats, did: Ints) -> None:
        for level, inside in self.inside.items():
            found = simulation.purchase_interval(table, row, alive, level)
            inside[who] = (did >= found.low) & (did <= found.high)
        self.before[who] = _at_most(table, row, alive, did - 1)
        self.up_to[who] = _at_most(table, row, alive, did)
        self.crps[who] = _crps(table, row, alive, did)

    def randomised(self, level: float) -> float:
        """The share of u inside the central interval, over v and people."""
        ends = (1 - level) / 2, (1 + level) / 2
        width = np.maximum(self.up_to - self.before, 1e-15)
        inside = np.minimum(self.up_to, ends[1]) - np.maximum(self.before, ends[0])
        return float(np.clip(inside / width, 0.0, 1.0).mean())


def _at_most(table: Table, row: Ints, alive: Floats, k: Ints) -> Floats:
    last = table.cdf.shape[1] - 1
    found = table.cdf[row, np.clip(k, 0, last)]
    return np.where(k < 0, 0.0, 1 - alive + alive * found)


def _crps(table: Table, row: Ints, alive: Floats, did: Ints) -> Floats:
    """E|X − y| − ½ E|X − X'| with X = 0 for those gone, else as somebody alive."""
    at = np.minimum(did, table.cdf.shape[1])
    off = table.below[row, at] + table.above[row, at] + (did - at)
    mean = (1 - table.cdf).sum(axis=1)[row]
    apart = 2 * (table.cdf * (1 - table.cdf)).sum(axis=1)[row]  # E|A − A'|
    first = (1 - alive) * did + alive * off
    second = 2 * alive * (1 - alive) * mean + alive**2 * apart
    return np.asarray(first - second / 2, np.float64)
