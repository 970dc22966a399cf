"""`POST /v1/sales`: who may, what is answered, and that one bad sale stands alone."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client

from goen.kit import keys
from goen.kit.db import Tx, tx
from goen.orders.sale import Sale, SaleLine, SaleTender
from tests import asking, world

PRICE = 162


class Door:
    """The API inside this process, in the test's own transaction."""

    def __init__(self, secret: str) -> None:
        self.authorization = f"Bearer {secret}"
        self._client = Client(headers={"host": "127.0.0.1"})

    def post(self, body: object, **headers: str) -> tuple[int, dict[str, Any], Any]:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Authorization": self.authorization} | headers
        answer = self._client.post(
            "/v1/sales", sent, content_type="application/json", headers=given
        )
        return answer.status_code, json.loads(answer.content), answer

    def sell(self, sale: Sale) -> tuple[int, dict[str, Any]]:
        return self.post(asking.as_sent(sale))[:2]


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "KASHI-01", 50)
    return t


@pytest.fixture
def door(shop: Tx) -> Iterator[Door]:
    return Door(asking.new_key("sales:write"))


def booked(t: Tx) -> int:
    return t.value("SELECT count(*) FROM orders_order")


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer goen_00000000_wrong", "Bearer x", "Basic Z29lbg==",
     "Bearer goen__", "bearer\tgoen_1_2"],
)  # fmt: skip
def test_without_a_live_key_nothing_is_sold(shop: Tx, door: Door, authorization: str) -> None:
    door.authorization = authorization
    status, body, answer = door.post(asking.as_sent(world.sale(("KASHI-01", 1))))
    assert (status, body["code"], body["field"]) == (401, "key_refused", "Authorization")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert booked(shop) == 0


def test_a_key_for_something_else_a_changed_one_and_a_revoked_one_are_refused(
    shop: Tx, door: Door
) -> None:
    sale = world.sale(("KASHI-01", 1))
    good = door.authorization
    for authorization in (f"Bearer {asking.new_key('insight:read')}", good + "x", good[:-1]):
        door.authorization = authorization
        assert door.sell(sale)[0] == 401
    door.authorization = good
    key_id = shop.value("SELECT min(id) FROM kit_key")
    keys.revoke(shop, key_id, actor=world.ACTOR, recorded_at=world.NOW)
    assert door.sell(sale)[0] == 401
    assert booked(shop) == 0


def test_a_new_sale_is_201_and_the_same_again_200(shop: Tx, door: Door) -> None:
    sale = world.sale(("KASHI-01", 2), member="G1040001")
    first, *again = [door.sell(sale) for _ in range(5)]
    assert first[0] == 201
    assert first[1] == {
        "uid": str(sale.uid), "order": first[1]["order"], "total_minor": 2 * PRICE,
        "change_minor": 0, "points_earned": 0, "points_spent": 0, "points_left": None,
        "repeated": False,
    }  # fmt: skip
    assert again == [(200, {**first[1], "repeated": True})] * 4
    assert booked(shop) == 1
    assert shop.row("SELECT actor, record_id IS NULL FROM orders_order") == ("key:test", False)


def test_cash_is_answered_with_its_change(shop: Tx, door: Door) -> None:
    cash = (SaleTender("cash", PRICE, 1_000),)
    _, body = door.sell(replace(world.sale(("KASHI-01", 1)), tenders=cash))
    assert body["change_minor"] == 1_000 - PRICE


def test_a_refusal_is_409_with_code_field_and_a_sentence(shop: Tx, door: Door) -> None:
    status, body = door.sell(world.sale(("KASHI-01", 1), member="G9999999"))
    assert status == 409
    assert (body["code"], body["field"]) == ("unknown_member", "member")
    assert "G9999999" in body["message"]
    assert booked(shop) == 0


def test_goods_that_are_only_promised_are_refused_with_alternatives(shop: Tx, door: Door) -> None:
    world.stocked(shop, "UTSUWA-01", 2, place="kichijoji")
    status, body = door.sell(world.sale(("UTSUWA-01", 1), handed_over=False))
    assert (status, body["code"], body["field"]) == (409, "short", "lines[0].qty")
    assert body["detail"]["alternatives"] == [
        {"place": "kichijoji", "name": {"ja": "吉祥寺店", "en": "Kichijoji"}, "free": 2}
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": [{"item": "KASHI-01", "qty": "two"}]}, "lines[0].qty"),
        ({"lines": [{"item": "KASHI-01", "qty": 1}, {"item": 7, "qty": 1}]}, "lines[1].item"),
        ({"lines": [{"item": "KASHI-01", "qty": 1.5}]}, "lines[0].qty"),
        ({"tenders": [{"kind": "card"}]}, "tenders[0]"),
        ({"member": {"card": "G1040001"}}, "member"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"uid": "one"}, "uid"),
        ({"colour": "red"}, ""),
        ({"place": None}, "place"),
    ],
)
def test_a_body_of_another_shape_is_422_and_names_the_field(
    shop: Tx, door: Door, change: dict[str, object], field: str
) -> None:
    status, body, _ = door.post(asking.as_sent(world.sale(("KASHI-01", 1))) | change)
    assert (status, body["code"], body["field"]) == (422, "invalid", field)
    assert booked(shop) == 0


@pytest.mark.parametrize("sent", [b"", b"{", b"sale", b'{"place": "\xff"}'])
def test_what_is_no_json_is_400(door: Door, sent: bytes) -> None:
    assert door.post(sent)[:2][0] == 400


@pytest.mark.parametrize("sent", [b"[]", b"null", b'"sales"', b"{}", b'{"sales": 1}'])
def test_other_json_is_422(door: Door, sent: bytes) -> None:
    assert door.post(sent)[0] == 422


