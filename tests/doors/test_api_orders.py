"""`/v1/orders` and everything below it: placed, acted on, read."""

from typing import Any
from uuid import uuid4

import pytest

from goen.kit.db import Tx
from tests import world
from tests.doors.calling import AT, Door, fact, goods

BAR = 162
ADDRESS = {"name": "高橋 健", "postcode": "1500001", "address": "東京都渋谷区神宮前0-0-0"}


@pytest.fixture
def door(tx_db: None) -> Door:
    world.open_shop(Tx())
    world.stocked(Tx(), "KASHI-01", 10)
    world.stocked(Tx(), "KASHI-01", 4, "web")
    return Door("orders:write", "orders:read", "sales:write")


def order(qty: int = 2, fee: int = 0, **more: object) -> dict[str, Any]:
    given = {
        "place": "web", "channel": "ec", "record": {"source": "pos", "key": "M-001"},
        "lines": goods(("KASHI-01", qty)),
        "delivery": {"method": "ship", "address": ADDRESS, "fee_minor": fee},
        "tenders": [{"kind": "card", "amount_minor": BAR * qty + fee}],
        "expected_total_minor": BAR * qty + fee,
    }  # fmt: skip
    return fact(**(given | more))


def place(door: Door, **more: Any) -> str:
    wish = order(**more)
    status, body = door.post("/v1/orders", wish)
    assert status == 201, body
    return str(wish["uid"])


def test_an_order_is_placed_once_and_read_with_its_tracks(door: Door) -> None:
    wish = order(3, fee=500)
    status, body = door.post("/v1/orders", wish)
    assert (status, body["total_minor"], body["repeated"]) == (201, 3 * BAR + 500, False)
    assert door.post("/v1/orders", wish) == (200, body | {"repeated": True})
    status, seen = door.get(f"/v1/orders/{wish['uid']}")
    assert status == 200
    assert (seen["order"]["state"], seen["order"]["method"]) == ("placed", "ship")
    assert (seen["captured_minor"], seen["due_minor"]) == (0, 3 * BAR + 500)
    line, fee = seen["lines"]
    assert (line["item"], line["open"]) == ("KASHI-01", 3)
    assert line["kept"] == [{"place": "web", "qty": 3}]
    assert (fee["line_no"], fee["item"], fee["open"]) == (0, None, 1)
    assert [(s["item"], s["qty"], s["held"]) for s in seen["tracks"]["goods"]] == [
        ("KASHI-01", 3, True)
    ]
    assert [(s["unit"], s["qty"]) for s in seen["tracks"]["money"]] == [("JPY", 3 * BAR + 500)]
    assert ADDRESS["name"] not in str(seen)


def test_many_orders_are_answered_in_order(door: Door) -> None:
    body = {"orders": [order(), order(channel="moon"), order(9)]}
    status, told = door.post("/v1/orders", body)
    assert status == 200
    assert [one.get("code") for one in told["answers"]] == [None, "unknown_channel", "short"]
    assert told["answers"][2]["detail"]["alternatives"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"delivery": {"method": "fly"}}, "delivery.method"),
        ({"delivery": None}, "delivery"),
        ({"lines": [{"item": "KASHI-01", "qty": 10**13}]}, "lines[0].qty"),
        ({"occurred_at": "2026-11-20T11:00:00"}, "occurred_at"),
        ({"source_no": "x" * 201}, "source_no"),
        ({"total_minor": 324}, ""),
    ],
)
def test_what_no_order_can_be_is_422(door: Door, change: dict[str, object], field: str) -> None:
    status, body = door.post("/v1/orders", order() | change)
    assert (status, body["code"], body["field"]) == (422, "invalid", field)


def test_a_total_is_never_trusted(door: Door) -> None:
    status, body = door.post("/v1/orders", order() | {"expected_total_minor": 1})
    assert (status, body["code"]) == (409, "total_changed")


def test_the_list_goes_on_where_it_stopped(door: Door) -> None:
    placed = [place(door) for _ in range(2)]
    status, body = door.get("/v1/orders", limit=1)
    assert (status, body) == (200, {"orders": [], "cursor": None})  # this very transaction is open
    Tx().execute("UPDATE orders_order SET xid = '3'")
    status, first = door.get("/v1/orders", limit=1)
    assert [one["uid"] for one in first["orders"]] == placed[:1]
    status, second = door.get("/v1/orders", limit=1, cursor=first["cursor"], state="placed")
    assert [one["uid"] for one in second["orders"]] == placed[1:]
    assert door.get("/v1/orders", cursor=second["cursor"])[1] == {"orders": [], "cursor": None}
    assert door.get("/v1/orders", since="2099-01-01T00:00:00Z")[1]["orders"] == []
    assert door.get("/v1/orders", state="done")[1]["orders"] == []
    for wrong in ({"cursor": "one"}, {"limit": 0}, {"state": "gone"}, {"since": "yesterday"}):
        assert door.get("/v1/orders", **wrong)[0] == 422


