"""The papers of an order, for the browser's printer: confirmation, delivery note, receipt and
return invoice.

Promises: issuer and registration number, dates, lines with the reduced-rate mark, total and tax
per rate (each rounded once, as charged) stand on every paper that the law wants them on; a paper
calls itself an invoice only when the issuer is registered and every tax is known; figures are
those of the slips as written, nothing is computed anew.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers.addresses import AddressShown
from goen.doors.console.orders_one import address_of, person_of
from goen.doors.console.orders_words import REASONS, TENDERS, number_of, word
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.templatetags import goen as show
from goen.doors.say import say, text_of
from goen.kit import clock, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.orders import listing, returns, showing
from goen.orders.refunds import Issuer
from goen.orders.sale import TaxTotal
from goen.orders.showing import SlipShown, Whole
from goen.places import queries as places
from goen.places.queries import EntityShown


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line as printed."""

    name: str
    code: str
    qty: int
    amount_minor: int
    reduced: bool
    off_minor: int = 0


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything that is printed on one sheet."""

    kind: str
    title: str
    lead: str
    number: str
    facts: tuple[tuple[str, str], ...]
    to: str
    address: AddressShown | None
    issuer: EntityShown
    currency: str
    price_tax: str
    lines: tuple[PaperLine, ...]
    total_name: str
    total_minor: int
    rates: tuple[TaxTotal, ...]
    ways: tuple[tuple[str, int], ...] = ()
    ways_name: str = ""
    notes: tuple[str, ...] = ()

    @property
    def reduced(self) -> bool:
        """Whether a line is marked."""
        return any(line.reduced for line in self.lines)

    @property
    def registered(self) -> bool:
        """Whether the issuer has a registration number."""
        return bool(self.issuer.registration_no)


@login_required
@require_GET
def confirmation(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What was ordered, as the shopper is told."""
    with tx() as t:
        order = _order(t, uid)
        return _printed(request, t, order, _confirmation(t, order, viewer_of(request)))


