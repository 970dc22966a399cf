"""Columns by name and by data, the way real exports call them."""

import pytest

from goen.links import guessing, vocabulary

EXPORTS = {
    "a Japanese till": (
        ["精算日時", "レシート番号", "店舗名", "会員番号", "部門", "商品コード", "商品名",
         "数量", "単価", "金額"],
        ["2026/11/20 14:05", "1", "本店", "77", "菓子", "4901234567894", "最中",
         "2", "540", "1,080"],
        {"date": "精算日時", "receipt": "レシート番号", "store": "店舗名", "customer": "会員番号",
         "category": "部門", "product_code": "商品コード", "product_name": "商品名",
         "quantity": "数量", "unit_price": "単価", "amount": "金額"},
    ),
    "a web shop in English": (
        ["Name", "Email", "Created at", "Total", "Lineitem quantity", "Lineitem name",
         "Lineitem price", "Lineitem sku"],
        ["#1001", "a@shop.example", "2026-11-20 14:05:00 +0900", "3000", "2", "Tea", "1000", "T-1"],
        {"customer": "Email", "date": "Created at", "quantity": "Lineitem quantity",
         "product_name": "Lineitem name", "unit_price": "Lineitem price",
         "product_code": "Lineitem sku"},
    ),
    "a wholesaler": (
        ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice",
         "CustomerID", "Country"],
        ["536365", "85123A", "LANTERN", "6", "12/1/2010 8:26", "2.55", "17850", "UK"],
        {"receipt": "InvoiceNo", "product_code": "StockCode", "product_name": "Description",
         "quantity": "Quantity", "date": "InvoiceDate", "unit_price": "UnitPrice",
         "customer": "CustomerID"},
    ),
    "no useful names": (
        ["あ", "い", "う", "え"],
        ["2026/11/20", "ほうじ茶", "2", "1,080"],
        {"date": "あ", "product_name": "い", "quantity": "う", "amount": "え"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("export", EXPORTS)
def test_the_columns_of_an_export_are_found(export: str) -> None:
    columns, row, expected = EXPORTS[export]
    assert guessing.guess(columns, [tuple(row)] * 5).columns == expected


def test_a_total_that_repeats_on_every_line_is_not_the_amount() -> None:
    columns = ["日付", "商品名", "数量", "単価", "合計"]
    lines = [("2026/11/20", "茶", "2", "500", "3000"), ("2026/11/20", "菓", "1", "2000", "3000")]
    assert "amount" not in guessing.guess(columns, lines).columns
    alone = [("2026/11/20", "茶", "2", "500", "1000"), ("2026/11/20", "菓", "1", "2000", "2000")]
    assert guessing.guess(columns, alone).columns["amount"] == "合計"


def test_a_name_alone_is_not_believed() -> None:
    columns = ["日付", "商品", "数量", "金額"]
    rows = [("2026/11/20", "茶", "たくさん", "1,080")] * 5
    assert "quantity" not in guessing.guess(columns, rows).columns


@pytest.mark.parametrize(
    "name", ["消費税額", "値引額", "獲得ポイント", "生年月日", "入会日", "discount", "Country"]
)
def test_known_columns_of_no_use_are_left_alone(name: str) -> None:
    assert not vocabulary.field_named(name)


def test_the_order_of_a_date_comes_from_the_data() -> None:
    assert guessing.date_order(["1/2/2026", "1/20/2026"]) == "mdy"
    assert guessing.date_order(["1/2/2026", "20/1/2026"]) == "dmy"
    assert guessing.date_order(["2026/1/2"]) == "ymd"
    assert guessing.date_order(["26/1/2", "26/12/31"]) == "ymd"


def test_a_title_above_the_headings_is_passed_over() -> None:
    rows = [("売上明細",), ("2026年11月",), ("日付", "商品", "金額"), ("2026/11/20", "茶", "540")]
    assert guessing.header_among(rows) == 2


def test_data_without_headings_are_data() -> None:
    assert guessing.header_among([("2026/11/20", "茶", "2", "540")]) is None
