"""`/v1/orders`: orders from afar are placed, fulfilled, given up and taken back; and are read.

Every act has a `uid` of its own, made by the caller: the same one again is answered and not done
again. An act names units by the line's number on the document (from 1; 0 is the delivery fee);
without `parts` it is about all that can be.
"""

import re
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.customers import addresses
from goen.doors.api.door import Call, Code, Count, Moment, Refused, Text, answer, shaped
from goen.doors.api.sales import Buyer, Member, TenderIn
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders import cancelling, fulfilling, placing, rerouting, taking_back, told
from goen.orders.order import (
    Address,
    Cancellation,
    Delivery,
    Fulfilment,
    NewOrder,
    Part,
    PartBack,
    Placed,
    Ready,
    Reroute,
    Slipped,
    TakeBack,
    TakenBack,
)
from goen.orders.sale import Sale, SaleLine, SaleTender

LineNo = Annotated[int, Meta(ge=0, le=32_767)]
MOST_LISTED = 500


class OrderLineIn(Struct, forbid_unknown_fields=True):
    """One line; without an amount Goen prices it. The discount comes off the amount."""

    item: Code
    qty: Count
    amount_minor: Count | None = None
    tax_class: Code | None = None
    discount_minor: Count = 0
    discount_code: Code = ""


class AddressIn(Struct, forbid_unknown_fields=True):
    """Where and to whom goods are sent."""

    name: Code
    postcode: Code
    address: Text
    phone: Code = ""


class DeliveryIn(Struct, forbid_unknown_fields=True):
    """Shipped to an address, or collected at a store."""

    method: Literal["ship", "collect"]
    address: AddressIn | None = None
    collect_at: Code | None = None
    from_place: Code | None = None
    fee_minor: Count = 0
    fee_tax_class: Code = "standard"
    wanted_on: date | None = None


class LineSourceIn(Struct, forbid_unknown_fields=True):
    """A line, by its position from 0, whose goods come from another place."""

    line: LineNo
    place: Code


class OrderIn(Struct, forbid_unknown_fields=True):
    """An order as placed. `uid` is the caller's and makes a retry harmless."""

    uid: UUID
    place: Code
    channel: Code
    occurred_at: Moment
    lines: list[OrderLineIn]
    delivery: DeliveryIn
    tenders: list[TenderIn] = []
    sources: list[LineSourceIn] = []
    source: Code = "goen"
    source_no: Code | None = None
    staff: Code | None = None
    member: Member | None = None
    record: Buyer | None = None
    price_tax: Code = "included"
    currency: Code | None = None
    expected_total_minor: Count | None = None
    discount_minor: Count = 0
    discount_code: Code = ""
    coupons: list[Code] = []


class PlacedOut(Struct):
    """The order is in the books and its goods are kept."""

    uid: UUID
    order: int
    total_minor: int
    points_earned: int
    repeated: bool


class PartIn(Struct, forbid_unknown_fields=True):
    """Units of a line, by its number on the document."""

    line_no: LineNo
    qty: Count


class FulfilmentIn(Struct, forbid_unknown_fields=True):
    """Goods leave for the shopper, in one parcel or several, or over the counter."""

    uid: UUID
    how: Code
    occurred_at: Moment
    parts: list[PartIn] = []
    place: Code | None = None
    carrier: Code = ""
    tracking_no: Code = ""
    staff: Code | None = None


class ReadyIn(Struct, forbid_unknown_fields=True):
    """All that is open lies ready where it is to be collected."""

    uid: UUID
    occurred_at: Moment
    staff: Code | None = None


class RerouteIn(Struct, forbid_unknown_fields=True):
    """Open units are to come from another place."""

    uid: UUID
    to_place: Code
    occurred_at: Moment
    parts: list[PartIn] = []
    staff: Code | None = None


class CancellationIn(Struct, forbid_unknown_fields=True):
    """Open units are given up; the fee too, if nothing is left."""

    uid: UUID
    reason: Code
    occurred_at: Moment
    parts: list[PartIn] = []
    staff: Code | None = None


class PartBackIn(Struct, forbid_unknown_fields=True):
    """Units that came back, to be sold again (`sellable`) or not (`damaged`)."""

    line_no: LineNo
    qty: Count
    to: Code = "sellable"


class TenderBackIn(Struct, forbid_unknown_fields=True):
    """What goes back by one way of paying, by its position on the document."""

    tender: LineNo
    amount_minor: Count


class TakeBackIn(Struct, forbid_unknown_fields=True):
    """Goods come back to a place, whichever it is."""

    uid: UUID
    place: Code
    reason: Code
    occurred_at: Moment
    parts: list[PartBackIn] = []
    tenders: list[TenderBackIn] | None = None
    till: Code | None = None
    staff: Code | None = None


