"""`/v1/proposals`: the same proposal as in the store, for a web shop."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from goen.kit import clock, ids, keys
from goen.kit.db import Tx
from tests import world
from tests.doors.register.test_proposing import proposal

CARD = "G1040001"


@pytest.fixture
def client(tx_db: None) -> Client:
    t = Tx()
    world.open_shop(t)
    scopes = ("proposals:read", "proposals:write")
    key = keys.issue(t, "web shop", scopes, actor=world.ACTOR, recorded_at=clock.now())
    return Client(headers={"Authorization": f"Bearer {key}", "Accept-Language": "en"})


def tell(client: Client, uid: UUID, **body: object) -> tuple[int, Any]:
    path = f"/v1/proposals/{uid}/answers"
    response = client.post(path, json.dumps(body), content_type="application/json")
    return response.status_code, response.json()


def test_a_web_shop_shows_the_same_and_says_that_it_did(client: Client) -> None:
    uid = proposal()
    for query in ({"member": CARD}, {"source": "pos", "key": "M-001"}):
        found = client.get("/v1/proposals", query).json()["proposal"]
        assert (found["uid"], found["item"]) == (str(uid), "UTSUWA-01")
        assert "8642" not in json.dumps(found)
    for _ in range(2):
        assert tell(client, uid, how="shown", subject="a")[0] == 200
    assert Tx().rows('SELECT "where", subject FROM marketing_showing') == [("member", "a")]
    assert tell(client, uid, how="dismissed", why="because")[1]["code"] == "unknown_dismissal"
    assert tell(client, uid, how="dismissed", why="has_it")[0] == 200
    assert client.get("/v1/proposals", {"member": CARD}).json() == {"proposal": None}


def test_the_held_out_are_shown_nothing_and_nobody_is_told_apart(client: Client) -> None:
    proposal(arm="holdout")
    assert client.get("/v1/proposals", {"member": CARD}).json() == {"proposal": None}
    assert client.get("/v1/proposals", {"member": "nobody"}).status_code == 404
    assert client.get("/v1/proposals").status_code == 404
    assert tell(client, ids.new_id(), how="shown")[0] == 404
