"""Numbers, days and money as a mail writes them, in the language of the mail."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from goen.kit.money import exponent

_SIGN = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "CNY": "CN¥", "TWD": "NT$", "KRW": "₩"}
_WEEKDAYS = "月火水木金土日"


def number_in(value: int) -> str:
    """A whole number: 1,240."""
    return f"{value:,}"


def money_in(minor: int, currency: str) -> str:
    """An amount: ¥1,100."""
    places = exponent(currency)
    sign = _SIGN.get(currency, f"{currency} ")
    return f"{sign}{minor / 10**places:,.{places}f}"


def day_in(day: date, language: str) -> str:
    """A day: 11月30日（月）, Mon 30 Nov 2026."""
    if language == "en":
        return f"{day:%a} {day.day} {day:%b %Y}"
    return f"{day.month}月{day.day}日（{_WEEKDAYS[day.weekday()]}）"


def text_in(texts: Mapping[str, Any] | str | None, language: str) -> str:
    """A master's text in a language, or in the one there is."""
    if isinstance(texts, str) or texts is None:
        return texts or ""
    return str(texts.get(language) or texts.get("ja") or next(iter(texts.values()), ""))
