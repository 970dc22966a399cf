"""An article on display and in flyers: how it sold in these weeks, and in the others.

Promises: called no effect, because nobody drew lots for the weeks; a shop nobody told of any
promotion says what to do.
"""

from dataclasses import dataclass

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.say import say, text_of
from goen.insight import promoted
from goen.insight.promoted import Promoted, Spell
from goen.kit.db import tx

HOW = {
    "both": ("売り場の目立つ所とチラシの両方", "On display and in the flyer"),
    "display": ("売り場の目立つ所だけ", "On display only"),
    "mailer": ("チラシだけ", "In the flyer only"),
    "neither": ("どちらもない", "Neither"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What was done in some weeks, in words; `times` is against weeks with neither."""

    name: str
    spell: Spell
    times: float | None


@login_required
@require_GET
def show(request: HttpRequest, sku_id: int) -> HttpResponse:
    """The page, or with `.csv` in the address its weeks as a file."""
    with tx() as t:
        sku = catalogue.skus(t, [sku_id], on=shop_today()).get(sku_id)
        if sku is None:
            raise Http404
        found = promoted.promoted(t, sku_id) if promoted.is_told() else None
    if request.path.endswith(".csv"):
        return _csv(sku.code, found[0] if found else None)
    page = {
        "sku": sku,
        "found": found[0] if found else None,
        "as_of": found[1] if found else None,
        "told": promoted.is_told(),
        "rows": _rows(found[0]) if found and found[0] else [],
        "title": text_of(sku.name),
    }
    return render(request, "console/promoted.html", page)


def _rows(found: Promoted) -> list[Row]:
    plain = next((one.units_each for one in found.spells if one.how == "neither"), None)
    return [
        Row(
            say(*HOW[one.how]),
            one,
            one.units_each / plain if plain and one.units_each is not None else None,
        )
        for one in found.spells
    ]


def _csv(code: str, found: Promoted | None) -> HttpResponse:
    head = [
        say("週の初日", "Week from"), say("最終日", "to"),
        say("売り場に出した店", "Stores with a display"),
        say("チラシに載せた店", "Stores with a flyer"), say("点数", "Units"),
    ]  # fmt: skip
    lines = [
        [one.first_on, one.last_on, one.displays, one.mailers, one.units]
        for one in (found.weeks if found else ())
    ]
    return as_csv(f"promoted-{code}", head, lines)
