"""What is proposed to a person, on their page: why, what, and putting it aside in one tap.

Promises: it is the proposal that till, member page and mail show, with the figures it rests on;
that it was shown here is kept once a day; for who is held out the page says so and proposes
nothing, so that what proposals change can be measured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from goen.doors import refusals
from goen.doors.console import proposals_words as words
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx, tx
from goen.marketing import proposal_words, proposals
from goen.marketing.proposals import PastProposal


@dataclass(frozen=True, slots=True)
class Past:
    """A proposal that is over, in words."""

    at: datetime
    name: str
    kind: str
    ended: str
    places: str


def note_of(
    t: Tx, person_id: int, viewer: Viewer, *, on: date, actor: Actor, at: datetime
) -> dict[str, Any]:
    """What the page says: the open proposal, or that the person is held out; and the past ones."""
    found = proposals.current(t, person_id, viewer=viewer, on=on)
    if found is not None:
        proposals.shown(t, found.uid, "console", str(on), actor=actor, recorded_at=at)
    return {
        "proposal": None
        if found is None
        else {
            "uid": found.uid,
            "why": say(*proposal_words.for_staff(found)),
            "what": say(*proposal_words.what(found)),
            "sku_id": found.sku_id,
            "expires_on": found.expires_on,
            "stake_minor": found.stake_minor,
            "whys": [(code, say(*said)) for code, said in words.WHYS.items() if code != "other"],
        },
        "held_out": found is None and proposals.held_out(t, person_id),
        "past": _past(proposals.past(t, person_id, viewer=viewer)),
    }


@login_required
@require_POST
def dismiss(request: HttpRequest, person_id: int, uid: UUID) -> HttpResponse:
    """Put it aside with a reason, or take that back."""
    back = request.POST.get("back") == "1"
    by = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        known = proposals.one(t, uid)
        if known is None or known.person_id != person_id:
            return HttpResponse(status=404)
        refused = (
            proposals.restore(t, uid, **by)  # type: ignore[arg-type]
            if back
            else proposals.dismiss(t, uid, request.POST.get("why", ""), **by)  # type: ignore[arg-type]
        )
    if refused:
        return HttpResponse(refusals.sentence(refused), status=422)
    aside = "" if back else f"?aside={uid}"
    return HttpResponseRedirect(reverse("person", args=[person_id]) + aside)


def _past(found: Sequence[PastProposal]) -> list[Past]:
    return [
        Past(
            one.ended_at,
            text_of(one.shown.name),
            say(*words.KINDS[one.shown.kind]),
            say(*words.ENDS[one.ended_how])
            + (f"（{say(*words.WHYS[one.ended_why])}）" if one.ended_why in words.WHYS else ""),
            say("・", ", ").join(say(*words.SHOWN_AT[place]) for place in one.places),
        )
        for one in found
        if one.ended_at is not None and one.shown.arm == "treated"
    ][:5]
