"""Home: what customers are worth so far, and the one story behind the numbers to look at first.

Promises: lifetime value comes first and sales second; every figure carries what it rests on; a
shop without data says what to do, and a shop still loading shows how far it is.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.doors.console import charts_causes, ltv_words, routines, segment_link
from goen.doors.console.charts_causes import Causes
from goen.doors.console.days import shop_today
from goen.doors.console.orders_waiting import waiting
from goen.doors.console.people import counted_as, name_of, short_name_of
from goen.doors.console.shell import viewer_of
from goen.doors.console.templatetags import goen as words
from goen.doors.say import language, text_of
from goen.insight import forecast_queries as forecasts
from goen.insight import queries as insight
from goen.insight import targets
from goen.insight.answers import Ltv, PersonValue, SkuRow
from goen.insight.forecast_queries import Expected
from goen.insight.targets import Target
from goen.kit import clock, progress
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.marketing import clashes_listing, routines_reading

LINES = 5


@dataclass(frozen=True, slots=True)
class Story:
    """A product that rests on one person, told in a sentence."""

    sku_id: int
    product: str
    row: SkuRow
    buyer: str
    buyer_short: str
    without: int


@dataclass(frozen=True, slots=True)
class Best:
    """One of the people the shop's profit rests on."""

    value: PersonValue
    name: str


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The home page."""
    with tx() as t:
        value = insight.ltv(t)
        known = bool(value and value.receipts)
        viewer = viewer_of(request)
        stories = _stories(t, viewer) if known else []
        page: dict[str, Any] = {
            "ltv": value if known else None,
            "stories": stories,
            "story": stories[0] if stories else None,
            "best": _best(t, viewer) if known else [],
            "best_segment": segment_link.href([{"field": "decile", "in": [1]}], made_from="/"),
            "works": progress.running(t),
            "still": waiting(t, at=clock.now()),
            "waiting": not known and _has_receipts(t),
        }
        found = forecasts.expected(t) if known else None
        goals = targets.current(t) if known else []
        moved = charts_causes.of(t, value) if value and known else None
        page["unclear"] = clashes_listing.waiting(t, today=shop_today())
        page |= _duties(t, request)
    if value and known:
        page |= _ltv_words(value)
        page |= _ahead(value, found if isinstance(found, Expected) else None, goals, moved)
    return render(request, "console/home.html", page)


def _duties(t: Tx, request: HttpRequest) -> dict[str, Any]:
    """What the reader has to do, and for head office what anybody missed."""
    today, me = shop_today(), routines.member_of(request)
    mine = routines_reading.theirs(t, me, today=today, limit=LINES)
    everybody = me.role == routines_reading.HEAD_OFFICE
    return {
        "duties": routines.task_rows(t, mine, me, today),
        "duty": routines.said(request),
        "missed": routines_reading.count_missed(t, today=today) if everybody else 0,
        "today": today,
    }


@login_required
def work(request: HttpRequest) -> HttpResponse:
    """The bars of work in the background, asked for every few seconds while there is any."""
    with tx() as t:
        works = progress.running(t)
    response = render(request, "console/_work.html", {"works": works})
    if not works:
        response.headers["HX-Refresh"] = "true"
    return response


def _ltv_words(value: Ltv) -> dict[str, Any]:
    ja, en = counted_as(value.unit)
    return {
        "unit_ja": ja,
        "unit_en": en,
        "household": value.unit == "household",
        "months": value.months[-ltv_words.SHOWN_MONTHS :],
        "receipt_share": value.identified_receipts / value.receipts if value.receipts else None,
        "unknown_part": None if value.identified_share is None else 1 - value.identified_share,
        "mean": round(value.mean_minor),
        "low": round(value.low_minor),
        "high": round(value.high_minor),
        "median": round(value.median_minor),
        "sales": short_money(value.sales_minor, value.currency),
    }


def _ahead(
    value: Ltv, expected: Expected | None, goals: list[Target], moved: Causes | None
) -> dict[str, Any]:
    """The line so far and ahead with why it moved, and what is expected of each customer."""
    page: dict[str, Any] = {
        "chart": ltv_words.picture(value, expected, goals, moved.marks if moved else ()),
        "causes": moved,
        "goal": _next_goal(goals),
        "expected": expected,
    }
    if expected:
        page |= {
            "horizon": ltv_words.horizon(expected.horizon_days),
            "expected_mean": round(expected.mean_minor),
            "expected_low": round(expected.low_minor),
            "expected_high": round(expected.high_minor),
        }
    return page


def _next_goal(goals: list[Target]) -> Target | None:
    """The goal of this month or the nearest to come."""
    now = shop_today().replace(day=1)
    return next((goal for goal in goals if goal.month >= now), None)


def _stories(t: Tx, viewer: Viewer) -> list[Story]:
    """The products that sell most among those that rest on one person."""
    found = insight.products(t, window="4w", only="flagged", limit=10 * LINES)
    rows = [row for row in found.rows if row.top_person is not None] if found else []
    skus = catalogue.skus(t, [row.sku_id for row in rows], on=shop_today())
    # What is weighed or poured outnumbers every thing that is counted; it is no bestseller.
    counted = [row for row in rows if row.sku_id in skus and skus[row.sku_id].unit == "piece"]
    rows = (counted or rows)[:LINES]
    people = customers.shown(t, [row.top_person or 0 for row in rows], viewer=viewer)
    return [
        Story(
            row.sku_id,
            text_of(skus[row.sku_id].name) if row.sku_id in skus else "",
            row,
            name_of(people.get(row.top_person), row.top_person),
            short_name_of(people.get(row.top_person), row.top_person),
            row.units - row.top1_units,
        )
        for row in rows
        if row.top_person is not None
    ]


def _best(t: Tx, viewer: Viewer) -> list[Best]:
    """The people whose realised profit is highest."""
    values, _ = insight.best_persons(t, order="profit", limit=LINES)
    people = customers.shown(t, [value.person_id for value in values], viewer=viewer)
    return [Best(value, name_of(people.get(value.person_id), value.person_id)) for value in values]


def _has_receipts(t: Tx) -> bool:
    return bool(t.value("SELECT EXISTS (SELECT FROM report_sale_line)"))


def short_money(minor: int, currency: str) -> str:
    """Large money in three figures: 128万円, $1.28M; the whole value belongs beside it."""
    amount = minor / 10 ** exponent(currency)
    sign = words.sign_of(currency)
    if language() == "ja" and currency == "JPY":
        steps = ((1e8, "億円"), (1e4, "万円"))
        if abs(amount) < 1e5:
            return words.money(minor, currency)
        size, unit = next(step for step in steps if abs(amount) >= step[0])
        return f"{_three(amount / size)}{unit}"
    if abs(amount) < 1e5:
        return words.money(minor, currency)
    size, unit = next(
        step for step in ((1e9, "B"), (1e6, "M"), (1e3, "K")) if abs(amount) >= step[0]
    )
    return f"{sign}{_three(amount / size)}{unit}"


def _three(value: float) -> str:
    """Three significant figures, more only before the point."""
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{places}f}"