def test_an_order_nobody_knows_is_404(door: Door) -> None:
    path = f"/v1/orders/{uuid4()}"
    assert door.get(path)[0] == 404
    assert door.get("/v1/orders/seven")[0] == 404
    back = {"uid": str(uuid4()), "place": "shibuya", "reason": "too small", "occurred_at": AT}
    status, body = door.post(f"{path}/take-backs", back)
    assert (status, body["code"]) == (404, "unknown_order")


def test_a_sale_at_a_till_is_read_and_taken_back(door: Door) -> None:
    sale = fact(
        place="shibuya", channel="store", lines=goods(("KASHI-01", 2)),
        tenders=[{"kind": "card", "amount_minor": 2 * BAR}],
    )  # fmt: skip
    assert door.post("/v1/sales", sale)[0] == 201
    path = f"/v1/orders/{sale['uid']}"
    back = {
        "uid": str(uuid4()), "place": "kichijoji", "reason": "too small", "occurred_at": AT,
        "parts": [{"line_no": 1, "qty": 1}],
    }  # fmt: skip
    status, body = door.post(f"{path}/take-backs", back)
    assert (status, body["total_minor"], body["repeated"]) == (201, BAR, False)
    assert [one["amount_minor"] for one in body["tenders"]] == [BAR]
    assert door.post(f"{path}/take-backs", back) == (200, body | {"repeated": True})
    more = back | {"uid": str(uuid4()), "parts": [{"line_no": 1, "qty": 2}]}
    assert door.post(f"{path}/take-backs", more)[1]["code"] == "returned_too_many"
    seen = door.get(path)[1]
    assert (seen["order"]["kind"], seen["lines"][0]["taken_back"]) == ("sale", 1)
    assert [slip["kind"] for slip in seen["tracks"]["documents"]] == ["take_back"]
    assert [s["takes_back"] for s in seen["tracks"]["goods"]] == [False, True]


def test_an_order_is_shipped_in_parts_rerouted_and_given_up(door: Door) -> None:
    path = f"/v1/orders/{place(door, qty=3, fee=300)}"
    part = fact(how="ship", parts=[{"line_no": 1, "qty": 1}], carrier="yamato", tracking_no="1-2")
    status, body = door.post(f"{path}/fulfilments", part)
    assert (status, body["state"], body["total_minor"]) == (201, "part", BAR + 300)
    assert door.post(f"{path}/fulfilments", part) == (200, body | {"repeated": True})
    moved = fact(to_place="shibuya", parts=[{"line_no": 1, "qty": 1}])
    assert door.post(f"{path}/reroutes", moved)[0] == 201
    seen = door.get(path)[1]
    assert sorted((k["place"], k["qty"]) for k in seen["lines"][0]["kept"]) == [
        ("shibuya", 1), ("web", 1),
    ]  # fmt: skip
    status, body = door.post(f"{path}/cancellations", fact(reason="customer"))
    assert (status, body["state"], body["total_minor"]) == (201, "done", 2 * BAR)
    seen = door.get(path)[1]
    line = seen["lines"][0]
    assert (line["open"], line["fulfilled"], line["cancelled"], line["kept"]) == (0, 1, 2, [])
    assert seen["captured_minor"] == seen["due_minor"] == BAR + 300
    kinds = [slip["kind"] for slip in seen["tracks"]["documents"]]
    assert kinds == ["ship", "reroute", "cancel"]
    assert seen["tracks"]["documents"][0]["tracking_no"] == "1-2"
    status, body = door.post(f"{path}/fulfilments", fact(how="ship"))
    assert status == 409


def test_an_order_is_collected(door: Door) -> None:
    delivery = {"method": "collect", "collect_at": "shibuya"}
    path = f"/v1/orders/{place(door, delivery=delivery)}"
    status, body = door.post(f"{path}/ready", fact())
    assert (status, body["state"]) == (201, "ready")
    status, body = door.post(f"{path}/fulfilments", fact(how="hand_over"))
    assert (status, body["state"], body["total_minor"]) == (201, "done", 2 * BAR)


@pytest.mark.parametrize("act", ["fulfilments", "ready", "reroutes", "cancellations"])
def test_an_act_on_an_order_nobody_knows_is_404(door: Door, act: str) -> None:
    sent = {
        "fulfilments": {"how": "ship"}, "ready": {}, "reroutes": {"to_place": "web"},
        "cancellations": {"reason": "customer"},
    }  # fmt: skip
    status, body = door.post(f"/v1/orders/{uuid4()}/{act}", fact(**sent[act]))
    assert (status, body["code"]) == (404, "unknown_order")


def test_an_address_wants_a_scope_of_its_own_and_leaves_a_trace(door: Door) -> None:
    uid = place(door)
    assert door.get(f"/v1/orders/{uid}/address")[0] == 401
    packer = Door("people:read")
    status, seen = packer.get(f"/v1/orders/{uid}/address")
    assert (status, seen) == (200, ADDRESS | {"phone": ""})
    traced = "SELECT kind, subject FROM kit_trail WHERE verb = 'see' AND actor LIKE 'key:%%'"
    assert Tx().rows(traced) == [("address", uid)]
    status, refusal = packer.get(f"/v1/orders/{uuid4()}/address")
    assert (status, refusal["code"]) == (404, "nothing_there")
