"""Whether a sale can be booked as said, and what it comes to: a document ready to be written.

Pure but for what `reading` read before; the same for a till sale and for an order from afar.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from goen.kit.refusals import Refusal
from goen.orders import discounts, loyalty, reading, rules, shape
from goen.orders.booking import CouponTaken, Document
from goen.orders.reading import Masters, PlaceFacts
from goen.orders.sale import PricedLine, Sale, SaleLine, TaxTotal
from goen.points import coupons


def check(sale: Sale, masters: Masters, *, to_be_paid: bool = True) -> Document | Refusal:
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
    less = _price(sale, masters, day, history=history)
    if isinstance(less, Refusal):
        return less
    priced, taken = less
    charged = rules.taxes(priced, price_tax=sale.price_tax, rounding=place.rounding)
    total = rules.total(priced, charged, price_tax=sale.price_tax)
    paid = place.payments_from is not None and day >= place.payments_from
    if sale.expected_total_minor is not None and sale.expected_total_minor != total:
        detail = {"expected": sale.expected_total_minor, "total": total}
        return Refusal("total_changed", "expected_total_minor", detail)
    refusal = rules.tender_refusal(sale.tenders, total, required=paid and to_be_paid)
    if refusal is not None:
        return refusal
    return _document(
        sale, masters, place, day, priced, charged, taken, total, history=history, paid=paid
    )


def _coupons_off(
    lines: tuple[PricedLine, ...], sale: Sale, masters: Masters, day: date
) -> tuple[tuple[PricedLine, ...], tuple[CouponTaken, ...]] | Refusal:
    """The lines with the coupons that were shown off them; each must be this person's, today's."""
    if not sale.coupons:
        return lines, ()
    place, record = masters.places[sale.place], _record(sale, masters)
    for n, number in enumerate(sale.coupons):
        refusal = coupons.refusal(
            masters.coupons.get(number),
            number,
            n=n,
            record_id=record,
            currency=sale.currency or place.currency,
            day=day,
        )
        if refusal is not None:
            return refusal
    return loyalty.priced(lines, sale, masters.coupons, rounding=place.rounding)


def _document(
    sale: Sale,
    masters: Masters,
    place: PlaceFacts,
    day: date,
    priced: tuple[PricedLine, ...],
    charged: tuple[TaxTotal, ...],
    taken: tuple[CouponTaken, ...],
    total_minor: int,
    *,
    history: bool,
    paid: bool,
) -> Document:
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
        total_minor=total_minor,
        fingerprint=fingerprint(sale),
        history=history,
        paid=paid,
        rounding=place.rounding,
        coupons=taken,
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
) -> tuple[tuple[PricedLine, ...], tuple[CouponTaken, ...]] | Refusal:
    """What each line comes to after everything that is taken off, and what each coupon took."""
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
    left = shape.priced(priced, costs) or discounts.taken_off(priced, sale)
    return left if isinstance(left, Refusal) else _coupons_off(left, sale, masters, day)


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


def fingerprint(sale: Sale) -> str:
    """What the caller said, in short: tells a retry from another sale under the same id.

    Discounts and coupons that were not given are left out, so that what was sold before there
    were any is still known by its retry.
    """
    said = msgspec.to_builtins(sale)
    if not sale.coupons:
        del said["coupons"]
    for part in (said, *said["lines"]):
        if not part["discount_minor"]:
            del part["discount_minor"], part["discount_code"]
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=12).hexdigest()


def _plain(value: object) -> object:
    return " ".join(str(part) for part in value).strip() if isinstance(value, tuple) else value
