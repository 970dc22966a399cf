"""The files hold every line once, in the encodings and columns their readers expect."""

import csv
from datetime import date
from pathlib import Path

import pytest

from sim.export import write_mall_file, write_own_file, write_receipts
from sim.miyabido import World, build


@pytest.fixture(scope="module")
def world() -> World:
    return build(end=date(2026, 11, 21), count=200, months=2)


def rows(path: Path, encoding: str) -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def test_the_receipts_file_holds_every_line_and_who_it_was(world, tmp_path):
    path = tmp_path / "receipts.csv"
    count = write_receipts(world, path, world.receipts())
    found = rows(path, "utf-8")
    assert len(found) == count == sum(len(r.lines) for r in world.receipts())
    assert sum(int(r["amount"]) for r in found) == sum(r.total_minor for r in world.receipts())
    assert all(bool(r["member"]) == bool(r["true_person"]) for r in found)


def test_the_owners_file_is_cp932_with_other_column_names(world, tmp_path):
    path = tmp_path / "own.csv"
    count = write_own_file(world, path, world.receipts())
    found = rows(path, "cp932")
    stores = [r for r in world.receipts() if r.source == "pos"]
    assert len(found) == count == sum(len(r.lines) for r in stores)
    assert "税込金額" in found[0]
    total = sum(int(r["税込金額"].replace(",", "")) for r in found)
    assert total == sum(r.total_minor for r in stores)
    assert {r["会員番号"] == "" for r in found} == {True, False}


def test_the_malls_file_holds_the_malls_orders_only(world, tmp_path):
    path = tmp_path / "mall.csv"
    write_mall_file(world, path, world.receipts())
    found = rows(path, "cp932")
    mall = [r for r in world.receipts() if r.source == "mall"]
    assert {r["注文番号"] for r in found} == {r.source_no for r in mall}
