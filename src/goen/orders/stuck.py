"""Which orders wait longer than their flow allows, and how many people know each step.

An order waits since it was placed, or since goods of it were last laid ready or handed over; not
before the day it is wanted. A step that one person alone did is a risk: nobody else knows it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from goen.kit.arrays import columns
from goen.kit.db import Row, Tx
from goen.orders import flow
from goen.orders.flow_versions import FLOWS, current

LOOKS_BACK = timedelta(days=90)
"""How far back people count as knowing a step."""


@dataclass(frozen=True, slots=True)
class Stuck:
    """An order that waits too long for a step, since an instant, and how long too long."""

    order_id: int
    uid: UUID
    source_no: str
    place_id: int
    channel_id: int
    route: str
    state: str
    step: flow.Step
    since: datetime
    late_by: timedelta


@dataclass(frozen=True, slots=True)
class People:
    """Who did a step lately: `names` as written on the slips, `acts` how often it was done."""

    step: str
    acts: int
    names: tuple[str, ...]

    @property
    def rests_on_one(self) -> bool:
        """Whether a single person does it."""
        return len(self.names) == 1


_WAITING = """
WITH limits AS (
  SELECT * FROM unnest(%(versions)s::int[], %(routes)s::text[], %(states)s::text[],
                       %(limits)s::interval[]) AS given (version, route, state, most)
), waiting AS (
  SELECT o.id, o.uid, o.source_no, o.place_id, o.channel_id, o.state, o.flow_version,
    CASE WHEN d.method = 'collect' THEN 'collect' WHEN c.kind = 'store' THEN 'ec' ELSE c.kind END
      AS route,
    greatest(coalesce(max(s.occurred_at), o.occurred_at),
             d.wanted_on::timestamp AT TIME ZONE p.timezone) AS since
  FROM orders_order o JOIN places_channel c ON c.id = o.channel_id
  JOIN places_place p ON p.id = o.place_id
  LEFT JOIN orders_delivery d ON d.order_id = o.id
  LEFT JOIN orders_slip s ON s.order_id = o.id AND s.kind IN ('ready', 'ship', 'hand_over')
  WHERE o.state IN ('placed', 'ready', 'part')
  GROUP BY o.id, c.kind, p.timezone, d.order_id
)
SELECT w.id, w.uid, w.source_no, w.place_id, w.channel_id, w.route, w.state, w.since,
       %(at)s - w.since - l.most, w.flow_version
FROM waiting w JOIN limits l ON l.version = w.flow_version AND l.route = w.route
  AND l.state = w.state
WHERE w.since + l.most < %(at)s ORDER BY w.since + l.most, w.id
"""


def stuck(tx: Tx, *, at: datetime) -> list[Stuck]:
    """Orders that wait longer than the step's limit, the longest overdue first."""
    versions, routes, states, limits = columns(_limits())
    given = {"versions": versions, "routes": routes, "states": states, "limits": limits, "at": at}
    return [
        Stuck(
            id_, uid, number, place, channel, route, state, _awaited(version, route, state), since,
            late_by,
        )
        for id_, uid, number, place, channel, route, state, since, late_by, version in tx.rows(
            _WAITING, given
        )
    ]  # fmt: skip


def _limits() -> list[Row]:
    """(version, route, state, limit) of every state that an order may wait in."""
    return [
        (version, route, state, step.limit)
        for version, one in FLOWS.items()
        for route in flow.ROUTES
        for state in ("placed", "ready", "part")
        if (step := flow.next_step(one, route, state)) is not None and step.limit is not None
    ]


def _awaited(version: int, route: str, state: str) -> flow.Step:
    step = flow.next_step(FLOWS[version], route, state)
    assert step is not None, (version, route, state)
    return step


_PEOPLE = """
SELECT kind, sum(acts)::bigint, array_agg(DISTINCT who ORDER BY who) FILTER (WHERE who <> '')
FROM (
  SELECT s.kind, count(*) AS acts,
    coalesce(w.code, CASE WHEN s.actor LIKE 'staff:%%' THEN substr(s.actor, 7) END, '') AS who
  FROM orders_slip s LEFT JOIN places_staff w ON w.id = s.staff_id
  WHERE s.recorded_at > %(since)s GROUP BY 1, 3
  UNION ALL
  SELECT CASE o.kind WHEN 'sale' THEN 'sell' ELSE 'place' END, count(*),
    coalesce(w.code, CASE WHEN o.actor LIKE 'staff:%%' THEN substr(o.actor, 7) END, '')
  FROM orders_order o LEFT JOIN places_staff w ON w.id = o.staff_id
  WHERE o.business_date > (%(since)s AT TIME ZONE 'UTC')::date AND o.recorded_at > %(since)s
    AND NOT o.history
  GROUP BY 1, 3
) done GROUP BY kind
"""


def people(tx: Tx, *, at: datetime) -> dict[str, People]:
    """Who did each step in the last 90 days, by the step's code; steps nobody did are there too."""
    found = {
        kind: People(kind, acts, tuple(names or ()))
        for kind, acts, names in tx.rows(_PEOPLE, {"since": at - LOOKS_BACK})
    }
    codes = {s.code for s in current().steps}
    codes |= {s.code for d in current().deviations for s in d.instead}
    return {code: found.get(code, People(code, 0, ())) for code in sorted(codes)}
