"""How often the buyer is known: by week, place, channel and member of staff (R-009).

Promises: a rate is receipts with a person over all receipts, both shown; few receipts are counted
and not turned into a rate.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from goen.doors.console import analysis_tabs, charts
from goen.doors.console.analysis_reading import Stored, channel_names, place_names, read
from goen.doors.console.exports import as_csv
from goen.doors.say import say, text_of
from goen.insight.questions import PRESENTATION
from goen.kit.db import Tx, tx
from goen.places import queries as places

FEWEST = 10


@dataclass(frozen=True, slots=True)
class Rate:
    """Receipts and those with a person, of one place, channel or member of staff."""

    name: str
    beside: str
    receipts: int
    identified: int

    @property
    def rate(self) -> float | None:
        return self.identified / self.receipts if self.receipts >= FEWEST else None


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page, or every week by place and channel as a file."""
    with tx() as t:
        stored = read(t, PRESENTATION)
        place = {key: text_of(name) for key, name in place_names(t).items()}
        channel = {key: text_of(name) for key, name in channel_names(t).items()}
        staff = _staff(t, stored, place) if stored else []
    weeks = stored.value["weeks"] if stored else []
    if request.GET.get("format") == "csv":
        return _csv(weeks, place, channel)
    page: dict[str, Any] = {
        "pages": analysis_tabs.menu("known"),
        "stored": stored,
        "empty": not weeks,
        "by_place": _summed(weeks, "place_id", place),
        "by_channel": _summed(weeks, "channel_id", channel),
        "by_staff": staff,
        "least": FEWEST,
    }
    if stored and weeks:
        page |= _weekly(weeks)
        page["first_on"] = date.fromisoformat(stored.value["first_on"])
    return render(request, "console/analysis_known.html", page)


def _summed(weeks: list[dict[str, Any]], by: str, names: dict[int, str]) -> list[Rate]:
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for row in weeks:
        sums[row[by]][0] += row["receipts"]
        sums[row[by]][1] += row["identified"]
    rates = [Rate(names.get(key, str(key)), "", n, known) for key, (n, known) in sums.items()]
    return sorted(rates, key=lambda one: -one.receipts)


def _staff(t: Tx, stored: Stored, place: dict[int, str]) -> list[Rate]:
    rows = stored.value["staff"]
    names = places.staff_names(t, [row["staff_id"] for row in rows])
    return [
        Rate(
            text_of(names.get(row["staff_id"])),
            place.get(row["place_id"], ""),
            row["receipts"],
            row["identified"],
        )
        for row in rows
    ]


def _weekly(weeks: list[dict[str, Any]]) -> dict[str, Any]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in weeks:
        sums[row["week"]][0] += row["receipts"]
        sums[row["week"]][1] += row["identified"]
    listed = [
        (date.fromisoformat(week), n, known, known / n) for week, (n, known) in sorted(sums.items())
    ]
    return {"weekly": listed, "chart": _chart(listed)}


def _chart(listed: list[tuple[date, int, int, float]]) -> SafeString | None:
    if len(listed) < 2:
        return None
    points = [
        charts.Point(
            f"{day.month}/{day.day}",
            f"{day.month}/{day.day}",
            day.year,
            round(100 * rate, 1),
            round(100 * rate, 1),
            round(100 * rate, 1),
        )
        for day, _, _, rate in listed
    ]
    finding = say(
        "お買い上げのうち、どなたかわかる割合は{first}%から{last}%に変わりました。",
        "The share of receipts with a known buyer went from {first}% to {last}%.",
        first=f"{100 * listed[0][3]:.1f}",
        last=f"{100 * listed[-1][3]:.1f}",
    )
    return charts.line(points, finding, prefix="")


def _csv(
    weeks: list[dict[str, Any]], place: dict[int, str], channel: dict[int, str]
) -> HttpResponse:
    head = [
        say("週の初日", "Week of"), say("店舗", "Place"), say("チャネル", "Channel"),
        say("会計", "Receipts"), say("どなたかわかる会計", "With a known buyer"),
    ]  # fmt: skip
    rows = [
        (x["week"], place.get(x["place_id"]), channel.get(x["channel_id"]), x["receipts"],
         x["identified"])
        for x in weeks
    ]  # fmt: skip
    return as_csv("identified", head, rows)
