"""One SKU's stock: what each channel may promise and why, who it is kept for, what moved.

Promises: every figure of what is free is shown with what makes it up; a movement leads to what
caused it; people appear as the reader's role sees them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.catalogue import queries as catalogue
from goen.doors.console import gate
from goen.doors.console import stock_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.stock import named
from goen.doors.say import say, text_of
from goen.kit import clock, settings
from goen.kit.db import Tx, tx
from goen.places import queries as places
from goen.places.queries import ChannelShown
from goen.stock import history, keeping, kept, listing, proposals
from goen.stock.availability import Available, Share, available, shares
from goen.stock.history import Movement
from goen.stock.kept import HoldsAsked, LiveHold

MOVES = 30
EXPORTED = 20_000
HOLDS = 100
_METHODS = {"store": ("carry",), "ec": ("ship", "collect"), "sns": ("ship", "collect")}


@dataclass(frozen=True, slots=True)
class Way:
    """One channel and method, and what it may promise."""

    key: str
    name: str
    found: Available


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement in words."""

    move: Movement
    what: str
    place: str
    shelf: str
    who: str
    href: str
    late: bool
    """Heard of only after the last count: the shelf did not change."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A live hold in words."""

    hold: LiveHold
    kind: str
    place: str
    who: words.Holder
    here: bool
    """Whether it is kept where the reader may change it."""


@login_required
@require_GET
def show(request: HttpRequest, sku_id: int) -> HttpResponse:
    """The page."""
    at = clock.now()
    with tx() as t:
        sku = catalogue.skus(t, [sku_id], on=at.date()).get(sku_id)
        if sku is None:
            raise Http404
        known = places.places(t)
        chosen = next((one for one in known if one.code == request.GET.get("place")), None)
        have = shares(t, [sku_id], as_of=at)[sku_id]
        ways = _ways(t, sku_id, at)
        way = next((one for one in ways if one.key == request.GET.get("way")), None)
        levels = proposals.levels(t, as_of=at, sku_ids=[sku_id])
        low = proposals.low(t, as_of=at, known=levels)
        found, holds_total = kept.holds(t, HoldsAsked(sku_id=sku_id), at=at, limit=HOLDS)
        moves, older = _moves(t, request, sku_id, chosen.id if chosen else None)
        page: dict[str, Any] = {
            "pages": words.tabs("stock"),
            "sku": sku,
            "shares": have,
            "damaged": listing.damaged(t, sku_id),
            "way_here": {place: qty for (_, place), qty in listing.on_the_way(t, [sku_id]).items()},
            "names": words.place_names(t),
            "ways": ways,
            "way": way or (ways[0] if ways else None),
            "speeds": {one.place_id: one for one in levels},
            "low": named(t, request, low, known),
            "low_days": settings.read(t, "stock.low_days"),
            "holds": kept_in_words(t, request, found),
            "holds_total": holds_total,
            "moves": moves,
            "older": older,
            "newer": request.GET.get("before"),
            "counts": _counts(t, sku_id),
            "rules": [
                one
                for one in keeping.rules_of(t, day=at.date(), sku_id=sku_id)
                if one.state != "over"
            ],
            "channel_names": {one.code: text_of(one.name) for one in places.channels(t)},
            "place_codes": {one.code: text_of(one.name) for one in known},
        }
    page |= _totals(have, page["damaged"], page["way_here"]) | {
        "places": known,
        "place": chosen,
        "as_of": at,
        "may_write": words.may_write(request),
        "done": _done(request),
    }
    return render(request, "console/stock_item.html", page)


def _totals(
    have: list[Share], damaged: dict[int, int], way_here: dict[int, int]
) -> dict[str, int | bool]:
    posted, moving = sum(s.posted for s in have), sum(way_here.values())
    return {
        "posted": posted,
        "pending": sum(s.pending for s in have),
        "safety": sum(s.safety + s.buffer for s in have),
        "free": sum(s.free for s in have),
        "moving": moving,
        "group": posted + moving,
        "bad": sum(damaged.values()),
    }


