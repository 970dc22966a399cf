"""What every model of repeat purchase can say, and which there are.

Parameters are natural (positive) numbers in the order of `names`; time is in weeks. `alive` is
the state of somebody who may still buy.
"""
# ruff: noqa: N803  T is the models' own letter

from typing import Protocol

import numpy as np
from scipy.special import gammaln

from goen.insight.forecast.counts import Counts
from goen.insight.forecast.history import Floats


class Model(Protocol):
    """One family: BG/NBD, MBG/NBD or Pareto/NBD."""

    @property
    def code(self) -> str:
        """For programs."""
        ...

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Of the parameters."""
        ...

    def log_likelihood(self, theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """The log-likelihood of everybody and its gradient by the parameters."""
        ...

    def p_alive(self, theta: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
        """The probability of still being a customer."""
        ...

    def expected_if_alive(
        self,
        theta: Floats,
        x: Floats,
        T: Floats,
        t: float,
    ) -> Floats:
        """Expected purchase days in the next `t` weeks of somebody alive now."""
        ...

    def more_if_alive(self, theta: Floats, x: Floats, T: Floats, t: float, most: int) -> Floats:
        """P(purchase days in the next `t` weeks > k | alive): a row each, k = 0 … `most`."""
        ...


def log_poisson_gamma(shape: Floats, odds: Floats, most: int) -> Floats:
    """Logarithms of P(k), k = 0 … `most`, of a Poisson count whose mean is Gamma(shape) × odds."""
    k = np.arange(most + 1.0)
    n = shape[:, None]
    ways = gammaln(n + k) - gammaln(n) - gammaln(k + 1)
    fewer = -np.log1p(odds)[:, None]
    return np.asarray(ways + n * fewer + k * (np.log(np.maximum(odds, 1e-300))[:, None] + fewer))


def expected(
    model: Model,
    theta: Floats,
    counts: Counts,
    t: float,
) -> Floats:
    """Expected purchase days of each group in the next `t` weeks, whether alive or not."""
    alive = model.p_alive(theta, counts.x, counts.tx, counts.T)
    return alive * model.expected_if_alive(theta, counts.x, counts.T, t)


def expected_since_first(model: Model, theta: Floats, t: Floats) -> Floats:
    """Expected repeat purchase days of somebody new within `t` weeks of their first."""
    none = np.zeros(1)
    alive = model.p_alive(theta, none, none, none)
    return np.array(
        [float((alive * model.expected_if_alive(theta, none, none, span))[0]) for span in t]
    )
