"""Scenarios as pages show them: how many are where, whose journey stands how, what staff are asked.

People are who they are now: a journey's record says so after a merge.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.marketing.scenarios_rules import UNSENT


@dataclass(frozen=True, slots=True)
class Counts:
    """People of one scenario by where they are; those who left by cause. Re-entries count anew."""

    going: int = 0
    waiting: int = 0
    done: int = 0
    observed: int = 0
    left: Mapping[str, int] = field(default_factory=dict)

    @property
    def entered(self) -> int:
        """Everybody who entered to be reached."""
        return self.going + self.waiting + self.done + self.gone

    @property
    def gone(self) -> int:
        """Everybody who left before the end."""
        return sum(self.left.values())


@dataclass(frozen=True, slots=True)
class StepCounts:
    """How many stand before a step, and what became of those who are past it."""

    here: int = 0
    waiting: int = 0
    done: int = 0
    skipped: int = 0
    yes: int = 0
    no: int = 0


@dataclass(frozen=True, slots=True)
class JourneyShown:
    """One journey. `ahead` is the number of the measure whose scenario goes first."""

    id: int
    number: int
    title: str
    person_now: int
    arm: str
    state: str
    step_n: int | None
    step_kind: str
    step_says: Mapping[str, Any]
    due_at: datetime | None
    waiting_for: str
    ahead: int | None
    ahead_title: str
    entered_at: datetime
    ended_at: datetime | None
    cause: str


def counts(tx: Tx) -> dict[int, Counts]:
    """Of every scenario, by its id."""
    by_state: dict[int, dict[str, int]] = {}
    left: dict[int, dict[str, int]] = {}
    for scenario_id, state, cause, many in tx.rows(
        "SELECT scenario_id, state, cause, count(*) FROM marketing_journey GROUP BY 1, 2, 3"
        " ORDER BY 4 DESC"
    ):
        if state == "left":
            left.setdefault(scenario_id, {})[cause] = many
            by_state.setdefault(scenario_id, {})
        else:
            by_state.setdefault(scenario_id, {})[state] = many
    return {
        one: Counts(**found, left=left.get(one, {})) for one, found in by_state.items()
    }  # states other than `left` are the fields


def steps(tx: Tx, scenario_id: int) -> dict[int, StepCounts]:
    """Of every step of a scenario, by its id."""
    found: dict[int, dict[str, int]] = {}
    for step_id, many, waiting in tx.rows(
        "SELECT step_id, count(*), count(*) FILTER (WHERE state = 'waiting')"
        " FROM marketing_journey WHERE scenario_id = %s AND step_id IS NOT NULL GROUP BY 1",
        [scenario_id],
    ):
        found[step_id] = {"here": many, "waiting": waiting}
    for step_id, outcome, many in tx.rows(
        "SELECT x.step_id, x.outcome, count(*) FROM marketing_stepdone x"
        " JOIN marketing_step st ON st.id = x.step_id WHERE st.scenario_id = %s GROUP BY 1, 2",
        [scenario_id],
    ):
        found.setdefault(step_id, {})[outcome] = many
    return {step_id: StepCounts(**many) for step_id, many in found.items()}


_JOURNEYS = """
SELECT j.id, m.number, v.title, p.person_id, j.arm, j.state, st.n, coalesce(st.kind, ''),
       coalesce(st.says, '{}'), j.due_at, j.waiting_for, am.number, coalesce(av.title, ''),
       j.entered_at, j.ended_at, j.cause
FROM marketing_journey j
JOIN customers_personof p ON p.record_id = j.record_id
JOIN marketing_scenario s ON s.id = j.scenario_id
JOIN marketing_measure m ON m.id = s.measure_id
JOIN LATERAL (SELECT title FROM marketing_version WHERE measure_id = m.id
              ORDER BY n DESC LIMIT 1) v ON true
LEFT JOIN marketing_step st ON st.id = j.step_id
LEFT JOIN marketing_scenario a ON a.id = j.waiting_scenario_id
LEFT JOIN marketing_measure am ON am.id = a.measure_id
LEFT JOIN LATERAL (SELECT title FROM marketing_version WHERE measure_id = am.id
                   ORDER BY n DESC LIMIT 1) av ON true
