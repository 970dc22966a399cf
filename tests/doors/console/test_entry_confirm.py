"""Confirming who is signed in by a passkey: a device of theirs, asked for this and nothing else."""

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import AttestedCredentialData, AuthenticatorData

from goen.kit import clock
from goen.kit.db import Tx
from goen.places import passkeys, staff_queries, staffing
from goen.places.staffing import Entry
from tests.doors.console.test_entry_bounds import cheap
from tests.doors.console.test_entry_steps import _b64, hurry, own_shop, sato, signed_in
from tests.world import ACTOR

__all__ = ["cheap", "own_shop"]

HERE: dict[str, Any] = {"SERVER_NAME": "localhost"}


class Device:
    """A key that signs what it is asked, as a device at http://localhost does."""

    def __init__(self, t: Tx, staff_id: int, name: bytes) -> None:
        self.key, self.id, self.count = ec.generate_private_key(ec.SECP256R1()), name * 16, 0
        public = ES256.from_cryptography_key(self.key.public_key())
        data = AttestedCredentialData.create(bytes(16), self.id, public)
        kept = passkeys.keep(
            t, staff_id, credential_id=self.id, public_key=bytes(data), rp_id="localhost",
            sign_count=0, name="k", actor=ACTOR, recorded_at=clock.now(),
        )  # fmt: skip
        assert kept is None

    def answer(self, challenge: str) -> str:
        """What the browser sends when its owner has pressed a finger."""
        self.count += 1
        told = {"type": "webauthn.get", "challenge": challenge, "origin": "http://localhost"}
        said = json.dumps(told).encode()
        party = hashlib.sha256(b"localhost").digest()
        proved = bytes(AuthenticatorData.create(party, 0x05, self.count))  # present and verified
        signed = self.key.sign(proved + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": _b64(said),
            "authenticatorData": _b64(proved),
            "signature": _b64(signed),
        }
        id_ = _b64(self.id)
        made = {"id": id_, "rawId": id_, "type": "public-key", "response": response}
        return json.dumps(made)


@pytest.fixture
def hers(shop: Tx) -> Device:
    return Device(shop, sato(shop), b"a")


@pytest.fixture
def client(shop: Tx, hers: Device) -> Client:
    """Sato, who signed in long ago."""
    found = signed_in()
    hurry(found, minutes=16)
    return found


def challenge_of(client: Client, path: str = "/me/confirm/ask") -> str:
    return str(client.post(path, **HERE).json()["publicKey"]["challenge"])


def confirm(client: Client, credential: str) -> int:
    sent = {"credential": credential, "next": "/staff/new"}
    return client.post("/me/confirm", sent, **HERE).status_code


def test_a_passkey_of_one_s_own_confirms(client: Client, hers: Device) -> None:
    assert client.get("/staff/new", **HERE).headers["Location"].startswith("/me/confirm")
    assert "/me/confirm/ask" in client.get("/me/confirm", **HERE).content.decode()
    asked = client.post("/me/confirm/ask", **HERE).json()["publicKey"]
    assert [one["id"] for one in asked["allowCredentials"]] == [_b64(hers.id)]
    assert asked["userVerification"] == "required"
    assert confirm(client, hers.answer(asked["challenge"])) == 302
    assert client.get("/staff/new", **HERE).status_code == 200


def test_an_answer_is_good_once(client: Client, hers: Device) -> None:
    answer = hers.answer(challenge_of(client))
    assert confirm(client, answer) == 302
    hurry(client, minutes=16)
    assert confirm(client, answer) == 401
    challenge_of(client)
    assert confirm(client, answer) == 401
    assert client.get("/staff/new", **HERE).status_code == 302


def test_somebody_else_s_passkey_confirms_nothing(shop: Tx, client: Client) -> None:
    by = {"actor": ACTOR, "recorded_at": clock.now()}
    staffing.invite(shop, "hanada", "", Entry({"ja": "花"}, "hq"), **by)
    other = staff_queries.by_login(shop, "hanada")
    assert other is not None
    assert confirm(client, Device(shop, other, b"b").answer(challenge_of(client))) == 401


def test_what_was_asked_for_signing_in_confirms_nothing(client: Client, hers: Device) -> None:
    client.logout()  # a browser that nobody is signed in with may ask for a challenge
    asked = challenge_of(client, "/login/passkey/ask")
    again = signed_in()
    hurry(again, minutes=16)
    assert confirm(again, hers.answer(asked)) == 401


def test_who_has_none_is_not_asked_for_one(shop: Tx) -> None:
    client = signed_in()
    hurry(client, minutes=16)
    assert "/me/confirm/ask" not in client.get("/me/confirm", **HERE).content.decode()
    assert client.post("/me/confirm/ask", **HERE).status_code == 400


def test_at_a_bare_address_the_password_is_the_way(client: Client, hers: Device) -> None:
    assert "/me/confirm/ask" not in client.get("/me/confirm").content.decode()
    assert client.post("/me/confirm", {"password": "long enough"}).status_code == 302
