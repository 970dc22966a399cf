"""Taking goods back at the till: find the document, choose what comes back, give the money back.

Promises: what goes back is always computed by the server, and what stood on the screen comes along:
another amount is refused and shown; the id is made by the browser, so the same return sent twice is
one; nobody gives money back without the right and a reason; the document can be printed again.
"""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goen.catalogue import queries as catalogue
from goen.doors import refusals
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.register import where
from goen.doors.register.receipts import buyer_of, goods_of, number_of
from goen.doors.register.words import (
    CONDITIONS,
    RATES,
    RETURN_REASONS,
    TENDERS,
    Said,
    return_words,
)
from goen.kit import clock, trail
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.kit.refusals import Refusal
from goen.orders import queries as orders
from goen.orders import returnable, returns, standing, taking_back
from goen.orders.order import FEE, PartBack, TakeBack, TakenBack
from goen.orders.queries import Receipt
from goen.orders.refunds import Issuer
from goen.orders.returns import Return
from goen.orders.standing import LineStands, Stands
from goen.places import queries as places

FOUND_AT_MOST = 20


class Part(msgspec.Struct, frozen=True):
    """Units of a line that come back, and in what condition."""

    line: int
    qty: Annotated[int, msgspec.Meta(ge=1, le=10**6)]
    to: str = "sellable"


class Asked(msgspec.Struct, frozen=True):
    """What the screen holds. `tenders` only where the clerk chose them, as (position, amount)."""

    uid: UUID
    parts: Annotated[list[Part], msgspec.Meta(min_length=1, max_length=500)]
    reason: str = ""
    tenders: list[tuple[int, int]] | None = None
    expected_total: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line that may come back. `codes` are what a scanner may read of it."""

    line_no: int
    name: dict[str, str] | None
    code: str
    codes: str
    qty: int
    out: int
    back: int
    open: int
    amount_minor: int
    reduced: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A way of paying, and what can still go back by it."""

    position: int
    label: Said
    left_minor: int


@login_required
@require_GET
def find(request: HttpRequest) -> HttpResponse:
    """Find the document by its number; one that is found opens. Below, what came back today."""
    typed = request.GET.get("q", "").strip()
    with tx() as t:
        counter = where.counter(t, request)
        if counter is None:
            return HttpResponseRedirect(reverse("register:till"))
        found = orders.find(t, typed, limit=FOUND_AT_MOST) if typed else []
        zone = counter.place.timezone
        day = clock.business_date(clock.now(), timezone=zone, day_change_hour=0)
        today = returns.at(t, counter.place.id, day=day)
    if len(found) == 1:
        return HttpResponseRedirect(reverse("register:return-of", args=[found[0].uid]))
    page = {
        "counter": counter,
        "typed": typed,
        "found": [(one, number_of(one), goods_of(one)) for one in found],
        "today": today,
        "on": day,
        "here": "returns",
    }
    return render(request, "register/returns.html", page)


