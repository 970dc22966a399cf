"""Measures on the calendar: what is said where and of what, day by day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Span:
    """One placement on the calendar, with the days it is really heard."""

    uid: UUID
    number: int
    title: str
    state: str
    channel: str
    medium: str
    axis_name: Mapping[str, str] | None
    skus: Sequence[int]
    place_id: int | None
    first_on: date
    last_on: date


_BETWEEN = """
SELECT p.uid, m.number, v.title, m.state, p.channel, p.medium, a.name,
       CASE WHEN v.skus = '[]' THEN coalesce(a.skus, '[]') ELSE v.skus END, p.place_id,
       greatest(p.starts_on, v.starts_on), least(p.ends_on, p.ended_on, v.ends_on, s.day)
FROM marketing_placement p JOIN marketing_measure m ON m.id = p.measure_id
JOIN LATERAL (
  SELECT title, skus, starts_on, ends_on FROM marketing_version
  WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) v ON true
LEFT JOIN marketing_axis a ON a.id = p.axis_id
LEFT JOIN LATERAL (
  SELECT (m.ended_at AT TIME ZONE %(zone)s)::date AS day WHERE m.state = 'stopped'
) s ON true
WHERE m.state <> 'dropped' AND greatest(p.starts_on, v.starts_on) <= %(last)s
  AND least(p.ends_on, p.ended_on, v.ends_on, s.day) >= %(first)s
ORDER BY p.starts_on, m.number, p.id
"""


def between(tx: Tx, first_on: date, last_on: date, *, timezone: str) -> list[Span]:
    """Every placement that is heard on one of the days, drafts among them."""
    given = {"first": first_on, "last": last_on, "zone": timezone}
    return [Span(*row) for row in tx.rows(_BETWEEN, given)]
