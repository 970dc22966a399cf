"""Reading routines and their tasks: what there is, what is whose, what was missed.

Promises: a task is missed when its day is over and it is neither done nor excused; whose it is, is
asked in one place, for pages and verbs alike.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from goen.kit import settings
from goen.kit.db import Tx
from goen.marketing.routine import NewRoutine, Owner, RoutineShown, RuleShown, TaskShown
from goen.marketing.routines import Rhythm, state_of

HEAD_OFFICE = "hq"
JAPAN = "Asia/Tokyo"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of staff as tasks know them."""

    id: int
    role: str
    place_id: int | None


def in_japan(tx: Tx) -> bool:
    """Whether Japan's public holidays are the shop's."""
    return bool(settings.read(tx, "shop.timezone") == JAPAN)


_ROUTINES = """
SELECT id, uid, created_at, actor, next_period_on, next_asked_on, paused_at, paused_why, ended_at
FROM marketing_routine WHERE %(uid)s::uuid IS NULL OR uid = %(uid)s ORDER BY id
"""
_RULES = """
SELECT routine_id, id, n, from_on, title, every, weekday, month_day, moves, days, owner, staff_id,
       role, place_id, text, page, template, written_at, actor
FROM marketing_routinerule WHERE routine_id = ANY(%s) ORDER BY routine_id, n
"""


def routines(tx: Tx) -> list[RoutineShown]:
    """All of them in the order they were made, those that ended last."""
    return sorted(_read(tx, None), key=lambda one: one.ended_at is not None)


def routine(tx: Tx, uid: UUID, *, lock: bool = False) -> RoutineShown | None:
    """One of them; locked for whoever changes it."""
    if lock:
        tx.execute("SELECT FROM marketing_routine WHERE uid = %s FOR UPDATE", [uid])
    return next(iter(_read(tx, uid)), None)


def _read(tx: Tx, uid: UUID | None) -> list[RoutineShown]:
    heads = tx.rows(_ROUTINES, {"uid": uid})
    rules: dict[int, list[RuleShown]] = {}
    for routine_id, id_, n, from_on, title, *rest in tx.rows(_RULES, [[one[0] for one in heads]]):
        every, weekday, month_day, moves, days, owner, staff, role, place, text, page, *last = rest
        new = NewRoutine(
            title, Rhythm(every, weekday, month_day, moves, days), owner, staff, role, place, text,
            page, last[0],
        )  # fmt: skip
        rules.setdefault(routine_id, []).append(RuleShown(id_, n, from_on, new, *last[1:]))
    return [RoutineShown(*[*one, tuple(rules[one[0]])]) for one in heads]


_TASKS = """
SELECT x.id, x.uid, r.uid, l.title, l.text, l.page, x.period_on, x.asked_on, x.due_on, x.ends_on,
       x.staff_id, x.role, x.place_id, x.closed_as, x.closed_at, x.closed_on, x.closed_by, x.note,
       x.figure
FROM marketing_routinetask x
JOIN marketing_routine r ON r.id = x.routine_id
JOIN marketing_routinerule l ON l.id = x.rule_id
"""
_THEIRS = """
(x.staff_id = %(me)s OR (x.role = %(role)s AND x.staff_id IS NULL
  AND (x.place_id IS NULL OR %(place)s::bigint IS NULL OR x.place_id = %(place)s)))
"""


def is_theirs(owner: Owner, member: Member) -> bool:
    """Whether a task of this owner is one member of staff's to do. As `_THEIRS` says it in SQL."""
    if owner.staff_id is not None:
        return owner.staff_id == member.id
    here = owner.place_id is None or member.place_id in (None, owner.place_id)
    return owner.role == member.role and here


def theirs(tx: Tx, member: Member, *, today: date, limit: int = 50) -> list[TaskShown]:
    """What one member of staff has to do, the most urgent first; what was missed is among it."""
    given = {"me": member.id, "role": member.role, "place": member.place_id, "limit": limit}
    sql = f"{_TASKS} WHERE x.closed_as = '' AND {_THEIRS} ORDER BY x.due_on, x.id LIMIT %(limit)s"
    return [_task(row, today) for row in tx.rows(sql, given)]


def missed(tx: Tx, *, today: date, limit: int = 50) -> list[TaskShown]:
    """Everybody's missed tasks, the longest overdue first."""
    sql = f"{_TASKS} WHERE x.closed_as = '' AND x.due_on < %s ORDER BY x.due_on, x.id LIMIT %s"
    return [_task(row, today) for row in tx.rows(sql, [today, limit])]


def count_missed(tx: Tx, *, today: date) -> int:
    """How many of everybody's tasks were missed and are still to be done."""
    sql = "SELECT count(*) FROM marketing_routinetask WHERE closed_as = '' AND due_on < %s"
    return int(tx.value(sql, [today]))


def tasks(
    tx: Tx, routine_id: int, *, today: date, limit: int = 50, start: int = 0
) -> tuple[list[TaskShown], int]:
    """A routine's tasks, the newest turn first; and how many there are."""
    total = tx.value(
        "SELECT count(*) FROM marketing_routinetask WHERE routine_id = %s", [routine_id]
    )
    rows = tx.rows(
        f"{_TASKS} WHERE r.id = %s ORDER BY x.period_on DESC, x.place_id, x.id LIMIT %s OFFSET %s",
        [routine_id, limit, start],
    )
    return [_task(row, today) for row in rows], int(total)


def task(tx: Tx, uid: UUID, *, today: date, lock: bool = False) -> TaskShown | None:
    """One task; locked for whoever closes it."""
    row = tx.row(f"{_TASKS} WHERE x.uid = %s{' FOR UPDATE OF x' if lock else ''}", [uid])
    return _task(row, today) if row else None


def member(tx: Tx, code: str) -> Member | None:
    """A member of staff who works here, by their code."""
    row = tx.row(
        "SELECT id, role, place_id FROM places_staff WHERE code = %s AND is_active", [code]
    )
    return Member(*row) if row else None


def gone(tx: Tx, staff_ids: list[int]) -> set[int]:
    """Which of these do not work here any more."""
    rows = tx.rows("SELECT id FROM places_staff WHERE id = ANY(%s) AND NOT is_active", [staff_ids])
    return {row[0] for row in rows}


def _task(row: tuple[Any, ...], day: date) -> TaskShown:
    closed_as, closed_on, due_on = row[13], row[15], row[8]
    state = state_of(due_on=due_on, closed_as=closed_as, closed_on=closed_on, today=day)
    return TaskShown(*[*row[:10], Owner(*row[10:13]), *row[13:], state])
