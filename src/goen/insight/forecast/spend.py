"""Gamma-Gamma: what a purchase day is worth to each person, given how much theirs were so far.

A person's purchase days are Gamma(p, ν) with a ν of their own, which is Gamma(q, γ) over people
(Fader and Hardie 2013, "The Gamma-Gamma model of monetary value"). It holds where value does not
depend on frequency; `independence` says how far that is true.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, psi

from goen.insight.forecast.fitting import LEAST_REPEATERS
from goen.insight.forecast.history import Floats, Ints
from goen.kit.refusals import Refusal

_BOUND = 12.0
_LEAST_Q = 1.05
"""At q ≤ 1 the mean over people would be infinite."""


@dataclass(frozen=True, slots=True)
class Spend:
    """Parameters p, q, γ; γ in the unit of the values."""

    p: float
    q: float
    gamma: float

    def expected(self, x: Floats, mean: Floats) -> Floats:
        """The expected value of one more purchase day after x of mean value `mean`."""
        return self.p * (self.gamma + x * mean) / (self.p * x + self.q - 1)


@dataclass(frozen=True, slots=True)
class Independence:
    """Correlation of frequency and mean value over people who came back, with 95 % interval."""

    correlation: float
    low: float
    high: float
    people: int


def fit_spend(x: Ints, mean: Floats) -> Spend | Refusal:
    """Fit to people with x > 0 repeat purchase days of a positive mean value."""
    usable = (x > 0) & (mean > 0)
    times, mean = x[usable].astype(np.float64), mean[usable]
    if len(times) < LEAST_REPEATERS:
        detail = {"repeaters": len(times), "least_repeaters": LEAST_REPEATERS}
        return Refusal("too_few_repeaters", "amount", detail)
    unit = float(np.average(mean, weights=times))
    days, of = np.unique(times, return_inverse=True)
    people = np.bincount(of).astype(np.float64)
    scaled = mean / unit

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, gradient = _likelihood(np.exp(logs), days, people, times, scaled)
        return -value / len(times), -gradient * np.exp(logs) / len(times)

    bounds = [(-_BOUND, _BOUND), (np.log(_LEAST_Q), _BOUND), (-_BOUND, _BOUND)]
    ends = [
        minimize(loss, np.log(start), jac=True, method="L-BFGS-B", bounds=bounds,
                 options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-9})
        for start in ((5.0, 4.0, 0.5), (1.0, 2.0, 1.0), (2.0, 10.0, 5.0))
    ]  # fmt: skip
    p, q, gamma = np.exp(min(ends, key=lambda end: float(end.fun)).x)
    return Spend(float(p), float(q), float(gamma) * unit)


def _likelihood(
    theta: Floats, days: Floats, people: Floats, x: Floats, mean: Floats
) -> tuple[float, Floats]:
    """The log-likelihood and its gradient; what depends on x alone is computed once per x."""
    p, q, gamma = theta
    px = p * days
    by_x = gammaln(px + q) - gammaln(px) - gammaln(q) + q * np.log(gamma) + px * np.log(days)
    whole = gamma + x * mean
    log_mean, log_whole = np.log(mean), np.log(whole)
    value = people @ by_x + np.sum((p * x - 1) * log_mean - (p * x + q) * log_whole)
    of_p = people @ (days * (psi(px + q) - psi(px) + np.log(days)))
    by_p = of_p + np.sum(x * (log_mean - log_whole))
    by_q = people @ (psi(px + q) - psi(q) + np.log(gamma)) - np.sum(log_whole)
    by_gamma = len(x) * q / gamma - np.sum((p * x + q) / whole)
    return float(value), np.array([by_p, by_q, by_gamma])


def independence(x: Ints, mean: Floats) -> Independence | None:
    """Pearson's correlation (interval by Fisher's z); None where it cannot be told."""
    usable = (x > 0) & (mean > 0)
    times, mean = x[usable].astype(np.float64), mean[usable]
    if len(times) < LEAST_REPEATERS or not times.std() or not mean.std():
        return None
    found = float(np.corrcoef(times, mean)[0, 1])
    z, half = np.arctanh(np.clip(found, -0.999999, 0.999999)), 1.959964 / np.sqrt(len(times) - 3)
    return Independence(found, float(np.tanh(z - half)), float(np.tanh(z + half)), len(times))
