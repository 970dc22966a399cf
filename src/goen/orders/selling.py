"""Selling: the one verb behind the till, the API, the command line and every file.

Many independent sales at once, each answered; each whole or not at all. The same id five times
is one sale. A sale that already happened is never refused for lack of stock.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx, savepoint
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Move, Posting, Short
from goen.orders import booking, discounts, reading, rules, shape
from goen.orders.booking import Document
from goen.orders.reading import Masters, PlaceFacts
from goen.orders.sale import PricedLine, Quote, Sale, SaleLine, Sold
from goen.payments import tenders as payments
from goen.payments.tenders import NewTender
from goen.stock import queries as stock_queries
from goen.stock import rules as stock


class _OutOfStock(Exception):  # noqa: N818  carried from the ledger to the rollback, never shown
    def __init__(self, short: dict[UUID, Short]) -> None:
        self.short = short


def sell(
    tx: Tx, sales: Sequence[Sale], *, actor: Actor, recorded_at: datetime
) -> list[Sold | Refusal]:
    """Book sales; answers each in the given order. Locks nothing before its last statement."""
    unique = _first_of_each(sales)
    answers: dict[UUID, Sold | Refusal] = _malformed(unique, recorded_at)
    answers |= _already(tx, [s for s in unique if s.uid not in answers])
    fresh = [s for s in unique if s.uid not in answers]
    if fresh:
        masters = reading.read(tx, fresh)
        documents = []
        for sale in fresh:
            checked = _check(sale, masters)
            if isinstance(checked, Refusal):
                answers[sale.uid] = checked
            else:
                documents.append(checked)
        answers |= _book(tx, documents, actor=actor, recorded_at=recorded_at)
    return _in_order(sales, answers)


def quote(tx: Tx, sale: Sale, *, recorded_at: datetime) -> Quote | Refusal:
    """What a sale would come to, by the same rules; writes nothing, needs no tenders."""
    unpaid = replace(sale, tenders=())
    malformed = shape.refusal(unpaid, recorded_at, tender_kinds=payments.KINDS)
    if malformed is not None:
        return malformed
    checked = _check(unpaid, reading.read(tx, [sale]), to_be_paid=False)
    if isinstance(checked, Refusal):
        return checked
    return Quote(
        checked.total_minor,
        checked.currency,
        checked.business_date,
        checked.lines,
        checked.taxes,
    )


def _malformed(sales: Sequence[Sale], recorded_at: datetime) -> dict[UUID, Sold | Refusal]:
    """Answers to sales that no reading could make sense of."""
    found = {s.uid: shape.refusal(s, recorded_at, tender_kinds=payments.KINDS) for s in sales}
    return {uid: refusal for uid, refusal in found.items() if refusal is not None}


def _first_of_each(sales: Iterable[Sale]) -> list[Sale]:
    unique: dict[UUID, Sale] = {}
    for sale in sales:
        unique.setdefault(sale.uid, sale)
    return list(unique.values())


def _in_order(sales: Sequence[Sale], answers: dict[UUID, Sold | Refusal]) -> list[Sold | Refusal]:
    """The answers as asked; a second mention of an id in one batch is a repetition.

    With another content it is another sale, and refused like one that comes later.
    """
    first: dict[UUID, Sale] = {}
    ordered: list[Sold | Refusal] = []
    for sale in sales:
        answer = answers[sale.uid]
        if sale.uid in first and first[sale.uid] != sale:
            answer = _id_reused(sale)
        elif sale.uid in first and isinstance(answer, Sold):
            answer = replace(answer, repeated=True)
        first.setdefault(sale.uid, sale)
        ordered.append(answer)
    return ordered


_KNOWN = """
SELECT o.uid, o.id, o.total_minor, o.fingerprint,
  coalesce((SELECT sum(t.tendered_minor - t.amount_minor)::bigint FROM payments_tender t
            WHERE t.document = o.uid), 0)
