"""The stock pages: shelves side by side, one product, what runs low (R-013, R-100)."""

import csv
import io
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from goen.customers import queries as customers
from goen.kit import clock, ids, settings
from goen.kit.db import Tx
from goen.orders.sale import Sold
from goen.orders.selling import sell
from goen.stock.availability import NewSafety, put_safety
from goen.stock.holds import NewHold, hold
from goen.stock.transfers import NewTransfer, send
from tests import world
from tests.doors.console.conftest import logged_in, sku_id
from tests.world import ACTOR, NOW

ITEM = "UTSUWA-01"


def put(t: Tx, kind: str = "set_aside", qty: int = 2) -> UUID:
    """Goods held for 石川 美咲 at Shibuya."""
    now = clock.now()
    member = customers.find_credential(t, "G1040002", viewer=world.VIEWER)
    assert member is not None
    holder = f"record:{member.record_ids[0]}"
    wish = NewHold(ids.new_id(), "shibuya", kind, holder, ((ITEM, qty),), now)
    hold(t, [wish], actor=ACTOR, recorded_at=now)
    return wish.uid


def sold_now(t: Tx, qty: int, *, minutes_ago: int = 1, item: str = ITEM) -> None:
    """Somebody buys some at Shibuya."""
    one = world.sale((item, qty), at=clock.now() - timedelta(minutes=minutes_ago))
    (answer,) = sell(t, [one], actor=ACTOR, recorded_at=clock.now())
    assert isinstance(answer, Sold), answer


@pytest.fixture
def stocked(shop: Tx) -> Tx:
    """Ten at Shibuya, 40 at Kichijoji; two held, three on their way, one kept back."""
    world.stocked(shop, ITEM, 10)
    world.stocked(shop, ITEM, 40, "kichijoji")
    put(shop)
    move = NewTransfer(ids.new_id(), "kichijoji", "shibuya", ((ITEM, 3),), NOW)
    send(shop, [move], actor=ACTOR, recorded_at=NOW)
    row = NewSafety(NOW.date() - timedelta(days=9), 1, 0, ITEM, "shibuya")
    put_safety(shop, [row], actor=ACTOR, recorded_at=NOW)
    return shop


def rows_of(answer: object) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))  # type: ignore[attr-defined]


def test_the_group_is_the_sum_of_its_places_and_of_what_is_between(
    client: Client, stocked: Tx
) -> None:
    page = client.get("/stock").content.decode()
    assert "グループ全体 <b>50</b>" in page
    assert "渋谷店 10" in page
    assert "吉祥寺店 37" in page
    assert "移動中 3" in page
    assert "うち取り置き・引当 2" in page
    head, *lines = rows_of(client.get("/stock.csv"))
    assert head[3:] == [
        "場所",
        "帳簿",
        "取り置き・引当",
        "安全在庫",
        "バッファ",
        "売れる数",
        "ここへ移動中",
    ]
    assert [line[3:] for line in lines] == [
        ["渋谷店", "10", "2", "1", "0", "7", "3"],
        ["吉祥寺店", "37", "0", "0", "0", "37", "0"],
    ]


def test_a_place_has_columns_of_its_own(client: Client, stocked: Tx) -> None:
    page = client.get("/stock?place=shibuya").content.decode()
    assert "ここへ移動中" in page
    assert '<a class="chip" href="?">渋谷店' in page.replace("\n", "")
    assert "吉祥寺店 37" not in page


def test_filters_find_and_offer_to_be_dropped(client: Client, stocked: Tx) -> None:
    assert "飯碗 白磁" in client.get("/stock?q=飯碗").content.decode()
    page = client.get("/stock?q=ありません").content.decode()
    assert "この条件の在庫はありません" in page
    assert "飯碗 白磁" in client.get("/stock?only=held").content.decode()
    assert "飯碗 白磁" in client.get("/stock?only=way").content.decode()
    assert "飯碗 白磁" not in client.get("/stock?only=low&q=飯碗").content.decode()
    for query in ("?page=-1", "?page=zz", "?order=x&only=x&place=x&category=x"):
        assert client.get(f"/stock{query}").status_code == 200


