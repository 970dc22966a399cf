"""Goods that are kept now: for whom, until when; keep some, longer, or no more.

Promises: what an order keeps is shown and changed with its order; giving up is asked once more,
with product, number and person; a second click changes nothing more.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console import stock_entry as entry
from goen.doors.console import stock_words as words
from goen.doors.console.exports import as_csv
from goen.doors.console.forms import uid_of
from goen.doors.console.people import name_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.stock_entry import Sheet
from goen.doors.console.stock_item import Kept, kept_in_words
from goen.doors.say import say, text_of
from goen.kit import clock, trail
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.places.queries import PlaceShown
from goen.stock import kept, queries, rules
from goen.stock.holds import Changed, Extension, NewHold, NewRelease
from goen.stock.holds import extend as extend_hold
from goen.stock.holds import hold as keep
from goen.stock.holds import release as release_hold
from goen.stock.kept import HoldsAsked

PAGE = 50
EVERY_ROW = 50_000
BY_HAND = ("set_aside", "special_order", "preorder")
SOON = timedelta(days=1)


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or all of it as a file."""
    return _page(request, "")


def _page(request: HttpRequest, error: str, status: int = 200) -> HttpResponse:
    at = clock.now()
    get = request.GET.get
    exporting = request.path.endswith(".csv")
    page_no = get("page", "1")
    number = max(1, int(page_no)) if page_no.isdecimal() and len(page_no) < 6 else 1
    with tx() as t:
        known = places.places(t)
        chosen = next((one for one in known if one.code == get("place")), None)
        kind = get("kind", "") if get("kind", "") in rules.KINDS else ""
        text = get("q", "").strip()
        found_skus = tuple(catalogue.search_ids(t, text)) if text else None
        asked = HoldsAsked(place_id=chosen.id if chosen else None, kind=kind, sku_ids=found_skus)
        limit, start = (EVERY_ROW, 0) if exporting else (PAGE, (number - 1) * PAGE)
        found, total = kept.holds(t, asked, at=at, limit=limit, start=start)
        holds = kept_in_words(t, request, found)
        skus = catalogue.skus(t, sorted({one.sku_id for one in found}), on=at.date())
        if exporting:
            trail.saw(t, viewer_of(request), "export", "holds", at=at)
            return _csv(holds, skus)
    page: dict[str, Any] = {
        "pages": words.tabs("holds"),
        "holds": [(one, skus[one.hold.sku_id]) for one in holds],
        "total": total,
        "places": known,
        "place": chosen,
        "kind": kind,
        "kinds": words.kinds(),
        "text": text,
        "soon": at + SOON,
        "error": error,
        "done": _said(request),
        "as_of": at,
        "first": start + 1,
        "last": start + len(found),
        "previous": number - 1,
        "following": number + 1 if total > number * PAGE else None,
        "may_write": words.may_write(request),
    }
    return render(request, "console/stock_holds.html", page, status=status)


def _csv(holds: list[Kept], skus: dict[int, Any]) -> HttpResponse:
    head = [
        say("商品コード", "SKU"), say("商品名", "Product"), say("場所", "Place"),
        say("種類", "Kind"), say("数量", "Quantity"), say("どなたに", "For whom"),
        say("期限", "Until"), say("取り置いた日時", "Kept since"),
    ]  # fmt: skip
    lines: list[list[object]] = [
        [
            skus[one.hold.sku_id].code,
            text_of(skus[one.hold.sku_id].name),
            one.place,
            one.kind,
            one.hold.qty,
            one.who.name.removesuffix(" 様"),
            one.hold.expires_at.isoformat(timespec="minutes") if one.hold.expires_at else "",
            one.hold.occurred_at.isoformat(timespec="minutes"),
        ]
        for one in holds
    ]
    return as_csv("holds", head, lines)