FROM orders_order o
"""


def _already(tx: Tx, sales: Sequence[Sale]) -> dict[UUID, Sold | Refusal]:
    """Answers to sales whose id is in the books. Another content under the same id is refused."""
    rows = tx.rows(_KNOWN + "WHERE o.uid = ANY(%s)", [[s.uid for s in sales]])
    known = {row[0]: row for row in rows}
    return {s.uid: _same_answer(s, known[s.uid]) for s in sales if s.uid in known}


def _same_answer(sale: Sale, row: Row) -> Sold | Refusal:
    uid, order_id, total, fingerprint, change = row
    if fingerprint != _fingerprint(sale):
        return _id_reused(sale)
    return Sold(uid, order_id, total, int(change), repeated=True)


def _id_reused(sale: Sale) -> Refusal:
    return Refusal("id_reused", "uid", {"given": str(sale.uid)})


def _check(sale: Sale, masters: Masters, *, to_be_paid: bool = True) -> Document | Refusal:
    """A sale as a document ready to be written, or the first reason why it cannot be."""
    refusal = _unknown_name(sale, masters) or _till_refusal(sale, masters)
    if refusal is not None:
        return refusal
    place = masters.places[sale.place]
    if sale.currency not in {None, place.currency} and _wants_our_price(sale):
        given = {"given": sale.currency, "place": place.currency}
        return Refusal("foreign_currency", "currency", given)
    day = reading.business_date(sale, place)
    history = place.goods_from is None or day < place.goods_from
    priced = _price(sale, masters, day, history=history)
    if isinstance(priced, Refusal):
        return priced
    charged = rules.taxes(priced, price_tax=sale.price_tax, rounding=place.rounding)
    total = rules.total(priced, charged, price_tax=sale.price_tax)
    paid = place.payments_from is not None and day >= place.payments_from
    if sale.expected_total_minor is not None and sale.expected_total_minor != total:
        detail = {"expected": sale.expected_total_minor, "total": total}
        return Refusal("total_changed", "expected_total_minor", detail)
    refusal = rules.tender_refusal(sale.tenders, total, required=paid and to_be_paid)
    if refusal is not None:
        return refusal
    return _document(sale, masters, place, day, priced, history=history, paid=paid)


def _document(
    sale: Sale,
    masters: Masters,
    place: PlaceFacts,
    day: date,
    priced: tuple[PricedLine, ...],
    *,
    history: bool,
    paid: bool,
) -> Document:
    charged = rules.taxes(priced, price_tax=sale.price_tax, rounding=place.rounding)
    return Document(
        sale=sale,
        place_id=place.id,
        channel_id=masters.channels[sale.channel],
        source_id=masters.sources[sale.source],
        till_id=masters.tills[sale.till][0] if sale.till else None,
        staff_id=masters.staff[sale.staff] if sale.staff else None,
        record_id=_record(sale, masters),
        business_date=day,
        currency=sale.currency or place.currency,
        lines=priced,
        costs=tuple(_cost(masters, line, day) for line in priced),
        taxes=charged,
        total_minor=rules.total(priced, charged, price_tax=sale.price_tax),
        fingerprint=_fingerprint(sale),
        history=history,
        paid=paid,
    )


def _wants_our_price(sale: Sale) -> bool:
    return any(line.amount_minor is None for line in sale.lines)


def _unknown_name(sale: Sale, masters: Masters) -> Refusal | None:
    named: tuple[tuple[str, object, Mapping[Any, object]], ...] = (
        ("place", sale.place, masters.places),
        ("channel", sale.channel, masters.channels),
        ("source", sale.source, masters.sources),
        ("till", sale.till, masters.tills),
        ("staff", sale.staff, masters.staff),
        ("member", sale.member, masters.members),
        ("record_key", sale.record_key, masters.records),
    )
    for field, value, known in named:
        if value is not None and value not in known:
            return Refusal(f"unknown_{field}", field, {"given": _plain(value)})
    return None


def _till_refusal(sale: Sale, masters: Masters) -> Refusal | None:
    if sale.till is None:
        return None
    if masters.tills[sale.till][1] != masters.places[sale.place].id:
        return Refusal("till_elsewhere", "till", {"given": sale.till})
    return Refusal("till_seq_missing", "till_seq") if sale.till_seq is None else None


def _price(
    sale: Sale, masters: Masters, day: date, *, history: bool
) -> tuple[PricedLine, ...] | Refusal:
    priced = []
    for n, line in enumerate(sale.lines):
        refusal = rules.line_refusal(line, n, may_be_negative=history)
        if refusal is not None:
            return refusal
        done = _price_line(sale, line, n, masters, day)
        if isinstance(done, Refusal):
            return done
        priced.append(done)
    costs = [_cost(masters, line, day) for line in priced]
    return shape.priced(priced, costs) or discounts.taken_off(priced, sale)


def _price_line(
    sale: Sale, line: SaleLine, n: int, masters: Masters, day: date
) -> PricedLine | Refusal:
    """A line's amount: as given, or by our price of the day; ours is kept beside a given one."""
    sku = masters.skus.get(line.item)
    if sku is None:
        return Refusal("unknown_item", f"lines[{n}].item", {"given": line.item})
    item = masters.items[sku, day]
    ours = None if item.price_minor is None else item.price_minor * line.qty
    amount = ours if line.amount_minor is None else line.amount_minor
    if amount is None:
        return Refusal("no_price", f"lines[{n}].item", {"given": line.item, "day": str(day)})
    if sale.price_tax == "unknown":
        return PricedLine(sku, line.qty, amount, ours, None, None)
    tax_class, rate = item.tax_class, item.rate_bp
    if line.tax_class is not None:
        tax_class, rate = line.tax_class, reading.rate_on(masters, line.tax_class, day)
    if tax_class is None or rate is None:
        given = {"given": line.tax_class or line.item, "day": str(day)}
        return Refusal("no_tax_rate", f"lines[{n}].tax_class", given)
    return PricedLine(sku, line.qty, amount, ours, tax_class, rate)


