"""Somebody's file as rows of text: CSV, TSV or a spreadsheet, in the encodings shops really have.

Promises: a file is read as it is found (cp932, UTF-8 with or without BOM, UTF-16; comma, tab,
semicolon or bar) and streamed; a row keeps the number it has in a spreadsheet, so that a person
finds it again; wholly blank rows are not rows. What cannot be read is a `Refusal`.
"""

import codecs
import csv
import hashlib
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from goen.kit.refusals import Refusal
from goen.links import guessing, workbooks
from goen.links.values import as_instant_text

Cells = tuple[str, ...]
Numbered = tuple[int, Cells]

ENCODINGS = ("utf-8-sig", "cp932", "utf-16")
DELIMITERS = (",", "\t", ";", "|")
_NO_TEXT = "\ufffd\x00\x01\x02\x03\x04\x05\x06\x07\x08"
_CHUNK = 1 << 20
_HEAD = 200
_SPREADSHEETS = {".xlsx", ".xlsm", ".xls", ".xlsb", ".ods"}

csv.field_size_limit(1 << 20)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read. `header` is the row of the column names, 0 where there is none."""

    encoding: str
    delimiter: str
    sheet: str
    header: int
    columns: tuple[str, ...]
    sheets: tuple[str, ...] = ()


def look(path: Path, *, sheet: str = "") -> Layout | Refusal:
    """Find out how a file is written and what its columns are called."""
    if path.stat().st_size == 0:
        return Refusal("file_empty", "file")
    try:
        return _look_at_sheet(path, sheet) if is_spreadsheet(path) else _look_at_text(path)
    except CalamineError as error:
        return Refusal("file_unreadable", "file", {"why": str(error)[:200]})
    except csv.Error as error:
        return Refusal("file_quotes", "file", {"why": str(error)[:200]})


def is_spreadsheet(path: Path) -> bool:
    """Whether the content is a workbook, whatever the file is called."""
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith((b"\xd0\xcf\x11\xe0", b"PK\x03\x04")):
        return True
    return path.suffix.lower() in _SPREADSHEETS


def digest(path: Path) -> str:
    """What tells a file from any other."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rows(path: Path, layout: Layout) -> Iterator[Numbered]:
    """Every row below the header that is not blank, with its number in the file."""
    width = len(layout.columns)
    for row_no, cells in _all_rows(path, layout):
        if row_no <= layout.header or not any(cells):
            continue
        yield row_no, cells + ("",) * (width - len(cells))


def head(path: Path, layout: Layout, *, limit: int = _HEAD) -> list[Numbered]:
    """The first rows below the header."""
    return list(islice(rows(path, layout), limit))


def _all_rows(path: Path, layout: Layout) -> Iterator[Numbered]:
    if layout.sheet:
        yield from _sheet_rows(path, layout.sheet)
        return
    with path.open(encoding=layout.encoding, errors="replace", newline="") as file:
        for row_no, cells in enumerate(csv.reader(file, delimiter=layout.delimiter), start=1):
            yield row_no, tuple(cell.strip().replace("\0", "") for cell in cells)


def _look_at_text(path: Path) -> Layout | Refusal:
    encoding = _encoding(path)
    if encoding is None:
        return Refusal("file_encoding", "file", {"known": "UTF-8, cp932 (Shift_JIS), UTF-16"})
    layout = Layout(encoding, _delimiter(path, encoding), "", 0, ())
    if path.stat().st_size > csv.field_size_limit():
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            # A quote that nobody closes is found here, however far down it opens.
            deque(csv.reader(file, delimiter=layout.delimiter), maxlen=0)
    return _with_header(path, layout)


def _look_at_sheet(path: Path, wanted: str) -> Layout | Refusal:
    sizes = workbooks.heights(path)
    if isinstance(sizes, Refusal):
        return sizes
    names = tuple(sizes)
    if wanted and wanted not in names:
        return Refusal("sheet_unknown", "sheet", {"sheet": wanted, "known": ", ".join(names)})
    if not any(sizes.values()):
        return Refusal("file_empty", "file")
    sheet = wanted or max(names, key=lambda name: sizes[name])  # the first of the longest
    return _with_header(path, Layout("", "", sheet, 0, (), names))


def _with_header(path: Path, layout: Layout) -> Layout | Refusal:
    first = [row for row in islice(_all_rows(path, layout), _HEAD) if any(row[1])]
    if not first:
        return Refusal("file_empty", "file")
    header = guessing.header_among([cells for _, cells in first])
    width = max(len(cells) for _, cells in first)
    row_no, names = (0, ()) if header is None else first[header]
    columns = _column_names(names, width)
    return Layout(layout.encoding, layout.delimiter, layout.sheet, row_no, columns, layout.sheets)


def _column_names(names: Cells, width: int) -> tuple[str, ...]:
    """A name for every column: blank ones by their place, repeated ones counted."""
    seen: Counter[str] = Counter()
    named = []
    for at in range(width):
        name = " ".join(names[at].split()) if at < len(names) else ""
        name = name or f"#{at + 1}"
        seen[name] += 1
        named.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(named)


def _encoding(path: Path) -> str | None:
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in start:  # no BOM: the side on which the zero bytes of ASCII stand tells the order
        even = start[::2].count(0)
        return "utf-16-be" if even > start[1::2].count(0) else "utf-16-le"
    return next((name for name in ("utf-8-sig", "cp932") if _decodes(path, name)), None)


def _decodes(path: Path, encoding: str) -> bool:
    """Whether every byte fits; in cp932 a few broken ones in a big file do not matter."""
    decoder = codecs.getincrementaldecoder(encoding)(
        "strict" if encoding == "utf-8-sig" else "replace"
    )
    broken = size = 0
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                text = decoder.decode(chunk)
                broken += sum(map(text.count, _NO_TEXT))
                size += len(text)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return broken <= size // 1000


def _delimiter(path: Path, encoding: str) -> str:
    """The separator under which most lines have the same number of cells, more than one."""
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        lines = list(islice(file, 50))
    best = (0, 0, ",")
    for delimiter in DELIMITERS:
        widths = Counter(len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells)
        rank = max(((w > 1, n, w) for w, n in widths.items()), default=(False, 0, 0))
        wide, count, width = rank
        if wide:
            best = max(best, (count, width, delimiter))
    return best[2]


def _sheet_rows(path: Path, sheet: str) -> Iterator[Numbered]:
    with CalamineWorkbook.from_path(str(path)) as book:
        found = book.get_sheet_by_name(sheet)
        for row_no, cells in enumerate(found.to_python(skip_empty_area=False), start=1):
            yield row_no, tuple(map(_cell_text, cells))


def _cell_text(cell: object) -> str:
    if isinstance(cell, str):
        return cell.strip().replace("\0", "")
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):  # spreadsheets know no integers; a code must not become 123.0
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date | time):
        return as_instant_text(cell)
    if isinstance(cell, timedelta):
        return str(cell)
    return str(cell)
