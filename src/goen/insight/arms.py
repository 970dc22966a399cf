"""Who was assigned to what, before anything happened: what effects are measured by.

Promises: an assignment is written once and never changed; a person who is merged later keeps the
first arm they had.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Assigned:
    """One person's arm (treated, control, holdout); `record_id` is any record of theirs."""

    person_id: int
    record_id: int
    arm: str


def put(tx: Tx, origin: str, assigned: Sequence[Assigned], *, assigned_at: datetime) -> int:
    """Write who is in which arm of something; those who have one keep it. Answers how many."""
    return tx.execute(
        """
        INSERT INTO insight_arm (origin, person_id, record_id, arm, assigned_at)
        SELECT %s, person, record, arm, %s
        FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS given (person, record, arm)
        ON CONFLICT DO NOTHING
        """,
        [
            origin,
            assigned_at,
            [one.person_id for one in assigned],
            [one.record_id for one in assigned],
            [one.arm for one in assigned],
        ],
    )


def read(tx: Tx, origin: str) -> list[Assigned]:
    """Everybody assigned to something, as written."""
    sql = "SELECT person_id, record_id, arm FROM insight_arm WHERE origin = %s ORDER BY person_id"
    return [Assigned(*row) for row in tx.rows(sql, [origin])]