class SlippedOut(Struct):
    """The act is in the books; `state` is the order's afterwards."""

    uid: UUID
    order: UUID
    slip: int
    state: str
    total_minor: int
    repeated: bool


class TenderBackOut(Struct):
    """What went back by one way of paying."""

    tender: int
    kind: str
    amount_minor: int


class TakenBackOut(Struct):
    """The goods are back and the money too."""

    uid: UUID
    order: UUID
    slip: int
    state: str
    total_minor: int
    tenders: list[TenderBackOut]
    points_back: int
    points_owed: int
    repeated: bool


class OrdersQuery(Struct, forbid_unknown_fields=True):
    """Which orders, and where to go on."""

    state: Literal["open", "placed", "ready", "part", "done", "cancelled", "all"] = "open"
    since: Moment | None = None
    cursor: Code = ""
    limit: Annotated[int, Meta(ge=1, le=MOST_LISTED)] = 100


class OrderHeadOut(Struct):
    """An order without its lines. `method` is null for a sale at a till."""

    uid: UUID
    source: str
    source_no: str
    kind: str
    state: str
    place: str
    channel: str
    occurred_at: datetime
    currency: str
    total_minor: int
    method: str | None
    collect_at: str | None
    wanted_on: date | None


class OrdersOut(Struct):
    """Orders, and the cursor of the next page; null when there are no more for now."""

    orders: list[OrderHeadOut]
    cursor: str | None


class KeptOut(Struct):
    """Units that are kept at a place."""

    place: str
    qty: int


class OrderLineOut(Struct):
    """A line and what became of its units; the delivery fee has number 0 and no item."""

    line_no: int
    item: str | None
    qty: int
    amount_minor: int
    tax_class: str | None
    rate_bp: int | None
    open: int
    fulfilled: int
    cancelled: int
    taken_back: int
    kept: list[KeptOut]


class StepOut(Struct):
    """What the ledger keeps or moved, from which holder to which, by which request."""

    request: UUID
    unit: str
    item: str | None
    source: str
    target: str
    qty: int
    reason: str
    held: bool
    takes_back: bool


class SlipLineOut(Struct):
    """Units of a line on a slip."""

    line_no: int
    qty: int


class SlipOut(Struct):
    """One act on the order."""

    uid: UUID
    kind: str
    occurred_at: datetime
    place: str | None
    reason: str
    carrier: str
    tracking_no: str
    total_minor: int
    lines: list[SlipLineOut]


class TracksOut(Struct):
    """The same order three times: where the goods are, the money, and the documents."""

    goods: list[StepOut]
    money: list[StepOut]
    documents: list[SlipOut]


class AddressOut(Struct):
    """To whom goods are sent, as given with the order."""

    name: str
    postcode: str
    address: str
    phone: str


class OrderOut(Struct):
    """An order and everything that became of it."""

    order: OrderHeadOut
    captured_minor: int
    due_minor: int
    lines: list[OrderLineOut]
    tracks: TracksOut


def place(call: Call) -> HttpResponse:
    """Place one order, or many."""
    given, many = call.facts(OrderIn)
    orders = [order_of(one) for one in given]
    with tx() as t:
        answers = placing.place(t, orders, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, placed, many=many)


def fulfil(call: Call) -> HttpResponse:
    """Goods leave for the shopper."""
    x = call.fact(FulfilmentIn)
    wish = Fulfilment(
        x.uid,
        call.uid(),
        x.how,
        x.occurred_at,
        _parts(x.parts),
        x.place,
        x.carrier,
        x.tracking_no,
        x.staff,
    )
    with tx() as t:
        answers = fulfilling.fulfil(t, [wish], actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _slipped)


def ready(call: Call) -> HttpResponse:
    """The goods lie ready to be collected."""
    x = call.fact(ReadyIn)
    wish = Ready(x.uid, call.uid(), x.occurred_at, x.staff)
    with tx() as t:
        answers = fulfilling.ready(t, [wish], actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _slipped)


def reroute(call: Call) -> HttpResponse:
    """Open units are to come from another place."""
    x = call.fact(RerouteIn)
    wish = Reroute(x.uid, call.uid(), x.to_place, x.occurred_at, _parts(x.parts), x.staff)
    with tx() as t:
        answers = rerouting.reroute(t, [wish], actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _slipped)


def cancel(call: Call) -> HttpResponse:
    """Open units are given up, with the money and points kept for them."""
    x = call.fact(CancellationIn)
    wish = Cancellation(x.uid, call.uid(), x.reason, x.occurred_at, _parts(x.parts), x.staff)
    with tx() as t:
        answers = cancelling.cancel(t, [wish], actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _slipped)


