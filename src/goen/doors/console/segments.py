"""Segments: the list of saved ones, and the page where conditions are put together.

Promises: the address says everything that is not saved yet; counting goes on while one edits; a
save never loses what somebody else saved meanwhile; putting away can be undone.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from goen.catalogue import queries as catalogue
from goen.doors import refusals
from goen.doors.console import measure_tabs, paging, segment_link, segments_people
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.forms import uid_of
from goen.doors.console.segments_fields import inputs, offered
from goen.doors.console.segments_rows import Sheet, from_conditions, from_form, from_text
from goen.doors.console.segments_words import described
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say
from goen.kit import clock, home, ids, trail
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import segments
from goen.marketing.conditions import Conditions, parse
from goen.marketing.segments import NewSegment, SegmentShown

PAGE = 50
EXPORTED_AT_MOST = 20_000

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Saved segments: one's own and the shared ones."""
    typed = request.GET.get("q", "").strip()
    archived = request.GET.get("show") == "archived"
    start = paging.start(request.GET.get("from", ""))
    with tx() as t:
        found, total = segments.listed(
            t, actor=actor_of(request), text=typed, archived=archived, limit=PAGE, offset=start
        )
        rows = [(one, described(t, one.conditions)) for one in found]
    page = {
        "tabs_of": measure_tabs.menu("segments"),
        "rows": rows,
        "total": total,
        "typed": typed,
        "archived": archived,
        "me": str(actor_of(request)),
        "undo": _uuid(request.GET.get("undo", "")),
        "first": start + 1,
        "last": start + len(rows),
        "before": max(0, start - PAGE) if start else None,
        "after": start + PAGE if start + PAGE < total else None,
    }
    return render(request, "console/segments.html", page)


@login_required
@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """The editor for a segment that is not saved."""
    with tx() as t:
        sheet = _sheet(t, request)
        page = _editor(t, request, sheet)
    page |= {"uid": ids.new_id(), "made_from": _made_from(request), "path": "/segments/new"}
    return _rendered(request, page, sheet)


@login_required
@require_http_methods(["GET"])
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The editor for a saved segment."""
    with tx() as t:
        segment = _visible(t, request, uid)
        if "rows" in request.GET or "c" in request.GET:
            sheet = _sheet(t, request)
        else:
            sheet = from_conditions(t, segment.conditions, home.current_shop().currency)
        page = _editor(t, request, sheet)
    page |= {
        "segment": segment,
        "uid": segment.uid,
        "name": segment.name,
        "path": reverse("segment", args=[uid]),
        "changed": sheet.conditions != segment.conditions,
        "mine": segment.created_by == str(actor_of(request)),
    }
    return _rendered(request, page, sheet)


@login_required
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """The part about the people, while one edits; the address of the page follows."""
    with tx() as t:
        sheet = _sheet(t, request)
        viewer = viewer_of(request, "segment")
        page = segments_people.people(
            t, request, sheet.conditions, viewer, made_from=_made_from(request)
        )
    path = str(request.GET.get("path", ""))
    path = path if path.startswith("/segments/") else "/segments/new"
    page |= {"sheet": sheet, "made_from": _made_from(request), "path": path}
    response = render(request, "console/_segment_people.html", page)
    return _followed(request, response, sheet, path)


@login_required
@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """Everybody found, as a file."""
    conditions = _parsed(request)
    viewer = viewer_of(request, "segment")
    at = clock.now()
    with tx() as t:
        rows = segments_people.csv_rows(t, conditions, viewer, at=at, most=EXPORTED_AT_MOST)
        if rows is not None:
            subject = {"conditions": conditions.tree, "people": len(rows)}
            trail.note(t, actor_of(request), "export", "segment", "people", at=at, detail=subject)
    if rows is None:
        return HttpResponseRedirect(segment_link.href(conditions.tree, made_from=""))
    head = [
        say("お客様番号", "customer"), say("姓", "family name"), say("名", "given name"),
        say("セイ", "family kana"), say("メイ", "given kana"), say("会員番号", "card"),
        say("粗利", "gross profit"), say("購入額", "purchases"), say("回数", "receipts"),
        say("最初の購入", "first purchase"), say("最後の購入", "last purchase"),
    ]  # fmt: skip
    return as_csv("segment", head, rows)


@login_required
@require_GET
def goods(request: HttpRequest) -> HttpResponse:
    """Products that a text finds, to choose from while typing."""
    typed = next((value for key, value in request.GET.items() if key.endswith("sku_id")), "")
    with tx() as t:
        found = catalogue.search(t, str(typed), on=shop_today(), limit=12) if typed else []
    return render(request, "console/_segment_goods.html", {"goods": found})


@login_required
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep a segment under a name: a new one, or the one that is shown."""
    given = request.POST
    conditions = parse(given.get("c", ""))
    if not isinstance(conditions, Conditions):
        return HttpResponse(refusals.sentence(conditions), status=400)
    made_from, name = given.get("made_from", ""), given.get("name", "")
    wanted = NewSegment(
        uid_of(given.get("uid", "")), name, conditions.tree,
        made_from[: segment_link.LONGEST_FROM], given.get("shared", "1") == "1",
    )  # fmt: skip
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        if given.get("seen"):
            answer = segments.change(t, wanted, seen_at=_seen(given["seen"]), **by)
        else:
            answer = segments.save(t, wanted, **by)
    if isinstance(answer, Refusal):
        return _again(request, wanted, conditions, answer)
    return HttpResponseRedirect(f"{reverse('segment', args=[answer.uid])}?saved=1")


