"""Money is an integer of minor units and a currency; sums never cross currencies."""

from decimal import Decimal
from fractions import Fraction

EXPONENT = {"JPY": 0, "KRW": 0, "USD": 2, "EUR": 2, "GBP": 2, "CNY": 2, "TWD": 2}
"""Decimal places of the minor unit (ISO 4217)."""


def exponent(currency: str) -> int:
    """Decimal places of a currency; unknown currencies have two."""
    return EXPONENT.get(currency, 2)


def to_minor(amount: Decimal, currency: str) -> int | None:
    """Minor units of an amount in major units, or None if it has finer parts."""
    minor = amount.scaleb(exponent(currency))
    return int(minor) if minor == minor.to_integral_value() else None


def round_to_int(value: Fraction, mode: str) -> int:
    """An exact fraction to an integer; `mode` is floor, ceil or half_up (away from zero).

    Negative amounts mirror positive ones, so that a reversal rounds as its original did.
    """
    sign = -1 if value < 0 else 1
    size = abs(value)
    whole, rest = divmod(size.numerator, size.denominator)
    if rest and (mode == "ceil" or (mode == "half_up" and 2 * rest >= size.denominator)):
        whole += 1
    return sign * whole
