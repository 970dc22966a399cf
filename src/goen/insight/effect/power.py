"""How many people a comparison needs, and how small a difference it can see.

Source: the usual two-sample formula (e.g. J. Cohen, "Statistical power analysis", 1988, ch. 2) with
variances and shares of its own for each arm: (z₁₋α⁄₂ + z_power)² · (s₁²/q₁ + s₂²/q₂) / d².
"""

import math

from scipy import special

POWER = 0.8
"""How often a true difference of that size is to be found."""


def people_needed(
    difference: float,
    *,
    deviations: tuple[float, float],
    shares: tuple[float, float] = (0.5, 0.5),
    alpha: float = 0.05,
    power: float = POWER,
) -> int | None:
    """People in both arms together so that `difference` is seen; None where there is none to see.

    `deviations` are the arms' standard deviations; `shares` how the people are divided, and need
    not sum to one.
    """
    spread = _spread(deviations, shares)
    if difference == 0 or spread == 0:
        return None
    return math.ceil(_reach(alpha, power) ** 2 * spread / difference**2)


def least_difference(
    people: int,
    *,
    deviations: tuple[float, float],
    shares: tuple[float, float] = (0.5, 0.5),
    alpha: float = 0.05,
    power: float = POWER,
) -> float:
    """The smallest difference that `people` in both arms together would show."""
    assert people > 0, "nobody sees nothing"
    return _reach(alpha, power) * math.sqrt(_spread(deviations, shares) / people)


def _spread(deviations: tuple[float, float], shares: tuple[float, float]) -> float:
    whole = sum(shares)
    return sum(sd**2 * whole / share for sd, share in zip(deviations, shares, strict=True))


def _reach(alpha: float, power: float) -> float:
    return float(special.ndtri(1 - alpha / 2) + special.ndtri(power))
