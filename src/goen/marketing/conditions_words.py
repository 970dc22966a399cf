"""The vocabulary of conditions: each field with the values it takes, and their bounds."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from goen.behaviour.reasons import BASES, CODES

MOST_IDS = 2_000
MOST_MINOR = 10**12
MOST_DAYS = 3_660
LONGEST_TEXT = 60
_WINDOW = re.compile(r"4w|12m|all|[1-9][0-9]{0,3}d")

CONSENT_CHANNELS = ("mail", "sms", "line", "dm", "phone", "app")
EVENTS = (
    "view", "search", "cart", "uncart", "visit", "ask", "pick", "use", "opened", "clicked",
    "landed",
)  # fmt: skip
GENDERS = ("female", "male", "other")
_PREFECTURES = """
北海道 青森県 岩手県 宮城県 秋田県 山形県 福島県 茨城県
栃木県 群馬県 埼玉県 千葉県 東京都 神奈川県 新潟県 富山県
石川県 福井県 山梨県 長野県 岐阜県 静岡県 愛知県 三重県
滋賀県 京都府 大阪府 兵庫県 奈良県 和歌山県 鳥取県 島根県
岡山県 広島県 山口県 徳島県 香川県 愛媛県 高知県 福岡県
佐賀県 長崎県 熊本県 大分県 宮崎県 鹿児島県 沖縄県
"""
PREFECTURES = tuple(_PREFECTURES.split())


class Wrong(Exception):  # noqa: N818  says what is wrong with a value
    """A value that a field does not take."""

    def __init__(self, code: str, name: str, given: object = "") -> None:
        self.code, self.name, self.given = code, name, str(given)[:LONGEST_TEXT]


Reader = Callable[[Any], Any]
"""Answers the value as it is written for ever; raises ValueError."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field: what each value must be, which must be there, and of which one at least must.

    `lake` says that it is about purchases, which the analyst finds. `group` is the heading it
    stands under where one chooses.
    """

    group: str
    values: Mapping[str, Reader]
    needs: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    given: Mapping[str, Any] = field(default_factory=dict)
    lake: bool = False


def read(spec: Field, values: Mapping[str, Any]) -> dict[str, Any]:
    """A field's values, checked; raises `Wrong`."""
    found: dict[str, Any] = dict(spec.given)
    for name, value in values.items():
        if name not in spec.values:
            raise Wrong("condition_value_unknown", name, value)
        if value is None or value == "":
            continue
        try:
            found[name] = spec.values[name](value)
        except (ValueError, TypeError, OverflowError):
            raise Wrong("condition_value_wrong", name, value) from None
    for name in spec.needs:
        if name not in found:
            raise Wrong("condition_value_missing", name)
    if spec.one_of and not any(name in found for name in spec.one_of):
        raise Wrong("condition_value_missing", spec.one_of[0])
    _ordered(found)
    return dict(sorted(found.items()))


def _ordered(found: dict[str, Any]) -> None:
    """A period is a window or days; what is least is not more than what is most."""
    if "first_on" in found or "last_on" in found:
        if "window" in found and found["window"] != "all":
            raise Wrong("condition_value_wrong", "window", found["window"])
        found.pop("window", None)
    for low, high in (("least", "most"), ("least_minor", "most_minor"),
                      ("first", "last"), ("first_on", "last_on")):  # fmt: skip
        if low in found and high in found and found[low] > found[high]:
            raise Wrong("condition_value_wrong", high, found[high])


