"""What staff are asked to do for one person: ticked off by whoever did it, and taken back.

Promises: what is done stays with who did it and when; the same again changes nothing.
"""

from datetime import datetime
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

MOST_NOTE = 500


def do(tx: Tx, uid: UUID, *, note: str = "", actor: Actor, recorded_at: datetime) -> Refusal | None:
    """It is done; `note` says what came of it."""
    if len(note) > MOST_NOTE:
        return Refusal("too_long", "note", {"most": MOST_NOTE})
    done = tx.execute(
        "UPDATE marketing_task SET done_at = %s, done_by = %s, note = %s"
        " WHERE uid = %s AND done_at IS NULL",
        [recorded_at, str(actor), note.strip(), uid],
    )
    return _told(tx, uid, "do", bool(done), actor, recorded_at)


def undo(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """It was not done after all."""
    done = tx.execute(
        "UPDATE marketing_task SET done_at = NULL, done_by = '', note = ''"
        " WHERE uid = %s AND done_at IS NOT NULL",
        [uid],
    )
    return _told(tx, uid, "undo", bool(done), actor, recorded_at)


def _told(
    tx: Tx, uid: UUID, verb: str, changed: bool, actor: Actor, at: datetime
) -> Refusal | None:
    if changed:
        trail.note(tx, actor, verb, "task", uid, at=at)
        return None
    known = tx.row("SELECT 1 FROM marketing_task WHERE uid = %s", [uid])
    return None if known else Refusal("unknown_task", "task", {"given": str(uid)[:8]})
