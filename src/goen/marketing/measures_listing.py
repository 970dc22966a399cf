"""Measures as a list: found by state, words, channel, product and days; how many there are.

Promises: each measure is in exactly one of the shown states; a live one that has not begun is
`waiting`, one of which nothing was learnt yet after its end is `to_learn` beside `ended`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Tx

STATES = ("draft", "waiting", "live", "ended", "stopped", "dropped")


@dataclass(frozen=True, slots=True)
class MeasuresAsked:
    """Which measures. Empty is no matter; `first`…`last` are days they touch."""

    state: str = ""
    text: str = ""
    channel: str = ""
    kind: str = ""
    sku_id: int | None = None
    place_id: int | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """A measure in a list. `open` counts contradictions that wait for somebody."""

    number: int
    uid: UUID
    shown_state: str
    title: str
    kind: str
    starts_on: date | None
    ends_on: date | None
    channels: Sequence[str]
    axes: Sequence[Mapping[str, str]]
    skus: Sequence[int]
    cost_minor: int
    expected_minor: int | None
    people: int | None
    open: int
    learnings: int
    made_from: str
    actor: str
    launched_at: datetime | None


_FOUND = """
WITH newest AS (
  SELECT DISTINCT ON (v.measure_id) v.* FROM marketing_version v ORDER BY v.measure_id, v.n DESC
), found AS (
  SELECT m.id, m.number, m.uid,
         CASE WHEN m.state = 'live' AND v.starts_on > %(today)s THEN 'waiting'
              WHEN m.state = 'live' AND v.ends_on < %(today)s THEN 'ended'
              ELSE m.state END AS shown_state,
         v.title, v.kind, v.starts_on, v.ends_on, v.skus, v.expected_minor, v.made_from,
         m.actor, m.launched_at
  FROM marketing_measure m JOIN newest v ON v.measure_id = m.id
  WHERE (%(kind)s = '' OR v.kind = %(kind)s)
    AND (%(first)s::date IS NULL OR v.ends_on >= %(first)s)
    AND (%(last)s::date IS NULL OR v.starts_on <= %(last)s)
    AND (%(sku)s::bigint IS NULL OR v.skus @> to_jsonb(%(sku)s::bigint))
    AND (%(text)s = '' OR m.number::text = %(number)s OR v.title ILIKE %(like)s
         OR v.reason ILIKE %(like)s OR EXISTS (
           SELECT FROM marketing_placement p JOIN marketing_axis a ON a.id = p.axis_id
           WHERE p.measure_id = m.id AND (a.name ->> 'ja' ILIKE %(like)s
                                          OR a.name ->> 'en' ILIKE %(like)s)))
    AND (%(channel)s = '' OR EXISTS (SELECT FROM marketing_placement p
                                     WHERE p.measure_id = m.id AND p.channel = %(channel)s))
    AND (%(place)s::bigint IS NULL OR EXISTS (SELECT FROM marketing_placement p
                                     WHERE p.measure_id = m.id AND p.place_id = %(place)s))
)
"""
_ROWS = """
SELECT f.number, f.uid, f.shown_state, f.title, f.kind, f.starts_on, f.ends_on,
       coalesce(p.channels, '{}'), coalesce(p.axes, '[]'::jsonb), f.skus,
       (coalesce(p.cost, 0) + coalesce(r.cost, 0))::bigint, f.expected_minor, l.people,
       coalesce(o.open, 0), coalesce(r.learnings, 0), f.made_from, f.actor, f.launched_at,
       count(*) OVER ()
FROM found f
LEFT JOIN LATERAL (
  SELECT array_agg(DISTINCT p.channel) AS channels, sum(p.cost_minor) AS cost,
         jsonb_agg(DISTINCT a.name) FILTER (WHERE a.id IS NOT NULL) AS axes
  FROM marketing_placement p LEFT JOIN marketing_axis a ON a.id = p.axis_id
  WHERE p.measure_id = f.id
) p ON true
LEFT JOIN LATERAL (
  SELECT sum(cost_minor) AS cost, count(*) FILTER (WHERE kind = 'learning') AS learnings
  FROM marketing_remark WHERE measure_id = f.id
) r ON true
LEFT JOIN LATERAL (
  SELECT sum((counts ->> 'treated')::bigint)::bigint AS people FROM marketing_targetlist
  WHERE measure_id = f.id
) l ON true
LEFT JOIN LATERAL (
  SELECT count(*) AS open FROM marketing_finding
  WHERE f.id IN (measure_a_id, measure_b_id) AND gone_at IS NULL
    AND (accepted_until IS NULL OR accepted_until < %(today)s)
) o ON true
WHERE (%(state)s = '' AND f.shown_state <> 'dropped') OR f.shown_state = %(state)s
ORDER BY array_position(ARRAY['live', 'waiting', 'draft', 'ended', 'stopped', 'dropped'],
                        f.shown_state),
         CASE WHEN f.shown_state IN ('live', 'waiting') THEN f.ends_on END, f.number DESC
LIMIT %(limit)s OFFSET %(start)s
"""
_COUNTS = "SELECT shown_state, count(*) FROM found GROUP BY 1"


def measures(
    tx: Tx, asked: MeasuresAsked, *, today: date, limit: int = 50, start: int = 0
) -> tuple[list[MeasureRow], int]:
    """A page of measures: live ones first, then what waits and drafts; and how many there are."""
    given = {**_given(asked, today), "limit": limit, "start": start}
    rows = tx.rows(_FOUND + _ROWS, given)
    return [MeasureRow(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def by_state(tx: Tx, asked: MeasuresAsked, *, today: date) -> dict[str, int]:
    """How many measures are in each state, whatever state was asked for."""
    found: dict[str, int] = dict(tx.rows(_FOUND + _COUNTS, _given(asked, today)))
    return {state: found.get(state, 0) for state in STATES}


def _given(asked: MeasuresAsked, today: date) -> dict[str, Any]:
    plain = asked.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {
        "today": today,
        "state": asked.state,
        "text": asked.text,
        "number": asked.text.strip().lstrip("#").removeprefix("施策").strip(),
        "like": f"%{plain}%",
        "channel": asked.channel,
        "kind": asked.kind,
        "sku": asked.sku_id,
        "place": asked.place_id,
        "first": asked.first,
        "last": asked.last,
    }


def led_to_action(tx: Tx) -> tuple[int, int]:
    """How many measures were begun on a page of figures, and how many there are (drafts too)."""
    row = tx.row(
        """
        SELECT count(*) FILTER (WHERE made_from <> ''), count(*) FROM (
          SELECT DISTINCT ON (v.measure_id) v.made_from FROM marketing_version v
          JOIN marketing_measure m ON m.id = v.measure_id AND m.state <> 'dropped'
          ORDER BY v.measure_id, v.n
        ) first_versions
        """
    )
    assert row is not None
    return row[0], row[1]
