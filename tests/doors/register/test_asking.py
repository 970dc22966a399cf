"""After a sale, once: may we write to you? L-01, L-02."""

import re

import pytest
from django.test import Client

from goen.customers import consents, queries, records, wordings
from goen.customers.consents import Permission
from goen.customers.records import NewCredential, NewRecord
from goen.kit.db import Tx
from tests import world
from tests.doors.register.counter import basket, clerk, send

pytestmark = pytest.mark.usefixtures("tx_db")
CARD, QUESTION = "G1040002", "ご案内をお送りしてよいか伺う"


def bought(client: Client, card: str = CARD) -> str:
    """A fresh receipt, by its id."""
    sale = basket(("KASHI-01", 1), total=162, member={"value": card})
    assert send(client, "sales", sale).status_code == 200
    return str(sale["uid"])


def reached(mail: str = "misaki@kaze.example") -> None:
    web = NewRecord(
        "ec", "E-2", mail=mail, credentials=(NewCredential("card", CARD, verified=True),)
    )
    records.register(Tx(), [web], actor=world.ACTOR, recorded_at=world.NOW)


def page(client: Client, receipt: str) -> str:
    return client.get(f"/register/receipts/{receipt}").content.decode()


@pytest.mark.parametrize(("answer", "may"), [("yes", True), ("no", False)])
def test_who_was_never_asked_is_asked_once(answer: str, may: bool) -> None:
    client = clerk()
    reached()
    receipt = bought(client)
    assert QUESTION in page(client, receipt)
    given = {"document": receipt, "granted": answer}
    assert client.post("/register/asking", given).status_code == 302
    assert QUESTION not in page(client, receipt)
    assert QUESTION not in page(client, bought(client))
    found = queries.find_credential(Tx(), CARD, viewer=world.VIEWER)
    assert found is not None
    who = found.person_id
    assert isinstance(consents.permissions(Tx(), [who])[who], Permission) is may
    kept = Tx().rows(
        "SELECT way, evidence->>'by', w.code, place_id IS NOT NULL FROM customers_consent c"
        " JOIN customers_wording w ON w.id = c.wording_id"
    )
    assert kept == [("till", "st01 S1", "mail", True)] * 2


def test_a_no_that_was_said_elsewhere_is_not_said_over_from_the_till() -> None:
    """L-01: an old screen, or an old receipt, is no new word of the shopper's."""
    client = clerk()
    reached()
    old = bought(client)
    assert client.post("/register/asking", {"document": old, "granted": "no"}).status_code == 302
    for receipt in (old, bought(client)):
        given = {"document": receipt, "granted": "yes"}
        assert client.post("/register/asking", given).status_code == 302
    assert Tx().rows("SELECT DISTINCT granted FROM customers_consent") == [(False,)]


def test_the_text_that_was_read_is_the_proof_also_when_it_changed_meanwhile() -> None:
    client, by = clerk(), {"actor": world.ACTOR, "recorded_at": world.NOW}
    reached()
    wordings.put(Tx(), "mail", {"ja": "古い文面", "en": "The old text"}, **by)
    receipt = bought(client)
    screen = page(client, receipt)
    assert "古い文面" in screen
    form = dict(re.findall(r'name="(document|version)" value="([\w-]+)"', screen))
    wordings.put(Tx(), "mail", {"ja": "新しい文面", "en": "The new text"}, **by)
    assert client.post("/register/asking", form | {"granted": "yes"}).status_code == 302
    kept = Tx().rows(
        "SELECT DISTINCT w.text ->> 'ja' FROM customers_consent c"
        " JOIN customers_wording w ON w.id = c.wording_id"
    )
    assert kept == [("古い文面",)]


def test_who_cannot_be_reached_or_is_not_known_is_not_asked() -> None:
    client = clerk()
    assert QUESTION not in page(client, bought(client))
    reached("x@mall.example")
    assert QUESTION not in page(client, bought(client))
    sale = basket(("KASHI-01", 1), total=162)
    send(client, "sales", sale)
    assert QUESTION not in page(client, str(sale["uid"]))
    given = {"document": str(sale["uid"]), "granted": "yes"}
    assert client.post("/register/asking", given).status_code == 404