@login_required
@require_GET
def choose(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The lines of a document, to choose from what comes back."""
    with tx() as t:
        counter = where.counter(t, request)
        receipt = orders.receipt(t, uid)
        stands = standing.read(t, [uid]).get(uid)
        if receipt is None or stands is None:
            raise Http404
        if counter is None:
            return HttpResponseRedirect(reverse("register:till"))
        rows = _rows(t, receipt, stands)
        ways = _ways(returnable.read(t, [stands])[uid])
        before = returns.of_order(t, uid)
        person = buyer_of(t, receipt, viewer_of(request, "return"))[1]
    page = {
        "counter": counter,
        "receipt": receipt,
        "number": number_of(receipt),
        "rows": rows,
        "any_out": any(row.out for row in rows),
        "any_open": any(row.open for row in rows),
        "ways": ways,
        "before": before,
        "person": person,
        "reasons": RETURN_REASONS,
        "conditions": CONDITIONS,
        "currency": receipt.currency,
        "exponent": exponent(receipt.currency),
        "words": return_words(),
        "here": "returns",
    }
    return render(request, "register/return_of.html", page)


@login_required
@require_POST
def preview(request: HttpRequest, uid: UUID) -> JsonResponse:
    """What the chosen goods give back: money by tender, tax per rate, points."""
    asked = _parsed(request)
    if isinstance(asked, Refusal):
        return _refused(asked)
    with tx() as t:
        wish = _wish(
            t, request, uid, msgspec.structs.replace(asked, reason=asked.reason or "other")
        )
        if isinstance(wish, Refusal):
            return _refused(wish)
        answer = taking_back.preview(t, wish, recorded_at=wish.occurred_at)
    return _refused(answer) if isinstance(answer, Refusal) else JsonResponse(_shown(answer))


@login_required
@require_POST
def take(request: HttpRequest, uid: UUID) -> JsonResponse:
    """Take back and give the money back; answers where the document is, or why not (409)."""
    asked = _parsed(request)
    if isinstance(asked, Refusal):
        return _refused(asked)
    with tx() as t:
        answer = _again(t, asked) or _taken(t, request, uid, asked)
    if isinstance(answer, Refusal):
        return _refused(answer)
    request.session["fresh_return"] = str(answer)
    document = reverse("register:return", args=[answer])
    return JsonResponse({"uid": str(answer), "document": document})


def _taken(t: Tx, request: HttpRequest, uid: UUID, asked: Asked) -> UUID | Refusal:
    """Take back, unless it comes to another amount than stood on the screen."""
    wish = _wish(t, request, uid, asked)
    if isinstance(wish, Refusal):
        return wish
    seen = taking_back.preview(t, wish, recorded_at=wish.occurred_at)
    if isinstance(seen, Refusal):
        return seen
    if asked.expected_total is not None and seen.slip.total_minor != asked.expected_total:
        detail = {"expected": asked.expected_total, "total": seen.slip.total_minor}
        return Refusal("total_changed", "expected_total", detail)
    actor = actor_of(request)
    [answer] = taking_back.take_back(t, [wish], actor=actor, recorded_at=wish.occurred_at)
    return answer if isinstance(answer, Refusal) else answer.slip.uid


@login_required
@require_GET
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The document of one return, for the shopper and to print."""
    fresh = request.session.get("fresh_return") == str(uid)
    with tx() as t:
        shown = returns.one(t, uid)
        if shown is None:
            raise Http404
        paper = paper_of(t, shown)
        counter = where.counter(t, request)
        if not fresh:
            trail.note(t, actor_of(request), "reissue", "return", uid, at=clock.now())
    page = {"counter": counter, "paper": paper, "fresh": fresh, "here": "returns"}
    return render(request, "register/return.html", page)


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that a return's document says."""

    back: Return
    issuer: Issuer
    entity: Any
    place: Any
    rates: tuple[tuple[Said, int, int, int, bool], ...]
    ways: tuple[tuple[Said, int], ...]
    reason: str
    required: bool

    @property
    def number(self) -> str:
        """What the document is called: by the end of its id."""
        return str(self.back.uid)[-12:].upper()

    @property
    def qualified(self) -> bool:
        """Whether it may call itself a return invoice: registered issuer, every tax known."""
        return bool(self.issuer.registration_no and self.rates)

    @property
    def reduced(self) -> bool:
        return any(reduced for *_, reduced in self.rates)

    @property
    def points_elsewhere(self) -> int:
        """Points of another system, which has to give them back itself."""
        paid = sum(one.amount_minor for one in self.back.tenders if one.kind == "points")
        return paid - self.back.points.back

    @property
    def money_minor(self) -> int:
        """What goes back without the points."""
        return sum(amount for _, amount in self.ways)


def paper_of(t: Tx, shown: Return) -> Paper:
    """Gather what the paper says; the issuer is who sold."""
    everywhere = {one.id: one for one in places.places(t)}
    entity = places.entity_of_place(t, shown.sold_place_id)
    issuer = Issuer(entity.name.get("ja", ""), entity.registration_no)
    reason = RETURN_REASONS.get(shown.reason)
    return Paper(
        back=shown,
        issuer=issuer,
        entity=entity,
        place=everywhere.get(shown.place_id),
        rates=tuple(
            (
                RATES.get(tax.tax_class, RATES["standard"]),
                tax.rate_bp,
                tax.gross_minor,
                tax.tax_minor,
                tax.tax_class == "reduced",
            )
            for tax in shown.taxes
        ),
        ways=tuple(
            (TENDERS.get(one.kind, TENDERS["other"]), one.amount_minor)
            for one in shown.tenders
            if one.kind != "points"
        ),
        reason=str(reason) if reason else shown.reason,
        required=shown.invoice(issuer).required,
    )


def _rows(t: Tx, receipt: Receipt, stands: Stands) -> list[Row]:
    """The lines with what is out; the delivery fee last."""
    shown = {line.line_no: line for line in receipt.lines}
    ids = [line.sku_id for line in receipt.lines]
    skus = catalogue.skus(t, ids, on=receipt.business_date)
    rows = []
    for line in stands.lines:
        if line.line_no == FEE:
            rows.append(_row(line, None, "", ""))
            continue
        printed = shown[line.line_no]
        sku = skus.get(printed.sku_id)
        codes = " ".join([printed.sku_code, *(sku.barcodes if sku else ())])
        rows.append(_row(line, dict(printed.name), printed.sku_code, codes))
    return rows


def _row(line: LineStands, name: dict[str, str] | None, code: str, codes: str) -> Row:
    return Row(
        line.line_no,
        name,
        code,
        codes,
        line.qty,
        max(line.out, 0),
        line.taken_back,
        max(line.open, 0),
        line.priced.amount_minor,
        line.priced.tax_class == "reduced",
    )


def _ways(can: returnable.Returnable) -> list[Way]:
    return [
        Way(n, TENDERS.get(one.kind, TENDERS["other"]), one.amount_minor - one.refunded_minor)
        for n, one in enumerate(can.paid)
    ]


def _wish(t: Tx, request: HttpRequest, uid: UUID, asked: Asked) -> TakeBack | Refusal:
    counter = where.counter(t, request)
    if counter is None:
        return Refusal("unknown_till", "till")
    staff: Any = request.user
    return TakeBack(
        asked.uid,
        uid,
        counter.place.code,
        asked.reason,
        clock.now(),
        tuple(PartBack(one.line, one.qty, one.to) for one in asked.parts),
        None if asked.tenders is None else tuple((n, amount) for n, amount in asked.tenders),
        till=counter.till.code,
        staff=str(staff.code),
    )


def _again(t: Tx, asked: Asked) -> UUID | Refusal | None:
    """The first answer got lost on its way: the return stands, unless it is another one."""
    before = returns.one(t, asked.uid)
    if before is None:
        return None
    wanted = sorted((one.line, one.qty, one.to) for one in asked.parts if one.line != FEE)
    booked = sorted((one.line_no, one.qty, one.to) for one in before.lines if not one.is_fee)
    if wanted != booked:
        return Refusal("id_reused", "uid", {"given": str(asked.uid)})
    return before.uid


def _shown(answer: TakenBack) -> dict[str, Any]:
    kept = answer.slip.total_minor - sum(one.amount_minor for one in answer.tenders)
    return {
        "total": answer.slip.total_minor,
        "kept": kept,
        "taxes": [
            {"rate_bp": x.rate_bp, "gross": x.gross_minor, "tax": x.tax_minor}
            for x in answer.refund.taxes
        ],
        "tenders": [
            {
                "tender": one.tender,
                "kind": one.kind,
                "label": str(TENDERS.get(one.kind, TENDERS["other"])),
                "amount": one.amount_minor,
            }
            for one in answer.tenders
            if one.amount_minor
        ],
        "lines": {str(one.line + 1): one.amount_minor for one in answer.refund.lines},
        "points_back": answer.points_back,
        "points_taken": answer.refund.points,
        "points_owed": answer.points_owed,
    }


def _parsed(request: HttpRequest) -> Asked | Refusal:
    try:
        return msgspec.json.decode(request.body, type=Asked)
    except msgspec.DecodeError as error:
        return Refusal("malformed", "", {"why": str(error)})


def _refused(refusal: Refusal) -> JsonResponse:
    status = 422 if refusal.code == "malformed" else 409
    return JsonResponse(refusals.as_json(refusal), status=status)
