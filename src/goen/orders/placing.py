"""Placing orders from afar: priced, kept goods for and paid, each whole or not at all.

Many independent orders at once, each answered; the same id five times is one order. Goods of a
line are kept at one place: the line's own, else where the delivery says, else where they are
collected, else where they are sold. What is not there is refused, with what can be had instead.
Orders are written first, then points accounts are locked, the ledger judges last; whoever it
refuses is taken out again in the same transaction and leaves no trace, also for the others of the
batch.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from goen.customers import addresses
from goen.kit import batches, outbox
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx, savepoint
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Hold, Posted, Posting, Refused, Short, Wish
from goen.orders import alternatives, booking, checking, loyalty, reading, rules, shape, slips
from goen.orders.booking import Document, Parcel
from goen.orders.order import NewOrder, Placed
from goen.orders.reading import Masters, PlaceFacts
from goen.orders.sale import PricedLine, Sale
from goen.payments import keeping
from goen.payments import tenders as payments
from goen.payments.tenders import NewTender
from goen.points import programmes, purses
from goen.points.purses import Planned, Purse
from goen.stock import rules as stock

METHODS = ("ship", "collect")


@dataclass(frozen=True, slots=True)
class _Ready:
    """An order that passed every check: its document, and where each line's goods are kept."""

    order: NewOrder
    document: Document
    fee: PricedLine | None
    places: tuple[int, ...]
    collect_at: int | None

    @property
    def uid(self) -> UUID:
        return self.order.sale.uid


def place(
    tx: Tx, orders: Sequence[NewOrder], *, actor: Actor, recorded_at: datetime
) -> list[Placed | Refusal]:
    """Place orders; answers each in the given order. Refuses what cannot be kept."""
    first = batches.first_of_each(orders)
    answers: dict[UUID, Placed | Refusal] = {}
    ready = _checked(tx, list(first.values()), answers, recorded_at)
    if ready:
        answers |= _placed(tx, ready, actor=actor, recorded_at=recorded_at)
    refused = [uid for uid, answer in answers.items() if isinstance(answer, Refusal)]
    if refused:  # a retry is answered as before, whatever has changed since
        answers |= _known(tx, {uid: fingerprint(first[uid]) for uid in refused})
    return batches.in_order(orders, answers, again=lambda one: replace(one, repeated=True))


def fingerprint(order: NewOrder) -> str:
    """What the caller said, in short."""
    return _fingerprint(order, checking.fingerprint(_bare(order.sale)))


def _fingerprint(order: NewOrder, of_sale: str) -> str:
    sale = order.sale
    more = (order.delivery, order.sources, sale.tenders, sale.expected_total_minor, of_sale)
    return slips.fingerprint(more)


def _bare(sale: Sale) -> Sale:
    """The sale without what depends on the delivery fee: what is paid and what is expected."""
    return replace(sale, tenders=(), expected_total_minor=None, handed_over=False)


def _checked(
    tx: Tx,
    orders: Sequence[NewOrder],
    answers: dict[UUID, Placed | Refusal],
    recorded_at: datetime,
) -> list[_Ready]:
    """Orders ready to be written; the others are answered."""
    sound = []
    for order in orders:
        refusal = _malformed(order, recorded_at)
        if refusal is None:
            sound.append(order)
        else:
            answers[order.uid] = refusal
    if not sound:
        return []
    fees = any(order.delivery.fee_minor for order in sound)
    sales = [order.sale for order in sound]
    masters = reading.read(tx, sales, beside=_places(sound), rates=fees)
    ready = []
    for order in sound:
        checked = _check(order, masters)
        if isinstance(checked, Refusal):
            answers[order.uid] = checked
        else:
            ready.append(checked)
    return ready


def _places(orders: Iterable[NewOrder]) -> set[str]:
    """Codes of the places that goods come from or are collected at."""
    found: set[str | None] = set()
    for order in orders:
        found |= {order.delivery.from_place, order.delivery.collect_at}
        found |= {code for _, code in order.sources}
    return {code for code in found if code is not None}


