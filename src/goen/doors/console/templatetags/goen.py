"""Words, numbers, money and days, as a reader of either language expects them."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from goen.doors import say as words
from goen.doors.console.days import shop_today
from goen.kit import clock
from goen.kit.money import exponent

register = template.Library()

_SIGN = {"JPY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "CNY": "CN¥", "TWD": "NT$", "KRW": "₩"}
_WEEKDAYS = "月火水木金土日"


@register.simple_tag
def say(ja: str, en: str, **slots: object) -> SafeString:
    """`{% say "{n}人" "{n|person|people}" n=count %}`; slot values are escaped."""
    return mark_safe(words.say(ja, en, **{k: escape(v) for k, v in slots.items()}))  # noqa: S308


@register.simple_tag
def data_until() -> str:
    """Until when the shop's data go, where that is long ago; see `console.data_until`."""
    from goen.doors.console import data_until as found  # it needs the database, tags do not

    return found.sentence()


@register.filter
def text(texts: Mapping[str, Any] | str | None) -> str:
    """A master's text in the reader's language."""
    return words.text_of(texts)


@register.filter
def of(key: object, known: Mapping[Any, Any]) -> Any:
    """What a mapping knows under a key: `place_id|of:names`; nothing when it knows nothing."""
    return known.get(key, "")


@register.filter
def row_input(number: int, name: str) -> str:
    """The name of an input in a form of numbered rows: r3.place_id."""
    return f"r{number}.{name}"


@register.filter
def num(value: float | None, places: int = 0) -> str:
    """A number with thousands separators; unknown is a dash, minus is a true minus."""
    if value is None:
        return "—"
    return f"{value:,.{places}f}".replace("-", "−")


_MEASURES = {"gallon/1000": (1000, "ガロン", " gal")}
"""What is weighed or poured: its smallest units in one of the measure, and the measure's name."""


@register.filter
def qty(units: int | None, unit: str | None = "piece") -> str:
    """A quantity as people say it: 120, or 9,394.1 gal of what is counted in thousandths."""
    if units is None or unit not in _MEASURES:
        return num(units)
    size, ja, en = _MEASURES[unit]
    return f"{num(units / size, 1)}{words.say(ja, en)}"


@register.filter
def times(line: Any, measures: Mapping[int, str]) -> str:
    """How much of it a receipt line holds, behind its name: ×2, or how many gallons."""
    unit = measures.get(line.sku_id)
    return f" {qty(line.qty, unit)}" if unit else f"×{num(line.qty)}"


@register.filter
def in_measure(units: float, unit: str | None = "piece") -> float:
    """A quantity in its measure, for charts."""
    return round(units / _MEASURES[unit][0]) if unit in _MEASURES else units


@register.filter
def pct(share: float | None, places: int = 1) -> str:
    """A share as percent without the sign: 0.9 is 90.0."""
    return "—" if share is None else f"{100 * share:.{places}f}".replace("-", "−")


@register.filter
def money(minor: int | None, currency: str = "JPY") -> str:
    """Minor units as money of a currency: ¥18,420, $12.30."""
    if minor is None:
        return "—"
    places = exponent(currency)
    amount = abs(minor) / 10**places
    sign = "−" if minor < 0 else ""
    return f"{sign}{sign_of(currency)}{amount:,.{places}f}"


def sign_of(currency: str) -> str:
    """What stands before an amount: ¥, $, or the currency's code."""
    return _SIGN.get(currency, f"{currency} ")


@register.filter
def whole(value: float | None) -> int | None:
    """Rounded to a whole number, for figures that were averaged."""
    return None if value is None else round(value)


@register.filter
def full_date(value: date | None) -> str:
    """A date with its year, short: 2026/11/20, 20 Nov 2026."""
    if value is None:
        return "—"
    value = _date_of(value)
    english = words.language() == "en"
    return f"{value.day} {value:%b %Y}" if english else f"{value:%Y/%m/%d}"


@register.filter
def day(value: date | None) -> str:
    """A date without the year when it is near: 11/20, 20 Nov."""
    return _day(value, year=False)


@register.filter
def full_day(value: date | None) -> str:
    """A whole date: 2026年11月20日（金）, Fri 20 Nov 2026."""
    return _day(value, year=True)


def _date_of(value: date) -> date:
    """The day of an instant as people there call it."""
    if isinstance(value, datetime):
        return value.astimezone(clock.zone("Asia/Tokyo")).date()
    return value


def _day(value: date | None, *, year: bool) -> str:
    if value is None:
        return "—"
    value = _date_of(value)
    if words.language() == "en":
        return f"{value:%a} {value.day} {value:%b %Y}" if year else _short_en(value)
    if year:
        return f"{value.year}年{value.month}月{value.day}日（{_WEEKDAYS[value.weekday()]}）"
    near = _is_near(value)
    return f"{value:%m/%d}".lstrip("0").replace("/0", "/") if near else f"{value:%Y/%m/%d}"


def _short_en(value: date) -> str:
    return f"{value.day} {value:%b}" if _is_near(value) else f"{value.day} {value:%b %Y}"


def _is_near(value: date) -> bool:
    """This year's days and the last ten months': no day and month then means two dates."""
    today = shop_today()
    return value.year == today.year or abs(today - value) < timedelta(days=300)


@register.filter
def hour(value: datetime | None, timezone: str = "Asia/Tokyo") -> str:
    """The clock time of an instant in a zone: 14:05."""
    return "—" if value is None else f"{value.astimezone(clock.zone(timezone)):%H:%M}"


@lru_cache(maxsize=64)
def _digest(name: str, stamp: float) -> str:
    found = finders.find(name)
    assert isinstance(found, str), name
    return hashlib.sha256(Path(found).read_bytes()).hexdigest()[:10]


@register.simple_tag
def asset(name: str) -> str:
    """The address of a static file, changed by its content, so that it may be cached for ever."""
    found = finders.find(name)
    assert isinstance(found, str), name
    return f"/static/{name}?v={_digest(name, Path(found).stat().st_mtime)}"


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite; decoration only, so hidden from screen readers."""
    return format_html(
        '<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>',
        asset("icons.svg"),
        name,
    )
