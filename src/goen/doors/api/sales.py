"""`POST /v1/sales`: a sale from any system, booked by the same verb as at the till.

One sale is answered 201 (200 when it was known), a refusal 409 with code, field and sentence.
`{"sales": […]}` books up to 1,000 independent ones and answers each in order with 200.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from goen.doors.refusals import as_json
from goen.kit import clock, keys
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.orders.selling import sell as sell_many

MOST = 1_000


class Member(msgspec.Struct, forbid_unknown_fields=True):
    """What the shopper showed. Without a kind any credential with this value."""

    value: str
    kind: str = ""


class Record(msgspec.Struct, forbid_unknown_fields=True):
    """A customer as the calling system knows them."""

    source: str
    key: str


class LineIn(msgspec.Struct, forbid_unknown_fields=True):
    """One line; without an amount Goen prices it."""

    item: str
    qty: int
    amount_minor: int | None = None
    tax_class: str | None = None


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


class SalesIn(msgspec.Struct, forbid_unknown_fields=True):
    """Many independent sales."""

    sales: list[SaleIn]


@csrf_exempt
@require_POST
def sell(request: HttpRequest) -> HttpResponse:
    """Book one sale, or many."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    with tx() as t:
        actor = keys.actor_of(t, secret, "sales:write") if scheme == "Bearer" else None
    if actor is None:
        refusal = Refusal("key_refused", "Authorization")
        return _answer(as_json(refusal), 401, {"WWW-Authenticate": "Bearer"})
    many = b'"sales"' in request.body[:200]
    try:
        wanted = _decode(request.body, many=many)
    except msgspec.ValidationError as error:
        return _answer(as_json(_invalid(error)), 422)
    except msgspec.DecodeError as error:
        return _answer(as_json(Refusal("not_json", "", {"given": str(error)})), 400)
    if len(wanted) > MOST:
        return _answer(as_json(Refusal("too_many", "sales", {"most": MOST})), 422)
    with tx() as t:
        answers = sell_many(t, wanted, actor=actor, recorded_at=clock.now())
        bodies = [_body(t, answer) for answer in answers]
    if many:
        return _answer({"answers": bodies}, 200)
    return _answer(bodies[0], _status(answers[0]))


def _decode(body: bytes, *, many: bool) -> list[Sale]:
    if many:
        return [_sale(given) for given in msgspec.json.decode(body, type=SalesIn).sales]
    return [_sale(msgspec.json.decode(body, type=SaleIn))]


def _sale(given: SaleIn) -> Sale:
    return Sale(
        uid=given.uid,
        place=given.place,
        channel=given.channel,
        occurred_at=given.occurred_at,
        lines=tuple(SaleLine(x.item, x.qty, x.amount_minor, x.tax_class) for x in given.lines),
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
    )


def _invalid(error: msgspec.ValidationError) -> Refusal:
    """msgspec says `Expected …, got … - at `$.lines[0].qty``; the path becomes the field."""
    sentence, _, path = str(error).partition(" - at ")
    return Refusal("invalid", path.strip("`").removeprefix("$").lstrip("."), {"given": sentence})


def _status(answer: Sold | Refusal) -> int:
    if isinstance(answer, Refusal):
        return 409
    return 200 if answer.repeated else 201


def _body(t: Tx, answer: Sold | Refusal) -> dict[str, object]:
    if isinstance(answer, Refusal):
        return as_json(answer)
    return {
        "uid": str(answer.uid),
        "order": answer.order_id,
        "total_minor": answer.total_minor,
        "change_minor": answer.change_minor,
        "repeated": answer.repeated,
    }


def _answer(
    body: dict[str, object], status: int, headers: dict[str, str] | None = None
) -> HttpResponse:
    encoded = msgspec.json.encode(body)
    return HttpResponse(encoded, content_type="application/json", status=status, headers=headers)
