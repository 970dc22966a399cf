"""Coupons in the console: kinds and what they gave, numbers issued and found, one that was used."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders import taking_back
from goen.orders.order import TakeBack, TakenBack
from goen.orders.selling import Sold
from goen.points import coupons
from goen.points.coupons import NewCoupon, NewKind
from tests import world
from tests.doors.console.conftest import logged_in
from tests.doors.console.test_points import csv_of, text_of, uid_of
from tests.points.wallet import BY, TODAY, record

BOWL = 4_400
FORM = {
    "code": "autumn", "name_ja": "秋の10%引き", "name_en": "Autumn 10% off", "currency": "JPY",
    "method": "percent", "value": "10", "least_minor": "3,000", "valid_from": "2026-09-01",
    "valid_to": "2026-12-31",
}  # fmt: skip


def kind(t: Tx, code: str = "welcome", **more: Any) -> int:
    values: dict[str, Any] = {"name": {"ja": "500円引き", "en": "500 yen off"}, "method": "amount"}
    done = coupons.put_kind(t, NewKind(code, **(values | {"value": 500} | more)), **BY)
    assert isinstance(done, int), done
    return done


def issued(t: Tx, number: str, code: str = "welcome", **more: Any) -> int:
    coupons.issue(t, [NewCoupon(ids.new_id(), code, world.NOW, number, **more)], **BY)
    return int(t.value("SELECT id FROM points_coupon WHERE number = %s", [number]))


def used(t: Tx, number: str, off: int = 500) -> Sold:
    wish = world.sale(("UTSUWA-01", 1), member="G1040001", coupons=(number,), total=BOWL - off)
    (answer,) = world.sold(t, wish)
    assert isinstance(answer, Sold), answer
    return answer


@pytest.fixture
def box(shop: Tx) -> Tx:
    """A kind with a shared number, used once, and one of somebody's own."""
    world.stocked(shop, "UTSUWA-01", 10)
    kind(shop, least_minor=3_000, alone=True)
    issued(shop, "GOEN-500", uses=10)
    issued(shop, "OWN-1", record_id=record(shop))
    used(shop, "GOEN-500")
    return shop


def test_an_empty_shop_says_how_to_begin(client: Client, shop: Tx) -> None:
    assert "まだクーポンがありません" in text_of(client, "/coupons")
    assert "まだ番号がありません" in text_of(client, "/coupons/numbers")
    assert "発行できる種類がありません" in text_of(client, "/coupons/issue")
    assert client.get("/coupons/kinds/7").status_code == 404
    assert client.get("/coupons/numbers/7").status_code == 404


def test_kinds_say_what_was_used_and_what_it_gave(client: Client, box: Tx) -> None:
    kind(box, "over", valid_to=TODAY - timedelta(days=1))
    page = text_of(client, "/coupons")
    assert "¥500引き · ¥3,000以上のお買い物 · ほかのクーポンと併用不可" in page
    assert "終わった種類 1件" in page
    rows = csv_of(client, "/coupons.csv?q=welcome")
    assert rows[1][-8:] == ["期限なし", "2", "11", "1", "0", "10", "500", "JPY"]
    assert len(rows) == 2
    assert "あてはまる種類はありません" in text_of(client, "/coupons?q=zzz")
    english = client.get("/coupons", headers={"accept-language": "en"}).content.decode()
    assert "¥500 off · from ¥3,000 · alone" in english


def test_a_kind_is_made_after_a_look(client: Client, shop: Tx) -> None:
    page = client.post("/coupons/kinds/new", FORM | {"do": "check"}).content.decode()
    assert "10%引き · ¥3,000以上のお買い物 · 併用できる" in page
    assert "2026/09/01〜2026/12/31" in page
    assert shop.value("SELECT count(*) FROM points_couponkind") == 0
    answer = client.post("/coupons/kinds/new", FORM | {"do": "save"})
    assert answer.headers["Location"].startswith("/coupons/issue?kind=")
    row = shop.row("SELECT method, value, least_minor, valid_to, alone FROM points_couponkind")
    assert row == ("percent", 1_000, 3_000, date(2026, 12, 31), False)
    again = client.post("/coupons/kinds/new", FORM | {"do": "check"})
    assert "この記号はもう使われています" in again.content.decode()