def _malformed(order: NewOrder, recorded_at: datetime) -> Refusal | None:
    """The first thing about an order that no master could put right."""
    return shape.refusal(order.sale, recorded_at, tender_kinds=payments.KINDS) or _undeliverable(
        order
    )


def _undeliverable(order: NewOrder) -> Refusal | None:
    delivery, lines = order.delivery, len(order.sale.lines)
    method, fee = delivery.method, delivery.fee_minor
    collected = delivery.collect_at is not None
    wrong = (
        method not in METHODS
        and Refusal("unknown_method", "delivery.method",
                    {"given": method, "known": ", ".join(METHODS)}),
        method == "ship" and not _can_be_found(order)
        and Refusal("address_missing", "delivery.address"),
        (method == "collect") != collected
        and Refusal("collect_at_missing", "delivery.collect_at"),
        not 0 <= fee <= shape.LARGEST
        and Refusal("bad_amount", "delivery.fee_minor", {"given": fee}),
        *(Refusal("unknown_line", f"sources[{n}].line", {"given": line})
          for n, (line, _) in enumerate(order.sources) if not 0 <= line < lines),
        *(Refusal("malformed", field, {"why": "U+0000"})
          for field, text in _texts(order) if "\0" in text),
    )  # fmt: skip
    return next((one for one in wrong if isinstance(one, Refusal)), None)


def _can_be_found(order: NewOrder) -> bool:
    to = order.delivery.address
    return to is not None and bool(to.name.strip() and to.address.strip())


def _texts(order: NewOrder) -> list[tuple[str, str]]:
    delivery, to = order.delivery, order.delivery.address
    found = [
        ("delivery.collect_at", delivery.collect_at),
        ("delivery.from_place", delivery.from_place),
        ("delivery.fee_tax_class", delivery.fee_tax_class),
        *((f"sources[{n}].place", code) for n, (_, code) in enumerate(order.sources)),
    ]
    if to is not None:
        parts = (to.name, to.postcode, to.address, to.phone)
        found += [("delivery.address", part) for part in parts]
    return [(field, text) for field, text in found if text is not None]


def _check(order: NewOrder, masters: Masters) -> _Ready | Refusal:
    """An order as a document with its fee, or the first reason why it cannot be."""
    sale, delivery = order.sale, order.delivery
    document = _negative(sale) or checking.check(_bare(sale), masters, to_be_paid=False)
    if isinstance(document, Refusal):
        return document
    fee = _fee(order, masters, document.business_date)
    if isinstance(fee, Refusal):
        return fee
    if fee is not None:
        lines = (*document.lines, fee)
        taxes = rules.taxes(lines, price_tax=sale.price_tax, rounding=document.rounding)
        total = rules.total(lines, taxes, price_tax=sale.price_tax)
        document = replace(document, taxes=taxes, total_minor=total)
    if sale.expected_total_minor not in {None, document.total_minor}:
        detail = {"expected": sale.expected_total_minor, "total": document.total_minor}
        return Refusal("total_changed", "expected_total_minor", detail)
    places = _kept_at(order, masters, document.business_date)
    if isinstance(places, Refusal):
        return places
    refusal = rules.tender_refusal(sale.tenders, document.total_minor, required=document.paid)
    if refusal is not None:
        return refusal
    collect_at = masters.places[delivery.collect_at].id if delivery.collect_at else None
    said = _fingerprint(order, document.fingerprint)
    document = replace(
        document, sale=sale, fingerprint=said, kind="order", state="placed", history=False
    )
    return _Ready(order, document, fee, places, collect_at)


def _negative(sale: Sale) -> Refusal | None:
    """Goods cannot be kept of a line that gives back, not even where sales are still history."""
    refusals = (rules.line_refusal(line, n, may_be_negative=False)
                for n, line in enumerate(sale.lines))  # fmt: skip
    return next((one for one in refusals if one is not None), None)


