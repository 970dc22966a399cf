"""A person's page, the list of people, and the search that leads to both."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goen.customers.records import NewCredential, NewRecord, register
from goen.kit.db import Tx
from tests.doors.register.counter import basket, clerk, send
from tests.world import ACTOR, NOW, sale, sold

pytestmark = pytest.mark.usefixtures("tx_db")
TAKAHASHI = "G1040001"


def _person(card: str = TAKAHASHI) -> int:
    sql = (
        "SELECT person_id FROM customers_credential JOIN customers_personof USING (record_id)"
        " WHERE value = %s"
    )
    return int(Tx().value(sql, [card]))


def _page(client: Client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def _figure(person: int, *, profit: int, receipts: int = 3) -> None:
    Tx().execute(
        """
        INSERT INTO insight_personfigure (person_id, receipts, amount_minor, profit_minor,
          first_on, last_on, interval_days, channels)
        VALUES (%s, %s, %s, %s, '2026-09-01', '2026-11-10', 32, '[]')
        """,
        [person, receipts, 3 * profit, profit],
    )


def test_a_sale_at_the_till_stands_on_the_person_s_page_with_its_reason() -> None:
    client = clerk()
    done = send(
        client, "sales", basket(("KASHI-01", 2), total=324, member={"value": TAKAHASHI})
    ).json()
    client.post("/register/reasons", {"document": done["uid"], "code": "gift"})
    page = _page(client, f"/customers/{_person()}")
    for part in (
        "高橋 健 様",
        "タカハシ",
        "渋谷店で購入 2点",
        "¥324",
        "贈り物（ご本人）",
        "確認済み",
    ):
        assert part in page
    assert 'role="img"' in page
    assert "style=" not in page


def test_every_view_of_a_person_is_in_the_trail() -> None:
    client = clerk()
    _page(client, f"/customers/{_person()}")
    seen = Tx().rows("SELECT actor, subject FROM kit_trail WHERE verb = 'see' AND kind = 'person'")
    assert seen == [("staff:st01", str(_person()))]


def test_a_masked_role_sees_neither_name_nor_contact() -> None:
    client = clerk(role="operations")
    page = _page(client, f"/customers/{_person()}")
    assert f"お客様 {_person()}" in page
    assert "高橋" not in page
    assert "健" not in page
    assert TAKAHASHI not in page
    assert "（伏せています）" in page


def test_older_purchases_are_paged_by_link_and_by_part() -> None:
    client = clerk()
    visits = [
        sale(("KASHI-01", 1), member=TAKAHASHI, at=NOW - timedelta(days=n, hours=1))
        for n in range(13)
    ]
    sold(Tx(), *visits)
    page = _page(client, f"/customers/{_person()}")
    assert page.count("渋谷店で購入") == 10
    older = page.split("?before=")[1].split("#")[0]
    rest = client.get(f"/customers/{_person()}?before={older}", headers={"HX-Request": "true"})
    part = rest.content.decode()
    assert part.count("渋谷店で購入") == 3
    assert "<html" not in part
    whole = client.get(f"/customers/{_person()}?before={older}").content.decode()
    assert whole.count("渋谷店で購入") == 3
    assert "最新に戻る" in whole


def test_somebody_merged_away_redirects_to_who_they_are_now() -> None:
    client = clerk()
    mail = NewCredential("mail", "same@mail.example", verified=True)
    keys = [("ec", "E-1"), ("pos", "P-1")]
    new = [NewRecord(source, key, family_name="森", credentials=(mail,)) for source, key in keys]
    made = {}
    for one in new:
        made |= register(Tx(), [one], actor=ACTOR, recorded_at=NOW)
    lost, kept = Tx().row("SELECT id, merged_into_id FROM customers_person WHERE "
                          "merged_into_id IS NOT NULL")  # fmt: skip
    assert client.get(f"/customers/{lost}").url == f"/customers/{kept}"
    page = _page(client, f"/customers/{kept}")
    assert "2つの記録を1人に" in page
    assert "同じメールアドレス" in page


def test_nobody_is_not_found() -> None:
    assert clerk().get("/customers/999999").status_code == 404


def test_the_list_ranks_by_profit_and_exports_what_it_shows() -> None:
    client = clerk()
    _figure(_person(), profit=48_600)
    _figure(_person("G1040002"), profit=90_000)
    page = _page(client, "/customers")
    assert page.index("石川 美咲 様") < page.index("高橋 健 様")
    assert "¥48,600" in page
    answer = client.get("/customers", {"format": "csv"})
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(answer.content.decode("utf-8-sig").splitlines()))
    assert rows[1][1:7] == ["石川", "美咲", "イシカワ", "ミサキ", "G1040002", "90000"]
    assert len(rows) == 3
    exported = Tx().value("SELECT count(*) FROM kit_trail WHERE kind = 'export'")
    assert exported == 1


def test_an_empty_list_says_why_and_what_to_do() -> None:
    page = _page(clerk(), "/customers")
    assert "まだ、どなたかわかる購入がありません" in page
    assert 'href="/loads"' in page


@pytest.mark.parametrize(
    ("typed", "target"),
    [(TAKAHASHI, "person"), ("g104-0001", "person"), ("KASHI-01", "product")],
)
def test_a_code_leads_straight_to_its_page(typed: str, target: str) -> None:
    answer = clerk().get("/search", {"q": typed})
    sku = Tx().value("SELECT id FROM catalogue_sku WHERE code = 'KASHI-01'")
    wanted = {"person": f"/customers/{_person()}", "product": f"/products/{sku}"}
    assert answer.url == wanted[target]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("高橋", "高橋 健 様"),
        ("髙橋", "高橋 健 様"),
        ("たかはし", "高橋 健 様"),
        ("ﾀｶﾊｼ", "高橋 健 様"),
        ("渡辺", "渡邊 薫 様"),
        ("さえみどり", "煎茶 さえみどり"),
    ],
)
def test_search_finds_people_and_goods_however_they_are_typed(typed: str, found: str) -> None:
    assert found in _page(clerk(), "/search", q=typed)


def test_suggestions_are_a_listbox_with_a_second_mark_on_every_line() -> None:
    answer: Any = clerk().get("/search", {"q": "高"}, headers={"HX-Request": "true"})
    part = answer.content.decode()
    assert "<html" not in part
    assert part.count('role="option"') == 1
    assert "会員 G1040001" in part


def test_english_is_an_original_of_its_own() -> None:
    client = clerk()
    client.cookies["goen_language"] = "en"
    page = _page(client, f"/customers/{_person()}")
    assert "How we know it is one person" in page
    assert "様" not in page
