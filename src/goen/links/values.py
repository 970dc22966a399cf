"""What one cell of somebody's file means: a day, a time, an amount, a code.

Promises: nothing here guesses between two readings without being told (`order` of a date); a text
that is not understood is `None`, never zero; widths are folded (J-01), the text itself is kept by
the caller.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "大正": 1911, "R": 2018, "H": 1988, "S": 1925}
"""The year before the first of each era."""

ORDERS = ("ymd", "mdy", "dmy")

_HYPHENS = str.maketrans(dict.fromkeys("ー－−‐‑‒–—―─ｰ", "-"))
_ERA = re.compile(
    r"^(令和|平成|昭和|大正|[RHSrhs])\s*(元|\d{1,2})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})日?(.*)$"
)
_THREE = re.compile(r"^(\d{1,4})\s*[年/.-]\s*(\d{1,2})\s*[月/.-]\s*(\d{1,4})\s*日?(.*)$")
_NAMED = re.compile(r"^(\d{1,2})?[\s-]*([A-Za-z]{3})[a-z]*\.?[\s-]*(?:(\d{1,2}),)?\s*(\d{4})(.*)$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SOLID = re.compile(r"^(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?(\d{2})?$")
_CLOCK = re.compile(
    r"^(AM|PM|午前|午後)?\s*(\d{1,2})\s*[:時]\s*(\d{1,2})(?:\s*[:分]\s*(\d{1,2})(?:\.\d+)?)?\s*[分秒]?"
    r"\s*(AM|PM)?\s*(Z|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(r"^[\sT]*[(（]?[月火水木金土日]?(?:曜日?)?[)）]?[\sT]*")
_AROUND_MONEY = re.compile(
    r"¥|\\|円|\$|€|£|JPY|USD|EUR|税[込抜別]|[()（）\s]|個|点|本|枚|冊|袋|箱|pcs?\b", re.IGNORECASE
)
_NUMBER = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d+)?$|^\d+(?:\.\d+)?(?:E[+-]?\d+)?$|^\.\d+$", re.I)

NOBODY = frozenset(
    {
        "",
        "-",
        "--",
        "ゲスト",
        "guest",
        "非会員",
        "会員外",
        "一般",
        "なし",
        "無し",
        "無",
        "匿名",
        "未登録",
    }
    | {"none", "null", "nan", "n/a", "#n/a", "na", "anonymous", "unknown", "walk-in", "walkin"}
)
"""What systems write where there is no customer. Such rows stay anonymous (R-008)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, the clock time where one was given, and its zone offset in minutes if written."""

    day: date
    clock: time | None
    offset_min: int | None = None


def folded(text: str) -> str:
    """The text with widths folded and blanks trimmed: `ＪＡＮ　４９` is `JAN 49`."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).strip()


@lru_cache(maxsize=1 << 16)
def moment(text: str, *, order: str = "ymd") -> Moment | None:
    """A date with or without a time. `order` decides 1/2/2026; 25:30 is half past one next day."""
    plain = folded(text)
    found = _solid(plain) if plain.isdigit() else _written(plain, order)
    if found is None:
        return None
    day, rest = found
    rest = _WEEKDAY.sub("", rest, count=1).strip()
    if not rest:
        return Moment(day, None)
    at = clock_time(rest)
    return None if at is None else Moment(day + timedelta(days=at[0]), at[1], at[2])


def _written(plain: str, order: str) -> tuple[date, str] | None:
    era = _ERA.match(plain)
    if era:
        name, year, month, day, rest = era.groups()
        since = ERAS[name.upper() if name.isascii() else name]
        return _day(since + (1 if year == "元" else int(year)), int(month), int(day), rest)
    three = _THREE.match(plain)
    if three is None:
        return _named_month(plain)
    first, second, third, rest = three.groups()
    if len(first) == 4 or "年" in plain:
        return _day(_full_year(first), int(second), int(third), rest)
    if order == "ymd":
        return _day(_full_year(first), int(second), int(third), rest) if len(third) <= 2 else None
    month, day = (first, second) if order == "mdy" else (second, first)
    return _day(_full_year(third), int(month), int(day), rest)


def _named_month(plain: str) -> tuple[date, str] | None:
    """20 Nov 2026, 20-Nov-2026, Nov 20, 2026."""
    found = _NAMED.match(plain)
    if found is None or found[2].lower() not in _MONTHS or not (found[1] or found[3]):
        return None
    month = _MONTHS.index(found[2].lower()) + 1
    return _day(int(found[4]), month, int(found[1] or found[3]), found[5])


