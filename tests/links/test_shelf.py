"""Rows into receipts: wherever they stand, and the same on every export."""

import random
from datetime import date
from pathlib import Path
from typing import Any

from goen.links import plans, shelf, tables
from goen.links.plans import Plan
from goen.links.shelf import Receipt, Shelf
from tests.links.files import TEA, Rows, delimited

TODAY = date(2026, 11, 22)


def _shelved(folder: Path, rows: Rows, **changed: Any) -> tuple[dict[str, Any], list[Receipt]]:
    path = delimited(folder / "x.csv", rows)
    layout = tables.look(path)
    assert isinstance(layout, tables.Layout)
    plan: Plan = plans.change(plans.propose(layout, tables.head(path, layout)), **changed)
    counts = shelf.build(
        path, folder / "x.rows", plan, currency="JPY", today=TODAY, report=lambda _: None
    )
    with Shelf(folder / "x.rows") as found:
        return counts, found.receipts(after=0, limit=1000)


def test_the_counts_are_those_of_the_file(tmp_path: Path) -> None:
    counts, receipts = _shelved(tmp_path, TEA)
    assert (counts["rows"], counts["readable"]) == (7, 5)
    assert counts["parked"] == {"date_unreadable": 1, "quantity_zero": 1}
    assert (counts["receipts"], counts["products"], counts["people"]) == (4, 2, 2)
    assert (counts["amount_minor"], counts["lines_known"]) == (3_240, 4)
    assert (counts["first_day"], counts["last_day"]) == ("2026-11-01", "2026-11-04")
    assert [len(receipt.lines) for receipt in receipts] == [2, 1, 1, 1]


def test_rows_of_one_receipt_come_together_in_any_order(tmp_path: Path) -> None:
    head, *body = TEA
    ordered = _facts(_shelved(tmp_path, TEA)[1])
    for seed in range(5):
        mixed = random.Random(seed).sample(body, len(body))
        assert _facts(_shelved(tmp_path, [head, *mixed])[1]) == ordered


def _facts(receipts: list[Receipt]) -> list[tuple[object, ...]]:
    """Everything that makes the sale; row numbers are where the row stood, not what was sold."""
    return [
        (one.doc, one.day, one.second, one.store, one.customer, _lines(one)) for one in receipts
    ]


def _lines(receipt: Receipt) -> tuple[tuple[object, ...], ...]:
    return tuple((line.product, line.qty, line.amount_minor) for line in receipt.lines)


def test_an_overlapping_export_gives_the_same_documents(tmp_path: Path) -> None:
    head, *body = TEA
    everything = {one.doc for one in _shelved(tmp_path, TEA)[1]}
    later = {one.doc for one in _shelved(tmp_path, [head, *body[2:]])[1]}
    assert later < everything


def test_without_numbers_a_moment_and_a_customer_make_the_receipt(tmp_path: Path) -> None:
    rows = [[cell for at, cell in enumerate(row) if at != 1] for row in TEA]
    counts, receipts = _shelved(tmp_path, rows)
    assert counts["receipts_by"] == {"moment": 3, "row": 1}
    assert [len(receipt.lines) for receipt in receipts] == [2, 1, 1, 1]


def test_without_a_time_every_row_is_a_receipt_and_equal_rows_stay_two(tmp_path: Path) -> None:
    rows = [["日付", "品名", "数量", "金額"], *[["2026/11/20 0:00", "最中", "1", "540"]] * 3]
    counts, receipts = _shelved(tmp_path, rows)
    assert counts["receipts_by"] == {"row": 3}
    assert not counts["timed"]
    assert len({one.doc for one in receipts}) == 3
    assert {one.second for one in receipts} == {None}


def test_a_number_used_by_two_customers_is_two_receipts(tmp_path: Path) -> None:
    rows = [
        ["日付", "伝票番号", "会員番号", "品名", "数量", "金額"],
        ["2026/11/20", "1", "A", "最中", "1", "540"],
        ["2026/11/20", "1", "B", "最中", "1", "540"],
        ["2026/11/20", "2", "A", "最中", "1", "540"],
        ["2026/11/20", "2", "", "ほうじ茶", "1", "540"],
    ]
    receipts = _shelved(tmp_path, rows)[1]
    assert [(one.customer, len(one.lines)) for one in receipts] == [("A", 1), ("B", 1), ("A", 2)]


def test_a_column_that_is_no_receipt_number_parks_its_rows(tmp_path: Path) -> None:
    body = [["2026/11/20", "1", "最中", "1", "540"]] * (shelf.MOST_LINES + 1)
    rows = [
        ["日付", "伝票番号", "品名", "数量", "金額"],
        *body,
        ["2026/11/20", "2", "茶", "1", "9"],
    ]
    counts, receipts = _shelved(tmp_path, rows)
    assert counts["parked"] == {"receipt_too_long": shelf.MOST_LINES + 1}
    assert counts["rows"] == shelf.MOST_LINES + 2
    assert [one.seq for one in receipts] == [1]


def test_a_key_that_everybody_shares_is_pointed_out(tmp_path: Path) -> None:
    head = ["日付", "伝票番号", "会員番号", "品名", "数量", "金額"]
    body = [["2026/11/20", str(n), "9999" if n % 2 else str(n), "茶", "1", "9"] for n in range(100)]
    counts, _ = _shelved(tmp_path, [head, *body])
    assert counts["crowded"] == [["9999", 50]]
    without, receipts = _shelved(tmp_path, [head, *body], nobody=("9999",))
    assert without["crowded"] == []
    assert sum(not one.customer for one in receipts) == 51  # and the one whose number is 0
