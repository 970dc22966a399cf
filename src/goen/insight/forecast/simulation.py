"""What may happen to each person: purchase days by their distribution, value by simulation.

What somebody who is still there will buy depends on (x, T) alone in every model, so people of
one (x, T) share a distribution; when they last came only says how likely they are still there.
The value of n purchase days is Gamma(p n) ÷ Gamma(q + p x) × (γ + x z̄), whose first two factors
again depend on (x, T) alone: they are drawn once for each, seeded, with n spread evenly over its
distribution. So a million people take as many draws as there are distinct (x, T).
"""
# ruff: noqa: N806  T is the models' own letter

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from goen.insight.forecast.counts import Counts
from goen.insight.forecast.fitting import Fit
from goen.insight.forecast.history import Floats, Ints
from goen.insight.forecast.spend import Spend

SEED = 20_261_122
SIZE = 2_000
_CELLS = 4_000_000
"""Numbers held at once."""
_MOST = 3_000


@dataclass(frozen=True, slots=True)
class Alike:
    """Distinct (x, T), and which of them each group of `Counts` belongs to."""

    x: Floats
    T: Floats
    of: Ints


@dataclass(frozen=True, slots=True)
class Interval:
    """A low and a high number for everybody."""

    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Table:
    """P(purchase days ≤ k | alive), a row for each (x, T) of a part, a column for each k.

    `below` and `above` are its running sums: Σ P(≤ j) for j < k, and Σ P(> j) for j ≥ k.
    """

    cdf: Floats
    below: Floats
    above: Floats


def alike(counts: Counts) -> Alike:
    """The distinct (x, T) among groups, sorted by x."""
    pairs, of = np.unique(np.stack([counts.x, counts.T]), axis=1, return_inverse=True)
    return Alike(pairs[0], pairs[1], of.ravel())


def tables(fit: Fit, same: Alike, t: float, *, room: int = 0) -> Iterator[tuple[slice, Table]]:
    """The distribution of the next `t` weeks' purchase days, for one part of (x, T) at a time.

    A part is as large as fits in memory, also for `room` numbers of the caller's in every row.
    """
    reach = np.maximum(_reach(fit, same, t), 1)
    at = 0
    while at < len(reach):
        end = at + 1
        most = reach[at]
        while end < len(reach) and (end + 1 - at) * max(most, reach[end], room) <= _CELLS:
            most = max(most, reach[end])
            end += 1
        part = slice(at, end)
        x, T = same.x[part], same.T[part]
        more = fit.model.more_if_alive(fit.theta, x, T, t, int(most))
        nothing = np.zeros((end - at, 1))
        cdf = 1 - more
        below = np.hstack([nothing, cdf.cumsum(axis=1)])
        above = np.hstack([more[:, ::-1].cumsum(axis=1)[:, ::-1], nothing])
        yield part, Table(cdf, below, above)
        at = end


def _reach(fit: Fit, same: Alike, t: float) -> Ints:
    """A number of purchase days beyond which nobody of an (x, T) goes: ten deviations and ten."""
    odds = t / (fit.theta[1] + same.T)
    mean = (fit.theta[0] + same.x) * odds
    reach = mean + 10 * np.sqrt(mean * (1 + odds)) + 10
    return np.asarray(np.minimum(np.ceil(reach), _MOST), np.int64)


def alive_level(level: float, alive: Floats) -> Floats:
    """Which quantile of those alive is the quantile `level` of all; < 0 where that is nothing."""
    return 1 - (1 - level) / np.maximum(alive, 1e-12)


def purchase_interval(found: Table, row: Ints, alive: Floats, level: float) -> Interval:
    """The central interval of purchase days, for people of table rows `row`.

    The least k with P(≤ k) ≥ (1 − level) ÷ 2, and the least with P(≤ k) ≥ (1 + level) ÷ 2.
    """
    ends = [(1 - level) / 2, (1 + level) / 2]
    low, high = (_quantile(found, row, alive_level(end, alive)) for end in ends)
    return Interval(low, high)


def _quantile(found: Table, row: Ints, level: Floats) -> Floats:
    """The least k with cdf[row, k] ≥ level, by bisection over all people at once."""
    low = np.zeros(len(row), np.int64)
    high = np.full(len(row), found.cdf.shape[1] - 1)
    while np.any(low < high):
        middle = (low + high) // 2
        reached = found.cdf[row, middle] >= level - 1e-12
        high = np.where(reached, middle, high)
        low = np.where(reached, low, middle + 1)
    return high.astype(np.float64)


def worths(spend: Spend, x: Floats, found: Table, *, size: int, rng: np.random.Generator) -> Floats:
    """Sorted draws of Gamma(p n) ÷ Gamma(q + p x) for every row of a table, n as it says."""
    n = _spread_evenly(found.cdf, size)
    drawn = rng.standard_gamma(spend.p * n)
    drawn /= rng.standard_gamma((spend.q + spend.p * x)[:, None], n.shape)
    drawn.sort(axis=1)
    return drawn


def _spread_evenly(cdf: Floats, size: int) -> Floats:
    """`size` purchase days a row, at the levels ½, 1½ … of `size`: as many of each as expected."""
    upto = np.clip(np.rint(cdf * size), 0, size).astype(np.int64)
    upto[:, -1] = size
    each = np.diff(upto, axis=1, prepend=0)
    k = np.tile(np.arange(cdf.shape[1], dtype=np.float64), len(cdf))
    return np.repeat(k, each.ravel()).reshape(len(cdf), size)


def worth_interval(drawn: Floats, row: Ints, alive: Floats, level: float) -> Interval:
    """The central interval of the drawn worths for people of rows `row`, 0 for those gone."""
    size = drawn.shape[1]
    ends = []
    for end in ((1 - level) / 2, (1 + level) / 2):
        at = np.ceil(alive_level(end, alive) * size).astype(np.int64) - 1
        ends.append(np.where(at >= 0, drawn[row, np.clip(at, 0, size - 1)], 0.0))
    return Interval(*ends)
