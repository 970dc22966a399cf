"""Everybody we know, by what they are worth: the list, its search and its CSV.

Promises: only people with purchases are ranked (who has none is found by search); figures are the
stored ones with their moment; the file carries names without 様, masked as the page is, and
leaves a line in the trail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers import queries as customers
from goen.customers.queries import Shown
from goen.doors.console import paging, segment_link
from goen.doors.console.exports import as_csv
from goen.doors.console.ltv_words import horizon
from goen.doors.console.people import counted_as, name_of, second_mark_of
from goen.doors.console.shell import viewer_of
from goen.doors.say import say, text_of
from goen.insight import forecast_queries as forecasts
from goen.insight import queries as insight
from goen.insight.answers import PersonValue
from goen.insight.forecast_queries import Expected, Forecast
from goen.kit import clock, home, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.places import queries as places

PAGE = 50
FOUND_AT_MOST = 50
EXPORTED_AT_MOST = 20_000
ORDERS = {
    "profit": ("粗利の多い順", "By profit"),
    "expected": ("見込みの多い順", "By what is expected"),
    "risk": ("失いそうな価値の大きい順", "By what we may lose"),
    "recent": ("最近の順", "Most recent"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One person in the list. `value` is None for people without a purchase."""

    person_id: int
    shown: Shown | None
    name: str
    mark: str
    value: PersonValue | None
    channels: str
    forecast: Forecast | None = None

    @property
    def usual(self) -> int | None:
        days = self.value.interval_days if self.value else None
        return round(days) if days else None

    @property
    def at_risk(self) -> int | None:
        return round(self.forecast.at_risk_minor) if self.forecast else None


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or the people a text finds, or either as CSV."""
    order = request.GET.get("order", "profit")
    order = order if order in ORDERS else "profit"
    typed = request.GET.get("q", "").strip()
    viewer = viewer_of(request)
    exporting = request.GET.get("format") == "csv"
    with tx() as t:
        start = paging.start(request.GET.get("from", ""))
        if typed:
            rows, total = _found(t, typed, viewer)
        else:
            limit = EXPORTED_AT_MOST if exporting else PAGE
            rows, total = _ranked(t, order, viewer, 0 if exporting else start, limit)
        summary, found = insight.ltv(t), forecasts.expected(t)
        if exporting:
            trail.saw(t, viewer, "export", "customers", at=clock.now())
    if exporting:
        return _csv(rows)
    page = {
        "segment": _segment(request, rows, order, typed),
        "rows": rows,
        "total": total,
        "order": order,
        "orders": [(code, say(*words)) for code, words in ORDERS.items()],
        "typed": typed,
        "horizon": horizon(found.horizon_days) if isinstance(found, Expected) else "",
        "unit": say(*counted_as(summary.unit if summary else "person")),
        "summary": summary,
        "currency": summary.currency if summary else home.current_shop().currency,
        "as_of": summary.as_of if summary else None,
        "first": start + 1,
        "last": start + len(rows),
        "before": max(0, start - PAGE) if start else None,
        "after": start + PAGE if not typed and start + PAGE < total else None,
    }
    return render(request, "console/customers.html", page)


_SHOWN_FIRST: dict[str, dict[str, object]] = {
    "profit": {"field": "decile", "in": [1]},
    "recent": {"field": "days_away", "most": 28},
    "risk": {"field": "late", "is": True},
}
"""Who stands at the head of the list, as a condition."""


def _segment(request: HttpRequest, rows: Sequence[Row], order: str, typed: str) -> str:
    """Where the people of this list are a segment: those found, or those who stand first."""
    conditions: list[dict[str, object]] = []
    if typed and rows:
        conditions = [{"field": "person", "ids": [row.person_id for row in rows]}]
    elif order in _SHOWN_FIRST and not typed:
        conditions = [_SHOWN_FIRST[order]]
    return segment_link.href(conditions, made_from=request.get_full_path())


def _ranked(t: Tx, order: str, viewer: Viewer, start: int, limit: int) -> tuple[list[Row], int]:
    values, total = insight.best_persons(t, order=order, limit=limit, offset=start)
    shown = customers.shown(t, [one.person_id for one in values], viewer=viewer)
    channels = _channels(t)
    coming = forecasts.forecasts(t, [one.person_id for one in values])
    rows = [_row(one.person_id, shown.get(one.person_id), one, channels, coming) for one in values]
    return rows, total


def _found(t: Tx, typed: str, viewer: Viewer) -> tuple[list[Row], int]:
    people = customers.search(t, typed, viewer=viewer, limit=FOUND_AT_MOST)
    values = insight.persons(t, [one.person_id for one in people])
    channels = _channels(t)
    coming = forecasts.forecasts(t, list(values))
    rows = [_row(one.person_id, one, values.get(one.person_id), channels, coming) for one in people]
    return rows, len(rows)


def _row(
    person_id: int,
    shown: Shown | None,
    value: PersonValue | None,
    channels: Mapping[int, str],
    coming: Mapping[int, Forecast],
) -> Row:
    used = [channels[one] for one in (value.channels if value else ()) if one in channels]
    name, mark = name_of(shown, person_id), second_mark_of(shown)
    return Row(
        person_id,
        shown,
        name,
        "" if mark and mark in name else mark,
        value,
        say("・", ", ").join(used),
        coming.get(person_id),
    )


def _channels(t: Tx) -> dict[int, str]:
    return {one.id: text_of(one.name) for one in places.channels(t)}


def _csv(rows: Sequence[Row]) -> HttpResponse:
    head = [
        say("お客様番号", "customer"),
        say("姓", "family name"),
        say("名", "given name"),
        say("セイ", "family kana"),
        say("メイ", "given kana"),
        say("会員番号", "card"),
        say("粗利", "gross profit"),
        say("購入額", "purchases"),
        say("回数", "receipts"),
        say("最初の購入", "first purchase"),
        say("最後の購入", "last purchase"),
        say("いつもの間隔（日）", "usual interval (days)"),
        say("チャネル", "channels"),
        say("見込みの粗利", "profit expected"),
        say("見込みの下限（80%）", "expected at least (80%)"),
        say("見込みの上限（80%）", "expected at most (80%)"),
        say("来てくださる見込み", "chance to be a customer"),
        say("失いそうな価値", "value at risk"),
    ]
    return as_csv("customers", head, (_cells(row) for row in rows))


def _cells(row: Row) -> list[object]:
    who = row.shown
    names = [who.family_name, who.given_name, who.family_kana, who.given_kana] if who else [""] * 4
    card = who.cards[0] if who and who.cards else ""
    value = row.value
    figures: list[object] = [""] * 5
    if value:
        figures = [
            value.profit_minor,
            value.amount_minor,
            value.receipts,
            value.first_on,
            value.last_on,
        ]
    return [row.person_id, *names, card, *figures, row.usual, row.channels, *_coming(row)]


def _coming(row: Row) -> list[object]:
    found = row.forecast
    if found is None:
        return [""] * 5
    ends = [found.profit_low_minor, found.profit_high_minor]
    return [found.profit_minor, *ends, round(found.alive, 3), row.at_risk]