def test_a_change_says_that_numbers_out_there_change_too(client: Client, box: Tx) -> None:
    path = f"/coupons/kinds/{box.value('SELECT id FROM points_couponkind')}"
    assert "これまでの値引額" in text_of(client, path)
    changed = FORM | {"method": "amount", "value": "800", "do": "check"}
    page = client.post(path, changed).content.decode()
    assert "まだ使われていない10回分が新しい条件になります" in page
    assert client.post(path, changed | {"do": "save"}).status_code == 302
    assert box.row("SELECT code, value FROM points_couponkind") == ("welcome", 800)
    assert "¥500" in text_of(client, "/coupons")  # what was used stays


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("value", "0"), ("value", "101"), ("value", "abc"), ("code", ""), ("name_ja", ""),
        ("least_minor", "-1"), ("valid_from", "soon"), ("valid_to", "2026-08-01"),
        ("method", "gift"),
    ],
)  # fmt: skip
def test_a_kind_that_cannot_be_stays_as_typed(
    client: Client, shop: Tx, field: str, typed: str
) -> None:
    answer = client.post("/coupons/kinds/new", FORM | {field: typed, "do": "save"})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert shop.value("SELECT count(*) FROM points_couponkind") == 0


def test_many_numbers_are_issued_once(client: Client, shop: Tx) -> None:
    which = kind(shop)
    page = text_of(client, f"/coupons/issue?kind={which}")
    form = {"uid": uid_of(page), "kind": which, "many": "３", "uses": "1"}
    page = client.post("/coupons/issue", form | {"do": "check"}).content.decode()
    assert "「500円引き」を <strong>3枚</strong>" in page
    assert "番号を持っている方ならどなたでも" in page
    assert shop.value("SELECT count(*) FROM points_coupon") == 0
    for _ in range(2):
        answer = client.post("/coupons/issue", form | {"do": "issue"})
        assert answer.headers["Location"] == f"/coupons/numbers?kind={which}"
    assert shop.value("SELECT count(*) FROM points_coupon") == 3
    assert "3枚を発行しました" in text_of(client, f"/coupons/numbers?kind={which}")
    assert len(csv_of(client, f"/coupons/numbers.csv?kind={which}")) == 4


def test_a_coupon_for_somebody_has_a_number_of_choice(client: Client, shop: Tx) -> None:
    form = {"kind": kind(shop), "many": "1", "uses": "2", "member": "G1040002", "number": "OWN"}
    page = client.post("/coupons/issue", form | {"do": "check"}).content.decode()
    assert "石川 美咲 様 · 会員 G1040002" in page
    client.post("/coupons/issue", form | {"do": "issue"})
    row = shop.row("SELECT number, record_id, uses FROM points_coupon")
    assert row == ("OWN", record(shop, "M-002"), 2)
    taken = client.post("/coupons/issue", form | {"do": "issue"})
    assert taken.status_code == 422
    assert "「OWN」" in taken.content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("many", "0"), ("many", "1001"), ("uses", "x"), ("kind", "99"), ("member", "G999"),
        ("number", "A" * 65),
    ],
)  # fmt: skip
def test_what_cannot_be_issued_stays_as_typed(
    client: Client, shop: Tx, field: str, typed: str
) -> None:
    form = {"kind": str(kind(shop)), "many": "1", "uses": "1", "do": "issue"}
    answer = client.post("/coupons/issue", form | {field: typed})
    assert answer.status_code == 422
    assert 'class="error"' in answer.content.decode()
    assert shop.value("SELECT count(*) FROM points_coupon") == 0