def test_only_post_is_answered(door: Door) -> None:
    assert (
        door._client.get("/v1/sales", headers={"Authorization": door.authorization}).status_code
        == 405
    )


def test_a_batch_is_answered_in_order_one_by_one(shop: Tx, door: Door) -> None:
    good, other = world.sale(("KASHI-01", 1)), world.sale(("KASHI-01", 3))
    bad = world.sale(("KASHI-01", 1), place="nowhere")
    status, body, _ = door.post({"sales": [asking.as_sent(s) for s in (good, bad, other, good)]})
    assert status == 200
    assert [a.get("code", a.get("repeated")) for a in body["answers"]] == [
        False, "unknown_place", False, True,
    ]  # fmt: skip
    assert booked(shop) == 2


def test_two_sales_under_one_id_in_one_batch_are_not_one(shop: Tx, door: Door) -> None:
    """The second would be lost without a word if it were answered with the first."""
    one = world.sale(("KASHI-01", 1))
    two = replace(world.sale(("KASHI-01", 3)), uid=one.uid)
    _, body, _ = door.post({"sales": [asking.as_sent(s) for s in (one, two, one)]})
    assert [a.get("code", a.get("repeated")) for a in body["answers"]] == [False, "id_reused", True]


def test_an_empty_batch_is_answered_with_nothing(door: Door) -> None:
    assert door.post({"sales": []})[:2] == (200, {"answers": []})


def test_a_thousand_may_come_at_once_and_no_more(shop: Tx, door: Door) -> None:
    sales = [asking.as_sent(world.sale(("KASHI-01", 1))) for _ in range(1_001)]
    status, body, _ = door.post({"sales": sales})
    assert (status, body["code"], body["field"]) == (422, "too_many", "sales")
    assert booked(shop) == 0
    status, body, _ = door.post({"sales": sales[:1_000]})
    assert (status, len(body["answers"])) == (200, 1_000)
    assert booked(shop) == 1_000


def test_a_place_called_sales_is_no_batch(shop: Tx, door: Door) -> None:
    status, body = door.sell(world.sale(("KASHI-01", 1), place="sales"))
    assert (status, body["code"]) == (409, "unknown_place")


HUGE = 10**24
POISONS: list[tuple[dict[str, object], str, str]] = [
    ({"price_tax": "maybe"}, "unknown_price_tax", "price_tax"),
    ({"currency": "yen"}, "unknown_currency", "currency"),
    ({"currency": "USD"}, "foreign_currency", "currency"),
    ({"place": "shi\0buya"}, "malformed", "place"),
    ({"source_no": "a\0b"}, "malformed", "source_no"),
    ({"member": ("card", "\0")}, "malformed", "member"),
    ({"record_key": ("pos", "\0")}, "malformed", "record_key"),
    ({"lines": (SaleLine("\0", 1),)}, "malformed", "lines[0].item"),
    ({"lines": (SaleLine("KASHI-01", HUGE),)}, "too_large", "lines[0].qty"),
    ({"lines": (SaleLine("KASHI-01", 10**12),)}, "too_large", "lines[0].qty"),
    ({"lines": (SaleLine("KASHI-01", 10**12, 0),)}, "too_large", "lines[0].qty"),
    ({"lines": (SaleLine("KASHI-01", 1, HUGE),)}, "too_large", "lines[0].amount_minor"),
    ({"lines": (SaleLine("KASHI-01", 1),) * 5_001}, "too_many", "lines"),
    ({"tenders": (SaleTender("card", HUGE),)}, "too_large", "tenders[0].amount_minor"),
    ({"tenders": (SaleTender("cash", PRICE, HUGE),)}, "too_large", "tenders[0].tendered_minor"),
    ({"tenders": (SaleTender("card", 0),) * 101}, "too_many", "tenders"),
    ({"till": "S1", "till_seq": HUGE}, "too_large", "till_seq"),
    ({"expected_total_minor": HUGE}, "total_changed", "expected_total_minor"),
    ({"occurred_at": world.NOW.replace(year=9999, month=12, day=31, hour=23)},
     "implausible_time", "occurred_at"),
    ({"occurred_at": world.NOW.replace(year=1, month=1, day=1, hour=0)},
     "implausible_time", "occurred_at"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code", "field"), POISONS)
def test_a_poison_sale_leaves_the_others_of_its_batch(
    shop: Tx, door: Door, change: dict[str, Any], code: str, field: str
) -> None:
    """What no column could hold is refused like anything else, not an error for all."""
    before, after = world.sale(("KASHI-01", 1)), world.sale(("KASHI-01", 2))
    poison = replace(world.sale(("KASHI-01", 1)), **change)
    status, body, _ = door.post({"sales": [asking.as_sent(s) for s in (before, poison, after)]})
    assert status == 200
    first, refused, last = body["answers"]
    assert (first["repeated"], last["repeated"]) == (False, False)
    assert (refused["code"], refused["field"]) == (code, field)
    assert refused["message"]
    assert booked(shop) == 2


def test_over_the_wire_it_is_the_same(fresh_db, serving: str) -> None:
    """Once through a real server, with a time in the shop's own zone."""
    with tx() as t:
        world.open_shop(t)
    local = (world.NOW - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    with asking.Caller(serving, asking.new_key()) as caller:
        body = asking.as_sent(world.sale(("KASHI-01", 1), uid=uuid4())) | {"occurred_at": local}
        assert caller.post(body)[0] == 201
        status, answer = caller.post(body)
        assert (status, UUID(answer["uid"])) == (200, UUID(body["uid"]))
        assert caller.post(body, Authorization="Bearer no")[0] == 401
