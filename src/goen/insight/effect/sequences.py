"""Intervals that stay true however often one looks: asymptotic confidence sequences.

Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and
asymptotic confidence sequences", Annals of Statistics 52 (2024). With N people, the
estimate's standard error `se` and a tuning ρ, the interval

    estimate ± se · √N · √( 2(Nρ² + 1) / (N²ρ²) · log(√(Nρ² + 1) / α) )

holds at every N at once with probability 1 − α, as N grows. `se` · √N is the spread one person
brings, so the same formula serves one mean and a difference of two means with unequal variances.
ρ decides at which N the interval is narrowest, never whether it holds; it is fixed before the first
look.

A list of people that is frozen does not grow; how long it has been watched does. Then N is people ×
the share of the window that has passed: chance adds up with the days as it does with people.
"""

import math

PLANNED_PEOPLE = 5_000
"""People, all arms together, at whom the interval is narrowest when no plan says another number."""
BURN_IN = 50
"""People in each arm from whom on the interval is relied on: the theorem is about large numbers."""


def rho_squared(planned: int, *, alpha: float) -> float:
    """The ρ² with which the interval is about narrowest at `planned` people (same source)."""
    assert planned > 0, "somebody must be planned for"
    return (-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / planned


def reach(people: float, *, planned: int, alpha: float) -> float:
    """How many standard errors the interval reaches to either side; a fixed one's is 1.96."""
    spread = people * rho_squared(planned, alpha=alpha)
    return math.sqrt(2 * (spread + 1) / spread * math.log(math.sqrt(spread + 1) / alpha))


def p_value(errors: float, people: float, *, planned: int, alpha: float) -> float:
    """The smallest level at which the interval shuts out an effect of `errors` standard errors.

    The interval's formula solved for its level, with the ρ of `alpha`; it too may be looked at any
    number of times.
    """
    spread = people * rho_squared(planned, alpha=alpha)
    exponent = 0.5 * math.log(spread + 1) - errors * errors * spread / (2 * (spread + 1))
    return math.exp(min(0.0, exponent))
