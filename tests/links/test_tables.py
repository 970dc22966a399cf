"""Files as shops really have them: encodings (J-04), separators, headings, sheets."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from goen.kit.refusals import Refusal
from goen.links import tables
from goen.links.tables import Layout
from tests.links.files import delimited

ROWS = [
    ["日付", "品名", "金額"],
    ["2026/11/20", "髙島屋の最中①", "540"],
    ["2026/11/21", "﨑陽", "9"],
]


def _looked(path: Path, **given: str) -> Layout:
    found = tables.look(path, **given)
    assert isinstance(found, Layout), found
    return found


@pytest.mark.parametrize("encoding", ["cp932", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_every_encoding_and_separator_gives_the_same_rows(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = delimited(tmp_path / "x.csv", ROWS, encoding=encoding, delimiter=delimiter)
    layout = _looked(path)
    assert layout.columns == tuple(ROWS[0])
    assert list(tables.rows(path, layout)) == [(2, tuple(ROWS[1])), (3, tuple(ROWS[2]))]


def test_rows_keep_the_number_they_have_in_a_spreadsheet(tmp_path: Path) -> None:
    rows = [["売上明細"], [""], *ROWS[:2], ["", "", ""], ROWS[2]]
    path = delimited(tmp_path / "x.csv", rows)
    layout = _looked(path)
    assert layout.header == 3
    assert [row_no for row_no, _ in tables.rows(path, layout)] == [4, 6]


def test_a_line_break_inside_quotes_is_not_a_row(tmp_path: Path) -> None:
    path = delimited(tmp_path / "x.csv", [ROWS[0], ["2026/11/20", "最中\n6個入", "540"], ROWS[2]])
    assert [no for no, _ in tables.rows(path, _looked(path))] == [2, 3]


def test_a_quote_nobody_closes_is_said_however_far_down_it_opens(tmp_path: Path) -> None:
    """Else the rest of the file is one cell, too large to be read once the load has begun."""
    rows = [ROWS[0], *[ROWS[2]] * 500]
    path = delimited(tmp_path / "x.csv", rows, encoding="utf-8")
    row = "2026/11/22,羊羹,300\n"
    with path.open("a", encoding="utf-8") as file:
        file.write('2026/11/22,"羊羹,300\n' + row * (2_000_000 // len(row)))
    found = tables.look(path)
    assert isinstance(found, Refusal), found
    assert found.code == "file_quotes"


def test_short_rows_are_filled_and_repeated_names_are_told_apart(tmp_path: Path) -> None:
    path = delimited(tmp_path / "x.csv", [["日付", "金額", "金額", ""], ["2026/11/20", "1"]])
    layout = _looked(path)
    assert layout.columns == ("日付", "金額", "金額 (2)", "#4")
    assert tables.head(path, layout) == [(2, ("2026/11/20", "1", "", ""))]


def test_a_workbook_is_read_from_its_longest_sheet(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["表紙"])
    sales = book.create_sheet("売上")
    for row in (
        ["日付", "会員", "金額"],
        ["2026/11/20", 1001.0, 540],
        ["2026/11/21", "0012", 12.5],
    ):
        sales.append(row)
    book.save(tmp_path / "x.xlsx")
    layout = _looked(tmp_path / "x.xlsx")
    assert (layout.sheet, layout.sheets) == ("売上", ("Sheet", "売上"))
    assert tables.head(tmp_path / "x.xlsx", layout) == [
        (2, ("2026/11/20", "1001", "540")),
        (3, ("2026/11/21", "0012", "12.5")),
    ]
    assert _looked(tmp_path / "x.xlsx", sheet="Sheet").columns == ("表紙",)
    refused = tables.look(tmp_path / "x.xlsx", sheet="なし")
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == ("sheet_unknown", "sheet")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "file_empty"), (b"\r\n\r\n", "file_empty"), (b"PK\x03\x04broken", "file_encoding")],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content + (b"\xff\xfe\xfd\x80" * 50 if code == "file_encoding" else b""))
    refused = tables.look(path)
    assert isinstance(refused, Refusal), refused
    assert refused.code in {code, "file_unreadable"}
