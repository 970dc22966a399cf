"""Sendings: one mail of a measure to one frozen list, scheduled, recalled, paused, stopped.

Promises: a list is sent to once, a person of it gets one mail at most, whoever else asks at the
same time; for `RECALL` after it was asked for nothing leaves; what was never sent says why; a mail
whose fate is unclear is sent again only when a person says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.runs_scheduling import RECALL, NewRun, Scheduled, schedule

__all__ = [
    "RECALL", "Changed", "Decided", "NewRun", "Scheduled", "decide", "pause", "recall", "resume",
    "schedule", "stop",
]  # fmt: skip

OVER = ("sent", "recalled", "stopped")


@dataclass(frozen=True, slots=True)
class Changed:
    """The sending is in this state now. `repeated` when it already was."""

    uid: UUID
    state: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """So many mails of unclear fate were decided on."""

    uid: UUID
    mails: int


def recall(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Changed | Refusal:
    """Take a sending back before its first mail leaves. Once it has begun: stop it."""
    return _change(tx, uid, {"waiting"}, "recalled", "", actor, recorded_at)


def pause(
    tx: Tx, uid: UUID, *, why: str = "", actor: Actor, recorded_at: datetime
) -> Changed | Refusal:
    """Let no more mail leave until it is resumed; what is in the air lands."""
    return _change(tx, uid, {"waiting", "sending"}, "paused", why, actor, recorded_at)


def resume(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Changed | Refusal:
    """Go on with a paused sending."""
    return _change(tx, uid, {"paused"}, "sending", "", actor, recorded_at)


def stop(
    tx: Tx, uid: UUID, *, why: str = "", actor: Actor, recorded_at: datetime
) -> Changed | Refusal:
    """End a sending for good; who had not been written to is not."""
    return _change(tx, uid, {"waiting", "sending", "paused"}, "stopped", why, actor, recorded_at)


def decide(
    tx: Tx, uid: UUID, delivery_ids: Sequence[int], *, again: bool, actor: Actor,
    recorded_at: datetime,
) -> Decided | Refusal:  # fmt: skip
    """Say what to do with mails of unclear fate: send them again, or leave them as they are."""
    row = tx.row("SELECT id, state FROM marketing_run WHERE uid = %s FOR UPDATE", [uid])
    if row is None:
        return Refusal("unknown_run", "uid", {"given": str(uid)})
    run_id, state = row
    if again and state not in {"sent", "sending"}:
        return Refusal("run_not_so", "state", {"state": state})
    ids = sorted(set(delivery_ids))
    found = tx.rows(
        "SELECT id, state FROM marketing_delivery WHERE run_id = %s AND id = ANY(%s) FOR UPDATE",
        [run_id, ids],
    )
    for _, was in found:
        if was != "unclear":
            return Refusal("mail_not_so", "deliveries", {"state": was})
    sql = (
        "UPDATE marketing_delivery SET state = 'queued', cause = 'again', next_try_at = NULL,"
        " claimed_at = NULL, ended_at = NULL WHERE id = ANY(%s)"
        if again
        else "UPDATE marketing_delivery SET cause = 'left' WHERE id = ANY(%s)"
    )
    tx.execute(sql, [[row[0] for row in found]])
    if again and state == "sent" and found:
        tx.execute(
            "UPDATE marketing_run SET state = 'sending', ended_at = NULL, next_block_at = NULL"
            " WHERE id = %s",
            [run_id],
        )
    detail = {"again": again, "mails": len(found)}
    trail.note(tx, actor, "decide", "run", uid, at=recorded_at, detail=detail)
    return Decided(uid, len(found))


def _change(
    tx: Tx, uid: UUID, of: set[str], to: str, why: str, actor: Actor, at: datetime
) -> Changed | Refusal:
    row = tx.row("SELECT id, state, starts_at FROM marketing_run WHERE uid = %s FOR UPDATE", [uid])
    if row is None:
        return Refusal("unknown_run", "uid", {"given": str(uid)})
    run_id, state, starts_at = row
    if state == to:
        return Changed(uid, state, repeated=True)
    if state not in of:
        return Refusal("run_not_so", "state", {"state": state})
    if to == "sending" and starts_at > at:
        to = "waiting"
    tx.execute(
        "UPDATE marketing_run SET state = %s, cause = %s, ended_at = %s, next_block_at = NULL"
        " WHERE id = %s",
        [to, why[:500], at if to in OVER else None, run_id],
    )
    if to in {"recalled", "stopped"}:
        tx.execute(
            "UPDATE marketing_delivery SET state = 'skipped', cause = %s, ended_at = %s"
            " WHERE run_id = %s AND state = 'queued'",
            [to, at, run_id],
        )
    trail.note(tx, actor, to, "run", uid, at=at, detail={"was": state, "why": why[:500]})
    return Changed(uid, to)
