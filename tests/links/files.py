"""Small files as shops export them, written where a test wants them."""

import csv
import io
from pathlib import Path

Rows = list[list[str]]


def delimited(path: Path, rows: Rows, *, encoding: str = "cp932", delimiter: str = ",") -> Path:
    """Rows as a delimited text file."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


TEA = [
    ["売上日時", "伝票No.", "お店", "お客様番号", "品番", "品名", "数", "売上金額"],
    ["2026/11/01 10:15", "1", "渋谷", "A001", "T-1", "ほうじ茶", "2", "1,080"],
    ["2026/11/01 10:15", "1", "渋谷", "A001", "S-1", "最中", "1", "540"],
    ["2026/11/02 11:00", "2", "渋谷", "", "T-1", "ほうじ茶", "1", "540"],
    [
        "2026/11/03 12:30",
        "3",
        "楽天市場店",
        "B-7",
        "T-1",
        "ほうじ茶",
        "3",
        "¥1,620".replace("¥", "￥"),
    ],
    ["2026/11/04 09:05", "4", "渋谷", "A001", "S-1", "最中", "△1", "△540"],
    ["2026/11/05 09:05", "5", "渋谷", "A001", "S-1", "最中", "0", "540"],
    ["合計", "", "", "", "", "", "7", "3,240"],
]
"""Two shops, two customers, one anonymous receipt, one return; two rows nobody can use."""
