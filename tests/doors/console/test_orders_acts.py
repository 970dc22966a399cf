"""Acting on an order: shown before it is done, done once, refused in words."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from goen.kit import ids
from goen.kit.db import Tx
from tests import world
from tests.doors.console.conftest import logged_in
from tests.orders.placed import audit, laid_ready, one_placed, order, ship


@pytest.fixture
def uid(shop: Tx) -> UUID:
    """An order of two teas and a bowl, to be shipped from Shibuya."""
    for place in ("shibuya", "kichijoji"):
        world.stocked(shop, "CHA-01", 9, place)
        world.stocked(shop, "UTSUWA-01", 9, place)
    return one_placed(shop, order(("CHA-01", 2), ("UTSUWA-01", 1), fee=550))


def form_of(client: Client, path: str) -> dict[str, str]:
    """The hidden fields of a form, as the browser sends them back."""
    answer = client.get(path)
    assert answer.status_code == 200
    tags = re.findall(r"<input[^>]+>", answer.content.decode())
    named = [
        (re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)) for tag in tags
    ]
    fields = {name[1]: value[1] for name, value in named if name and value}
    return {k: v for k, v in fields.items() if k in {"uid", "at"} or k.startswith("qty-")}


def standing(t: Tx) -> list[Any]:
    return t.rows(
        "SELECT line_no, fulfilled, cancelled, taken_back FROM orders_standing ORDER BY 1"
    )


def test_what_is_shown_is_undone_and_what_is_confirmed_is_done_once(
    client: Client, shop: Tx, uid: UUID
) -> None:
    path = f"/orders/{uid}/ship"
    form = form_of(client, path) | {"qty-2": "0", "carrier": "佐川急便", "tracking_no": "31"}
    looked = client.post(path, form).content.decode()
    for words in ("2点を出庫", "¥3,142", "カード", "納品書", "この内容で出荷"):
        assert words in looked, words
    assert standing(shop) == []
    for _ in range(2):  # a double click
        answer = client.post(path, form | {"confirm": "1"})
        assert answer.headers["Location"] == f"/orders/{uid}"
    assert standing(shop) == [(0, 1, 0, 0), (1, 2, 0, 0), (2, 0, 0, 0)]
    assert shop.rows("SELECT kind, carrier, tracking_no, total_minor FROM orders_slip") == [
        ("ship", "佐川急便", "31", 3_142)
    ]
    done = client.get(f"/orders/{uid}").content.decode()
    assert "出荷しました" in done
    assert audit(shop) == []


def test_a_cancellation_shows_what_is_given_up(client: Client, shop: Tx, uid: UUID) -> None:
    path = f"/orders/{uid}/cancel"
    form = form_of(client, path)
    refused = client.post(path, form)
    assert refused.status_code == 422
    assert "理由を選んでください" in refused.content.decode()
    looked = client.post(path, form | {"reason": "shopper"}).content.decode()
    assert "3点の確保を解除" in looked
    assert "¥7,542" in looked
    client.post(path, form | {"reason": "shopper", "confirm": "1"})
    assert shop.value("SELECT state FROM orders_order WHERE uid = %s", [uid]) == "cancelled"
    gone = client.get(path).content.decode()
    assert "この注文でできることはありません" in gone


def test_re_routing_ranks_the_places_that_have_it(client: Client, shop: Tx, uid: UUID) -> None:
    path = f"/orders/{uid}/re-route"
    page = client.get(path).content.decode()
    assert "吉祥寺店" in page
    assert "全部そろいます" in page
    form = form_of(client, path) | {"place": "kichijoji", "confirm": "1"}
    assert client.post(path, form).status_code == 302
    found = client.get(f"/orders/{uid}").content.decode()
    assert '<span class="kept">吉祥寺店 <b>2</b></span>' in found
    assert audit(shop) == []


def test_a_pick_up_is_laid_ready_and_handed_over(client: Client, shop: Tx, uid: UUID) -> None:
    pick_up = one_placed(shop, order(("CHA-01", 1), to="kichijoji"))
    path = f"/orders/{pick_up}/ready"
    assert "受け取り棚" in client.get(path).content.decode()
    client.post(path, form_of(client, path) | {"confirm": "1"})
    assert shop.value("SELECT state FROM orders_order WHERE uid = %s", [pick_up]) == "ready"
    path = f"/orders/{pick_up}/hand-over"
    client.post(path, form_of(client, path) | {"confirm": "1"})
    assert shop.value("SELECT state FROM orders_order WHERE uid = %s", [pick_up]) == "done"


def test_a_return_goes_back_by_the_way_that_is_chosen(client: Client, shop: Tx, uid: UUID) -> None:
    ship(shop, uid)
    path = f"/orders/{uid}/take-back"
    form = form_of(client, path)
    assert form["qty-1"] == "0"
    assert client.post(path, form | {"reason": "size", "place": "shibuya"}).status_code == 422
    form |= {"qty-1": "1", "to-1": "damaged", "reason": "faulty", "place": "kichijoji"}
    looked = client.post(path, form).content.decode()
    for words in ("1点を入庫", "売れない棚", "−¥1,296　カード", "お返しする額"):
        assert words in looked, words
    wrong = form | {"by-hand": "1", "tender-0": "1000", "confirm": "1"}
    refused = client.post(path, wrong)
    assert refused.status_code == 422
    assert "返金の内訳¥1,000" in refused.content.decode()
    client.post(path, form | {"by-hand": "1", "tender-0": "1296", "confirm": "1"})
    assert standing(shop)[1] == (1, 2, 0, 1)
    assert audit(shop) == []


def test_too_many_or_nonsense_is_refused_and_kept(client: Client, shop: Tx, uid: UUID) -> None:
    path = f"/orders/{uid}/ship"
    form = form_of(client, path)
    for typed in ("99", "-1", "x", "9" * 30):
        answer = client.post(path, form | {"qty-1": typed})
        assert answer.status_code == 422
        assert "0から2まで" in answer.content.decode()
    nothing = client.post(path, form | {"qty-1": "0", "qty-2": "0"})
    assert "1つ以上" in nothing.content.decode()
    assert client.get(f"/orders/{uid}/fly").status_code == 404
    assert client.get(f"/orders/{ids.new_id()}/ship").status_code == 404


def test_goods_that_a_till_took_meanwhile_are_refused_in_words(
    client: Client, shop: Tx, uid: UUID
) -> None:
    path = f"/orders/{uid}/ship"
    form = form_of(client, path)
    world.sold(shop, world.sale(("CHA-01", 9)))
    answer = client.post(path, form)
    assert answer.status_code == 422
    assert "まだ何も変えていません" in answer.content.decode()
    page = client.get(f"/orders/{uid}").content.decode()
    assert "確保が切れた" in page
    assert "確保なし 2" in page


def test_two_people_at_once_do_it_once(client: Client, shop: Tx, uid: UUID) -> None:
    path = f"/orders/{uid}/ship"
    first, second = form_of(client, path), form_of(client, path)
    assert first["uid"] != second["uid"]
    assert client.post(path, first | {"confirm": "1"}).status_code == 302
    late = client.post(path, second | {"confirm": "1"})
    assert late.status_code == 422
    assert shop.value("SELECT count(*) FROM orders_slip") == 1


def test_acts_that_do_not_fit_the_state_are_not_offered(
    client: Client, shop: Tx, uid: UUID
) -> None:
    assert "できることはありません" in client.get(f"/orders/{uid}/take-back").content.decode()
    assert "できることはありません" in client.get(f"/orders/{uid}/ready").content.decode()
    pick_up = one_placed(shop, order(("CHA-01", 1), to="kichijoji"))
    laid_ready(shop, pick_up)
    assert "できることはありません" in client.get(f"/orders/{pick_up}/ready").content.decode()


def test_who_may_only_look_is_told_so(shop: Tx, uid: UUID) -> None:
    for role in ("marketer", "operations"):
        browser = logged_in(role)
        assert f'href="/orders/{uid}/ship"' not in browser.get(f"/orders/{uid}").content.decode()
        assert "見るだけの担当" in browser.get(f"/orders/{uid}/ship").content.decode()
        form = {"uid": str(ids.new_id()), "qty-1": "1", "confirm": "1"}
        assert browser.post(f"/orders/{uid}/ship", form).status_code == 403
    assert standing(shop) == []
