"""Who bought it: the figures of G-01 are on the page, unknown buyers as unknown (R-005, R-008)."""

import csv
import io
from dataclasses import replace

import pytest
from django.test import Client

from goen.insight import queries as insight
from goen.insight.answers import Period, SkuRow, WhoBought
from goen.kit.db import Tx
from tests.doors.console.conftest import logged_in

Told = tuple[SkuRow, WhoBought]


def _page(client: Client, told: Told, query: str = "") -> str:
    return client.get(f"/products/{told[0].sku_id}{query}").content.decode()


def test_the_five_figures_of_the_planted_story(client: Client, told: Told) -> None:
    page = _page(client, told)
    for figure in (
        '120<span class="unit">点',
        '5<span class="unit">人',
        '90.0<span class="unit">%',
        '12<span class="unit">点',
        '96.7<span class="unit">%',
        "実質 1.15人ぶん",
        "わかる方の中では93.1%・",
        "上位5人で96.7%",
        "不明 4点",
        "64レシート",
    ):
        assert figure in page
    assert "この売れ方は1人に支えられています。" in page
    assert "高橋様を除くと<strong>12点</strong>、週あたり30.0点が3.0点" in page


def test_people_are_links_and_unknown_ones_are_not(client: Client, told: Told) -> None:
    page = _page(client, told)
    assert page.count('href="/customers/') == len(told[1].top)
    assert f'<a href="/customers/{told[1].top[0].person_id}">高橋 健 様</a>' in page
    assert '<th scope="row">不明<small' in page
    assert "不明の4点は人数に数えません。" in page


def test_price_is_shown_with_tax_and_its_rate(client: Client, told: Told) -> None:
    assert "¥162（税込・軽減税率8%）" in _page(client, told)


def test_a_spared_product_is_not_to_be_cut_on_units_alone(
    client: Client, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    row, answer = told
    kept = replace(row, flagged=False, spared=True, units=12, top1_units=1)
    listed = insight.products(Tx())
    assert listed is not None
    monkeypatch.setattr(insight, "products", lambda *_, **__: replace(listed, rows=(kept,)))
    twelve = replace(answer, flagged=False, buyers=12, buyers_spend_minor=96_000)
    monkeypatch.setattr(insight, "who_bought", lambda *_, **__: twelve)
    page = _page(client, told)
    assert "点数だけで切らないでください。" in page
    assert "買った12人は、同じ期間に全店で¥96,000を使っています。" in page


def test_a_masked_role_sees_no_name(shop: Tx, told: Told) -> None:
    page = _page(logged_in("operations"), told)
    assert "お客様 " in page
    assert "高橋" not in page


def test_own_days_are_handed_down_as_a_period(
    client: Client, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Period | None] = []

    def who_bought(t: Tx, *, period: Period | None = None, **rest: object) -> WhoBought:
        heard.append(period)
        return told[1]

    monkeypatch.setattr(insight, "who_bought", who_bought)
    _page(client, told, "?from=2026-11-01&to=2026-11-07")
    assert heard[0] is not None
    assert heard[0].days == 7
    refused = _page(client, told, "?from=2026-11-07&to=2026-11-01")
    assert heard[1] is None
    assert "終了日は開始日と同じ日か、あとの日にしてください。" in refused
    assert 'value="2026-11-07" aria-invalid="true"' in refused


def test_the_file_holds_every_buyer_and_the_unknown(client: Client, told: Told) -> None:
    answer = client.get(f"/products/{told[0].sku_id}.csv")
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(lines) == 1 + 5 + 1
    assert lines[1][1:4] == ["高橋 健", "108", "0.9000"]
    assert lines[-1][1:3] == ["不明", "4"]
    assert sum(int(line[2]) for line in lines[1:]) == told[1].units


def test_an_unknown_product_is_not_found(client: Client, told: Told) -> None:
    assert client.get("/products/987654321").status_code == 404


def test_a_result_that_is_not_there_yet_is_said(client: Client, told: Told, nothing: None) -> None:
    assert "この商品の売れ行きを数えています。" in _page(client, told)