@login_required
@require_GET
def receipt(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What was charged for so far."""
    with tx() as t:
        order = _order(t, uid)
        sent = [slip for slip in order.slips if slip.kind in {"ship", "hand_over"}]
        if order.kind != "order" or not sent:
            raise Http404
        return _printed(request, t, order, _receipt(t, order, sent, viewer_of(request)))


@login_required
@require_GET
def delivery(request: HttpRequest, uid: UUID, slip: UUID) -> HttpResponse:
    """What lies in one parcel, or was handed over at once."""
    with tx() as t:
        order = _order(t, uid)
        found = next((one for one in order.slips if one.uid == slip), None)
        if found is None or found.kind not in {"ship", "hand_over"}:
            raise Http404
        return _printed(request, t, order, _delivery(t, order, found, viewer_of(request)))


@login_required
@require_GET
def taken_back(request: HttpRequest, uid: UUID, slip: UUID) -> HttpResponse:
    """What came back and what was given back for it."""
    with tx() as t:
        order = _order(t, uid)
        found = returns.one(t, slip)
        if found is None or found.order_uid != uid:
            raise Http404
        return _printed(request, t, order, _return(t, order, found, viewer_of(request)))


def _order(t: Tx, uid: UUID) -> Whole:
    order = showing.whole(t, uid)
    if order is None:
        raise Http404
    return order


def _printed(request: HttpRequest, t: Tx, order: Whole, paper: Paper) -> HttpResponse:
    trail.note(t, actor_of(request), "print", paper.kind, order.uid, at=clock.now())
    page = {
        "paper": paper,
        "order": order,
        "number": number_of(order.source_no, order.uid),
    }
    return render(request, "console/order_paper.html", page)


def _confirmation(t: Tx, order: Whole, viewer: Viewer) -> Paper:
    facts = [(say("ご注文日", "Ordered on"), show.full_day(order.occurred_at))]
    facts += _how(order)
    tenders = tuple(
        (word(TENDERS, kind), amount)
        for kind, amount in t.rows(
            "SELECT kind, amount_minor FROM payments_tender WHERE document = %s ORDER BY line",
            [order.uid],
        )
    )
    off = order.discount_minor
    lines = [
        PaperLine(
            text_of(line.name),
            line.sku_code,
            line.qty,
            line.amount_minor,
            line.tax_class == "reduced",
            line.discount_minor + line.share_minor,
        )
        for line in order.lines
    ]
    if order.fee:
        lines.append(_fee_line(order, order.fee.amount_minor))
    notes = [say("お支払いは、お届けのときに確定します。", "You are charged when it is sent.")]
    if off:
        words = "金額は、値引き{m}を引いたあとの額です。", "Amounts are after {m} off."
        notes.append(say(*words, m=show.money(off, order.currency)))
    return Paper(
        "confirmation",
        say("ご注文確認書", "Order confirmation"),
        say("ご注文ありがとうございます。次のとおり承りました。", "Thank you for your order."),
        number_of(order.source_no, order.uid),
        tuple(facts),
        _to(t, order, viewer),
        address_of(t, order, viewer),
        places.entity_of_place(t, order.place_id),
        order.currency,
        order.price_tax,
        tuple(lines),
        say("ご注文合計（税込）", "Total (incl. tax)"),
        order.total_minor,
        order.taxes,
        tenders,
        say("お支払い方法", "To be paid by"),
        tuple(notes),
    )


def _delivery(t: Tx, order: Whole, slip: SlipShown, viewer: Viewer) -> Paper:
    sent = slip.kind == "ship"
    facts = [
        (say("出荷日", "Sent on") if sent else say("お渡し日", "Handed over on"),
         show.full_day(slip.occurred_at)),
        (say("ご注文日", "Ordered on"), show.full_day(order.occurred_at)),
    ]  # fmt: skip
    if slip.carrier or slip.tracking_no:
        carrier = f"{slip.carrier} {slip.tracking_no}".strip()
        facts.append((say("配送会社・送り状番号", "Carrier, tracking"), carrier))
    notes = []
    if order.open_units:
        words = (
            "残りの{n}点は、そろい次第お届けします。",
            "The other {n} {n|unit follows|units follow}.",
        )
        notes.append(say(*words, n=order.open_units))
    return Paper(
        "delivery",
        say("納品書", "Delivery note"),
        say("次のとおりお届けします。", "With this parcel you receive:")
        if sent
        else say("次のとおりお渡ししました。", "You received:"),
        number_of(order.source_no, order.uid),
        tuple(facts),
        _to(t, order, viewer),
        address_of(t, order, viewer),
        places.entity_of_place(t, order.place_id),
        order.currency,
        order.price_tax,
        _lines(order, [slip]),
        say("今回の合計（税込）", "This delivery (incl. tax)"),
        slip.total_minor,
        slip.taxes,
        notes=tuple(notes),
    )


def _receipt(t: Tx, order: Whole, sent: Sequence[SlipShown], viewer: Viewer) -> Paper:
    issuer = places.entity_of_place(t, order.place_id)
    taxes = _added(tax for slip in sent for tax in slip.taxes)
    invoice = bool(issuer.registration_no and taxes) and order.price_tax != "unknown"
    title = (
        say("領収書（適格簡易請求書）", "Receipt (qualified simplified invoice)")
        if invoice
        else say("領収書", "Receipt")
    )
    notes = []
    if order.state in listing.OPEN_STATES:
        notes.append(say("これまでにお届けした分です。", "For what was delivered so far."))
    return Paper(
        "receipt",
        title,
        say("次のとおり領収しました。", "Received with thanks:"),
        number_of(order.source_no, order.uid),
        (
            (say("お取引日", "Supplied on"), _days(sent)),
            (say("発行日", "Issued on"), show.full_day(clock.now())),
        ),
        _to(t, order, viewer),
        None,
        issuer,
        order.currency,
        order.price_tax,
        _lines(order, sent),
        say("領収金額（税込）", "Amount received (incl. tax)"),
        sum(slip.total_minor for slip in sent),
        taxes,
        _captured(order),
        say("お支払い", "Paid by"),
        tuple(notes),
    )


def _return(t: Tx, order: Whole, back: returns.Return, viewer: Viewer) -> Paper:
    issuer = places.entity_of_place(t, order.place_id)
    invoice = back.invoice(Issuer(text_of(issuer.name), issuer.registration_no))
    registered = bool(issuer.registration_no and back.taxes)
    notes = []
    if invoice.required:
        words = (
            "税込1万円以上の返品のため、適格返還請求書としてお渡しします。",
            "This return of ¥10,000 or more needs this invoice by law.",
        )
        notes.append(say(*words))
    facts = [
        (say("返品日", "Returned on"), show.full_day(back.occurred_at)),
        (say("元のお取引日", "Originally supplied on"), _days_of(order, back)),
        (say("受け取った場所", "Taken back at"), text_of(back.place_name)),
        (say("理由", "Reason"), word(REASONS, back.reason)),
    ]
    lines = tuple(
        PaperLine(
            say("送料", "Delivery fee") if line.is_fee else text_of(line.name),
            line.sku_code,
            line.qty,
            line.amount_minor,
            line.tax_class == "reduced",
        )
        for line in back.lines
    )
    return Paper(
        "return",
        say("返品伝票（適格返還請求書）", "Return note (qualified return invoice)")
        if registered
        else say("返品伝票", "Return note"),
        say("次のとおり返品を承り、お返しします。", "We took back, and give back:"),
        number_of(order.source_no, order.uid),
        tuple(facts),
        _to(t, order, viewer),
        None,
        issuer,
        order.currency,
        order.price_tax,
        lines,
        say("お返しする額（税込）", "Given back (incl. tax)"),
        back.total_minor,
        back.taxes,
        tuple((word(TENDERS, one.kind), one.amount_minor) for one in back.tenders),
        say("お返しの方法", "Given back by"),
        tuple(notes),
    )


def _how(order: Whole) -> list[tuple[str, str]]:
    """How it reaches the shopper, in words."""
    if order.delivery is None:
        return []
    facts = []
    if order.delivery.collect_name:
        name = text_of(order.delivery.collect_name)
        facts.append((say("お受け取り", "To be collected at"), name))
    else:
        facts.append((say("お届け方法", "Delivery"), say("配送", "By post")))
    if order.delivery.wanted_on:
        facts.append((say("ご希望日", "Wanted on"), show.full_day(order.delivery.wanted_on)))
    return facts


def _to(t: Tx, order: Whole, viewer: Viewer) -> str:
    """Whom the paper is for."""
    person = person_of(t, order, viewer)
    if person:
        return person[1]
    address = address_of(t, order, viewer)
    if address and address.name:
        return say("{name} 様", "{name}", name=address.name)
    return say("お客様", "Customer")


def _lines(order: Whole, slips: Iterable[SlipShown]) -> tuple[PaperLine, ...]:
    """Lines of slips together, in the order of the document."""
    units: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for slip in slips:
        for line in slip.lines:
            units[line.line_no][0] += line.qty
            units[line.line_no][1] += line.amount_minor
    found = [
        PaperLine(
            text_of(line.name),
            line.sku_code,
            units[line.line_no][0],
            units[line.line_no][1],
            line.tax_class == "reduced",
        )
        for line in order.lines
        if line.line_no in units
    ]
    if 0 in units:
        found.append(_fee_line(order, units[0][1]))
    return tuple(found)


def _fee_line(order: Whole, amount: int) -> PaperLine:
    reduced = order.fee is not None and order.fee.tax_class == "reduced"
    return PaperLine(say("送料", "Delivery fee"), "", 1, amount, reduced)


def _added(taxes: Iterable[TaxTotal]) -> tuple[TaxTotal, ...]:
    """Taxes of several slips per rate: the differences of one rounding add up to it."""
    sums: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for tax in taxes:
        sums[tax.tax_class, tax.rate_bp][0] += tax.gross_minor
        sums[tax.tax_class, tax.rate_bp][1] += tax.tax_minor
    rows = [TaxTotal(*key, *both) for key, both in sums.items()]
    return tuple(sorted(rows, key=lambda tax: -tax.rate_bp))


def _captured(order: Whole) -> tuple[tuple[str, int], ...]:
    """What was charged, by the ways it was paid."""
    sums: dict[str, int] = defaultdict(int)
    for move in order.movements:
        is_money = move.unit == order.currency and not move.held
        if is_money and move.source.endswith(":sales"):
            sums[move.target.rpartition(":")[2]] += move.qty
        elif not move.held and move.unit.startswith("point:") and "redeemed" in move.target:
            sums["points"] += move.qty
    return tuple((word(TENDERS, kind), amount) for kind, amount in sums.items())


def _days(slips: Sequence[SlipShown]) -> str:
    days = sorted({slip.business_date for slip in slips})
    return say("、", ", ").join(show.full_day(day) for day in days)


def _days_of(order: Whole, back: returns.Return) -> str:
    """When the goods were supplied that came back."""
    sent = [slip for slip in order.slips if slip.kind in {"ship", "hand_over"}]
    return _days(sent) if sent else show.full_day(back.sold_on)
