"""Contact data goes nowhere it was not meant for: files, masked pages, strangers' mailboxes."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from goen.customers import consents, entering, records, requests
from goen.customers.consents import NewConsent
from goen.customers.records import NewCredential, NewRecord
from goen.customers.telling import Contact, change
from goen.doors.console import mail_edit
from goen.doors.member import letters
from goen.kit import clock, ids, settings
from goen.kit.db import Tx
from goen.kit.mail import Mail, Outcome
from goen.kit.refusals import Refusal
from goen.marketing import lists, messages, messages_pictures
from goen.marketing.lists import Frozen
from goen.places import masters as places
from tests import world
from tests.doors.console.conftest import logged_in
from tests.marketing import measuring, posting
from tests.marketing.measuring import BY

CARD = "G1040002"
BORN = date(1980, 4, 2)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    return t


def person(t: Tx, record: int) -> int:
    return int(t.value("SELECT person_id FROM customers_personof WHERE record_id = %s", [record]))


def test_a_file_of_addresses_has_those_that_were_agreed_to(shop: Tx) -> None:
    """The best known address may be another's, a lent one, or one that bounced."""
    key = (NewCredential("card", CARD, verified=True),)
    both = [
        NewRecord("ec", "E-2", mail="old@kaze.example", phone="090-0000-0001", credentials=key),
        NewRecord("mall", "L-2", mail="agreed@kaze.example", phone="090-0000-0002",
                  credentials=key),
    ]  # fmt: skip
    made = records.register(shop, both, **BY)
    agreed = made["mall", "L-2"]
    yes = [
        NewConsent(ids.new_id(), agreed, channel, True, "form", world.NOW, evidence={"page": "/"})
        for channel in ("mail", "sms")
    ]
    consents.note(shop, yes, **BY)
    settings.write(shop, "holdout.share", 0.0, **BY)
    for channel, best, wanted in (
        ("mail", "old@kaze.example", "agreed@kaze.example"),
        ("sms", "090-0000-0001", "090-0000-0002"),
    ):
        found = lists.freeze(
            shop, uid=ids.new_id(), measure_uid=None, channel=channel, control_share=0.0,
            conditions={"field": "person", "ids": [person(shop, agreed)]}, **BY,
        )  # fmt: skip
        assert isinstance(found, Frozen)
        file = logged_in("hq").get(f"/lists/{found.uid}.csv").content.decode()
        assert wanted in file
        assert best not in file


def test_what_a_shopper_wrote_is_not_for_masked_roles(shop: Tx) -> None:
    record = shop.value("SELECT min(id) FROM customers_record")
    note = "090-0000-0009 にお電話ください"
    requests.ask(shop, ids.new_id(), record, "correct", note, **BY)
    assert note in logged_in("hq").get("/consents").content.decode()
    assert note not in logged_in("operations").get("/consents").content.decode()


def test_nobody_s_mailbox_is_filled_by_who_says_it_is_theirs(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(letters, "send_aside", lambda _, letter: sent.append(letter.to))
    record = shop.value("SELECT min(id) FROM customers_record")
    phone = Client(headers={"accept-language": "ja"}, SERVER_NAME="127.0.0.1")
    phone.cookies["goen_demo_member"] = entering.begin(shop, record, "card", at=clock.now())
    codes = [
        phone.post("/m/data/mail", {"mail": mail}).status_code
        for mail in ("victim@kaze.example", "Victim@kaze.example ") * 4
    ]
    assert codes == [302] * 5 + [429] * 3
    assert len(sent) == 5


def test_the_key_of_a_shopper_s_own_record_signs_nobody_in(shop: Tx) -> None:
    new = NewRecord("pos", "M-9", family_name="森", birth_date=BORN,
                    credentials=(NewCredential("card", "G1049999", verified=True),))  # fmt: skip
    [record] = records.register(shop, [new], **BY).values()
    places.put_source(shop, code="member", name={"ja": "会員", "en": "Member"}, trust=100, **BY)
    assert change(shop, record, Contact(phone="090-0000-0003"), **BY) is None
    keys = {
        row[0] for row in shop.rows("SELECT value FROM customers_credential WHERE kind = 'app'")
    }
    assert len(keys) == 1
    assert change(shop, record, Contact(phone="090-0000-0004"), **BY) is None
    assert shop.value("SELECT count(*) FROM customers_record WHERE source_key = %s",
                      [str(record)]) == 1  # fmt: skip
    for guess in (f"WEB-{record}", f"web{record}"):
        tried = entering.by_card(shop, guess, BORN, client="1.2.3.4", at=world.NOW)
        assert tried == Refusal("not_proved", "card")
    assert entering.by_card(shop, "G1049999", BORN, client="1.2.3.4", at=world.NOW) == record


def test_a_picture_is_kept_for_who_may_write_mail(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    posting.open_post(shop)
    uid = measuring.drafted(shop, measuring.measure(measuring.placement("mail", "gentle")))
    messages.start(shop, uid, **BY)
    kept: list[bytes] = []
    monkeypatch.setattr(messages_pictures, "keep", lambda _, raw: kept.append(raw) or "0.png")
    for role, most in (("store", 0), ("marketer", 1)):
        picture = SimpleUploadedFile("a.png", b"\x89PNG\r\n\x1a\n0", "image/png")
        form = {"subject": "新茶", "language": "ja", "kind-0": "picture", "alt-0": "茶",
                "upload-0": picture, "do": "down-0"}  # fmt: skip
        logged_in(role).post("/measures/1/mail", form)
        assert len(kept) == most


def test_a_test_mail_says_nothing_of_any_customer(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Mail] = []
    monkeypatch.setattr(mail_edit.mail, "send", lambda _, letter, **__: _kept(sent, letter))
    posting.open_post(shop)
    people = posting.persons(shop, posting.willing(shop, 3))
    wanted = measuring.measure(
        measuring.placement("mail", "gentle"), conditions={"field": "person", "ids": people}
    )
    uid = measuring.drafted(shop, wanted)
    messages.start(shop, uid, **BY)
    client = logged_in("marketer")
    preview = client.get("/measures/1/mail/preview").content.decode()
    assert "森" in preview
    client.post(f"/measures/1/mail/test?person={people[1]}", {"to": "me@kaze.example"})
    assert [one.to for one in sent] == ["me@kaze.example"]
    assert "森" not in sent[0].subject + sent[0].text + sent[0].html


def _kept(sent: list[Mail], letter: Mail) -> Outcome:
    sent.append(letter)
    return Outcome("sent")


def test_the_trail_has_nothing_that_staff_wrote_of_a_shopper(shop: Tx) -> None:
    record = shop.value("SELECT min(id) FROM customers_record")
    uid = ids.new_id()
    requests.ask(shop, uid, record, "correct", "", **BY)
    assert requests.settle(shop, uid, "高橋様に電話しました", **BY) is None
    details = shop.rows("SELECT detail FROM kit_trail WHERE verb = 'settle'")
    assert details == [({"kind": "correct"},)]


def test_no_place_in_a_list_is_too_far(shop: Tx) -> None:
    found = lists.freeze(
        shop, uid=ids.new_id(), measure_uid=None, conditions={"all": []}, channel="store",
        control_share=0.1, **BY,
    )  # fmt: skip
    assert isinstance(found, Frozen)
    for start in ("9" * 30, "９" * 5_000, "-1", "x"):
        assert logged_in("hq").get(f"/lists/{found.uid}", {"from": start}).status_code == 200
