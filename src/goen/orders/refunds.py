"""What comes back when goods do: the document minus what remains of it. Pure.

A refund is never computed by itself: it is what the document came to before, minus what it comes
to with the goods that are kept, at the rates of the original sale. Any number of returns in any
order therefore ends at exactly zero, in money, tax, discounts and points. Of a line's amount the
kept units keep their part, rounded to the nearest minor unit; its discounts likewise. Tax is
computed on what is kept, once per rate, rounded as the sale was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from goen.kit.money import round_to_int
from goen.kit.refusals import Refusal
from goen.orders import rules
from goen.orders.sale import PricedLine, TaxTotal

INVOICE_FROM_MINOR = 10_000
"""From this amount with tax on, a return needs an invoice of its own (a law in yen)."""


@dataclass(frozen=True, slots=True)
class Charged:
    """A document as it was sold: its lines as charged, and how its tax was computed then."""

    lines: tuple[PricedLine, ...]
    price_tax: str
    rounding: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What a document comes to with the goods that were not returned."""

    lines: tuple[PricedLine, ...]
    taxes: tuple[TaxTotal, ...]
    total_minor: int


@dataclass(frozen=True, slots=True)
class LineBack:
    """What one line gives back; `line` is its position on the original document."""

    line: int
    qty: int
    amount_minor: int
    discount_minor: int
    share_minor: int
    tax_class: str | None
    rate_bp: int | None


@dataclass(frozen=True, slots=True)
class Refund:
    """What one return gives back, in positive figures."""

    lines: tuple[LineBack, ...]
    taxes: tuple[TaxTotal, ...]
    total_minor: int
    points: int


@dataclass(frozen=True, slots=True)
class Paid:
    """One tender of the original sale, and what has already been given back by it."""

    kind: str
    amount_minor: int
    refunded_minor: int = 0


