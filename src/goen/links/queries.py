"""Reading loads: what came in, how far it is, and what could not be used."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Row, Tx

WAITING = ("counting", "queued", "direct")


@dataclass(frozen=True, slots=True)
class LoadShown:
    """One file and what became of it."""

    id: int
    uid: UUID
    kind: str
    file_name: str
    sha256: str
    mapping: Mapping[str, Any]
    preview: Mapping[str, Any]
    target: str
    state: str
    position: int
    attempts: int
    read: int
    loaded: int
    repeated: int
    parked: int
    actor: str
    started_at: datetime
    finished_at: datetime | None
    error: str
    emptied_at: datetime | None
    """When the rows that could not be used were emptied, their time being over."""

    @property
    def progress_name(self) -> str:
        """Its row in `kit.progress`."""
        return f"load:{self.uid}"

    @property
    def accounted(self) -> bool:
        """Whether every row that was read became something."""
        return self.read == self.loaded + self.repeated + self.parked


@dataclass(frozen=True, slots=True)
class ParkedShown:
    """A row that could not be used, with the reason and the cells as read, until `emptied_at`."""

    row_no: int
    code: str
    field: str
    cells: tuple[str, ...]
    emptied_at: datetime | None = None
    emptied_why: str = ""


_COLUMNS = """
SELECT id, uid, kind, file_name, sha256, mapping, preview, target, state, position, attempts,
  read, loaded, repeated, parked, actor, started_at, finished_at, error, emptied_at
FROM links_load
"""


def loads(tx: Tx, *, limit: int = 50) -> list[LoadShown]:
    """The latest first; what was thrown away before it began is left out."""
    sql = _COLUMNS + "WHERE state <> 'discarded' ORDER BY started_at DESC, id DESC LIMIT %s"
    return [_shown(row) for row in tx.rows(sql, [limit])]


def load(tx: Tx, uid: UUID) -> LoadShown | None:
    """One load."""
    row = tx.row(_COLUMNS + "WHERE uid = %s", [uid])
    return None if row is None else _shown(row)


def same_file(tx: Tx, sha256: str) -> list[LoadShown]:
    """Loads of this very file that wrote something, or still may."""
    states = ["queued", "direct", "done", "failed"]
    sql = _COLUMNS + "WHERE sha256 = %s AND state = ANY(%s) ORDER BY id DESC"
    return [_shown(row) for row in tx.rows(sql, [sha256, states])]


def next_waiting(tx: Tx) -> LoadShown | None:
    """The oldest file that waits for the worker."""
    sql = _COLUMNS + "WHERE state IN ('counting', 'queued') ORDER BY started_at, id LIMIT 1"
    row = tx.row(sql)
    return None if row is None else _shown(row)


def parked(tx: Tx, load_id: int, *, limit: int | None = None, after: int = 0) -> list[ParkedShown]:
    """Rows of a load that could not be used, in the order of the file."""
    rows = tx.rows(
        "SELECT row_no, code, field, raw, emptied_at, emptied_why FROM links_parkedrow"
        " WHERE load_id = %s AND row_no > %s ORDER BY row_no LIMIT %s",
        [load_id, after, limit],
    )
    return [
        ParkedShown(no, code, field, tuple(_parsed(raw)), *emptied)
        for no, code, field, raw, *emptied in rows
    ]


def parked_by_code(tx: Tx, load_id: int) -> list[tuple[str, str, int, int]]:
    """Reasons with field, count and the first row of each, the commonest first."""
    return [
        (row[0], row[1], row[2], row[3])
        for row in tx.rows(
            "SELECT code, field, count(*), min(row_no) FROM links_parkedrow WHERE load_id = %s"
            " GROUP BY 1, 2 ORDER BY 3 DESC, 1",
            [load_id],
        )
    ]


def _shown(row: Row) -> LoadShown:
    given: list[Any] = list(row)
    given[5:7] = [_parsed(row[5]), _parsed(row[6])]
    return LoadShown(*given)


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
