"""Amounts in minor units, and rounding that mirrors below zero."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.kit.money import EXPONENT, exponent, round_to_int, to_minor

fractions = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10_000)
MODES = ("floor", "ceil", "half_up")


@given(fractions, st.sampled_from(MODES))
def test_rounding_moves_by_less_than_one_and_mirrors(value, mode):
    rounded = round_to_int(value, mode)
    assert abs(rounded - value) < 1
    assert round_to_int(-value, mode) == -rounded


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=10_000))
def test_above_zero_the_modes_are_what_they_are_called(value):
    assert round_to_int(value, "floor") == floor(value)
    assert round_to_int(value, "ceil") == ceil(value)
    assert round_to_int(value, "half_up") == floor(value + Fraction(1, 2))


@given(st.integers(-(10**12), 10**12), st.sampled_from(MODES))
def test_a_whole_number_stays(value, mode):
    assert round_to_int(Fraction(value), mode) == value


@given(st.integers(-(10**12), 10**12), st.sampled_from([*EXPONENT, "XYZ"]))
def test_major_units_become_minor_ones_and_back(minor, currency):
    assert to_minor(Decimal(minor).scaleb(-exponent(currency)), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("1.50", "USD", 150), ("1.505", "USD", None), ("150", "JPY", 150), ("150.0", "JPY", 150),
     ("150.5", "JPY", None), ("-0.01", "EUR", -1)],
)  # fmt: skip
def test_finer_parts_than_the_coin_are_no_amount(amount, currency, minor):
    assert to_minor(Decimal(amount), currency) == minor
