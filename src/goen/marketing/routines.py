"""On which days a routine is asked for and by when it is due. Pure: days in, days out.

Promises: a month without the day asked for has it on its last day; a day of rest moves back, never
forward; a period is asked for once, whatever was moved; rules that change hold from a period on,
and what came before stays theirs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

import jpholiday

EVERY = ("week", "month")
OWNERS = ("staff", "role", "places")
"""A member of staff; a role, at one place or wherever; a role at each place, a task for each."""
CLOSED = ("done", "excused")
STATES = ("open", "done", "late", "missed", "excused")
PAGES = (
    "", "next_steps", "lapsing", "exceptions", "low", "counts", "learnings", "findings", "same",
    "tasks", "requests", "ltv",
)  # fmt: skip
"""Where in Goen a routine is done."""
LAST = 31
"""As the day of a month: its last one."""
MOST_DAYS = {"week": 6, "month": 27}
"""So many days are at most left for a task, that it is due before it is asked for again."""
SHOWN = 12
"""Completion is told of so many periods."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a routine is asked for. `weekday` 0 is Monday; `days` are left until it is due.

    `moves`: asked for on the business day before, where its own day is one of rest.
    """

    every: str
    weekday: int = 0
    month_day: int = 1
    moves: bool = False
    days: int = 0


@dataclass(frozen=True, slots=True)
class Period:
    """One turn of a routine: its day by the rule, when it is asked for, due, and over.

    `rule` is the place of its rhythm in the list that was given.
    """

    period_on: date
    asked_on: date
    due_on: date
    ends_on: date
    rule: int


Rules = Sequence[tuple[date, Rhythm]]
"""Each rhythm with the day from which it holds; a later one takes the place of earlier ones."""


def is_business_day(day: date, *, japan: bool = True) -> bool:
    """Monday to Friday; in Japan without public holidays and the days around New Year."""
    if day.weekday() > 4:
        return False
    new_year = (day.month, day.day) in {(1, 2), (1, 3), (12, 31)}
    return not (japan and (new_year or jpholiday.is_holiday(day)))


def days_of(rhythm: Rhythm, since: date) -> Iterator[date]:
    """The days the rhythm names, from a day on, before any is moved."""
    if rhythm.every == "week":
        day = since + timedelta(days=(rhythm.weekday - since.weekday()) % 7)
        while True:
            yield day
            day += timedelta(days=7)
    month = since.replace(day=1)
    while True:
        after = (month + timedelta(days=31)).replace(day=1)
        day = month.replace(day=min(rhythm.month_day, (after - _DAY).day))
        if day >= since:
            yield day
        month = after


def asked_on(rhythm: Rhythm, day: date, *, japan: bool = True) -> date:
    """The day a task is asked for, for the day its rhythm names."""
    while rhythm.moves and not is_business_day(day, japan=japan):
        day -= _DAY
    return day


def periods(rules: Rules, since: date, *, japan: bool = True) -> Iterator[Period]:
    """The turns whose own day is `since` or later, in order and without an end."""
    coming = _days(rules, since)
    day, rule = next(coming)
    while True:
        following, next_rule = next(coming)
        asked = asked_on(rules[rule][1], day, japan=japan)
        due = asked + timedelta(days=rules[rule][1].days)
        until = asked_on(rules[next_rule][1], following, japan=japan) - _DAY
        yield Period(day, asked, due, max(due, until), rule)
        day, rule = following, next_rule


def first_asked(rules: Rules, since: date, *, asked_from: date, japan: bool = True) -> Period:
    """The first of these turns that is asked for on `asked_from` or later."""
    return next(one for one in periods(rules, since, japan=japan) if one.asked_on >= asked_from)


def due_by(
    rules: Rules, since: date, *, today: date, most: int, japan: bool = True
) -> list[Period]:
    """The turns from `since` on that were asked for by today, at most so many."""
    found = []
    for one in islice(periods(rules, since, japan=japan), most):
        if one.asked_on > today:
            break
        found.append(one)
    return found


def state_of(*, due_on: date, closed_as: str, closed_on: date | None, today: date) -> str:
    """How a task stands: open, done, done late, missed, or excused."""
    if closed_as == "excused":
        return "excused"
    if closed_as == "done":
        assert closed_on is not None
        return "late" if closed_on > due_on else "done"
    return "missed" if due_on < today else "open"


def _days(rules: Rules, since: date) -> Iterator[tuple[date, int]]:
    """The days of whichever rhythm holds on them."""
    for n, (first, rhythm) in enumerate(rules):
        later = [start for start, _ in rules[n + 1 :]]
        until = min(later, default=date.max)
        for day in days_of(rhythm, max(first, since)):
            if day >= until:
                break
            yield day, n
