"""What a sale must look like before anything is looked up: bounds, texts and time. Pure.

A sale that passes can be read for and written without an error of the database, so that one
malformed sale never takes the others of its batch down.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from goen.kit import clock
from goen.kit.refusals import Refusal
from goen.orders.sale import PricedLine, Sale

PRICE_TAXES = ("included", "excluded", "unknown")
MOST_LINES = 5_000
MOST_TENDERS = 100
MOST_COUPONS = 20
LARGEST = 10**13
"""No quantity, amount or number is larger: five thousand of them still fit a bigint."""


def refusal(sale: Sale, recorded_at: datetime, *, tender_kinds: Sequence[str]) -> Refusal | None:
    """The first thing about a sale that no master could put right."""
    return (
        _time(sale, recorded_at)
        or _counts(sale)
        or _words(sale, tender_kinds)
        or _too_large(_numbers(sale))
    )


def priced(lines: Sequence[PricedLine], costs: Sequence[Decimal | None]) -> Refusal | None:
    """A price or cost of ours times a quantity may be too large where neither was."""
    amounts = [("lines[{}].qty", n, line.amount_minor) for n, line in enumerate(lines)]
    return _too_large(amounts) or _too_large(("lines[{}].qty", n, c) for n, c in enumerate(costs))


def _too_large(numbers: Iterable[tuple[str, int, int | Decimal | None]]) -> Refusal | None:
    for field, n, number in numbers:
        if number is not None and not -LARGEST <= number <= LARGEST:
            return Refusal("too_large", field.format(n), {"given": str(number), "most": LARGEST})
    return None


def _time(sale: Sale, recorded_at: datetime) -> Refusal | None:
    if sale.occurred_at.tzinfo is None:
        return Refusal("time_without_zone", "occurred_at")
    if clock.is_plausible(sale.occurred_at, recorded_at):
        return None
    return Refusal("implausible_time", "occurred_at", {"given": sale.occurred_at.isoformat()})


def _counts(sale: Sale) -> Refusal | None:
    if not sale.lines:
        return Refusal("no_lines", "lines")
    if len(sale.lines) > MOST_LINES:
        return Refusal("too_many", "lines", {"most": MOST_LINES})
    if len(sale.coupons) > MOST_COUPONS:
        return Refusal("too_many", "coupons", {"most": MOST_COUPONS})
    if len(sale.tenders) > MOST_TENDERS:
        return Refusal("too_many", "tenders", {"most": MOST_TENDERS})
    return None


def _words(sale: Sale, tender_kinds: Sequence[str]) -> Refusal | None:
    for n, tender in enumerate(sale.tenders):
        if tender.kind not in tender_kinds:
            return _unknown("tender", f"tenders[{n}].kind", tender.kind, tender_kinds)
    if sale.price_tax not in PRICE_TAXES:
        return _unknown("price_tax", "price_tax", sale.price_tax, PRICE_TAXES)
    currency = sale.currency
    if currency is not None and not (
        len(currency) == 3 and currency.isascii() and currency.isupper()
    ):
        return Refusal("unknown_currency", "currency", {"given": currency})
    for field, n, text in _texts(sale):
        if text is not None and "\0" in text:
            return Refusal("malformed", field.format(n), {"why": "U+0000"})
    return None


def _unknown(what: str, field: str, given: str, known: Sequence[str]) -> Refusal:
    return Refusal(f"unknown_{what}", field, {"given": given, "known": ", ".join(known)})


def _texts(sale: Sale) -> Iterator[tuple[str, int, str | None]]:
    """Every text that will meet the database, with its field and the number to put into it.

    A field is only put together for a text that is refused: this is done for every sale.
    """
    yield "place", 0, sale.place
    yield "channel", 0, sale.channel
    yield "source", 0, sale.source
    yield "source_no", 0, sale.source_no
    yield "till", 0, sale.till
    yield "staff", 0, sale.staff
    yield "discount_code", 0, sale.discount_code
    for field, pair in (("member", sale.member), ("record_key", sale.record_key)):
        for text in pair or ():
            yield field, 0, text
    for n, number in enumerate(sale.coupons):
        yield "coupons[{}]", n, number
    for n, line in enumerate(sale.lines):
        yield "lines[{}].item", n, line.item
        yield "lines[{}].tax_class", n, line.tax_class
        yield "lines[{}].discount_code", n, line.discount_code


def _numbers(sale: Sale) -> Iterator[tuple[str, int, int | Decimal | None]]:
    """Every number that will meet the database, with its field, as `_texts`."""
    yield "till_seq", 0, sale.till_seq
    yield "discount_minor", 0, sale.discount_minor
    for n, line in enumerate(sale.lines):
        yield "lines[{}].qty", n, line.qty
        yield "lines[{}].amount_minor", n, line.amount_minor
        yield "lines[{}].discount_minor", n, line.discount_minor
    for n, tender in enumerate(sale.tenders):
        yield "tenders[{}].amount_minor", n, tender.amount_minor
        yield "tenders[{}].tendered_minor", n, tender.tendered_minor
