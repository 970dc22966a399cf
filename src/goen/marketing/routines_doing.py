"""A task of a routine is done, excused or taken back, by who owns it or by head office.

Promises: whoever else presses is refused; the figure of the page is kept as it was when the task
was done; "not needed" has its reason, and after the due day only head office may say it; the same
press twice is one act.
"""

from datetime import date, datetime
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.measures_reading import day_of
from goen.marketing.routine import TaskShown
from goen.marketing.routines_figures import figure
from goen.marketing.routines_reading import HEAD_OFFICE, Member, is_theirs, member, task

MOST_NOTE = 500


def do(
    tx: Tx, uid: UUID, *, note: str = "", with_figure: bool = True, actor: Actor,
    recorded_at: datetime,
) -> Refusal | None:  # fmt: skip
    """It is done; `note` says what came of it. After its due day it counts as late.

    Without `with_figure` its page is not read: for what is told afterwards, when the page shows
    something else already.
    """
    one = _theirs(tx, uid, actor, recorded_at)
    if isinstance(one, Refusal):
        return one
    if len(note) > MOST_NOTE:
        return Refusal("too_long", "note", {"most": MOST_NOTE})
    if one.closed_as == "excused":
        return Refusal("routine_task_closed", "task")
    if one.closed_as == "":
        place = one.owner.place_id
        found = figure(tx, one.page, place_id=place, at=recorded_at) if with_figure else None
        _close(tx, one, "done", note.strip(), found, actor, recorded_at)
    return None


def excuse(tx: Tx, uid: UUID, *, why: str, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """It is not needed this time, because of `why`."""
    one = _theirs(tx, uid, actor, recorded_at)
    if isinstance(one, Refusal):
        return one
    if not why.strip():
        return Refusal("why_missing", "why")
    if len(why) > MOST_NOTE:
        return Refusal("too_long", "why", {"most": MOST_NOTE})
    if one.closed_as == "done":
        return Refusal("routine_task_closed", "task")
    if one.closed_as == "":
        if one.state == "missed" and not _is_head_office(tx, actor):
            return Refusal("excused_too_late", "task", {"day": one.due_on})
        _close(tx, one, "excused", why.strip(), None, actor, recorded_at)
    return None


def undo(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """It is open again: while its turn runs, and on the day it was closed."""
    one = _theirs(tx, uid, actor, recorded_at)
    if isinstance(one, Refusal) or one.closed_on is None:
        return one if isinstance(one, Refusal) else None
    if day_of(tx, recorded_at) > _until(one):
        return Refusal("routine_turn_over", "task", {"day": one.ends_on})
    tx.execute(
        "UPDATE marketing_routinetask SET closed_as = '', closed_at = NULL, closed_on = NULL,"
        " closed_by = '', note = '', figure = NULL WHERE id = %s",
        [one.id],
    )
    detail = {"was": one.closed_as, "note": one.note}
    trail.note(tx, actor, "undo", "routine_task", one.routine_uid, at=recorded_at, detail=detail)
    return None


def may(one: TaskShown, who: Member, *, today: date) -> dict[str, bool]:
    """What somebody may do to a task now: as the verbs themselves decide."""
    boss = who.role == HEAD_OFFICE
    close = boss or is_theirs(one.owner, who)
    return {
        "do": close and one.closed_as == "",
        "excuse": close and one.closed_as == "" and (boss or one.state != "missed"),
        "undo": close and one.closed_on is not None and today <= _until(one),
    }


def _until(one: TaskShown) -> date:
    """Until which day what was closed can be taken back."""
    return max(one.ends_on, one.closed_on or one.ends_on)


def _theirs(tx: Tx, uid: UUID, actor: Actor, at: datetime) -> TaskShown | Refusal:
    """The task, locked, if the actor may close it."""
    one = task(tx, uid, today=day_of(tx, at), lock=True)
    if one is None:
        return Refusal("unknown_task", "task", {"given": str(uid)[:8]})
    who = member(tx, actor.name) if actor.kind == "staff" else None
    if who is None or not (who.role == HEAD_OFFICE or is_theirs(one.owner, who)):
        return Refusal("task_not_yours", "task")
    return one


def _is_head_office(tx: Tx, actor: Actor) -> bool:
    who = member(tx, actor.name) if actor.kind == "staff" else None
    return who is not None and who.role == HEAD_OFFICE


def _close(
    tx: Tx, one: TaskShown, how: str, note: str, found: int | None, actor: Actor, at: datetime
) -> None:
    tx.execute(
        "UPDATE marketing_routinetask SET closed_as = %s, closed_at = %s, closed_on = %s,"
        " closed_by = %s, note = %s, figure = %s WHERE id = %s",
        [how, at, day_of(tx, at), str(actor), note, found, one.id],
    )
    verb = "do" if how == "done" else "excuse"
    detail = {"day": str(one.period_on), "note": note, "figure": found}
    trail.note(tx, actor, verb, "routine_task", one.routine_uid, at=at, detail=detail)
