"""Why a line moved: measures and outside events as numbered marks on its axis of time.

Promises: a mark stands at the month its cause began in; the newest few are shown, all of them are
a link away; a month that moved far more than the others and has no cause is asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import fmean, stdev

from goen.doors.console import measure_words as words
from goen.doors.console.charts_ltv import Mark
from goen.doors.console.days import shop_today
from goen.doors.console.ltv_words import SHOWN_MONTHS
from goen.doors.say import say
from goen.insight.answers import Ltv, MonthValue
from goen.kit import home
from goen.kit.db import Tx
from goen.marketing import causes
from goen.marketing.causes import CauseShown

MOST = 6
SIGMAS = 2.5
LEAST_MONTHS = 8


@dataclass(frozen=True, slots=True)
class Told:
    """A cause in words, under the number of its mark. `href` leads to a measure."""

    label: str
    kind: str
    title: str
    period: str
    href: str


@dataclass(frozen=True, slots=True)
class Causes:
    """The marks of a chart, what they mean, and the month whose movement nobody explained."""

    marks: Sequence[Mark]
    told: Sequence[Told]
    unexplained: date | None


def of(t: Tx, value: Ltv) -> Causes:
    """What moved the line of lifetime value over the months that are shown."""
    months = value.months[-SHOWN_MONTHS:]
    if len(months) < 2:
        return Causes((), (), None)
    zone = home.current_shop().timezone
    today = shop_today()
    first = months[0].month
    found = causes.between(t, first, today, timezone=zone)
    newest = sorted((one for one in found if one.first_on >= first), key=_begun)[-MOST:]
    marks = [Mark(min(_between(first, one.first_on), len(months) - 1), f"{n}")
             for n, one in enumerate(newest, 1)]  # fmt: skip
    told = [_told(n, one) for n, one in enumerate(newest, 1)]
    return Causes(_apart(marks), told, unexplained(months, found))


def unexplained(months: Sequence[MonthValue], found: Sequence[CauseShown]) -> date | None:
    """The latest month that moved by more than 2.5 standard deviations of the others' movement,
    and in which nothing began or went on."""
    if len(months) < LEAST_MONTHS:
        return None
    moves = [after.mean_minor - before.mean_minor
             for before, after in pairwise(months)]  # fmt: skip
    for i in range(len(moves) - 1, -1, -1):
        others = moves[:i] + moves[i + 1 :]
        month = months[i + 1].month
        following = (month + timedelta(days=31)).replace(day=1)
        has_cause = any(one.first_on < following and one.last_on >= month for one in found)
        if abs(moves[i] - fmean(others)) > SIGMAS * stdev(others) and not has_cause:
            return month
    return None


def _begun(one: CauseShown) -> tuple[date, str]:
    return one.first_on, str(one.uid)


def _between(first: date, day: date) -> int:
    return (day.year - first.year) * 12 + day.month - first.month


def _apart(marks: Sequence[Mark]) -> list[Mark]:
    """Marks of one month as one, with all their numbers."""
    at: dict[int, list[str]] = {}
    for mark in marks:
        at.setdefault(mark.at, []).append(mark.label)
    return [Mark(i, "·".join(labels)) for i, labels in sorted(at.items())]


def _told(n: int, one: CauseShown) -> Told:
    is_ours = one.kind == "measure"
    kind = say("施策", "Measure") if is_ours else words.of(words.CAUSES, one.kind)
    href = f"/measures/{one.number}" if is_ours else ""
    return Told(f"{n}", kind, one.title, words.period(one.first_on, one.last_on), href)
