"""The member's first page: the card to show, the points and when they end, what came last.

Promises: the code is black on white in both themes; points are read when the page is opened; what
a shopper spent over time is nobody's business at a counter and does not stand here.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers import consents
from goen.customers.consents import Permission
from goen.doors.console.days import shop_day
from goen.doors.member.entry import name
from goen.doors.member.shopper import Shopper, signed_in
from goen.doors.register import barcode
from goen.doors.say import say, text_of
from goen.kit import clock, home
from goen.kit.db import Tx, tx
from goen.marketing import proposal_words, proposals
from goen.orders import queries as orders
from goen.points import queries as points

LATEST = 3


@require_GET
@signed_in
def show(request: HttpRequest, known: Shopper) -> HttpResponse:
    """The card."""
    with tx() as t:
        page = _page(t, known) | {"proposal": _proposal(t, known)}
    return render(request, "member/card.html", page)


def _page(t: Tx, known: Shopper) -> dict[str, Any]:
    zone = clock.zone(home.current_shop().timezone)
    today = clock.now().astimezone(zone).date()
    balance = points.balance_of_records(t, known.records, day=today, viewer=known.viewer)
    number = known.shown.cards[0] if known.shown.cards else ""
    return {
        "name": name(known),
        "number": number,
        "bars": barcode.bars(number),
        "balance": balance,
        "has_points": bool(balance.accounts),
        "latest": orders.receipts_of(t, known.records, limit=LATEST),
        "mailed": isinstance(
            consents.permissions(t, [known.person_id])[known.person_id], Permission
        ),
        "face": "card",
    }


def _proposal(t: Tx, known: Shopper) -> dict[str, str] | None:
    """What is proposed to them, as a shopper may read it; that they saw it is kept, once a day."""
    at = clock.now()
    on = shop_day(at)
    found = proposals.current(t, known.person_id, viewer=known.viewer, on=on)
    if found is None:
        return None
    proposals.shown(
        t, found.uid, "member", f"{known.record_id}:{on}", actor=known.actor, recorded_at=at
    )
    return {"name": text_of(found.name), "why": say(*proposal_words.for_shopper(found))}
