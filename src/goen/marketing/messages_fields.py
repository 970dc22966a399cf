"""What may stand in a mail for the one who gets it: fields, and the Liquid they are written in.

Promises: only the fields named here and the filter `default` are understood; a template that
means anything else, or asks which text is larger, is refused when it is written, not when it is
sent; what a person lacks is counted while rendering (`missing` where nothing stands in for it,
`replaced` where something does).
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from liquid import BoundTemplate, Environment, Undefined
from liquid.exceptions import LiquidError

FIELDS: dict[str, tuple[str, str]] = {
    "name": ("お名前（姓 名 様）", "Name"),
    "family_name": ("姓", "Family name"),
    "points": ("使えるポイント", "Points that can be spent"),
    "points_ending": ("次に失効するポイント", "Points that end next"),
    "points_end_on": ("次に失効する日", "Day on which points end next"),
    "store": ("よく使う店", "The store they use most"),
    "coupon": ("クーポンの番号", "Coupon number"),
    "coupon_off": ("クーポンの値引き", "What the coupon takes off"),
    "coupon_least": ("クーポンの条件", "What the coupon asks for"),
    "coupon_until": ("クーポンの期限", "Last day of the coupon"),
    "proposal": ("おすすめの商品", "What is proposed"),
    "proposal_reason": ("おすすめの理由", "Why it is proposed"),
    "proposal_until": ("おすすめの期限", "Until when it is proposed"),
    "shop": ("店の名前", "The shop"),
}
"""The fields, with what they are called in the editor."""
ADDRESSES = ("to_click", "to_open", "to_land", "to_refuse")
"""Addresses of our own that differ by letter. The renderer writes them; people do not."""
SEGMENT = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
ODD = ("<", ">", "\n", "\r", "](")
"""What no field needs: sizes of texts, HTML, line ends and links inside of braces."""
_TAGS = frozenset({"if", "unless", "else", "elsif", "endif", "endunless"})
_now = threading.local()


@dataclass(slots=True)
class Lacking:
    """Fields that a person lacks: with nothing in their place, and with something, or left out."""

    missing: set[str] = field(default_factory=set)
    replaced: set[str] = field(default_factory=set)


class _Absent(Undefined):
    """A field that a person lacks. Written out as it is, it is missing."""

    __slots__ = ()

    def __init__(self, name: str, **about: Any) -> None:
        super().__init__(name, **about)
        noted: Lacking | None = getattr(_now, "lacking", None)
        if noted is not None:
            noted.replaced.add(name)

    def __str__(self) -> str:
        noted: Lacking | None = getattr(_now, "lacking", None)
        if noted is not None:
            noted.missing.add(self.name)
        return ""


class _Bounded(Environment):
    """Liquid that nobody can keep busy."""

    loop_iteration_limit = 1
    output_stream_limit = 400_000


PLAIN = _Bounded(undefined=_Absent, autoescape=False)
HTML = _Bounded(undefined=_Absent, autoescape=True)
"""The Liquid of texts, and that of HTML, in which every value is escaped."""


def fill(
    templates: Mapping[str, BoundTemplate], values: Mapping[str, str]
) -> tuple[dict[str, str], Lacking]:
    """Templates filled with one person's values, and what they lack of it."""
    lacking = _now.lacking = Lacking()
    try:
        done = {name: one.render(values) for name, one in templates.items()}
    finally:
        _now.lacking = None
    lacking.replaced -= lacking.missing
    return done, lacking


def why_not(text: str) -> str:
    """Why a text cannot be filled, in the words of Liquid or of this file; '' when it can."""
    try:
        found = PLAIN.from_string(text).analyze()
    except LiquidError as error:
        return str(error).partition("\n")[0][:200]
    written = "".join(SEGMENT.findall(text))
    unknown = sorted(set(found.variables) - FIELDS.keys())
    odd = sorted((set(found.filters) - {"default"}) | (set(found.tags) - _TAGS))
    signs = [sign.strip() or "↵" for sign in ODD if sign in written]
    return ", ".join([*unknown, *odd, *signs])
