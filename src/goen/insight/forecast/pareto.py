"""Pareto/NBD: a person buys at a rate of their own and stops at a time nobody sees.

The rate is Gamma(r, α) over people, that of stopping Gamma(s, β) (Schmittlein, Morrison, Colombo
1987). The likelihood's integral over the time of stopping is done by Gauss–Legendre quadrature
after a substitution under which it is smooth; it is Fader and Hardie's (2005) pair of ₂F₁ without
their cancellation.
"""
# ruff: noqa: N803, N806  T is the models' own letter

from dataclasses import dataclass

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy.special import gammaln, psi

from goen.insight.forecast.counts import Counts
from goen.insight.forecast.history import Floats
from goen.insight.forecast.models import log_poisson_gamma

_AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Pareto:
    """Parameters r, α (weeks), s, β (weeks)."""

    code: str = "pareto_nbd"
    title: str = "Pareto/NBD"
    names: tuple[str, ...] = ("r", "alpha", "s", "beta")

    def log_likelihood(self, theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """Fader and Hardie 2005 (a note on deriving the Pareto/NBD), and its gradient."""
        value, gradient = 0.0, np.zeros(4)
        for at in range(0, len(counts.x), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            x, tx, T = counts.x[part], counts.tx[part], counts.T[part]
            each, by = _likelihood(theta, x, tx, T)
            value += float(counts.people[part] @ each)
            gradient += by @ counts.people[part]
        return value, gradient

    def p_alive(self, theta: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
        """Being there over being there or gone."""
        found = []
        for at in range(0, len(x), _AT_ONCE):
            part = slice(at, at + _AT_ONCE)
            alive, gone, _ = _states(theta, x[part], tx[part], T[part])
            found.append(np.exp(alive - np.logaddexp(alive, gone)))
        return np.concatenate(found) if found else np.zeros(0)

    def expected_if_alive(
        self,
        theta: Floats,
        x: Floats,
        T: Floats,
        t: float,
    ) -> Floats:
        """(r + x)(β + T) ÷ ((α + T)(s − 1)) × (1 − ((β + T) ÷ (β + T + t))^(s − 1))."""
        r, alpha, s, beta = theta
        fewer = np.log((beta + T) / (beta + T + t))
        lived = -fewer if s == 1 else -np.expm1((s - 1) * fewer) / (s - 1)
        return np.asarray((r + x) * (beta + T) / (alpha + T) * lived, np.float64)

    def more_if_alive(self, theta: Floats, x: Floats, T: Floats, t: float, most: int) -> Floats:
        """What the rate brings in the time they stay, over all times they may stay.

        (β + T + time) ÷ (β + T) is Pareto with shape s: its distribution function is the variable
        of integration up to `t`; those who stay longer are as those who stay till then.
        """
        r, alpha, s, beta = theta
        leaves = -np.expm1(-s * np.log1p(t / (beta + T)))  # P(stops within t)
        found = (1 - leaves)[:, None] * _more(r + x, t / (alpha + T), most)
        for u, weight in zip(_U, _W, strict=True):
            stays = (beta + T) * np.expm1(-np.log1p(-leaves * u) / s)
            found += (leaves * weight)[:, None] * _more(r + x, stays / (alpha + T), most)
        return np.asarray(found, np.float64)


PARETO_NBD = Pareto()

_NODES, _WEIGHTS = leggauss(24)
_U = (_NODES + 1) / 2
_W = _WEIGHTS / 2


def _states(
    theta: Floats,
    x: Floats,
    tx: Floats,
    T: Floats,
) -> tuple[Floats, Floats, tuple[Floats, ...]]:
    """Log-weights of being there and of having stopped, and the means the gradient needs.

    Gone is ∫ s (α + τ)^−(r + x) (β + τ)^−(s + 1) dτ from tₓ to T. Where τ = tₓ + ℓ (eᵛ − 1), ℓ
    being how long it takes to fall to 1/e at first, the integrand is smooth in v.
    """
    r, alpha, s, beta = theta
    length = 1 / ((r + x) / (alpha + tx) + (s + 1) / (beta + tx))
    whole_v = np.log1p((T - tx) / length)
    v = whole_v[:, None] * _U
    later = length[:, None] * np.expm1(v)  # τ − tₓ
    in_alpha = np.log((alpha + tx)[:, None] + later)
    in_beta = np.log((beta + tx)[:, None] + later)
    height = v - (r + x)[:, None] * in_alpha - (s + 1) * in_beta
    peak = height.max(axis=1)
    mass = np.exp(height - peak[:, None]) * _W
    whole = mass.sum(axis=1)
    with np.errstate(divide="ignore"):
        gone = np.log(s) + np.log(length) + np.log(whole_v) + peak + np.log(whole)
    alive = -(r + x) * np.log(alpha + T) - s * np.log(beta + T)
    share = mass / whole[:, None]
    means = (
        (share * in_alpha).sum(axis=1),
        (share * in_beta).sum(axis=1),
        (share * np.exp(-in_alpha)).sum(axis=1),
        (share * np.exp(-in_beta)).sum(axis=1),
    )
    return alive, gone, means


def _likelihood(
    theta: Floats,
    x: Floats,
    tx: Floats,
    T: Floats,
) -> tuple[Floats, Floats]:
    r, alpha, s, beta = theta
    alive, gone, (in_alpha, in_beta, per_alpha, per_beta) = _states(theta, x, tx, T)
    either = np.logaddexp(alive, gone)
    here, left = np.exp(alive - either), np.exp(gone - either)
    each = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + s * np.log(beta) + either
    by_r = psi(r + x) - psi(r) + np.log(alpha) - here * np.log(alpha + T) - left * in_alpha
    by_alpha = r / alpha - (r + x) * (here / (alpha + T) + left * per_alpha)
    by_s = np.log(beta) - here * np.log(beta + T) + left * (1 / s - in_beta)
    by_beta = s / beta - here * s / (beta + T) - left * (s + 1) * per_beta
    return each, np.array([by_r, by_alpha, by_s, by_beta])


def _more(shape: Floats, odds: Floats, most: int) -> Floats:
    brought = np.exp(log_poisson_gamma(shape, odds, most)).cumsum(axis=1)
    return np.asarray(np.maximum(1 - brought, 0.0), np.float64)
