"""Customer equity: what everybody together is expected to bring, and how that moved.

Between two days the sum changes by those who are new, by those who have probably gone, and by
those who stay and are expected to bring more or less than before. The parts add up exactly.
"""

from dataclasses import dataclass

import numpy as np

from goen.insight.forecast.history import Floats, Ints

EVEN = 0.5
"""Somebody is still a customer while that is at least as likely as not."""


@dataclass(frozen=True, slots=True)
class Position:
    """Everybody known on a day: person, expected value, probability of still being a customer."""

    person: Ints
    value: Floats
    alive: Floats


@dataclass(frozen=True, slots=True)
class Bridge:
    """From one day's equity to another's: start + new + lost + changed = end.

    `lost` is the fall in value of those who were a customer more likely than not and now are not;
    `changed` is that of everybody else who was known, up or down; `kept` what they were worth.
    """

    start: float
    new: float
    lost: float
    changed: float
    end: float
    kept: float
    people_start: int
    people_new: int
    people_lost: int
    people_kept: int


def bridge(before: Position, after: Position) -> Bridge:
    """How the value of `before` became that of `after`. Whoever was known then is known now."""
    place = np.searchsorted(before.person, after.person)
    place = np.minimum(place, max(len(before.person) - 1, 0))
    was = before.person[place] == after.person if len(before.person) else after.person < 0
    was_alive = np.where(was, before.alive[place] if len(before.person) else 0.0, 0.0)
    was_worth = np.where(was, before.value[place] if len(before.person) else 0.0, 0.0)
    lost = was & (was_alive >= EVEN) & (after.alive < EVEN)
    moved = after.value - was_worth
    return Bridge(
        start=float(was_worth.sum()),
        new=float(moved[~was].sum()),
        lost=float(moved[lost].sum()),
        changed=float(moved[was & ~lost].sum()),
        end=float(after.value.sum()),
        kept=float(was_worth[was & ~lost].sum()),
        people_start=int(was.sum()),
        people_new=int((~was).sum()),
        people_lost=int(lost.sum()),
        people_kept=int((was & ~lost).sum()),
    )
