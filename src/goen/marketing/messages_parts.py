"""The parts a mail is made of, as plain values, and why a list of them cannot be.

A text is written plainly: an empty line begins a paragraph, `**so**` is strong, `[words](address)`
is a link. HTML is never taken from anybody.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from goen.kit.refusals import Refusal
from goen.marketing import messages_fields as fields

Part = Mapping[str, Any]

KINDS: dict[str, tuple[str, ...]] = {
    "heading": ("text",),
    "text": ("text",),
    "picture": ("file", "alt", "href"),
    "button": ("text", "href"),
    "product": ("sku_id", "text"),
    "coupon": ("text",),
    "proposal": ("text",),
    "line": (),
}
"""The kinds of parts, and what each may say. `sku_id` is a product, all others are texts."""
NEEDED = {"heading": ("text",), "text": ("text",), "picture": ("file", "alt"),
          "button": ("text", "href"), "product": ("sku_id",)}  # fmt: skip
LANDING = "landing"
"""As the address of a link: the page of this mail, which shows its offer to who it was sent to."""
MOST_PARTS, MOST_TEXT = 40, 5_000
LINK = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")


def refusal(subject: str, preheader: str, parts: Sequence[Any]) -> Refusal | None:
    """The first thing that is wrong with a mail as written; None when it can be sent."""
    if not subject.strip():
        return Refusal("subject_missing", "subject")
    if not parts:
        return Refusal("mail_empty", "parts")
    if len(parts) > MOST_PARTS:
        return Refusal("out_of_bounds", "parts", {"least": 1, "most": MOST_PARTS})
    for name, text in (("subject", subject), ("preheader", preheader)):
        if refused := _text_refusal(name, text, most=300):
            return refused
    for n, part in enumerate(parts):
        if refused := _part_refusal(f"parts[{n}]", part):
            return refused
    return None


def _part_refusal(field: str, part: Any) -> Refusal | None:
    kind = part.get("kind") if isinstance(part, dict) else None
    if kind not in KINDS:
        detail = {"given": str(kind), "known": ", ".join(KINDS)}
        return Refusal("unknown_choice", f"{field}.kind", detail)
    for name in NEEDED.get(kind, ()):
        if not part.get(name):
            return Refusal("part_incomplete", f"{field}.{name}")
    for name, value in part.items():
        if name != "kind" and (refused := _value_refusal(field, kind, name, value)):
            return refused
    for address in _addresses(part):
        if not is_address(address):
            return Refusal("bad_link", field, {"given": address[:100]})
    return None


def _value_refusal(field: str, kind: str, name: str, value: Any) -> Refusal | None:
    if name not in KINDS[kind]:
        detail = {"given": name, "known": ", ".join(KINDS[kind])}
        return Refusal("unknown_choice", f"{field}.{name}", detail)
    if name == "sku_id":
        fits = isinstance(value, int) and not isinstance(value, bool)
        return None if fits else Refusal("wrong_type", f"{field}.{name}", {"expected": "int"})
    return _text_refusal(f"{field}.{name}", value, most=MOST_TEXT)


def _text_refusal(field: str, text: Any, *, most: int) -> Refusal | None:
    if not isinstance(text, str):
        return Refusal("wrong_type", field, {"expected": "str"})
    if len(text) > most:
        return Refusal("too_long", field, {"most": most})
    if "\0" in text:
        return Refusal("malformed", field, {"why": "U+0000"})
    why = fields.why_not(text)
    return Refusal("bad_merge_field", field, {"why": why}) if why else None


def is_address(address: str) -> bool:
    """Whether a link may lead there: our landing page, or a whole web address without fields."""
    if address == LANDING:
        return True
    if fields.SEGMENT.search(address) or any(sign in address for sign in " \n\"'<>\\"):
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    host = parts.hostname or ""
    return parts.scheme in {"http", "https"} and ("." in host or host == "localhost")


def links(parts: Sequence[Part]) -> tuple[str, ...]:
    """Every address of a mail in the order of its parts; its place is the link's number."""
    return tuple(address for part in parts for address in _addresses(part))


def _addresses(part: Part) -> Iterator[str]:
    if part.get("href"):
        yield str(part["href"])
    elif part["kind"] in {"product", "coupon", "proposal"}:
        yield LANDING
    if part["kind"] == "text":
        yield from (found[2] for found in LINK.finditer(str(part.get("text", ""))))


def texts(subject: str, preheader: str, parts: Sequence[Part]) -> Iterator[str]:
    """Everything that people wrote in a mail."""
    yield from (subject, preheader)
    yield from (str(part.get("text", "")) for part in parts)
