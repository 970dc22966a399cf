"""BG/NBD and MBG/NBD: a person buys at a rate of their own and may stop after any purchase.

The rate is Gamma(r, α) over people, the chance of stopping after a purchase Beta(a, b). In
BG/NBD (Fader, Hardie, Lee 2005) nobody stops after the first purchase; in MBG/NBD (Batislam,
Denizel, Filiztekin 2007) that chance is there from the first on. Both are one formula with
`flips` = 0 or 1 further chances to stop.
"""
# ruff: noqa: N803, N806  T is the models' own letter

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, gammaln, hyp2f1, psi

from goen.insight.forecast.counts import Counts
from goen.insight.forecast.history import Floats
from goen.insight.forecast.models import log_poisson_gamma

_NEAR_ONE = 1e-7
_LONGEST = 5_000


@dataclass(frozen=True, slots=True)
class BetaGeometric:
    """Parameters r, α (weeks), a, b."""

    code: str
    title: str
    flips: int
    names: tuple[str, ...] = ("r", "alpha", "a", "b")

    def log_likelihood(self, theta: Floats, counts: Counts) -> tuple[float, Floats]:
        """Fader, Hardie, Lee 2005, equation 6, and its gradient."""
        r, alpha, a, b = theta
        x, T = counts.x, counts.T
        alive, gone = self._states(theta, x, counts.tx, T)
        either = np.logaddexp(alive, gone)
        w_alive, w_gone = np.exp(alive - either), np.exp(gone - either)
        each = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + either
        lived = w_alive / (alpha + T)
        left = w_gone / (alpha + counts.tx)
        stays, both = b + x + self.flips, a + b + x + self.flips
        # of the Beta integrals: alive B(a, stays), gone B(a + 1, stays − 1), by B(a, b)
        common = psi(a + b) - psi(both)
        by_r = psi(r + x) - psi(r) + np.log(alpha)
        by_r -= w_alive * np.log(alpha + T) + w_gone * np.log(alpha + counts.tx)
        by_alpha = r / alpha - (r + x) * (lived + left)
        by_a = common + w_gone / a
        by_b = common - psi(b) + psi(stays) - w_gone / np.maximum(stays - 1, 1e-300)
        gradient = np.array([counts.people @ by for by in (by_r, by_alpha, by_a, by_b)])
        return float(counts.people @ each), gradient

    def _states(
        self,
        theta: Floats,
        x: Floats,
        tx: Floats,
        T: Floats,
    ) -> tuple[Floats, Floats]:
        """Log-weights of still being there and of having stopped after the last purchase."""
        r, alpha, a, b = theta
        stays = b + x + self.flips
        alive = betaln(a, stays) - betaln(a, b) - (r + x) * np.log(alpha + T)
        can_be_gone = x + self.flips > 0
        stopped = betaln(a + 1, np.where(can_be_gone, stays - 1, 1.0)) - betaln(a, b)
        gone = np.where(can_be_gone, stopped - (r + x) * np.log(alpha + tx), -np.inf)
        return alive, gone

    def p_alive(self, theta: Floats, x: Floats, tx: Floats, T: Floats) -> Floats:
        """Being there over being there or gone."""
        alive, gone = self._states(theta, x, tx, T)
        return np.asarray(np.exp(alive - np.logaddexp(alive, gone)), np.float64)

    def expected_if_alive(
        self,
        theta: Floats,
        x: Floats,
        T: Floats,
        t: float,
    ) -> Floats:
        """Fader, Hardie, Lee 2005, equation 10 without its denominator.

        With Euler's transformation of ₂F₁, whose terms stay small for those who buy often.
        """
        r, alpha, a, b = theta
        if abs(a - 1) < _NEAR_ONE:
            a = 1 + _NEAR_ONE
        both = a + b + x + self.flips
        z = t / (alpha + T + t)
        with np.errstate(over="ignore", invalid="ignore"):
            series = hyp2f1(both - 1 - r - x, a - 1, both - 1, z)
            found = (both - 1) / (a - 1) * (1 - (1 - z) ** (a - 1) * series)
        most = (r + x) * t / (alpha + T)  # nobody buys more than if they never stopped
        lost = ~((found >= 0) & (found <= most * (1 + 1e-9)))
        if lost.any():
            found[lost] = self._summed(theta, x[lost], T[lost], t)
        return np.asarray(found, np.float64)

    def _summed(self, theta: Floats, x: Floats, T: Floats, t: float) -> Floats:
        """The same as Σ P(more than k), for parameters at which ₂F₁ fails."""
        odds = t / (theta[1] + T)
        mean = (theta[0] + x) * odds
        reach = int(np.max(mean + 10 * np.sqrt(mean * (1 + odds)) + 10, initial=0.0))
        more = self.more_if_alive(theta, x, T, t, min(reach, _LONGEST))
        return np.asarray(more.sum(axis=1), np.float64)

    def more_if_alive(self, theta: Floats, x: Floats, T: Floats, t: float, most: int) -> Floats:
        """More than k were brought by the rate, and they went on after each of k."""
        r, alpha, a, b = theta
        brought = np.exp(log_poisson_gamma(r + x, t / (alpha + T), most)).cumsum(axis=1)
        stays = (b + x + self.flips)[:, None]
        k = np.arange(most + 1.0)
        went_on = np.exp(betaln(a, stays + k) - betaln(a, stays))
        return np.asarray(np.maximum(1 - brought, 0.0) * went_on, np.float64)


BG_NBD = BetaGeometric("bg_nbd", "BG/NBD", 0)
MBG_NBD = BetaGeometric("mbg_nbd", "MBG/NBD", 1)
