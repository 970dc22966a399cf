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
    return round_ratio(value.numerator, value.denominator, mode)


def round_ratio(part: int, whole: int, mode: str) -> int:
    """As `round_to_int`, of `part / whole` (> 0): the same without making a fraction of it."""
    down, rest = divmod(abs(part), whole)
    if rest and (mode == "ceil" or (mode == "half_up" and 2 * rest >= whole)):
        down += 1
    return -down if part < 0 else down
