"""Refunds: the document minus what remains, so that a full return ends at exactly zero."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goen.kit.refusals import Refusal
from goen.orders import discounts, refunds, rules
from goen.orders.refunds import Charged, Issuer, Kept, Paid, Refund, TenderBack
from goen.orders.sale import PricedLine, TaxTotal

RATES = (("reduced", 800), ("standard", 1_000), ("zero", 0), ("exempt", 0))
ISSUER = Issuer("株式会社みやび堂", "T5010401000007")


def line(
    qty: int, amount: int, tax_class: str | None = "standard", rate: int | None = 1_000
) -> PricedLine:
    return PricedLine(1, qty, amount, amount, tax_class, rate)


def charged(*lines: PricedLine, off: int = 0, price_tax: str = "included") -> Charged:
    left = discounts.off_all(lines, off)
    assert not isinstance(left, Refusal), left
    return Charged(left, price_tax, "floor")


def back(sold: Charged, *now: int, before: tuple[int, ...] | None = None) -> Refund:
    answer = refunds.refund(sold, before=before or (0,) * len(now), now=now)
    assert isinstance(answer, Refund), answer
    return answer


def points(rest: Kept) -> int:
    """One point per 100 yen of the document, rounded down."""
    return rest.total_minor // 100


@st.composite
def documents(draw: st.DrawFn) -> Charged:
    """Any document: line discounts, a document discount, every way of stating tax."""
    lines = []
    for n in range(draw(st.integers(1, 6))):
        one = line(
            draw(st.integers(1, 7)),
            draw(st.integers(0, 20_000)),
            *draw(st.sampled_from(RATES)),
        )
        less = discounts.off_line(one, n, draw(st.integers(0, one.amount_minor)))
        assert not isinstance(less, Refusal)
        lines.append(less)
    off = draw(st.integers(0, sum(one.amount_minor for one in lines)))
    left = discounts.off_all(lines, off)
    assert not isinstance(left, Refusal)
    return Charged(
        left,
        draw(st.sampled_from(["included", "excluded"])),
        draw(st.sampled_from(["floor", "ceil", "half_up"])),
    )


@given(documents(), st.data())
@settings(deadline=None)
def test_a_full_return_in_any_steps_ends_at_exactly_zero(
    sold: Charged, data: st.DataObject
) -> None:
    """Money, tax per rate, discounts and points come back whole, whichever way they come."""
    whole = refunds.kept(sold, returned=[0] * len(sold.lines))
    before = [0] * len(sold.lines)
    total = earned = 0
    gross: Counter[tuple[str, int]] = Counter()
    tax: Counter[tuple[str, int]] = Counter()
    lines: Counter[tuple[int, str]] = Counter()
    while any(one.qty > b for one, b in zip(sold.lines, before, strict=True)):
        now = [
            data.draw(st.integers(0, one.qty - b))
            for one, b in zip(sold.lines, before, strict=True)
        ]
        if not any(now):  # at least one unit, of the first line that has any
            n = next(n for n, one in enumerate(sold.lines) if one.qty > before[n])
            now[n] = 1
        step = refunds.refund(sold, before=before, now=now, points=points)
        assert isinstance(step, Refund)
        assert step.total_minor >= 0
        assert all(t.gross_minor >= 0 and t.tax_minor >= 0 for t in step.taxes)
        total, earned = total + step.total_minor, earned + step.points
        for t in step.taxes:
            gross[t.tax_class, t.rate_bp] += t.gross_minor
            tax[t.tax_class, t.rate_bp] += t.tax_minor
        for one in step.lines:
            assert min(one.amount_minor, one.discount_minor, one.share_minor) >= -1
            lines[one.line, "qty"] += one.qty
            lines[one.line, "amount"] += one.amount_minor
            lines[one.line, "discount"] += one.discount_minor
            lines[one.line, "share"] += one.share_minor
        before = [b + n for b, n in zip(before, now, strict=True)]
    assert total == whole.total_minor
    assert earned == points(whole)
    for t in whole.taxes:
        assert gross[t.tax_class, t.rate_bp] == t.gross_minor
        assert tax[t.tax_class, t.rate_bp] == t.tax_minor
    for n, line_ in enumerate(sold.lines):
        assert lines[n, "qty"] == line_.qty
        assert lines[n, "amount"] == line_.amount_minor
        assert lines[n, "discount"] == line_.discount_minor
        assert lines[n, "share"] == line_.share_minor
    nothing = refunds.kept(sold, returned=before)
    assert nothing.total_minor == 0
    assert not any(t.gross_minor or t.tax_minor for t in nothing.taxes)


@given(documents(), st.data())
@settings(deadline=None)
def test_what_is_kept_costs_what_it_would_have_been_charged(
    sold: Charged, data: st.DataObject
) -> None:
    """The rest is a document like any other: its tax is once per rate on its own lines."""
    returned = [data.draw(st.integers(0, one.qty)) for one in sold.lines]
    rest = refunds.kept(sold, returned=returned)
    expected = rules.taxes(rest.lines, price_tax=sold.price_tax, rounding=sold.rounding)
    assert rest.taxes == expected
    for one, of in zip(rest.lines, sold.lines, strict=True):
        cost = one.amount_minor + one.share_minor + one.discount_minor
        whole = of.amount_minor + of.share_minor + of.discount_minor
        assert 0 <= one.amount_minor <= of.amount_minor
        assert one.share_minor >= 0
        assert one.discount_minor >= 0
        assert abs(cost * of.qty - whole * one.qty) * 2 <= of.qty


def test_the_tax_of_three_returns_is_the_tax_of_one() -> None:
    """L-22: 3 × 115 hold 31; three returns give 10, 11 and 10 back, not three times 10."""
    sold = charged(line(3, 345))
    steps = [back(sold, 1, before=(n,)) for n in range(3)]
    assert [t.tax_minor for step in steps for t in step.taxes] == [11, 10, 10]
    assert [step.total_minor for step in steps] == [115, 115, 115]


def test_the_share_of_a_discount_comes_back_with_its_goods() -> None:
    """G-08: of 300 off 1,080 and 2,200 the food gives back 981, and 99 of the discount stay."""
    sold = charged(line(1, 1_080, "reduced", 800), line(1, 2_200), off=300)
    step = back(sold, 1, 0)
    assert step.total_minor == 981
    assert step.taxes == (TaxTotal("reduced", 800, 981, 72),)
    assert [(one.amount_minor, one.share_minor) for one in step.lines] == [(981, 99)]
    assert back(sold, 0, 1, before=(1, 0)).total_minor == 1_999


def test_an_uneven_discount_comes_back_unit_by_unit() -> None:
    sold = charged(line(3, 1_000), off=100)
    steps = [back(sold, 1, before=(n,)) for n in range(3)]
    assert [step.total_minor for step in steps] == [300, 300, 300]
    assert [step.lines[0].share_minor for step in steps] == [33, 34, 33]


def test_the_rate_of_the_original_sale_is_used() -> None:
    """G-12: whatever the rate is today, what was sold at 8 % comes back at 8 %."""
    old = charged(line(2, 2_160, "reduced", 800))
    new = charged(line(2, 2_160, "reduced", 0))
    assert back(old, 1).taxes == (TaxTotal("reduced", 800, 1_080, 80),)
    assert back(new, 1).taxes == (TaxTotal("reduced", 0, 1_080, 0),)


def test_prices_without_tax_give_their_tax_back_on_top() -> None:
    """L-22: 105 × 3 at 10 % on top is 346; the tax of the first one back is 31 − 21."""
    sold = charged(line(3, 315), price_tax="excluded")
    assert [back(sold, 1, before=(n,)).total_minor for n in range(3)] == [115, 116, 115]


def test_a_document_whose_tax_is_unknown_gives_back_money_only() -> None:
    sold = charged(line(2, 500, None, None), price_tax="unknown")
    assert back(sold, 1) == Refund((refunds.LineBack(0, 1, 250, 0, 0, None, None),), (), 250, 0)


REFUSED = [
    ((0, 0), (3, 0), "returned_too_many", "lines[0].qty"),
    ((1, 0), (2, 0), "returned_too_many", "lines[0].qty"),
    ((0, 1), (1, 1), "returned_too_many", "lines[1].qty"),
    ((0, 0), (0, -1), "bad_quantity", "lines[1].qty"),
    ((0, 0), (0, 0), "no_lines", "lines"),
]


@pytest.mark.parametrize(("before", "now", "code", "field"), REFUSED)
def test_no_more_comes_back_than_is_out(
    before: tuple[int, ...], now: tuple[int, ...], code: str, field: str
) -> None:
    answer = refunds.refund(charged(line(2, 200), line(1, 100)), before=before, now=now)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)


def test_a_line_that_was_itself_a_return_cannot_come_back() -> None:
    answer = refunds.refund(charged(line(-1, -100)), before=(0,), now=(1,))
    assert isinstance(answer, Refusal)
    assert answer.code == "returned_too_many"


PAID = (Paid("cash", 1_000), Paid("card", 500), Paid("qr", 300, refunded_minor=200))


def test_the_last_tender_goes_back_first() -> None:
    assert refunds.by_tender(PAID, 700) == (
        TenderBack(2, "qr", 100),
        TenderBack(1, "card", 500),
        TenderBack(0, "cash", 100),
    )
    assert refunds.by_tender(PAID, 100) == (TenderBack(2, "qr", 100),)
    assert refunds.by_tender(PAID, 0) == ()


def test_a_tender_asked_for_twice_is_one() -> None:
    asked = ((0, 100), (1, 50), (0, 200))
    assert refunds.by_tender(PAID, 350, asked=asked) == (
        TenderBack(0, PAID[0].kind, 300),
        TenderBack(1, PAID[1].kind, 50),
    )


def test_tenders_go_back_as_asked() -> None:
    asked = ((0, 600), (1, 100))
    assert refunds.by_tender(PAID, 700, asked=asked) == (
        TenderBack(0, "cash", 600),
        TenderBack(1, "card", 100),
    )


TOO_MUCH = [
    (1_601, None, "refund_over_paid", "tenders"),
    (600, ((1, 501), (0, 99)), "refund_over_tender", "tenders[0].amount_minor"),
    (600, ((1, 300), (1, 300)), "refund_over_tender", "tenders[1].amount_minor"),
    (600, ((0, -1), (1, 500)), "refund_over_tender", "tenders[0].amount_minor"),
    (600, ((3, 600),), "no_such_tender", "tenders[0]"),
    (600, ((0, 599),), "refund_total", "tenders"),
]


@pytest.mark.parametrize(("amount", "asked", "code", "field"), TOO_MUCH)
def test_never_more_goes_back_by_a_tender_than_was_paid_by_it(
    amount: int, asked: tuple[tuple[int, int], ...] | None, code: str, field: str
) -> None:
    answer = refunds.by_tender(PAID, amount, asked=asked)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=5), st.lists(st.integers(0, 9_000)))
@settings(deadline=None)
def test_returns_in_steps_empty_every_tender_and_no_more(
    amounts: list[int], steps: list[int]
) -> None:
    paid = [Paid("card", amount) for amount in amounts]
    left = sum(amounts)
    for wanted in [*(step for step in steps if step <= left), None]:
        part = left if wanted is None else min(wanted, left)
        answer = refunds.by_tender(paid, part)
        assert not isinstance(answer, Refusal)
        assert sum(one.amount_minor for one in answer) == part
        for one in answer:
            was = paid[one.tender]
            paid[one.tender] = replace(was, refunded_minor=was.refunded_minor + one.amount_minor)
        left -= part
    assert [one.refunded_minor for one in paid] == amounts


@pytest.mark.parametrize(
    ("amount", "issuer", "tax_class", "required"),
    [
        (10_000, ISSUER, "standard", True),
        (9_999, ISSUER, "standard", False),
        (10_000, Issuer("個人", ""), "standard", False),
        (10_000, ISSUER, "exempt", False),
        (10_000, ISSUER, "zero", True),
    ],
)
def test_a_return_invoice_is_required_from_ten_thousand_yen(
    amount: int, issuer: Issuer, tax_class: str, required: bool
) -> None:
    """L-23: with the date of the return and of the sale, and tax per rate of that sale."""
    step = back(charged(line(1, amount, tax_class, 0)), 1)
    paper = refunds.invoice(
        step, issuer=issuer, returned_on=date(2026, 11, 22), sold_on=date(2026, 9, 1), number="S1-7"
    )
    assert paper.required is required
    assert (paper.returned_on, paper.sold_on) == (date(2026, 11, 22), date(2026, 9, 1))
    assert (paper.number, paper.total_minor, paper.rates) == ("S1-7", amount, step.taxes)
    assert paper.lines == step.lines


def test_prices_without_tax_reach_the_limit_with_their_tax() -> None:
    step = back(charged(line(1, 9_091), price_tax="excluded"), 1)
    paper = refunds.invoice(
        step, issuer=ISSUER, returned_on=date(2026, 11, 22), sold_on=date(2026, 9, 1), number="7"
    )
    assert (paper.total_minor, paper.required) == (10_000, True)
