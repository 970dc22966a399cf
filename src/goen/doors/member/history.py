"""What a member bought, over every channel, and the receipt of each."""

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.member.entry import name
from goen.doors.member.shopper import Shopper, signed_in
from goen.doors.register.receipts import paper_of
from goen.kit.db import tx
from goen.orders import queries as orders

PAGE = 15


@require_GET
@signed_in
def show(request: HttpRequest, known: Shopper) -> HttpResponse:
    """The list, newest first."""
    before = _instant(request.GET.get("before", ""))
    with tx() as t:
        found = orders.receipts_of(t, known.records, limit=PAGE + 1, before=before)
        total = orders.count_of(t, known.records)
    shown = found[:PAGE]
    page = {
        "name": name(known),
        "visits": shown,
        "total": total,
        "older": shown[-1].occurred_at.isoformat() if len(found) > PAGE else "",
        "paged": before is not None,
        "face": "history",
    }
    return render(request, "member/history.html", page)


@require_GET
@signed_in
def receipt(request: HttpRequest, known: Shopper, uid: UUID) -> HttpResponse:
    """One receipt; somebody else's is not there."""
    with tx() as t:
        found = orders.receipt(t, uid)
        if found is None or found.record_id not in known.records:
            raise Http404
        paper = paper_of(t, found)
    claimed = request.GET.get("claimed", "")
    page = {
        "paper": paper,
        "claimed": int(claimed) if claimed.isdecimal() and len(claimed) < 9 else None,
        "face": "history",
    }
    return render(request, "member/receipt.html", page)


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
