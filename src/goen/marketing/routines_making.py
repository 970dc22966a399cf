"""The tasks of a routine: made when their day has come, once for each owner.

Promises: a turn's tasks are made once, whoever looks at the same time; turns that passed while
nobody looked are made afterwards, so that what was missed is seen as missed; a routine that is
paused or over makes none; each turn goes by the rule that held on its day.
"""

from datetime import datetime, timedelta

from goen.kit import ids, trail
from goen.kit.db import Tx
from goen.marketing.measures_reading import day_of
from goen.marketing.routine import ACTOR, NewRoutine, Owner, RoutineShown
from goen.marketing.routines import Period, due_by, first_asked
from goen.marketing.routines_reading import in_japan, routine

MOST = 60
"""Turns of one routine that are made at a time; the rest follows at the next look."""

_DUE = """
SELECT uid FROM marketing_routine
WHERE next_asked_on <= %s AND paused_at IS NULL AND ended_at IS NULL
ORDER BY id FOR UPDATE SKIP LOCKED
"""


def make_due(tx: Tx, *, at: datetime) -> int:
    """Make the tasks of every turn whose day has come; answers how many were made."""
    day = day_of(tx, at)
    made = 0
    for (uid,) in tx.rows(_DUE, [day]):
        one = routine(tx, uid)
        assert one is not None
        made += make_of(tx, one, at=at)
    return made


def make_of(tx: Tx, one: RoutineShown, *, at: datetime) -> int:
    """The same for one routine, which the caller has locked."""
    if one.state != "running":
        return 0
    day, japan = day_of(tx, at), in_japan(tx)
    turns = due_by(one.rhythms, one.next_period_on, today=day, most=MOST, japan=japan)
    if not turns:
        return 0
    made = sum(_make(tx, one, turn, at) for turn in turns)
    last = turns[-1]
    after = first_asked(
        one.rhythms, last.period_on + timedelta(days=1), asked_from=last.asked_on, japan=japan
    )
    come(tx, one.id, after)
    return made


def come(tx: Tx, routine_id: int, turn: Period) -> None:
    """Remember which turn comes next."""
    tx.execute(
        "UPDATE marketing_routine SET next_period_on = %s, next_asked_on = %s WHERE id = %s",
        [turn.period_on, turn.asked_on, routine_id],
    )


def owners(tx: Tx, new: NewRoutine) -> list[Owner]:
    """Who has a task in each turn. A role at each place that nobody has is nobody's, and asked for
    all the same: it will be missed where all can see it."""
    if new.owner == "staff":
        return [Owner(staff_id=new.staff_id)]
    if new.owner == "role":
        return [Owner(role=new.role, place_id=new.place_id)]
    rows = tx.rows(
        "SELECT DISTINCT place_id FROM places_staff"
        " WHERE role = %s AND is_active AND place_id IS NOT NULL ORDER BY 1",
        [new.role],
    )
    return [Owner(role=new.role, place_id=row[0]) for row in rows] or [Owner(role=new.role)]


def _make(tx: Tx, one: RoutineShown, turn: Period, at: datetime) -> int:
    rule = one.rules[turn.rule]
    made = 0
    for owner in owners(tx, rule.new):
        made += tx.execute(
            """
            INSERT INTO marketing_routinetask (uid, routine_id, rule_id, period_on, asked_on,
              due_on, ends_on, staff_id, role, place_id, made_at, closed_as, closed_by, note)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '', '', '') ON CONFLICT DO NOTHING
            """,
            [
                ids.new_id(), one.id, rule.id, turn.period_on, turn.asked_on, turn.due_on,
                turn.ends_on, owner.staff_id, owner.role, owner.place_id, at,
            ],
        )  # fmt: skip
    if made:
        detail = {"day": str(turn.period_on), "tasks": made}
        trail.note(tx, ACTOR, "make", "routine_task", one.uid, at=at, detail=detail)
    return made