@login_required
@require_POST
def release(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Give up what is still kept."""
    return _change(request, NewRelease(uid_of(request.POST.get("uid", "")), uid, clock.now()))


@login_required
@require_POST
def extend(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Keep it until another day's end; an empty day keeps it until it is released."""
    typed = request.POST.get("until", "").strip()
    zone = request.POST.get("zone", "Asia/Tokyo")
    until = entry.instant(f"{typed}T23:59", zone) if typed else None
    if typed and until is None:
        error = refusals.sentence(Refusal("bad_day", "until", {"given": typed}))
        return _page(request, error, status=422)
    return _change(request, Extension(uid_of(request.POST.get("uid", "")), uid, until, clock.now()))


def _change(request: HttpRequest, wish: NewRelease | Extension) -> HttpResponse:
    if not words.may_write(request):
        return _page(request, "", status=403)
    at, actor = clock.now(), actor_of(request)
    answer: Changed | Refusal
    with tx() as t:
        if isinstance(wish, NewRelease):
            [answer] = release_hold(t, [wish], actor=actor, recorded_at=at)
        else:
            [answer] = extend_hold(t, [wish], actor=actor, recorded_at=at)
    if isinstance(answer, Refusal):
        return _page(request, refusals.sentence(answer), status=422)
    said = "released" if isinstance(wish, NewRelease) else "extended"
    back = request.POST.get("back", "")
    page = f"/stock/{back}" if back.isdecimal() else "/stock/holds"
    return redirect(f"{page}?done={said}")


def _said(request: HttpRequest) -> str:
    words_of = {
        "released": say("取り置きを解放しました。", "The hold is released."),
        "extended": say("取り置きの期限を変えました。", "The hold has another end."),
        "kept": say("取り置きました。", "The goods are kept."),
    }
    return words_of.get(request.GET.get("done", ""), "")


@login_required
def new(request: HttpRequest) -> HttpResponse:
    """The form that keeps goods for a customer."""
    at = clock.now()
    given = request.POST or request.GET
    with tx() as t:
        known = words.own_places(request, places.places(t))
        sheet = entry.read(t, request, at=at)
        place = next((one for one in known if one.code == given.get("place", "")), None)
        place = place or words.own_place(request, known)
        kind = given.get("kind", "") if given.get("kind", "") in BY_HAND else BY_HAND[0]
        until = given.get("until", "").strip()
        booking = request.POST.get("do") == "book" and words.may_write(request)
        if booking and place and _keep(t, request, sheet, place, kind, until, at):
            return redirect("/stock/holds?done=kept")
        if place is not None:
            skus = [line.sku.sku_id for line in sheet.lines if line.sku]
            sheet.inform(queries.available(t, skus, place.id))
        member = _member(t, request, given.get("member", "").strip())
    wrong = request.POST.get("do") == "book" and sheet.is_wrong
    refused = request.method == "POST" and not words.may_write(request)
    page = {
        "pages": words.tabs("holds"),
        "sheet": sheet,
        "places": known,
        "place": place,
        "kind": kind,
        "kinds": [(code, words.of(words.HOLDS, code)) for code in BY_HAND],
        "until": until,
        "typed_member": given.get("member", ""),
        "member": member,
        "may_write": words.may_write(request),
        "wrong": wrong,
    }
    status = 403 if refused else 422 if wrong else 200
    return render(request, "console/stock_hold_new.html", page, status=status)


def _keep(
    t: Tx,
    request: HttpRequest,
    sheet: Sheet,
    place: PlaceShown,
    kind: str,
    until: str,
    at: datetime,
) -> bool:
    """Keep the goods for the member; whether that was done."""
    typed = request.POST.get("member", "").strip()
    person = customers.find_credential(t, typed, viewer=viewer_of(request)) if typed else None
    if person is None:
        unknown = Refusal("unknown_member", "member", {"given": typed})
        missing = Refusal("holder_missing", "member")
        sheet.errors["member"] = refusals.sentence(unknown if typed else missing)
    ends = entry.instant(f"{until}T23:59", place.timezone) if until else None
    if until and ends is None:
        sheet.errors["until"] = refusals.sentence(Refusal("bad_day", "until", {"given": until}))
    entry.check(sheet)
    if sheet.is_wrong or person is None:
        return False
    holder = f"record:{person.record_ids[0]}"
    since = kept.kept_since(t, sheet.uid) or at  # sent twice: the verb decides if it is the same
    wish = NewHold(sheet.uid, place.code, kind, holder, sheet.given, since, expires_at=ends)
    [answer] = keep(t, [wish], actor=actor_of(request), recorded_at=at)
    if isinstance(answer, Refusal):
        until_is_wrong = answer.field == "expires_at"
        sheet.refuse(replace(answer, field="until") if until_is_wrong else answer)
    return not isinstance(answer, Refusal)


def _member(t: Tx, request: HttpRequest, typed: str) -> str:
    """The name of the member that was typed, so that nobody keeps goods for somebody else."""
    if not typed:
        return ""
    person = customers.find_credential(t, typed, viewer=viewer_of(request))
    return name_of(person, person.person_id) if person else ""
