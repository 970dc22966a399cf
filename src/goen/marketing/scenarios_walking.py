"""Journeys go on: a few at a time are taken, one step each, and what was decided is written down.

Promises: a step of a journey is done once, whoever else walks at the same time and whatever is
killed when: the step and what it does are one transaction. All journeys of one person are decided
on together, so that of two scenarios only the one that goes first acts. The switch is asked in
every turn.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from goen.kit import clock, settings
from goen.kit.db import Tx
from goen.marketing import automation, scenarios_acts, scenarios_facts
from goen.marketing.automation import Decided
from goen.marketing.scenario import RULE, ScenarioShown
from goen.marketing.scenarios_acts import Done
from goen.marketing.scenarios_facts import Live, step_of
from goen.marketing.scenarios_loading import by_ids
from goen.marketing.scenarios_rules import Act, Hold, Leave, Move, Skip, after, decide, following

MOST = 200
"""Journeys in one transaction."""
COUNT_AGAIN = timedelta(minutes=2)

_DUE = """
SELECT DISTINCT p.person_id FROM (
  SELECT j.record_id FROM marketing_journey j
  JOIN marketing_scenario s ON s.id = j.scenario_id AND s.paused_at IS NULL
  JOIN marketing_measure m ON m.id = s.measure_id AND m.state = 'live'
  JOIN marketing_step st ON st.id = j.step_id
  WHERE j.state IN ('going', 'waiting') AND j.due_at <= %(at)s
    AND (st.kind <> 'mail' OR s.next_mail_at IS NULL OR s.next_mail_at <= %(at)s)
  ORDER BY j.due_at, j.id LIMIT %(most)s OFFSET %(start)s
) due JOIN customers_personof p ON p.record_id = due.record_id
"""
_LIVE = """
SELECT j.id, j.scenario_id, p.person_id, j.record_id, j.state, j.step_id, j.entered_at, j.due_at,
       j.waiting_for, j.waiting_since
