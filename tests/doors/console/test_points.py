"""Points in the console: the rules, what is outstanding, an account, points given by hand."""

import re

import pytest
from django.test import Client

from goen.kit.db import Tx
from goen.orders.sale import SaleTender
from tests import world
from tests.doors.console.conftest import logged_in, person
from tests.points.wallet import account, given, later, programme, record

RULES = {
    "name_ja": "みやびポイント", "name_en": "Miyabi points", "per_minor": "100", "basis": "gross",
    "confirm_days": "0", "expires_months": "12", "grace_days": "30", "owed_policy": "owed",
    "points_from": "2026-01-01", "spend_allowed": "1",
}  # fmt: skip


@pytest.fixture
def club(shop: Tx) -> Tx:
    """A programme, and a member with 500 points that end in ten days and what a sale earned."""
    programme(shop)
    world.stocked(shop, "UTSUWA-01", 10)
    given(shop, 500, ends=later(10))
    world.sold(shop, world.sale(("UTSUWA-01", 2), member="G1040001"))
    return shop


def text_of(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def uid_of(page: str) -> str:
    found = re.search(r'name="uid" value="([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def csv_of(browser: Client, path: str) -> list[list[str]]:
    body = browser.get(path).content.decode("utf-8-sig")
    return [line.split(",") for line in body.strip().split("\r\n")]


def test_without_a_programme_every_page_says_how_to_begin(client: Client, shop: Tx) -> None:
    assert "まだポイントがありません" in text_of(client, "/points")
    assert "きまりを作る" in text_of(client, "/points/accounts")
    assert "ポイントのきまりを作る" in text_of(client, "/points/rules")
    assert client.get("/points/accounts/1").status_code == 404


def test_the_overview_says_what_is_outstanding_and_when_it_ends(client: Client, club: Tx) -> None:
    page = text_of(client, "/points")
    assert "税込¥100ごとに1ポイント" in page
    assert "588" in page  # 500 given, 88 of ¥8,800
    assert "¥588分・1口座" in page
    ends = csv_of(client, "/points/ends.csv")
    assert ends[1:] == [["2026-11", "500", "0"], ["2027-11", "88", "0"]]
    moved = csv_of(client, "/points/months.csv")
    assert moved[1:] == [["2026-11", "88", "500", "0", "0"]]
    english = client.get("/points", headers={"accept-language": "en"}).content.decode()
    assert "1 point for every ¥100 incl. tax." in english
    assert "Nov 2027" in english


def test_a_change_of_rules_is_looked_at_first(client: Client, club: Tx) -> None:
    new = RULES | {"per_minor": "２００", "expires_months": ""}
    page = client.post("/points/rules", new | {"do": "check"}).content.decode()
    assert "この内容に変えます" in page
    assert "いまあるポイントの期限は変わりません" in page
    assert "¥200" in page
    before = club.value("SELECT per_minor FROM points_programme")
    assert before == 100
    answer = client.post("/points/rules", new | {"do": "save"})
    assert answer.headers["Location"] == "/points?programme=miyabi"
    row = club.row("SELECT per_minor, expires_months FROM points_programme")
    assert row == (200, None)
    assert "きまりを変えました" in text_of(client, "/points")
    ends = csv_of(client, "/points/ends.csv")
    assert ends[1:] == [["2026-11", "500", "0"], ["2027-11", "88", "0"]]
    same = client.post("/points/rules", new | {"do": "check"}).content.decode()
    assert "変わるところがありません" in same


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("per_minor", "たくさん"), ("per_minor", "0"), ("confirm_days", "-1"),
        ("expires_months", "0"), ("grace_days", ""), ("points_from", "2026-13-01"),
        ("owed_policy", "forget"), ("name_ja", ""),
    ],
)  # fmt: skip
def test_rules_that_cannot_be_stay_as_typed(
    client: Client, club: Tx, field: str, typed: str
) -> None:
    answer = client.post("/points/rules", RULES | {field: typed, "do": "save"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>エラー：" in page
    assert 'class="error"' in page
    assert club.value("SELECT per_minor FROM points_programme") == 100


def test_the_first_programme_is_made(client: Client, shop: Tx) -> None:
    new = RULES | {"code": "miyabi", "currency": "JPY"}
    assert (
        "このきまりで始めます"
        in client.post("/points/rules?new=1", new | {"do": "check"}).content.decode()
    )
    assert client.post("/points/rules?new=1", new | {"do": "save"}).status_code == 302
    assert shop.value("SELECT code FROM points_programme") == "miyabi"


def test_accounts_are_found_by_number_and_name(client: Client, club: Tx) -> None:
    account(club, "M-002")
    for text in ("G1040001", "タカハシ", "高橋"):
        page = text_of(client, f"/points/accounts?q={text}")
        assert "高橋 健 様" in page
        assert "1口座" in page
    assert "石川 美咲 様" in text_of(client, "/points/accounts")
    page = text_of(client, "/points/accounts?q=G1040003")
    assert "まだ口座のない方" in page
    opened = client.post("/points/accounts/open", {"record": record(club, "M-003")})
    assert "中村 由紀 様のポイント" in text_of(client, opened.headers["Location"])
    assert "合う方はいません" in text_of(client, "/points/accounts?q=zzz")
    assert "あてはまる口座はありません" in text_of(client, "/points/accounts?only=owed")
    assert "1口座" in text_of(client, "/points/accounts?only=ending")
    rows = csv_of(client, "/points/accounts.csv?only=ending")
    assert rows[1][1:] == ["高橋 健", "1", "588", "0", "0", "0", f"{later(10)}", "500"]


def test_an_account_shows_lots_history_and_documents(client: Client, club: Tx) -> None:
    page = text_of(client, f"/points/accounts/{account(club)}")
    uid = club.value("SELECT uid FROM orders_order")
    assert f'href="/orders/{uid}"' in page
    assert "お買い物で付いた" in page
    assert "2026/11/30" in page
    rows = csv_of(client, f"/points/accounts/{account(club)}.csv")
    assert [row[2] for row in rows[1:]] == ["88", "500"]
    seen = club.value("SELECT count(*) FROM kit_trail WHERE kind = 'points_account'")
    assert seen == 1


def test_points_are_given_once_after_a_look(client: Client, club: Tx) -> None:
    path = f"/points/accounts/{account(club)}"
    uid = uid_of(text_of(client, path))
    form = {"uid": uid, "qty": "１,０００", "reason": "manual", "note": "欠品のお詫び"}
    page = client.post(f"{path}/grant", form | {"do": "check"}).content.decode()
    assert "<strong>1,000ポイント</strong>（¥1,000分）" in page
    assert club.value("SELECT count(*) FROM points_grant") == 1
    for _ in range(2):
        assert client.post(f"{path}/grant", form | {"do": "give"}).status_code == 302
    page = text_of(client, path)
    assert "1,000ポイントを付けました" in page
    assert "お詫び・お礼など · 欠品のお詫び" in page
    assert "佐藤 恵" in page
    assert club.value("SELECT sum(free) FROM points_lot") == 1_588


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("qty", "0", "1〜1,000,000,000の整数"),
        ("qty", "many", "1〜1,000,000,000の整数"),
        ("note", "", "理由を入力してください"),
        ("reason", "take_over", "一覧から選んでください"),
        ("expires_on", "2020-01-01", "今日より後の日"),
        ("expires_on", "soon", "soon"),
    ],
)
def test_a_gift_that_cannot_be_is_refused_beside_its_field(
    client: Client, club: Tx, field: str, typed: str, said: str
) -> None:
    path = f"/points/accounts/{account(club)}/grant"
    form = {"qty": "5", "reason": "manual", "note": "お礼", "do": "give"}
    answer = client.post(path, form | {field: typed})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert club.value("SELECT count(*) FROM points_grant") == 1