def _fee(order: NewOrder, masters: Masters, day: date) -> PricedLine | Refusal | None:
    """The delivery fee as a last line, taxed at the day's rate of its class."""
    amount, tax_class = order.delivery.fee_minor, order.delivery.fee_tax_class
    if not amount:
        return None
    if order.sale.price_tax == "unknown":
        return PricedLine(0, 1, amount, None, None, None)
    rate = reading.rate_on(masters, tax_class, day)
    if rate is None:
        given = {"given": tax_class, "day": str(day)}
        return Refusal("no_tax_rate", "delivery.fee_tax_class", given)
    return PricedLine(0, 1, amount, None, tax_class, rate)


def _kept_at(order: NewOrder, masters: Masters, day: date) -> tuple[int, ...] | Refusal:
    """Where the goods of each line are kept: places whose goods are in the ledger by then."""
    delivery, own = order.delivery, dict(order.sources)
    default = delivery.from_place or delivery.collect_at or order.sale.place
    named = [("delivery.from_place", delivery.from_place)]
    named += [("delivery.collect_at", delivery.collect_at)]
    named += [(f"sources[{n}].place", code) for n, (_, code) in enumerate(order.sources)]
    for field, code in named:
        if code is not None and code not in masters.places:
            return Refusal("unknown_place", field, {"given": code})
    found = []
    for n in range(len(order.sale.lines)):
        code = own.get(n, default)
        facts = masters.places[code]
        if not _keeps_goods(facts, day):
            return Refusal("before_cut_over", "occurred_at", {"place": code, "day": str(day)})
        found.append(facts.id)
    return tuple(found)


def _keeps_goods(facts: PlaceFacts, day: date) -> bool:
    return facts.goods_from is not None and day >= facts.goods_from


class _Refused(Exception):  # noqa: N818  carried from the ledger to the rollback, never shown
    def __init__(self, refusals: Mapping[UUID, Refusal]) -> None:
        self.refusals = refusals


def _placed(
    tx: Tx, ready: Sequence[_Ready], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, Placed | Refusal]:
    """Write orders and keep their goods and money; who is refused leaves no trace.

    Where one order may stand in another's way, the others begin anew without whom the ledger
    refused.
    """
    answers: dict[UUID, Placed | Refusal] = {}
    remaining = list(ready)
    while _hang_together(remaining):
        try:
            with savepoint():
                return answers | _written(
                    tx, remaining, actor=actor, recorded_at=recorded_at, together=True
                )
        except _Refused as back:
            answers |= back.refusals
            remaining = [r for r in remaining if r.uid not in back.refusals]
    if remaining:
        answers |= _written(tx, remaining, actor=actor, recorded_at=recorded_at)
    return answers


def _hang_together(ready: Sequence[_Ready]) -> bool:
    """Whether what one of them gets may depend on another: points, or the same number."""
    paying = sum(1 for r in ready if loyalty.spends(r.order.sale))
    documents = [r.document for r in ready]
    numbers = Counter((d.source_id, d.sale.source_no) for d in documents if d.sale.source_no)
    tills = Counter((d.till_id, d.sale.till_seq) for d in documents if d.till_id)
    return paying > 1 or any(n > 1 for n in (*numbers.values(), *tills.values()))


def _written(
    tx: Tx,
    ready: Sequence[_Ready],
    *,
    actor: Actor,
    recorded_at: datetime,
    together: bool = False,
) -> dict[UUID, Placed | Refusal]:
    """Write orders and post what they keep; raises what the ledger refused of some `together`."""
    shipped = [r.order.delivery.address for r in ready if r.order.delivery.address is not None]
    kept_ids = iter(addresses.keep(tx, shipped, recorded_at=recorded_at))
    parcels = [_parcel(r, None if r.order.delivery.address is None else next(kept_ids))
               for r in ready]  # fmt: skip
    ids = booking.write_placed(tx, parcels, actor=actor, recorded_at=recorded_at)
    new = [r for r in ready if r.uid in ids]
    booking.write_coupons(tx, [r.document for r in new], ids)
    payments.record(tx, _tenders(new))
    answers: dict[UUID, Placed | Refusal] = _met(tx, [r for r in ready if r.uid not in ids])
    planned, refused = _planned(tx, new)
    plans = [_posting(r, planned.get(r.uid)) for r in new if r.uid not in refused]
    posted = posting.post(tx, plans, actor=actor, recorded_at=recorded_at)
    refusals = _refusals(tx, posted, {r.uid: r for r in new})
    if refusals and together:
        raise _Refused(refusals)
    refused |= refusals
    done = [r for r in new if r.uid not in refused]
    purses.write(tx, [planned[r.uid] for r in done if r.uid in planned], recorded_at=recorded_at)
    outbox.write(tx, [n for r in done for n in _notices(r, ids)], recorded_at=recorded_at)
    _undo(tx, parcels, ids, refused.keys() | answers.keys())
    answers |= refused
    answers |= {r.uid: Placed(r.uid, ids[r.uid], r.document.total_minor) for r in done}
    return answers


