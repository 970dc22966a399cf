"""A mail as typed into the form: its parts in their order, moved, added and taken out.

Promises: what is typed is never lost by a button; an order or a kind nobody knows changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from goen.marketing.messages import MessageShown
from goen.marketing.messages_parts import KINDS, MOST_PARTS

EMPTY = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Typed:
    """The form: subject, what stands before the text, parts, sender, language."""

    subject: str = ""
    preheader: str = ""
    sender_name: str = ""
    language: str = "ja"
    parts: list[dict[str, Any]] = field(default_factory=list)
    base_n: int | None = None


def read(given: Mapping[str, str]) -> Typed:
    """What the form says, with its button's wish carried out."""
    base = given.get("base_n", "")
    typed = Typed(
        given.get("subject", ""),
        given.get("preheader", ""),
        given.get("sender_name", ""),
        given.get("language", "ja"),
        _parts(given),
        int(base) if base.isdecimal() and len(base) < 9 else None,
    )
    _carry_out(typed.parts, given.get("do", ""), given)
    return typed


def of(message: MessageShown) -> Typed:
    """The form of a mail as it holds."""
    return Typed(
        message.subject,
        message.preheader,
        message.sender_name,
        message.language,
        [dict(part) for part in message.parts],
        message.n,
    )


def as_message(typed: Typed, measure_id: int) -> MessageShown:
    """The form as a mail that was never kept, for a preview."""
    return MessageShown(
        0, measure_id, 0, typed.subject, typed.preheader, tuple(typed.parts), typed.sender_name,
        typed.language if typed.language in {"ja", "en"} else "ja", EMPTY, "",
    )  # fmt: skip


def _parts(given: Mapping[str, str]) -> list[dict[str, Any]]:
    parts = []
    for n in range(MOST_PARTS):
        kind = given.get(f"kind-{n}", "")
        if kind not in KINDS:
            break
        part: dict[str, Any] = {"kind": kind}
        for name in KINDS[kind]:
            value = given.get(f"{name}-{n}", "").replace("\r\n", "\n").strip()
            if name == "sku_id":
                part[name] = int(value) if value.isdecimal() and len(value) < 18 else 0
            elif value:
                part[name] = value
        parts.append(part)
    return parts


def _carry_out(parts: list[dict[str, Any]], wish: str, given: Mapping[str, str]) -> None:
    verb, _, where = wish.partition("-")
    if verb == "add" and len(parts) < MOST_PARTS:
        kind = given.get("new_kind", "")
        if kind in KINDS:
            parts.append({"kind": kind})
        return
    n = int(where) if where.isdecimal() and len(where) < 4 else -1
    if not 0 <= n < len(parts):
        return
    if verb == "out":
        del parts[n]
    elif verb == "up" and n > 0:
        parts[n - 1], parts[n] = parts[n], parts[n - 1]
    elif verb == "down" and n + 1 < len(parts):
        parts[n + 1], parts[n] = parts[n], parts[n + 1]
