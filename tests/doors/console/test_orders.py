"""The list of orders and one order: filters, search, masks, the file, the tracks, the papers."""

import csv
import io
import re
from uuid import UUID

import pytest
from django.test import Client

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders.order import PartBack, TakeBack
from goen.orders.sale import SaleTender
from goen.orders.taking_back import take_back
from tests import world
from tests.doors.console.conftest import logged_in
from tests.orders.placed import AT, BY, cancelled, laid_ready, one_placed, order, ship
from tests.points import wallet

TEA = ("CHA-01", 2)
BOWL = ("UTSUWA-01", 1)


@pytest.fixture
def stocked(shop: Tx) -> Tx:
    """Plenty of tea and bowls in two places."""
    for place in ("shibuya", "kichijoji", "web"):
        world.stocked(shop, "CHA-01", 20, place)
        world.stocked(shop, "UTSUWA-01", 20, place)
    return shop


def one(t: Tx, *items: tuple[str, int], **more: object) -> UUID:
    """An order of a member."""
    given = {"member": ("card", "G1040002"), "source_no": f"EC-{ids.new_id().hex[-6:]}"} | more
    return one_placed(t, order(*items, **given))  # type: ignore[arg-type]


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_an_empty_list_says_that_nobody_waits(client: Client) -> None:
    assert "待っているお客様はいません" in page(client, "/orders")
    everything = page(client, "/orders?state=all")
    assert "まだありません" in everything
    assert "メニュー" in everything.split('<nav class="tabs"')[1]


def test_every_page_of_a_shop_without_orders_stands(client: Client) -> None:
    for path in ("/orders.csv", "/orders/flow", "/orders/mismatches", "/orders/exceptions"):
        assert client.get(path).status_code == 200
    for state in ("placed", "stuck", "done", "sale"):
        assert 'class="card empty"' in page(client, f"/orders?state={state}")


def test_open_orders_stand_first_and_tills_are_found_under_all(client: Client, stocked: Tx) -> None:
    uid = one(stocked, TEA, BOWL, fee=550, source_no="EC-1")
    world.sold(stocked, world.sale(("CHA-01", 1), source_no="T-1", source="pos"))
    found = page(client, "/orders")
    assert f'href="/orders/{uid}"' in found
    assert "T-1" not in found
    assert "石川 美咲 様" in found
    assert "煎茶 さえみどり ほか1品" in found
    assert "¥7,542" in found
    everything = page(client, "/orders?state=all")
    assert "EC-1" in everything
    assert "T-1" in everything
    assert "EC-1" not in page(client, "/orders?state=sale")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=placed", True),
        ("state=done", False),
        ("channel=ec", True),
        ("channel=store", False),
        ("place=web", True),
        ("place=kichijoji", False),
        ("method=ship", True),
        ("method=collect", False),
        ("from=2026-11-20&to=2026-11-20", True),
        ("from=2026-11-21", False),
        ("to=2026-11-19", False),
        ("exception=1", False),
        ("q=EC-1", True),
        ("q=ec-1", True),
        ("q=石川", True),
        ("q=高橋", True),  # the name on the parcel
        ("q=0000", True),  # the end of the telephone on the parcel
        ("q=CHA-01", True),
        ("q=NUNO-01", False),
        ("q=渡邊", False),
        ("state=zz&channel=zz&page=zz&from=zz", True),
    ],
)
def test_every_filter_finds_and_leaves_out(
    client: Client, stocked: Tx, query: str, found: bool
) -> None:
    one(stocked, TEA, source_no="EC-1")
    assert ("/orders/" in page(client, f"/orders?{query}").split("<tbody>")[-1]) is found or (
        found is False and "<tbody>" not in page(client, f"/orders?{query}")
    )


def test_names_of_parcels_are_not_searched_by_who_may_not_see_them(stocked: Tx) -> None:
    one(stocked, TEA, source_no="EC-1", member=None)
    browser = logged_in("operations")
    assert "EC-1" not in page(browser, "/orders?state=open&q=高橋")
    assert "EC-1" in page(logged_in("hq"), "/orders?state=open&q=高橋")