def _refusals(
    tx: Tx, posted: Sequence[Posted | Refused], of: Mapping[UUID, _Ready]
) -> dict[UUID, Refusal]:
    """Whom the ledger refused, and whose id is that of something else in it."""
    found: dict[UUID, Refusal] = {}
    for one in posted:
        if isinstance(one, Short):
            found[one.request] = _short(tx, of[one.request], one)
        elif isinstance(one, Posted) and one.repeated:
            found[one.request] = batches.id_reused(one.request)
        assert not isinstance(one, Refused) or one.request in found, one
    return found


def _parcel(ready: _Ready, address_id: int | None) -> Parcel:
    delivery = ready.order.delivery
    return Parcel(
        ready.document, delivery.method, address_id, ready.collect_at, delivery.wanted_on, ready.fee
    )


def _undo(tx: Tx, parcels: Sequence[Parcel], ids: dict[UUID, int], gone: Iterable[UUID]) -> None:
    """Take orders out again that were refused, and addresses of those that were there before."""
    uids = set(gone)
    if not uids:
        return
    written = [uid for uid in uids if uid in ids]
    payments.forget(tx, written)
    booking.unwrite(tx, [ids[uid] for uid in written])
    unused = [p.address_id for p in parcels if p.document.sale.uid in uids]
    addresses.forget(tx, [id_ for id_ in unused if id_ is not None])


def _tenders(ready: Sequence[_Ready]) -> list[NewTender]:
    return [
        NewTender(r.uid, n, t.kind, t.amount_minor, rules.given(t), r.document.currency)
        for r in ready
        for n, t in enumerate(r.order.sale.tenders)
    ]


def _planned(
    tx: Tx, ready: Sequence[_Ready]
) -> tuple[dict[UUID, Planned], dict[UUID, Placed | Refusal]]:
    """Points that orders are paid with, kept until the goods leave; locks their accounts.

    Where points of the day are not ours they are another system's, and are kept as told.
    """
    paying = [r for r in ready if loyalty.spends(r.order.sale)]
    if not paying:
        return {}, {}
    members = {
        (r.document.record_id, r.document.currency)
        for r in paying
        if r.document.record_id is not None
    }
    held = purses.lock(tx, members, day=max(r.document.business_date for r in paying))
    programme_of = {purse.programme.currency: purse.programme for purse in held.values()}
    if any(r.document.currency not in programme_of for r in paying):
        programme_of = {programme.currency: programme for programme in programmes.all_of(tx)}
    planned: dict[UUID, Planned] = {}
    refused: dict[UUID, Placed | Refusal] = {}
    for r in paying:
        programme = programme_of.get(r.document.currency)
        if programme is not None and programme.is_live(r.document.business_date):
            plan = _spent(r, held.get((r.document.record_id or 0, r.document.currency)))
            if isinstance(plan, Refusal):
                refused[r.uid] = plan
            else:
                planned[r.uid] = plan
    return planned, refused


def _spent(ready: _Ready, purse: Purse | None) -> Planned | Refusal:
    n = next(n for n, t in enumerate(ready.order.sale.tenders) if t.kind == loyalty.POINTS)
    if purse is None:
        return Refusal("points_no_account", f"tenders[{n}].kind")
    day, qty = ready.document.business_date, loyalty.spends(ready.order.sale)
    plan = purse.spend(ready.uid, qty, day=day, later=True)
    if isinstance(plan, Refusal):
        return replace(plan, field=f"tenders[{n}].amount_minor")
    return plan


