"""The mail of a measure: written in versions, the newest holds; begun from what the measure says.

Promises: what cannot be sent is refused when it is written, naming the part; nothing written is
changed, a new version is added; while its sending goes on, no new one is.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx
from goen.kit.refusals import Refusal
from goen.marketing import messages_parts as parts_of
from goen.marketing.measures_reading import Standing, standing, unknown
from goen.marketing.messages_first import first
from goen.marketing.messages_parts import Part

LANGUAGES = ("ja", "en")


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A mail as it should be. `base_n` is the version it was written from: somebody else's in the
    meantime is not written over."""

    subject: str
    parts: Sequence[Part]
    preheader: str = ""
    sender_name: str = ""
    language: str = "ja"
    base_n: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The version that holds now. `repeated` when it says what the one before said."""

    message_id: int
    n: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class MessageShown:
    """One version of a measure's mail."""

    id: int
    measure_id: int
    n: int
    subject: str
    preheader: str
    parts: Sequence[Part]
    sender_name: str
    language: str
    recorded_at: datetime
    actor: str

    @property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, by their number."""
        return parts_of.links(self.parts)

    def has(self, kind: str) -> bool:
        """Whether a part of a kind is in it."""
        return any(part["kind"] == kind for part in self.parts)


_COLUMNS = "id, measure_id, n, subject, preheader, parts, sender_name, language, recorded_at, actor"


def newest(tx: Tx, measure_id: int) -> MessageShown | None:
    """The mail of a measure as it holds now; None before the first."""
    sql = f"SELECT {_COLUMNS} FROM marketing_message WHERE measure_id = %s ORDER BY n DESC LIMIT 1"
    return _shown(tx.row(sql, [measure_id]))


def read(tx: Tx, message_id: int) -> MessageShown | None:
    """One version."""
    return _shown(tx.row(f"SELECT {_COLUMNS} FROM marketing_message WHERE id = %s", [message_id]))


def versions(tx: Tx, measure_id: int) -> list[MessageShown]:
    """Every version, the newest first."""
    sql = f"SELECT {_COLUMNS} FROM marketing_message WHERE measure_id = %s ORDER BY n DESC"
    return [one for row in tx.rows(sql, [measure_id]) if (one := _shown(row))]


def start(
    tx: Tx,
    measure_uid: UUID,
    *,
    about: str = "",
    language: str = "ja",
    actor: Actor,
    recorded_at: datetime,
) -> Written | Refusal:
    """A sensible first mail: `about` in the middle, the measure's products and coupon below it.

    A measure that has a mail keeps it.
    """
    one = standing(tx, measure_uid)
    if one is None:
        return unknown(measure_uid)
    known = newest(tx, one.id)
    if known is not None:
        return Written(known.id, known.n, repeated=True)
    subject, parts = first(one.content, about=about, language=language)
    new = NewMessage(subject, parts, language=language)
    return write(tx, measure_uid, new, actor=actor, recorded_at=recorded_at)


def write(
    tx: Tx, measure_uid: UUID, new: NewMessage, *, actor: Actor, recorded_at: datetime
) -> Written | Refusal:
    """Add a version. Refuses what cannot be sent, and anything once the mail is on its way."""
    refused = _refusal(new)
    if refused is not None:
        return refused
    one = standing(tx, measure_uid, lock=True)
    if one is None:
        return unknown(measure_uid)
    known = newest(tx, one.id)
    if known is not None and _says_the_same(known, new):
        return Written(known.id, known.n, repeated=True)
    refused = _not_now(tx, one, known, new)
    if refused is not None:
        return refused
    n = 1 if known is None else known.n + 1
    message_id = tx.value(
        """
        INSERT INTO marketing_message
          (measure_id, n, subject, preheader, parts, sender_name, language, recorded_at, actor)
        VALUES (%s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s) RETURNING id
        """,
        [
            one.id, n, new.subject.strip(), new.preheader.strip(),
            json.dumps(list(map(dict, new.parts)), ensure_ascii=False), new.sender_name.strip(),
            new.language, recorded_at, str(actor),
        ],
    )  # fmt: skip
    trail.note(tx, actor, "write", "mail", one.number, at=recorded_at, detail={"n": n})
    return Written(message_id, n)


def _refusal(new: NewMessage) -> Refusal | None:
    if new.language not in LANGUAGES:
        detail = {"given": new.language, "known": ", ".join(LANGUAGES)}
        return Refusal("unknown_choice", "language", detail)
    if len(new.sender_name) > 100 or not new.sender_name.isprintable():
        return Refusal("malformed", "sender_name", {"why": "≤ 100"})
    return parts_of.refusal(new.subject, new.preheader, new.parts)


def _not_now(tx: Tx, one: Standing, known: MessageShown | None, new: NewMessage) -> Refusal | None:
    if one.state not in {"draft", "live"}:
        return Refusal("measure_not_so", "state", {"number": one.number, "state": one.state})
    going = tx.value(
        "SELECT state FROM marketing_run WHERE measure_id = %s AND state NOT IN ('recalled')"
        " LIMIT 1",
        [one.id],
    )
    if going is not None:
        return Refusal("mail_on_its_way", "message", {"number": one.number})
    if known is not None and new.base_n is not None and new.base_n != known.n:
        who = known.actor.partition(":")[2]
        detail = {"who": who, "at": known.recorded_at.isoformat(timespec="minutes")}
        return Refusal("mail_changed", "base_n", detail)
    return None


def _says_the_same(known: MessageShown, new: NewMessage) -> bool:
    return (
        known.subject == new.subject.strip()
        and known.preheader == new.preheader.strip()
        and [dict(part) for part in known.parts] == [dict(part) for part in new.parts]
        and known.sender_name == new.sender_name.strip()
        and known.language == new.language
    )


def _shown(row: Row | None) -> MessageShown | None:
    if row is None:
        return None
    id_, measure_id, n, subject, preheader, parts, sender_name, language, recorded_at, actor = row
    return MessageShown(
        id_, measure_id, n, subject, preheader, tuple(parts), sender_name, language, recorded_at,
        actor,
    )  # fmt: skip
