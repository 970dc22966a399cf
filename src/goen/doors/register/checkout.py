"""From the basket on the screen to a sale: quote it, then sell it.

Promises: the server prices everything, and the total that stood on the screen comes along: if it
is not the right one, the sale is refused with the right one; the uid is made by the browser when
the basket is opened, so the same basket sent twice is one sale and gets the same answer.
"""

from dataclasses import replace
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from goen.doors import refusals
from goen.doors.console.shell import actor_of
from goen.doors.register import where
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import discounts, queries, selling
from goen.orders.discounts import Discount
from goen.orders.queries import Receipt
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.payments.queries import tenders_of

_Qty = Annotated[int, msgspec.Meta(ge=1, le=9999)]
_TRIES = 10
_Amount = Annotated[int, msgspec.Meta(ge=0, le=10**12)]
_Percent = Annotated[int, msgspec.Meta(ge=0, le=discounts.WHOLE_BP)]


class BasketLine(msgspec.Struct, frozen=True):
    """An item, how many of it, and what is off: an amount, or for a quote a percentage."""

    item: str
    qty: _Qty
    discount: _Amount = 0
    discount_code: str = ""
    percent_bp: _Percent = 0


class Member(msgspec.Struct, frozen=True):
    """A member as scanned (`value`), or as chosen from a list (`record`)."""

    value: str = ""
    record: tuple[str, str] | None = None


class Paid(msgspec.Struct, frozen=True):
    """One way of paying; `tendered` is what was handed over in cash."""

    kind: Literal["cash", "card", "qr", "emoney", "points", "other"]
    amount: _Amount
    tendered: _Amount | None = None


class Basket(msgspec.Struct, frozen=True):
    """What the screen holds. A quote needs its lines only."""

    uid: UUID
    lines: Annotated[list[BasketLine], msgspec.Meta(min_length=1, max_length=300)]
    tenders: list[Paid] = []
    member: Member | None = None
    expected_total: int | None = None
    discount: _Amount = 0
    discount_code: str = ""
    percent_bp: _Percent = 0
    coupons: Annotated[list[str], msgspec.Meta(max_length=10)] = []


@login_required
@require_POST
def quote(request: HttpRequest) -> JsonResponse:
    """What the basket costs now: lines, discounts, total and tax once per rate.

    `amounts` are the lines with their own discounts off; `shares` what each rate bears of the
    discount on everything, so that amounts − shares = total. `discounts` and `discount` are what
    percentages come to: the sale is asked for with them.
    """
    basket = _parsed(request)
    if isinstance(basket, Refusal):
        return _refused(basket)
    with tx() as t:
        counter = where.counter(t, request)
        if counter is None:
            return _refused(Refusal("unknown_till", "till"))
        sale = _percents_taken(t, basket, _sale(request, basket, counter, till_seq=1))
        if isinstance(sale, Refusal):
            return _refused(sale)
        answer = selling.quote(t, sale, recorded_at=sale.occurred_at)
    if isinstance(answer, Refusal):
        return _refused(answer)
    taxes = [
        {"class": x.tax_class, "rate_bp": x.rate_bp, "gross": x.gross_minor, "tax": x.tax_minor}
        for x in answer.taxes
    ]
    shares = [
        {"class": x.tax_class, "rate_bp": x.rate_bp, "amount": x.amount_minor}
        for x in discounts.by_rate(answer.lines)
    ]
    body = {
        "total": answer.total_minor,
        "taxes": taxes,
        "amounts": [line.amount_minor + line.share_minor for line in answer.lines],
        "shares": shares,
        "discounts": [line.discount_minor for line in sale.lines],
        "discount": sale.discount_minor,
        "coupons": [{"number": x.number, "amount": x.amount_minor} for x in answer.coupons],
        "points_earned": answer.points_earned,
        "points_free": answer.points_free,
    }
    return JsonResponse(body)


def _percents_taken(t: Tx, basket: Basket, sale: Sale) -> Sale | Refusal:
    """The sale with its percentages as amounts, rounded down: of lines first, then of the rest."""
    if not basket.percent_bp and not any(line.percent_bp for line in basket.lines):
        return sale
    plain = replace(
        sale,
        lines=tuple(replace(line, discount_minor=0, discount_code="") for line in sale.lines),
        discount_minor=0,
        discount_code="",
        coupons=(),
    )
    whole = selling.quote(t, plain, recorded_at=sale.occurred_at)
    if isinstance(whole, Refusal):
        return whole
    parts = [(n, line) for n, line in enumerate(basket.lines) if line.percent_bp or line.discount]
    wanted = [_discount(line, n) for n, line in parts]
    if basket.percent_bp or basket.discount:
        wanted.append(_discount(basket, None))
    taken = discounts.apply(whole.lines, wanted, rounding="floor")
    if isinstance(taken, Refusal):
        return taken
    amounts = {
        step.given.line: step.amount_minor
        for step in taken.steps
        if isinstance(step.given, Discount)
    }
    return replace(
        sale,
        lines=tuple(
            replace(line, discount_minor=amounts.get(n, 0)) for n, line in enumerate(sale.lines)
        ),
        discount_minor=amounts.get(None, 0),
    )


