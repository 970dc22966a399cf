"""What is taken off a document, and what each line bears of it. Pure, in exact arithmetic.

A discount on the whole document is split over its tax rates pro rata of what their lines cost,
in the document's own terms (with tax where its amounts are with tax), and then over the lines of
each rate. The parts are whole minor units and sum to the discount exactly (largest remainder; of
equal remainders the larger amount goes first, then the higher rate or the earlier line). Nothing
falls below zero. Tax is computed afterwards, on what remains, once per rate.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal, Protocol

from goen.kit.money import round_to_int
from goen.kit.refusals import Refusal
from goen.orders.sale import PricedLine, RateShare, Sale

CODES = ("markdown", "coupon", "damaged", "staff", "goodwill", "other")
"""Why something is taken off: marked down, a coupon, damaged, for staff, as amends, else."""
WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Discount:
    """An amount off, or a percentage in basis points; of one line (by position) or of all."""

    code: str
    kind: Literal["amount", "percent"]
    value: int
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Coupon:
    """A discount with a number of its own. Worth more than what remains, the rest is lost.

    `alone` allows no other coupon beside it; `least_minor` is what its line or document must
    still come to when its turn comes.
    """

    number: str
    discount: Discount
    alone: bool = False
    least_minor: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One discount as it was taken, in the order of taking."""

    given: Discount | Coupon
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Discounted:
    """Lines with what they bear, and how it came to that."""

    lines: tuple[PricedLine, ...]
    steps: tuple[Step, ...]


def apply(
    lines: Sequence[PricedLine], given: Sequence[Discount | Coupon], *, rounding: str
) -> Discounted | Refusal:
    """Take discounts and coupons off, or say which of them cannot be taken.

    The order is fixed, whatever order they were given in: off lines before off the document;
    discounts before coupons; percentages before amounts; then as given. A percentage is of what
    remains when its turn comes, rounded once.
    """
    refusal = _together_refusal([one for one in given if isinstance(one, Coupon)])
    if refusal is not None:
        return refusal
    left, steps = tuple(lines), []
    for n in sorted(range(len(given)), key=lambda n: (*_turn(given[n]), n)):
        amount = _amount(given[n], n, left, rounding)
        if isinstance(amount, Refusal):
            return amount
        left = _taken(left, _of(given[n]).line, amount)
        steps.append(Step(given[n], amount))
    return Discounted(left, tuple(steps))


def off_line(line: PricedLine, n: int, amount_minor: int) -> PricedLine | Refusal:
    """A line with an amount off it; more than it costs is refused."""
    refusal = _size_refusal(
        amount_minor, most=line.amount_minor, field=f"lines[{n}].discount_minor"
    )
    return refusal or _less(line, own=amount_minor)


def off_all(lines: Sequence[PricedLine], amount_minor: int) -> tuple[PricedLine, ...] | Refusal:
    """Lines with an amount off the whole document; more than they cost is refused."""
    refusal = _size_refusal(amount_minor, most=_cost(lines), field="discount_minor")
    return refusal or _taken(tuple(lines), None, amount_minor)


def taken_off(lines: Sequence[PricedLine], sale: Sale) -> tuple[PricedLine, ...] | Refusal:
    """The lines of a sale with its own discounts off them: each line's first, then the whole's."""
    if not sale.discount_minor and not any(line.discount_minor for line in sale.lines):
        return tuple(lines)
    left = []
    for n, (line, said) in enumerate(zip(lines, sale.lines, strict=True)):
        refusal = _code_refusal(said.discount_minor, said.discount_code, f"lines[{n}].")
        less = refusal or off_line(line, n, said.discount_minor)
        if isinstance(less, Refusal):
            return less
        left.append(less)
    refusal = _code_refusal(sale.discount_minor, sale.discount_code, "")
    return refusal or off_all(left, sale.discount_minor)


def split(lines: Sequence[PricedLine], amount_minor: int) -> tuple[int, ...]:
    """What each line bears of an amount off all of them; lines that cost nothing bear nothing."""
    groups: dict[tuple[str, int], list[int]] = {}
    for n, line in enumerate(lines):
        if line.amount_minor > 0:
            groups.setdefault((line.tax_class or "", line.rate_bp or 0), []).append(n)
    rates = sorted(groups, key=lambda rate: (-rate[1], rate[0]))
    costs = [sum(lines[n].amount_minor for n in groups[rate]) for rate in rates]
    borne = [0] * len(lines)
    for rate, part in zip(rates, shares(amount_minor, costs), strict=True):
        members = groups[rate]
        parts = shares(part, [lines[n].amount_minor for n in members])
        for n, one in zip(members, parts, strict=True):
            borne[n] = one
    return tuple(borne)


