"""Maximum likelihood on grouped data: several starts, the best end, or a refusal.

Nothing is fitted to too few: below `LEAST_PEOPLE` people or `LEAST_REPEATERS` of them who came
back the data do not carry four parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from goen.insight.forecast.beta_geometric import BG_NBD, MBG_NBD
from goen.insight.forecast.counts import Counts
from goen.insight.forecast.history import Floats
from goen.insight.forecast.models import Model
from goen.insight.forecast.pareto import PARETO_NBD
from goen.kit.refusals import Refusal

_ALL: tuple[Model, ...] = (BG_NBD, MBG_NBD, PARETO_NBD)
MODELS: Mapping[str, Model] = {model.code: model for model in _ALL}

LEAST_PEOPLE = 50
LEAST_REPEATERS = 20
_BOUND = 8.0
"""Parameters stay within e^±8: a family that wants more is degenerate there already."""
_STARTS = ((0.5, 1.0, 0.8, 2.5), (1.0, 1.0, 1.0, 1.0), (0.2, 0.3, 0.3, 3.0))
"""Starting values; the second, and in Pareto/NBD the last, in units of the mean T."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A model with its parameters and how well they explain the data they come from."""

    model: Model
    theta: Floats
    log_likelihood: float
    people: int
    repeaters: int

    @property
    def params(self) -> dict[str, float]:
        """The parameters by name."""
        return {
            name: float(value) for name, value in zip(self.model.names, self.theta, strict=True)
        }


def enough(counts: Counts) -> Refusal | None:
    """Why the data carry no model, if they do not."""
    detail = {
        "people": counts.total,
        "repeaters": counts.repeaters,
        "least_people": LEAST_PEOPLE,
        "least_repeaters": LEAST_REPEATERS,
    }
    if counts.total < LEAST_PEOPLE:
        return Refusal("too_few_people", "people", detail)
    if counts.repeaters < LEAST_REPEATERS:
        return Refusal("too_few_repeaters", "repeaters", detail)
    return None


def fit(model: Model, counts: Counts, *, near: Floats | None = None) -> Fit | Refusal:
    """The parameters under which the data are likeliest. `near` is a start that spares others."""
    refused = enough(counts)
    if refused is not None:
        return refused
    scale = float(counts.people @ counts.T) / counts.total

    def loss(logs: Floats) -> tuple[float, Floats]:
        theta = np.exp(logs)
        value, gradient = model.log_likelihood(theta, counts)
        return -value / counts.total, -gradient * theta / counts.total

    starts = [np.log(near)] if near is not None else [_start(model, at, scale) for at in _STARTS]
    ends = [_descend(loss, start) for start in starts]
    best = min(ends, key=lambda end: float(end[1]))
    return Fit(model, np.exp(best[0]), -best[1] * counts.total, counts.total, counts.repeaters)


def _start(model: Model, values: tuple[float, ...], scale: float) -> Floats:
    theta = np.array(values)
    theta[1] *= scale / 4
    if model.names[3] == "beta":
        theta[3] *= scale / 4
    return np.asarray(np.log(theta), np.float64)


def _descend(loss: object, start: Floats) -> tuple[Floats, float]:
    found = minimize(
        loss,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * len(start),
        options={"maxiter": 500, "ftol": 1e-12, "gtol": 1e-7},
    )
    return np.asarray(found.x, np.float64), float(found.fun)
