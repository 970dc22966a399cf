"""What went against the rule and waits for a person: each with the ways out, the best first.

Promises: what was proposed is computed from what shelves have now; giving up shows the money
first; the same press twice is one decision, and two people cannot both decide; what is frequent is
counted by channel and cause.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from goen.doors.console import gate
from goen.doors.console.days import shop_day
from goen.doors.console.exports import as_csv
from goen.doors.console.orders_next import may_act, no_right
from goen.doors.console.orders_tracks import Act, tracks, who
from goen.doors.console.orders_words import CAUSES, CODES, HOWS, number_of, since, word
from goen.doors.console.shell import actor_of
from goen.doors.refusals import sentence
from goen.doors.say import say, text_of
from goen.kit import clock, home, ids
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import resolving, showing, to_decide
from goen.orders.resolving import Fix, Fixed
from goen.orders.to_decide import Rate, ToDecide
from goen.payments.queries import tenders_of
from goen.places import queries as places

LISTED = 100
RATES_DAYS = 90


@dataclass(frozen=True, slots=True)
class Way:
    """A way out as a button: how it is called, what it needs, and whether it is one press."""

    how: str
    words: str
    place: str = ""
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """An exception in words. `uid` is made for the form, so that a double press is one."""

    one: ToDecide
    uid: UUID
    number: str
    name: str
    item: str
    place: str
    channel: str
    cause: str
    age: str
    ways: tuple[Way, ...]
    notes: tuple[str, ...]
    how: str
    by: str
    may_close: bool = True
    """Whether the reader may say that it was seen to."""
    whose: str = ""
    """Whom to ask instead."""


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Open ones, then how often and why, then those that were decided."""
    now = clock.now()
    code, place = request.GET.get("code", ""), request.GET.get("place", "")
    today = shop_day(now)
    with tx() as t:
        every = to_decide.count_waiting(t)
        open_ = to_decide.waiting(t, code=code or None, place=place or None, limit=LISTED)
        closed = to_decide.decided(t, limit=LISTED)
        rates = to_decide.rates(t, first_on=today - timedelta(days=RATES_DAYS), last_on=today)
        chosen, names = places.places(t), names_of_places(t)
        own = gate.own_codes(t, request)
    shown = [shown_of(one, now, names, own) for one in open_]
    settled = [shown_of(one, now, names) for one in closed]
    if request.path.endswith(".csv"):
        return _csv([*shown, *settled])
    page = {
        "shown": shown,
        "settled": settled,
        "every": every,
        "rates": [_rate(one) for one in rates],
        "rates_days": RATES_DAYS,
        "places": chosen,
        "codes": [(one, say(*words)) for one, words in CODES.items()],
        "code": code,
        "place": place,
        "may_act": may_act(request),
        "said": request.session.pop("exception", ""),
        "error": request.session.pop("exception-error", ""),
    }
    return render(request, "console/order_exceptions.html", page)


@login_required
@require_http_methods(["GET", "POST"])
def decide(request: HttpRequest, exception: int) -> HttpResponse:
    """Do what was decided. Giving up is shown first, and done with `confirm`."""
    now = clock.now()
    with tx() as t:
        one = to_decide.one(t, exception)
        names = names_of_places(t)
    if one is None:
        raise Http404
    if request.method == "GET" or not may_act(request):
        if request.method == "POST":
            request.session["exception-error"] = no_right()
        return HttpResponseRedirect(_back(request, one))
    how = request.POST.get("how", "")
    wish = _wish(request, exception, now)
    if how == "cancelled" and request.POST.get("confirm") != "1":
        looked = _look(how, wish, one, actor_of(request))
        if not isinstance(looked, Refusal):
            page = {
                "shown": shown_of(one, now, names),
                "act": looked.act,
                "amount": looked.amount,
                "currency": looked.currency,
                "uid": wish.uid,
                "at": wish.occurred_at,
                "back": _back(request, one),
            }
            return render(request, "console/order_exception.html", page)
        answer: Fixed | Refusal = looked
    else:
        with tx() as t:
            answer = resolving.fix(t, how, wish, actor=actor_of(request), recorded_at=now)
    if isinstance(answer, Refusal):
        request.session["exception-error"] = sentence(answer)
    else:
        said = say("片づけました：{how}。", "Settled: {how}.", how=word(HOWS, answer.resolved.how))
        request.session["exception"] = said
    return HttpResponseRedirect(_back(request, one))


def shown_of(
    one: ToDecide, now: datetime, names: Mapping[str, str], own: Collection[str] | None = None
) -> Shown:
    """An exception in words, with its ways out: those over goods of `own` places (None: of all)."""
    here = own is None or one.place_code is None or one.place_code in own
    ways = [
        found
        for way in one.ways
        if own is None or (_place(way) in own if _place(way) else here)
        for found in _ways(one, way, names)
    ]
    notes = tuple(note for way in one.ways for note in _notes(way, names))
    return Shown(
        one,
        ids.new_id(),
        number_of(one.source_no or "", one.order_uid) if one.order_uid else "",
        word(CODES, one.code),
        text_of(one.sku_name),
        text_of(one.place_name),
        text_of(one.channel_name),
        word(CAUSES, one.cause) if one.cause else "",
        since(one.opened_at, one.closed_at or now),
        tuple(ways) if one.order_id else (),
        notes,
        word(HOWS, one.resolution) if one.resolution else "",
        who(one.closed_by, None) if one.closed_by else "",
        here,
        "" if here else sentence(Refusal("not_your_place", "", {"place": text_of(one.place_name)})),
    )


