"""What is proposed to the member at the till: said so that the shopper may read it.

Promises: one read for the proposal; nothing of what the member spent, how often they came or what
was watched is on this screen; that it was shown is kept once a day and till; it is put aside in one
tap, and who is held out is shown nothing.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST

from goen.catalogue.queries import skus
from goen.doors import refusals
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx, tx
from goen.marketing import proposal_words, proposals

WHYS = {
    "not_now": ("また今度", "Not now"),
    "has_it": ("もうお持ち", "Has it"),
    "not_wanted": ("ご不要", "Not wanted"),
    "not_them": ("好みと違う", "Not their taste"),
}
"""Why a proposal is put aside, each one tap."""


def for_member(
    t: Tx, person_id: int, viewer: Viewer, *, on: date, till: str, actor: Actor, at: datetime
) -> dict[str, Any] | None:
    """What the till shows of a member's proposal; None where there is none. Notes that it did."""
    found = proposals.current(t, person_id, viewer=viewer, on=on)
    if found is None:
        return None
    sku = skus(t, [found.sku_id], on=on).get(found.sku_id)
    if sku is None or sku.price_minor is None:
        return None
    proposals.shown(t, found.uid, "till", f"{till}:{on}", actor=actor, recorded_at=at)
    return {
        "uid": str(found.uid),
        "words": say(*proposal_words.for_shopper(found)),
        "item": {
            "item": sku.code,
            "name": text_of(sku.name),
            "price": sku.price_minor,
            "reduced": sku.tax_class == "reduced",
            "age20": sku.age20,
        },
    }


@login_required
@require_POST
def dismiss(request: HttpRequest) -> JsonResponse:
    """Put a proposal aside: `{}`, or why not."""
    try:
        uid = UUID(request.POST.get("proposal", ""))
    except ValueError:
        return JsonResponse({}, status=404)
    with tx() as t:
        refused = proposals.dismiss(
            t,
            uid,
            request.POST.get("why", ""),
            actor=actor_of(request),
            recorded_at=clock.now(),
        )
    return JsonResponse(refusals.as_json(refused) if refused else {})
