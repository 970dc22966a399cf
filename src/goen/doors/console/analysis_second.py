"""Of those who bought a first time, how many came again: by month, by window, by channel.

Promises: a window is shown for a month only when everybody of that month has had it whole; younger
months say how many have come so far and that it goes on.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console import analysis_tabs, segment_link
from goen.doors.console.analysis_reading import Stored, channel_names, read
from goen.doors.console.exports import as_csv
from goen.doors.say import say, text_of
from goen.insight.questions import SECOND, SECOND_WINDOWS
from goen.kit.db import Tx, tx

SHOWN_MONTHS = 24
FEWEST = 10
"""Fewer people than this are counted and not turned into a rate."""


@dataclass(frozen=True, slots=True)
class Window:
    """How many came again within so many days; None while it goes on."""

    days: int
    came: int | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class Cohort:
    """People of one month's first purchase, or of one channel's."""

    name: str
    month: date | None
    people: int
    windows: tuple[Window, ...]
    so_far: int
    href: str
    measure_href: str


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page, or the months as a file."""
    with tx() as t:
        stored = read(t, SECOND)
        channels = {key: text_of(name) for key, name in channel_names(t).items()}
    months = by_month(stored) if stored else []
    if request.GET.get("format") == "csv":
        return _csv(months)
    page = {
        "pages": analysis_tabs.menu("second"),
        "stored": stored,
        "empty": not months,
        "months": list(reversed(months))[:SHOWN_MONTHS],
        "channels": _by_channel(stored, channels) if stored else [],
        "windows": SECOND_WINDOWS,
        "least": FEWEST,
    }
    return render(request, "console/analysis_second.html", page)


def latest(t: Tx) -> tuple[Cohort, Window] | None:
    """The newest month whose shortest window is over, with that window."""
    stored = read(t, SECOND)
    for cohort in reversed(by_month(stored) if stored else []):
        if cohort.windows[0].rate is not None:
            return cohort, cohort.windows[0]
    return None


def by_month(stored: Stored) -> list[Cohort]:
    """Months of first purchase, the earliest first."""
    parts = defaultdict(list)
    for one in stored.value["cohorts"]:
        parts[one["month"]].append(one)
    cohorts = []
    for month, rows in sorted(parts.items()):
        first = date.fromisoformat(month)
        wanted = _of_month(first)
        people, windows = _windows(rows)
        cohorts.append(
            Cohort(
                f"{first.year}/{first.month}",
                first,
                people,
                windows,
                sum(row["so_far"] for row in rows),
                segment_link.href(wanted, made_from="/analysis/second"),
                segment_link.measure_href(
                    wanted, made_from="/analysis/second", evidence=_evidence(first, people, rows)
                ),
            )
        )
    return cohorts


def _of_month(first: date) -> list[dict[str, object]]:
    """Those of a month's first purchase who have not come again."""
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return [
        {"field": "first_on", "first": first.isoformat(), "last": last.isoformat()},
        {"field": "second", "done": False},
    ]


def _evidence(first: date, people: int, rows: list[dict[str, int]]) -> str:
    return say(
        "{y}年{m}月に初めて購入した{n}人のうち、2回目がまだの方は{left}人",
        "Of {n} who first bought in {y}-{m}, {left} have not come again",
        y=first.year,
        m=first.month,
        n=people,
        left=people - sum(row["so_far"] for row in rows),
    )


def _by_channel(stored: Stored, names: dict[int, str]) -> list[Cohort]:
    """The channels of the first purchase, over the months whose longest shown window is over."""
    parts = defaultdict(list)
    for one in stored.value["cohorts"]:
        parts[one["channel_id"]].append(one)
    cohorts = []
    for channel, rows in parts.items():
        people = sum(row["people"] for row in rows)
        windows = tuple(
            _whole(days, [(r["people"], r["within"][at]) for r in rows])
            for at, days in enumerate(SECOND_WINDOWS)
        )
        wanted = [
            {"field": "acquired_via", "channel_id": channel},
            {"field": "second", "done": False},
        ]
        cohorts.append(
            Cohort(
                names.get(channel, str(channel)),
                None,
                people,
                windows,
                sum(row["so_far"] for row in rows),
                segment_link.href(wanted, made_from="/analysis/second"),
                segment_link.measure_href(wanted, made_from="/analysis/second"),
            )
        )
    return sorted(cohorts, key=lambda one: -one.people)


def _windows(rows: list[dict[str, list[int | None]]]) -> tuple[int, tuple[Window, ...]]:
    people = sum(row["people"] for row in rows)  # type: ignore[misc]
    windows = []
    for at, days in enumerate(SECOND_WINDOWS):
        came = [row["within"][at] for row in rows]
        whole = None if None in came else sum(n for n in came if n is not None)
        windows.append(Window(days, whole, _rate(whole, people)))
    return people, tuple(windows)


def _whole(days: int, rows: list[tuple[int, int | None]]) -> Window:
    """Over the months that are over."""
    over = [(people, came) for people, came in rows if came is not None]
    people, came = sum(p for p, _ in over), sum(c for _, c in over)
    return Window(days, came if over else None, _rate(came if over else None, people))


def _rate(came: int | None, people: int) -> float | None:
    return None if came is None or people < FEWEST else came / people


def _csv(months: list[Cohort]) -> HttpResponse:
    head = [say("初回の月", "First bought in"), say("人数", "People")]
    head += [say("{d}日以内", "Within {d} {d|day|days}", d=days) for days in SECOND_WINDOWS]
    head += [say("これまで", "So far")]
    rows = [(x.name, x.people, *(w.came for w in x.windows), x.so_far) for x in months]
    return as_csv("second-purchase", head, rows)
