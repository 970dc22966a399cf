"""Exceptions on the page: the ways out, one press each, and never two decisions."""

import csv
import io
from uuid import UUID

import pytest
from django.test import Client

from goen.kit import clock, ids
from goen.kit.db import Tx
from tests import world
from tests.orders.placed import audit, one_placed, order


@pytest.fixture
def broken(shop: Tx) -> UUID:
    """An order of two teas whose goods were sold by a till."""
    world.stocked(shop, "CHA-01", 3)
    world.stocked(shop, "CHA-01", 5, "kichijoji")
    uid = one_placed(shop, order(("CHA-01", 2), source_no="EC-1"))
    world.sold(shop, world.sale(("CHA-01", 3)))
    return uid


def exception(t: Tx) -> int:
    return int(t.value("SELECT id FROM orders_exception"))


def press(client: Client, t: Tx, **fields: str) -> str:
    """Press a button and read the page it leads to."""
    given = {"uid": str(ids.new_id()), "from": "list"} | fields
    answer = client.post(f"/orders/exceptions/{exception(t)}", given, follow=True)
    return answer.content.decode()


def test_an_empty_list_says_what_will_stand_there(client: Client) -> None:
    assert "決めることはありません" in client.get("/orders/exceptions").content.decode()


def test_the_best_way_out_is_one_press(client: Client, shop: Tx, broken: UUID) -> None:
    page = client.get("/orders/exceptions").content.decode()
    for words in ("確保が切れた：煎茶 さえみどり ×2", "ほかの会計が先に持ち出した",
                  "吉祥寺店から出す", "いま5点", "取り消して返金する"):  # fmt: skip
        assert words in page, words
    assert "確保が切れた" in client.get(f"/orders/{broken}").content.decode()
    uid, at = str(ids.new_id()), clock.now().isoformat()
    for _ in range(2):  # a double press
        again = {"uid": uid, "at": at}
        settled = press(client, shop, how="rerouted", place="kichijoji", **again)
        assert "片づけました：別の場所から出す" in settled
    assert shop.value("SELECT resolution FROM orders_exception") == "rerouted"
    assert shop.value("SELECT count(*) FROM orders_slip WHERE kind = 'reroute'") == 1
    assert audit(shop) == []


def test_giving_up_is_shown_first(client: Client, shop: Tx, broken: UUID) -> None:
    looked = press(client, shop, how="cancelled")
    assert "¥2,592" in looked
    assert "この内容で取り消す" in looked
    assert shop.value("SELECT closed_at FROM orders_exception") is None
    settled = press(client, shop, how="cancelled", confirm="1")
    assert "片づけました：取り消して返金" in settled
    assert shop.value("SELECT state FROM orders_order WHERE uid = %s", [broken]) == "cancelled"
    assert audit(shop) == []


def test_the_second_decision_is_refused_in_words(client: Client, shop: Tx, broken: UUID) -> None:
    press(client, shop, how="dismissed", note="お客様に電話した")
    late = press(client, shop, how="rerouted", place="kichijoji")
    assert 'role="alert"' in late
    assert "お客様に電話した" in late
    assert shop.value("SELECT resolution FROM orders_exception") == "dismissed"


def test_rates_and_the_file_name_channel_and_cause(client: Client, shop: Tx, broken: UUID) -> None:
    """R-129: how often, by channel and cause."""
    page = client.get("/orders/exceptions").content.decode()
    assert "どこで、なぜ起きたか" in page
    _, row = csv.reader(
        io.StringIO(client.get("/orders/exceptions.csv").content.decode("utf-8-sig"))
    )
    assert row[:6] == [
        "確保が切れた", "ほかの会計が先に持ち出した", "EC-1", "CHA-01", "煎茶 さえみどり", "2",
    ]  # fmt: skip


def test_filters_and_unknown_ones(client: Client, shop: Tx, broken: UUID) -> None:
    assert "EC-1" in client.get("/orders/exceptions?place=shibuya").content.decode()
    other = client.get("/orders/exceptions?place=kichijoji").content.decode()
    assert "この条件の例外はありません" in other
    assert client.post("/orders/exceptions/999999", {"how": "dismissed"}).status_code == 404
    assert client.get(f"/orders/exceptions/{exception(shop)}").status_code == 302
    wrong = press(client, shop, how="burned")
    assert 'role="alert"' in wrong
