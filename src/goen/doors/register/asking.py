"""At the till, once: may we write to you?

Promises: only who has an address and was never asked is asked; the shopper reads the very text that
is kept as proof; a no is one tap like a yes, and neither is in the way of the next sale. What was
said before, here or elsewhere, is not said over from the till.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goen.customers import consents, saying, wordings
from goen.customers import queries as customers
from goen.customers.consents import Barred
from goen.doors.console.consents_words import DEFAULTS
from goen.doors.console.shell import actor_of
from goen.doors.register import where
from goen.doors.say import text_of
from goen.kit import clock, ids
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.orders.queries import Receipt
from goen.orders.queries import receipt as receipt_of

CHANNEL = "mail"


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands on the screen: the text, or that it was answered."""

    document: UUID
    text: str
    version: int = 0
    answered: str = ""


def for_receipt(t: Tx, receipt: Receipt) -> Asked | None:
    """The question to whoever bought, if they can be reached and never said anything."""
    person = _person(t, receipt)
    if person is None:
        return None
    found = consents.permissions(t, [person], channel=CHANNEL)[person]
    if not (isinstance(found, Barred) and found.cause == "no_consent"):
        return None
    texts = {one.code: (one.text, one.version) for one in wordings.current(t)}
    text, version = texts.get(CHANNEL, (DEFAULTS[CHANNEL], 0))
    return Asked(receipt.uid, text_of(text), version)


@login_required
@require_POST
def note(request: HttpRequest) -> HttpResponse:
    """Keep the answer, at all of the shopper's records."""
    try:
        document = UUID(request.POST.get("document", ""))
    except ValueError:
        raise Http404 from None
    granted, at = request.POST.get("granted") == "yes", clock.now()
    with tx() as t:
        receipt = receipt_of(t, document)
        person = None if receipt is None else _person(t, receipt)
        if receipt is None or person is None:
            raise Http404
        if for_receipt(t, receipt) is None:  # answered by now, here or elsewhere
            return _answered(request, document, granted=granted)
        counter, actor = where.counter(t, request), actor_of(request)
        read = wordings.read_there(t, CHANNEL, request.POST.get("version", ""))
        staff: Any = request.user
        said = saying.Said(
            uid=ids.import_id(source="register", document=str(document), kind=f"said:{granted}"),
            channel=CHANNEL,
            granted=granted,
            way="till",
            occurred_at=at,
            wording=(CHANNEL, read or _version(t, actor)),
            place_id=counter.place.id if counter else receipt.place_id,
            evidence={
                "by": f"{staff.code} {counter.till.code}" if counter else staff.code,
                "receipt": receipt.source_no,
            },
        )
        saying.say(t, person, said, actor=actor, recorded_at=at)
    return _answered(request, document, granted=granted)


def _answered(request: HttpRequest, document: UUID, *, granted: bool) -> HttpResponse:
    if not request.headers.get("HX-Request"):
        return HttpResponseRedirect(reverse("register:receipt", args=[document]))
    asked = Asked(document, "", answered="yes" if granted else "no")
    return render(request, "register/_asking.html", {"asked": asked})


def _person(t: Tx, receipt: Receipt) -> int | None:
    if receipt.record_id is None:
        return None
    return customers.person_of_records(t, [receipt.record_id])[receipt.record_id]


def _version(t: Tx, actor: Actor) -> int:
    """The text's version now; the usual text becomes the shop's first."""
    found = {one.code: one.version for one in wordings.current(t)}
    if CHANNEL in found:
        return found[CHANNEL]
    return wordings.put(t, CHANNEL, DEFAULTS[CHANNEL], actor=actor, recorded_at=clock.now())
