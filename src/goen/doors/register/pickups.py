"""Handing over at the counter what was ordered from afar: what lies ready here, and for whom.

Promises: only what lies in this store can be handed over; the form carries its own id, so pressing
twice hands over once; who looked at whose order is in the trail.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console.people import name_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.register import where
from goen.doors.register.receipts import buyer_of, goods_of, number_of
from goen.doors.register.words import STATES, TENDERS
from goen.kit import clock, ids, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import fulfilling, pickups
from goen.orders import queries as orders
from goen.orders.order import Answer, Fulfilment, Ready
from goen.orders.pickups import Pickup
from goen.payments.queries import tenders_of

PURPOSE = "pickup"


@login_required
@require_GET
def waiting(request: HttpRequest) -> HttpResponse:
    """The orders collected here; one whose number was typed or scanned opens."""
    typed = request.GET.get("q", "").strip()
    viewer = viewer_of(request, PURPOSE)
    with tx() as t:
        counter = where.counter(t, request)
        if counter is None:
            return HttpResponseRedirect(reverse("register:till"))
        named = {one.uid for one in orders.find(t, typed)} if typed else set()
        found = pickups.waiting(t, counter.place.id)
        names = _names(t, found, viewer)
    rows = [
        (one, number_of(one.receipt), goods_of(one.receipt), names.get(one.uid, ""))
        for one in found
    ]
    if typed:
        rows = [row for row in rows if row[0].uid in named or typed in row[1] or typed in row[3]]
    if len(rows) == 1 and named:
        return HttpResponseRedirect(reverse("register:pickup", args=[rows[0][0].uid]))
    page = {
        "counter": counter,
        "typed": typed,
        "rows": rows,
        "states": STATES,
        "here": "pickups",
        "now": clock.now(),
    }
    return render(request, "register/pickups.html", page)


@login_required
@require_GET
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One order at the counter: what to fetch, and to whom it goes."""
    return _page(request, uid, None)


@login_required
@require_POST
def ready(request: HttpRequest, uid: UUID) -> HttpResponse:
    """It lies ready; the shopper can be told."""
    with tx() as t:
        counter = where.counter(t, request)
        if counter is None:
            return HttpResponseRedirect(reverse("register:till"))
        if pickups.one(t, uid, counter.place.id) is None:
            raise Http404
        staff: Any = request.user
        wish = Ready(_form_id(request), uid, clock.now(), staff=str(staff.code))
        [answer] = fulfilling.ready(
            t, [wish], actor=actor_of(request), recorded_at=wish.occurred_at
        )
    return _answered(request, uid, answer)


@login_required
@require_POST
def hand_over(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What lies here goes to the shopper."""
    with tx() as t:
        counter = where.counter(t, request)
        if counter is None:
            return HttpResponseRedirect(reverse("register:till"))
        staff: Any = request.user
        wish = Fulfilment(
            _form_id(request),
            uid,
            "hand_over",
            clock.now(),
            place=counter.place.code,
            staff=str(staff.code),
        )
        [answer] = fulfilling.fulfil(
            t, [wish], actor=actor_of(request), recorded_at=wish.occurred_at
        )
    if not isinstance(answer, Refusal):
        request.session["handed"] = str(uid)
    return _answered(request, uid, answer)


def _answered(request: HttpRequest, uid: UUID, answer: Answer) -> HttpResponse:
    """The page again. A form's id in the books already is the same form, pressed twice."""
    if isinstance(answer, Refusal) and answer.code != "id_reused":
        return _page(request, uid, answer)
    return HttpResponseRedirect(reverse("register:pickup", args=[uid]))


def _page(request: HttpRequest, uid: UUID, refused: Refusal | None) -> HttpResponse:
    viewer = viewer_of(request, PURPOSE)
    with tx() as t:
        counter = where.counter(t, request)
        if counter is None:
            return HttpResponseRedirect(reverse("register:till"))
        found = pickups.one(t, uid, counter.place.id)
        if found is None:
            raise Http404
        person_id, person = buyer_of(t, found.receipt, viewer)
        if person_id is not None:
            trail.saw(t, viewer, "person", person_id, at=clock.now())
        paid = tenders_of(t, uid)
    page = {
        "counter": counter,
        "order": found,
        "receipt": found.receipt,
        "number": number_of(found.receipt),
        "state": STATES[found.state],
        "person": person,
        "person_id": person_id,
        "paid": [(TENDERS.get(one.kind, TENDERS["other"]), one.amount_minor) for one in paid],
        "fresh": request.session.pop("handed", "") == str(uid),
        "form_id": ids.new_id(),
        "refused": refusals.sentence(refused) if refused else "",
        "here": "pickups",
    }
    return render(request, "register/pickup.html", page, status=409 if refused else 200)


def _names(t: Tx, found: list[Pickup], viewer: Viewer) -> dict[UUID, str]:
    """What the buyers are called, by order."""
    records = [one.receipt.record_id for one in found if one.receipt.record_id is not None]
    persons = customers.person_of_records(t, records) if records else {}
    shown = customers.shown(t, sorted(set(persons.values())), viewer=viewer) if persons else {}
    names = {}
    for one in found:
        record = one.receipt.record_id
        if record is not None:
            names[one.uid] = name_of(shown.get(persons[record]), persons[record])
    return names


def _form_id(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("uid", ""))
    except ValueError:
        raise Http404 from None