def _ways(t: Tx, sku_id: int, at: datetime) -> list[Way]:
    """What every channel may promise by every method it has."""
    found = []
    for channel in places.channels(t):
        for method in _METHODS.get(channel.kind, ("ship",)):
            may = available(t, [sku_id], channel=channel.code, method=method, as_of=at)[sku_id]
            found.append(Way(f"{channel.code}-{method}", _way_name(channel, method), may))
    return found


def _way_name(channel: ChannelShown, method: str) -> str:
    return say(
        "{channel}・{method}",
        "{channel} · {method}",
        channel=text_of(channel.name),
        method=words.of(words.METHODS, method),
    )


def _moves(
    t: Tx, request: HttpRequest, sku_id: int, place_id: int | None
) -> tuple[list[Moved], int | None]:
    typed = request.GET.get("before", "")
    before = int(typed) if typed.isdecimal() and len(typed) < 19 else None
    found = history.movements(t, sku_id, place_id=place_id, before=before, limit=MOVES + 1)
    names = words.place_names(t)
    actors = words.who(t, [one.actor for one in found])
    older = found[MOVES - 1].id if len(found) > MOVES else None
    return [_moved(one, names, actors) for one in found[:MOVES]], older


def _moved(move: Movement, names: dict[int, str], actors: dict[str, str]) -> Moved:
    return Moved(
        move,
        words.of(words.REASONS, move.reason),
        names.get(move.place_id, str(move.place_id)),
        words.of(words.SHELVES, move.shelf) if move.shelf != "sellable" else "",
        actors[move.actor],
        words.slip_href(move.reason, move.origin, move.request),
        move.shelf == "unexplained" and move.reason not in {"count", "sold_unbooked"},
    )


def kept_in_words(t: Tx, request: HttpRequest, found: list[LiveHold]) -> list[Kept]:
    """Live holds with names."""
    names = words.place_names(t)
    whom = words.holders(t, request, [(one.holder, one.origin) for one in found])
    return [
        Kept(
            one,
            words.of(words.HOLDS, one.kind),
            names.get(one.place_id, str(one.place_id)),
            whom[f"{one.holder} {one.origin}"],
            gate.works_at(request, one.place_id),
        )
        for one in found
    ]


def _counts(t: Tx, sku_id: int) -> list[dict[str, Any]]:
    names = words.place_names(t)
    return [
        {"uid": uid, "place": names[place], "qty": qty, "difference": difference, "at": at}
        for uid, place, qty, difference, at in history.counted_of(t, sku_id, limit=5)
    ]


def _done(request: HttpRequest) -> str:
    said = {
        "released": say("取り置きを解放しました。", "The hold is released."),
        "extended": say("取り置きの期限を変えました。", "The hold has another end."),
    }
    return said.get(request.GET.get("done", ""), "")


@login_required
@require_GET
def export(request: HttpRequest, sku_id: int) -> HttpResponse:
    """Its movements as a file."""
    with tx() as t:
        sku = catalogue.skus(t, [sku_id], on=shop_today()).get(sku_id)
        if sku is None:
            raise Http404
        chosen = next(
            (one for one in places.places(t) if one.code == request.GET.get("place")), None
        )
        place_id = chosen.id if chosen else None
        found = history.movements(t, sku_id, place_id=place_id, limit=EXPORTED)
        names, actors = words.place_names(t), words.who(t, [one.actor for one in found])
        rows = [_moved(one, names, actors) for one in found]
    head = [
        say("起きた日時", "When"), say("記録した日時", "Recorded"), say("場所", "Place"),
        say("棚", "Shelf"), say("何が", "What"), say("数量", "Quantity"), say("だれが", "Who"),
        say("伝票", "Slip"),
    ]  # fmt: skip
    lines: list[list[object]] = [
        [
            one.move.occurred_at.isoformat(timespec="seconds"),
            one.move.recorded_at.isoformat(timespec="seconds"),
            one.place,
            one.shelf or say("売り場", "sellable"),
            one.what,
            one.move.qty,
            one.who,
            one.move.origin,
        ]
        for one in rows
    ]
    return as_csv(f"stock-{sku.code}", head, lines)
