"""Goods between places: send, what is on its way, receive all or a part, say what did not come.

Promises: what is promised at a place cannot be sent away, and the form says how much can; a receipt
names every line that is still open; the same form sent twice is one posting.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from goen.catalogue import queries as catalogue
from goen.catalogue.queries import SkuShown
from goen.doors import refusals
from goen.doors.console import gate
from goen.doors.console import stock_entry as entry
from goen.doors.console import stock_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.forms import uid_of
from goen.doors.console.shell import actor_of
from goen.doors.console.stock_entry import Sheet
from goen.doors.say import say
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.places.queries import PlaceShown
from goen.stock import journeys, queries
from goen.stock.journeys import TransferLine, TransferShown
from goen.stock.transfers import NewTransfer, Receipt, receive
from goen.stock.transfers import send as send_away

RECENT = 50


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """What is on its way, and what was sent lately."""
    with tx() as t:
        known = places.places(t)
        chosen = next((one for one in known if one.code == request.GET.get("place")), None)
        moving = journeys.on_the_way(t, place_id=chosen.id if chosen else None)
        open_ = {one.uid for one in moving}
        done = [one for one in journeys.transfers(t, limit=RECENT) if one.uid not in open_]
        page = {
            "pages": words.tabs("transfers"),
            "moving": moving,
            "finished": done,
            "names": words.place_names(t),
            "actors": words.who(t, [one.actor for one in [*moving, *done]]),
            "places": known,
            "place": chosen,
            "may_write": words.may_write(request),
            "as_of": clock.now(),
        }
    return render(request, "console/stock_transfers.html", page)


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """The form to send goods away."""
    at = clock.now()
    given = request.POST or request.GET
    with tx() as t:
        known = places.places(t)
        sheet = entry.read(t, request, at=at)
        codes = {one.code: one for one in known}
        mine = words.own_places(request, known)
        chosen = codes.get(given.get("source", ""))
        source = chosen if chosen in mine else words.own_place(request, mine)
        target = codes.get(given.get("target", "")) or _another(known, source)
        if request.POST.get("do") == "book" and words.may_write(request) and source:
            uid = _send(t, request, sheet, source, given.get("target", ""))
            if uid is not None:
                return redirect(f"{reverse('stock_transfer', args=[uid])}?done=sent")
        if source is not None:
            skus = [line.sku.sku_id for line in sheet.lines if line.sku]
            sheet.inform(queries.available(t, skus, source.id))
    wrong = request.POST.get("do") == "book" and sheet.is_wrong
    refused = request.method == "POST" and not words.may_write(request)
    page = {
        "pages": words.tabs("transfers"),
        "sheet": sheet,
        "places": known,
        "sources": mine,
        "source": source,
        "target": target,
        "occurred_at": request.POST.get("occurred_at", ""),
        "may_write": words.may_write(request),
        "wrong": wrong,
    }
    status = 403 if refused else 422 if wrong else 200
    return render(request, "console/stock_transfer_new.html", page, status=status)


def _another(known: list[PlaceShown], source: PlaceShown | None) -> PlaceShown | None:
    return next((one for one in known if one != source), None)


def _send(
    t: Tx, request: HttpRequest, sheet: Sheet, source: PlaceShown, target: str
) -> UUID | None:
    at = clock.now()
    occurred_at = entry.when(request, sheet, "occurred_at", source.timezone, at=at)
    entry.check(sheet)
    if sheet.is_wrong:
        return None
    before = journeys.transfer(t, sheet.uid)
    if before is not None and not request.POST.get("occurred_at"):
        occurred_at = before.at  # sent twice: whether it is the same, the verb decides
    wish = NewTransfer(sheet.uid, source.code, target, sheet.given, occurred_at)
    [answer] = send_away(t, [wish], actor=actor_of(request), recorded_at=at)
    if isinstance(answer, Refusal):
        sheet.refuse(answer)
        return None
    return answer.uid


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a transfer on its receipt, with what was typed."""

    line: TransferLine
    sku: SkuShown
    came: str
    lost: str
    why: str
    error: str = ""


