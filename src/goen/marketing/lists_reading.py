"""Reading frozen lists: what was counted, and the people behind each count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.marketing.conditions import Conditions, parse

LEAST_CONTROL = 0.05
"""Below this share a control group seldom says anything: warned of, not refused."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of the people found stand where; `excluded` by cause, in the order of `CAUSES`."""

    found: int
    treated: int
    control: int
    holdout: int
    excluded: Mapping[str, int]
    control_share: float
    holdout_share: float
    as_of: datetime | None

    @property
    def left_out(self) -> int:
        """All who are in no arm."""
        return sum(self.excluded.values())

    @property
    def small_control(self) -> bool:
        """Whether the control group is too small to say much."""
        return self.control_share < LEAST_CONTROL


@dataclass(frozen=True, slots=True)
class ListShown:
    """A list as pages show it."""

    list_id: int
    uid: UUID
    measure_uid: UUID | None
    measure_number: int | None
    measure_title: str
    segment_name: str
    conditions: Conditions
    channel: str
    counts: Counts
    made_at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class TargetShown:
    """One person of a list. `person_now` is who they are today, after merges."""

    person_id: int
    person_now: int
    record_id: int
    arm: str
    cause: str


_SHOWN = """
SELECT l.id, l.uid, m.uid, m.number, coalesce(v.title, ''), coalesce(s.name, ''), l.conditions,
       l.channel, l.found, l.counts, l.control_share::float8, l.holdout_share::float8, l.as_of,
       l.made_at, l.actor
FROM marketing_targetlist l
LEFT JOIN marketing_measure m ON m.id = l.measure_id
LEFT JOIN LATERAL (
  SELECT title FROM marketing_version WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) v ON true
LEFT JOIN marketing_segment s ON s.id = l.segment_id
"""


def read(tx: Tx, uid: UUID) -> ListShown | None:
    """A list by its id."""
    row = tx.row(f"{_SHOWN} WHERE l.uid = %s", [uid])
    return None if row is None else _shown(row)


def of_measure(tx: Tx, measure_uid: UUID) -> list[ListShown]:
    """The lists of a measure, the newest first."""
    rows = tx.rows(f"{_SHOWN} WHERE m.uid = %s ORDER BY l.id DESC", [measure_uid])
    return [_shown(row) for row in rows]


def treated(tx: Tx, list_id: int) -> list[tuple[int, int]]:
    """(person, record) of everybody who is to be written to, ascending by person."""
    sql = (
        "SELECT person_id, record_id FROM marketing_target"
        " WHERE target_list_id = %s AND arm = 'treated' ORDER BY person_id"
    )
    return [(person, record) for person, record in tx.rows(sql, [list_id])]


def treated_now(tx: Tx, list_id: int) -> list[int]:
    """Who those people are today, each once, ascending."""
    rows = tx.rows(
        "SELECT DISTINCT p.person_id FROM marketing_target t"
        " JOIN report_person_of p ON p.record_id = t.record_id"
        " WHERE t.target_list_id = %s AND t.arm = 'treated' ORDER BY 1",
        [list_id],
    )
    return [row[0] for row in rows]


def targets(
    tx: Tx, list_id: int, *, arm: str = "", cause: str = "", limit: int = 50, offset: int = 0
) -> list[TargetShown]:
    """Some people of a list, by arm or cause, by what they brought so far."""
    rows = tx.rows(
        """
        SELECT t.person_id, p.person_id, t.record_id, t.arm, t.cause
        FROM marketing_target t
        JOIN report_person_of p ON p.record_id = t.record_id
        LEFT JOIN insight_personfigure f ON f.person_id = p.person_id
        WHERE t.target_list_id = %s AND (%s = '' OR t.arm = %s) AND (%s = '' OR t.cause = %s)
        ORDER BY f.profit_minor DESC NULLS LAST, t.person_id LIMIT %s OFFSET %s
        """,
        [list_id, arm, arm, cause, cause, limit, offset],
    )
    return [TargetShown(*row) for row in rows]


def _shown(row: Row) -> ListShown:
    conditions = parse(row[6])
    assert isinstance(conditions, Conditions), row[6]
    found, said = row[8], row[9]
    counts = Counts(
        found, said["treated"], said["control"], said["holdout"], said["excluded"],
        row[10], row[11], row[12],
    )  # fmt: skip
    return ListShown(*(*row[:6], conditions, row[7], counts, *row[13:]))
