"""What every model of repeat purchase can say, and which there are.

Parameters are natural (positive) numbers in the order of `names`; time is in weeks. `alive` is
the state of somebody who may still buy.
"""
# ruff: noqa: N803  T is the models' own letter

from typing import Protocol

import numpy as np

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

    def drawn_if_alive(
        self,
        theta: Floats,
        x: Floats,
        T: Floats,
        t: float,
        *,
        size: int,
        rng: np.random.Generator,
    ) -> Floats:
        """`size` draws (columns) of those purchase days for every entry (row)."""
        ...


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