@dataclass(frozen=True, slots=True)
class TenderBack:
    """What goes back by one tender; `tender` is its position on the original document."""

    tender: int
    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who sold, as invoices name them. `registration_no` is empty for one not registered."""

    name: str
    registration_no: str


@dataclass(frozen=True, slots=True)
class ReturnInvoice:
    """The figures of a return invoice (適格返還請求書).

    `sold_on` is the date of the original sale; `lines` are what came back, with the rate of
    that sale; `rates` the amounts with tax and the tax per rate.
    """

    issuer: Issuer
    returned_on: date
    sold_on: date
    number: str
    lines: tuple[LineBack, ...]
    rates: tuple[TaxTotal, ...]
    total_minor: int
    required: bool
    """Whether the law asks for it: a registered issuer, and no less than 10,000 yen with tax."""


def refund(
    sold: Charged,
    *,
    before: Sequence[int],
    now: Sequence[int],
    points: Callable[[Kept], int] = lambda _: 0,
) -> Refund | Refusal:
    """What the return of `now` units of each line gives back, after `before` came back already.

    `points` says how many points a document is worth with what is kept; the difference is in
    the refund. More units than are still out are refused, and so is a return of nothing.
    """
    refusal = _quantity_refusal(sold, before, now)
    if refusal is not None:
        return refusal
    was = kept(sold, returned=before)
    rest = kept(sold, returned=[b + n for b, n in zip(before, now, strict=True)])
    return between(was, rest, points=points(was) - points(rest))


def between(was: Kept, rest: Kept, *, points: int = 0) -> Refund:
    """What comes back when of a document only `rest` is kept."""
    return Refund(
        lines=tuple(
            _line_back(n, one, left)
            for n, (one, left) in enumerate(zip(was.lines, rest.lines, strict=True))
            if one.qty != left.qty
        ),
        taxes=_taxes_back(was.taxes, rest.taxes),
        total_minor=was.total_minor - rest.total_minor,
        points=points,
    )


def standing(sold: Charged, *, gone: Sequence[int], given: Kept) -> Kept:
    """What a document comes to now: charged for the units that left, less what went back since.

    It is what `kept` says of the units that are out, unless some left after others came back:
    then it may differ by the rounding, which the last return of a line makes good.
    """
    charged = kept(sold, returned=[one.qty - n for one, n in zip(sold.lines, gone, strict=True)])
    lines = tuple(_minus(one, back) for one, back in zip(charged.lines, given.lines, strict=True))
    taxes = _taxes_minus(charged.taxes, given.taxes)
    return Kept(lines, taxes, charged.total_minor - given.total_minor)


def remaining(sold: Charged, was: Kept, *, now: Sequence[int]) -> Kept:
    """What remains of `was` without `now` units of each line; never more than it was."""
    lines = tuple(
        _at_most(part(line, left.qty - n), left) if n else left
        for line, left, n in zip(sold.lines, was.lines, now, strict=True)
    )
    taxes = tuple(
        _tax_at_most(new, old, price_tax=sold.price_tax)
        for new, old in zip(
            _as_in(was.taxes, rules.taxes(lines, price_tax=sold.price_tax, rounding=sold.rounding)),
            was.taxes,
            strict=True,
        )
    )
    return Kept(lines, taxes, rules.total(lines, taxes, price_tax=sold.price_tax))


def kept(sold: Charged, *, returned: Sequence[int]) -> Kept:
    """The document recomputed without the units that came back. Depends on nothing else."""
    lines = tuple(
        part(line, line.qty - back) for line, back in zip(sold.lines, returned, strict=True)
    )
    taxes = rules.taxes(lines, price_tax=sold.price_tax, rounding=sold.rounding)
    return Kept(lines, taxes, rules.total(lines, taxes, price_tax=sold.price_tax))


def by_tender(
    paid: Sequence[Paid], amount_minor: int, *, asked: Sequence[tuple[int, int]] | None = None
) -> tuple[TenderBack, ...] | Refusal:
    """By which tenders an amount goes back.

    The last way of paying first and points last, each for no more than was paid by it and is not
    yet back; or as asked, by (position, amount), which must come to the amount.
    """
    left = [one.amount_minor - one.refunded_minor for one in paid]
    if amount_minor > sum(left):
        detail = {"given": amount_minor, "most": sum(left)}
        return Refusal("refund_over_paid", "tenders", detail)
    if asked is None:
        asked = _last_first(paid, left, amount_minor)
    for n, (tender, wanted) in enumerate(asked):
        if not 0 <= tender < len(paid):
            return Refusal("no_such_tender", f"tenders[{n}]", {"given": tender})
        if not 0 <= wanted <= left[tender]:
            over = {"given": wanted, "most": left[tender], "kind": paid[tender].kind}
            return Refusal("refund_over_tender", f"tenders[{n}].amount_minor", over)
        left[tender] -= wanted
    back = sum(wanted for _, wanted in asked)
    if back != amount_minor:
        return Refusal("refund_total", "tenders", {"paid": back, "total": amount_minor})
    sums: dict[int, int] = {}
    for tender, wanted in asked:
        sums[tender] = sums.get(tender, 0) + wanted
    return tuple(TenderBack(tender, paid[tender].kind, sum_) for tender, sum_ in sums.items())


def invoice(
    back: Refund, *, issuer: Issuer, returned_on: date, sold_on: date, number: str
) -> ReturnInvoice:
    """The return invoice of a refund. `number` is the original document's."""
    taxable = sum(t.gross_minor for t in back.taxes if t.tax_class in rules.TAXABLE)
    return ReturnInvoice(
        issuer=issuer,
        returned_on=returned_on,
        sold_on=sold_on,
        number=number,
        lines=back.lines,
        rates=back.taxes,
        total_minor=back.total_minor,
        required=bool(issuer.registration_no) and taxable >= INVOICE_FROM_MINOR,
    )


def _quantity_refusal(sold: Charged, before: Sequence[int], now: Sequence[int]) -> Refusal | None:
    for n, (line, back, wanted) in enumerate(zip(sold.lines, before, now, strict=True)):
        left = max(line.qty, 0) - back
        if wanted < 0:
            return Refusal("bad_quantity", f"lines[{n}].qty", {"given": wanted})
        if wanted > left:
            detail = {"given": wanted, "left": left, "sold": line.qty}
            return Refusal("returned_too_many", f"lines[{n}].qty", detail)
    return None if any(now) else Refusal("no_lines", "lines")


