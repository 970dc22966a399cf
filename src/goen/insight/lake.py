"""The lake: what was sold and done as append-only Parquet by month, and small files beside it.

Only lines of transactions below the oldest running one are read, so none is ever missed; the
manifest is replaced atomically, so a reader sees all of a publication or nothing of it. Lines
carry integer ids and no personal data. A rebuild from zero gives the same rows.
"""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.db import connection

from goen.insight.feeds import BESIDE, LINE_FEED, LINES, Feed
from goen.kit import home
from goen.kit.db import Tx

__all__ = ["LINES"]

PERSONS = pa.schema([("record_id", pa.int64()), ("person_id", pa.int64()), ("unit", pa.string())])
SKUS = pa.schema(
    [("sku_id", pa.int64()), ("category_id", pa.int64()), ("assumed_margin", pa.decimal128(18, 4))]
)
CLAIMS = pa.schema([("order_id", pa.int64()), ("record_id", pa.int64())])
LOGINS = pa.schema([("visitor_id", pa.int64()), ("record_id", pa.int64())])
PARTS_AT_MOST = 8
"""More small files than this in a month are rewritten as one."""
ROWS_AT_ONCE = 500_000
LOCK = "analyst.lock"
"""Held by the one process that works on the lake; survives a rebuild."""
BROUGHT = "brought"
"""What other systems told and no database holds; survives a rebuild."""
_REBUILD = "rebuild"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the lake holds: files by month, all lines below `watermark`, and how many.

    `version` counts publications that changed anything; `margins` tells the assumed margins
    apart that the goods were published with.
    """

    watermark: int = 0
    version: int = 0
    rows: int = 0
    margins: str = ""
    files: dict[str, list[str]] = field(default_factory=dict)
    beside: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    """The files and the watermark of each feed beside the lines."""
    published_at: str = ""

    def paths_of(self, feed: str, folder: Path) -> list[str]:
        """The files of a feed beside the lines, oldest month first."""
        files = self.beside.get(feed, {})
        return [str(folder / name) for month in sorted(files) for name in files[month]]

    def paths(self, folder: Path) -> list[str]:
        """The line files, oldest month first."""
        return [str(folder / name) for month in sorted(self.files) for name in self.files[month]]


_FIELDS = tuple(Manifest.__dataclass_fields__)


def folder_of(shop: str) -> Path:
    """Where a shop's lake lies."""
    folder = home.shop_dir(shop) / "lake"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def manifest(folder: Path) -> Manifest:
    """The present manifest; an empty one before the first publication."""
    path = folder / "manifest.json"
    if not path.exists():
        return Manifest()
    found = json.loads(path.read_text())
    return Manifest(**{name: found[name] for name in _FIELDS if name in found})


def written(one: Manifest) -> dict[str, Any]:
    """A manifest as it stands in its file."""
    return {name: getattr(one, name) for name in _FIELDS}


def publish(tx: Tx, folder: Path, *, recorded_at: datetime) -> Manifest:
    """Bring the lake up to the last settled transaction; answers the new manifest."""
    before = manifest(folder)
    high = int(tx.value("SELECT pg_snapshot_xmin(pg_current_snapshot())::text"))
    files = _copied(before.files)
    added = _append(folder, files, LINE_FEED, before.watermark, high)
    beside, marks = {name: _copied(f) for name, f in before.beside.items()}, dict(before.marks)
    more = 0
    for feed in BESIDE:
        theirs = beside.setdefault(feed.name, {})
        more += _append(folder, theirs, feed, marks.get(feed.name, 0), high)
        marks[feed.name] = high
    margins = _margins(tx)
    changed = _publish_persons(tx, folder, before)
    changed |= _publish_logins(tx, folder, before)
    changed |= _publish_claims(tx, folder, before)
    changed |= _publish_goods(tx, folder, before, margins)
    if not added and not more and not changed:
        return before
    for each in (files, *beside.values()):
        _compact(folder, each)
    version, rows = before.version + 1, before.rows + added
    after = Manifest(high, version, rows, margins, files, beside, marks, recorded_at.isoformat())
    home.write_json(folder / "manifest.json", written(after))
    _sweep(folder, after)
    return after


def rebuild(tx: Tx, folder: Path, *, recorded_at: datetime) -> Manifest:
    """Throw the lake away and publish it anew from the database, for whoever has its lock."""
    version = manifest(folder).version
    for path in folder.iterdir():
        if path.is_dir() and path.name != BROUGHT:
            shutil.rmtree(path)
        elif path.is_file() and path.name != LOCK:
            path.unlink()
    home.write_json(folder / "manifest.json", {"version": version})
    return publish(tx, folder, recorded_at=recorded_at)


def ask_to_rebuild(folder: Path) -> None:
    """Whoever works on the lake next publishes it anew."""
    (folder / _REBUILD).touch()


def is_asked_to_rebuild(folder: Path) -> bool:
    """Whether that was asked and is not done yet."""
    return (folder / _REBUILD).exists()


