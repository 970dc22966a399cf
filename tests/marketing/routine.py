"""Routines for tests: somebody of head office, two people of marketing, three in two stores."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from goen.kit import ids
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.marketing import routines_keeping, routines_reading
from goen.marketing.routine import Kept, NewRoutine, RoutineShown, TaskShown
from goen.marketing.routines import Rhythm
from goen.places import masters
from goen.places.masters import NewStaff
from tests import world

BOSS = Actor("staff", "st01")
ANN, BEA = Actor("staff", "m1"), Actor("staff", "m2")
SHIBUYA, SHIBUYA_2, KICHIJOJI = (Actor("staff", one) for one in ("s1", "s2", "k1"))
MONDAY = date(2026, 11, 16)
ZONE = ZoneInfo("Asia/Tokyo")
PEOPLE = (
    ("m1", "marketer", None), ("m2", "marketer", None), ("s1", "store", "shibuya"),
    ("s2", "store", "shibuya"), ("k1", "store", "kichijoji"),
)  # fmt: skip


def hire(t: Tx) -> None:
    """Everybody begins to work in the world's shop."""
    for code, role, place in PEOPLE:
        new = NewStaff(code, code, {"ja": code, "en": code}, role, place)
        masters.put_staff(t, new, actor=world.ACTOR, recorded_at=world.NOW)


def at(day: date, hour: int = 10) -> datetime:
    """An hour of a day where the shop is."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def after(days: int, hour: int = 10) -> datetime:
    """So many days after the Monday that tests begin on."""
    return at(MONDAY + timedelta(days=days), hour)


def by(when: datetime, actor: Actor = BOSS) -> dict[str, Any]:
    """Who writes, and when."""
    return {"actor": actor, "recorded_at": when}


def weekly(weekday: int = 0, days: int = 2, **more: Any) -> NewRoutine:
    """Marketing's, every week on a day."""
    given = {"owner": "role", "role": "marketer", **more}
    return NewRoutine("定例", Rhythm("week", weekday=weekday, days=days), **given)


def begun(t: Tx, new: NewRoutine, when: datetime | None = None) -> UUID:
    """A routine that goes on from a moment, by head office."""
    uid = ids.new_id()
    answer = routines_keeping.create(t, uid, new, **by(when or after(0)))
    assert isinstance(answer, Kept), answer
    return uid


def shown(t: Tx, uid: UUID) -> RoutineShown:
    """It as it is now."""
    one = routines_reading.routine(t, uid)
    assert one is not None
    return one


def tasks(t: Tx, uid: UUID, today: date) -> list[TaskShown]:
    """All its tasks, the oldest turn first."""
    found, total = routines_reading.tasks(t, shown(t, uid).id, today=today, limit=1_000)
    assert total == len(found)
    return sorted(found, key=lambda one: (one.period_on, one.id))


def states(t: Tx, uid: UUID, today: date) -> list[str]:
    """How they stand, the oldest turn first."""
    return [one.state for one in tasks(t, uid, today)]
