"""What is expected of everybody from an origin on: purchase days, value, and how sure that is.

A person's value is expected purchase days × the expected value of one, times `kept`: the share of
purchase days' value that was left after everything that came back. Intervals are central and hold
80 % of what may happen to a person.
"""

from dataclasses import dataclass

import numpy as np

from goen.insight.forecast import simulation
from goen.insight.forecast.counts import WEEK, Clock, Counts, grouped
from goen.insight.forecast.fitting import Fit
from goen.insight.forecast.history import Floats, Ints, Seen
from goen.insight.forecast.models import expected
from goen.insight.forecast.simulation import Alike, Interval
from goen.insight.forecast.spend import Spend

LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class Basis:
    """Everything a forecast stands on: the fitted models, the clock, and what is left of value."""

    fit: Fit
    clock: Clock
    spend: Spend
    kept: float


@dataclass(frozen=True, slots=True)
class Outlook:
    """One entry for everybody known at the origin, in the order of `who`.

    `next_days` is within how many days they come again with even chance, nan where that chance is
    less than even within the horizon. `deviation` is the standard deviation of the value.
    """

    who: Ints
    alive: Floats
    purchases: Floats
    purchase_range: Interval
    value: Floats
    value_range: Interval
    deviation: Floats
    next_days: Floats


def outlook(basis: Basis, known: Seen, until: int, *, size: int = simulation.SIZE) -> Outlook:
    """Foretell the days after the origin up to `until`."""
    fit = basis.fit
    counts = grouped(known, basis.clock)
    t = float(basis.clock.between(known.origin, until))
    alive = fit.model.p_alive(fit.theta, counts.x, counts.tx, counts.T)
    purchases = (alive * fit.model.expected_if_alive(fit.theta, counts.x, counts.T, t))[counts.of]
    same = simulation.alike(counts)
    ranges = _Ranges(basis, same, same.of[counts.of], alive[counts.of], _scale(basis, known))
    ranges.fill(t, size)
    value = purchases * day_value(basis, known)
    return Outlook(
        known.who,
        alive[counts.of],
        purchases,
        Interval(ranges.few, ranges.many),
        value,
        Interval(ranges.low, ranges.high),
        np.sqrt(np.maximum(ranges.square - value**2, 0.0)),
        _next_days(fit, counts, alive, until - known.origin),
    )


def day_value(basis: Basis, known: Seen) -> Floats:
    """The expected value of one more purchase day of everybody."""
    return basis.kept * basis.spend.expected(known.x.astype(np.float64), _mean(known))


def total(basis: Basis, known: Seen, until: int) -> float:
    """The expected value of everybody together up to `until`."""
    counts = grouped(known, basis.clock)
    t = float(basis.clock.between(known.origin, until))
    days = expected(basis.fit.model, basis.fit.theta, counts, t)
    return float(days[counts.of] @ day_value(basis, known))


def _mean(known: Seen) -> Floats:
    return np.maximum(known.spend, 0.0)


def _scale(basis: Basis, known: Seen) -> Floats:
    return basis.kept * (basis.spend.gamma + known.x * _mean(known))


def _next_days(fit: Fit, counts: Counts, alive: Floats, horizon: int) -> Floats:
    """The days until a purchase has even chance: the first k with alive × P(wait ≤ k) ≥ ½.

    A wait whose rate is Gamma(r + x, α + T) is longer than w with ((α + T) ÷ (α + T + w))^(r + x).
    """
    first, second = fit.theta[:2]
    missing = 1 - 0.5 / np.maximum(alive, 0.5)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        weeks = (second + counts.T) * (missing ** (-1 / (first + counts.x)) - 1)
    days = np.where(alive > 0.5, weeks * WEEK, np.inf)
    return np.where(days <= horizon, days, np.nan)[counts.of]


class _Ranges:
    """Everybody's intervals, filled in part by part of distinct (x, T)."""

    def __init__(self, basis: Basis, same: Alike, row: Ints, alive: Floats, scale: Floats) -> None:
        self.basis, self.same, self.row, self.alive, self.scale = basis, same, row, alive, scale
        people = len(row)
        self.few, self.many = np.zeros(people), np.zeros(people)
        self.low, self.high, self.square = np.zeros(people), np.zeros(people), np.zeros(people)

    def fill(self, t: float, size: int) -> None:
        rng = np.random.default_rng(simulation.SEED)
        order = np.argsort(self.row, kind="stable")
        starts = np.searchsorted(self.row[order], np.arange(len(self.same.x) + 1))
        for part, table in simulation.tables(self.basis.fit, self.same, t, room=size):
            who = order[starts[part.start] : starts[part.stop]]
            row, alive = self.row[who] - part.start, self.alive[who]
            days = simulation.purchase_interval(table, row, alive, LEVEL)
            self.few[who], self.many[who] = days.low, days.high
            drawn = simulation.worths(
                self.basis.spend, self.same.x[part], table, size=size, rng=rng
            )
            worth = simulation.worth_interval(drawn, row, alive, LEVEL)
            self.low[who] = worth.low * self.scale[who]
            self.high[who] = worth.high * self.scale[who]
            square = np.einsum("ij,ij->i", drawn, drawn) / size
            self.square[who] = alive * square[row] * self.scale[who] ** 2
