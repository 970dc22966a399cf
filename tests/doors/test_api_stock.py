"""`/v1/holds`, `/v1/arrivals`, `/v1/transfers`, `/v1/counts`, `/v1/safety`, `/v1/availability`."""

from datetime import timedelta
from uuid import uuid4

import pytest

from goen.kit.db import Tx
from tests import world
from tests.doors.calling import Door, fact, goods

SOON = "2099-01-01T00:00:00+09:00"


@pytest.fixture
def door(tx_db: None) -> Door:
    world.open_shop(Tx())
    world.stocked(Tx(), "KASHI-01", 10)
    return Door("stock:write", "stock:read")


def hold(qty: int = 3, **more: object) -> dict[str, object]:
    given = {"place": "shibuya", "kind": "set_aside", "holder": "record:1", "expires_at": SOON}
    return fact(lines=goods(("KASHI-01", qty)), **(given | more))


def free(door: Door, **query: object) -> int:
    asked = {"item": "KASHI-01", "channel": "store", "method": "carry"} | query
    status, body = door.get("/v1/availability", **asked)
    assert status == 200, body
    return int(body["items"][0]["free"])


def test_a_hold_is_made_once_seen_extended_and_released(door: Door) -> None:
    wish = hold()
    assert door.post("/v1/holds", wish) == (
        201, {"uid": wish["uid"], "expires_at": "2099-01-01T00:00:00+09:00", "repeated": False}
    )  # fmt: skip
    status, again = door.post("/v1/holds", wish)
    assert (status, again["repeated"]) == (200, True)
    assert free(door) == 7
    status, seen = door.get(f"/v1/holds/{wish['uid']}")
    assert (status, seen["state"], seen["lines"]) == (200, "live", goods(("KASHI-01", 3)))
    longer = fact(hold=wish["uid"], expires_at="2099-02-01T00:00:00+09:00")
    assert door.post("/v1/holds/extend", longer)[0] == 201
    assert door.post("/v1/holds/extend", longer)[0] == 200
    assert door.get(f"/v1/holds/{wish['uid']}")[1]["expires_at"].startswith("2099-01-31T15")
    given_up = fact(hold=wish["uid"])
    assert door.post("/v1/holds/release", given_up)[0] == 201
    status, ended = door.get(f"/v1/holds/{wish['uid']}")
    assert (ended["state"], ended["lines"]) == ("voided", [])
    status, refused = door.post("/v1/holds/release", fact(hold=wish["uid"]))
    assert (status, refused["code"]) == (409, "hold_gone")
    assert free(door) == 10


def test_many_holds_are_answered_in_order(door: Door) -> None:
    first, none, last = hold(6), hold(1, place="nowhere"), hold(6)
    status, body = door.post("/v1/holds", {"holds": [first, none, last]})
    assert status == 200
    assert [a.get("code") for a in body["answers"]] == [None, "unknown_place", "short"]
    assert body["answers"][2]["detail"] == {"item": "KASHI-01", "wanted": 6, "free": 4}


def test_a_hold_nobody_knows_is_404(door: Door) -> None:
    for name in (str(uuid4()), "seven", "%00"):
        status, body = door.get(f"/v1/holds/{name}")
        assert status == 404
        assert body["code"] in {"unknown_hold", "nothing_there"}
    status, body = door.post("/v1/holds/release", fact(hold=str(uuid4())))
    assert (status, body["code"]) == (409, "unknown_hold")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"uid": "one"}, "uid"),
        ({"occurred_at": "2026-11-20T12:00:00"}, "occurred_at"),
        ({"expires_at": "9999-12-31T23:59:59-12:00"}, "expires_at"),
        ({"strength": 40_000}, "strength"),
        ({"lines": [{"item": "KASHI-01", "qty": 10**20}]}, "lines[0].qty"),
        ({"lines": [{"item": "KASHI-01"}]}, "lines[0]"),
        ({"holder": "x" * 201}, "holder"),
        ({"holder": "a\0b"}, ""),
        ({"colour": "red"}, ""),
    ],
)
def test_what_no_hold_can_be_is_422(door: Door, change: dict[str, object], field: str) -> None:
    status, body = door.post("/v1/holds", hold() | change)
    assert (status, body["field"]) == (422, field)
    assert body["message"]