def whole(least: int, most: int) -> Reader:
    """A whole number within bounds."""

    def reader(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError
        return value

    return reader


def share(value: Any) -> float:
    """A number from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError
    return float(value)


def day(value: Any) -> str:
    """A day as `2026-11-20`."""
    return date.fromisoformat(value).isoformat()


def window(value: Any) -> str:
    """4w, 12m, all, or a number of days as `90d`."""
    if not isinstance(value, str) or not _WINDOW.fullmatch(value):
        raise ValueError
    return value


def word(*words: str) -> Reader:
    """One of some words."""

    def reader(value: Any) -> str:
        if value not in words:
            raise ValueError
        return str(value)

    return reader


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError
    return value


def several(reader: Reader, most: int = MOST_IDS) -> Reader:
    """A list of values, each once, in order; not empty."""

    def all_of(value: Any) -> list[Any]:
        if not isinstance(value, list) or not value or len(value) > most:
            raise ValueError
        return sorted({reader(one) for one in value})

    return all_of


_ID = whole(1, 2**62)
_MINOR = whole(-MOST_MINOR, MOST_MINOR)
_DAYS = whole(1, MOST_DAYS)
_COUNT = whole(0, 1_000_000)
_SCORES = several(whole(1, 5))
_PERIOD: dict[str, Reader] = {"window": window, "first_on": day, "last_on": day}
_ALWAYS = {"window": "all"}
_MONEY: dict[str, Reader] = {"least_minor": _MINOR, "most_minor": _MINOR}
_EITHER = ("least_minor", "most_minor")


def _purchases(values: Mapping[str, Reader], needs: tuple[str, ...] = (), **more: Any) -> Field:
    given = _ALWAYS | more.pop("given", {})
    return Field("purchases", {**values, **_PERIOD}, needs, given=given, lake=True, **more)


FIELDS: dict[str, Field] = {
    "bought_sku": _purchases(
        {"sku_id": _ID, "least": whole(1, 1_000_000), "place_id": _ID},
        ("sku_id",), given={"least": 1},
    ),
    "bought_category": _purchases(
        {"category_id": _ID, "least": whole(1, 1_000_000)}, ("category_id",), given={"least": 1}
    ),
    "bought_at": _purchases({"place_id": _ID}, ("place_id",)),
    "bought_via": _purchases({"channel_id": _ID}, ("channel_id",)),
    "spent": _purchases(_MONEY, one_of=_EITHER),
    "purchases": _purchases({"least": _COUNT, "most": _COUNT}, one_of=("least", "most")),
    "days_away": Field(
        "purchases", {"least": whole(0, MOST_DAYS), "most": whole(0, MOST_DAYS)},
        one_of=("least", "most"),
    ),
    "first_on": Field("purchases", {"first": day, "last": day}, one_of=("first", "last")),
    "second": Field("purchases", {"done": flag, "within_days": _DAYS}, ("done",)),
    "late": Field("value", {"is": flag}, ("is",)),
    "rfm": Field(
        "value", {"recency": _SCORES, "frequency": _SCORES, "monetary": _SCORES},
        one_of=("recency", "frequency", "monetary"),
    ),
    "decile": Field("value", {"in": several(whole(1, 10))}, ("in",)),
    "profit": Field("value", _MONEY, one_of=_EITHER),
    "expected_profit": Field("value", _MONEY, one_of=_EITHER),
    "alive": Field("value", {"least": share, "most": share}, one_of=("least", "most")),
    "stake": Field("value", {"least_minor": _MINOR}, ("least_minor",)),
    "acquired_at": Field("origin", {"place_id": _ID}, ("place_id",)),
    "acquired_via": Field("origin", {"channel_id": _ID}, ("channel_id",)),
    "main_place": Field("origin", {"place_id": _ID}, ("place_id",)),
    "considered": Field("behaviour", {"sku_id": _ID, "days": _DAYS}, ("sku_id",),
                        given={"days": 28}),
    "event": Field(
        "behaviour", {"kind": word(*EVENTS), "days": _DAYS, "least": whole(1, 100_000)},
        ("kind",), given={"days": 28, "least": 1},
    ),
    "reason": Field("behaviour", {"code": word(*CODES), "basis": word(*BASES)}, ("code",)),
    "consent": Field("contact", {"channel": word(*CONSENT_CHANNELS)}, ("channel",)),
    "contacted": Field("contact", {"days": _DAYS, "is": flag}, given={"days": 28, "is": True}),
    "no_next_step": Field("contact", {}),
    "gender": Field("attributes", {"in": several(word(*GENDERS))}, ("in",)),
    "age": Field("attributes", {"least": whole(0, 130), "most": whole(0, 130)},
                 one_of=("least", "most")),
    "birth_month": Field("attributes", {"in": several(whole(1, 12))}, ("in",)),
    "prefecture": Field("attributes", {"in": several(word(*PREFECTURES))}, ("in",)),
    "person": Field("attributes", {"ids": several(_ID)}, ("ids",)),
}  # fmt: skip
