"""A shopper signs in: once per link, not too often, and nobody learns who is known. P-04, P-07."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import connection

from goen.customers import consents, entering, queries, records, telling
from goen.customers.consents import Permission
from goen.customers.records import NewCredential, NewRecord
from goen.customers.saying import Said, say
from goen.kit import ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import masters as places
from tests import world
from tests.conftest import FreshDatabase

BORN = date(1980, 4, 2)
MAIL = "misaki@kaze.example"
FROM = {"client": "127.0.0.1", "at": world.NOW}
BY = {"actor": world.ACTOR, "recorded_at": world.NOW}


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    open_door(t)
    return t


def open_door(t: Tx) -> None:
    """Ms Ishikawa's card knows her day of birth, and her web account her verified mail."""
    world.open_shop(t)
    places.put_source(t, code="member", name={"ja": "会員"}, trust=100, **BY)
    card = NewCredential("card", "G1040002", verified=True)
    mail = NewCredential("mail", MAIL, verified=True)
    both = [
        NewRecord("pos", "M-002", family_name="石川", birth_date=BORN, credentials=(card,)),
        NewRecord("ec", "E-2", mail=MAIL, credentials=(card, mail)),
    ]
    records.register(t, both, **BY)


def test_a_link_signs_in_once(shop: Tx) -> None:
    link = entering.ask_link(shop, " Misaki@Kaze.example", **FROM)
    assert isinstance(link, entering.Link)
    assert link.address == MAIL
    assert entering.is_open(shop, link.token, at=world.NOW)
    record = entering.use_link(shop, link.token, at=world.NOW)
    assert record == link.record_id
    assert entering.use_link(shop, link.token, at=world.NOW) is None
    token = entering.begin(shop, record, "mail", at=world.NOW)
    assert entering.record_of(shop, token, at=world.NOW) == record
    assert entering.record_of(shop, token, at=world.NOW + timedelta(days=31)) is None
    entering.end(shop, token, at=world.NOW)
    assert entering.record_of(shop, token, at=world.NOW) is None
    kept = shop.rows("SELECT token_hash, key_hash FROM customers_signin")
    assert all(link.token.encode() not in bytes(h) and b"kaze" not in bytes(k) for h, k in kept)


def test_a_link_of_long_ago_signs_nobody_in(shop: Tx) -> None:
    link = entering.ask_link(shop, MAIL, **FROM)
    assert isinstance(link, entering.Link)
    later = world.NOW + timedelta(minutes=15)
    assert not entering.is_open(shop, link.token, at=later)
    assert entering.use_link(shop, link.token, at=later) is None
    assert entering.use_link(shop, "no token of ours", at=world.NOW) is None


def test_whose_address_it_is_must_be_clear(shop: Tx) -> None:
    """Nobody's, a mall's, or a family's that nobody verified: no link, and nobody is told why."""
    family = [NewRecord("pos", key, mail="home@kaze.example") for key in ("F-1", "F-2")]
    mall = NewRecord("mall", "X-1", mail="x@mall.example")
    records.register(shop, [*family, mall], **BY)
    for mail in ("nobody@kaze.example", "x@mall.example", "home@kaze.example", "", "%"):
        assert entering.ask_link(shop, mail, **FROM) is None
    proof = NewCredential("mail", "home@kaze.example", verified=True)
    records.register(
        shop, [NewRecord("pos", "F-2", mail="home@kaze.example", credentials=(proof,))], **BY
    )
    link = entering.ask_link(shop, "home@kaze.example", **FROM)
    assert isinstance(link, entering.Link), "who verified it goes before who typed it"


@pytest.mark.parametrize("mail", [MAIL, "nobody@kaze.example"])
def test_who_asks_too_often_waits_known_or_not(shop: Tx, mail: str) -> None:
    answers = [entering.ask_link(shop, mail, **FROM) for _ in range(6)]
    assert not any(isinstance(one, Refusal) for one in answers[:5])
    assert answers[5] == Refusal("tried_too_often", "mail", {"minutes": 15})
    later = world.NOW + timedelta(minutes=16)
    assert not isinstance(entering.ask_link(shop, mail, client="127.0.0.1", at=later), Refusal)


