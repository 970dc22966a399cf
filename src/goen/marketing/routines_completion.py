"""Whether routines are done: the last turns as marks, and the shares on time, late and missed.

Promises: shares are of tasks whose outcome is known (done, late or missed): what is open or was
excused counts for nobody; each task counts once, for its owner.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from goen.kit.db import Tx
from goen.marketing.routine import Owner
from goen.marketing.routines import SHOWN, state_of

_WORST = ("missed", "open", "late", "done", "excused")


@dataclass(frozen=True, slots=True)
class Mark:
    """One turn. `state` is the worst of its tasks; `done` (late ones too) of `of` were done."""

    period_on: date
    due_on: date
    state: str
    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Completion:
    """The last turns, the oldest first, and their tasks by state."""

    marks: tuple[Mark, ...] = ()
    done: int = 0
    late: int = 0
    missed: int = 0
    excused: int = 0
    open: int = 0

    @property
    def known(self) -> int:
        """Tasks whose outcome is known: what shares are of."""
        return self.done + self.late + self.missed

    def share(self, state: str) -> float | None:
        """The part of the known ones that is done (in time), late or missed."""
        return getattr(self, state) / self.known if self.known else None

    @property
    def on_time(self) -> float | None:
        """The part that was done in time."""
        return self.share("done")


Found = tuple[date, date, str]
_LAST = f"""
SELECT r.id, x.staff_id, x.role, x.place_id, x.period_on, x.due_on, x.closed_as, x.closed_on
FROM marketing_routine r
JOIN LATERAL (SELECT DISTINCT period_on FROM marketing_routinetask WHERE routine_id = r.id
              ORDER BY period_on DESC LIMIT {SHOWN}) p ON true
JOIN marketing_routinetask x ON x.routine_id = r.id AND x.period_on = p.period_on
WHERE %(one)s::bigint IS NULL OR r.id = %(one)s
ORDER BY r.id, x.period_on, x.id
"""


def of_routines(tx: Tx, *, today: date) -> dict[int, Completion]:
    """Of every routine that was ever asked for, by its id."""
    groups: dict[int, list[Found]] = {}
    for routine_id, _, found in _last(tx, today, None):
        groups.setdefault(routine_id, []).append(found)
    return {one: told(found) for one, found in groups.items()}


def of_owners(tx: Tx, *, today: date, routine_id: int | None = None) -> dict[Owner, Completion]:
    """Of everybody who had a task: of one routine, or of all, their last turns each."""
    groups: dict[Owner, list[Found]] = {}
    for _, owner, found in _last(tx, today, routine_id):
        groups.setdefault(owner, []).append(found)
    return {one: told(found) for one, found in groups.items()}


def told(tasks: Iterable[Found]) -> Completion:
    """Tasks as (turn's day, due day, state): how they went."""
    turns: dict[date, list[Found]] = {}
    counts: dict[str, int] = {}
    for one in tasks:
        turns.setdefault(one[0], []).append(one)
        counts[one[2]] = counts.get(one[2], 0) + 1
    marks = [_mark(day, turns[day]) for day in sorted(turns)]
    return Completion(tuple(marks), **_named(counts))


def _named(counts: Mapping[str, int]) -> dict[str, int]:
    return {state: counts.get(state, 0) for state in _WORST}


def _mark(day: date, tasks: list[Found]) -> Mark:
    states = [state for _, _, state in tasks]
    worst = min(states, key=_WORST.index)
    done = sum(state in ("done", "late") for state in states)
    return Mark(day, max(due for _, due, _ in tasks), worst, done, len(states))


def _last(tx: Tx, today: date, routine_id: int | None) -> Iterable[tuple[int, Owner, Found]]:
    for id_, staff, role, place, period, due, closed_as, closed_on in tx.rows(
        _LAST, {"one": routine_id}
    ):
        state = state_of(due_on=due, closed_as=closed_as, closed_on=closed_on, today=today)
        yield id_, Owner(staff, role, place), (period, due, state)