def test_numbers_are_found_by_number_person_kind_and_state(client: Client, box: Tx) -> None:
    kind(box, "over", valid_to=TODAY - timedelta(days=1))
    issued(box, "OLD_1", "over")
    issued(box, "ONCE", record_id=record(box))
    used(box, "ONCE")

    def numbers(query: str) -> list[str]:
        return sorted(row[0] for row in csv_of(client, f"/coupons/numbers.csv?{query}")[1:])

    assert numbers("") == ["GOEN-500", "OLD_1", "ONCE", "OWN-1"]
    assert numbers("q=goen") == ["GOEN-500"]
    assert numbers("q=%25") == []
    assert numbers("q=タカハシ") == ["ONCE", "OWN-1"]
    assert numbers("state=used_up") == ["ONCE"]
    assert numbers("state=over") == ["OLD_1"]
    assert numbers("state=valid") == ["GOEN-500", "OWN-1"]
    page = text_of(client, "/coupons/numbers?state=used_up")
    assert "使いきり" in page
    assert "高橋 健 様" in page
    assert "この条件の番号はありません" in text_of(client, "/coupons/numbers?q=zzz")


def test_a_coupon_s_page_shows_where_it_was_used(client: Client, box: Tx) -> None:
    which = box.value("SELECT id FROM points_coupon WHERE number = 'GOEN-500'")
    page = text_of(client, f"/coupons/numbers/{which}")
    uid = box.value("SELECT uid FROM orders_order")
    assert f'href="/orders/{uid}"' in page
    assert "¥3,900" in page
    assert "/10回" in page
    own = box.value("SELECT id FROM points_coupon WHERE number = 'OWN-1'")
    assert "まだ使われていません" in text_of(client, f"/coupons/numbers/{own}")


def test_what_came_back_whole_was_not_given(client: Client, box: Tx) -> None:
    sold = box.value("SELECT uid FROM orders_order")
    wish = TakeBack(ids.new_id(), sold, "shibuya", "changed_mind", world.NOW)
    (answer,) = taking_back.take_back(box, [wish], **BY)
    assert isinstance(answer, TakenBack), answer
    rows = csv_of(client, "/coupons.csv")
    assert rows[1][-8:] == ["期限なし", "2", "11", "0", "0", "11", "0", "JPY"]
    which = box.value("SELECT id FROM points_coupon WHERE number = 'GOEN-500'")
    assert "クーポンは戻りました" in text_of(client, f"/coupons/numbers/{which}")


def test_a_store_looks_and_changes_nothing(client: Client, box: Tx) -> None:
    browser = logged_in("store")
    assert "種類を作る" not in text_of(browser, "/coupons")
    assert browser.post("/coupons/kinds/new", FORM | {"do": "save"}).status_code == 403
    form = {"kind": box.value("SELECT id FROM points_couponkind"), "many": "1", "uses": "1"}
    assert browser.post("/coupons/issue", form | {"do": "issue"}).status_code == 403
    assert box.value("SELECT count(*) FROM points_coupon") == 2


def test_operations_see_masked_names(client: Client, box: Tx) -> None:
    browser = logged_in("operations")
    page = text_of(browser, "/coupons/numbers")
    assert "お客様 " in page
    assert "高橋" not in page


def test_nonsense_in_an_address_is_no_crash(client: Client, box: Tx) -> None:
    for path in ("/coupons/numbers", "/coupons", "/points/accounts", "/coupons/numbers.csv"):
        for query in ("page=999999", "kind=9" + "9" * 30, "state=x", "q=" + "あ" * 500):
            assert client.get(f"{path}?{query}").status_code == 200, (path, query)
    huge = "9" * 25
    for path in (f"/coupons/kinds/{huge}", f"/coupons/numbers/{huge}", f"/points/accounts/{huge}"):
        assert client.get(path).status_code == 404
