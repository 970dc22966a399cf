"""People by recency and frequency, and by tenths of spend: who carries the shop, and who fades.

Promises: everybody stands in exactly one cell and one tenth, so the figures add up to all people;
every cell and tenth leads to its people and to a measure for them.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console import analysis_tabs, segment_link
from goen.doors.console.analysis_reading import Stored, read
from goen.doors.console.exports import as_csv
from goen.doors.say import say
from goen.insight.questions import DECILES, RFM
from goen.kit import clock
from goen.kit.db import Tx, tx

SCORES = (5, 4, 3, 2, 1)
HUES = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """People of one recency and frequency; `hue` is 1 to 7 by how many, 0 for nobody."""

    recency: int
    frequency: int
    people: int
    profit_minor: int
    hue: int
    href: str


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the people by spend."""

    number: int
    people: int
    amount_minor: int
    share: float
    share_so_far: float
    mean_minor: int
    late: int
    href: str
    measure_href: str


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Both, as a page or (`?format=csv`) the tenths as a file."""
    with tx() as t:
        rfm, tenths = read(t, RFM), read(t, DECILES)
    listed = _tenths(tenths) if tenths else []
    if request.GET.get("format") == "csv":
        return _csv(listed)
    page: dict[str, Any] = {
        "pages": analysis_tabs.menu("people"),
        "stored": rfm,
        "empty": rfm is None or not rfm.value["cells"],
        "rows": _grid(rfm) if rfm else [],
        "scores": SCORES,
        "tenths": listed,
        "named": _named(rfm) if rfm else [],
        "now": clock.now(),
    }
    return render(request, "console/analysis_people.html", page)


def top_share(t: Tx) -> tuple[Stored, float] | None:
    """The part of identified sales that the first tenth brings."""
    stored = read(t, DECILES)
    total = sum(one["amount_minor"] for one in stored.value["tenths"]) if stored else 0
    if stored is None or total <= 0:
        return None
    first = sum(o["amount_minor"] for o in stored.value["tenths"] if o["decile"] == 1)
    return stored, first / total


def _grid(stored: Stored) -> list[tuple[int, list[Cell]]]:
    """Rows of frequency, the most frequent first; cells of recency, the most recent first."""
    cells = {(c["recency"], c["frequency"]): c for c in stored.value["cells"]}
    most = max((c["people"] for c in cells.values()), default=1)
    return [(f, [_cell(cells.get((r, f)), r, f, most) for r in SCORES]) for f in SCORES]


def _cell(found: dict[str, Any] | None, recency: int, frequency: int, most: int) -> Cell:
    people = found["people"] if found else 0
    hue = 1 + round((HUES - 1) * people / most) if people else 0
    wanted = {"field": "rfm", "recency": [recency], "frequency": [frequency]}
    href = segment_link.href([wanted], made_from="/analysis/people")
    return Cell(recency, frequency, people, found["profit_minor"] if found else 0, hue, href)


_GROUPS = (
    ("best", (4, 5), (4, 5), "よく来て、最近もいらした方", "Often, and lately"),
    ("fading", (1, 2), (4, 5), "よく来ていたのに、間があいた方", "Often, but not lately"),
    ("new", (4, 5), (1, 2), "最近いらし始めた方", "Lately begun"),
    ("gone", (1, 2), (1, 2), "少しだけ来て、間があいた方", "Seldom, and long ago"),
)
_ADVICE = {
    "best": ("お礼と先行のご案内を。値引きは要りません。", "Thank them and tell them first."),
    "fading": (
        "いちばん惜しい方々です。理由をうかがい、戻るきっかけを。",
        "The ones to win back: ask why, and give a reason to return.",
    ),
    "new": (
        "2回目のきっかけを早めに。「2回目の購入」で間に合う日数がわかります。",
        "Give a reason for the second visit early.",
    ),
    "gone": ("費用のかからない連絡だけに。", "Only what costs nothing."),
}


def _named(stored: Stored) -> list[dict[str, Any]]:
    """Four groups of the grid that call for different things."""
    groups = []
    for code, recency, frequency, ja, en in _GROUPS:
        inside = [
            c
            for c in stored.value["cells"]
            if c["recency"] in recency and c["frequency"] in frequency
        ]
        wanted = {"field": "rfm", "recency": list(recency), "frequency": list(frequency)}
        people = sum(c["people"] for c in inside)
        groups.append(
            {
                "name": say(ja, en),
                "advice": say(*_ADVICE[code]),
                "people": people,
                "stake_minor": sum(c["stake_minor"] for c in inside),
                "href": segment_link.href([wanted], made_from="/analysis/people"),
                "measure_href": segment_link.measure_href(
                    [wanted], made_from="/analysis/people", evidence=_evidence(ja, en, people)
                ),
            }
        )
    return groups


def _evidence(ja: str, en: str, people: int) -> str:
    return say(
        "RFM分析：{who} {n}人", "RFM: {who}, {n} {n|person|people}", who=say(ja, en), n=people
    )


def _tenths(stored: Stored) -> list[Tenth]:
    rows = stored.value["tenths"]
    total = sum(row["amount_minor"] for row in rows) or 1
    listed, so_far = [], 0
    for row in rows:
        so_far += row["amount_minor"]
        wanted = {"field": "decile", "in": [row["decile"]]}
        share = row["amount_minor"] / total
        evidence = say(
            "デシル{n}：{people}人が、わかる方の購入額の{share}%",
            "Decile {n}: {people} {people|person|people} make {share}% of identified sales",
            n=row["decile"],
            people=row["people"],
            share=f"{100 * share:.1f}",
        )
        listed.append(
            Tenth(
                row["decile"],
                row["people"],
                row["amount_minor"],
                share,
                so_far / total,
                round(row["amount_minor"] / row["people"]),
                row["late"],
                segment_link.href([wanted], made_from="/analysis/people"),
                segment_link.measure_href(
                    [wanted], made_from="/analysis/people", evidence=evidence
                ),
            )
        )
    return listed


def _csv(tenths: list[Tenth]) -> HttpResponse:
    head = [
        say("デシル", "Decile"), say("人数", "People"), say("購入額", "Purchases"),
        say("割合", "Share"), say("累計の割合", "Share so far"), say("お一人あたり", "Per person"),
        say("間があいた方", "Late"),
    ]  # fmt: skip
    return as_csv(
        "deciles",
        head,
        [
            (x.number, x.people, x.amount_minor, round(x.share, 6), round(x.share_so_far, 6),
             x.mean_minor, x.late)
            for x in tenths
        ],
    )  # fmt: skip
