"""Long work shows how far it is: a name, done of total, an end or an error.

Every call commits on its own, so that a page sees it while the work's own transaction is open.
Call it between transactions, never inside one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from goen.kit import clock
from goen.kit.db import Row, Tx, tx


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of long work. `total` is None while the size is unknown."""

    name: str
    label: Mapping[str, str]
    done: int
    total: int | None
    started_at: datetime
    updated_at: datetime
    finished_at: datetime | None
    error: str

    @property
    def percent(self) -> int | None:
        """Whole percent, only where the total is known."""
        return None if not self.total else min(100, self.done * 100 // self.total)


def start(name: str, label: Mapping[str, str], total: int | None = None) -> None:
    """Begin (or begin again) a piece of work."""
    at = clock.now()
    with tx() as t:
        t.execute(
            """
            INSERT INTO kit_progress (name, label, done, total, started_at, updated_at, error)
            VALUES (%s, %s::jsonb, 0, %s, %s, %s, '')
            ON CONFLICT (name) DO UPDATE SET label = excluded.label, done = 0,
              total = excluded.total, started_at = excluded.started_at,
              updated_at = excluded.updated_at, finished_at = NULL, error = ''
            """,
            [name, json.dumps(dict(label), ensure_ascii=False), total, at, at],
        )


def advance(name: str, done: int, total: int | None = None) -> None:
    """Say how much is done so far."""
    with tx() as t:
        t.execute(
            """
            UPDATE kit_progress SET done = %s, total = coalesce(%s, total), updated_at = %s
            WHERE name = %s
            """,
            [done, total, clock.now(), name],
        )


def finish(name: str, error: str = "") -> None:
    """The end, good or bad."""
    at = clock.now()
    with tx() as t:
        t.execute(
            """
            UPDATE kit_progress SET finished_at = %s, updated_at = %s, error = %s WHERE name = %s
            """,
            [at, at, error, name],
        )


_COLUMNS = "name, label, done, total, started_at, updated_at, finished_at, error"


def running(t: Tx) -> list[Work]:
    """Work that has not ended, oldest first."""
    sql = f"SELECT {_COLUMNS} FROM kit_progress WHERE finished_at IS NULL ORDER BY started_at"
    return [_work(row) for row in t.rows(sql)]


def one(t: Tx, name: str) -> Work | None:
    """One piece of work by its name."""
    row = t.row(f"SELECT {_COLUMNS} FROM kit_progress WHERE name = %s", [name])
    return None if row is None else _work(row)


def _work(row: Row) -> Work:
    return Work(*row)