def test_a_family_shares_an_account(client: Client, club: Tx) -> None:
    shared = account(club)
    path, son = f"/points/accounts/{shared}", record(club, "M-002")
    assert "石川 美咲 様" in text_of(client, f"{path}?join=G1040002")
    client.post(f"{path}/join", {"record": son})
    page = text_of(client, path)
    assert "この口座に加えました" in page
    assert "貯めるだけ" in page
    assert "高橋 健 様 ほか1人" in text_of(client, "/points/accounts?only=shared")
    client.post(f"{path}/join", {"record": son, "may_spend": "1"})
    assert "貯めるだけ</span>" not in text_of(client, path)
    client.post(f"{path}/leave", {"record": son})
    assert "この口座から外しました" in text_of(client, path)
    client.post(f"{path}/leave", {"record": record(club)})
    assert "ほかに誰もいません" in text_of(client, path)


def test_a_store_looks_and_changes_nothing(client: Client, club: Tx) -> None:
    browser, path = logged_in("store"), f"/points/accounts/{account(club)}"
    assert "ポイントを付ける" not in text_of(browser, "/points")
    assert "付けられるのは、本部" in text_of(browser, path)
    form = {"qty": "5", "reason": "manual", "note": "お礼", "do": "give"}
    assert browser.post(f"{path}/grant", form).status_code == 403
    assert (
        browser.post("/points/rules", RULES | {"per_minor": "1", "do": "save"}).status_code == 403
    )
    browser.post(f"{path}/join", {"record": record(club, "M-002")})
    assert club.value("SELECT count(*) FROM points_membership") == 1
    assert club.value("SELECT per_minor FROM points_programme") == 100