def _append(folder: Path, files: dict[str, list[str]], feed: Feed, low: int, high: int) -> int:
    """Write what a feed has of transactions in [low, high) beside the old; answers how many rows.

    Only a feed's own mark moves: nothing is read twice and nothing is passed over.
    """
    added = 0
    for number, table in enumerate(_batches(feed.sql(low, high), feed.schema)):
        added += table.num_rows
        months = pc.strftime(table[feed.dated_by], format="%Y-%m")
        for month in pc.unique(months).to_pylist():
            name = f"{feed.name}/{month}/{low}-{high}-{number}.parquet"
            _write(folder / name, table.filter(pc.equal(months, month)))
            files.setdefault(month, []).append(name)
    return added


def _copied(files: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {month: list(names) for month, names in files.items()}


def _publish_persons(tx: Tx, folder: Path, before: Manifest) -> bool:
    """Rewrite who is who, if anybody was registered or merged since; says whether."""
    path = folder / "person_of.parquet"
    if path.exists() and not _newer(tx, "report_person_of", before):
        return False
    _write_view(path, "report_person_of", PERSONS)
    return True


def _publish_logins(tx: Tx, folder: Path, before: Manifest) -> bool:
    """Rewrite who was named on which device, if anybody was since; says whether."""
    path = folder / "login.parquet"
    if path.exists() and not _newer(tx, "report_login", before):
        return False
    _write_view(path, "report_login", LOGINS)
    return True


def _publish_claims(tx: Tx, folder: Path, before: Manifest) -> bool:
    """Rewrite which sales became somebody's, if any did since; says whether."""
    path = folder / "claim.parquet"
    if path.exists() and not _newer(tx, "report_claim", before):
        return False
    _write_view(path, "report_claim", CLAIMS)
    return True


def _publish_goods(tx: Tx, folder: Path, before: Manifest, margins: str) -> bool:
    """Rewrite the goods, if any was put or a margin assumed since; says whether."""
    path = folder / "sku.parquet"
    if path.exists() and margins == before.margins and not _newer(tx, "report_sku", before):
        return False
    _write_view(path, "report_sku", SKUS)
    return True


def _newer(tx: Tx, view: str, before: Manifest) -> bool:
    """Whether a transaction that was not settled at the last publication wrote to a view."""
    sql = f"SELECT EXISTS (SELECT FROM {view} WHERE xid >= '{before.watermark}'::xid8)"
    return bool(tx.value(sql))


def _margins(tx: Tx) -> str:
    sql = "SELECT count(*) || coalesce(max(changed_at)::text, '') FROM report_margin"
    return str(tx.value(sql))


def _write_view(path: Path, view: str, schema: pa.Schema) -> None:
    columns = ", ".join(schema.names)
    sql = f"COPY (SELECT {columns} FROM {view} ORDER BY 1) TO STDOUT (FORMAT csv)"
    _write(path, pa.concat_tables([schema.empty_table(), *_batches(sql, schema)]))


def _batches(sql: str, schema: pa.Schema) -> Any:
    """Tables of at most about ROWS_AT_ONCE rows from a COPY, parsed in native code."""
    options = pa_csv.ConvertOptions(column_types=schema, strings_can_be_null=True)
    reading = pa_csv.ReadOptions(column_names=schema.names)
    buffer, rows = io.BytesIO(), 0
    with connection.cursor() as cursor, cursor.cursor.copy(sql) as copy:
        for block in copy:
            buffer.write(block)
            rows += 1
            if rows >= ROWS_AT_ONCE:
                yield _parse(buffer, reading, options)
                buffer, rows = io.BytesIO(), 0
    if rows:
        yield _parse(buffer, reading, options)


def _parse(buffer: io.BytesIO, reading: Any, options: Any) -> pa.Table:
    buffer.seek(0)
    return pa_csv.read_csv(buffer, read_options=reading, convert_options=options)


def _write(path: Path, table: pa.Table) -> None:
    """A Parquet file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(table, unfinished, compression="zstd")
    unfinished.replace(path)


def _compact(folder: Path, files: dict[str, list[str]]) -> None:
    for month, names in files.items():
        if len(names) > PARTS_AT_MOST:
            whole = pa.concat_tables([pq.read_table(folder / name) for name in names])
            last = Path(names[-1])
            name = f"{last.parent}/whole-{last.stem}.parquet"
            _write(folder / name, whole)
            files[month] = [name]


def _sweep(folder: Path, now: Manifest) -> None:
    """Drop files no manifest names any more, keeping those a reader may have just opened."""
    kept = [now.files, *now.beside.values()]
    named = {str(folder / name) for files in kept for names in files.values() for name in names}
    newest = max((Path(name).stat().st_mtime for name in named), default=0.0)
    for path in folder.glob("*/*/*.parquet"):
        if str(path) not in named and path.stat().st_mtime < newest - 60:
            path.unlink()
