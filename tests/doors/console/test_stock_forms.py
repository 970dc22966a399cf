"""Arrivals, transfers, counts, holds and safety stock through their forms: retry-safe, in words."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from goen.kit import clock, ids
from goen.kit.db import Tx
from tests import world
from tests.doors.console.conftest import sku_id
from tests.doors.console.test_stock import put, sold_now
from tests.stock.shelf import free, on

ITEM, OTHER = "UTSUWA-01", "KASHI-01"


@pytest.fixture
def stocked(shop: Tx) -> Tx:
    """Ten bowls at Shibuya."""
    world.stocked(shop, ITEM, 10)
    return shop


def uid_of(page: str) -> str:
    found = re.search(r'name="uid" value="([0-9a-f-]{36})"', page)
    assert found is not None
    return found[1]


def lines_of(page: str) -> list[tuple[str, str]]:
    items = re.findall(r'name="item" value="([^"]*)"', page)
    numbers = re.findall(r'name="qty" type="text"[^>]*value="([^"]*)"', page)
    return list(zip(items, numbers, strict=True))


def test_scanning_makes_lines_and_the_same_once_more(client: Client, stocked: Tx) -> None:
    page = client.get("/stock/arrivals/new").content.decode()
    given = {"uid": uid_of(page), "place": "shibuya", "do": "add"}
    page = client.post("/stock/arrivals/new", given | {"scan": ITEM}).content.decode()
    assert lines_of(page) == [(ITEM, "1")]
    again = given | {"item": [ITEM], "qty": ["1"], "scan": [ITEM, f"{OTHER}*12", ""]}
    page = client.post("/stock/arrivals/new", again).content.decode()
    assert lines_of(page) == [(ITEM, "2"), (OTHER, "12")]
    assert "合計 2品" in page
    dropped = given | {"item": [ITEM, OTHER], "qty": ["２", "12"], "do": "drop:1"}
    assert lines_of(client.post("/stock/arrivals/new", dropped).content.decode()) == [(ITEM, "２")]


def test_a_name_offers_what_it_may_mean(client: Client, stocked: Tx) -> None:
    given = {"uid": str(ids.new_id()), "do": "add", "scan": "ビッグバー"}
    page = client.post("/stock/arrivals/new", given).content.decode()
    assert page.count('name="pick"') == 2
    page = client.post("/stock/arrivals/new", {"pick": OTHER}).content.decode()
    assert lines_of(page) == [(OTHER, "1")]
    page = client.post("/stock/arrivals/new", {"scan": "zzz", "do": "add"}).content.decode()
    assert "「zzz」は登録のない商品です" in page


def test_an_arrival_sent_twice_arrives_once(client: Client, stocked: Tx) -> None:
    given = {"uid": str(ids.new_id()), "place": "shibuya", "do": "book", "item": ITEM, "qty": "５"}
    for _ in range(2):
        answer = client.post("/stock/arrivals/new", given)
        assert answer.status_code == 302
    assert free(stocked) == 15
    shown = client.get(answer.headers["Location"]).content.decode()
    assert "入荷を登録しました" in shown
    assert "飯碗 白磁" in shown
    assert "1品 5点" in shown
    listed = client.get("/stock/arrivals").content.decode()
    assert given["uid"] in listed
    assert "佐藤 恵" in listed


def test_what_is_refused_stays_with_its_reason(client: Client, stocked: Tx) -> None:
    given = {"place": "shibuya", "do": "book", "item": [ITEM, "nix"], "qty": ["0", "3"]}
    answer = client.post("/stock/arrivals/new", given)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>エラー：" in page
    assert "数量は1以上の整数で入力してください" in page
    assert "「nix」は登録のない商品です" in page
    assert lines_of(page) == [(ITEM, "0"), ("nix", "3")]
    late = {"item": ITEM, "qty": "1", "do": "book", "occurred_at": "2099-01-01T00:00"}
    page = client.post("/stock/arrivals/new", late).content.decode()
    assert "未来か古すぎて使えません" in page
    nothing = client.post("/stock/arrivals/new", {"do": "book"})
    assert "商品がありません" in nothing.content.decode()
    assert free(stocked) == 10


def test_a_transfer_goes_is_received_in_part_and_the_rest_is_lost(
    client: Client, stocked: Tx
) -> None:
    given = {
        "uid": str(ids.new_id()),
        "source": "shibuya",
        "target": "kichijoji",
        "item": ITEM,
        "qty": "4",
        "do": "book",
    }
    href = client.post("/stock/transfers/new", given).headers["Location"].split("?")[0]
    assert href == f"/stock/transfers/{given['uid']}"
    which = sku_id(stocked, ITEM)
    assert (free(stocked), free(stocked, "kichijoji")) == (6, 0)
    page = client.get(href).content.decode()
    assert "移動中 4点" in page
    part = {"uid": uid_of(page), f"came-{which}": "3"}
    for _ in range(2):  # an impatient finger
        assert client.post(href, part).status_code == 302
    assert free(stocked, "kichijoji") == 3
    too_many = client.post(href, {"uid": str(ids.new_id()), f"came-{which}": "2"})
    assert too_many.status_code == 422
    assert "届いていないのは1点です" in too_many.content.decode()
    rest = {
        "uid": str(ids.new_id()),
        f"came-{which}": "0",
        f"lost-{which}": "1",
        f"why-{which}": "damaged",
    }
    assert client.post(href, rest).status_code == 302
    page = client.get(href).content.decode()
    assert "完了" in page
    assert "破損" in page
    assert on(stocked, "unexplained", "kichijoji") == 1
    assert given["uid"] in client.get("/stock/transfers").content.decode()


def test_what_is_promised_cannot_be_sent(client: Client, stocked: Tx) -> None:
    put(stocked, qty=8)
    given = {"source": "shibuya", "target": "kichijoji", "item": ITEM, "qty": "3", "do": "book"}
    answer = client.post("/stock/transfers/new", given)
    assert answer.status_code == 422
    assert "3点のうち2点しか" in answer.content.decode()
    same = client.post("/stock/transfers/new", given | {"target": "shibuya", "qty": "1"})
    assert "同じ場所へは送れません" in same.content.decode()


def test_a_count_shows_differences_before_it_books_them(client: Client, stocked: Tx) -> None:
    sheet = client.get("/stock/counts/new?place=shibuya").content.decode()
    assert lines_of(sheet) == [(ITEM, "")]
    assert ">10<" not in sheet  # a sheet is counted blindly
    given = {"uid": uid_of(sheet), "place": "shibuya", "item": ITEM, "qty": "7"}
    page = client.post("/stock/counts/new", given | {"do": "preview"}).content.decode()
    assert "差異1品を直して確定する" in page
    assert "−3" in page
    assert free(stocked) == 10
    instant = re.search(r'name="instant" value="([^"]+)"', page)
    assert instant is not None
    # somebody buys one between the preview and the booking: that is no difference
    sold_now(stocked, 1, minutes_ago=0)
    booking = given | {"do": "book", "instant": instant[1].replace("&#x2B;", "+")}
    for _ in range(2):
        answer = client.post("/stock/counts/new", booking)
        assert answer.status_code == 302
    assert free(stocked) == 6
    result = client.get(answer.headers["Location"]).content.decode()
    assert "棚卸を確定しました" in result
    assert "−3" in result
    assert client.get(f"/stock/counts/{given['uid']}.csv").status_code == 200
    assert given["uid"] in client.get("/stock/counts").content.decode()


def test_a_sale_heard_of_late_is_explained_on_the_result(client: Client, stocked: Tx) -> None:
    given = {"uid": str(ids.new_id()), "place": "shibuya", "item": ITEM, "qty": "9", "do": "book"}
    given["instant"] = (clock.now() - timedelta(minutes=5)).isoformat()
    answer = client.post("/stock/counts/new", given)
    sold_now(stocked, 1, minutes_ago=9)
    assert free(stocked) == 9
    page = client.get(answer.headers["Location"]).content.decode()
    assert "確定のあとに届きました（1品）" in page


def test_a_count_without_numbers_and_nonsense_are_refused(client: Client, stocked: Tx) -> None:
    given = {"place": "shibuya", "item": ITEM, "qty": "", "do": "preview"}
    answer = client.post("/stock/counts/new", given)
    assert answer.status_code == 422
    assert "数を1つ以上入力してください" in answer.content.decode()
    answer = client.post("/stock/counts/new", given | {"qty": "x7"})
    assert "数は0以上の整数で入力してください（x7は使えません）" in answer.content.decode()
    assert client.get("/stock/counts/new?place=nix").status_code == 302


def test_a_count_that_misses_promised_goods_says_so_first(client: Client, stocked: Tx) -> None:
    put(stocked, qty=6)
    given = {"place": "shibuya", "item": ITEM, "qty": "4", "do": "preview"}
    page = client.post("/stock/counts/new", given).content.decode()
    assert "約束した商品が足りません" in page
    assert "飯碗 白磁 2点" in page
    booked = client.post("/stock/counts/new", given | {"do": "book", "uid": uid_of(page)})
    assert booked.status_code == 302
    assert stocked.value("SELECT count(*) FROM ledger_pending") == 0  # the promise is broken
    assert free(stocked) == 4
    assert client.get(booked.headers["Location"]).status_code == 200


def test_goods_are_kept_for_a_member_longer_and_no_more(client: Client, stocked: Tx) -> None:
    given = {
        "uid": str(ids.new_id()),
        "place": "shibuya",
        "kind": "set_aside",
        "member": "G1040002",
        "item": ITEM,
        "qty": "3",
        "do": "book",
    }
    for _ in range(2):
        assert client.post("/stock/holds/new", given).status_code == 302
    assert free(stocked) == 7
    page = client.get("/stock/holds").content.decode()
    assert "石川 美咲 様" in page
    until = (clock.now() + timedelta(days=20)).date().isoformat()
    href = f"/stock/holds/{given['uid']}"
    assert client.post(f"{href}/extend", {"until": until}).status_code == 302
    ends = stocked.value("SELECT expires_at FROM stock_hold WHERE uid = %s", [UUID(given["uid"])])
    assert ends.date() == clock.now().date() + timedelta(days=20)
    assert client.post(f"{href}/extend", {"until": "x"}).status_code == 422
    which = sku_id(stocked, ITEM)
    answer = client.post(f"{href}/release", {"back": str(which)})
    assert answer.headers["Location"] == f"/stock/{which}?done=released"
    assert free(stocked) == 10
    again = client.post(f"{href}/release", {})
    assert again.status_code == 422
    assert "もう終わっています" in again.content.decode()
    assert client.get("/stock/holds.csv").status_code == 200


def test_nobody_is_kept_for_without_a_name(client: Client, stocked: Tx) -> None:
    given = {"place": "shibuya", "item": ITEM, "qty": "11", "do": "book"}
    page = client.post("/stock/holds/new", given).content.decode()
    assert "どなたのための取り置きかを入れてください" in page
    page = client.post("/stock/holds/new", given | {"member": "nix"}).content.decode()
    assert "「nix」の会員は見つかりません" in page
    page = client.post("/stock/holds/new", given | {"member": "G1040002"}).content.decode()
    assert "11点のうち10点しか" in page
    past = given | {"member": "G1040002", "qty": "1", "until": "2020-01-01"}
    assert "もう過ぎています" in client.post("/stock/holds/new", past).content.decode()


def test_safety_stock_is_put_and_taken_back(client: Client, stocked: Tx) -> None:
    today = clock.now().date().isoformat()
    given = {"item": ITEM, "place": "shibuya", "safety": "4", "buffer": "", "valid_from": today}
    answer = client.post("/stock/safety", given)
    assert answer.status_code == 302
    page = client.get(answer.headers["Location"]).content.decode()
    assert "取り消す（安全在庫0・バッファ0に戻す）" in page
    shown = client.get(f"/stock/{sku_id(stocked, ITEM)}").content.decode()
    assert "安全在庫 4・バッファ 0" in shown
    client.post("/stock/safety", given | {"safety": "0", "buffer": "0", "undo": "1"})
    assert stocked.value("SELECT safety FROM stock_safety") == 0
    noted = stocked.value("SELECT count(*) FROM kit_trail WHERE kind = 'safety'")
    assert noted == 2
    told = stocked.value("SELECT count(*) FROM kit_notice WHERE kind = 'SafetyChanged'")
    assert told == 2


def test_safety_stock_is_refused_beside_its_field(client: Client, stocked: Tx) -> None:
    given = {"item": "nix", "safety": "4", "valid_from": "2026-11-01"}
    answer = client.post("/stock/safety", given)
    assert answer.status_code == 422
    assert 'id="item-error"' in answer.content.decode()
    answer = client.post("/stock/safety", {"safety": "-1", "valid_from": "2026-11-01"})
    assert 'id="safety-error"' in answer.content.decode()
    answer = client.post("/stock/safety", {"safety": "1", "valid_from": "soon"})
    assert "日付として読めません" in answer.content.decode()
    assert client.get("/stock/safety.csv").status_code == 200