def _cost(masters: Masters, line: PricedLine, day: date) -> Decimal | None:
    unit_cost = masters.items[line.sku_id, day].unit_cost
    return None if unit_cost is None else unit_cost * line.qty


def _record(sale: Sale, masters: Masters) -> int | None:
    if sale.record_key is not None:
        return masters.records[sale.record_key]
    return masters.members[sale.member] if sale.member is not None else None


def _fingerprint(sale: Sale) -> str:
    """What the caller said, in short: tells a retry from another sale under the same id.

    Discounts that were not given are left out, so that what was sold before there were any is
    still known by its retry.
    """
    said = msgspec.to_builtins(sale)
    for part in (said, *said["lines"]):
        if not part["discount_minor"]:
            del part["discount_minor"], part["discount_code"]
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=12).hexdigest()


def _plain(value: object) -> object:
    return " ".join(str(part) for part in value).strip() if isinstance(value, tuple) else value


def _book(
    tx: Tx, documents: Sequence[Document], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, Sold | Refusal]:
    """Write documents and post their moves; those that are short are taken out and refused."""
    answers: dict[UUID, Sold | Refusal] = {}
    remaining = list(documents)
    while remaining:
        try:
            if all(d.sale.handed_over or d.history for d in remaining):
                return answers | _write(tx, remaining, actor=actor, recorded_at=recorded_at)
            with savepoint():
                return answers | _write(tx, remaining, actor=actor, recorded_at=recorded_at)
        except _OutOfStock as refused:
            for document in remaining:
                short = refused.short.get(document.sale.uid)
                if short is not None:
                    answers[document.sale.uid] = _short_refusal(tx, document, short)
            remaining = [d for d in remaining if d.sale.uid not in refused.short]
    return answers


