"""How we know that several records are one person, in words a clerk can repeat.

Promises: only live edges count; what is verified is told apart from what is probable; values are
shown as the viewer may see them (a masked role sees that there is evidence, not what it says).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import phonenumbers

from goen.customers.queries import EdgeShown, RecordShown, Whole
from goen.doors.say import say, text_of

KINDS = {
    "card": ("会員カード", "card"),
    "app": ("会員アプリ", "app"),
    "mail": ("メール", "mail"),
    "phone": ("電話", "phone"),
    "member": ("会員番号", "member no."),
}
_HOME_COUNTRY = 81
RULES = {
    "same_mail": ("同じメールアドレス", "The same mail address"),
    "same_phone": ("同じ電話番号", "The same phone number"),
    "same_card": ("同じ会員カード", "The same card"),
    "same_app": ("同じ会員アプリ", "The same app"),
    "same_member": ("同じ会員番号", "The same member number"),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """Something shown or proved."""

    kind: str
    value: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Tie:
    """Why two records are one person."""

    kind: str
    words: str
    value: str
    since: datetime
    score: float | None


@dataclass(frozen=True, slots=True)
class Part:
    """One record as its system knows it."""

    record_id: int
    source: str
    key: str
    name: str
    joined_on: date | None
    proofs: tuple[Proof, ...]
    verified: bool


@dataclass(frozen=True, slots=True)
class Known:
    """All the evidence of one person. `verified` holds the ids of records beyond doubt."""

    parts: tuple[Part, ...]
    ties: tuple[Tie, ...]
    verified: frozenset[int]


def known_by(whole: Whole) -> Known:
    """The evidence of a person."""
    verified = _verified(whole.records, whole.edges)
    return Known(
        parts=tuple(_part(one, one.record_id in verified) for one in whole.records),
        ties=tuple(_tie(edge) for edge in whole.edges if edge.kind != "cannot"),
        verified=verified,
    )


def _verified(records: Sequence[RecordShown], edges: Sequence[EdgeShown]) -> frozenset[int]:
    """Records that verified or manual edges join to the oldest one."""
    if not records:
        return frozenset()
    sure = [(e.record_a, e.record_b) for e in edges if e.kind in {"verified", "manual"}]
    found = {min(one.record_id for one in records)}
    while True:
        reached = {b for a, b in sure if a in found} | {a for a, b in sure if b in found}
        if reached <= found:
            return frozenset(found)
        found |= reached


def _part(one: RecordShown, verified: bool) -> Part:
    proofs = tuple(
        Proof(say(*KINDS.get(kind, (kind, kind))), _readable(kind, value), proved)
        for kind, value, proved in one.credentials
    )
    return Part(
        one.record_id,
        text_of(one.source_name),
        one.source_key,
        one.name,
        one.joined_on,
        proofs,
        verified,
    )


def _readable(kind: str, value: str) -> str:
    """A telephone number as people write it in its country; everything else as kept."""
    if kind != "phone" or not value.startswith("+"):
        return value
    number = phonenumbers.parse(value)
    home_style = number.country_code == _HOME_COUNTRY
    formats = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(
        number, formats.NATIONAL if home_style else formats.INTERNATIONAL
    )


def _tie(edge: EdgeShown) -> Tie:
    words = say(*RULES.get(edge.rule, (edge.rule, edge.rule)))
    if edge.kind == "manual":
        words = say("人が確かめました", "Confirmed by a person")
    value = " ".join(str(one) for one in edge.evidence.values() if one)
    return Tie(edge.kind, words, value, edge.created_at, edge.score)
