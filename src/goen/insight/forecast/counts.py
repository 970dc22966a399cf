"""Grouped sufficient statistics: people of the same (x, tₓ, T) are computed once.

Time runs in weeks of a `Clock`: plain calendar time, or time stretched where people buy more.
"""
# ruff: noqa: N806  T is the models' own letter

from dataclasses import dataclass

import numpy as np

from goen.insight.forecast.history import Floats, Ints, Seen

WEEK = 7.0


@dataclass(frozen=True, slots=True)
class Clock:
    """Weeks of exposure since `since`: `hands[d]` at the end of the day `since + d`.

    Without hands a week is seven days.
    """

    since: int = 0
    hands: Floats | None = None

    def between(self, first: Ints | int, last: Ints | int) -> Floats:
        """Weeks from the end of one day to the end of another."""
        if self.hands is None:
            return np.asarray((np.asarray(last) - np.asarray(first)) / WEEK, np.float64)
        start, end = np.asarray(first) - self.since, np.asarray(last) - self.since
        return np.asarray(self.hands[end] - self.hands[start], np.float64)


PLAIN = Clock()


@dataclass(frozen=True, slots=True)
class Counts:
    """Distinct (x, tₓ, T) with their numbers of people; `of` leads from a person to a group.

    `x` repeat purchase days, `tx` weeks from the first to the last purchase day, `T` weeks from
    the first purchase day to the origin.
    """

    x: Floats
    tx: Floats
    T: Floats
    people: Floats
    of: Ints

    @property
    def total(self) -> int:
        """How many people."""
        return len(self.of)

    @property
    def repeaters(self) -> int:
        """How many people bought on more than one day."""
        return int(self.people[self.x > 0].sum())


def grouped(known: Seen, clock: Clock = PLAIN) -> Counts:
    """Everybody known at an origin as groups."""
    if not len(known.x):
        none = np.zeros(0)
        return Counts(none, none, none, none, np.zeros(0, np.int64))
    least = int(known.first.min())
    span = known.origin - least + 1
    keys = (known.x * span + (known.first - least)) * span + (known.last - least)
    distinct, of, people = np.unique(keys, return_inverse=True, return_counts=True)
    last = distinct % span + least
    first = distinct // span % span + least
    x = (distinct // span // span).astype(np.float64)
    T = clock.between(first, known.origin)
    return Counts(x, clock.between(first, last), T, people.astype(np.float64), of.ravel())