def test_backslashes_before_a_zero_are_only_text(door: Door) -> None:
    assert door.post("/v1/holds", hold(holder="a\\u0000"))[0] == 201
    assert door.post("/v1/holds", hold(holder="a\\\0"))[0] == 422


def test_goods_arrive_travel_and_are_counted(door: Door) -> None:
    arrival = fact(place="shibuya", lines=goods(("KASHI-01", 5)))
    assert door.post("/v1/arrivals", arrival) == (
        201, {"uid": arrival["uid"], "repeated": False}
    )  # fmt: skip
    assert door.post("/v1/arrivals", arrival) == (200, {"uid": arrival["uid"], "repeated": True})
    sent = fact(source="shibuya", target="kichijoji", lines=goods(("KASHI-01", 4)))
    assert door.post("/v1/transfers/send", sent)[0] == 201
    assert free(door) == 11
    came = fact(
        transfer=sent["uid"],
        lines=goods(("KASHI-01", 3)),
        lost=[{"item": "KASHI-01", "qty": 1, "why": "damaged"}],
    )
    assert door.post("/v1/transfers/receive", came)[0] == 201
    assert door.post("/v1/transfers/receive", came)[0] == 200
    assert free(door, place="kichijoji") == 3
    more = fact(transfer=sent["uid"], lines=goods(("KASHI-01", 1)))
    status, body = door.post("/v1/transfers/receive", more)
    assert (status, body["code"]) == (409, "more_than_sent")
    found = fact(place="kichijoji", lines=goods(("KASHI-01", 2)))
    found["counted_at"] = found.pop("occurred_at")
    found["counted_at"] = (world.NOW - timedelta(minutes=1)).isoformat()
    status, body = door.post("/v1/counts", found)
    assert (status, body["broken"], body["repeated"]) == (201, 0, False)
    assert (door.post("/v1/counts", found)[1]["repeated"]) is True


def test_what_is_kept_back_is_not_promised_and_places_are_told(door: Door) -> None:
    world.stocked(Tx(), "KASHI-01", 4, "web")
    kept = {"item": "KASHI-01", "channel": "ec", "safety": 2, "buffer": 1}
    status, body = door.post("/v1/safety", kept)
    assert (status, body["valid_from"], body["place"]) == (201, "2000-01-01", None)
    status, body = door.get("/v1/availability", item="KASHI-01", channel="ec")
    (one,) = body["items"]
    assert (status, one["free"]) == (200, 8)
    assert one["places"] == [
        {"place": "shibuya", "posted": 10, "pending": 0, "safety": 2, "buffer": 1, "free": 7},
        {"place": "web", "posted": 4, "pending": 0, "safety": 2, "buffer": 1, "free": 1},
    ]
    assert body["as_of"]
    assert door.post("/v1/safety", kept | {"safety": -1})[1]["code"] == "bad_count"


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"item": "NO-1", "channel": "ec"}, 404, "unknown_item"),
        ({"item": "KASHI-01", "channel": "moon"}, 404, "unknown_channel"),
        ({"item": "KASHI-01", "channel": "ec", "place": "moon"}, 404, "unknown_place"),
        ({"item": "KASHI-01", "channel": "ec", "method": "throw"}, 422, "invalid"),
        ({"item": "KASHI-01"}, 422, "invalid"),
        ({"channel": "ec"}, 422, "invalid"),
        ({"item": "a\0", "channel": "ec"}, 422, "malformed"),
        ({"item": "KASHI-01", "channel": "ec", "colour": "red"}, 422, "invalid"),
    ],
)
def test_questions_about_nothing_are_refused(
    door: Door, query: dict[str, str], status: int, code: str
) -> None:
    got, body = door.get("/v1/availability", **query)
    assert (got, body["code"]) == (status, code)


def test_several_items_are_answered_as_asked(door: Door) -> None:
    status, body = door.get("/v1/availability", item=["CHA-01", "KASHI-01"], channel="store")
    assert (status, [one["item"] for one in body["items"]]) == (200, ["CHA-01", "KASHI-01"])
    assert body["items"][0]["free"] == 0


def test_reading_needs_its_own_scope(door: Door) -> None:
    writer = Door("stock:write")
    assert writer.get("/v1/availability", item="KASHI-01", channel="ec")[0] == 401
    assert Door("stock:read").post("/v1/holds", hold())[0] == 401
