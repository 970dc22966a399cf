"""`/v1/consents`: another system says who agreed and refused, and asks who may be written to."""

from datetime import timedelta
from uuid import uuid4

import pytest

from goen.kit import clock
from goen.kit.db import Tx
from goen.orders import selling
from goen.orders.sale import Sold
from tests import world
from tests.doors.calling import Door, fact

BUYER = {"source": "ec", "key": "E-1"}
PROOF = {"page": "https://shop.example/join"}


@pytest.fixture
def door(tx_db: None) -> Door:
    world.open_shop(Tx())
    door = Door()
    record = {**BUYER, "mail": "one@kaze.example"}
    assert door.post("/v1/records", {"records": [record]})[0] == 200
    return door


def said(**more: object) -> dict[str, object]:
    return fact(record=BUYER, channel="mail", granted=True, evidence=PROOF) | more


def may(door: Door) -> dict[str, str]:
    status, body = door.get("/v1/consents", **BUYER)
    assert status == 200, body
    return {one["channel"]: "yes" if one["may"] else one["cause"] for one in body["may"]}


def test_a_word_is_kept_once_and_shown_with_its_proof(door: Door) -> None:
    word = said()
    assert door.post("/v1/consents", word) == (201, {"uid": word["uid"], "repeated": False})
    assert door.post("/v1/consents", word) == (200, {"uid": word["uid"], "repeated": True})
    assert may(door)["mail"] == "yes"
    (shown,) = door.get("/v1/consents", **BUYER)[1]["consents"]
    assert shown["uid"] == word["uid"]
    assert (shown["evidence"], shown["way"], shown["holds"]) == (PROOF, "api", True)


def test_a_system_that_looks_stands_in_the_trail_as_the_system(door: Door) -> None:
    door.post("/v1/consents", said())
    may(door)
    lines = dict(Tx().rows("SELECT verb, actor FROM kit_trail WHERE kind IN ('person', 'record')"))
    assert lines["see"].startswith("key:")
    assert lines["see"] == lines.get("consent", lines["see"])


def test_each_of_many_is_answered_for_itself(door: Door) -> None:
    stranger = {"source": "ec", "key": "nobody"}
    wishes = [
        said(granted=False, evidence={}), said(record=stranger), said(place="nowhere"),
        said(evidence={}), said(channel="fax"), said(wording={"code": "mail", "version": 3}),
    ]  # fmt: skip
    status, body = door.post("/v1/consents", {"consents": wishes})
    assert status == 200
    codes = [one.get("code", "") for one in body["answers"]]
    assert codes == [
        "", "unknown_record_key", "unknown_place", "proof_missing", "unknown_contact_channel",
        "unknown_wording",
    ]  # fmt: skip
    assert may(door)["mail"] == "refused"


def test_nobody_is_asked_about_by_a_stranger(door: Door) -> None:
    status, body = door.get("/v1/consents", source="ec", key="nobody")
    assert (status, body["code"]) == (404, "unknown_record_key")
    assert Door("points:read").get("/v1/consents", **BUYER)[0] == 401


def test_a_sale_is_claimed_once_over_the_api(door: Door) -> None:
    world.stocked(Tx(), "KASHI-01", 5)
    sale = world.sale(("KASHI-01", 1), at=clock.now() - timedelta(hours=1))
    (sold,) = selling.sell(Tx(), [sale], actor=world.ACTOR, recorded_at=clock.now())
    assert isinstance(sold, Sold)
    path, body = f"/v1/orders/{sold.uid}/claims", fact(record=BUYER)
    body.pop("occurred_at")
    done = {"uid": body["uid"], "order": str(sold.uid), "points": 0, "repeated": False}
    assert door.post(path, body) == (201, done)
    assert door.post(path, body) == (200, done | {"repeated": True})
    other = {"uid": str(uuid4()), "record": {"source": "pos", "key": "M-001"}}
    assert door.post(path, other)[1]["code"] == "claimed_already"
    stranger = {**other, "record": {"source": "ec", "key": "nobody"}}
    assert door.post(path, stranger)[1]["code"] == "unknown_record_key"
    assert door.post(f"/v1/orders/{uuid4()}/claims", other)[0] == 404