def test_an_empty_shop_says_how_to_begin(client: Client, shop: Tx) -> None:
    page = client.get("/stock").content.decode()
    assert "まだ在庫の記録がありません" in page
    assert 'href="/stock/arrivals/new"' in page
    for path in ("low", "arrivals", "transfers", "counts", "holds", "safety"):
        assert client.get(f"/stock/{path}").status_code == 200


def test_a_low_shelf_is_proposed_a_transfer_that_is_filled_in(client: Client, stocked: Tx) -> None:
    sold_now(stocked, 6)
    page = client.get("/stock").content.decode()
    assert "足りなくなりそうな在庫" not in page  # three are on their way
    sold_now(stocked, 2)
    settings.write(stocked, "stock.low_days", 14, actor=ACTOR, recorded_at=NOW)
    page = client.get("/stock").content.decode()
    assert "足りなくなりそうな在庫" in page
    href = "/stock/transfers/new?source=kichijoji&amp;target=shibuya&amp;item=UTSUWA-01&amp;qty=6"
    assert href in page
    form = client.get(href.replace("&amp;", "&")).content.decode()
    assert 'value="6"' in form
    _head, line = rows_of(client.get("/stock/low.csv?how=move"))
    assert (line[2], line[-3:]) == ("渋谷店", ["移動", "6", "吉祥寺店"])
    assert rows_of(client.get("/stock/low.csv?how=order"))[1:] == []


def test_one_product_says_what_each_figure_is_made_of(client: Client, stocked: Tx) -> None:
    which = sku_id(stocked, ITEM)
    page = client.get(f"/stock/{which}").content.decode()
    assert "グループ全体では50点" in page
    assert "店舗・持ち帰り" in page
    assert "EC・配送" in page
    assert "石川 美咲 様" in page
    assert 'href="/stock/transfers/' in page
    assert client.get("/stock/999999").status_code == 404


def test_movements_are_paged_and_lead_to_their_slip(client: Client, stocked: Tx) -> None:
    which = sku_id(stocked, ITEM)
    for _ in range(36):
        world.sold(stocked, world.sale((ITEM, 1), place="kichijoji"))
    page = client.get(f"/stock/{which}?place=kichijoji").content.decode()
    assert page.count('<td class="nowrap">') == 30
    older = page.split("before=")[1].split("#")[0].split('"')[0].split("&")[0]
    last = client.get(f"/stock/{which}?place=kichijoji&before={older}").content.decode()
    assert last.count('<td class="nowrap">') == 8  # 6 sales, the transfer, the arrival
    assert "/stock/arrivals/" in last
    assert len(rows_of(client.get(f"/stock/{which}.csv?place=kichijoji"))) == 39


def test_masked_roles_see_masks_and_change_nothing(stocked: Tx) -> None:
    browser = logged_in("operations")
    page = browser.get(f"/stock/{sku_id(stocked, ITEM)}").content.decode()
    assert "石川 美咲" not in page
    assert "取り置きをやめる" not in page
    before = stocked.value("SELECT count(*) FROM ledger_move")
    given = {"item": ITEM, "qty": "5", "place": "shibuya", "do": "book"}
    assert browser.post("/stock/arrivals/new", given).status_code == 403
    assert stocked.value("SELECT count(*) FROM ledger_move") == before


def test_nobody_reads_stock_without_a_login(shop: Tx) -> None:
    answer = Client(SERVER_NAME="127.0.0.1").get("/stock")
    assert answer.status_code == 302


def test_english_pages_are_english(client: Client, stocked: Tx) -> None:
    english = {"HTTP_ACCEPT_LANGUAGE": "en", "headers": {"accept-language": "en"}}
    page = client.get("/stock", headers=english["headers"]).content.decode()
    assert "Whole group" in page
    assert "グループ" not in page