def test_what_stands_still_says_for_how_long(client: Client, stocked: Tx) -> None:
    one(stocked, TEA, source_no="EC-OLD", occurred_at=AT.replace(month=11, day=10))
    one(stocked, TEA, source_no="EC-DONE")
    found = page(client, "/orders?state=stuck")
    assert "EC-OLD" in found
    assert "日止まり" in found


def test_the_file_holds_the_same_rows(client: Client, stocked: Tx) -> None:
    one(stocked, TEA, source_no="EC-1")
    answer = client.get("/orders.csv")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[0] == "注文番号"
    assert row[0] == "EC-1"
    assert row[8] == "石川 美咲"
    assert row[10:14] == ["2", "2", "2592", "JPY"]


def test_one_order_shows_its_three_tracks(client: Client, stocked: Tx) -> None:
    uid = one(stocked, TEA, BOWL, fee=550, source_no="EC-1")
    ship(stocked, uid, (1, 1), carrier="ヤマト運輸", tracking_no="4900", staff="st01")
    cancelled(stocked, uid, (2, 1))
    found = page(client, f"/orders/{uid}")
    for words in (
        "EC-1", "高橋 健", "〒150-0002", "ヤマト運輸 4900", "佐藤 恵",
        "3点を確保", "1点を出庫", "1点の確保を解除", "1点を確保中",
        "¥1,846　カード", "¥4,400", "お預かりを解除", "¥1,296",
        "注文確認書", "納品書", "領収書", "お客様のご都合", "一部お届け",
    ):  # fmt: skip
        assert words in found, words
    assert f'href="/orders/{uid}/take-back"' in found
    assert "合いません" not in found


def test_who_may_not_see_names_sees_no_address(stocked: Tx) -> None:
    uid = one(stocked, TEA)
    found = page(logged_in("operations"), f"/orders/{uid}")
    for word in ("高橋", "渋谷1-1-1", "09000000000", "美咲"):
        assert word not in found
    assert "見る権限のある担当だけ" in found


def test_looking_at_an_order_of_somebody_leaves_a_line(client: Client, stocked: Tx) -> None:
    uid = one(stocked, TEA)
    page(client, f"/orders/{uid}")
    seen = stocked.rows("SELECT subject FROM kit_trail WHERE verb = 'see' AND kind = 'order'")
    assert seen == [(str(uid),)]


def test_an_order_to_collect_goes_its_own_way(client: Client, stocked: Tx) -> None:
    uid = one(stocked, TEA, to="shibuya")
    found = page(client, f"/orders/{uid}")
    assert "準備できた" in found
    laid_ready(stocked, uid)
    found = page(client, f"/orders/{uid}")
    assert "受け取りを待っています" in found
    assert f'href="/orders/{uid}/hand-over"' in found


def test_a_sale_has_a_page_too_and_unknown_ones_have_none(client: Client, stocked: Tx) -> None:
    sale = world.sale(("CHA-01", 1))
    world.sold(stocked, sale)
    found = page(client, f"/orders/{sale.uid}")
    assert "1点を出庫" in found
    assert "/take-back" in found
    assert client.get(f"/orders/{ids.new_id()}").status_code == 404


def test_a_number_in_the_search_box_leads_to_its_order(client: Client, stocked: Tx) -> None:
    uid = one(stocked, TEA, source_no="EC-777")
    assert client.get("/search?q=EC-777").headers["Location"] == f"/orders/{uid}"
    hits = client.get("/search?q=EC-777", headers={"HX-Request": "true"}).content.decode()
    assert f'href="/orders/{uid}"' in hits


def test_mismatches_are_listed_with_all_three_figures(client: Client, stocked: Tx) -> None:
    uid = one(stocked, TEA, source_no="EC-1")
    assert "すべて合っています" in page(client, "/orders/mismatches?days=90")
    stocked.execute("UPDATE orders_order SET total_minor = total_minor + 1 WHERE uid = %s", [uid])
    found = page(client, "/orders/mismatches")
    assert "書面の合計とお支払いの合計が違います" in found
    assert "合計 ¥2,593・支払い ¥2,592" in found
    assert "書面の合計とお支払いの合計が違います" in page(client, f"/orders/{uid}")
    _, row = csv.reader(
        io.StringIO(client.get("/orders/mismatches.csv").content.decode("utf-8-sig"))
    )
    assert row[0] == "EC-1"