def _place(way: Mapping[str, Any]) -> str:
    """The place whose goods a way takes; empty where it takes none from elsewhere."""
    name = {"reroute": "place", "transfer": "from"}.get(str(way.get("way")), "")
    return str(way.get(name, ""))


def _ways(one: ToDecide, way: Mapping[str, Any], names: Mapping[str, str]) -> list[Way]:
    """The buttons of one way out."""
    kind, place, free = way.get("way"), str(way.get("place", "")), way.get("free", 0)
    if kind == "keep_again":
        words = say("ここでもう一度確保する", "Keep them here again")
        return [Way("kept_again", words, note=say("いま{n}点", "{n} free now", n=free))]
    if kind == "reroute":
        words = say("{place}から出す", "Send from {place}", place=names.get(place, place))
        return [Way("rerouted", words, place, note=say("いま{n}点", "{n} free now", n=free))]
    if kind == "transfer":
        source = str(way.get("from", ""))
        words = say("{place}から運ぶ", "Bring from {place}", place=names.get(source, source))
        asked = {
            "source": source,
            "target": way.get("to", ""),
            "item": one.sku_code,
            "qty": one.qty,
        }
        href = f"/stock/transfers/new?{urlencode(asked)}"
        return [Way("", words, href=href, note=say("いま{n}点", "{n} free now", n=free))]
    if kind == "cancel":
        return [Way("cancelled", say("取り消して返金する", "Cancel and give back"))]
    return []


def _notes(way: Mapping[str, Any], names: Mapping[str, str]) -> list[str]:
    """Ways that need a word with the shopper first."""
    if way.get("way") != "substitute":
        return []
    words = (
        "代わりの商品：{name}（{place}に{n}点）。お客様に確かめてください。",
        "Instead: {name} ({n} at {place}). Ask the shopper.",
    )
    name, place = text_of(way.get("name")), names.get(str(way.get("place", "")), "")
    return [say(*words, name=name, place=place, n=way.get("free", 0))]


def names_of_places(t: Tx) -> dict[str, str]:
    """Places by their codes, as pages call them."""
    return {one.code: text_of(one.name) for one in places.places(t)}


def _wish(request: HttpRequest, exception: int, now: datetime) -> Fix:
    get = request.POST.get
    user: Any = request.user
    try:
        uid = UUID(get("uid", ""))
    except ValueError:
        uid = ids.new_id()
    at = _instant(get("at", ""), now)
    note = get("note", "").strip()[:500]
    return Fix(uid, exception, at, get("place", ""), get("reason", ""), note, str(user.code))


def _instant(text: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return at if at.tzinfo and now - timedelta(days=1) < at <= now else now


def _back(request: HttpRequest, one: ToDecide) -> str:
    """Where the reader came from: the order's page, or the list."""
    from_order = request.POST.get("from") == "order" and one.order_uid
    return f"/orders/{one.order_uid}" if from_order else "/orders/exceptions"


@dataclass(frozen=True, slots=True)
class _Looked:
    act: Act
    amount: int
    currency: str


class _Undo(Exception):  # noqa: N818  ends the transaction of a preview
    pass


def _look(how: str, wish: Fix, one: ToDecide, actor: Actor) -> _Looked | Refusal:
    """What giving up will do, by doing it and undoing it."""
    found: _Looked | Refusal | None = None
    try:
        with tx() as t:
            answer = resolving.fix(t, how, wish, actor=actor, recorded_at=clock.now())
            if isinstance(answer, Refusal):
                found = answer
            elif one.order_uid:
                found = _did(t, one.order_uid, wish.uid)
            raise _Undo
    except _Undo:
        assert found is not None
        return found


def _did(t: Tx, order_uid: UUID, slip: UUID) -> _Looked:
    order = showing.whole(t, order_uid)
    assert order is not None
    names = {one.id: text_of(one.name) for one in places.places(t)}
    paid = [(one.kind, one.amount_minor) for one in tenders_of(t, order_uid)]
    n = next(i for i, one in enumerate(order.slips) if one.uid == slip)
    return _Looked(tracks(order, paid, names)[n + 1], order.slips[n].total_minor, order.currency)


@dataclass(frozen=True, slots=True)
class RateShown:
    """How often one thing went wrong in a channel."""

    channel: str
    name: str
    cause: str
    exceptions: int
    documents: int
    rate: float


def _rate(one: Rate) -> RateShown:
    return RateShown(
        text_of(one.channel_name),
        word(CODES, one.code),
        word(CAUSES, one.cause) if one.cause else "",
        one.exceptions,
        one.documents,
        one.rate,
    )


def _csv(rows: Sequence[Shown]) -> HttpResponse:
    head = [
        say("例外", "Exception"),
        say("原因", "Cause"),
        say("注文番号", "Order"),
        say("商品コード", "SKU"),
        say("商品", "Product"),
        say("数量", "Qty"),
        say("場所", "Place"),
        say("チャネル", "Channel"),
        say("起きた日時", "Opened"),
        say("片づいた日時", "Settled"),
        say("片づけかた", "How"),
        say("だれが", "By"),
    ]
    zone = clock.zone(home.current_shop().timezone)
    return as_csv(
        "exceptions",
        head,
        (
            [
                row.name,
                row.cause,
                row.number,
                row.one.sku_code,
                row.item,
                row.one.qty,
                row.place,
                row.channel,
                f"{row.one.opened_at.astimezone(zone):%Y-%m-%d %H:%M}",
                f"{row.one.closed_at.astimezone(zone):%Y-%m-%d %H:%M}" if row.one.closed_at else "",
                row.how,
                row.by,
            ]
            for row in rows
        ),
    )
