"""Discounts: split pro rata to the last yen, taken in a fixed order, never below zero."""

from dataclasses import replace
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goen.kit.refusals import Refusal
from goen.orders import discounts, rules
from goen.orders.discounts import Coupon, Discount, Discounted, Step
from goen.orders.sale import PricedLine, RateShare, TaxTotal

RATES = (("reduced", 800), ("standard", 1_000), ("zero", 0), ("exempt", 0), (None, None))


def line(amount: int, tax_class: str | None = "standard", rate: int | None = 1_000) -> PricedLine:
    return PricedLine(1, 1, amount, amount, tax_class, rate)


def food(amount: int) -> PricedLine:
    return line(amount, "reduced", 800)


def off(lines: tuple[PricedLine, ...], amount: int) -> tuple[PricedLine, ...]:
    done = discounts.off_all(lines, amount)
    assert not isinstance(done, Refusal), done
    return done


amounts = st.integers(0, 100_000)
lines_of = st.lists(
    st.builds(lambda amount, rate: line(amount, *rate), amounts, st.sampled_from(RATES)),
    min_size=1,
    max_size=12,
).map(tuple)


def test_300_off_two_rates_is_99_and_201() -> None:
    """G-08, L-34: 98.78 and 201.22 of 300; tax is computed on what remains of each rate."""
    left = off((food(1_080), line(2_200)), 300)
    assert [one.amount_minor for one in left] == [981, 1_999]
    assert discounts.by_rate(left) == (
        RateShare("standard", 1_000, 201),
        RateShare("reduced", 800, 99),
    )
    assert rules.taxes(left, price_tax="included", rounding="floor") == (
        TaxTotal("standard", 1_000, 1_999, 181),
        TaxTotal("reduced", 800, 981, 72),
    )


def test_rates_get_their_share_first_however_many_lines_they_have() -> None:
    """G-08: the same 99 and 201 when the goods lie on many lines in any order."""
    lines = (*(food(108) for _ in range(10)), *(line(220) for _ in range(10)))
    for ordered in (lines, lines[::-1], lines[5:] + lines[:5]):
        parts = [share.amount_minor for share in discounts.by_rate(off(ordered, 300))]
        assert parts == [201, 99]


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (300, [1_080, 2_200], (99, 201)),
        (1, [1, 1, 1], (1, 0, 0)),
        (2, [1, 1, 1], (1, 1, 0)),
        (1, [5, 5, 10], (0, 0, 1)),
        (2, [1, 3], (0, 2)),
        (0, [7, 9], (0, 0)),
        (0, [0, 0], (0, 0)),
        (16, [7, 9], (7, 9)),
        (5, [0, 9], (0, 5)),
    ],
)
def test_equal_remainders_are_settled_the_same_way_each_time(
    amount: int, weights: list[int], parts: tuple[int, ...]
) -> None:
    assert discounts.shares(amount, weights) == parts


@given(lines_of, st.data())
@settings(deadline=None)
def test_parts_sum_exactly_and_no_line_falls_below_zero(
    lines: tuple[PricedLine, ...], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(one.amount_minor for one in lines)))
    left = off(lines, amount)
    assert sum(one.share_minor for one in left) == amount
    assert sum(share.amount_minor for share in discounts.by_rate(left)) == amount
    for before, after in zip(lines, left, strict=True):
        assert 0 <= after.amount_minor <= before.amount_minor
        assert after.amount_minor + after.share_minor == before.amount_minor


@given(lines_of, st.data())
@settings(deadline=None)
def test_each_rate_is_within_one_of_its_exact_share(
    lines: tuple[PricedLine, ...], data: st.DataObject
) -> None:
    whole = sum(one.amount_minor for one in lines)
    amount = data.draw(st.integers(0, whole))
    for share in discounts.by_rate(off(lines, amount)):
        rate = (share.tax_class, share.rate_bp)
        cost = sum(one.amount_minor for one in lines if (one.tax_class, one.rate_bp) == rate)
        assert abs(share.amount_minor * whole - amount * cost) < whole


@given(lines_of, st.data())
@settings(deadline=None)
def test_the_order_of_lines_does_not_change_what_a_rate_bears(
    lines: tuple[PricedLine, ...], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(one.amount_minor for one in lines)))
    assert discounts.by_rate(off(lines, amount)) == discounts.by_rate(off(lines[::-1], amount))


@given(lines_of)
@settings(deadline=None)
def test_everything_off_is_nothing_to_pay(lines: tuple[PricedLine, ...]) -> None:
    left = off(lines, sum(one.amount_minor for one in lines))
    assert {one.amount_minor for one in left} == {0}


def test_what_is_given_back_on_the_same_document_bears_nothing() -> None:
    left = off((line(-500), line(1_000)), 100)
    assert [one.amount_minor for one in left] == [-500, 900]


