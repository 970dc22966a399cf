"""Scenarios as the verbs and the pages read them, with their measure and steps."""

from collections.abc import Sequence
from typing import Any

from goen.kit.db import Row, Tx
from goen.marketing.scenario import ScenarioShown, StepShown

_SELECT = """
SELECT s.id, m.id, m.uid, m.number, v.title, m.state, v.conditions, v.skus, v.coupon_kind,
       coalesce(s.control_share, v.control_share)::float8, s.trigger, s.days, s.exit_when, s.exits,
       s.priority, s.reentry_days, s.patience_days, s.from_hour, s.until_hour, s.begun_at,
       s.paused_at, s.paused_why, s.looked_at, s.seen_as_of, m.launched_at
FROM marketing_scenario s JOIN marketing_measure m ON m.id = s.measure_id
JOIN LATERAL (
  SELECT * FROM marketing_version WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) v ON true
"""
_STEPS = """
SELECT scenario_id, id, uid, n, kind, says, message_id FROM marketing_step
WHERE scenario_id = ANY(%s) ORDER BY scenario_id, n
"""


def read(tx: Tx, number: int, *, lock: bool = False) -> ScenarioShown | None:
    """The scenario of a measure by its number; None where it has none."""
    if lock:
        tx.row(
            "SELECT FROM marketing_scenario s JOIN marketing_measure m ON m.id = s.measure_id"
            " WHERE m.number = %s FOR UPDATE OF s",
            [number],
        )
    found = _shown(tx, tx.rows(f"{_SELECT} WHERE m.number = %s", [number]))
    return found[0] if found else None


def by_ids(tx: Tx, ids: Sequence[int]) -> dict[int, ScenarioShown]:
    """Scenarios by their ids."""
    rows = tx.rows(f"{_SELECT} WHERE s.id = ANY(%s)", [list(ids)])
    return {one.id: one for one in _shown(tx, rows)}


def every(tx: Tx) -> list[ScenarioShown]:
    """All that were not given up: who goes first, first."""
    return _shown(
        tx, tx.rows(f"{_SELECT} WHERE m.state <> 'dropped' ORDER BY s.priority, s.id LIMIT 500")
    )


def is_one(tx: Tx, measure_id: int) -> bool:
    """Whether a measure goes on by itself."""
    sql = "SELECT EXISTS (SELECT FROM marketing_scenario WHERE measure_id = %s)"
    return bool(tx.value(sql, [measure_id]))


def _shown(tx: Tx, rows: Sequence[Row]) -> list[ScenarioShown]:
    steps: dict[int, list[StepShown]] = {}
    for scenario_id, *rest in tx.rows(_STEPS, [[row[0] for row in rows]]) if rows else []:
        steps.setdefault(scenario_id, []).append(StepShown(*rest))
    return [_one(row, tuple(steps.get(row[0], ()))) for row in rows]


def _one(row: Row, steps: tuple[StepShown, ...]) -> ScenarioShown:
    values: list[Any] = list(row)
    values[7] = tuple(values[7])
    return ScenarioShown(*(*values, steps))