def test_the_flow_names_steps_people_and_deviations(client: Client, stocked: Tx) -> None:
    """R-126, R-130, R-131, R-132: one flow, its deviations, and who alone can do a step."""
    uid = one(stocked, TEA)
    ship(stocked, uid, staff="st01")
    found = page(client, "/orders/flow?a=ec&b=store")
    for words in ("版1", "「出荷」は佐藤 恵だけがしています。", "配送会社と送り状番号を入れて",
                  "代金はモールがお客様から受け取ります。", "この経路だけ"):  # fmt: skip
        assert words in found, words


def test_papers_carry_number_rates_and_registration(client: Client, stocked: Tx) -> None:
    uid = one(stocked, TEA, BOWL, fee=550, source_no="EC-1")
    confirmation = page(client, f"/orders/{uid}/papers/confirmation")
    for words in (
        "ご注文確認書",
        "石川 美咲 様",
        "T5010401000007",
        "¥7,542",
        "（うち消費税 ¥192）",
    ):
        assert words in confirmation, words
    assert client.get(f"/orders/{uid}/papers/receipt").status_code == 404
    ship(stocked, uid, (1, 2))
    slip = stocked.value("SELECT uid FROM orders_slip")
    note = page(client, f"/orders/{uid}/papers/delivery/{slip}")
    assert "残りの1点は" in note
    assert "¥3,142" in note
    receipt = page(client, f"/orders/{uid}/papers/receipt")
    for words in ("領収書（適格簡易請求書）", "¥3,142", "これまでにお届けした分です", "※印は"):
        assert words in receipt, words
    assert client.get(f"/orders/{uid}/papers/delivery/{ids.new_id()}").status_code == 404


def test_a_return_has_its_invoice(client: Client, stocked: Tx) -> None:
    uid = one(stocked, ("UTSUWA-01", 3), source_no="EC-1")
    ship(stocked, uid)
    back = ids.new_id()
    wish = TakeBack(back, uid, "kichijoji", "size", world.NOW, (PartBack(1, 3),))
    (answer,) = take_back(stocked, [wish], **BY)
    assert not hasattr(answer, "code"), answer
    found = page(client, f"/orders/{uid}/papers/return/{back}")
    for words in ("適格返還請求書", "¥13,200", "（うち消費税 ¥1,200）", "吉祥寺店",
                  "2026年11月20日（金）", "サイズ・色が合わない", "カード"):  # fmt: skip
        assert words in found, words
    client.cookies["goen_language"] = "en"
    found = page(client, f"/orders/{uid}/papers/return/{back}")
    assert "qualified return invoice" in found
    assert "(of which tax ¥1,200)" in found


def test_points_stand_beside_the_money(client: Client, stocked: Tx) -> None:
    wallet.programme(stocked)
    wallet.given(stocked, 1_000)
    member = ("card", "G1040001")
    tenders = (SaleTender("card", 4_946), SaleTender("points", 750))
    uid = one(stocked, ("CHA-01", 1), BOWL, tenders=tenders, member=member)
    assert "750ポイント" in page(client, f"/orders/{uid}")
    ship(stocked, uid, (2, 1))
    found = page(client, f"/orders/{uid}")
    assert re.search(r"750ポイント</b><small>ご利用", found)
    assert re.search(r"36ポイント</b><small>進呈", found)
    cancelled(stocked, uid)
    assert "¥1,296" in page(client, f"/orders/{uid}").split("お預かりを解除")[0]


def test_home_says_what_of_the_orders_waits(client: Client, told: object, stocked: Tx) -> None:
    assert "確認が必要なこと" not in page(client, "/")
    one(stocked, TEA, occurred_at=AT.replace(month=11, day=1))
    found = page(client, "/")
    assert "確認が必要なこと" in found
    assert 'href="/orders?state=stuck"' in found
