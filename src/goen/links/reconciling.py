"""A source's own counts beside what is in the books, with where every difference went.

Promises: a count of the source is made on the source's files and never on what was loaded from
them; a difference without a reason stays a difference and is shown as one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Compared:
    """A subject as the source counts it and as we do; `apart` are reasons and how many each."""

    subject: str
    of_source: int
    ours: int
    apart: tuple[tuple[str, int], ...] = ()

    @property
    def unexplained(self) -> int:
        """What is left of the difference when every reason is counted."""
        return self.of_source - self.ours - sum(count for _, count in self.apart)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All counts of one load, as of a moment."""

    load: UUID
    kind: str
    counted_at: datetime
    rows: tuple[Compared, ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing is left unexplained."""
        return not any(row.unexplained for row in self.rows)


def keep(tx: Tx, load_id: int, rows: Sequence[Compared], *, recorded_at: datetime) -> None:
    """Write a load's counts in place of those before."""
    tx.execute("DELETE FROM links_reconciled WHERE load_id = %s", [load_id])
    for n, row in enumerate(rows):
        apart = json.dumps([{"code": code, "count": count} for code, count in row.apart])
        tx.execute(
            "INSERT INTO links_reconciled (load_id, n, subject, of_source, ours, apart, counted_at)"
            " VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s)",
            [load_id, n, row.subject, row.of_source, row.ours, apart, recorded_at],
        )


def newest(tx: Tx) -> Reconciliation | None:
    """The counts of the newest load that has any."""
    found = tx.row(
        "SELECT l.id, l.uid, l.kind, max(r.counted_at) FROM links_reconciled r"
        " JOIN links_load l ON l.id = r.load_id GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 1"
    )
    if found is None:
        return None
    load_id, uid, kind, at = found
    rows = tx.rows(
        "SELECT subject, of_source, ours, apart FROM links_reconciled WHERE load_id = %s"
        " ORDER BY n",
        [load_id],
    )
    return Reconciliation(uid, kind, at, tuple(_compared(*row) for row in rows))


def _compared(subject: str, of_source: int, ours: int, apart: Any) -> Compared:
    told = json.loads(apart) if isinstance(apart, str) else apart
    reasons = tuple((one["code"], one["count"]) for one in told)
    return Compared(subject, of_source, ours, reasons)
