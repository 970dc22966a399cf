"""`POST /v1/sales`: a sale from any system, booked by the same verb as at the till.

One sale is answered 201 (200 when it was known), a refusal 409 with code, field and sentence.
`{"sales": […]}` books up to 1,000 independent ones and answers each in order with 200.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse

from goen.doors.api.door import answer, body, guarded, not_too_many
from goen.doors.refusals import as_json
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.orders.selling import sell as sell_many


class Member(msgspec.Struct, forbid_unknown_fields=True):
    """What the shopper showed. Without a kind any credential with this value."""

    value: str
    kind: str = ""


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """A customer as the calling system knows them."""

    source: str
    key: str


class LineIn(msgspec.Struct, forbid_unknown_fields=True):
    """One line; without an amount Goen prices it. The discount comes off the amount."""

    item: str
    qty: int
    amount_minor: int | None = None
    tax_class: str | None = None
    discount_minor: int = 0
    discount_code: str = ""


class TenderIn(msgspec.Struct, forbid_unknown_fields=True):
    """One way of paying."""

    kind: str
    amount_minor: int
    tendered_minor: int | None = None


class SaleIn(msgspec.Struct, forbid_unknown_fields=True):
    """A sale as sent. `uid` is the caller's and makes a retry harmless."""

    uid: UUID
    place: str
    channel: str
    occurred_at: datetime
    lines: list[LineIn]
    tenders: list[TenderIn] = []
    source: str = "goen"
    source_no: str | None = None
    till: str | None = None
    till_seq: int | None = None
    staff: str | None = None
    member: Member | None = None
    record: Record | None = None
    price_tax: str = "included"
    currency: str | None = None
    expected_total_minor: int | None = None
    handed_over: bool = True
    discount_minor: int = 0
    discount_code: str = ""


class SalesIn(msgspec.Struct, forbid_unknown_fields=True):
    """Many independent sales."""

    sales: list[SaleIn]


@guarded("sales:write")
def sell(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Book one sale, or many."""
    many = "sales" in body(request, dict[str, msgspec.Raw])
    wanted = body(request, SalesIn).sales if many else [body(request, SaleIn)]
    not_too_many(wanted, "sales")
    with tx() as t:
        answers = sell_many(
            t, [_sale(sale) for sale in wanted], actor=actor, recorded_at=clock.now()
        )
    if many:
        return answer({"answers": [_body(a) for a in answers]})
    return answer(_body(answers[0]), _status(answers[0]))


def _sale(given: SaleIn) -> Sale:
    return Sale(
        uid=given.uid,
        place=given.place,
        channel=given.channel,
        occurred_at=given.occurred_at,
        lines=tuple(_line(line) for line in given.lines),
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
    )


def _line(x: LineIn) -> SaleLine:
    return SaleLine(x.item, x.qty, x.amount_minor, x.tax_class, x.discount_minor, x.discount_code)


def _status(outcome: Sold | Refusal) -> int:
    if isinstance(outcome, Refusal):
        return 409
    return 200 if outcome.repeated else 201


def _body(outcome: Sold | Refusal) -> dict[str, object]:
    if isinstance(outcome, Refusal):
        return as_json(outcome)
    return {
        "uid": str(outcome.uid),
        "order": outcome.order_id,
        "total_minor": outcome.total_minor,
        "change_minor": outcome.change_minor,
        "repeated": outcome.repeated,
    }