def _write(
    tx: Tx, documents: Sequence[Document], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, Sold | Refusal]:
    ids = booking.write_orders(tx, documents, actor=actor, recorded_at=recorded_at)
    new = [d for d in documents if d.sale.uid in ids]
    answers = {d.sale.uid: _met(tx, d) for d in documents if d.sale.uid not in ids}
    if not new:
        return answers
    booking.write_lines(tx, new, ids)
    payments.record(tx, _tenders(new))
    outbox.write(tx, [_notice(d, ids) for d in new if not d.history], recorded_at=recorded_at)
    counts = stock_queries.last_counted(tx, _taken_away(new))
    plans = [p for p in (_plan(d, counts.get(d.place_id, {})) for d in new) if p.moves]
    posted = posting.post(tx, plans, actor=actor, recorded_at=recorded_at)
    short = {p.request: p for p in posted if isinstance(p, Short)}
    if short:
        raise _OutOfStock(short)
    for d in new:
        uid = d.sale.uid
        answers[uid] = Sold(uid, ids[uid], d.total_minor, rules.change(d.sale.tenders))
    return answers


def _met(tx: Tx, document: Document) -> Sold | Refusal:
    """The answer to a document that met one already in the books."""
    sale = document.sale
    found = tx.row(
        _KNOWN + "WHERE o.uid = %s OR (o.source_id = %s AND o.source_no = %s)"
        " ORDER BY o.uid = %s DESC LIMIT 1",
        [sale.uid, document.source_id, sale.source_no or str(sale.uid), sale.uid],
    )
    if found is None:
        given = {"given": sale.till_seq, "till": sale.till}
        return Refusal("till_seq_taken", "till_seq", given)
    if found[0] == sale.uid:
        return _same_answer(sale, found)
    return Sold(found[0], found[1], found[2], int(found[4]), repeated=True)


def _taken_away(documents: Sequence[Document]) -> list[tuple[int, int]]:
    """(place, SKU) of goods that left the shelf: a count from since then has that in it."""
    return [
        (d.place_id, line.sku_id)
        for d in documents
        if d.sale.handed_over and not d.history
        for line in d.lines
    ]


def _plan(d: Document, counted: stock.LastCounts) -> Posting:
    """The moves of a document: goods and money, as far as the place's cut-over days allow."""
    goods: tuple[Move, ...] = () if d.history else _goods(d, counted)
    money: tuple[Move, ...] = ()
    if d.paid:
        parts = [(t.kind, t.amount_minor) for t in d.sale.tenders]
        money = payments.paid(parts, place_id=d.place_id, currency=d.currency)
    uid = d.sale.uid
    return Posting(uid, f"order:{uid}", (*goods, *money), d.sale.occurred_at, d.business_date)


def _goods(d: Document, counted: stock.LastCounts) -> tuple[Move, ...]:
    return stock.taken(
        [(line.sku_id, line.qty) for line in d.lines],
        place_id=d.place_id,
        handed_over=d.sale.handed_over,
        occurred_at=d.sale.occurred_at,
        counted=counted,
    )


def _tenders(documents: Sequence[Document]) -> list[NewTender]:
    return [
        NewTender(d.sale.uid, n, t.kind, t.amount_minor, rules.given(t), d.currency)
        for d in documents
        for n, t in enumerate(d.sale.tenders)
    ]


def _notice(d: Document, ids: dict[UUID, int]) -> outbox.Notice:
    body = {
        "order": ids[d.sale.uid],
        "uid": str(d.sale.uid),
        "place": d.place_id,
        "channel": d.channel_id,
        "record": d.record_id,
        "skus": [line.sku_id for line in d.lines],
    }
    return outbox.Notice("SaleBooked", f"place:{d.place_id}", body)


def _short_refusal(tx: Tx, document: Document, short: Short) -> Refusal:
    """Why goods cannot be promised, with the places that have them."""
    sku_id = int(short.account.unit.removeprefix("goods:"))
    n = next(i for i, line in enumerate(document.lines) if line.sku_id == sku_id)
    detail = {
        "item": document.sale.lines[n].item,
        "wanted": short.wanted,
        "free": short.free,
        "alternatives": stock_queries.elsewhere(tx, sku_id, but_not=document.place_id),
    }
    return Refusal("short", f"lines[{n}].qty", detail)