def test_a_card_is_proved_by_the_day_of_birth(shop: Tx) -> None:
    """P-07: and wrong, unknown or never given are answered alike."""
    found = entering.by_card(shop, "ｇ104-0002", BORN, **FROM)
    assert isinstance(found, int)
    no = Refusal("not_proved", "card")
    assert entering.by_card(shop, "G1040002", date(1981, 1, 1), **FROM) == no
    assert entering.by_card(shop, "G1040002", None, **FROM) == no
    assert entering.by_card(shop, "G1040001", BORN, **FROM) == no
    assert entering.by_card(shop, "G9999999", BORN, **FROM) == no


def test_a_day_of_birth_cannot_be_guessed(shop: Tx) -> None:
    for day in range(5):
        entering.by_card(shop, "G1040002", date(1990, 1, 1 + day), **FROM)
    answer = entering.by_card(shop, "G1040002", BORN, client="elsewhere", at=world.NOW)
    assert isinstance(answer, Refusal)
    assert answer.code == "tried_too_often"


def test_twenty_guesses_at_once_are_five(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        open_door(t)

    def guess(n: int) -> str:
        try:
            with tx() as t:
                answer = entering.by_card(t, "G1040002", date(1990, 1, 1 + n), **FROM)
                assert isinstance(answer, Refusal)
                return answer.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        codes = sorted(pool.map(guess, range(20)))
    assert codes == ["not_proved"] * 5 + ["tried_too_often"] * 15


def test_what_a_shopper_says_of_themselves_goes_first(shop: Tx) -> None:
    """P-04: an address is changed by its owner, and what other systems said is not touched."""
    record = entering.by_card(shop, "G1040002", BORN, **FROM)
    assert isinstance(record, int)
    before = shop.value("SELECT count(*) FROM customers_detail")
    contact = telling.Contact(phone="090-0000-0002", address="東京都渋谷区神南0-0-0")
    assert telling.change(shop, record, contact, **BY) is None
    seen = person(shop, record)
    assert (seen.phone, seen.address, seen.mail) == (contact.phone, contact.address, MAIL)
    assert shop.value("SELECT count(*) FROM customers_detail") == before + 1
    assert telling.change(shop, record, telling.Contact(postcode="150-0041"), **BY) is None
    assert person(shop, record).phone == contact.phone
    assert isinstance(telling.change(shop, record, telling.Contact(phone="12"), **BY), Refusal)


def test_a_new_mail_counts_when_it_was_confirmed_and_keeps_the_word(shop: Tx) -> None:
    record = entering.by_card(shop, "G1040002", BORN, **FROM)
    assert isinstance(record, int)
    who = person(shop, record).person_id
    said = Said(ids.new_id(), "mail", True, "member", world.NOW, evidence={"page": "/m/consents"})
    say(shop, who, said, **BY)
    assert telling.confirm_mail(shop, record, "new@kaze.example", **BY) is None
    assert person(shop, record).mail == "new@kaze.example"
    found = consents.permissions(shop, [who])[who]
    assert isinstance(found, Permission)
    assert found.address == "new@kaze.example"
    assert isinstance(telling.confirm_mail(shop, record, "x@mall.example", **BY), Refusal)
    link = entering.ask_link(shop, "new@kaze.example", **FROM)
    assert isinstance(link, entering.Link)


def test_all_that_is_kept_is_told(shop: Tx) -> None:
    record = entering.by_card(shop, "G1040002", BORN, **FROM)
    assert isinstance(record, int)
    told = telling.everything(shop, person(shop, record).person_id)
    assert {one["key"] for one in told["records"]} == {"M-002", "E-2"}
    assert MAIL in str(told)


def person(t: Tx, record: int) -> queries.Shown:
    who = queries.person_of_records(t, [record])[record]
    return queries.shown(t, [who], viewer=world.VIEWER)[who]