@login_required
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One transfer: its lines and steps, and the receipt while something is on its way."""
    errors: dict[str, str] = {}
    with tx() as t:
        found = journeys.transfer(t, uid)
        if found is None:
            raise Http404
        lines, steps = journeys.transfer_lines(t, uid)
        rows = _rows(t, request, lines)
        may_receive = words.may_write(request) and gate.works_at(request, found.target_id)
        if request.method == "POST" and may_receive:
            again = uid_of(request.POST.get("uid", "")) in {step.request for step in steps}
            said = "received" if again else _receive(t, request, found, rows, errors)
            if said:
                return redirect(f"{reverse('stock_transfer', args=[uid])}?done={said}")
        known = {one.id: one for one in places.places(t)}
        page = {
            "pages": words.tabs("transfers"),
            "transfer": found,
            "rows": rows,
            "steps": steps,
            "actors": words.who(t, [found.actor, *(one.actor for one in steps)]),
            "source": known[found.source_id],
            "target": known[found.target_id],
            "uid": uid_of(request.POST.get("uid", "")),
            "errors": errors,
            "wrong": bool(errors) or any(row.error for row in rows),
            "reasons": [(code, words.of(words.LOSSES, code)) for code in words.LOSSES],
            "losses": words.LOSSES,
            "done": _said(request),
            "may_write": may_receive,
            "as_of": clock.now(),
        }
    refused = request.method == "POST" and not may_receive
    status = 403 if refused else 422 if page["wrong"] else 200
    return render(request, "console/stock_transfer.html", page, status=status)


def _rows(t: Tx, request: HttpRequest, lines: list[TransferLine]) -> list[Row]:
    skus = catalogue.skus(t, [line.sku_id for line in lines], on=shop_today())
    post = request.POST
    return [
        Row(
            line,
            skus[line.sku_id],
            post.get(f"came-{line.sku_id}", str(line.open)).strip(),
            post.get(f"lost-{line.sku_id}", "").strip(),
            post.get(f"why-{line.sku_id}", "lost"),
        )
        for line in lines
    ]


def _receive(
    t: Tx,
    request: HttpRequest,
    transfer: TransferShown,
    rows: list[Row],
    errors: dict[str, str],
) -> str:
    """Book the receipt; answers what to say, or nothing with the reasons beside the lines."""
    came, lost = [], []
    for n, row in enumerate(rows):
        here, away = entry.whole(row.came or "0"), entry.whole(row.lost or "0")
        if here is None or away is None or here < 0 or away < 0:
            given = {"given": row.came if here is None or here < 0 else row.lost}
            rows[n] = replace(row, error=refusals.sentence(Refusal("bad_count", "qty", given)))
        elif here + away > row.line.open:
            rows[n] = replace(row, error=_too_many(row, here + away))
        else:
            came += [(row.sku.code, here)] if here else []
            lost += [(row.sku.code, away, row.why)] if away else []
    if any(row.error for row in rows):
        return ""
    if not came and not lost:
        errors["lines"] = refusals.sentence(Refusal("no_lines", "lines"))
        return ""
    at = clock.now()
    wish = Receipt(uid_of(request.POST.get("uid", "")), transfer.uid, tuple(came), at, tuple(lost))
    [answer] = receive(t, [wish], actor=actor_of(request), recorded_at=at)
    if isinstance(answer, Refusal):
        errors[answer.field or "lines"] = refusals.sentence(answer)
        return ""
    return "lost" if lost else "received"


def _too_many(row: Row, wanted: int) -> str:
    detail = {"item": row.sku.code, "free": row.line.open, "wanted": wanted}
    return refusals.sentence(Refusal("more_than_sent", "qty", detail))


def _said(request: HttpRequest) -> str:
    words_of = {
        "sent": say(
            "送りました。届いたら、ここで受け取りを登録します。",
            "Sent. Register its receipt here when it has come.",
        ),
        "received": say("受け取りを登録しました。", "The receipt is registered."),
        "lost": say(
            "受け取りと、届かなかった分を登録しました。",
            "What came and what did not come is registered.",
        ),
    }
    return words_of.get(request.GET.get("done", ""), "")
