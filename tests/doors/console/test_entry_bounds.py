"""Guessing passwords: slowed from everywhere together, and nobody is locked out by it for good."""

from datetime import timedelta

import pytest
from django.contrib.auth import hashers
from django.test import Client

from goen.kit import clock
from goen.kit.db import Tx
from goen.places import knocks, staffing
from goen.places.invitations import Link
from tests.doors.console.test_entry_steps import GOOD, browser, own_shop, sato, signed_in
from tests.world import ACTOR

__all__ = ["own_shop"]


@pytest.fixture(autouse=True)
def cheap(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password's hash costs much by design; not here."""
    monkeypatch.setattr(hashers.ScryptPasswordHasher, "work_factor", 2)
    made = hashers.make_password("long enough")
    shop.execute("UPDATE places_staff SET password = %s WHERE login = 'sato'", [made])


@pytest.fixture(autouse=True)
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bounds, lower."""
    for name, most in (("LOGIN", 3), ("ADDRESS", 4), ("DEVICE", 2)):
        bound = getattr(knocks, name)
        monkeypatch.setattr(knocks, name, knocks.Bound(bound.kind, most, bound.within))


def wrong(login: str = "sato", at: str = "192.0.2.1", client: Client | None = None) -> int:
    typed = {"login": login, "password": "no no no no no"}
    return (client or browser()).post("/login", typed, REMOTE_ADDR=at).status_code


def right(client: Client, at: str = "192.0.2.99") -> int:
    typed = {"login": "sato", "password": "long enough"}
    return client.post("/login", typed, REMOTE_ADDR=at).status_code


def leave(client: Client) -> Client:
    client.post("/logout")
    return client


@pytest.mark.parametrize("login", ["sato", "nobody"])
def test_a_login_is_slowed_over_all_addresses_whether_it_is_one_or_not(
    shop: Tx, login: str
) -> None:
    assert [wrong(login, f"192.0.2.{n}") for n in range(1, 6)] == [401, 401, 401, 429, 429]
    verbs = [
        row[0] for row in shop.rows("SELECT verb FROM kit_trail WHERE verb ~ '^sign' ORDER BY id")
    ]
    assert verbs == ["sign_in_failed"] * 3 + ["sign_in_slowed"], "said once, not for each"


def test_strangers_wait_and_its_owner_s_browser_comes_in(shop: Tx) -> None:
    hers = leave(signed_in())
    for n in range(1, 4):
        wrong(at=f"192.0.2.{n}")
    stranger = browser()
    answer = stranger.post("/login", {"login": "sato", "password": "long enough"})
    assert answer.status_code == 429
    assert "いつもお使いの端末" in answer.content.decode()
    assert answer.headers["Retry-After"] == "3600"
    assert right(hers) == 302


def test_the_wait_ends_by_itself_however_they_go_on(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    began = clock.now()
    for n in range(1, 6):
        wrong(at=f"192.0.2.{n}")
    later = began + timedelta(minutes=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert right(browser()) == 302


def test_a_link_by_mail_comes_in_while_strangers_wait(shop: Tx) -> None:
    for n in range(1, 4):
        wrong(at=f"192.0.2.{n}")
    link = staffing.link(shop, sato(shop), actor=ACTOR, recorded_at=clock.now())
    assert isinstance(link, Link)
    hers = browser()
    done = hers.post(f"/reset/{link.token}", {"password": GOOD, "again": GOOD})
    assert done.headers["Location"] == "/"
    again = leave(hers).post("/login", {"login": "sato", "password": GOOD})
    assert again.status_code == 302, "and its browser is known from then on"


def test_one_address_is_slowed_over_all_logins(shop: Tx) -> None:
    assert [wrong(f"guess{n}") for n in range(6)] == [401] * 4 + [429] * 2
    assert wrong("guess9", "192.0.2.2") == 401


def test_a_known_browser_that_guesses_waits_too(shop: Tx) -> None:
    stolen = leave(signed_in())
    assert [wrong(client=stolen) for _ in range(3)] == [401, 401, 429]
    assert right(browser()) == 302, "others do not wait for it"


def test_what_was_right_counts_for_nothing(shop: Tx) -> None:
    for _ in range(5):
        leave(signed_in())
    assert shop.value("SELECT count(*) FROM places_knock") == 0


def test_a_cookie_is_good_for_its_login_alone_and_cannot_be_made(shop: Tx) -> None:
    hers = leave(signed_in())
    kept = hers.cookies["goen_demo_device"]
    assert kept["httponly"]
    assert [wrong("other", client=hers) for _ in range(4)] == [401, 401, 401, 429]
    forged = browser()
    forged.cookies["goen_demo_device"] = kept.value[:-2] + "xx"
    for n in range(1, 4):
        wrong(at=f"192.0.2.{n}")
    assert right(forged) == 429
