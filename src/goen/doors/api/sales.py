"""`POST /v1/sales`: a sale from any system, booked by the same verb as at the till.

One sale is answered 201 (200 when it was known), a refusal 409 with code, field and sentence.
`{"sales": […]}` books up to 1,000 independent ones and answers each in order with 200.
"""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from msgspec import Struct

from goen.doors.api.door import Call, Code
from goen.kit import clock
from goen.kit.db import tx
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.orders.selling import sell as sell_many


class Member(Struct, forbid_unknown_fields=True):
    """What the shopper showed. Without a kind any credential with this value."""

    value: Code
    kind: Code = ""


class Buyer(Struct, forbid_unknown_fields=True):
    """A customer as the calling system knows them."""

    source: Code
    key: Code


class SaleLineIn(Struct, forbid_unknown_fields=True):
    """One line; without an amount Goen prices it. The discount comes off the amount."""

    item: Code
    qty: int
    amount_minor: int | None = None
    tax_class: Code | None = None
    discount_minor: int = 0
    discount_code: Code = ""


class TenderIn(Struct, forbid_unknown_fields=True):
    """One way of paying."""

    kind: Code
    amount_minor: int
    tendered_minor: int | None = None


class SaleIn(Struct, forbid_unknown_fields=True):
    """A sale as sent. `uid` is the caller's and makes a retry harmless."""

    uid: UUID
    place: Code
    channel: Code
    occurred_at: datetime
    lines: list[SaleLineIn]
    tenders: list[TenderIn] = []
    source: Code = "goen"
    source_no: Code | None = None
    till: Code | None = None
    till_seq: int | None = None
    staff: Code | None = None
    member: Member | None = None
    record: Buyer | None = None
    price_tax: Code = "included"
    currency: Code | None = None
    expected_total_minor: int | None = None
    handed_over: bool = True
    discount_minor: int = 0
    discount_code: Code = ""
    coupons: list[Code] = []


class SoldOut(Struct):
    """The sale is in the books. `points_left` is null without a member who has points."""

    uid: UUID
    order: int
    total_minor: int
    change_minor: int
    points_earned: int
    points_spent: int
    points_left: int | None
    repeated: bool


def sell(call: Call) -> HttpResponse:
    """Book one sale, or many."""
    wanted, many = call.facts(SaleIn, poison=True)
    sales = [sale_of(given) for given in wanted]
    with tx() as t:
        answers = sell_many(t, sales, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, sold, many=many)


def sale_of(given: SaleIn) -> Sale:
    """The fact as the verb takes it."""
    return Sale(
        uid=given.uid,
        place=given.place,
        channel=given.channel,
        occurred_at=given.occurred_at,
        lines=tuple(line_of(line) for line in given.lines),
        tenders=tuple(SaleTender(x.kind, x.amount_minor, x.tendered_minor) for x in given.tenders),
        source=given.source,
        source_no=given.source_no,
        till=given.till,
        till_seq=given.till_seq,
        staff=given.staff,
        member=(given.member.kind, given.member.value) if given.member else None,
        record_key=(given.record.source, given.record.key) if given.record else None,
        price_tax=given.price_tax,
        currency=given.currency,
        expected_total_minor=given.expected_total_minor,
        handed_over=given.handed_over,
        discount_minor=given.discount_minor,
        discount_code=given.discount_code,
        coupons=tuple(given.coupons),
    )


def line_of(x: SaleLineIn) -> SaleLine:
    """A line as the verb takes it."""
    return SaleLine(x.item, x.qty, x.amount_minor, x.tax_class, x.discount_minor, x.discount_code)


def sold(done: Sold) -> SoldOut:
    """What is answered of a sale that was booked."""
    return SoldOut(
        done.uid,
        done.order_id,
        done.total_minor,
        done.change_minor,
        done.points_earned,
        done.points_spent,
        done.points_left,
        done.repeated,
    )
