"""What measures ask of people, by when: to be launched, to be judged, to be learnt from.

Promises: every task has an owner (who planned the measure) and a day; a task is done when the
books say so, and whether it was done in time is measured, not reported.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from goen.kit import settings
from goen.kit.db import Tx

TASKS = ("launch", "learn", "clash")
DAYS_TO_LEARN = 7
"""After the days whose effect counts, so many are left to write down what was learnt."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to be done for a measure. `late` when its day is over."""

    task: str
    number: int
    uid: UUID
    title: str
    owner: str
    due_on: date
    late: bool


_DUE = """
WITH newest AS (
  SELECT DISTINCT ON (v.measure_id) m.id, m.number, m.uid, m.state, m.actor, v.title, v.starts_on,
         v.ends_on, v.window_days,
         coalesce(CASE WHEN m.state = 'stopped' THEN (m.ended_at AT TIME ZONE %(zone)s)::date END,
                  v.ends_on) AS over_on
  FROM marketing_measure m JOIN marketing_version v ON v.measure_id = m.id
  ORDER BY v.measure_id, v.n DESC
)
SELECT task, number, uid, title, owner, due_on, due_on < %(today)s FROM (
  SELECT 'launch' AS task, number, uid, title, actor AS owner, starts_on AS due_on FROM newest
  WHERE state = 'draft' AND starts_on <= %(today)s::date + 7
  UNION ALL
  SELECT 'learn', number, uid, title, actor, over_on + window_days + %(learn)s FROM newest n
  WHERE state IN ('ended', 'stopped') AND over_on + window_days < %(today)s
    AND NOT EXISTS (SELECT FROM marketing_remark r
                    WHERE r.measure_id = n.id AND r.kind = 'learning')
  UNION ALL
  SELECT 'clash', n.number, n.uid, n.title, n.actor, f.accepted_until FROM newest n
  JOIN marketing_finding f ON f.measure_a_id = n.id
  WHERE f.gone_at IS NULL AND f.accepted_until BETWEEN %(today)s AND %(today)s::date + 7
    AND n.state = 'live'
) tasks ORDER BY due_on, number
"""


def due(tx: Tx, *, today: date) -> list[Task]:
    """What waits for somebody, the most urgent first."""
    rows = tx.rows(_DUE, _asked(tx, today))
    return [Task(*row) for row in rows]


_KEPT = """
WITH over AS (
  SELECT DISTINCT ON (v.measure_id) m.id,
         coalesce(CASE WHEN m.state = 'stopped' THEN (m.ended_at AT TIME ZONE %(zone)s)::date END,
                  v.ends_on) + v.window_days + %(learn)s AS due_on
  FROM marketing_measure m JOIN marketing_version v ON v.measure_id = m.id
  WHERE m.state IN ('ended', 'stopped') ORDER BY v.measure_id, v.n DESC
)
SELECT count(*), count(*) FILTER (WHERE EXISTS (
  SELECT FROM marketing_remark r WHERE r.measure_id = over.id AND r.kind = 'learning'
    AND (r.recorded_at AT TIME ZONE %(zone)s)::date <= over.due_on))
FROM over WHERE due_on < %(today)s
"""


def kept(tx: Tx, *, today: date) -> tuple[int, int]:
    """Of how many measures a learning was due by now, and of how many it was there in time."""
    row = tx.row(_KEPT, _asked(tx, today))
    assert row is not None
    return row[0], row[1]


def _asked(tx: Tx, today: date) -> dict[str, Any]:
    """Days are the shop's: a stop before nine in the morning is not of the day before."""
    zone = settings.read(tx, "shop.timezone")
    return {"today": today, "learn": DAYS_TO_LEARN, "zone": zone}