def _solid(plain: str) -> tuple[date, str] | None:
    if len(plain) == 5 and 30_000 <= int(plain) <= 60_000:  # a spreadsheet's day number
        return date(1899, 12, 30) + timedelta(days=int(plain)), ""
    parts = _SOLID.match(plain)
    if parts is None:
        return None
    year, month, day, hour, minute, second = parts.groups()
    at = f"{hour}:{minute or '00'}:{second or '00'}" if hour else ""
    return _day(int(year), int(month), int(day), at)


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) > 2 else 2000 + int(digits)


def _day(year: int, month: int, day: int, rest: str) -> tuple[date, str] | None:
    try:
        return date(year, month, day), rest
    except ValueError:
        return None


def clock_time(text: str) -> tuple[int, time, int | None] | None:
    """Days to add, the clock time and a written zone offset; 25:30 adds one day."""
    plain = folded(text)
    if plain.isdigit() and len(plain) in {3, 4, 5, 6}:
        plain = plain.zfill(6 if len(plain) > 4 else 4)
        plain = ":".join(plain[at : at + 2] for at in range(0, len(plain), 2))
    found = _CLOCK.match(plain)
    if found is None:
        return None
    before, hour, minute, second, after, zone = found.groups()
    half = (before or after or "").upper()
    hours = int(hour) % 12 + (12 if half in {"PM", "午後"} else 0) if half else int(hour)
    if hours >= 48 or int(minute) >= 60 or int(second or 0) >= 60:
        return None
    at = time(hours % 24, int(minute), int(second or 0))
    return hours // 24, at, _offset(zone)


def _offset(zone: str | None) -> int | None:
    if not zone:
        return None
    if zone.upper() == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    size = int(digits[:2]) * 60 + int(digits[2:])
    return -size if zone[0] == "-" else size


def as_instant_text(value: datetime | date | time) -> str:
    """A typed cell of a spreadsheet as text that `moment` and `clock_time` read back."""
    if isinstance(value, datetime) and value.time() == time(0):
        return value.date().isoformat()
    return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()


@lru_cache(maxsize=1 << 16)
def number(text: str) -> Decimal | None:
    """A number as people write it: ¥, 円, commas, full width, △ ▲ − or brackets for minus."""
    plain = text.strip()
    if not plain.isascii():
        plain = folded(plain).translate(_HYPHENS)
    bracketed = plain.startswith("(") and plain.endswith(")")
    minus = bracketed or plain.startswith(("△", "▲", "-")) or plain.endswith("-")
    plain = _AROUND_MONEY.sub("", plain).lstrip("△▲").replace(" ", "")
    minus = minus or plain.startswith("-")
    plain = plain.strip("-").lstrip("+")
    if not _NUMBER.match(plain):
        return None
    try:
        value = Decimal(plain.replace(",", ""))
    except InvalidOperation:
        return None
    return -value if minus else value


@lru_cache(maxsize=1 << 16)
def product_code(text: str) -> str:
    """A product's code: width folded; a JAN that lost its leading zero gets it back (J-13)."""
    plain = folded(text).translate(_HYPHENS)
    if plain.endswith(".0") and plain[:-2].isdigit():
        plain = plain[:-2]
    if plain.isdigit() and len(plain) == 12 and is_gtin("0" + plain):
        return "0" + plain
    return plain


def is_gtin(digits: str) -> bool:
    """Whether the text is a JAN/EAN-13 or -8 whose check digit holds."""
    if len(digits) not in {8, 13} or not digits.isdigit():
        return False
    weighted = sum(
        int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(reversed(digits[:-1]), start=1)
    )
    return (10 - weighted % 10) % 10 == int(digits[-1])


@lru_cache(maxsize=1 << 16)
def customer_key(text: str, *, nobody: frozenset[str] = frozenset()) -> str:
    """The key of a customer, or empty for nobody. `nobody`: this file's own words for nobody."""
    plain = folded(text)
    if plain.endswith(".0") and plain[:-2].isdigit():
        plain = plain[:-2]
    if plain.casefold() in NOBODY or plain in nobody or not plain.strip("0-"):
        return ""
    return plain


_TAX_WORDS = (
    ("非課税", "exempt"),
    ("不課税", "outside"),
    ("対象外", "outside"),
    ("免税", "zero"),
    ("軽減", "reduced"),
    ("標準", "standard"),
    ("exempt", "exempt"),
    ("reduced", "reduced"),
    ("standard", "standard"),
)


def tax_class(text: str) -> str | None:
    """Our tax class for what a file says: 8%, 軽減, 0.1, 非課税 …; None if nothing known."""
    plain = folded(text).rstrip("%").strip()
    if not plain:
        return None
    for word, found in _TAX_WORDS:
        if word in plain.casefold():
            return found
    rate = number(plain)
    if rate is None:
        return None
    rate = rate * 100 if 0 < rate < 1 else rate
    return {Decimal(8): "reduced", Decimal(10): "standard", Decimal(0): "zero"}.get(rate)
