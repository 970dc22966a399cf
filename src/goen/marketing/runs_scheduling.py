"""A sending is made: a measure's newest mail, to everybody of one list who is to be written to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from goen.kit import batches, mail, settings, trail
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx
from goen.kit.refusals import Refusal
from goen.marketing import messages, rendering_shop, tracking_source
from goen.marketing.measures_reading import Standing, standing, unknown
from goen.marketing.messages import MessageShown

RECALL = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A sending to be made. Without `starts_at` it begins when the time to recall is over.

    `message_id` is one version of the measure's mail; without it, the newest.
    """

    uid: UUID
    measure_uid: UUID
    list_uid: UUID
    starts_at: datetime | None = None
    per_minute: int | None = None
    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class Scheduled:
    """The sending is there: to so many, from then on."""

    uid: UUID
    run_id: int
    people: int
    starts_at: datetime
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    id: int
    measure_id: int | None
    channel: str
    people: int
    is_used: bool


def schedule(tx: Tx, new: NewRun, *, actor: Actor, recorded_at: datetime) -> Scheduled | Refusal:
    """Send a measure's newest mail to a list of it. The same uid again is the same sending.

    Refused: a measure that is not live, a list of another measure or one sent to before, a mail
    that is missing or may not leave, nobody to send to.
    """
    known = tx.row(
        "SELECT r.id, m.uid, l.uid, r.starts_at FROM marketing_run r"
        " JOIN marketing_measure m ON m.id = r.measure_id"
        " JOIN marketing_targetlist l ON l.id = r.target_list_id WHERE r.uid = %s",
        [new.uid],
    )
    if known is not None:
        return _again(tx, new, known)
    one = standing(tx, new.measure_uid, lock=True)
    if one is None:
        return unknown(new.measure_uid)
    message, to = _message(tx, new, one.id), _list(tx, new.list_uid)
    refused = _refusal(tx, new, one, message, to)
    if refused is not None:
        return refused
    assert message is not None
    assert to is not None
    starts_at = max(new.starts_at or recorded_at, recorded_at + RECALL)
    run_id = _insert(tx, new, one, message, to, starts_at, actor, recorded_at)
    tracking_source.ensure(tx, actor=actor, recorded_at=recorded_at)
    detail = {"people": to.people, "starts_at": starts_at, "list": str(new.list_uid)}
    trail.note(tx, actor, "schedule", "run", new.uid, at=recorded_at, detail=detail)
    return Scheduled(new.uid, run_id, to.people, starts_at)


def _message(tx: Tx, new: NewRun, measure_id: int) -> MessageShown | None:
    if new.message_id is None:
        return messages.newest(tx, measure_id)
    found = messages.read(tx, new.message_id)
    return found if found is not None and found.measure_id == measure_id else None


def _again(tx: Tx, new: NewRun, known: Row) -> Scheduled | Refusal:
    run_id, measure_uid, list_uid, starts_at = known
    if (measure_uid, list_uid) != (new.measure_uid, new.list_uid):
        return batches.id_reused(new.uid)
    people = tx.value("SELECT count(*) FROM marketing_delivery WHERE run_id = %s", [run_id])
    return Scheduled(new.uid, run_id, people, starts_at, repeated=True)


def _list(tx: Tx, uid: UUID) -> _List | None:
    row = tx.row(
        """
        SELECT l.id, l.measure_id, l.channel,
          (SELECT count(*) FROM marketing_target t
           WHERE t.target_list_id = l.id AND t.arm = 'treated'),
          EXISTS (SELECT 1 FROM marketing_run r WHERE r.target_list_id = l.id)
        FROM marketing_targetlist l WHERE l.uid = %s FOR UPDATE OF l
        """,
        [uid],
    )
    return None if row is None else _List(*row)


def _refusal(
    tx: Tx, new: NewRun, one: Standing, message: MessageShown | None, to: _List | None
) -> Refusal | None:
    if one.state != "live":
        return Refusal("measure_not_so", "state", {"number": one.number, "state": one.state})
    if (refused := _list_refusal(new, one, to)) is not None:
        return refused
    assert to is not None
    if message is None:
        return Refusal("mail_missing", "message", {"number": one.number})
    if not to.people:
        return Refusal("nobody_to_send_to", "list")
    return rendering_shop.unfit_to_send(tx, message, mail.transport(tx))


def _list_refusal(new: NewRun, one: Standing, to: _List | None) -> Refusal | None:
    if to is None:
        return Refusal("unknown_list", "list", {"given": str(new.list_uid)})
    if to.measure_id != one.id or to.channel != "mail":
        return Refusal("list_not_for_this", "list", {"number": one.number})
    return Refusal("list_sent_already", "list") if to.is_used else None


def _insert(
    tx: Tx, new: NewRun, one: Standing, message: MessageShown, to: _List, starts_at: datetime,
    actor: Actor, recorded_at: datetime,
) -> int:  # fmt: skip
    """The sending, and one delivery for each person: a key of the table makes it one."""
    per_minute = new.per_minute or int(settings.read(tx, "mail.per_minute"))
    run_id: int = tx.value(
        """
        INSERT INTO marketing_run (uid, measure_id, target_list_id, message_id, state, starts_at,
                                   per_minute, cause, recorded_at, actor)
        VALUES (%s, %s, %s, %s, 'waiting', %s, %s, '', %s, %s) RETURNING id
        """,
        [new.uid, one.id, to.id, message.id, starts_at, per_minute, recorded_at, str(actor)],
    )
    tx.execute(
        """
        INSERT INTO marketing_delivery
          (run_id, person_id, record_id, token, state, cause, answer, coupon, tries)
        SELECT %s, person_id, record_id, replace(gen_random_uuid()::text, '-', ''), 'queued', '',
               '', '', 0
        FROM marketing_target WHERE target_list_id = %s AND arm = 'treated' ORDER BY person_id
        """,
        [run_id, to.id],
    )
    return run_id
