"""What may happen to each person: predictive distributions by seeded simulation.

What somebody who is still there will buy depends on (x, T) alone in every model, so people of
one (x, T) share their draws; when they last came only says how likely they are still there. The
value of n purchase days is Gamma(p n) ÷ Gamma(q + p x) × (γ + x z̄), whose first two factors again
depend on (x, T) alone. So a million people take as many draws as there are distinct (x, T).
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
"""Draws held at once."""


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
    """P(purchase days ≤ k | alive), one row for each (x, T), one column for each k.

    `below` and `above` are its running sums: Σ P(≤ j) for j < k, and Σ P(> j) for j ≥ k.
    """

    cdf: Floats
    below: Floats
    above: Floats


def alike(counts: Counts) -> Alike:
    """The distinct (x, T) among groups."""
    pairs, of = np.unique(np.stack([counts.x, counts.T]), axis=1, return_inverse=True)
    return Alike(pairs[0], pairs[1], of.ravel())


def draws(
    fit: Fit, same: Alike, t: float, *, size: int = SIZE, seed: int = SEED
) -> Iterator[tuple[slice, Floats]]:
    """Purchase days in the next `t` weeks of people alive: slices of (x, T) with their draws."""
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // size)
    for at in range(0, len(same.x), step):
        part = slice(at, min(at + step, len(same.x)))
        x, T = same.x[part], same.T[part]
        yield part, fit.model.drawn_if_alive(fit.theta, x, T, t, size=size, rng=rng)


def table(fit: Fit, same: Alike, t: float, *, size: int = SIZE, seed: int = SEED) -> Table:
    """The distribution of purchase days for every (x, T)."""
    parts: list[tuple[slice, Ints]] = []
    for part, drawn in draws(fit, same, t, size=size, seed=seed):
        whole = drawn.astype(np.int64)
        wide = int(whole.max()) + 1
        rows = np.arange(len(whole))[:, None] * wide
        tallied = np.bincount((rows + whole).ravel(), minlength=len(whole) * wide)
        parts.append((part, tallied.reshape(len(whole), wide)))
    wide = max((tallied.shape[1] for _, tallied in parts), default=1)
    cdf = np.ones((len(same.x), wide))
    for part, tallied in parts:
        cdf[part, : tallied.shape[1]] = tallied.cumsum(axis=1) / size
    nothing = np.zeros((len(cdf), 1))
    below = np.hstack([nothing, cdf.cumsum(axis=1)])
    above = np.hstack([(1 - cdf)[:, ::-1].cumsum(axis=1)[:, ::-1], nothing])
    return Table(cdf, below, above)


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


def value_interval(
    fit: Fit,
    spend: Spend,
    same: Alike,
    t: float,
    *,
    row: Ints,
    alive: Floats,
    scale: Floats,
    level: float,
    size: int = SIZE,
    seed: int = SEED,
) -> Interval:
    """The central interval of the value of the next `t` weeks, everybody's `scale` = γ + x z̄."""
    low, high = np.zeros(len(row)), np.zeros(len(row))
    order = np.argsort(row, kind="stable")
    ends = np.searchsorted(row[order], np.arange(len(same.x) + 1))
    rng = np.random.default_rng(seed + 1)
    for part, drawn in draws(fit, same, t, size=size, seed=seed):
        worth = rng.standard_gamma(spend.p * drawn)
        worth /= rng.standard_gamma((spend.q + spend.p * same.x[part])[:, None], drawn.shape)
        worth.sort(axis=1)
        who = order[ends[part.start] : ends[part.stop]]
        for end, into in (((1 - level) / 2, low), ((1 + level) / 2, high)):
            at = np.ceil(alive_level(end, alive[who]) * size).astype(np.int64) - 1
            found = worth[row[who] - part.start, np.clip(at, 0, size - 1)]
            into[who] = np.where(at >= 0, found * scale[who], 0.0)
    return Interval(low, high)