def take_back(call: Call) -> HttpResponse:
    """Goods come back, and the money for them goes back."""
    given = call.fact(TakeBackIn)
    tenders = None
    if given.tenders is not None:
        tenders = tuple((one.tender, one.amount_minor) for one in given.tenders)
    parts = tuple(PartBack(p.line_no, p.qty, p.to) for p in given.parts)
    wish = TakeBack(
        given.uid,
        call.uid(),
        given.place,
        given.reason,
        given.occurred_at,
        parts,
        tenders,
        given.till,
        given.staff,
    )
    with tx() as t:
        answers = taking_back.take_back(t, [wish], actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _taken_back)


def listed(call: Call) -> HttpResponse:
    """Orders from afar, by state."""
    asked = call.query(OrdersQuery)
    states = {"open": told.OPEN, "all": told.STATES}.get(asked.state, (asked.state,))
    with tx() as t:
        page = told.page(
            t, states=states, since=asked.since, after=_after(asked.cursor), limit=asked.limit
        )
    return answer(shaped(page, OrdersOut))


def one(call: Call) -> HttpResponse:
    """An order, or a sale, with its lines and tracks."""
    uid = call.uid()
    with tx() as t:
        found = told.whole(t, uid)
        if found is None:
            raise Refused(Refusal("unknown_order", "uid", {"given": str(uid)}), 404)
    return answer(shaped(found, OrderOut))


def address(call: Call) -> HttpResponse:
    """To whom an order is sent: for whoever packs it. Every look is in the trail."""
    uid = call.uid()
    with tx() as t:
        id_ = told.sent_to(t, uid)
        if id_ is None:
            raise Refused(Refusal("nothing_there", "uid", {"given": str(uid)}), 404)
        viewer = Viewer(str(call.actor), "key", purpose="fulfilment")
        shown = addresses.read(t, [id_], viewer)[id_]
        purpose = {"purpose": viewer.purpose}
        trail.note(t, call.actor, "see", "address", uid, at=clock.now(), detail=purpose)
    return answer(shaped(shown, AddressOut))


def order_of(given: OrderIn) -> NewOrder:
    """The fact as the verb takes it."""
    sale = Sale(
        uid=given.uid,
        place=given.place,
        channel=given.channel,
        occurred_at=given.occurred_at,
        lines=tuple(
            SaleLine(x.item, x.qty, x.amount_minor, x.tax_class, x.discount_minor, x.discount_code)
            for x in given.lines
        ),
        tenders=tuple(SaleTender(x.kind, x.amount_minor, x.tendered_minor) for x in given.tenders),
        source=given.source,
        source_no=given.source_no,
        staff=given.staff,
        member=(given.member.kind, given.member.value) if given.member else None,
        record_key=(given.record.source, given.record.key) if given.record else None,
        price_tax=given.price_tax,
        currency=given.currency,
        expected_total_minor=given.expected_total_minor,
        handed_over=False,
        discount_minor=given.discount_minor,
        discount_code=given.discount_code,
        coupons=tuple(given.coupons),
    )
    return NewOrder(
        sale, _delivery(given.delivery), tuple((s.line, s.place) for s in given.sources)
    )


def _delivery(given: DeliveryIn) -> Delivery:
    to = given.address
    return Delivery(
        given.method,
        None if to is None else Address(to.name, to.postcode, to.address, to.phone),
        given.collect_at,
        given.from_place,
        given.fee_minor,
        given.fee_tax_class,
        given.wanted_on,
    )


def placed(done: Placed) -> PlacedOut:
    """What is answered of an order that was placed."""
    return PlacedOut(done.uid, done.order_id, done.total_minor, done.points_earned, done.repeated)


def _parts(given: list[PartIn]) -> tuple[Part, ...]:
    return tuple(Part(one.line_no, one.qty) for one in given)


def _slipped(done: Slipped) -> SlippedOut:
    return SlippedOut(
        done.uid, done.order, done.slip_id, done.state, done.total_minor, done.repeated
    )


def _taken_back(done: TakenBack) -> TakenBackOut:
    slip = done.slip
    return TakenBackOut(
        slip.uid,
        slip.order,
        slip.slip_id,
        slip.state,
        slip.total_minor,
        [TenderBackOut(one.tender, one.kind, one.amount_minor) for one in done.tenders],
        done.points_back,
        done.points_owed,
        slip.repeated,
    )


def _after(cursor: str) -> tuple[int, int] | None:
    if not cursor:
        return None
    found = re.fullmatch(r"(\d{1,18})\.(\d{1,18})", cursor, re.ASCII)
    if found is None:
        raise Refused(Refusal("invalid", "cursor", {"given": cursor}), 422)
    return int(found[1]), int(found[2])
