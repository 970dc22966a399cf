"""What is kept back: safety stock and buffers, per product, place and channel, from a day on.

Promises: the rule that holds, the one to come and those that were stand together; a change says
what was there before and can be taken back.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.doors import refusals
from goen.doors.console import gate
from goen.doors.console import stock_entry as entry
from goen.doors.console import stock_words as words
from goen.doors.console.exports import as_csv
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.stock import keeping
from goen.stock.availability import NewSafety, put_safety
from goen.stock.keeping import Key, SafetyShown

FIELDS = ("item", "place", "channel", "valid_from", "safety", "buffer")


@dataclass(frozen=True, slots=True)
class Row:
    """A rule with names."""

    rule: SafetyShown
    sku: SkuShown | None
    place: str
    channel: str
    who: str
    here: bool
    """Whether the reader may change it."""


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The rules with the form, or all of them as a file; a POST changes one."""
    errors: dict[str, str] = {}
    at = clock.now()
    with tx() as t:
        given = {name: (request.POST or request.GET).get(name, "").strip() for name in FIELDS}
        if request.method == "POST" and words.may_write(request):
            href = _change(t, request, given, errors)
            if href:
                return redirect(href)
        text = request.GET.get("q", "").strip()
        rows = _rows(t, request, at.date(), text)
        known, channels = places.places(t), places.channels(t)
        sku_code = given["item"]
        found = catalogue.by_code(t, sku_code, on=at.date()) if sku_code else None
    if request.path.endswith(".csv"):
        return _csv(rows)
    page: dict[str, Any] = {
        "pages": words.tabs("safety"),
        "current": [row for row in rows if row.rule.state == "now"],
        "later": [row for row in rows if row.rule.state == "later"],
        "over": [row for row in rows if row.rule.state == "over"],
        "places": words.own_places(request, known),
        "everywhere": gate.bound_to(request) is None,
        "channels": channels,
        "given": {**given, "valid_from": given["valid_from"] or f"{at.date()}"},
        "sku": found,
        "errors": errors,
        "text": text,
        "done": _undo(request),
        "may_write": words.may_write(request),
        "as_of": at,
    }
    refused = request.method == "POST" and not words.may_write(request)
    status = 403 if refused else 422 if errors else 200
    return render(request, "console/stock_safety.html", page, status=status)


def _rows(t: Tx, request: HttpRequest, day: date, text: str) -> list[Row]:
    found = keeping.rules_of(t, day=day)
    if text:
        ids = set(catalogue.search_ids(t, text))
        found = [one for one in found if one.sku_id in ids]
    skus = catalogue.skus(t, sorted({one.sku_id for one in found if one.sku_id}), on=day)
    place_of = {one.code: text_of(one.name) for one in places.places(t)}
    channel_of = {one.code: text_of(one.name) for one in places.channels(t)}
    actors = words.who(t, [one.changed_by for one in found])
    everywhere, own = gate.bound_to(request) is None, gate.own_codes(t, request)
    return [
        Row(
            one,
            skus.get(one.sku_id or 0),
            place_of[one.place] if one.place else "",
            channel_of[one.channel] if one.channel else "",
            actors[one.changed_by],
            everywhere or one.place in own,
        )
        for one in found
    ]


def _change(t: Tx, request: HttpRequest, given: dict[str, str], errors: dict[str, str]) -> str:
    """Put the rule; answers the page to show, with what was there before in its address."""
    numbers = {}
    for name in ("safety", "buffer"):
        number = entry.whole(given[name] or "0")
        if number is None or number < 0:
            errors[name] = refusals.sentence(Refusal("bad_count", name, _said(given[name])))
        numbers[name] = number or 0
    try:
        day = date.fromisoformat(given["valid_from"])
    except ValueError:
        errors["valid_from"] = refusals.sentence(
            Refusal("bad_day", "valid_from", _said(given["valid_from"]))
        )
        return ""
    if errors:
        return ""
    item, place, channel = (given[name] or None for name in ("item", "place", "channel"))
    sku = catalogue.ids_by_code(t, [item]).get(item) if item else None
    before = keeping.before(t, Key(sku, place, channel), day=day)
    row = NewSafety(day, numbers["safety"], numbers["buffer"], item, place, channel)
    [answer] = put_safety(t, [row], actor=actor_of(request), recorded_at=clock.now())
    if isinstance(answer, Refusal):
        errors[answer.field] = refusals.sentence(answer)
        return ""
    kept = {name: given[name] for name in FIELDS[:3] if given[name]}
    undone = "undone" if request.POST.get("undo") else "changed"
    told: dict[str, str | int] = {
        "done": undone,
        "from": day.isoformat(),
        "was": before[0],
        "buffered": before[1],
    }
    return "/stock/safety?" + urlencode({**kept, **told})


def _said(given: str) -> dict[str, object]:
    return {"given": given or say("空欄", "nothing")}


def _undo(request: HttpRequest) -> dict[str, str]:
    """What the line above the list says, with the values that taking it back puts again."""
    get = request.GET.get
    if get("done") not in {"changed", "undone"}:
        return {}
    said = (
        say("安全在庫を保存しました。", "The safety stock is saved.")
        if get("done") == "changed"
        else say("元に戻しました。", "It is as it was.")
    )
    return {
        "said": said,
        "may_undo": "1" if get("done") == "changed" else "",
        "item": get("item", ""),
        "place": get("place", ""),
        "channel": get("channel", ""),
        "valid_from": get("from", ""),
        "safety": get("was", "0"),
        "buffer": get("buffered", "0"),
    }


def _csv(rows: list[Row]) -> HttpResponse:
    head = [
        say("商品コード", "SKU"), say("商品名", "Product"), say("場所", "Place"),
        say("チャネル", "Channel"), say("適用日", "From"), say("安全在庫", "Safety"),
        say("バッファ", "Buffer"), say("状態", "State"), say("変えた人", "Changed by"),
    ]  # fmt: skip
    states = {
        "now": say("適用中", "now"),
        "later": say("予定", "later"),
        "over": say("過去", "over"),
    }
    everything = say("すべて", "all")
    lines: list[list[object]] = [
        [
            one.sku.code if one.sku else everything,
            text_of(one.sku.name) if one.sku else "",
            one.place or everything,
            one.channel or everything,
            one.rule.valid_from,
            one.rule.safety,
            one.rule.buffer,
            states[one.rule.state],
            one.who,
        ]
        for one in rows
    ]
    return as_csv("safety", head, lines)
