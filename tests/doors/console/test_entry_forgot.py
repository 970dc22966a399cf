"""A forgotten password: one answer for everybody, and a link to its owner's own mailbox."""

import re
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from goen.doors import logs
from goen.doors.console import entry_forgot
from goen.kit import clock, home, mailbox, mailbox_server, settings
from goen.kit.db import Tx
from goen.places import staffing
from goen.places.staffing import Entry
from tests.doors.console.test_entry_bounds import cheap
from tests.doors.console.test_entry_steps import (
    GOOD,
    OWN,
    browser,
    own_shop,
    sato,
    signed_in,
    verbs,
    with_authenticator,
)
from tests.world import ACTOR

__all__ = ["cheap", "own_shop"]

HERS = "Sato@mail.internal"
POST = "forgot"


@pytest.fixture
def letters() -> Iterator[int]:
    """A mail server that takes letters; answers its port."""
    stop, port = threading.Event(), []
    ready = threading.Event()

    def listening(at: int) -> None:
        port.append(at)
        ready.set()

    thread = threading.Thread(
        target=mailbox_server.serve, args=[POST, stop], kwargs={"ready": listening}
    )
    thread.start()
    assert ready.wait(10)
    yield port[0]
    stop.set()
    thread.join(10)
    for path in mailbox.folder(POST).iterdir():
        path.unlink()


@pytest.fixture
def posting(shop: Tx, letters: int, monkeypatch: pytest.MonkeyPatch) -> Tx:
    """A shop of one's own with a mail server; what is done beside the answer is done before it."""
    by = {"actor": ACTOR, "recorded_at": clock.now()}
    for name, value in (("host", "127.0.0.1"), ("port", letters), ("tls", "none")):
        assert settings.write(shop, f"mail.{name}", value, **by) is None
    shop.execute("UPDATE places_staff SET mail = %s WHERE login = 'sato'", [HERS])
    monkeypatch.setattr(entry_forgot, "beside", entry_forgot.answer)
    return shop


def ask(who: str, client: Client | None = None) -> str:
    answer = (client or browser()).post("/login/forgot", {"who": who})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def texts() -> list[str]:
    with mailbox.opened(POST) as store:
        return [store.read(line.id).text for line in store.find("")]  # type: ignore[union-attr]


def test_a_link_comes_by_mail_and_sets_a_password_once(posting: Tx) -> None:
    other = signed_in()
    assert "/login/forgot" in browser().get("/login").content.decode()
    assert "リンクを送ります" in ask("sato")
    (text,) = texts()
    assert "ログインIDは sato です" in text
    path = re.search(r"http://127\.0\.0\.1(/reset/\S+)", text)
    assert path is not None
    client = browser()
    done = client.post(path[1], {"password": GOOD, "again": GOOD})
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert client.get("/menu").status_code == 200
    assert other.get("/menu").status_code == 302, "who was signed in is out"
    assert browser().post(path[1], {"password": GOOD, "again": GOOD}).status_code == 410
    said = ["reset", "reset_asked", "accept", "session_ended", "password_set", "signed_in"]
    assert verbs(posting)[-6:] == said


def test_no_log_has_a_link_that_still_works(posting: Tx, caplog: pytest.LogCaptureFixture) -> None:
    ask("sato")
    path = re.search(r"/reset/(\S+)", texts()[0])
    assert path is not None
    assert browser().post(path[0], {"password": "short", "again": "short"}).status_code == 400
    assert "Bad Request: /reset/…" in caplog.text
    assert path[1] not in caplog.text


def test_an_id_stays_in_the_log_and_a_token_does_not() -> None:
    document = "/orders/0198d2a1-7c3e-7f00-8a10-1234567890ab"
    assert logs.without(document) == document
    assert logs.without("/m/mail/WzEsIng:1abc:def-_=ghijk") == "/m/mail/…"
    assert logs.without("Bad Request") == "Bad Request"


def test_the_answer_is_the_same_whoever_is_known(posting: Tx) -> None:
    said = {ask(who) for who in ("sato", HERS.lower(), "nobody", "nobody@mail.internal", "%", "!")}
    assert len(said) == 1
    assert len(texts()) == 2


def test_a_second_factor_is_still_asked_for(posting: Tx) -> None:
    with_authenticator(posting)
    ask(HERS)
    path = re.search(r"/reset/\S+", texts()[0])
    assert path is not None
    client = browser()
    done = client.post(path[0], {"password": GOOD, "again": GOOD})
    assert done.headers["Location"] == "/login/code"
    assert client.get("/menu").status_code == 302


def test_asking_often_sends_no_more(posting: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {ask("sato") for _ in range(3)}
    assert {ask("sato"), ask(HERS), ask("SATO@mail.internal")} == before
    assert len(texts()) == 3
    later = clock.now() + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    ask("sato")
    assert len(texts()) == 4


def test_one_address_asks_for_ten_in_an_hour(posting: Tx) -> None:
    for n in range(10):
        ask(f"nobody{n}")
    ask("sato")
    assert texts() == []


@pytest.mark.parametrize("change", ["is_active = false", "password = '!'", "mail = ''"])
def test_nothing_is_sent_to_who_cannot_come_in(posting: Tx, change: str) -> None:
    posting.execute(f"UPDATE places_staff SET {change} WHERE login = 'sato'")
    assert "リンクを送ります" in ask("sato")
    assert texts() == []


def test_two_of_one_address_get_a_link_each(posting: Tx) -> None:
    by = {"actor": ACTOR, "recorded_at": clock.now()}
    staffing.invite(posting, "hanada", "", Entry({"ja": "花"}, "hq", mail=HERS), **by)
    posting.execute("UPDATE places_staff SET password = 'x' WHERE login = 'hanada'")
    ask(HERS)
    assert sorted(re.findall(r"ログインIDは (\w+) です", "".join(texts()))) == ["hanada", "sato"]


def test_a_letter_is_in_its_owner_s_language(posting: Tx) -> None:
    posting.execute("UPDATE places_staff SET language = 'en' WHERE login = 'sato'")
    ask("sato")
    assert "Your login is sato." in texts()[0]


def test_a_shop_that_cannot_mail_says_whom_to_ask(shop: Tx) -> None:
    assert "/login/forgot" not in browser().get("/login").content.decode()
    assert "本部の担当者に" in browser().get("/login/forgot").content.decode()
    said = browser().post("/login/forgot", {"who": "sato"}).content.decode()
    assert "送れるようになっていません" in said
    assert "reset" not in verbs(shop)


def test_the_sample_shop_uses_the_mailbox_of_this_machine(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo = home.Shop(name=OWN.name, title=OWN.title, kind="demo")
    monkeypatch.setattr(home, "current_shop", lambda: demo)
    assert "/login/forgot" in browser().get("/login").content.decode()


def test_who_is_signed_in_is_led_to_their_own_page(posting: Tx) -> None:
    assert signed_in().get("/login/forgot").headers["Location"] == "/me"
    assert sato(posting)