def part(line: PricedLine, qty: int) -> PricedLine:
    """A line with some of its units; all three amounts are rounded on their running sum.

    Rounding the sums and not the parts keeps amount + share + discount = cost for every part.
    """
    if qty == line.qty:
        return line
    amount = _nearest(line.amount_minor, qty, line.qty)
    with_share = _nearest(line.amount_minor + line.share_minor, qty, line.qty)
    cost = _nearest(line.amount_minor + line.share_minor + line.discount_minor, qty, line.qty)
    ours = None if line.list_minor is None else _nearest(line.list_minor, qty, line.qty)
    return replace(
        line,
        qty=qty,
        amount_minor=amount,
        list_minor=ours,
        discount_minor=cost - with_share,
        share_minor=with_share - amount,
    )


def _nearest(amount: int, qty: int, of: int) -> int:
    return round_to_int(Fraction(amount * qty, of), "half_up")


def _minus(line: PricedLine, back: PricedLine) -> PricedLine:
    return replace(
        line,
        qty=line.qty - back.qty,
        amount_minor=line.amount_minor - back.amount_minor,
        discount_minor=line.discount_minor - back.discount_minor,
        share_minor=line.share_minor - back.share_minor,
    )


def _taxes_minus(charged: Sequence[TaxTotal], given: Sequence[TaxTotal]) -> tuple[TaxTotal, ...]:
    back = {(t.tax_class, t.rate_bp): t for t in given}
    none = TaxTotal("", 0, 0, 0)
    less = []
    for t in charged:
        other = back.get((t.tax_class, t.rate_bp), none)
        gross, tax = t.gross_minor - other.gross_minor, t.tax_minor - other.tax_minor
        less.append(replace(t, gross_minor=gross, tax_minor=tax))
    return tuple(less)


def _at_most(part: PricedLine, was: PricedLine) -> PricedLine:
    return replace(part, amount_minor=min(part.amount_minor, was.amount_minor))


def _as_in(order: Sequence[TaxTotal], taxes: Sequence[TaxTotal]) -> tuple[TaxTotal, ...]:
    found = {(t.tax_class, t.rate_bp): t for t in taxes}
    return tuple(found[t.tax_class, t.rate_bp] for t in order)


def _tax_at_most(part: TaxTotal, was: TaxTotal, *, price_tax: str) -> TaxTotal:
    over = max(0, part.tax_minor - was.tax_minor)
    gross = part.gross_minor - (over if price_tax == "excluded" else 0)
    return replace(part, gross_minor=gross, tax_minor=part.tax_minor - over)


def _line_back(n: int, was: PricedLine, rest: PricedLine) -> LineBack:
    return LineBack(
        n,
        was.qty - rest.qty,
        was.amount_minor - rest.amount_minor,
        was.discount_minor - rest.discount_minor,
        was.share_minor - rest.share_minor,
        was.tax_class,
        was.rate_bp,
    )


def _taxes_back(was: Sequence[TaxTotal], rest: Sequence[TaxTotal]) -> tuple[TaxTotal, ...]:
    """The difference per rate, without the rates that nothing came back of."""
    left = {(t.tax_class, t.rate_bp): t for t in rest}
    back = []
    for t in was:
        other = left[t.tax_class, t.rate_bp]
        gross, tax = t.gross_minor - other.gross_minor, t.tax_minor - other.tax_minor
        if gross or tax:
            back.append(TaxTotal(t.tax_class, t.rate_bp, gross, tax))
    return tuple(back)


def _last_first(paid: Sequence[Paid], left: Sequence[int], amount: int) -> list[tuple[int, int]]:
    """Points were taken first: what was paid in them is given back when the rest is back."""
    chosen = []
    for n in sorted(range(len(left)), key=lambda n: (paid[n].kind == "points", -n)):
        part = min(left[n], amount)
        if part > 0:
            chosen.append((n, part))
            amount -= part
    return chosen
