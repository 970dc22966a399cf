"""One question after a purchase: why did you buy it? Answered from the receipt, once.

Promises: an address is of one sale and cannot be made by guessing; the page says nothing of who
bought what; the first answer holds and is the shopper's own word; needs no login and no script.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from goen.behaviour.queries import reasons_of
from goen.behaviour.reasons import NewReason, note_reason
from goen.doors import sealed
from goen.doors.why_words import REASONS
from goen.kit import clock, ids
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.orders.queries import receipt as receipt_of

ACTOR = Actor("system", "survey")
_PURPOSE = "goen.survey"


def path_of(document: UUID) -> str:
    """Where a sale's question is asked."""
    return f"/q/{sealed.token(document, _PURPOSE)}"


def read(token: str) -> UUID | None:
    """The sale an address is of; None if the shop did not make it."""
    return sealed.read(token, _PURPOSE)


@csrf_exempt  # the address is the secret; whoever holds the paper has no cookie of ours
@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """The question with its answers, each one button; a POST keeps the first answer."""
    document = read(token)
    if document is None:
        return render(request, "console/survey.html", {"gone": True}, status=404)
    with tx() as t:
        receipt = receipt_of(t, document)
        if receipt is None:
            return render(request, "console/survey.html", {"gone": True}, status=404)
        said = any(one.basis == "stated" for one in reasons_of(t, [document]).get(document, []))
        code = request.POST.get("code", "")
        if request.method == "POST" and not said and code in REASONS:
            uid = ids.import_id(source="survey", document=str(document), kind="reason")
            reason = NewReason(uid, document, receipt.record_id, "stated", code)
            said = note_reason(t, reason, actor=ACTOR, recorded_at=clock.now()) is None
    choices = [(code, label) for code, label in REASONS.items() if code != "other"]
    return render(request, "console/survey.html", {"said": said, "choices": choices})
