"""One order: what it is, what was done, what is open, and what to do next.

Promises: what waits for a decision stands first; goods, money and papers stand side by side as
the ledger has them; contact data is masked by role, and every look at a person leaves a line in
the trail.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers import addresses
from goen.customers.addresses import AddressShown
from goen.doors.console import gate, orders_match
from goen.doors.console.orders_exceptions import names_of_places, shown_of
from goen.doors.console.orders_next import (
    Step,
    acts_of,
    may_act,
    may_do,
    next_of,
    why_not,
)
from goen.doors.console.orders_tracks import tracks
from goen.doors.console.orders_words import TENDERS, names_of_records, number_of, since, word
from goen.doors.console.shell import viewer_of
from goen.doors.say import say, text_of
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.orders import listing, showing, stuck
from goen.orders.showing import LineShown, Whole
from goen.payments.queries import tenders_of
from goen.places import queries as places


@dataclass(frozen=True, slots=True)
class Line:
    """A line as shown, with a word for where its open units are."""

    line: LineShown
    name: str
    kept: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> int:
        """Open units that nobody keeps."""
        return max(0, self.line.open - self.line.held)


@login_required
@require_GET
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The page of one order or sale."""
    viewer = viewer_of(request)
    now = clock.now()
    with tx() as t:
        order = showing.whole(t, uid)
        if order is None:
            raise Http404
        page = page_of(t, order, viewer, now, gate.own_codes(t, request))
        if order.record_id or (order.delivery and order.delivery.address_id):
            trail.saw(t, viewer, "order", order.uid, at=now)
    page["said"] = request.session.pop(f"order-{uid}", "") or request.session.pop("exception", "")
    page["may_act"] = may_act(request)
    page["others"] = [one for one in page["others"] if may_do(request, order, one.code)]
    page["may_next"] = page["next"] and may_do(request, order, page["next"].code)
    page["whose"] = why_not(request, order) if page["next"] and not page["may_next"] else ""
    page["error"] = request.session.pop("exception-error", "")
    return render(request, "console/order.html", page)


def page_of(
    t: Tx,
    order: Whole,
    viewer: Viewer,
    now: datetime,
    own: Collection[str] | None = None,
) -> dict[str, Any]:
    """What the page shows, also used by the forms of its acts; `own` as `shown_of` has it."""
    names = {one.id: text_of(one.name) for one in places.places(t)}
    paid = [(one.kind, one.amount_minor) for one in tenders_of(t, order.uid)]
    next_step = next_of(order, now)
    decides = any(one.closed_at is None for one in order.exceptions)
    first = next_step.code if next_step and not decides else ""
    codes = names_of_places(t) if order.exceptions else {}
    exceptions = [shown_of(one, now, codes, own) for one in order.exceptions]
    return {
        "order": order,
        "number": number_of(order.source_no, order.uid),
        "person": person_of(t, order, viewer),
        "address": address_of(t, order, viewer),
        "lines": [_line(one, order) for one in order.lines],
        "tenders": [(word(TENDERS, kind), amount) for kind, amount in paid],
        "acts": tracks(order, paid, names),
        "next": next_step,
        "others": [one for one in acts_of(order) if one.code != first],
        "steps": steps_of(order),
        "stuck": stuck_for(t, order, now),
        "mismatches": orders_match.of_order(t, order.uid, told=decides or bool(next_step)),
        "waiting": [one for one in exceptions if one.one.closed_at is None],
        "settled": [one for one in exceptions if one.one.closed_at is not None],
    }


def stuck_for(t: Tx, order: Whole, now: datetime) -> str:
    """For how long it has stood still beyond its step's limit; empty when it has not."""
    if order.state not in listing.OPEN_STATES:
        return ""
    found = (one for one in stuck.stuck(t, at=now) if one.order_id == order.order_id)
    return next((since(one.since, now) for one in found), "")


def person_of(t: Tx, order: Whole, viewer: Viewer) -> tuple[int, str] | None:
    """Who it is for: the person and what they are called."""
    if order.record_id is None:
        return None
    return names_of_records(t, [order.record_id], viewer).get(order.record_id)


def address_of(t: Tx, order: Whole, viewer: Viewer) -> AddressShown | None:
    """Where it goes, as far as the viewer may know."""
    if order.delivery is None or order.delivery.address_id is None:
        return None
    found = addresses.read(t, [order.delivery.address_id], viewer)
    return found.get(order.delivery.address_id)


def _line(one: LineShown, order: Whole) -> Line:
    kept: dict[str, int] = {}
    for _, name, qty in one.kept:
        kept[text_of(name)] = kept.get(text_of(name), 0) + qty
    return Line(one, text_of(one.name), tuple(kept.items()) if order.kind == "order" else ())


def steps_of(order: Whole) -> Sequence[Step]:
    """The way of this order from placing to the shopper, with what is done of it."""
    if order.kind != "order" or order.delivery is None:
        return ()
    collect = order.delivery.method == "collect"
    moment = {slip.kind: slip for slip in order.slips}
    sent = moment.get("hand_over") or moment.get("ship")
    gone = order.state == "cancelled"
    steps = [Step("placed", say("受注", "Placed"), "done", order.occurred_at)]
    if collect:
        ready = moment.get("ready")
        look = "done" if ready or sent else "off" if gone else "here"
        steps.append(
            Step(
                "ready",
                say("受け取り準備", "Laid ready"),
                look,
                ready.occurred_at if ready else None,
            )
        )
    waits = not collect or any(one.look == "done" for one in steps[1:])
    look = "half" if order.state == "part" else "done" if sent else "here" if waits else "to come"
    if gone and not sent:
        look = "off"
    name = say("お渡し", "Handed over") if collect else say("出荷", "Shipped")
    steps.append(Step("send", name, look, sent.occurred_at if sent else None))
    if gone:
        given = moment.get("cancel")
        last = given.occurred_at if given else None
        return [*steps, Step("cancelled", say("取消", "Cancelled"), "stop", last)]
    look = "done" if order.state == "done" else "to come"
    return [*steps, Step("done", say("完了", "Done"), look, None)]