FROM marketing_journey j JOIN customers_personof p ON p.record_id = j.record_id
WHERE p.person_id = ANY(%s) AND j.state IN ('going', 'waiting')
ORDER BY j.id
"""


def walk(tx: Tx, *, at: datetime, start: int = 0) -> int:
    """Take the next journeys a step on; answers how many were decided on.

    `start` passes over so many that others may be busy with.
    """
    if not automation.is_on(tx):
        return 0
    given = {"at": at, "most": MOST, "start": start}
    people = [row[0] for row in tx.rows(_DUE, given)]
    if not people:
        return 0
    live = _mine(tx, people)
    of = by_ids(tx, sorted({one.scenario_id for one in live}))
    due = [one for one in live if _is_due(one, of[one.scenario_id], at)]
    return _decide(tx, due, live, of, at) if due else 0


def _mine(tx: Tx, people: Sequence[int]) -> list[Live]:
    """All journeys of those of these people of whom nobody else holds one."""
    locked = [Live(*row) for row in tx.rows(f"{_LIVE} FOR UPDATE OF j SKIP LOCKED", [people])]
    held = {row[0] for row in tx.rows(_LIVE, [people])} - {one.id for one in locked}
    if not held:
        return locked
    rows = tx.rows(
        "SELECT p.person_id FROM marketing_journey j"
        " JOIN customers_personof p ON p.record_id = j.record_id WHERE j.id = ANY(%s)",
        [sorted(held)],
    )
    others = {row[0] for row in rows}
    return [one for one in locked if one.person_now not in others]


def _is_due(one: Live, scenario: ScenarioShown, at: datetime) -> bool:
    return scenario.state == "running" and one.due_at <= at


def _decide(
    tx: Tx, due: Sequence[Live], live: Sequence[Live], of: Mapping[int, ScenarioShown],
    at: datetime,
) -> int:  # fmt: skip
    known = scenarios_facts.read(tx, due, live, of, at=at)
    moves: list[tuple[Live, Move]] = []
    for one in due:
        if one.id in known.uncounted:
            _put_off(tx, one, at + COUNT_AGAIN)
            continue
        scenario = of[one.scenario_id]
        facts = scenarios_facts.facts_of(tx, one, scenario, known, at)
        move = decide(
            facts, at=at, waiting_since=one.waiting_since, patience_days=scenario.patience_days
        )
        moves.append((one, move))
    _apply(tx, moves, of, at)
    acting = [one for one, move in moves if isinstance(move, Act)]
    for one, done in scenarios_acts.act(tx, acting, of, known.permissions, at=at):
        if isinstance(done, Hold):
            _hold(tx, one, done, at)
        elif isinstance(done, Leave):
            _end(tx, one, "left", done.cause, at)
        else:
            _go_on(tx, one, of[one.scenario_id], done, at)
    return len(due)


def _apply(
    tx: Tx, moves: Sequence[tuple[Live, Move]], of: Mapping[int, ScenarioShown], at: datetime
) -> None:
    """Those who wait first: whoever leaves wakes them."""
    decided = []
    for one, move in moves:
        if isinstance(move, Hold) and _hold(tx, one, move, at):
            decided.append(_told(one, of[one.scenario_id], move))
    for one, move in moves:
        if isinstance(move, Leave):
            _end(tx, one, "left", move.cause, at)
        elif isinstance(move, Skip):
            _go_on(tx, one, of[one.scenario_id], Done(one.id, "skipped", move.cause), at)
        else:
            continue
        decided.append(_told(one, of[one.scenario_id], move))
    automation.decided(tx, decided, at=at)


def _told(one: Live, scenario: ScenarioShown, move: Move) -> Decided:
    step = step_of(scenario, one.step_id)
    said = {"scenario": scenario.number, "step": step.n, "kind": step.kind}
    match move:
        case Hold(what_for):
            outcome = f"waits:{what_for}"
        case Leave(cause):
            outcome = f"left:{cause}"
        case Skip(cause):
            outcome = f"skipped:{cause}"
        case _:
            outcome = "acted"
    return Decided(RULE, f"person:{one.person_now}", outcome, said)


def _hold(tx: Tx, one: Live, move: Hold, at: datetime) -> bool:
    """It waits; answers whether that is news. For mail that cannot leave the wait begins anew:
    it is tried for its own time, however long they waited for others."""
    is_news = one.waiting_for != move.what_for
    since = at if is_news and move.what_for == "mail" else one.waiting_since or at
    tx.execute(
        "UPDATE marketing_journey SET state = 'waiting', waiting_for = %s,"
        " waiting_scenario_id = %s, waiting_since = %s, due_at = %s WHERE id = %s",
        [move.what_for, move.scenario, since, move.until, one.id],
    )
    return is_news


def _put_off(tx: Tx, one: Live, until: datetime) -> None:
    tx.execute("UPDATE marketing_journey SET due_at = %s WHERE id = %s", [until, one.id])


def _go_on(tx: Tx, one: Live, scenario: ScenarioShown, done: Done, at: datetime) -> None:
    """The step is over: note it, and set the next one."""
    tx.execute(
        "INSERT INTO marketing_stepdone (journey_id, step_id, outcome, cause, delivery_id, at)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [one.id, one.step_id, done.outcome, done.cause, done.delivery_id, at],
    )
    here = next(n for n, step in enumerate(scenario.steps) if step.id == one.step_id)
    place = following([step.plain for step in scenario.steps], here, done.outcome)
    if place is None:
        _end(tx, one, "done", "", at)
        return
    step, due_at = scenario.steps[here], at
    if step.kind == "wait":
        zone = clock.zone(settings.read(tx, "shop.timezone"))
        due_at = after(step.says, at, zone)
    tx.execute(
        "UPDATE marketing_journey SET state = 'going', waiting_for = '', waiting_since = NULL,"
        " waiting_scenario_id = NULL, step_id = %s, due_at = %s WHERE id = %s",
        [scenario.steps[place].id, due_at, one.id],
    )


_WAKE = """
UPDATE marketing_journey w SET due_at = least(w.due_at, %s)
FROM customers_personof mine, customers_personof theirs
WHERE mine.record_id = %s AND theirs.person_id = mine.person_id
  AND w.record_id = theirs.record_id AND w.state = 'waiting' AND w.waiting_for = 'priority'
"""


def _end(tx: Tx, one: Live, state: str, cause: str, at: datetime) -> None:
    """It is over; whoever waited for it is looked at again at once."""
    tx.execute(
        "UPDATE marketing_journey SET state = %s, cause = %s, ended_at = %s, step_id = NULL,"
        " due_at = NULL, waiting_for = '', waiting_since = NULL, waiting_scenario_id = NULL"
        " WHERE id = %s",
        [state, cause, at, one.id],
    )
    tx.execute(_WAKE, [at, one.record_id])


def close(tx: Tx, *, at: datetime, limit: int = 500) -> int:
    """End the journeys of scenarios that are over; answers how many.

    That a measure is over is a fact: it is followed also while the switch is off.
    """
    rows = tx.rows(
        """
        SELECT j.id, j.scenario_id, p.person_id, j.record_id, j.state, j.step_id, j.entered_at,
               j.due_at, j.waiting_for, j.waiting_since, m.state
        FROM marketing_journey j JOIN customers_personof p ON p.record_id = j.record_id
        JOIN marketing_scenario s ON s.id = j.scenario_id
        JOIN marketing_measure m ON m.id = s.measure_id AND m.state IN ('ended', 'stopped')
        WHERE j.state IN ('going', 'waiting') ORDER BY j.id LIMIT %s FOR UPDATE OF j SKIP LOCKED
        """,
        [limit],
    )
    for row in rows:
        _end(tx, Live(*row[:-1]), "left", row[-1], at)
    return len(rows)
