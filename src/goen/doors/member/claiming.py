"""The page behind the QR code of a receipt: whoever is signed in makes the purchase theirs.

Promises: the page shows what the paper says and no more; a press claims, opening does not; a second
press is the same claim.
"""

from datetime import datetime
from uuid import UUID, uuid5

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from goen.doors import claim_ticket, refusals
from goen.doors.member.shopper import ROOT, Shopper, signed_in
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import claims
from goen.orders import queries as orders
from goen.orders.claims import NewClaim
from goen.points import accounts, programmes
from goen.points import queries as points


@require_http_methods(["GET", "POST"])
@signed_in
def receipt(request: HttpRequest, known: Shopper, token: str) -> HttpResponseBase:
    """The purchase on the paper, and the press that registers it."""
    order = claim_ticket.read(token)
    if order is None:
        raise Http404
    if request.method == "POST":
        return _claim(request, known, order)
    return _page(request, known, order)


def _claim(request: HttpRequest, known: Shopper, order: UUID) -> HttpResponseBase:
    at = clock.now()
    with tx() as t:
        owner = _owner(t, known, order, at)
        wish = NewClaim(uuid5(order, f"claim:{owner}"), order, owner)
        answer = claims.claim(t, wish, actor=known.actor, recorded_at=at)
    if isinstance(answer, Refusal):
        return _page(request, known, order, status=409)
    return HttpResponseRedirect(f"{ROOT}receipts/{order}?claimed={answer.points}")


def _owner(t: Tx, known: Shopper, order: UUID, at: datetime) -> int:
    """The record of theirs that has an account for these points; one is opened where none has."""
    found = orders.receipt(t, order)
    if found is None or claims.can_be_claimed(t, order, known.record_id, at=at) is not None:
        return known.record_id
    programme = next((p for p in programmes.all_of(t) if p.currency == found.currency), None)
    if programme is None:
        return known.record_id
    balance = points.balance_of_records(
        t, known.records, day=programmes.today(programme, at), viewer=known.viewer
    )
    having = [
        record
        for one in balance.accounts
        if one.programme == programme.code
        for record in one.record_ids
    ]
    if having:
        return known.record_id if known.record_id in having else min(having)
    accounts.open_for(
        t, [known.record_id], programme=programme.code, actor=known.actor, recorded_at=at
    )
    return known.record_id


def _page(request: HttpRequest, known: Shopper, order: UUID, *, status: int = 200) -> HttpResponse:
    with tx() as t:
        found = orders.receipt(t, order)
        if found is None:
            raise Http404
        refused = claims.can_be_claimed(t, order, known.record_id, at=clock.now())
    theirs = found.record_id in known.records
    page = {
        "receipt": found if refused is None or theirs else None,
        "refused": refusals.sentence(refused) if refused else "",
        "theirs": theirs,
        "face": "history",
    }
    return render(request, "member/claim.html", page, status=status)
