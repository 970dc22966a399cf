"""The receipt: a qualified simplified invoice on screen and on 80 mm paper, and finding it again.

Promises: issuer and registration number, date and time, lines with the reduced-rate mark, total
and tax per rate (each rate rounded once, as sold), what was given and the change; opened again
later it says that it is a reissue, and the trail says who opened it.
"""

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET

from goen.behaviour.queries import reasons_of
from goen.customers import queries as customers
from goen.doors import claim_ticket, public, survey
from goen.doors.console.people import name_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.register import asking, barcode, where
from goen.doors.register.receipt_address import address_of
from goen.doors.register.words import RATES, REASONS, TENDERS, Said
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.marketing import proposal_words, proposals
from goen.orders import claims
from goen.orders import queries as orders
from goen.orders.queries import Extras, Receipt
from goen.orders.sale import TaxTotal
from goen.payments.queries import TenderShown, tenders_of
from goen.places import queries as places
from goen.places.queries import EntityShown, PlaceShown
from goen.points.queries import of_documents

TODAY_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class RateShown:
    """One rate's total and tax."""

    label: Said
    tax: TaxTotal
    reduced: bool

    @property
    def percent(self) -> str:
        return f"{self.tax.percent}%"


@dataclass(frozen=True, slots=True)
class ShareShown:
    """What one rate bears of the discount on everything."""

    label: Said
    rate_bp: int
    amount_minor: int

    @property
    def percent(self) -> str:
        return f"{self.rate_bp / 100:g}%"


@dataclass(frozen=True, slots=True)
class Paid:
    """One tender with its word."""

    label: Said
    tender: TenderShown


