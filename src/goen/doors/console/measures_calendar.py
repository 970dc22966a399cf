"""The calendar of measures: a month, day by day, by channel or by product; it can be printed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.doors.console import measure_tabs
from goen.doors.console import measure_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.points_words import typed as typed_in
from goen.doors.say import language, say, text_of
from goen.kit import clock, home
from goen.kit.db import Tx, tx
from goen.marketing import calendar, causes
from goen.marketing.calendar import Span
from goen.marketing.rules import CHANNELS

_WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True, slots=True)
class Day:
    """One column: its number, whether it is a weekend, and whether it is today."""

    day: date
    weekday: str
    is_rest: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A placement in its row: empty cells before it, then as many days as it is heard."""

    before: int
    days: int
    span: Span
    says: str
    goes_on: bool
    came_before: bool


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces that do not overlap, beside each other."""

    pieces: Sequence[Piece]
    after: int


@dataclass(frozen=True, slots=True)
class Group:
    """A channel or a product with its lines."""

    name: str
    lines: Sequence[Line]


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """A month of placements."""
    day = shop_today()
    first = _month(typed_in(request.GET, "month")) or day.replace(day=1)
    following = _next(first)
    last = following - timedelta(days=1)
    by = "product" if typed_in(request.GET, "by") == "product" else "channel"
    zone = home.current_shop().timezone
    with tx() as t:
        spans = calendar.between(t, first, last, timezone=zone)
        groups = _by_product(t, spans, first, last) if by == "product" else _by_channel(
            spans, first, last
        )  # fmt: skip
        outside = [
            one for one in causes.between(t, first, last, timezone=zone) if one.kind != "measure"
        ]
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("calendar"),
        "month": _month_name(first),
        "previous": f"{first - timedelta(days=1):%Y-%m}",
        "following": f"{following:%Y-%m}",
        "this": f"{day:%Y-%m}",
        "is_this": first == day.replace(day=1),
        "by": by,
        "days": _days(first, last, day),
        "groups": groups,
        "outside": [
            (one, words.of(words.CAUSES, one.kind), words.period(one.first_on, one.last_on))
            for one in outside
        ],
        "count": len({span.number for span in spans}),
        "may_write": words.may_write(request),
        "as_of": clock.now(),
    }
    return render(request, "console/measure_calendar.html", page)


def _month(text: str) -> date | None:
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if 1990 <= found.year <= 2999 else None


def _next(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def _month_name(first: date) -> str:
    return f"{first:%B %Y}" if language() == "en" else f"{first.year}年{first.month}月"


def _days(first: date, last: date, day: date) -> list[Day]:
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        Day(
            one,
            f"{one:%a}"[:2] if language() == "en" else _WEEKDAYS[one.weekday()],
            one.weekday() >= 5,
            one == day,
        )
        for one in days
    ]


def _by_channel(spans: Sequence[Span], first: date, last: date) -> list[Group]:
    return [
        Group(
            words.of(words.CHANNELS, channel),
            lines([one for one in spans if one.channel == channel], first, last),
        )
        for channel in CHANNELS
        if any(one.channel == channel for one in spans)
    ]


def _by_product(t: Tx, spans: Sequence[Span], first: date, last: date) -> list[Group]:
    """A row for every product; what speaks of the whole shop comes first."""
    wanted = sorted({sku_id for span in spans for sku_id in span.skus})
    skus = catalogue.skus(t, wanted, on=shop_today()) if wanted else {}
    whole = [span for span in spans if not span.skus]
    groups = [Group(say("店全体", "The whole shop"), lines(whole, first, last))] if whole else []
    named = sorted((text_of(skus[one].name), one) for one in wanted if one in skus)
    return groups + [
        Group(name, lines([span for span in spans if sku_id in span.skus], first, last))
        for name, sku_id in named
    ]


def lines(spans: Iterable[Span], first: date, last: date) -> list[Line]:
    """Placements in as few lines as hold them side by side, each cut to the month."""
    rows: list[list[Span]] = []
    for span in sorted(spans, key=lambda one: (one.first_on, one.number, one.channel)):
        row = next((row for row in rows if row[-1].last_on < span.first_on), None)
        if row is None:
            rows.append([span])
        else:
            row.append(span)
    return [_line(row, first, last) for row in rows]


def _line(row: Sequence[Span], first: date, last: date) -> Line:
    pieces, at = [], first
    for span in row:
        begins, ends = max(span.first_on, first), min(span.last_on, last)
        pieces.append(
            Piece(
                (begins - at).days, (ends - begins).days + 1, span, text_of(span.axis_name),
                span.last_on > last, span.first_on < first,
            )
        )  # fmt: skip
        at = ends + timedelta(days=1)
    return Line(pieces, (last - at).days + 1)
