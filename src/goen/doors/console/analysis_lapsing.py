"""Who stays away longer than usual, the largest loss first, and the articles that rest on them.

Promises: late is told from each person's own cycle; a person's row says what is at stake and leads
to them; an article's row says how many units fewer it will sell, and because of whom.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.doors.console import analysis_tabs, paging, segment_link
from goen.doors.console.analysis_reading import place_names, read
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.shell import viewer_of
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.insight import ranked
from goen.insight.questions import LAPSING
from goen.insight.ranked import Late
from goen.kit import clock, settings, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx

PAGE = 50
EXPORTED_AT_MOST = 20_000
ITEMS = 20
WANTED = ({"field": "late", "is": True},)


@dataclass(frozen=True, slots=True)
class Person:
    """One person who is late."""

    late: Late
    name: str
    mark: str
    place: str

    @property
    def usual(self) -> int:
        return round(self.late.usual_days)


@dataclass(frozen=True, slots=True)
class Item:
    """One article that rests on somebody who is late with it."""

    sku_id: int
    name: str
    person_id: int
    buyer: str
    share: float
    units: int
    days_away: int
    usual_days: int
    lost_units: float
    last_on: date


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page, or the people as a file (which leaves a line in the trail)."""
    viewer = viewer_of(request)
    exporting = request.GET.get("format") == "csv"
    start = paging.start(request.GET.get("from", ""))
    with tx() as t:
        limit = EXPORTED_AT_MOST if exporting else PAGE
        found, total, stake = ranked.late(t, limit=limit, offset=0 if exporting else start)
        people = _people(t, found, viewer)
        if exporting:
            trail.saw(t, viewer, "export", "late customers", at=clock.now())
            return _csv(people)
        value = insight.ltv(t)
        page: dict[str, Any] = {
            "pages": analysis_tabs.menu("lapsing"),
            "known": value is not None and value.people > 0,
            "as_of": value.as_of if value else None,
            "currency": value.currency if value else settings.read(t, "shop.currency"),
            "people": people,
            "items": _items(t, viewer),
            "total": total,
            "stake": stake,
            "factor": settings.read(t, "lapse.factor"),
        }
    page |= {
        "segment_href": segment_link.href(WANTED, made_from="/analysis/lapsing"),
        "measure_href": segment_link.measure_href(
            WANTED, made_from="/analysis/lapsing", evidence=_evidence(total, stake)
        ),
        "first": start + 1,
        "last": start + len(people),
        "before": max(0, start - PAGE) if start else None,
        "after": start + PAGE if start + PAGE < total else None,
    }
    return render(request, "console/analysis_lapsing.html", page)


def _evidence(total: int, stake: int) -> str:
    return say(
        "いつもより間があいた方 {n}人、この方々の年間粗利 {stake}円",
        "{n} {n|person|people} away longer than usual; a year's profit with them: {stake}",
        n=total,
        stake=stake,
    )


def _people(t: Tx, found: list[Late], viewer: Viewer) -> list[Person]:
    shown = customers.shown(t, [one.person_id for one in found], viewer=viewer)
    names = place_names(t)
    people = []
    for one in found:
        person = shown.get(one.person_id)
        name, mark = name_of(person, one.person_id), second_mark_of(person)
        place = text_of(names.get(one.main_place))
        people.append(Person(one, name, "" if mark in name else mark, place))
    return people


def _items(t: Tx, viewer: Viewer) -> list[Item]:
    stored = read(t, LAPSING)
    rows = stored.value["items"][:ITEMS] if stored else []
    skus = catalogue.skus(t, [row["sku_id"] for row in rows], on=shop_today())
    shown = customers.shown(t, [row["person_id"] for row in rows], viewer=viewer)
    return [
        Item(
            row["sku_id"],
            text_of(skus[row["sku_id"]].name),
            row["person_id"],
            name_of(shown.get(row["person_id"]), row["person_id"]),
            row["own_units"] / row["units"],
            row["units"],
            row["days_away"],
            round(row["usual_days"]),
            row["lost_units"],
            date.fromisoformat(row["last_on"]),
        )
        for row in rows
        if row["sku_id"] in skus
    ]


def _csv(people: list[Person]) -> HttpResponse:
    head = [
        say("お客様", "Customer"), say("目印", "Mark"), say("最終購入", "Last bought"),
        say("日数", "Days away"), say("いつもの間隔", "Usual interval"), say("回数", "Times"),
        say("年間粗利", "Profit at stake"), say("主な店", "Main place"),
    ]  # fmt: skip
    rows = [
        (x.name.removesuffix(" 様"), x.mark, x.late.last_on, x.late.days_away, x.usual,
         x.late.orders, x.late.stake_minor, x.place)
        for x in people
    ]  # fmt: skip
    return as_csv("away-too-long", head, rows)
