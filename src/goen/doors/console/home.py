"""Home: what customers are worth so far, and the one story behind the numbers to look at first.

Promises: lifetime value comes first and sales second; every figure carries what it rests on; a
shop without data says what to do, and a shop still loading shows how far it is.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.doors.console import charts
from goen.doors.console.people import counted_as, name_of, short_name_of
from goen.doors.console.shell import viewer_of
from goen.doors.console.templatetags import goen as words
from goen.doors.say import language, say, text_of
from goen.insight import queries as insight
from goen.insight.answers import Ltv, MonthValue, SkuRow
from goen.kit import clock, progress
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.money import exponent

SHOWN_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Story:
    """A product that rests on one person, told in a sentence."""

    sku_id: int
    product: str
    row: SkuRow
    buyer: str
    buyer_short: str
    without: int


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The home page."""
    with tx() as t:
        value = insight.ltv(t)
        known = bool(value and value.receipts)
        page = {
            "ltv": value if known else None,
            "story": _story(t, viewer_of(request)) if known else None,
            "works": progress.running(t),
            "waiting": not known and _has_receipts(t),
        }
    if value and known:
        page |= _ltv_words(value)
    return render(request, "console/home.html", page)


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
        "chart": _chart(value),
        "months": value.months[-SHOWN_MONTHS:],
        "receipt_share": value.identified_receipts / value.receipts if value.receipts else None,
        "unknown_part": None if value.identified_share is None else 1 - value.identified_share,
        "mean": round(value.mean_minor),
        "low": round(value.low_minor),
        "high": round(value.high_minor),
        "median": round(value.median_minor),
        "sales": short_money(value.sales_minor, value.currency),
    }


def _chart(value: Ltv) -> SafeString | None:
    months = value.months[-SHOWN_MONTHS:]
    if len(months) < 2:
        return None
    scale = 10 ** exponent(value.currency)
    points = [
        charts.Point(
            _month_label(month, first=i == 0),
            round(month.mean_minor / scale, 2),
            round(month.low_minor / scale, 2),
            round(month.high_minor / scale, 2),
        )
        for i, month in enumerate(months)
    ]
    finding = say(
        "お一人あたりの粗利は{first}から{last}に変わりました。",
        "Gross profit per person went from {first} to {last}.",
        first=words.money(round(months[0].mean_minor), value.currency),
        last=words.money(round(months[-1].mean_minor), value.currency),
    )
    return charts.line(points, finding, prefix=words.sign_of(value.currency))


def _month_label(month: MonthValue, *, first: bool) -> str:
    on = month.month
    if language() == "en":
        return f"{on:%b %Y}" if first or on.month == 1 else f"{on:%b}"
    return f"{on.year}/{on.month}" if first or on.month == 1 else f"{on.month}月"


def _story(t: Tx, viewer: Viewer) -> Story | None:
    """The product that sells most among those that rest on one person."""
    found = insight.products(t, window="4w", only="flagged", limit=1)
    if found is None or not found.rows or found.rows[0].top_person is None:
        return None
    row = found.rows[0]
    assert row.top_person is not None
    sku = catalogue.skus(t, [row.sku_id], on=clock.now().date()).get(row.sku_id)
    shown = customers.shown(t, [row.top_person], viewer=viewer).get(row.top_person)
    return Story(
        row.sku_id,
        text_of(sku.name) if sku else "",
        row,
        name_of(shown, row.top_person),
        short_name_of(shown, row.top_person),
        row.units - row.top1_units,
    )


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