STACK = (
    Coupon("C-1", Discount("coupon", "amount", 100)),
    Discount("goodwill", "amount", 50),
    Coupon("C-2", Discount("coupon", "percent", 1_000)),
    Discount("markdown", "amount", 100, line=0),
    Discount("markdown", "percent", 2_000, line=0),
)


def test_discounts_are_taken_in_a_fixed_order() -> None:
    """Lines, then the document; discounts, then coupons; percentages, then amounts (J-17)."""
    expected = [  # of 2,000: line 1,000 → 800 → 700; document 1,700 → 1,650 → 1,485 → 1,385
        (STACK[4], 200),
        (STACK[3], 100),
        (STACK[1], 50),
        (STACK[2], 165),
        (STACK[0], 100),
    ]
    for given_in in permutations(STACK):
        done = discounts.apply((line(1_000), food(1_000)), given_in, rounding="floor")
        assert isinstance(done, Discounted)
        assert list(done.steps) == [Step(one, amount) for one, amount in expected]
        assert sum(one.amount_minor for one in done.lines) == 1_385
        assert [one.discount_minor for one in done.lines] == [300, 0]
        assert sum(one.share_minor for one in done.lines) == 315


@pytest.mark.parametrize(("rounding", "amount"), [("floor", 33), ("half_up", 34), ("ceil", 34)])
def test_a_percentage_is_rounded_once(rounding: str, amount: int) -> None:
    third = Discount("staff", "percent", 1_000)
    done = discounts.apply((line(167), food(168)), (third,), rounding=rounding)
    assert isinstance(done, Discounted)
    assert done.steps == (Step(third, amount),)


def test_a_coupon_worth_more_than_the_goods_leaves_nothing_to_pay() -> None:
    coupon = Coupon("C-1", Discount("coupon", "amount", 500))
    done = discounts.apply((line(300),), (coupon,), rounding="floor")
    assert done == Discounted((replace(line(0), list_minor=300, share_minor=300),),
                              (Step(coupon, 300),))  # fmt: skip


def coupon(number: str, value: int, **more: object) -> Coupon:
    return Coupon(number, Discount("coupon", "amount", value), **more)  # type: ignore[arg-type]


REFUSED = [
    ((Discount("markdown", "amount", 301, line=0),), "discount_too_large", "discounts[0].value"),
    ((Discount("markdown", "amount", 1_301),), "discount_too_large", "discounts[0].value"),
    ((Discount("markdown", "amount", -1),), "bad_amount", "discounts[0].value"),
    ((Discount("markdown", "percent", 10_001),), "bad_percent", "discounts[0].value"),
    ((Discount("markdown", "percent", -1),), "bad_percent", "discounts[0].value"),
    ((Discount("markdown", "amount", 1, line=2),), "no_such_line", "discounts[0].line"),
    ((Discount("mood", "amount", 1),), "unknown_discount", "discounts[0].code"),
    ((coupon("A", 1), coupon("A", 1)), "coupon_twice", "discounts"),
    ((coupon("A", 1), coupon("B", 1, alone=True)), "coupon_alone", "discounts"),
    ((coupon("A", 1, least_minor=1_301),), "coupon_least", "discounts[0]"),
    (
        (coupon("A", 1, least_minor=1_300), Discount("markdown", "amount", 1, line=1)),
        "coupon_least",
        "discounts[0]",
    ),
]


@pytest.mark.parametrize(("wanted", "code", "field"), REFUSED)
def test_a_discount_that_cannot_be_taken_is_named(
    wanted: tuple[Discount | Coupon, ...], code: str, field: str
) -> None:
    answer = discounts.apply((line(300), food(1_000)), wanted, rounding="floor")
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == (code, field)


def test_a_coupon_alone_may_stand_beside_a_markdown() -> None:
    wanted = (coupon("B", 100, alone=True), Discount("markdown", "percent", 5_000, line=0))
    done = discounts.apply((line(300),), wanted, rounding="floor")
    assert isinstance(done, Discounted)
    assert done.lines[0].amount_minor == 50


@given(lines_of, st.permutations(STACK))
@settings(deadline=None)
def test_whatever_is_taken_is_accounted_for(
    lines: tuple[PricedLine, ...], wanted: list[Discount | Coupon]
) -> None:
    done = discounts.apply(lines, wanted, rounding="floor")
    if isinstance(done, Refusal):
        assert done.code == "discount_too_large"
        return
    taken = sum(step.amount_minor for step in done.steps)
    assert taken == sum(one.discount_minor + one.share_minor for one in done.lines)
    assert taken == sum(one.amount_minor for one in lines) - sum(
        one.amount_minor for one in done.lines
    )
    assert all(one.amount_minor >= 0 for one in done.lines)
