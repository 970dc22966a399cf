"""One tap: why this was bought.

Promises: optional, never in the way of the next sale; a reason said at the till is the shopper's
own word (`stated`); without scripts it is a plain form that comes back to the receipt.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goen.behaviour.queries import reasons_of
from goen.behaviour.reasons import NewReason, note_reason
from goen.doors import refusals
from goen.doors.console.shell import actor_of
from goen.doors.register.words import REASONS
from goen.kit import clock, ids
from goen.kit.db import tx
from goen.orders.queries import receipt as receipt_of


@login_required
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """Keep the reason of a sale. Each code counts once per sale, however often it is tapped."""
    document = _uuid(request.POST.get("document", ""))
    code = request.POST.get("code", "")
    words = request.POST.get("note", "").strip()
    with tx() as t:
        receipt = receipt_of(t, document)
        if receipt is None:
            raise Http404
        uid = ids.import_id(source="register", document=str(document), kind=f"{code}:{words}")
        reason = NewReason(uid, document, receipt.record_id, "stated", code, words)
        refused = note_reason(t, reason, actor=actor_of(request), recorded_at=clock.now())
        noted = reasons_of(t, [document]).get(document, [])
    if not request.headers.get("HX-Request") and not refused:
        return HttpResponseRedirect(reverse("register:receipt", args=[document]) + "#reason")
    page = {
        "document": document,
        "reasons": REASONS,
        "known": receipt.record_id is not None,
        "noted": noted,
        "noted_codes": {one.code for one in noted},
        "refused": refusals.sentence(refused) if refused else "",
    }
    return render(request, "register/_reasons.html", page)


def _uuid(typed: str) -> UUID:
    try:
        return UUID(typed)
    except ValueError:
        raise Http404 from None