"""


def journeys(
    tx: Tx, scenario_id: int, *, viewer: Viewer, state: str = "", limit: int = 50, start: int = 0
) -> list[JourneyShown]:
    """Journeys of a scenario, those on their way first, then the newest."""
    assert viewer.role, "who reads about people is known"
    rows = tx.rows(
        f"{_JOURNEYS} WHERE j.scenario_id = %s AND (%s = '' OR j.state = %s)"
        " ORDER BY j.ended_at IS NOT NULL, j.due_at, j.entered_at DESC, j.id LIMIT %s OFFSET %s",
        [scenario_id, state, state, limit, start],
    )
    return [JourneyShown(*row) for row in rows]


def everybody(
    tx: Tx, scenario_id: int, *, viewer: Viewer, state: str = "", at_once: int = 2_000
) -> Iterator[list[JourneyShown]]:
    """Every journey of a scenario in the order they began, some at a time."""
    assert viewer.role, "who reads about people is known"
    after = 0
    while True:
        rows = tx.rows(
            f"{_JOURNEYS} WHERE j.scenario_id = %s AND (%s = '' OR j.state = %s) AND j.id > %s"
            " ORDER BY j.id LIMIT %s",
            [scenario_id, state, state, after, at_once],
        )
        if not rows:
            return
        yield [JourneyShown(*row) for row in rows]
        after = rows[-1][0]


@dataclass(frozen=True, slots=True)
class Unsent:
    """Mail of a scenario that could not leave: who waits for it, since when, who went on without.

    `by_cause` counts people by why; `message_id` is a mail that somebody waits for.
    """

    waiting: int
    since: datetime | None
    message_id: int | None
    by_cause: Mapping[str, int]


def unsent(tx: Tx, scenario_id: int) -> Unsent:
    """What the shop's own settings kept from leaving."""
    waits = tx.row(
        "SELECT count(*), min(j.waiting_since), min(st.message_id) FROM marketing_journey j"
        " JOIN marketing_step st ON st.id = j.step_id"
        " WHERE j.scenario_id = %s AND j.state = 'waiting' AND j.waiting_for = 'mail'",
        [scenario_id],
    )
    assert waits is not None
    went = tx.rows(
        """
        SELECT cause, count(DISTINCT journey_id) FROM (
          SELECT x.cause, x.journey_id FROM marketing_stepdone x
          JOIN marketing_step st ON st.id = x.step_id
          WHERE st.scenario_id = %(of)s AND x.outcome = 'skipped' AND x.cause = ANY(%(why)s)
          UNION ALL
          SELECT cause, id FROM marketing_journey
          WHERE scenario_id = %(of)s AND state = 'left' AND cause = ANY(%(why)s)
        ) found GROUP BY 1 ORDER BY 2 DESC, 1
        """,
        {"of": scenario_id, "why": list(UNSENT)},
    )
    waiting, since, message_id = waits
    return Unsent(waiting, since, message_id, dict(went))


def of_person(tx: Tx, person_id: int, *, viewer: Viewer, limit: int = 10) -> list[JourneyShown]:
    """One person's journeys, those on their way first. Who is only observed is left out."""
    assert viewer.role
    rows = tx.rows(
        f"{_JOURNEYS} WHERE p.person_id = %s AND j.state <> 'observed'"
        " ORDER BY j.ended_at IS NOT NULL, j.entered_at DESC, j.id LIMIT %s",
        [person_id, limit],
    )
    return [JourneyShown(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class TaskShown:
    """What staff are asked to do for one person."""

    id: int
    uid: Any
    title: str
    text: str
    number: int | None
    person_now: int | None
    place_id: int | None
    due_on: Any
    made_at: datetime
    done_at: datetime | None
    done_by: str
    note: str


_TASKS = """
SELECT x.id, x.uid, x.title, x.text, m.number, p.person_id, x.place_id, x.due_on, x.made_at,
       x.done_at, x.done_by, x.note
FROM marketing_task x
LEFT JOIN marketing_journey j ON j.id = x.journey_id
LEFT JOIN marketing_scenario s ON s.id = j.scenario_id
LEFT JOIN marketing_measure m ON m.id = s.measure_id
LEFT JOIN customers_personof p ON p.record_id = x.record_id
WHERE (x.done_at IS NOT NULL) = %s AND (%s::bigint IS NULL OR x.place_id = %s)
"""


def tasks(
    tx: Tx, *, viewer: Viewer, done: bool = False, place_id: int | None = None, limit: int = 50,
    start: int = 0,
) -> tuple[Sequence[TaskShown], int]:  # fmt: skip
    """Open tasks, the most urgent first, or those that are done; and how many there are."""
    assert viewer.role
    given = [done, place_id, place_id]
    total = int(tx.value(f"SELECT count(*) FROM ({_TASKS}) found", given))
    order = "x.done_at DESC" if done else "x.due_on"
    rows = tx.rows(f"{_TASKS} ORDER BY {order}, x.id LIMIT %s OFFSET %s", [*given, limit, start])
    return [TaskShown(*row) for row in rows], total