def _posting(ready: _Ready, points: Planned | None) -> Posting:
    """Goods first, one hold per line; then money, one per tender; then coupons; then points."""
    d = ready.document
    wishes: list[Wish] = [
        hold
        for line, place_id in zip(d.lines, ready.places, strict=True)
        for hold in stock.promised([(line.sku_id, line.qty)], place_id=place_id)
    ]
    if d.paid:
        wishes += _money(d, first=len(wishes))
    wishes += loyalty.kept(d)
    if points is not None:
        wishes += points.wishes
    return Posting(
        ready.uid, f"order:{ready.uid}", tuple(wishes), d.sale.occurred_at, d.business_date
    )


def _money(d: Document, *, first: int) -> tuple[Hold, ...]:
    """An order's money is kept by the way it is paid."""
    given = keeping.tenders([(t.kind, t.amount_minor) for t in d.sale.tenders], first=first)
    return keeping.kept(given, place_id=d.place_id, currency=d.currency)


def _notices(ready: _Ready, ids: dict[UUID, int]) -> list[outbox.Notice]:
    """One notice of the order, and one for each further place whose stock changed."""
    d = ready.document
    skus: dict[int, list[int]] = {}
    for line, place_id in zip(d.lines, ready.places, strict=True):
        skus.setdefault(place_id, []).append(line.sku_id)
    (first, of_first), *others = skus.items()
    body = {
        "order": ids[ready.uid],
        "uid": str(ready.uid),
        "place": first,
        "channel": d.channel_id,
        "record": d.record_id,
        "skus": of_first,
    }
    found = [outbox.Notice("OrderPlaced", f"place:{d.place_id}", body)]
    for place_id, changed in others:
        body = {"place": place_id, "skus": changed}
        found.append(outbox.Notice("StockChanged", f"place:{place_id}", body))
    return found


def _short(tx: Tx, ready: _Ready, short: Short) -> Refusal:
    if not short.account.unit.startswith("goods:"):
        refusal = loyalty.short_of(ready.document, short)
        assert refusal is not None, short
        return refusal
    lines = zip(ready.document.lines, ready.places, ready.order.sale.lines, strict=True)
    items = [(line.sku_id, place_id, said.item) for line, place_id, said in lines]
    return alternatives.short(tx, short, items, method=ready.order.delivery.method)


_KNOWN = "SELECT uid, id, total_minor, fingerprint FROM orders_order WHERE "


def _known(tx: Tx, asked: dict[UUID, str]) -> dict[UUID, Placed | Refusal]:
    """Answers to orders whose id is in the books; another content under it is refused."""
    rows = tx.rows(_KNOWN + "uid = ANY(%s)", [list(asked)])
    return {row[0]: _again(row, asked[row[0]]) for row in rows}


def _again(row: Row, said: str) -> Placed | Refusal:
    uid, order_id, total, fingerprint = row
    if fingerprint != said:
        return batches.id_reused(uid)
    return Placed(uid, order_id, total, repeated=True)


def _met(tx: Tx, ready: Sequence[_Ready]) -> dict[UUID, Placed | Refusal]:
    """Answers to orders that met one in the books: by their id, number or till number."""
    if not ready:
        return {}
    answers = _known(tx, {r.uid: r.document.fingerprint for r in ready})
    for r in ready:
        if r.uid not in answers:
            answers[r.uid] = _same_number(tx, r.document)
    return answers


def _same_number(tx: Tx, d: Document) -> Placed | Refusal:
    row = tx.row(
        _KNOWN + "source_id = %s AND source_no = %s",
        [d.source_id, d.sale.source_no or str(d.sale.uid)],
    )
    if row is None:
        given = {"given": d.sale.till_seq, "till": d.sale.till}
        return Refusal("till_seq_taken", "till_seq", given)
    return Placed(row[0], row[1], row[2], repeated=True)
