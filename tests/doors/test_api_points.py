"""`/v1/points`, `/v1/coupons` and `/v1/exceptions`: what is given, had, used and decided."""

from typing import Any
from uuid import uuid4

import pytest

from goen.kit.db import Tx
from goen.orders import exceptions
from goen.orders.exceptions import NewException
from tests import world
from tests.doors.calling import AT, Door, fact, goods

BAR = 162
BUYER = {"source": "pos", "key": "M-001"}
PROGRAMME = {
    "code": "miyabi", "name": {"ja": "みやびポイント", "en": "Miyabi points"},
    "points_from": "2026-01-01",
}  # fmt: skip
KIND = {"code": "welcome", "name": {"en": "Welcome"}, "method": "amount", "value": 100}


@pytest.fixture
def door(tx_db: None) -> Door:
    world.open_shop(Tx())
    world.stocked(Tx(), "KASHI-01", 10)
    world.stocked(Tx(), "KASHI-01", 5, "web")
    return Door()


def account(door: Door) -> int:
    assert door.post("/v1/points/programmes", PROGRAMME) == (200, {"code": "miyabi"})
    asked = {"programme": "miyabi", "record": BUYER}
    status, body = door.post("/v1/points/accounts", asked)
    assert (status, body["repeated"]) == (201, False)
    assert door.post("/v1/points/accounts", asked) == (200, body | {"repeated": True})
    return int(body["account"])


def test_points_are_given_once_and_seen(door: Door) -> None:
    grant = fact(account=account(door), qty=500, reason="campaign")
    status, body = door.post("/v1/points/grants", grant)
    assert (status, body["qty"], body["repeated"]) == (201, 500, False)
    assert door.post("/v1/points/grants", grant) == (200, body | {"repeated": True})
    by_card = door.get("/v1/points", member="G1040001")
    status, seen = door.get("/v1/points", **BUYER)
    assert (status, seen) == by_card
    assert (seen["spendable"], seen["pending"], seen["owed"]) == (500, 0, 0)
    (one,) = seen["accounts"]
    assert (one["programme"], one["ending"]) == ("miyabi", 500)
    status, told = door.get(f"/v1/points/{one['account']}/history")
    assert [(e["qty"], e["reason"]) for e in told["entries"]] == [(500, "points_granted")]


def test_points_are_earned_and_spent_by_a_sale(door: Door) -> None:
    grant = fact(account=account(door), qty=100, reason="manual")
    door.post("/v1/points/grants", grant)
    sale = fact(
        place="shibuya", channel="store", lines=goods(("KASHI-01", 2)),
        member={"value": "G1040001"},
        tenders=[
            {"kind": "points", "amount_minor": 100}, {"kind": "card", "amount_minor": 2 * BAR - 100}
        ],
    )  # fmt: skip
    status, body = door.post("/v1/sales", sale)
    assert (status, body["points_spent"], body["points_earned"]) == (201, 100, 2)
    assert body["points_left"] == 2


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"qty": 0}, 409, "out_of_bounds"),
        ({"account": 2**40}, 409, "unknown_point_account"),
        ({"reason": "because"}, 409, "unknown_choice"),
        ({"occurred_at": "9999-12-31T23:59:59Z"}, 409, "implausible_time"),
        ({"expires_on": "9999-12-31"}, 409, "implausible_time"),
        ({"account": 0}, 422, "invalid"),
        ({"uid": "one"}, 422, "invalid"),
    ],
)
def test_a_grant_that_cannot_be_is_refused(
    door: Door, change: dict[str, Any], status: int, code: str
) -> None:
    wish = fact(account=account(door), qty=5, reason="manual") | change
    got, body = door.post("/v1/points/grants", wish)
    assert (got, body["code"]) == (status, code)


def test_questions_about_nobody_are_404(door: Door) -> None:
    assert door.get("/v1/points", member="G999")[1]["code"] == "unknown_member"
    assert door.get("/v1/points", source="pos", key="M-999")[1]["code"] == "unknown_record_key"
    assert door.get("/v1/points")[0] == 404
    for path in ("/v1/points/7/history", "/v1/points/0/history", f"/v1/points/{10**18}/history"):
        assert door.get(path)[0] == 404
    assert door.get("/v1/coupons/NO-1")[1]["code"] == "unknown_coupon"
    assert door.get("/v1/coupons/a%00b")[0] == 404


def test_a_coupon_is_issued_seen_and_used_up(door: Door) -> None:
    assert door.post("/v1/coupons/kinds", KIND) == (200, {"code": "welcome"})
    wish = fact(kind="welcome", record=BUYER)
    status, body = door.post("/v1/coupons", wish)
    assert (status, len(body["number"]), body["repeated"]) == (201, 14, False)
    assert door.post("/v1/coupons", wish) == (200, body | {"repeated": True})
    path = f"/v1/coupons/{body['number']}"
    status, seen = door.get(path)
    assert (status, seen["value"], seen["left"], seen["personal"]) == (200, 100, 1, True)
    sale = fact(
        place="shibuya", channel="store", lines=goods(("KASHI-01", 1)), coupons=[body["number"]],
        member={"value": "G1040001"}, tenders=[{"kind": "card", "amount_minor": BAR - 100}],
    )  # fmt: skip
    status, sold = door.post("/v1/sales", sale)
    assert (status, sold.get("total_minor")) == (201, BAR - 100)
    assert door.get(path)[1]["left"] == 0
    again = sale | {"uid": str(uuid4())}
    status, refused = door.post("/v1/sales", again)
    assert (status, refused["code"], refused["field"]) == (409, "coupon_used_up", "coupons[0]")


