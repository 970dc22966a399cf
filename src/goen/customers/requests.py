"""What shoppers ask about their data, and what became of it.

Promises: asking the same again while it waits is one request; what was settled stays readable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

KINDS = ("disclose", "correct", "stop", "erase")
LONGEST_NOTE = 1_000


@dataclass(frozen=True, slots=True)
class RequestShown:
    """One request; `settled_at` is None while it waits."""

    uid: UUID
    person_id: int
    record_id: int
    kind: str
    note: str
    asked_at: datetime
    settled_at: datetime | None
    settled_by: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The request waits. `repeated` when one of its kind already did."""

    uid: UUID
    repeated: bool


def ask(
    tx: Tx, uid: UUID, record_id: int, kind: str, note: str, *, actor: Actor, recorded_at: datetime
) -> Asked | Refusal:
    """A shopper asks to see, correct, no longer use, or erase their data."""
    if kind not in KINDS:
        return Refusal("unknown_request", "kind", {"given": kind, "known": ", ".join(KINDS)})
    if len(note) > LONGEST_NOTE:
        return Refusal("too_long", "note", {"most": LONGEST_NOTE})
    made = tx.execute(
        """
        INSERT INTO customers_request (uid, record_id, kind, note, asked_at, actor, settled_by,
                                       outcome)
        VALUES (%s, %s, %s, %s, %s, %s, '', '') ON CONFLICT DO NOTHING
        """,
        [uid, record_id, kind, note.strip(), recorded_at, str(actor)],
    )
    if made:
        detail = {"kind": kind}
        trail.note(tx, actor, "ask", "record", record_id, at=recorded_at, detail=detail)
    return Asked(uid, repeated=not made)


def settle(
    tx: Tx, uid: UUID, outcome: str, *, actor: Actor, recorded_at: datetime
) -> Refusal | None:
    """Say what became of a request; one that was settled stays as it was."""
    if not outcome.strip():
        return Refusal("note_missing", "outcome")
    if len(outcome) > LONGEST_NOTE:
        return Refusal("too_long", "outcome", {"most": LONGEST_NOTE})
    row = tx.row(
        """
        UPDATE customers_request SET settled_at = %s, settled_by = %s, outcome = %s
        WHERE uid = %s AND settled_at IS NULL RETURNING record_id, kind
        """,
        [recorded_at, str(actor), outcome.strip(), uid],
    )
    if row is None:
        return Refusal("nothing_waits", "uid", {"given": str(uid)})
    detail = {"kind": row[1]}  # what staff wrote may name people, and stands with the request
    trail.note(tx, actor, "settle", "record", row[0], at=recorded_at, detail=detail)
    return None


_SHOWN = """
SELECT q.uid, po.person_id, q.record_id, q.kind, q.note, q.asked_at, q.settled_at, q.settled_by,
       q.outcome
FROM customers_request q JOIN customers_personof po ON po.record_id = q.record_id
"""


def waiting(tx: Tx, *, limit: int = 100) -> list[RequestShown]:
    """What nobody answered yet, the oldest first."""
    sql = f"{_SHOWN} WHERE q.settled_at IS NULL ORDER BY q.asked_at, q.id LIMIT %s"
    return [RequestShown(*row) for row in tx.rows(sql, [limit])]


def of_people(tx: Tx, person_ids: Sequence[int]) -> list[RequestShown]:
    """All that these people asked, the newest first."""
    sql = f"{_SHOWN} WHERE po.person_id = ANY(%s) ORDER BY q.asked_at DESC, q.id DESC"
    return [RequestShown(*row) for row in tx.rows(sql, [list(person_ids)])]
