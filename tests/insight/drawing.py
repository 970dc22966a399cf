"""The stories of the models, drawn by chance: what their formulae are held against."""

import numpy as np

from goen.insight.forecast.history import Floats
from goen.insight.forecast.models import Model


def purchase_days(
    model: Model,
    theta: tuple[float, ...],
    x: float,
    age: float,
    t: float,
    *,
    size: int,
    rng: np.random.Generator,
) -> Floats:
    """Draws of the next `t` weeks of somebody alive, x repeat purchases and `age` weeks old."""
    first, second, third, fourth = theta
    rate = rng.gamma(first + x, 1 / (second + age), size)
    if model.code == "pareto_nbd":
        stays = rng.exponential(1 / rng.gamma(third, 1 / (fourth + age), size))
        return rng.poisson(rate * np.minimum(stays, t)).astype(np.float64)
    flips = 1 if model.code == "mbg_nbd" else 0
    chance = np.clip(rng.beta(third, fourth + x + flips, size), 1e-15, 1)
    return np.minimum(rng.poisson(rate * t), rng.geometric(chance)).astype(np.float64)
