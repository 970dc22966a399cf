"""Check digits of barcodes and registration numbers, and phone numbers that cannot ring."""

import re

# No mobile number begins with 0 after its 070 or 090 (080-0 would be the toll-free 0800), and no
# Tokyo exchange begins with 0: a leading 0 would be read as the trunk prefix.
_MOBILE = ("070-0", "090-0")
_SPREAD = 6_700_417  # odd and not a multiple of five: it permutes 0 … 9,999,999


def ean13(first12: str) -> str:
    """Twelve digits and the check digit of a JAN code."""
    assert re.fullmatch(r"\d{12}", first12), first12
    odd, even = (sum(map(int, first12[start::2])) for start in (0, 1))
    return f"{first12}{-(odd + 3 * even) % 10}"


def registration_no(base12: str) -> str:
    """A T-number of a corporate number: the check digit stands in front."""
    assert re.fullmatch(r"\d{12}", base12), base12
    total = sum(
        int(digit) * (1 if place % 2 == 0 else 2) for place, digit in enumerate(reversed(base12))
    )
    return f"T{9 - total % 9}{base12}"


def mobile(index: int) -> str:
    """The mobile of a person: one each for twenty million people."""
    digits = f"{index * _SPREAD % 10_000_000:07d}"
    return f"{_MOBILE[index // 10_000_000 % 2]}{digits[:3]}-{digits[3:]}"


def landline(index: int) -> str:
    """A Tokyo landline of a household."""
    digits = f"{(index + 77) * _SPREAD % 10_000_000:07d}"
    return f"03-0{digits[:3]}-{digits[3:]}"


def card_no(index: int) -> str:
    """A member card: thirteen digits of the in-store range, so that a till can scan it."""
    return ean13(f"21{index * 7_368_787 % 10**10:010d}")
