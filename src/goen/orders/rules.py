"""Amounts and tax of one document. Pure, in exact arithmetic.

Tax is computed once per rate per document, on the sum of the rate's lines, and rounded once
(消費税法施行令 70条の10; the per-line sums some tills print are not allowed). Lines keep
unrounded net amounts for analysis only.
"""

from collections.abc import Sequence
from decimal import Decimal

from goen.kit.money import round_ratio
from goen.kit.refusals import Refusal
from goen.orders.sale import PricedLine, SaleLine, SaleTender, TaxTotal

TAXABLE = frozenset({"standard", "reduced", "zero"})
_PLACES = Decimal("0.0001")


def taxes(lines: Sequence[PricedLine], *, price_tax: str, rounding: str) -> tuple[TaxTotal, ...]:
    """The tax of each class and rate, highest rate first; none where it is unknown."""
    if price_tax == "unknown":
        return ()
    sums: dict[tuple[str, int], int] = {}
    for line in lines:
        if line.tax_class is not None and line.rate_bp is not None:
            key = (line.tax_class, line.rate_bp)
            sums[key] = sums.get(key, 0) + line.amount_minor
    ordered = sorted(sums.items(), key=lambda item: (-item[0][1], item[0][0]))
    return tuple(
        _tax_total(tax_class, rate, amount, price_tax, rounding)
        for (tax_class, rate), amount in ordered
    )


def _tax_total(
    tax_class: str, rate_bp: int, amount: int, price_tax: str, rounding: str
) -> TaxTotal:
    if price_tax == "included":
        tax = round_ratio(amount * rate_bp, 10_000 + rate_bp, rounding)
        return TaxTotal(tax_class, rate_bp, amount, tax)
    tax = round_ratio(amount * rate_bp, 10_000, rounding)
    return TaxTotal(tax_class, rate_bp, amount + tax, tax)


def total(lines: Sequence[PricedLine], charged: Sequence[TaxTotal], *, price_tax: str) -> int:
    """What the shopper pays: the amounts, and the tax on top where they are without."""
    amounts = sum(line.amount_minor for line in lines)
    return amounts + (sum(t.tax_minor for t in charged) if price_tax == "excluded" else 0)


def net(line: PricedLine, *, price_tax: str) -> Decimal | None:
    """A line's amount without tax, unrounded to four places; None while its tax is unknown."""
    if price_tax == "excluded":
        return Decimal(line.amount_minor)
    if price_tax == "unknown" or line.rate_bp is None:
        return None
    return (Decimal(line.amount_minor * 10_000) / (10_000 + line.rate_bp)).quantize(_PLACES)


def change(tenders: Sequence[SaleTender]) -> int:
    """What goes back to the shopper (お釣り)."""
    return sum(given(t) - t.amount_minor for t in tenders)


def given(tender: SaleTender) -> int:
    """What was handed over for a tender."""
    return tender.amount_minor if tender.tendered_minor is None else tender.tendered_minor


def line_refusal(line: SaleLine, n: int, *, may_be_negative: bool) -> Refusal | None:
    """Why a line cannot be booked as it stands, before masters are looked at."""
    if line.qty == 0 or (line.qty < 0 and not may_be_negative):
        return Refusal("bad_quantity", f"lines[{n}].qty", {"given": line.qty})
    amount = line.amount_minor
    if amount is not None and amount < 0 and not may_be_negative:
        return Refusal("bad_amount", f"lines[{n}].amount_minor", {"given": amount})
    return None


def tender_refusal(
    tenders: Sequence[SaleTender], total_minor: int, *, required: bool
) -> Refusal | None:
    """Why a payment does not fit the total."""
    if not tenders:
        needed = {"total": total_minor}
        return Refusal("tender_missing", "tenders", needed) if required and total_minor else None
    for n, tender in enumerate(tenders):
        if tender.amount_minor < 0 or given(tender) < tender.amount_minor:
            detail = {"given": given(tender), "amount": tender.amount_minor}
            return Refusal("tender_too_small", f"tenders[{n}].tendered_minor", detail)
        if tender.kind != "cash" and given(tender) != tender.amount_minor:
            return Refusal("change_only_for_cash", f"tenders[{n}].tendered_minor")
    paid = sum(t.amount_minor for t in tenders)
    if paid != total_minor:
        return Refusal("tender_total", "tenders", {"paid": paid, "total": total_minor})
    return None
