"""What happens to messages and files on their way: seeded ways of spoiling valid ones.

Each way is a function of a random source and something valid; what it makes may still be valid.
"""

import copy
import csv
import io
import json
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import openpyxl

Rows = list[list[str]]

RAW = {  # what json.dumps cannot say
    "<<1e400>>": "1e400", "<<-1e400>>": "-1e400", "<<nan>>": "NaN", "<<inf>>": "Infinity",
    "<<huge>>": "9" * 400, "<<lone>>": '"\\ud83c"', "<<zero>>": '"a\\u0000b"',
    "<<deep>>": "[" * 3_000 + "]" * 3_000, "<<octal>>": "0017", "<<wide>>": '{"a":1,"a":2}',
}  # fmt: skip
STRANGE: list[object] = [
    None, True, False, 0, -1, 1.5, -0.0, 10**15, 2**63, -(2**63) - 1, 10**30, "", " ", "1", "-1",
    "１２", "x" * 300, "x" * 20_000, "\u202eabc", "\U0001f375", "=1+1", "@SUM(A1)", "'; DROP TABLE",
    "../../etc/passwd", "<script>alert(1)</script>", "\ufeffKASHI-01", "XXX", "usd", [], {}, [[]],
    [None], {"a": {}}, "2026-02-30T00:00:00+09:00", "2026-11-20", "2026-11-20T10:00:00",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1900-01-01T00:00:00+09:00",
    "2999-01-01T00:00:00Z", "2026-11-19T25:00:00Z", "00000000-0000-0000-0000-000000000000",
    "not-a-uid", *RAW,
]  # fmt: skip


def message(chance: Random, valid: dict[str, Any]) -> bytes:
    """One way of spoiling a JSON body, in one place or two."""
    body = copy.deepcopy(valid)
    for _ in range(chance.choice((1, 1, 1, 2))):
        chance.choice(MESSAGE)(chance, body)
    sent = json.dumps(body, ensure_ascii=chance.random() < 0.5)
    for word, raw in RAW.items():
        sent = sent.replace(json.dumps(word), raw)
    raw_bytes = sent.encode("utf-8", "surrogatepass")
    return chance.choice(WIRE)(chance, raw_bytes) if chance.random() < 0.2 else raw_bytes


def _places(body: Any) -> list[tuple[Any, Any]]:
    """Every place in a body: what holds it, and its name there."""
    keys = body if isinstance(body, dict) else range(len(body))
    found = [(body, key) for key in keys]
    for key in keys:
        if isinstance(body[key], (dict, list)):
            found += _places(body[key])
    return found


def _drop(chance: Random, body: dict[str, Any]) -> None:
    if places := _places(body):
        holder, key = chance.choice(places)
        del holder[key]


def _replace(chance: Random, body: dict[str, Any]) -> None:
    if places := _places(body):
        holder, key = chance.choice(places)
        holder[key] = copy.deepcopy(chance.choice(STRANGE))


def _retype(chance: Random, body: dict[str, Any]) -> None:
    if places := _places(body):
        holder, key = chance.choice(places)
        old = holder[key]
        holder[key] = chance.choice([str(old), [old], {"value": old}, [old] * 3, f" {old} "])


def _negate(chance: Random, body: dict[str, Any]) -> None:
    numbers = [(h, k) for h, k in _places(body) if type(h[k]) is int]
    if numbers:
        holder, key = chance.choice(numbers)
        holder[key] = chance.choice([-holder[key], holder[key] * 10**6, 0, holder[key] + 1])


def _add(chance: Random, body: dict[str, Any]) -> None:
    dicts = [body, *(h[k] for h, k in _places(body) if isinstance(h[k], dict))]
    chance.choice(dicts)[chance.choice(["extra", "id", "__proto__", "", "uid"])] = "x"


def _repeat(chance: Random, body: dict[str, Any]) -> None:
    lists = [h[k] for h, k in _places(body) if isinstance(h[k], list) and h[k]]
    if lists:
        one = chance.choice(lists)
        one *= chance.choice((2, 3, 700))


MESSAGE: list[Callable[[Random, dict[str, Any]], None]] = [
    _drop, _replace, _replace, _replace, _retype, _negate, _negate, _add, _repeat
]  # fmt: skip


def _cut(chance: Random, sent: bytes) -> bytes:
    return sent[: chance.randrange(len(sent))]


def _flip(chance: Random, sent: bytes) -> bytes:
    at = chance.randrange(len(sent))
    return sent[:at] + bytes([sent[at] ^ 1 << chance.randrange(8)]) + sent[at + 1 :]


WIRE: list[Callable[[Random, bytes], bytes]] = [
    _cut,
    _cut,
    _flip,
    _flip,
    lambda _, sent: b"\xef\xbb\xbf" + sent,
    lambda _, sent: sent.decode("utf-8", "replace").encode("utf-16"),
    lambda _, sent: sent + b"}",
    lambda _, sent: sent + sent,
    lambda _, __: b"",
    lambda _, sent: b"[" + sent + b"]",
    lambda _, sent: b"\0" + sent,
    lambda _, sent: sent.replace(b'"', b"'"),
    lambda _, sent: sent[:9] + b"\x80\xff" + sent[9:],
]


