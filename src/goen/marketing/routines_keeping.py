"""The verbs of a routine: made, changed, paused, resumed, ended.

Promises: what is changed holds from the next turn on, and what was asked for stays as it was; what
was due before a change, a pause or an end is asked for first; a routine that is paused or over
asks for nothing.
"""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.measures_reading import day_of
from goen.marketing.routine import Kept, NewRoutine, RoutineShown
from goen.marketing.routines import EVERY, MOST_DAYS, OWNERS, PAGES, first_asked
from goen.marketing.routines_making import come, make_of
from goen.marketing.routines_reading import in_japan, routine
from goen.places import rights

MOST_TITLE = 80
MOST_TEXT = 1000
MOST_WHY = 200


def create(
    tx: Tx, uid: UUID, new: NewRoutine, *, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """Begin a routine; its first turn is the next that is asked for, today or later."""
    known = routine(tx, uid)
    if known is not None:
        return Kept(uid, repeated=True, from_on=known.rules[0].from_on)
    refused = _refusal(tx, new)
    if refused is not None:
        return refused
    day = day_of(tx, recorded_at)
    turn = first_asked([(day, new.rhythm)], day, asked_from=day, japan=in_japan(tx))
    routine_id = tx.value(
        """
        INSERT INTO marketing_routine (uid, created_at, actor, next_period_on, next_asked_on,
                                       paused_why)
        VALUES (%s, %s, %s, %s, %s, '') ON CONFLICT (uid) DO NOTHING RETURNING id
        """,
        [uid, recorded_at, str(actor), turn.period_on, turn.asked_on],
    )
    if routine_id is None:  # the same press came in at the same time
        return Kept(uid, repeated=True, from_on=turn.period_on)
    _write(tx, routine_id, 1, day, new, actor, recorded_at)
    trail.note(tx, actor, "make", "routine", uid, at=recorded_at, detail={"name": new.title})
    made = routine(tx, uid)
    assert made is not None
    make_of(tx, made, at=recorded_at)
    return Kept(uid, from_on=turn.period_on)


def change(
    tx: Tx, uid: UUID, new: NewRoutine, *, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """Write a routine anew. It holds from the next turn on; the one that runs stays as it is."""
    one = _open(tx, uid, recorded_at)
    if isinstance(one, Refusal):
        return one
    new = replace(new, template=one.newest.new.template)
    refused = _refusal(tx, new)
    if refused is not None:
        return refused
    if new == one.newest.new:
        return Kept(uid, repeated=True)
    day, first = day_of(tx, recorded_at), _holds_from(tx, one)
    rules = [*one.rhythms, (first, new.rhythm)]
    turn = first_asked(rules, first, asked_from=day, japan=in_japan(tx))
    _write(tx, one.id, one.newest.n + 1, first, new, actor, recorded_at)
    come(tx, one.id, turn)
    trail.note(
        tx, actor, "change", "routine", uid, at=recorded_at,
        detail={"name": new.title, "from": str(turn.period_on)},
    )  # fmt: skip
    return Kept(uid, from_on=turn.period_on)


def pause(tx: Tx, uid: UUID, *, why: str, actor: Actor, recorded_at: datetime) -> Kept | Refusal:
    """Ask for nothing until it is resumed. What was asked for is still to be done."""
    one = _open(tx, uid, recorded_at)
    if isinstance(one, Refusal) or one.paused_at is not None:
        return one if isinstance(one, Refusal) else Kept(uid, repeated=True)
    tx.execute(
        "UPDATE marketing_routine SET paused_at = %s, paused_why = %s WHERE id = %s",
        [recorded_at, why.strip()[:MOST_WHY], one.id],
    )
    detail = {"why": why.strip()[:MOST_WHY]}
    trail.note(tx, actor, "pause", "routine", uid, at=recorded_at, detail=detail)
    return Kept(uid)


def resume(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Kept | Refusal:
    """Ask again, from today on: turns that passed meanwhile are nobody's fault, and not made."""
    one = _open(tx, uid, recorded_at)
    if isinstance(one, Refusal) or one.paused_at is None:
        return one if isinstance(one, Refusal) else Kept(uid, repeated=True)
    day = day_of(tx, recorded_at)
    turn = first_asked(one.rhythms, one.next_period_on, asked_from=day, japan=in_japan(tx))
    tx.execute(
        "UPDATE marketing_routine SET paused_at = NULL, paused_why = '' WHERE id = %s", [one.id]
    )
    come(tx, one.id, turn)
    trail.note(tx, actor, "resume", "routine", uid, at=recorded_at)
    again = routine(tx, uid)
    assert again is not None
    make_of(tx, again, at=recorded_at)
    return Kept(uid, from_on=turn.period_on)


def end(tx: Tx, uid: UUID, *, why: str, actor: Actor, recorded_at: datetime) -> Kept | Refusal:
    """Ask for nothing any more, for good. What was asked for is still to be done."""
    one = routine(tx, uid)
    if one is not None and one.ended_at is not None:
        return Kept(uid, repeated=True)
    if not why.strip():
        return Refusal("why_missing", "why")
    found = _open(tx, uid, recorded_at)
    if isinstance(found, Refusal):
        return found
    tx.execute("UPDATE marketing_routine SET ended_at = %s WHERE id = %s", [recorded_at, found.id])
    detail = {"why": why.strip()[:MOST_WHY]}
    trail.note(tx, actor, "end", "routine", uid, at=recorded_at, detail=detail)
    return Kept(uid)


def _open(tx: Tx, uid: UUID, at: datetime) -> RoutineShown | Refusal:
    """The routine, locked, with everything asked for that was due by now."""
    one = routine(tx, uid, lock=True)
    if one is None:
        return Refusal("unknown_routine", "routine", {"given": str(uid)[:8]})
    if one.ended_at is not None:
        return Refusal("routine_over", "state", {"name": one.newest.new.title})
    if not make_of(tx, one, at=at):
        return one
    again = routine(tx, uid)
    assert again is not None
    return again


def _holds_from(tx: Tx, one: RoutineShown) -> date:
    """The first day of a rule written now: of the turn that comes next, or, where nothing was asked
    for by the newest rule yet, that rule's own first day."""
    used = tx.value("SELECT EXISTS (SELECT FROM marketing_routinetask WHERE rule_id = %s)",
                    [one.newest.id])  # fmt: skip
    return one.next_period_on if used else one.newest.from_on


def _write(
    tx: Tx, routine_id: int, n: int, first: date, new: NewRoutine, actor: Actor, at: datetime
) -> None:
    rhythm = new.rhythm
    tx.execute(
        """
        INSERT INTO marketing_routinerule (routine_id, n, from_on, title, text, every, weekday,
          month_day, moves, days, owner, staff_id, role, place_id, page, template, written_at,
          actor)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        """,
        [
            routine_id, n, first, new.title, new.text, rhythm.every, rhythm.weekday,
            rhythm.month_day, rhythm.moves, rhythm.days, new.owner, new.staff_id, new.role,
            new.place_id, new.page, new.template, at, str(actor),
        ],
    )  # fmt: skip


def _refusal(tx: Tx, new: NewRoutine) -> Refusal | None:
    rhythm = new.rhythm
    if not new.title.strip():
        return Refusal("routine_unnamed", "title")
    for name, text, most in (("title", new.title, MOST_TITLE), ("text", new.text, MOST_TEXT)):
        if len(text) > most:
            return Refusal("too_long", name, {"most": most})
    for name, given, known in (
        ("every", rhythm.every, EVERY), ("owner", new.owner, OWNERS), ("page", new.page, PAGES),
    ):  # fmt: skip
        if given not in known:
            return Refusal("unknown_choice", name, {"given": given, "known": ", ".join(known)})
    for name, number, least, most in (
        ("weekday", rhythm.weekday, 0, 6), ("month_day", rhythm.month_day, 1, 31),
        ("days", rhythm.days, 0, MOST_DAYS[rhythm.every]),
    ):  # fmt: skip
        if not least <= number <= most:
            return Refusal("out_of_bounds", name, {"given": number, "least": least, "most": most})
    return _owner_refusal(tx, new)


def _owner_refusal(tx: Tx, new: NewRoutine) -> Refusal | None:
    if new.owner == "staff":
        works = tx.value(
            "SELECT EXISTS (SELECT FROM places_staff WHERE id = %s AND is_active)", [new.staff_id]
        )
        if not works or new.role or new.place_id is not None:
            return Refusal("owner_missing", "staff_id")
        return None
    if new.role not in rights.ROLES or new.staff_id is not None:
        return Refusal("owner_missing", "role")
    known = new.place_id is None or tx.value(
        "SELECT EXISTS (SELECT FROM places_place WHERE id = %s)", [new.place_id]
    )
    if not known or (new.owner == "places" and new.place_id is not None):
        return Refusal("owner_missing", "place_id")
    return None
