"""Contradictions as they are read: those that wait, those accepted, those that are gone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from goen.kit.db import Row, Tx

SHOWN = ("open", "accepted", "gone")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: a measure, what it says, and in which channels."""

    number: int
    title: str
    state: str
    axis: str
    axis_name: Mapping[str, str]
    channels: Sequence[str]


@dataclass(frozen=True, slots=True)
class FindingShown:
    """A contradiction on record. `overlap` None: whoever passes by may hear both."""

    id: int
    kind: str
    shown: str
    a: Side
    b: Side
    skus: Sequence[int]
    opposed: bool
    overlap: int | None
    starts_on: date
    ends_on: date
    found_at: datetime
    gone_at: datetime | None
    accepted_at: datetime | None
    accepted_by: str
    accepted_why: str
    accepted_until: date | None

    @property
    def concerns_a_draft(self) -> bool:
        """Whether nobody heard it yet, since one of them was not launched."""
        return "draft" in (self.a.state, self.b.state)


_SHOWN = """
CASE WHEN f.gone_at IS NOT NULL OR ma.state NOT IN ('live', 'draft')
          OR mb.state NOT IN ('live', 'draft') OR f.ends_on < %(today)s THEN 'gone'
     WHEN f.accepted_until >= %(today)s THEN 'accepted' ELSE 'open' END
"""
_FROM = """
FROM marketing_finding f
JOIN marketing_measure ma ON ma.id = f.measure_a_id
JOIN marketing_measure mb ON mb.id = f.measure_b_id
"""
_FINDINGS = f"""
SELECT f.id, f.kind, {_SHOWN} AS shown,
       ma.number, va.title, ma.state, xa.code, xa.name, f.channels_a,
       mb.number, vb.title, mb.state, xb.code, xb.name, f.channels_b,
       f.skus, f.opposed, f.overlap, f.starts_on, f.ends_on, f.found_at, f.gone_at, f.accepted_at,
       f.accepted_by, f.accepted_why, f.accepted_until
{_FROM}
JOIN marketing_axis xa ON xa.id = f.axis_a_id JOIN marketing_axis xb ON xb.id = f.axis_b_id
JOIN LATERAL (SELECT title FROM marketing_version WHERE measure_id = ma.id
              ORDER BY n DESC LIMIT 1) va ON true
JOIN LATERAL (SELECT title FROM marketing_version WHERE measure_id = mb.id
              ORDER BY n DESC LIMIT 1) vb ON true
WHERE (%(shown)s = '' OR {_SHOWN} = %(shown)s)
  AND (%(number)s::int IS NULL OR %(number)s IN (ma.number, mb.number))
ORDER BY f.opposed DESC, f.starts_on, f.id
LIMIT %(limit)s
"""


def findings(
    tx: Tx, *, today: date, shown: str = "", number: int | None = None, limit: int = 200
) -> list[FindingShown]:
    """Contradictions: outright ones first, then the earliest; of one measure, if asked."""
    given = {"today": today, "shown": shown, "number": number, "limit": limit}
    return [_finding(row) for row in tx.rows(_FINDINGS, given)]


def _finding(row: Row) -> FindingShown:
    finding_id, kind, state = row[:3]
    return FindingShown(finding_id, kind, state, Side(*row[3:9]), Side(*row[9:15]), *row[15:])


def waiting(tx: Tx, *, today: date) -> int:
    """How many contradictions of live measures nobody has accepted: what home shows."""
    sql = f"""
    SELECT count(*) {_FROM} WHERE {_SHOWN} = 'open' AND ma.state = 'live' AND mb.state = 'live'
    """
    return int(tx.value(sql, {"today": today}))


def counts(tx: Tx, *, today: date) -> dict[str, int]:
    """How many are open, accepted and gone."""
    found: dict[str, int] = dict(
        tx.rows(f"SELECT {_SHOWN}, count(*) {_FROM} GROUP BY 1", {"today": today})
    )
    return {shown: found.get(shown, 0) for shown in SHOWN}