def test_a_coupon_of_no_kind_and_for_nobody_is_refused(door: Door) -> None:
    door.post("/v1/coupons/kinds", KIND)
    unknown = fact(kind="welcome", record={"source": "pos", "key": "M-999"})
    assert door.post("/v1/coupons", unknown)[1]["code"] == "unknown_record_key"
    body = {"coupons": [fact(kind="none"), fact(kind="welcome", number="A-1")]}
    status, told = door.post("/v1/coupons", body)
    assert status == 200
    assert [one.get("code") for one in told["answers"]] == ["unknown_coupon_kind", None]
    assert door.post("/v1/coupons/kinds", KIND | {"value": 0})[1]["code"] == "out_of_bounds"
    assert door.post("/v1/points/programmes", PROGRAMME | {"basis": "x"})[0] == 409


# what waits for a decision


def broken(door: Door) -> tuple[str, int]:
    """An order of five whose goods a till took: its path, and the exception."""
    order = fact(
        place="web", channel="ec", record=BUYER, lines=goods(("KASHI-01", 5)),
        delivery={
            "method": "ship", "address": {"name": "高橋", "postcode": "1", "address": "渋谷"},
        },
        tenders=[{"kind": "card", "amount_minor": 5 * BAR}],
    )  # fmt: skip
    assert door.post("/v1/orders", order)[0] == 201
    taken = fact(
        place="web", channel="store", lines=goods(("KASHI-01", 5)),
        tenders=[{"kind": "card", "amount_minor": 5 * BAR}],
    )  # fmt: skip
    assert door.post("/v1/sales", taken)[0] == 201
    (one,) = door.get("/v1/exceptions")[1]["exceptions"]
    assert one["order"] == order["uid"]
    return f"/v1/orders/{order['uid']}", one["id"]


def test_a_broken_promise_waits_and_is_put_right(door: Door) -> None:
    path, exception = broken(door)
    (one,) = door.get("/v1/exceptions", place="web", code="promise_broken")[1]["exceptions"]
    assert (one["item"], one["qty"], one["ways"][0]["way"]) == ("KASHI-01", 5, "reroute")
    fix = fact(how="rerouted", to_place=one["ways"][0]["place"])
    status, body = door.post(f"/v1/exceptions/{exception}/resolve", fix)
    assert (status, body["slip"], body["how"]) == (201, fix["uid"], "rerouted")
    assert door.post(f"/v1/exceptions/{exception}/resolve", fix)[0] == 200
    assert door.get("/v1/exceptions")[1] == {"exceptions": []}
    (closed,) = door.get("/v1/exceptions", state="closed")[1]["exceptions"]
    assert (closed["id"], closed["resolution"]) == (exception, "rerouted")
    assert door.get(path)[1]["lines"][0]["kept"] == [{"place": "shibuya", "qty": 5}]
    other = fact(how="cancelled")
    status, body = door.post(f"/v1/exceptions/{exception}/resolve", other)
    assert (status, body["code"]) == (409, "already_resolved")


def test_a_count_that_finds_too_few_breaks_promises_and_tells(door: Door) -> None:
    order = fact(
        place="web", channel="ec", lines=goods(("KASHI-01", 5)),
        delivery={"method": "collect", "collect_at": "web"},
        tenders=[{"kind": "card", "amount_minor": 5 * BAR}],
    )  # fmt: skip
    assert door.post("/v1/orders", order)[0] == 201
    found = {"uid": str(uuid4()), "place": "web", "counted_at": AT}
    status, body = door.post("/v1/counts", found | {"lines": goods(("KASHI-01", 1))})
    assert (status, body["differences"], body["broken"]) == (201, 1, 1)
    (one,) = door.get("/v1/exceptions")[1]["exceptions"]
    assert (one["order"], one["detail"]["cause"]) == (order["uid"], "count")


def test_an_exception_nobody_knows_is_404(door: Door) -> None:
    for how in ("dismissed", "cancelled"):
        status, body = door.post("/v1/exceptions/999/resolve", fact(how=how))
        assert (status, body["code"]) == (404, "unknown_exception")
    new = NewException("other", uuid4())
    (exception,) = exceptions.open_for(Tx(), [new], recorded_at=world.NOW)
    wrong = {"uid": str(uuid4()), "how": "shrugged", "occurred_at": AT}
    status, body = door.post(f"/v1/exceptions/{exception}/resolve", wrong)
    assert (status, body["code"]) == (409, "unknown_resolution")
    status, body = door.post(f"/v1/exceptions/{exception}/resolve", fact(how="dismissed"))
    assert (status, body["slip"]) == (201, None)
