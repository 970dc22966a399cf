"""Who bought on which days: what every model starts from.

Promises: several purchases of one person on one day are one purchase day, whose amounts are
summed; a person's first purchase day is not counted in `x`; nothing after an origin is seen from
it. Days are proleptic ordinals (`date.toordinal`).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Purchases:
    """Purchase days, sorted by person and day; persons are 0 … people − 1, each with a day."""

    people: int
    person: Ints
    day: Ints
    value: Floats


@dataclass(frozen=True, slots=True)
class Seen:
    """Everybody who had bought by an origin, one entry each.

    `who` are their numbers in `Purchases`, `x` their repeat purchase days, `first` and `last`
    their days, `spend` the mean value of their repeat purchase days (0 where there is none).
    """

    origin: int
    who: Ints
    x: Ints
    first: Ints
    last: Ints
    spend: Floats


def purchases(person: ArrayLike, day: ArrayLike, value: ArrayLike | None = None) -> Purchases:
    """Rows of any order as purchase days. `person` are numbers 0 … n − 1."""
    who, when = np.asarray(person, np.int64), np.asarray(day, np.int64)
    worth = np.zeros(len(who)) if value is None else np.asarray(value, np.float64)
    if not len(who):
        return Purchases(0, who, when, worth)
    least = int(when.min())
    span = int(when.max()) - least + 1
    keys, place = np.unique(who * span + (when - least), return_inverse=True)
    summed = np.zeros(len(keys))
    np.add.at(summed, place.ravel(), worth)
    return Purchases(int(who.max()) + 1, keys // span, keys % span + least, summed)


def seen(bought: Purchases, origin: int) -> Seen:
    """What was known at the end of the day `origin`."""
    before = bought.day <= origin
    person, day, value = bought.person[before], bought.day[before], bought.value[before]
    days = np.bincount(person, minlength=bought.people)
    who = np.flatnonzero(days)
    ends = np.cumsum(days)[who]
    starts = ends - days[who]
    x = days[who] - 1
    repeated = np.add.reduceat(value, starts) - value[starts] if len(who) else np.zeros(0)
    spend = np.divide(repeated, x, out=np.zeros(len(who)), where=x > 0)
    return Seen(origin, who, x, day[starts], day[ends - 1], spend)


def counted(bought: Purchases, known: Seen, until: int) -> Ints:
    """How many purchase days each of those known had after their origin, up to `until`."""
    inside = (bought.day > known.origin) & (bought.day <= until)
    every = np.bincount(bought.person[inside], minlength=bought.people)
    return every[known.who]