def test_operations_see_masked_names(client: Client, club: Tx) -> None:
    browser = logged_in("operations")
    for path in ("/points/accounts", f"/points/accounts/{account(club)}"):
        page = text_of(browser, path)
        assert "お客様 " in page
        assert "高橋" not in page
        assert "健" not in page
        assert "G1040001" not in page


def test_the_history_is_paged(client: Client, club: Tx) -> None:
    for _ in range(25):
        given(club, 1)
    path = f"/points/accounts/{account(club)}"
    page = text_of(client, path)
    older = re.search(r"\?before=(\d+)#history", page)
    assert older is not None
    part = client.get(f"{path}?before={older[1]}", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.count("<tr>") == 7
    assert "お買い物で付いた" in part


def test_a_person_s_page_shows_their_points(client: Client, club: Tx) -> None:
    page = text_of(client, f"/customers/{person(club, 'G1040001')}")
    assert "588" in page
    assert f"/points/accounts/{account(club)}" in page
    assert "2026/11/30" in page
    other = text_of(client, f"/customers/{person(club, 'G1040002')}")
    assert "ポイントの口座はまだありません" in other


def test_points_that_wait_and_points_owed_are_said(client: Client, shop: Tx) -> None:
    programme(shop, confirm_days=14)
    account(shop)
    world.stocked(shop, "UTSUWA-01", 10)
    world.sold(shop, world.sale(("UTSUWA-01", 2), member="G1040001"))
    page = text_of(client, f"/points/accounts/{account(shop)}")
    assert "2026/12/04に使えるようになります" in page
    assert "1ポイント＝¥1。会計の14日後から使えます。" in text_of(client, "/points")
    shop.execute("UPDATE points_account SET owed = 40")
    assert "次のポイントから引きます" in text_of(client, f"/points/accounts/{account(shop)}")
    assert "1口座。次のポイントから引きます" in text_of(client, "/points")


def test_a_sale_paid_with_points_stands_in_the_history(client: Client, club: Tx) -> None:
    tenders = (SaleTender("points", 500), SaleTender("card", 3_900))
    world.sold(club, world.sale(("UTSUWA-01", 1), member="G1040001", tenders=tenders))
    page = text_of(client, f"/points/accounts/{account(club)}")
    assert "使った" in page
    assert "−500" in page
