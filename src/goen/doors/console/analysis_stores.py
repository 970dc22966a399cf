"""Places by the lifetime value of the people they brought and serve; sales come second.

Promises: a person's whole value counts for the place that brought them, wherever they buy; the
rows do not add up and the page says so; the interval is of the mean, at 80 %.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console import analysis_tabs, segment_link
from goen.doors.console.analysis_reading import Stored, place_names, read
from goen.doors.console.exports import as_csv
from goen.doors.say import say, text_of
from goen.insight.questions import STORES
from goen.kit.db import Tx, tx

PARTS = {"brought": "acquired_at", "served": "main_place"}
WIDTH = 100.0


@dataclass(frozen=True, slots=True)
class Card:
    """One place's people: how many, what they are worth each, and what they take elsewhere.

    `at`, `low`, `high` are where mean and interval lie on the common scale, 0 to 100.
    """

    name: str
    people: int
    mean_minor: float
    low_minor: float
    high_minor: float
    elsewhere_share: float | None
    profit_minor: int
    sales_minor: int
    known_share: float | None
    at: float
    low: float
    high: float
    href: str
    measure_href: str

    @property
    def width(self) -> float:
        return max(0.5, round(self.high - self.low, 2))

    @property
    def dot(self) -> float:
        return max(0.0, self.at - 0.5)


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page for who brought (`?by=brought`) or serves them, or the same as a file."""
    by = request.GET.get("by", "brought")
    by = by if by in PARTS else "brought"
    with tx() as t:
        stored = read(t, STORES)
        names = {key: text_of(name) for key, name in place_names(t).items()}
    cards = _cards(stored, names, by) if stored else []
    if request.GET.get("format") == "csv":
        return _csv(cards)
    page = {
        "pages": analysis_tabs.menu("stores"),
        "stored": stored,
        "empty": not cards,
        "cards": cards,
        "by": by,
        "average": _average(cards),
        "scale": _scale(cards),
    }
    return render(request, "console/analysis_stores.html", page)


def best(t: Tx) -> tuple[str, float, str] | None:
    """The place whose people are worth most, of those that brought at least ten."""
    stored = read(t, STORES)
    if stored is None:
        return None
    names = {key: text_of(name) for key, name in place_names(t).items()}
    cards = [card for card in _cards(stored, names, "brought") if card.people >= 10]
    return (cards[0].name, cards[0].mean_minor, stored.currency) if cards else None


def _cards(stored: Stored, names: dict[int, str], by: str) -> list[Card]:
    rows = [row for row in stored.value["places"] if row.get(by)]
    least = min((row[by]["low_minor"] for row in rows), default=0.0)
    most = max((row[by]["high_minor"] for row in rows), default=1.0)
    low, span = min(0.0, least), max(most - min(0.0, least), 1.0)

    def scaled(value: float) -> float:
        return round(WIDTH * (value - low) / span, 2)

    cards = [_card(row, row[by], names, PARTS[by], scaled) for row in rows]
    return sorted(cards, key=lambda card: -card.mean_minor)


def _card(row: Any, part: Any, names: dict[int, str], field: str, scaled: Any) -> Card:
    place, name = row["place_id"], names.get(row["place_id"], str(row["place_id"]))
    wanted = [{"field": field, "place_id": place}]
    profit, receipts = part["profit_minor"], row.get("receipts", 0)
    evidence = say(
        "{name}のお客様{n}人のお一人あたりLTV（実績）{mean}円",
        "{name}: {n} {n|person|people}, realised LTV {mean} each",
        name=name,
        n=part["people"],
        mean=round(part["mean_minor"]),
    )
    return Card(
        name,
        part["people"],
        part["mean_minor"],
        part["low_minor"],
        part["high_minor"],
        part["elsewhere_minor"] / profit if profit > 0 else None,
        profit,
        row.get("sales_minor", 0),
        row["identified_receipts"] / receipts if receipts else None,
        scaled(part["mean_minor"]),
        scaled(part["low_minor"]),
        scaled(part["high_minor"]),
        segment_link.href(wanted, made_from="/analysis/stores"),
        segment_link.measure_href(wanted, made_from="/analysis/stores", evidence=evidence),
    )


def _average(cards: list[Card]) -> float | None:
    people = sum(card.people for card in cards)
    return sum(card.profit_minor for card in cards) / people if people else None


def _scale(cards: list[Card]) -> float:
    """Where the average of all lies on the scale."""
    average = _average(cards)
    if average is None:
        return 0.0
    low = min(0.0, *(card.low_minor for card in cards)) if cards else 0.0
    span = max(max((card.high_minor for card in cards), default=1.0) - low, 1.0)
    return round(WIDTH * (average - low) / span, 2)


def _csv(cards: list[Card]) -> HttpResponse:
    head = [
        say("店舗", "Place"), say("人数", "People"), say("お一人あたりLTV", "LTV per person"),
        say("80%下", "80 % low"), say("80%上", "80 % high"), say("ほかでの割合", "Share elsewhere"),
        say("売上（税込）", "Sales"), say("識別率", "Identified share"),
    ]  # fmt: skip
    rows = [
        (x.name, x.people, round(x.mean_minor), round(x.low_minor), round(x.high_minor),
         x.elsewhere_share, x.sales_minor, x.known_share)
        for x in cards
    ]  # fmt: skip
    return as_csv("stores", head, rows)
