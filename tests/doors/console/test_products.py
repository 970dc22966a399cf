"""The list of products: figures of who stands behind them, filters in the address, a file."""

import csv
import io

from django.test import Client

from goen.insight.answers import SkuRow, WhoBought

Told = tuple[SkuRow, WhoBought]


def test_a_line_shows_units_buyers_and_the_rest_without_the_top_buyer(
    client: Client, told: Told
) -> None:
    page = client.get("/products").content.decode()
    for figure in (">120<", ">5<", ">90.0%<", ">12<", ">96.7%<", ">¥96,600<"):
        assert figure in page
    assert '<span class="chip chip-warn">1人に集中</span>' in page
    assert f'href="/products/{told[0].sku_id}"' in page


def test_the_sorted_column_says_so(client: Client, told: Told) -> None:
    page = client.get("/products?order=buyers").content.decode()
    assert page.count('aria-sort="descending"') == 1
    assert 'aria-sort="descending"><a href="?order=buyers"' in page


def test_a_search_keeps_its_chips_and_offers_to_drop_them(client: Client, told: Told) -> None:
    page = client.get("/products?q=ありません&only=flagged").content.decode()
    assert "この条件の商品はありません" in page
    assert "「ありません」" in page
    found = client.get("/products?q=ホワイト").content.decode()
    assert "ビッグバーZホワイト" in found


def test_nonsense_in_the_address_is_no_error(client: Client, told: Told) -> None:
    for query in ("?page=-1", "?page=zz", "?page=99999999999", "?window=9y&order=x&only=x"):
        assert client.get(f"/products{query}").status_code == 200


def test_the_file_holds_the_same_figures(client: Client, told: Told) -> None:
    answer = client.get("/products.csv?window=4w")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert 'filename="products-4w.csv"' in answer.headers["Content-Disposition"]
    head, line = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:2] == ["商品コード", "商品名"]
    assert line == [
        "KASHI-01", "ビッグバーZホワイト", "1", "120", "5", "0.9000", "0.9667", "12", "96600",
        "1人に集中",
    ]  # fmt: skip


def test_an_empty_shop_says_what_to_do(client: Client, nothing: None) -> None:
    page = client.get("/products").content.decode()
    assert "まだ商品の売れ行きがありません" in page
    assert 'href="/loads"' in page
