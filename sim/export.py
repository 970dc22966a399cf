"""The shop's sales as files: what a till, a shop owner and a marketplace would hand over.

The owner's file is cp932 with the owner's own column names, prices with thousands separators
and dates as a Japanese spreadsheet writes them; the mall's file names its goods by barcode.
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from sim.miyabido import World
from sim.world import Receipt, Record

_RECEIPT_COLUMNS = (
    "source",
    "source_no",
    "occurred_at",
    "place",
    "channel",
    "till",
    "till_seq",
    "staff",
    "member_kind",
    "member",
    "true_person",
    "provable_person",
    "line_no",
    "sku",
    "barcode",
    "name",
    "qty",
    "unit_price",
    "amount",
)


def write_receipts(world: World, path: Path, receipts: Iterable[Receipt]) -> int:
    """Every line with its ground truth, as UTF-8 CSV; answers how many lines.

    `provable_person` is who can be known without guessing: records that share a proven mail
    are one person, every other record stands alone.
    """
    people = {(r.source, r.source_key): _provable(r) for r in world.records()}
    skus = {sku.code: sku for sku in world.skus}

    def rows() -> Iterator[tuple[object, ...]]:
        for r in receipts:
            member = r.member.value if r.member else ""
            kind = r.member.kind if r.member else ""
            head = (r.source, r.source_no, r.occurred_at.isoformat(), r.place_code, r.channel_code,
                    r.till_code, r.till_seq, r.staff_code, kind, member,
                    "" if r.true_person is None else r.true_person,
                    people.get((r.source, member), ""))  # fmt: skip
            for number, line in enumerate(r.lines, start=1):
                sku = skus[line.sku_code]
                yield (*head, number, sku.code, sku.barcodes[0], sku.name["ja"], line.qty,
                       line.unit_price_minor, line.qty * line.unit_price_minor)  # fmt: skip

    return _write(path, _RECEIPT_COLUMNS, rows(), encoding="utf-8")


def write_truth(world: World, path: Path) -> int:
    """Every record with who it truly is, as UTF-8 CSV; answers how many records.

    `noise` lists what is wrong with the record, parted by blanks; the names and their rates are
    those of docs/simulated-shop.md.
    """
    rows = ((*one[:4], " ".join(one.noise)) for one in world.truth())
    columns = ("source", "source_key", "true_person", "household", "noise")
    return _write(path, columns, rows, encoding="utf-8")


def _provable(record: Record) -> str:
    return record.mail if record.mail_verified else f"{record.source}:{record.source_key}"


def write_own_file(world: World, path: Path, receipts: Iterable[Receipt]) -> int:
    """The stores' lines as an owner exports them from the till; answers how many lines."""
    skus = {sku.code: sku for sku in world.skus}
    places = {place.code: place.name["ja"] for place in world.places}
    departments = {c.code: c.name["ja"] for c in world.categories}

    def rows() -> Iterator[tuple[object, ...]]:
        for r in receipts:
            if r.till_code is None:
                continue
            at = r.occurred_at
            for line in r.lines:
                sku = skus[line.sku_code]
                yield (f"{at.year}/{at.month}/{at.day}", f"{at:%H:%M}", r.source_no,
                       places[r.place_code], r.member.value if r.member else "", sku.code,
                       sku.name["ja"], departments[sku.category_code], line.qty,
                       f"{line.qty * line.unit_price_minor:,}")  # fmt: skip

    columns = ("売上日", "時刻", "伝票番号", "店舗名", "会員番号", "商品番号", "商品名", "部門名",
               "数量", "税込金額")  # fmt: skip
    return _write(path, columns, rows(), encoding="cp932")


def write_mall_file(world: World, path: Path, receipts: Iterable[Receipt]) -> int:
    """The mall's orders as its shop manager downloads them; answers how many lines."""
    skus = {sku.code: sku for sku in world.skus}

    def rows() -> Iterator[tuple[object, ...]]:
        for r in receipts:
            if r.source != "mall" or r.member is None:
                continue
            for line in r.lines:
                sku = skus[line.sku_code]
                yield (r.source_no, f"{r.occurred_at:%Y-%m-%d %H:%M:%S}", r.member.value,
                       sku.barcodes[0], sku.name["ja"], line.unit_price_minor, line.qty,
                       line.qty * line.unit_price_minor, r.total_minor)  # fmt: skip

    columns = ("注文番号", "注文日時", "注文者ID", "JANコード", "商品名", "単価(税込)", "個数",
               "小計(税込)", "注文合計(税込)")  # fmt: skip
    return _write(path, columns, rows(), encoding="cp932")


def _write(
    path: Path, columns: tuple[str, ...], rows: Iterable[tuple[object, ...]], *, encoding: str
) -> int:
    count = 0
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count
