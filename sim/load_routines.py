"""The simulated shop's routines: four of the ready ones, with eight weeks of turns behind them.

Most turns were done in time, a few late, one was not needed, and one was missed, which still
stands there in red. Done through the verbs, under the clock of each day, in one transaction; the
figure of a page is kept only with what is done on the last day, since nobody can read it as it was.
Django must be set up before this is imported.
"""

from datetime import date, datetime, time, timedelta
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    routines_doing,
    routines_keeping,
    routines_making,
    routines_reading,
    routines_ready,
)
from goen.marketing.routine import TaskShown
from sim.miyabido import ZONE, World

BEGUN = 56
"""Days before the last day on which all of them began."""
ROUTINES = ("next-steps", "lapsing", "exceptions", "ltv")
NOTES = {
    "next-steps": ("3名に提案、残りは来週の案内に入れた", "上位10名を店舗に引き継いだ", ""),
    "lapsing": ("店から5名に電話", "お手紙を3通", ""),
    "exceptions": ("すべて片づけた", "1件は取り寄せ待ち", ""),
    "ltv": ("新茶のご案内で増えた方が多い。次はギフトの時期に合わせる", ""),
}
NOT_NEEDED = "棚卸しと重なったため"
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/routines")
LATE = {"lapsing": (1, 4), "exceptions": (2,)}
"""Which turns were done late, counted back from the newest that is over."""


def load(world: World) -> None:
    """All of them with their history. Repeating changes nothing."""
    with tx() as t:
        if routines_reading.routine(t, _uid(ROUTINES[0])) is not None:
            return
        boss = Actor("staff", next(one.code for one in world.staff if one.role == "hq"))
        began = _at(world.end - timedelta(days=BEGUN), 9)
        for code in ROUTINES:
            ready = routines_ready.ready(code)
            assert ready is not None
            made = routines_keeping.create(
                t, _uid(code), ready.new("ja"), actor=boss, recorded_at=began
            )
            assert not isinstance(made, Refusal), made
        routines_making.make_due(t, at=_at(world.end, 23))
        for code in ROUTINES:
            _lived(t, world, code, boss)


def _uid(code: str) -> UUID:
    return uuid5(_UIDS, code)


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour, 10), ZONE)


def _lived(t: Tx, world: World, code: str, boss: Actor) -> None:
    """Every turn that was due by the last day, done by whoever owned it."""
    one = routines_reading.routine(t, _uid(code))
    assert one is not None
    found, _ = routines_reading.tasks(t, one.id, today=world.end, limit=1_000)
    due = [task for task in found if task.due_on < world.end]
    turns = sorted({task.period_on for task in due}, reverse=True)
    places = sorted({task.owner.place_id or 0 for task in due})
    rng = Random(f"{world.seed}:routine:{code}")
    for task in due:
        ago, place = turns.index(task.period_on), places.index(task.owner.place_id or 0)
        if code == "exceptions" and (ago, place) == (0, len(places) - 1):
            continue  # missed, and nobody has said why
        actor = boss if code == "ltv" else _owner(t, world, task)
        if code == "exceptions" and (ago, place) == (3, 0):
            said: Refusal | None = routines_doing.excuse(
                t, task.uid, why=NOT_NEEDED, actor=actor, recorded_at=_at(task.asked_on, 10)
            )
        else:
            late = place == 0 and ago in LATE.get(code, ())
            said = _done(t, world, code, task, actor, late, rng)
        assert said is None, said


def _done(
    t: Tx, world: World, code: str, task: TaskShown, actor: Actor, late: bool, rng: Random
) -> Refusal | None:  # fmt: skip
    left = (task.due_on - task.asked_on).days
    day = (
        task.due_on + timedelta(days=2)
        if late
        else task.asked_on + timedelta(days=rng.randint(0, left))
    )
    day = min(day, world.end)
    return routines_doing.do(
        t, task.uid, note=rng.choice(NOTES[code]), with_figure=day == world.end, actor=actor,
        recorded_at=_at(day, rng.randint(10, 18)),
    )  # fmt: skip


def _owner(t: Tx, world: World, task: TaskShown) -> Actor:
    """Somebody who has the role, at the place if there is one."""
    place = task.owner.place_id
    code = t.value("SELECT code FROM places_place WHERE id = %s", [place]) if place else None
    who = next(
        one.code for one in world.staff if one.role == task.owner.role and one.place_code == code
    )
    return Actor("staff", who)
