"""CUPED: what was known before the start takes chance out of the comparison.

Source: Deng, Xu, Kohavi and Walker, "Improving the sensitivity of online controlled experiments by
utilizing pre-experiment data", WSDM 2013: y − θ(x − x̄) has the same expected difference between
the arms as y, and with θ = cov(x, y) / var(x) the least variance. Several covariates: θ by least
squares. Covariance and variance are taken within the arms and pooled, so that an effect does not
leak into θ.

Promises: what an arm's people did after the start never becomes a covariate here; the caller
vouches for it. A covariate that says nothing (constant, or a copy of another) does no harm.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from goen.insight.effect.arms import Arm, Values


@dataclass(frozen=True, slots=True, eq=False)
class Adjusted:
    """Arms with their outcome adjusted, in the order given.

    `theta` (k,) is per covariate; `fitted` how many of them were told apart; `reduction` the share
    0…1 of the within-arm variance that is gone.
    """

    arms: tuple[Arm, ...]
    theta: Values
    fitted: int
    reduction: float


def adjusted(arms: Sequence[Arm]) -> Adjusted:
    """The arms with y − θ(x − x̄) as their outcome, x̄ over everybody."""
    outcome = np.concatenate([one.outcome - one.outcome.mean() for one in arms])
    known = np.concatenate([one.covariates - one.covariates.mean(axis=0) for one in arms])
    theta, fitted = _least_squares(known, outcome)
    middle = np.concatenate([one.covariates for one in arms]).mean(axis=0)
    total = float(outcome @ outcome)
    left = outcome - known @ theta
    return Adjusted(
        tuple(
            Arm(one.name, one.outcome - (one.covariates - middle) @ theta, one.covariates)
            for one in arms
        ),
        theta,
        fitted,
        1 - float(left @ left) / total if total else 0.0,
    )


def _least_squares(known: Values, outcome: Values) -> tuple[Values, int]:
    """θ per column, and how many were told apart; columns of yen and of visits weigh alike."""
    size = np.sqrt((known**2).mean(axis=0))
    scale = np.where(size > 0, size, 1.0)
    theta, _, rank, _ = np.linalg.lstsq(known / scale, outcome, rcond=1e-10)
    return theta / scale, int(rank)