@dataclass(frozen=True, slots=True)
class Row:
    """A receipt in the list of the day."""

    receipt: Receipt
    number: str
    goods: str


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that is printed."""

    receipt: Receipt
    place: PlaceShown | None
    entity: EntityShown | None
    rates: tuple[RateShown, ...]
    shares: tuple[ShareShown, ...]
    paid: tuple[Paid, ...]
    tax_known: bool
    extras: Extras
    points: tuple[int, int, int] | None
    """Points that it earned, that it spent, and that the member has now."""

    @property
    def other_discount_minor(self) -> int:
        """What is off everything beside the coupons."""
        return self.receipt.discount_minor - self.extras.coupons_minor

    @property
    def subtotal_minor(self) -> int:
        """The lines and the fee, before what is off everything."""
        return self.receipt.subtotal_minor + self.extras.fee_minor

    @property
    def qualified(self) -> bool:
        """Whether the paper may call itself an invoice: registered issuer, every tax known."""
        return bool(self.entity and self.entity.registration_no and self.tax_known)

    @property
    def reduced(self) -> bool:
        return any(rate.reduced for rate in self.rates)

    @property
    def cash(self) -> bool:
        return any(paid.tender.kind == "cash" for paid in self.paid)

    @property
    def number(self) -> str:
        return number_of(self.receipt)

    @property
    def barcode(self) -> tuple[int, tuple[tuple[int, int], ...]] | None:
        """Its number as bars, to be scanned when something comes back."""
        return barcode.bars(self.number)

    @property
    def change_minor(self) -> int:
        return sum(paid.tender.change_minor for paid in self.paid)


@login_required
@require_GET
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """One receipt."""
    fresh = request.session.get("fresh_receipt") == str(uid)
    with tx() as t:
        receipt = orders.receipt(t, uid)
        if receipt is None:
            raise Http404
        paper = paper_of(t, receipt)
        noted = reasons_of(t, [uid]).get(uid, [])
        counter = where.counter(t, request)
        person_id, person = buyer_of(t, receipt, viewer_of(request, "sale"))
        ticket = _ticket(t, request, receipt)
        asked = asking.for_receipt(t, receipt) if fresh else None
        question = None if ticket or noted else _question(t, request, receipt)
        offer = _offer(t, request, person_id, receipt)
        mail_to = address_of(t, person_id)
        if not fresh:
            trail.note(t, actor_of(request), "reissue", "receipt", uid, at=clock.now())
    page = {
        "counter": counter,
        "person_id": person_id,
        "person": person,
        "paper": paper,
        "fresh": fresh,
        "ticket": ticket,
        "asked": asked,
        "question": question,
        "offer": offer,
        "mail_to": mail_to,
        "mailed": request.session.pop("receipt-mailed", ""),
        "reasons": REASONS,
        "known": receipt.record_id is not None,
        "noted": noted,
        "noted_codes": {one.code for one in noted},
    }
    return render(request, "register/receipt.html", page)


def _ticket(t: Tx, request: HttpRequest, receipt: Receipt) -> SafeString | None:
    """The QR code by which a shopper nobody knew makes the purchase theirs, while it can be."""
    if claims.can_be_claimed(t, receipt.uid, None, at=clock.now()) is not None:
        return None
    return claim_ticket.qr(public.address(request, t, claim_ticket.path_of(receipt.uid)))


def _question(t: Tx, request: HttpRequest, receipt: Receipt) -> SafeString | None:
    """The QR code by which the shopper says why they bought, while nobody has."""
    return claim_ticket.qr(public.address(request, t, survey.path_of(receipt.uid)))


def _offer(t: Tx, request: HttpRequest, person_id: int | None, receipt: Receipt) -> str:
    """What is proposed to the buyer, as it may stand on the paper; empty where nothing is."""
    if person_id is None:
        return ""
    found = proposals.current(t, person_id, viewer=viewer_of(request, "sale"), on=insight.today(t))
    if found is None or any(line.sku_id == found.sku_id for line in receipt.lines):
        return ""
    proposals.shown(
        t,
        found.uid,
        "receipt",
        str(receipt.uid),
        actor=actor_of(request),
        recorded_at=clock.now(),
    )
    return say(*proposal_words.for_shopper(found))


@login_required
@require_GET
def today(request: HttpRequest) -> HttpResponse:
    """The receipts of the day at this place, newest first; or the one whose number was typed."""
    typed = request.GET.get("q", "").strip()
    with tx() as t:
        counter = where.counter(t, request)
        timezone = counter.place.timezone if counter else "Asia/Tokyo"
        day = clock.now().astimezone(clock.zone(timezone)).date()
        found = (
            orders.receipts_at(t, counter.place.id, day=day, limit=TODAY_AT_MOST) if counter else []
        )
    rows = [Row(one, number_of(one), goods_of(one)) for one in found]
    page = {
        "counter": counter,
        "rows": [row for row in rows if typed in row.number],
        "typed": typed,
        "on": day,
        "timezone": timezone,
    }
    return render(request, "register/receipts.html", page)


def buyer_of(t: Tx, receipt: Receipt, viewer: Viewer) -> tuple[int | None, str]:
    """Whose page the sale is on now, and what they are called."""
    if receipt.record_id is None:
        return None, ""
    person_id = customers.person_of_records(t, [receipt.record_id])[receipt.record_id]
    shown = customers.shown(t, [person_id], viewer=viewer).get(person_id)
    return person_id, name_of(shown, person_id)


def number_of(receipt: Receipt) -> str:
    """What the receipt is called; a document that only has its uid is called by its end."""
    no = receipt.source_no
    return no[-12:].upper() if no == str(receipt.uid) else no


def goods_of(receipt: Receipt) -> str:
    first = text_of(receipt.lines[0].name) if receipt.lines else ""
    rest = len(receipt.lines) - 1
    if rest < 1:
        return first
    return say("{first} ほか{n}品", "{first} and {n} more", first=first, n=rest)


def paper_of(t: Tx, receipt: Receipt) -> Paper:
    """Gather what the paper says."""
    place = next((one for one in places.places(t) if one.id == receipt.place_id), None)
    return Paper(
        receipt=receipt,
        place=place,
        entity=places.entity_of_place(t, place.id) if place else None,
        rates=tuple(
            RateShown(RATES.get(tax.tax_class, RATES["standard"]), tax, tax.tax_class == "reduced")
            for tax in sorted(receipt.taxes, key=lambda tax: -tax.rate_bp)
        ),
        shares=tuple(
            ShareShown(RATES.get(one.tax_class, RATES["standard"]), one.rate_bp, one.amount_minor)
            for one in receipt.shares
            if one.tax_class is not None and one.rate_bp is not None
        ),
        paid=tuple(
            Paid(TENDERS.get(one.kind, TENDERS["other"]), one) for one in tenders_of(t, receipt.uid)
        ),
        tax_known=bool(receipt.taxes) and receipt.price_tax != "unknown",
        extras=orders.extras(t, receipt.order_id),
        points=_points(t, receipt),
    )


def _points(t: Tx, receipt: Receipt) -> tuple[int, int, int] | None:
    if receipt.record_id is None or receipt.history:
        return None
    earned_by = claims.of_orders(t, [receipt.order_id]).get(receipt.order_id, receipt.uid)
    named = (earned_by, receipt.record_id, receipt.currency)
    return of_documents(t, [named], at=clock.now()).get(earned_by)
