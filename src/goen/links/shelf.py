"""The rows of a file, read once and sorted into receipts, in a small database file of their own.

Promises: rows of one receipt come together wherever they stand in the file; the same file, or an
overlapping one, gives the same documents; memory stays small however long the file is; a shelf is
complete or does not exist. Without a receipt number a receipt is what one customer bought at one
moment in one store; without those, every row is a receipt of its own.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import blake2b
from itertools import groupby
from pathlib import Path
from typing import Any

from goen.links import reading, tables
from goen.links.plans import Plan
from goen.links.reading import Line, Parked
from goen.links.tables import Cells

MOST_LINES = 2000
"""More rows than this are not one receipt but a wrong column for its number."""

_CHUNK = 5000
_TABLES = """
CREATE TABLE row (row_no INTEGER PRIMARY KEY, day TEXT, second INTEGER, offset_min INTEGER,
  receipt TEXT, store TEXT, staff TEXT, customer TEXT, product TEXT, qty INTEGER,
  amount INTEGER, tax TEXT, raw TEXT);
CREATE TABLE parked (row_no INTEGER PRIMARY KEY, code TEXT, field TEXT, raw TEXT);
CREATE TABLE product (code TEXT PRIMARY KEY, name TEXT, barcode TEXT, category TEXT);
CREATE TABLE cost (code TEXT, day TEXT, cost TEXT, PRIMARY KEY (code, day));
CREATE TABLE customer (key TEXT PRIMARY KEY, name TEXT);
CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT);
"""
_INSERT_ROW = "INSERT INTO row VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)"
_INSERT_PARKED = "INSERT INTO parked VALUES (?,?,?,?)"

# A slash inside a part must not look like the slash between two parts.
_DOCUMENTS = """
CREATE TABLE document AS
SELECT row_no, kind, CASE kind
    WHEN 'number' THEN day || '/' || replace(store, '/', '∕') || '/' || replace(receipt, '/', '∕')
    WHEN 'moment' THEN day || 'T' || second || '/' || replace(store, '/', '∕') || '/' || customer
    ELSE day || '/' || short(content) || '-'
      || row_number() OVER (PARTITION BY kind, content ORDER BY row_no)
  END AS doc
FROM (
  SELECT row_no, day, second, store, receipt, customer, CASE
      WHEN receipt <> '' THEN 'number'
      WHEN :timed AND second IS NOT NULL AND customer <> '' THEN 'moment'
      ELSE 'row' END AS kind,
    concat_ws('|', day, second, store, customer, product, qty, amount) AS content
  FROM row
)
"""
_SPLIT = """
UPDATE document SET doc = doc || '/'
  || (SELECT customer FROM row r WHERE r.row_no = document.row_no)
WHERE kind = 'number' AND doc IN (
  SELECT doc FROM document JOIN row USING (row_no)
  GROUP BY doc HAVING count(DISTINCT nullif(customer, '')) > 1)
"""
_RECEIPTS = """
CREATE TABLE receipt AS
SELECT row_number() OVER (ORDER BY min(day), min(coalesce(second, 0)), min(row_no)) AS seq,
  doc, kind, min(day) AS day, min(second) AS second, min(offset_min) AS offset_min,
  min(store) AS store, max(staff) AS staff, max(customer) AS customer, count(*) AS lines
FROM document JOIN row USING (row_no) GROUP BY kind, doc
"""
_LINES = """
CREATE TABLE line (seq INTEGER, row_no INTEGER, product TEXT, qty INTEGER, amount INTEGER,
  tax TEXT, raw TEXT, PRIMARY KEY (seq, row_no)) WITHOUT ROWID;