@login_required
@require_POST
def archive(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a segment away, or bring it back."""
    back = request.POST.get("back") == "1"
    with tx() as t:
        answer = segments.archive(
            t, uid, actor=actor_of(request), recorded_at=clock.now(), back=back
        )
    if isinstance(answer, Refusal):
        raise Http404
    return HttpResponseRedirect("/segments" if back else f"/segments?undo={uid}")


def _editor(t: Tx, request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    """What the page needs besides its head: rows, what may be added, and the people."""
    viewer = viewer_of(request, "segment")
    page = segments_people.people(
        t, request, sheet.conditions, viewer, made_from=_made_from(request)
    )
    return page | {
        "tabs_of": measure_tabs.menu("segments"),
        "sheet": sheet,
        "rows": inputs(t, sheet.rows),
        "offered": offered(),
        "refused": refusals.sentence(sheet.refused) if sheet.refused else "",
    }


def _rendered(request: HttpRequest, page: dict[str, Any], sheet: Sheet) -> HttpResponse:
    status = 400 if sheet.refused else 200
    response = render(request, "console/segment.html", page, status=status)
    return _followed(request, response, sheet, page["path"])


def _followed(
    request: HttpRequest, response: HttpResponse, sheet: Sheet, path: str
) -> HttpResponse:
    """Where a part of the page was asked for, the address follows what the rows say."""
    if sheet.is_whole and "rows" in request.GET and request.headers.get("HX-Request"):
        kept = {"c": sheet.conditions.text}
        if _made_from(request):
            kept["made_from"] = _made_from(request)
        response["HX-Replace-Url"] = f"{path}?{urlencode(kept)}"
    return response


def _seen(written: str) -> datetime:
    """When the form was read; what cannot be read is long ago, so that nothing is overwritten."""
    try:
        return parse_datetime(written) or _LONG_AGO
    except ValueError:
        return _LONG_AGO


def _again(
    request: HttpRequest, wanted: NewSegment, conditions: Conditions, refused: Refusal
) -> HttpResponse:
    """The editor once more, with what was typed and why it was not kept."""
    with tx() as t:
        sheet = from_conditions(t, conditions, home.current_shop().currency)
        page = _editor(t, request, sheet)
        segment = segments.one(t, wanted.uid)
    visible = segment if segment and segments.may_see(segment, actor_of(request)) else None
    page |= {
        "segment": visible,
        "uid": wanted.uid,
        "name": wanted.name,
        "shared": wanted.shared,
        "made_from": wanted.made_from,
        "not_saved": refusals.sentence(refused),
        "path": reverse("segment", args=[wanted.uid]) if visible else "/segments/new",
        "changed": True,
        "mine": True,
    }
    return render(request, "console/segment.html", page, status=409)


def _sheet(t: Tx, request: HttpRequest) -> Sheet:
    currency = home.current_shop().currency
    if "rows" in request.GET:
        return from_form(t, request.GET, currency)
    return from_text(t, request.GET.get("c", ""), currency)


def _visible(t: Tx, request: HttpRequest, uid: UUID) -> SegmentShown:
    segment = segments.one(t, uid)
    if segment is None or not segments.may_see(segment, actor_of(request)):
        raise Http404
    return segment


def _parsed(request: HttpRequest) -> Conditions:
    conditions = parse(request.GET.get("c", ""))
    if isinstance(conditions, Refusal):
        raise Http404
    return conditions


def _made_from(request: HttpRequest) -> str:
    """Where one came from: an address of this console, or nothing."""
    given = str(request.GET.get("made_from", ""))[: segment_link.LONGEST_FROM]
    return given if given.startswith("/") and not given.startswith("//") else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