def shares(amount: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Whole parts of an amount, pro rata of weights, summing to it (largest remainder)."""
    whole = sum(weights)
    if not whole:
        assert not amount, "nothing to share it over"
        return (0,) * len(weights)
    exact = [Fraction(amount * weight, whole) for weight in weights]
    parts = [one.numerator // one.denominator for one in exact]
    order = sorted(range(len(parts)), key=lambda n: (parts[n] - exact[n], -weights[n], n))
    for n in order[: amount - sum(parts)]:
        parts[n] += 1
    return tuple(parts)


class Bearing(Protocol):
    """A line that bears a share of a document's discount."""

    @property
    def tax_class(self) -> str | None: ...
    @property
    def rate_bp(self) -> int | None: ...
    @property
    def share_minor(self) -> int: ...


def by_rate(lines: Sequence[Bearing]) -> tuple[RateShare, ...]:
    """What each rate bears of the document's discount, highest rate first, for the receipt."""
    sums: dict[tuple[str | None, int | None], int] = {}
    for line in lines:
        if line.share_minor:
            key = (line.tax_class, line.rate_bp)
            sums[key] = sums.get(key, 0) + line.share_minor
    ordered = sorted(sums.items(), key=lambda item: (-(item[0][1] or 0), item[0][0] or ""))
    return tuple(RateShare(tax_class, rate, amount) for (tax_class, rate), amount in ordered)


def _of(given: Discount | Coupon) -> Discount:
    return given.discount if isinstance(given, Coupon) else given


def _turn(given: Discount | Coupon) -> tuple[bool, bool, bool]:
    one = _of(given)
    return one.line is None, isinstance(given, Coupon), one.kind == "amount"


def _together_refusal(coupons: Sequence[Coupon]) -> Refusal | None:
    """Why these coupons cannot be used on one document."""
    numbers = [coupon.number for coupon in coupons]
    twice = next((number for n, number in enumerate(numbers) if number in numbers[:n]), None)
    if twice is not None:
        return Refusal("coupon_twice", "discounts", {"given": twice})
    alone = next((coupon.number for coupon in coupons if coupon.alone), None)
    if alone is not None and len(coupons) > 1:
        return Refusal("coupon_alone", "discounts", {"given": alone})
    return None


def _amount(
    given: Discount | Coupon, n: int, lines: tuple[PricedLine, ...], rounding: str
) -> int | Refusal:
    """What one discount takes off as things stand."""
    one, field = _of(given), f"discounts[{n}]"
    if one.code not in CODES:
        return unknown_code(one.code, f"{field}.code")
    if one.line is not None and not 0 <= one.line < len(lines):
        return Refusal("no_such_line", f"{field}.line", {"given": one.line})
    if one.kind == "percent" and not 0 <= one.value <= WHOLE_BP:
        return Refusal("bad_percent", f"{field}.value", {"given": one.value})
    most = _cost(lines) if one.line is None else max(lines[one.line].amount_minor, 0)
    if isinstance(given, Coupon) and most < given.least_minor:
        detail = {"given": given.number, "least": given.least_minor, "total": most}
        return Refusal("coupon_least", field, detail)
    if one.kind == "percent":
        return round_to_int(Fraction(most * one.value, WHOLE_BP), rounding)
    wanted = min(one.value, most) if isinstance(given, Coupon) else one.value
    return _size_refusal(wanted, most=most, field=f"{field}.value") or wanted


def unknown_code(code: str, field: str) -> Refusal:
    """A reason for a discount that is not one of ours."""
    return Refusal("unknown_discount", field, {"given": code, "known": ", ".join(CODES)})


def _code_refusal(amount: int, code: str, path: str) -> Refusal | None:
    """A discount needs its reason."""
    wrong = amount and code not in CODES
    return unknown_code(code, f"{path}discount_code") if wrong else None


def _size_refusal(amount: int, *, most: int, field: str) -> Refusal | None:
    if amount < 0:
        return Refusal("bad_amount", field, {"given": amount})
    if amount > max(most, 0):
        return Refusal("discount_too_large", field, {"given": amount, "most": max(most, 0)})
    return None


def _cost(lines: Sequence[PricedLine]) -> int:
    """What lines come to, without those that are given back."""
    return sum(max(line.amount_minor, 0) for line in lines)


def _taken(lines: tuple[PricedLine, ...], only: int | None, amount: int) -> tuple[PricedLine, ...]:
    if only is not None:
        return (*lines[:only], _less(lines[only], own=amount), *lines[only + 1 :])
    parts = split(lines, amount)
    return tuple(_less(line, share=part) for line, part in zip(lines, parts, strict=True))


def _less(line: PricedLine, *, own: int = 0, share: int = 0) -> PricedLine:
    return replace(
        line,
        amount_minor=line.amount_minor - own - share,
        discount_minor=line.discount_minor + own,
        share_minor=line.share_minor + share,
    )
