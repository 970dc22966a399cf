"""Home says LTV first, and tells the one story behind it."""

import pytest
from django.test import Client

from goen.insight.answers import SkuRow, WhoBought
from goen.kit import progress
from goen.kit.db import Tx

Told = tuple[SkuRow, WhoBought]


def test_ltv_comes_first_with_interval_and_identified_share(client: Client, told: Told) -> None:
    page = client.get("/").content.decode()
    assert "¥18,420" in page
    assert "¥17,860〜¥18,990" in page
    assert "63.0%" in page
    assert page.index("顧客LTV") < page.index("売上（2番手の数字")


def test_the_story_names_product_buyer_and_the_rest(client: Client, told: Told) -> None:
    page = client.get("/").content.decode()
    assert "「ビッグバーZホワイト」" in page
    assert (
        "<strong>108点（90.0%）</strong>は、<strong class=nowrap>高橋 健 様</strong>お一人" in page
    )
    assert "高橋様を除くと<strong>12点</strong>" in page
    assert f'href="/products/{told[0].sku_id}">誰が買ったかを見る' in page


def test_the_assumption_is_shown_beside_the_figure(client: Client, told: Told) -> None:
    page = client.get("/").content.decode()
    assert "識別できた売上の25.0%は、原価の代わりに粗利率の仮定で計算しています。" in page


def test_english_is_an_original_too(client: Client, told: Told) -> None:
    client.post("/look", {"language": "en"})
    page = client.get("/").content.decode()
    assert "“Big Bar Z White” sold <strong>120</strong> in the last 4 weeks." in page
    assert "高橋 健 様" not in page


def test_an_empty_shop_says_what_to_do(client: Client, nothing: None) -> None:
    page = client.get("/").content.decode()
    assert "まだ購入がありません" in page
    assert 'href="/loads"' in page
    assert 'href="/register/"' in page


def test_work_in_the_background_shows_its_bar(client: Client, nothing: None) -> None:
    progress.start("test", {"ja": "24か月分を読み込み", "en": "Loading 24 months"}, 200)
    progress.advance("test", 50)
    page = client.get("/").content.decode()
    assert '<progress value="50" max="200" aria-label="24か月分を読み込み">' in page
    assert "HX-Refresh" not in client.get("/work").headers
    progress.finish("test")
    assert client.get("/work").headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("path", ["/", "/products", "/settings", "/metrics-help", "/menu"])
def test_no_page_carries_inline_style(client: Client, told: Told, path: str) -> None:
    page = client.get(path).content.decode()
    assert " style=" not in page
    assert len(page) < 100_000


def test_no_sentence_of_the_story_is_built_from_raw_names(
    client: Client, told: Told, shop: Tx
) -> None:
    shop.execute(
        "UPDATE catalogue_sku SET name = %s::jsonb WHERE id = %s",
        ['{"ja": "<b>&悪い名前</b>", "en": "x"}', told[0].sku_id],
    )
    page = client.get("/").content.decode()
    assert "<b>&悪い" not in page
    assert "&lt;b&gt;&amp;悪い名前" in page
