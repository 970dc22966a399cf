"""`/v1/events` over the door: once, each answered, by names; and taken elsewhere unchanged."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from goen.kit import clock, keys
from goen.kit.db import Tx
from tests import world

NOW = clock.now()
SEEN: dict[str, Any] = {
    "source": "ec", "message_id": "e-1", "kind": "view", "visitor": "c-1", "item": "CHA-01",
    "occurred_at": (NOW - timedelta(hours=1)).isoformat(),
}  # fmt: skip


@pytest.fixture
def client(tx_db: None) -> Client:
    t = Tx()
    world.open_shop(t, live=False)
    key = keys.issue(t, "web shop", ("events:write", "events:read"), actor=world.ACTOR,
                     recorded_at=NOW)  # fmt: skip
    return Client(headers={"Authorization": f"Bearer {key}", "Accept-Language": "en"})


def tell(client: Client, body: object) -> tuple[int, Any]:
    response = client.post("/v1/events", json.dumps(body), content_type="application/json")
    return response.status_code, response.json()


def test_one_event_is_kept_once(client: Client) -> None:
    kept = {"source": "ec", "message_id": "e-1", "repeated": False}
    assert tell(client, SEEN) == (201, kept)
    assert tell(client, SEEN) == (200, {**kept, "repeated": True})


def test_each_of_a_batch_is_answered_in_its_place(client: Client) -> None:
    batch = [
        SEEN,
        {**SEEN, "message_id": "e-2", "item": "NOTHING"},
        {**SEEN, "message_id": "e-3", "record": {"source": "pos", "key": "M-001"}},
        {**SEEN, "message_id": "e-4", "member": {"value": "nobody"}},
        {**SEEN, "message_id": "e-5", "kind": "sniffed"},
        SEEN,
    ]
    status, got = tell(client, {"events": batch})
    assert status == 200
    assert [one.get("code", one.get("repeated")) for one in got["answers"]] == [
        False, "unknown_item", False, "unknown_member", "unknown_event", True,
    ]  # fmt: skip
    assert Tx().value("SELECT count(*) FROM behaviour_event") == 2
    # c-1 is now M-001: what it did before counts
    assert Tx().value("SELECT count(record_id) FROM report_event") == 2


def test_without_the_scope_nobody_tells(client: Client) -> None:
    key = keys.issue(Tx(), "till", ("sales:write",), actor=world.ACTOR, recorded_at=NOW)
    other = Client(headers={"Authorization": f"Bearer {key}"})
    assert other.get("/v1/events").status_code == 401
    assert tell(other, SEEN)[0] == 401


@pytest.mark.parametrize("wrong", ["1", "a-b", "1-2-3"])
def test_a_position_nobody_gave_is_refused(client: Client, wrong: str) -> None:
    assert client.get("/v1/events", {"after": wrong}).status_code == 422


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"occurred_at": "9999-12-31T23:59:59Z", "sent_at": "2001-01-01T00:00:00Z"}, 409),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, 409),
        ({"occurred_at": "0001-01-01T00:00:00+14:00", "sent_at": "9999-12-31T00:00:00Z"}, 409),
        ({"detail": {"n": 10**400}}, 201),
        ({"detail": {"a": {"b": [None, True, "é"]}}}, 201),
        ({"text": "\ud83d\ude00"}, 201),
    ],
)
def test_nothing_that_can_be_said_is_a_crash(
    client: Client, change: dict[str, Any], status: int
) -> None:
    got, answer = tell(client, {**SEEN, **change})
    assert got in {status, 400, 422}, answer
    if status == 201:
        assert got == 201