def _discount(given: BasketLine | Basket, line: int | None) -> Discount:
    if given.percent_bp:
        return Discount(given.discount_code, "percent", given.percent_bp, line)
    return Discount(given.discount_code, "amount", given.discount, line)


@login_required
@require_POST
def sell(request: HttpRequest) -> JsonResponse:
    """Sell the basket; answers where its receipt is, or why not (409)."""
    basket = _parsed(request)
    if isinstance(basket, Refusal):
        return _refused(basket)
    answer = _sold(request, basket)
    if isinstance(answer, Refusal):
        return _refused(answer)
    request.session["fresh_receipt"] = str(basket.uid)
    return JsonResponse(_done(answer))


def _sold(request: HttpRequest, basket: Basket) -> Sold | Refusal:
    """Sell with the till's next number; when another sale took that number first, once more."""
    for _ in range(_TRIES):
        with tx() as t:
            before = queries.receipt(t, basket.uid)
            if before is not None:
                return _again(t, basket, before)
            counter = where.counter(t, request)
            if counter is None:
                return Refusal("unknown_till", "till")
            sale = _sale(
                request, basket, counter, till_seq=queries.next_till_seq(t, counter.till.id)
            )
            actor = actor_of(request)
            [answer] = selling.sell(t, [sale], actor=actor, recorded_at=sale.occurred_at)
        if isinstance(answer, Sold) and answer.uid == basket.uid:
            return answer
        if isinstance(answer, Refusal) and answer.code not in {"till_seq_taken", "id_reused"}:
            return answer
    return answer if isinstance(answer, Refusal) else Refusal("till_seq_taken", "till_seq")


def _again(t: Tx, basket: Basket, before: Receipt) -> Sold | Refusal:
    """The first answer got lost on its way: the sale stands, unless the basket is another one."""
    wanted = sorted((line.item, line.qty, line.discount) for line in basket.lines)
    booked = sorted((line.sku_code, line.qty, line.discount_minor) for line in before.lines)
    off = before.discount_minor if not basket.coupons else basket.discount
    if (wanted, basket.discount) != (booked, off) or basket.expected_total not in {
        None,
        before.total_minor,
    }:
        receipt = reverse("register:receipt", args=[before.uid])
        return Refusal("id_reused", "uid", {"given": str(basket.uid), "receipt": receipt})
    change = sum(one.change_minor for one in tenders_of(t, before.uid))
    return Sold(before.uid, before.order_id, before.total_minor, change, repeated=True)


def _sale(
    request: HttpRequest, basket: Basket, counter: where.Counter, *, till_seq: int | None
) -> Sale:
    member = basket.member
    return Sale(
        uid=basket.uid,
        place=counter.place.code,
        channel=counter.channel.code,
        occurred_at=clock.now(),
        lines=tuple(_line(line) for line in basket.lines),
        tenders=tuple(SaleTender(x.kind, x.amount, x.tendered) for x in basket.tenders),
        source_no=_number(counter, till_seq) if till_seq else None,
        till=counter.till.code,
        till_seq=till_seq,
        staff=_staff_code(request),
        member=("", member.value) if member and member.value else None,
        record_key=member.record if member and not member.value else None,
        expected_total_minor=basket.expected_total,
        discount_minor=basket.discount,
        discount_code=basket.discount_code,
        coupons=tuple(basket.coupons),
    )


def _line(line: BasketLine) -> SaleLine:
    return SaleLine(
        line.item, line.qty, discount_minor=line.discount, discount_code=line.discount_code
    )


def _staff_code(request: HttpRequest) -> str:
    staff: Any = request.user
    return str(staff.code)


def _number(counter: where.Counter, till_seq: int) -> str:
    """What the receipt is called: the till and its own running number."""
    return f"{counter.till.code}-{till_seq:07d}"


def _parsed(request: HttpRequest) -> Basket | Refusal:
    try:
        return msgspec.json.decode(request.body, type=Basket)
    except msgspec.DecodeError as error:
        return Refusal("malformed", "", {"why": str(error)})


def _done(sold: Sold) -> dict[str, Any]:
    return {
        "uid": str(sold.uid),
        "total": sold.total_minor,
        "change": sold.change_minor,
        "points_earned": sold.points_earned,
        "points_left": sold.points_left,
        "repeated": sold.repeated,
        "receipt": reverse("register:receipt", args=[sold.uid]),
    }


def _refused(refusal: Refusal) -> JsonResponse:
    status = 422 if refusal.code == "malformed" else 409
    return JsonResponse(refusals.as_json(refusal), status=status)
