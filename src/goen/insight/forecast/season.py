"""A clock that runs faster in the weeks of the year in which people buy more.

The index of a week of the year is repeat purchase days there were ÷ those the model without
season expects there, drawn towards 1 as far as chance alone could have moved it (empirical
Bayes, Gamma–Poisson). It is made of what was known at the origin and needs a whole year of it.
"""

from datetime import date

import numpy as np

from goen.insight.forecast.counts import WEEK, Clock
from goen.insight.forecast.fitting import Fit
from goen.insight.forecast.history import Floats, Ints, Purchases, Seen
from goen.insight.forecast.models import expected_since_first

LEAST_DAYS = 364
WEEKS = 52


def season_clock(bought: Purchases, known: Seen, fit: Fit, until: int) -> Clock | None:
    """The clock as known at the origin, with hands up to `until`.

    None where less than a year is known, or nothing but chance is seen.
    """
    since = int(known.first.min())
    if known.origin - since < LEAST_DAYS:
        return None
    week = week_of_year(since, until)
    seen_days = known.origin - since + 1
    repeats = week[_repeat_days(bought, known) - since]
    observed = np.bincount(repeats, minlength=WEEKS).astype(np.float64)
    awaited = np.zeros(WEEKS)
    np.add.at(awaited, week[:seen_days], _daily(fit, known, since))
    index = _index(observed, awaited)
    if index is None:
        return None
    hands = np.cumsum(index[week]) / WEEK
    return Clock(since, hands - hands[0])


def week_of_year(first: int, last: int) -> Ints:
    """0 … 51 for every day from first to last; the 365th and 366th belong to the last week."""
    years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
    starts = np.array([date(year, 1, 1).toordinal() for year in years])
    days = np.arange(first, last + 1)
    begun = starts[np.searchsorted(starts, days, side="right") - 1]
    return np.asarray(np.minimum((days - begun) // 7, WEEKS - 1), np.int64)


def _repeat_days(bought: Purchases, known: Seen) -> Ints:
    """The days of all purchases but everybody's first, up to the origin."""
    before = bought.day <= known.origin
    person, day = bought.person[before], bought.day[before]
    repeat = np.concatenate([[False], person[1:] == person[:-1]]) if len(person) else before
    return day[repeat]


def _daily(fit: Fit, known: Seen, since: int) -> Floats:
    """Expected repeat purchase days on each day from `since` to the origin."""
    days = known.origin - since + 1
    born = np.bincount(known.first - since, minlength=days).astype(np.float64)
    so_far = expected_since_first(fit.model, fit.theta, np.arange(days) / WEEK)
    return np.convolve(born, np.diff(so_far, prepend=0.0))[:days]


def _index(observed: Floats, awaited: Floats) -> Floats | None:
    """Weekly indices of mean 1, or None when chance explains all of it."""
    awaited = awaited * observed.sum() / max(awaited.sum(), 1e-12)
    safe = np.maximum(awaited, 1e-9)
    ratio = observed / safe
    spread = float(np.average((ratio - 1) ** 2, weights=safe))
    chance = WEEKS / safe.sum()  # Σ w Var(ratio) with w = awaited and Var = 1 ÷ awaited
    if spread <= chance:
        return None
    strength = 1 / (spread - chance)
    index = (observed + strength) / (awaited + strength)
    return np.asarray(index / index.mean(), np.float64)
