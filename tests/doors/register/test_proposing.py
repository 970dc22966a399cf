"""The till shows what is proposed to a member, fit for the shopper's eyes, and within a second."""

import json
import time
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from goen.kit import clock, ids
from goen.kit.db import Tx
from tests.doors.register.counter import clerk

pytestmark = pytest.mark.usefixtures("tx_db")
CARD = "G1040001"


def person(card: str = CARD) -> int:
    sql = (
        "SELECT person_id FROM customers_credential JOIN customers_personof USING (record_id)"
        " WHERE value = %s"
    )
    return int(Tx().value(sql, [card]))


def proposal(code: str = "UTSUWA-01", arm: str = "treated", kind: str = "considered") -> UUID:
    uid, at = ids.new_id(), clock.now()
    Tx().execute(
        "INSERT INTO marketing_proposal (uid, person_id, record_id, kind, sku_id, reason,"
        " stake_minor, rule, arm, made_at, expires_on, ended_how, ended_why)"
        " SELECT %s, p.person_id, p.record_id, %s, s.id, %s::jsonb, 77777, 'r', %s, %s, %s, '', ''"
        " FROM customers_personof p, catalogue_sku s WHERE p.person_id = %s AND s.code = %s",
        [
            uid,
            kind,
            json.dumps({"times": 8642, "usual_days": 8642, "days_away": 8642}),
            arm,
            at,
            (at + timedelta(days=20)).date(),
            person(),
            code,
        ],
    )
    return uid


def member(client: Client) -> dict[str, object]:
    return client.get("/register/read", {"q": CARD}).json()["member"]


@pytest.mark.quiet
def test_the_scanned_member_brings_a_proposal_within_a_second() -> None:
    """R-040: with its reason; nothing of what was spent or watched on the shopper's side."""
    client = clerk()
    uid = proposal()
    began = time.monotonic()
    found = member(client)
    assert time.monotonic() - began < 1
    told = found["proposal"]
    assert told["uid"] == str(uid)
    assert "飯碗 白磁" in told["words"]
    assert told["item"]["price"] == 4_400
    assert "8642" not in json.dumps(found)
    assert "77777" not in json.dumps(found)
    assert Tx().rows('SELECT "where", count(*) FROM marketing_showing GROUP BY 1') == [("till", 1)]
    member(client)
    assert Tx().value("SELECT count(*) FROM marketing_showing") == 1


@pytest.mark.parametrize("arm", ["holdout", None])
def test_who_has_none_or_is_held_out_is_shown_nothing(arm: str | None) -> None:
    client = clerk()
    if arm:
        proposal(arm=arm)
    assert member(client)["proposal"] is None
    assert Tx().value("SELECT count(*) FROM marketing_showing") == 0


def test_one_who_was_chosen_from_several_has_theirs_too() -> None:
    client = clerk()
    uid = proposal()
    found = client.get("/register/proposal", {"q": str(person())}).json()
    assert found["proposal"]["uid"] == str(uid)
    for nobody in ("", "x", "9" * 30, "0"):
        assert client.get("/register/proposal", {"q": nobody}).json() == {"proposal": None}


def test_put_aside_in_one_tap_it_is_gone() -> None:
    client = clerk()
    uid = proposal()
    wrong = client.post("/register/proposal/dismiss", {"proposal": uid, "why": "because"})
    assert wrong.json()["code"] == "unknown_dismissal"
    assert client.post("/register/proposal/dismiss", {"proposal": "x"}).status_code == 404
    assert (
        client.post("/register/proposal/dismiss", {"proposal": uid, "why": "has_it"}).json() == {}
    )
    assert member(client)["proposal"] is None
    ended = Tx().rows("SELECT ended_how, ended_why FROM marketing_proposal")
    assert ended == [("dismissed", "has_it")]