INSERT INTO line SELECT seq, row_no, product, qty, amount, tax, raw
FROM receipt JOIN document USING (kind, doc) JOIN row USING (row_no) ORDER BY seq, row_no;
DROP TABLE document;
DROP TABLE row;
CREATE UNIQUE INDEX receipt_seq ON receipt (seq);
"""

Report = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """A line of a receipt, with the row it came from."""

    row_no: int
    product: str
    qty: int
    amount_minor: int
    tax_class: str | None
    raw: Cells


@dataclass(frozen=True, slots=True)
class Receipt:
    """One document of the file: by number, by moment, or a row alone (`kind`)."""

    seq: int
    doc: str
    kind: str
    day: date
    second: int | None
    offset_min: int | None
    store: str
    staff: str
    customer: str
    lines: tuple[ShelfLine, ...]


def build(
    source: Path, target: Path, plan: Plan, *, currency: str, today: date, report: Report
) -> dict[str, Any]:
    """Read the whole file onto a shelf; answers its counts. `report` hears rows read so far."""
    draft = target.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(draft)) as base:
        draft.chmod(0o600)  # rows hold people's keys and names
        base.create_function("short", 1, _short, deterministic=True)
        base.create_function("concat_ws", -1, _joined, deterministic=True)
        base.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
        _fill(base, source, plan, currency, today, report)
        _sort(base)
        counts = _counts(base)
        base.execute("INSERT INTO fact VALUES ('counts', ?)", [json.dumps(counts)])
        base.commit()
    draft.replace(target)
    return counts


def _fill(
    base: sqlite3.Connection,
    source: Path,
    plan: Plan,
    currency: str,
    today: date,
    report: Report,
) -> None:
    read = reading.reader(plan, currency=currency, today=today)
    seen = _Seen()
    good: list[tuple[object, ...]] = []
    bad: list[tuple[object, ...]] = []
    for done, (row_no, cells) in enumerate(tables.rows(source, plan.layout), start=1):
        found = read(row_no, cells)
        raw = json.dumps(cells, ensure_ascii=False)
        if isinstance(found, Parked):
            bad.append((row_no, found.code, found.field, raw))
        else:
            seen.note(found)
            good.append(_row(found, raw))
        if done % _CHUNK == 0:
            _flush(base, good, bad)
            report(done)
    _flush(base, good, bad)
    seen.write(base)


def _row(line: Line, raw: str) -> tuple[object, ...]:
    return (
        line.row_no,
        line.day.isoformat(),
        line.second,
        line.offset_min,
        line.receipt,
        line.store,
        line.staff,
        line.customer,
        line.product,
        line.qty,
        line.amount_minor,
        line.tax_class,
        raw,
    )


def _flush(
    base: sqlite3.Connection, good: list[tuple[object, ...]], bad: list[tuple[object, ...]]
) -> None:
    base.executemany(_INSERT_ROW, good)
    base.executemany(_INSERT_PARKED, bad)
    good.clear()
    bad.clear()


class _Seen:
    """The masters a file names: the last word said of each counts."""

    def __init__(self) -> None:
        self.products: dict[str, tuple[str, str, str]] = {}
        self.costs: dict[tuple[str, str], Decimal] = {}
        self.customers: dict[str, str] = {}

    def note(self, line: Line) -> None:
        known = self.products.get(line.product, ("", "", ""))
        name = line.product_name if line.product_name != line.product else known[0]
        self.products[line.product] = (name, line.barcode, line.category or known[2])
        if line.unit_cost is not None:
            self.costs[line.product, line.day.isoformat()] = line.unit_cost
        if line.customer:
            self.customers[line.customer] = line.customer_name or self.customers.get(
                line.customer, ""
            )

    def write(self, base: sqlite3.Connection) -> None:
        base.executemany(
            "INSERT INTO product VALUES (?,?,?,?)",
            [(code, name or code, *rest) for code, (name, *rest) in self.products.items()],
        )
        base.executemany(
            "INSERT INTO cost VALUES (?,?,?)",
            [(code, day, str(cost)) for (code, day), cost in self.costs.items()],
        )
        base.executemany("INSERT INTO customer VALUES (?,?)", list(self.customers.items()))


def _sort(base: sqlite3.Connection) -> None:
    """Rows into receipts. Midnight on every row is a date without a time, as spreadsheets do."""
    timed = base.execute("SELECT count(*) FROM row WHERE second > 0").fetchone()[0] > 0
    if not timed:
        base.execute("UPDATE row SET second = NULL")
    base.execute(_DOCUMENTS, {"timed": timed})
    base.execute("CREATE INDEX document_doc ON document (kind, doc)")
    base.execute(_SPLIT)
    base.execute(_RECEIPTS)
    base.execute("CREATE INDEX receipt_doc ON receipt (kind, doc)")
    _park_too_long(base)
    base.executescript(_LINES)


def _park_too_long(base: sqlite3.Connection) -> None:
    base.execute(
        """
        INSERT INTO parked SELECT row_no, 'receipt_too_long', 'receipt', raw
        FROM receipt JOIN document USING (kind, doc) JOIN row USING (row_no) WHERE lines > ?
        """,
        [MOST_LINES],
    )
    gone = base.execute("DELETE FROM receipt WHERE lines > ?", [MOST_LINES]).rowcount
    if gone:  # the numbers must stay without holes: they count how far a load has come
        base.execute(
            """
            UPDATE receipt SET seq = n FROM (
              SELECT rowid AS id, row_number() OVER (ORDER BY seq) AS n FROM receipt
            ) AS numbered WHERE numbered.id = receipt.rowid
            """
        )


def _counts(base: sqlite3.Connection) -> dict[str, Any]:
    """What a person is shown before anything is written."""
    one = base.execute
    lines, amount, qty = one("SELECT count(*), sum(amount), sum(qty) FROM line").fetchone()
    receipts, first, last, timed = one(
        "SELECT count(*), min(day), max(day), count(second) > 0 FROM receipt"
    ).fetchone()
    parked = dict(one("SELECT code, count(*) FROM parked GROUP BY 1 ORDER BY 2 DESC").fetchall())
    known = one("SELECT count(*), sum(lines) FROM receipt WHERE customer <> ''").fetchone()
    return {
        "rows": lines + sum(parked.values()),
        "readable": lines,
        "parked": parked,
        "receipts": receipts,
        "receipts_by": dict(one("SELECT kind, count(*) FROM receipt GROUP BY 1").fetchall()),
        "receipts_known": known[0],
        "lines_known": known[1] or 0,
        "products": one("SELECT count(*) FROM product").fetchone()[0],
        "people": one(
            "SELECT count(DISTINCT customer) FROM receipt WHERE customer <> ''"
        ).fetchone()[0],
        "stores": [
            row[0]
            for row in one(
                "SELECT store FROM receipt WHERE store <> ''"
                " GROUP BY 1 ORDER BY count(*) DESC LIMIT 50"
            )
        ],
        "first_day": first,
        "last_day": last,
        "timed": bool(timed),
        "amount_minor": amount or 0,
        "qty": qty or 0,
        "costed": one("SELECT count(DISTINCT code) FROM cost").fetchone()[0],
        "crowded": _crowded(base, receipts),
    }


def _crowded(base: sqlite3.Connection, receipts: int) -> list[list[object]]:
    """Keys that too many receipts share: likely a system's number for shoppers without one."""
    least = max(20, receipts // 10)
    sql = """
        SELECT customer, count(*) FROM receipt WHERE customer <> ''
        GROUP BY 1 HAVING count(*) >= ? ORDER BY 2 DESC LIMIT 3
    """
    return [list(row) for row in base.execute(sql, [least])]


def _short(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _joined(separator: str, *parts: object) -> str:
    return separator.join("" if part is None else str(part) for part in parts)


class Shelf:
    """A finished shelf, opened for reading."""

    def __init__(self, path: Path) -> None:
        self.base = sqlite3.connect(f"file:{path}?mode=ro", uri=True)

    def __enter__(self) -> "Shelf":
        return self

    def __exit__(self, *_: object) -> None:
        self.base.close()

    def counts(self) -> dict[str, Any]:
        """What was counted when it was built."""
        found = self.base.execute("SELECT value FROM fact WHERE name = 'counts'").fetchone()
        counts: dict[str, Any] = json.loads(found[0])
        return counts

    def receipts(self, *, after: int, limit: int) -> list[Receipt]:
        """The next receipts in order of time; lines in an order that no export changes."""
        heads = self.base.execute(
            "SELECT seq, doc, kind, day, second, offset_min, store, staff, customer FROM receipt"
            " WHERE seq > ? ORDER BY seq LIMIT ?",
            [after, limit],
        ).fetchall()
        if not heads:
            return []
        rows = self.base.execute(
            "SELECT seq, row_no, product, qty, amount, tax, raw FROM line"
            " WHERE seq > ? AND seq <= ? ORDER BY seq, product, qty, amount, row_no",
            [after, heads[-1][0]],
        )
        lines = {seq: tuple(map(_line, group)) for seq, group in groupby(rows, lambda r: r[0])}
        return [_receipt(head, lines[head[0]]) for head in heads]

    def parked(self, *, after: int = 0, limit: int = _CHUNK) -> list[tuple[int, str, str, Cells]]:
        """Rows that cannot be used: number, code, field, cells."""
        rows = self.base.execute(
            "SELECT row_no, code, field, raw FROM parked WHERE row_no > ? ORDER BY row_no LIMIT ?",
            [after, limit],
        )
        return [(row_no, code, field, tuple(json.loads(raw))) for row_no, code, field, raw in rows]

    def products(self) -> Iterable[tuple[str, str, str, str]]:
        """Code, name, barcode, category."""
        return self.base.execute("SELECT code, name, barcode, category FROM product ORDER BY code")

    def costs(self) -> Iterator[tuple[str, date, Decimal]]:
        """Code, day, unit cost; only where it changed."""
        rows = self.base.execute("SELECT code, day, cost FROM cost ORDER BY code, day")
        before: tuple[str, str] = ("", "")
        for code, day, cost in rows:
            if (code, cost) != before:
                yield code, date.fromisoformat(day), Decimal(cost)
            before = (code, cost)

    def customers(self) -> Iterable[tuple[str, str]]:
        """Key and name (empty where the file gives none)."""
        return self.base.execute("SELECT key, name FROM customer ORDER BY key")

    def names(self, column: str) -> list[str]:
        """The distinct stores or staff of the receipts, empty for those that name none."""
        assert column in {"store", "staff"}
        sql = f"SELECT DISTINCT {column} FROM receipt ORDER BY 1"
        return [row[0] for row in self.base.execute(sql)]


def _line(row: tuple[Any, ...]) -> ShelfLine:
    _, row_no, product, qty, amount, tax, raw = row
    return ShelfLine(row_no, product, qty, amount, tax, tuple(json.loads(raw)))


def _receipt(head: tuple[Any, ...], lines: tuple[ShelfLine, ...]) -> Receipt:
    seq, doc, kind, day, second, offset_min, store, staff, customer = head
    on = date.fromisoformat(day)
    return Receipt(seq, doc, kind, on, second, offset_min, store, staff, customer, lines)
