"""Measures as they are read: one of them whole, or many as a list.

Promises: a measure is its newest version; what it costs is what its placements cost and what was
added since; days of a placement end with its measure's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.marketing.measures_reading import CONTENT


@dataclass(frozen=True, slots=True)
class PlacementShown:
    """Where a measure speaks. `ended_on` is set when it was ended before its last day."""

    uid: UUID
    channel: str
    medium: str
    axis_id: int | None
    axis: str | None
    axis_name: Mapping[str, str] | None
    says: str
    material: str
    starts_on: date
    ends_on: date
    ended_on: date | None
    cost_minor: int
    place_id: int | None
    place_name: Mapping[str, str] | None


@dataclass(frozen=True, slots=True)
class RemarkShown:
    """What was added to a measure."""

    uid: UUID
    kind: str
    text: str
    cost_minor: int
    detail: Mapping[str, Any]
    recorded_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """A measure with everything it says. `n` is its newest version, `written_by` who wrote it."""

    id: int
    uid: UUID
    number: int
    state: str
    created_at: datetime
    launched_at: datetime | None
    ended_at: datetime | None
    actor: str
    n: int
    recorded_at: datetime
    written_by: str
    title: str
    kind: str
    trigger: str
    reason: str
    evidence: str
    expected: str
    expected_minor: int | None
    starts_on: date | None
    ends_on: date | None
    window_days: int
    control_share: float
    skus: tuple[int, ...]
    builds_on: tuple[int, ...]
    segment_id: int | None
    conditions: Mapping[str, Any]
    made_from: str
    coupon_kind: str
    placements: tuple[PlacementShown, ...]
    remarks: tuple[RemarkShown, ...]

    @property
    def cost_minor(self) -> int:
        """What all of it costs, by plan and by what was added."""
        planned = sum(one.cost_minor for one in self.placements)
        return planned + sum(one.cost_minor for one in self.remarks)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels it speaks in, in the order they were added."""
        return tuple(dict.fromkeys(one.channel for one in self.placements))

    @property
    def axes(self) -> dict[str, Mapping[str, str]]:
        """The appeal points it makes: code and name."""
        return {
            one.axis: one.axis_name
            for one in self.placements
            if one.axis is not None and one.axis_name is not None
        }

    @property
    def learnings(self) -> tuple[RemarkShown, ...]:
        """What was learnt, the latest first."""
        return tuple(one for one in reversed(self.remarks) if one.kind == "learning")


_ONE = f"""
SELECT m.id, m.uid, m.number, m.state, m.created_at, m.launched_at, m.ended_at, m.actor, v.n,
       v.recorded_at, v.actor, {", ".join(f"v.{name}" for name in CONTENT)}
FROM marketing_measure m
JOIN LATERAL (
  SELECT * FROM marketing_version WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) v ON true
"""
_PLACEMENTS = """
SELECT p.measure_id, p.uid, p.channel, p.medium, p.axis_id, a.code, a.name, p.says, p.material,
       p.starts_on, p.ends_on, p.ended_on, p.cost_minor, p.place_id, s.name
FROM marketing_placement p LEFT JOIN marketing_axis a ON a.id = p.axis_id
LEFT JOIN places_place s ON s.id = p.place_id
WHERE p.measure_id = ANY(%s) ORDER BY p.id
"""
_REMARKS = """
SELECT measure_id, uid, kind, text, cost_minor, detail, recorded_at, actor FROM marketing_remark
WHERE measure_id = ANY(%s) ORDER BY recorded_at, id
"""


def measure(tx: Tx, number: int) -> MeasureShown | None:
    """The measure of a number, or None."""
    return measures(tx, [number]).get(number)


def measures(tx: Tx, numbers: Sequence[int]) -> dict[int, MeasureShown]:
    """The measures of these numbers, by number; unknown ones are left out."""
    found = _shown(tx, tx.rows(f"{_ONE} WHERE m.number = ANY(%s)", [list(numbers)]))
    return {one.number: one for one in found}


def by_uid(tx: Tx, uid: UUID) -> MeasureShown | None:
    """The measure of an id, or None."""
    return next(iter(_shown(tx, tx.rows(f"{_ONE} WHERE m.uid = %s", [uid]))), None)


def _shown(tx: Tx, rows: Sequence[Row]) -> list[MeasureShown]:
    ids = [row[0] for row in rows]
    placements: dict[int, list[PlacementShown]] = {id_: [] for id_ in ids}
    remarks: dict[int, list[RemarkShown]] = {id_: [] for id_ in ids}
    if ids:
        for id_, *one in tx.rows(_PLACEMENTS, [ids]):
            placements[id_].append(PlacementShown(*one))
        for id_, *one in tx.rows(_REMARKS, [ids]):
            remarks[id_].append(RemarkShown(*one))
    return [_one(row, placements[row[0]], remarks[row[0]]) for row in rows]


_HEAD = ("id", "uid", "number", "state", "created_at", "launched_at", "ended_at", "actor", "n",
         "recorded_at", "written_by")  # fmt: skip


def _one(
    row: Row, placements: Sequence[PlacementShown], remarks: Sequence[RemarkShown]
) -> MeasureShown:
    said = dict(zip(CONTENT, row[11:], strict=True))
    said["control_share"] = float(said["control_share"])
    said["skus"], said["builds_on"] = tuple(said["skus"]), tuple(said["builds_on"])
    head = dict(zip(_HEAD, row[:11], strict=True))
    return MeasureShown(**head, **said, placements=tuple(placements), remarks=tuple(remarks))


@dataclass(frozen=True, slots=True)
class VersionShown:
    """One version of a measure: what it changed, from what to what."""

    n: int
    recorded_at: datetime
    actor: str
    changes: Mapping[str, tuple[Any, Any]]


def versions(tx: Tx, measure_id: int) -> list[VersionShown]:
    """How a measure came to be what it is, the newest version first."""
    names = ", ".join(CONTENT)
    rows = tx.rows(
        f"SELECT n, recorded_at, actor, {names} FROM marketing_version"
        " WHERE measure_id = %s ORDER BY n",
        [measure_id],
    )
    found, before = [], None
    for n, recorded_at, actor, *said in rows:
        now = dict(zip(CONTENT, said, strict=True))
        changes = {
            name: (None if before is None else before[name], now[name])
            for name in CONTENT
            if (
                now[name] not in (None, "", [], {}) if before is None else now[name] != before[name]
            )
        }
        found.append(VersionShown(n, recorded_at, actor, changes))
        before = now
    return found[::-1]


def numbers(tx: Tx, uids: list[UUID]) -> dict[UUID, tuple[int, str]]:
    """Number and title of measures by their ids."""
    rows = tx.rows(
        """
        SELECT DISTINCT ON (m.id) m.uid, m.number, v.title FROM marketing_measure m
        JOIN marketing_version v ON v.measure_id = m.id WHERE m.uid = ANY(%s)
        ORDER BY m.id, v.n DESC
        """,
        [uids],
    )
    return {uid: (number, title) for uid, number, title in rows}


def titles(tx: Tx, wanted: list[int]) -> dict[int, str]:
    """Titles of measures by their numbers."""
    rows = tx.rows(
        """
        SELECT DISTINCT ON (m.id) m.number, v.title FROM marketing_measure m
        JOIN marketing_version v ON v.measure_id = m.id WHERE m.number = ANY(%s)
        ORDER BY m.id, v.n DESC
        """,
        [wanted],
    )
    return dict(rows)