def table(chance: Random, valid: Rows) -> tuple[str, bytes]:
    """A file of these rows, spoilt in its cells, its form or its bytes: a name and the content."""
    rows = [list(row) for row in valid]
    for _ in range(chance.choice((0, 1, 1, 2, 4))):
        chance.choice(CELLS)(chance, rows)
    kind = chance.choice(("cp932", "cp932", "utf-8", "utf-8-sig", "utf-16", "tsv", "tsv", "xlsx"))
    if kind == "xlsx":
        name, content = "x.xlsx", _workbook(chance, rows)
    else:
        name, content = f"x.{'tsv' if kind == 'tsv' else 'csv'}", _text(chance, rows, kind)
    if chance.random() < 0.35:
        content = chance.choice(BYTES)(chance, content)
    return chance.choice((name, name, name, "x.csv", "x.xlsx", "../../x\n.csv")), content


ODD_CELLS = [
    "", " ", "0", "-1", "△540", "1e400", "NaN", "inf", "9" * 40, "1,2,3", "￥", "１，０８０", "abc",
    "=1+1", "=cmd|'/c calc'!A1", '"', '""', "a\nb", "a\tb", "\x00", "\ufeff", "\U0001f375", "𠮷",
    "2026/13/45", "1899/12/31", "9999/12/31", "令和8年11月1日", "46327", "2026-11-01T25:61",
    "x" * 5_000, "0x10", "-0", "1.234", "0.1", "1 080", "TRUE", "null", "#REF!", "<b>", "\u202e",
]  # fmt: skip


def _odd_cell(chance: Random, rows: Rows) -> None:
    row = chance.choice(rows)
    if row:
        row[chance.randrange(len(row))] = chance.choice(ODD_CELLS)


def _odd_column(chance: Random, rows: Rows) -> None:
    at, value = chance.randrange(4), chance.choice(ODD_CELLS)
    for row in rows[1:]:
        if at < len(row):
            row[at] = value


def _lose_row(chance: Random, rows: Rows) -> None:
    if len(rows) > 1:
        del rows[chance.randrange(len(rows))]


def _ragged(chance: Random, rows: Rows) -> None:
    row = chance.choice(rows)
    row[:] = row[: chance.randrange(len(row) + 1)] if chance.random() < 0.5 else row + row


def _twice(chance: Random, rows: Rows) -> None:
    rows.insert(chance.randrange(len(rows) + 1), list(chance.choice(rows)))


def _swap(chance: Random, rows: Rows) -> None:
    for row in rows[chance.randrange(2) :]:
        row.reverse()


CELLS: list[Callable[[Random, Rows], None]] = [
    _odd_cell, _odd_cell, _odd_cell, _odd_column, _lose_row, _ragged, _twice, _swap
]  # fmt: skip


def _text(chance: Random, rows: Rows, kind: str) -> bytes:
    quoting = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_MINIMAL))
    out = io.StringIO()
    delimiter = "\t" if kind == "tsv" else chance.choice((",", ",", ";", "|"))
    end = chance.choice(("\r\n", "\n", "\r"))
    csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
    return out.getvalue().encode("utf-8" if kind == "tsv" else kind, "replace")


def _workbook(chance: Random, rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        clean = [openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("", cell)[:32_000] for cell in row]
        book.active.append([int(c) if c.isascii() and c.isdigit() and len(c) < 15 else c
                            for c in clean])  # fmt: skip
    out = io.BytesIO()
    book.save(out)
    content = out.getvalue()
    return _far_cell(content) if chance.random() < 0.25 else content


def _far_cell(content: bytes) -> bytes:
    """One more cell, in the last corner of the sheet: a few bytes that open as gigabytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith("sheet1.xml"):
                cell = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                part = part.replace(b"</sheetData>", cell)
            new.writestr(name, part)
    return out.getvalue()


def _in_the_middle(piece: bytes) -> Callable[[Random, bytes], bytes]:
    return lambda _, sent: sent[: len(sent) // 2] + piece + sent[len(sent) // 2 :]


BYTES: list[Callable[[Random, bytes], bytes]] = [
    _cut,
    _flip,
    lambda _, sent: sent.replace(b"\r\n", b"\n", 2).replace(b"\n", b"\r", 1),
    lambda _, sent: b"\xef\xbb\xbf" + sent,
    lambda _, sent: b"\xff\xfe" + sent,
    _in_the_middle(b"\0" * 20),
    _in_the_middle(b"\x81\xff\xfe"),
    _in_the_middle(b'"'),
    lambda _, sent: b"PK\x03\x04" + sent,
    lambda chance, _: chance.randbytes(200),
    lambda _, __: b"",
    lambda _, sent: b"\n" * 2_000 + sent,
]
