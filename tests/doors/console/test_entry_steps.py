"""Signing in through the pages: links, a second factor, confirming, one's own account, staff."""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth import hashers
from django.test import Client
from fido2.cose import ES256
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from goen.doors.console import entry_steps
from goen.kit import clock, home, settings
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.places import authenticators, invitations, passwords, staff_queries, staffing
from goen.places.invitations import Link
from goen.places.staffing import Entry
from tests.world import ACTOR

GOOD = "しずかな海 と まるい月"
OWN = home.Shop(name="own", title={"ja": "自分の店", "en": "My shop"}, kind="own")


@pytest.fixture(autouse=True)
def own_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real shop: nobody comes in by a press."""
    monkeypatch.setattr(home, "current_shop", lambda: OWN)


def browser() -> Client:
    return Client(headers={"accept-language": "ja"}, SERVER_NAME="127.0.0.1")


def signed_in(login: str = "sato", password: str = "long enough") -> Client:
    client = browser()
    assert client.post("/login", {"login": login, "password": password}).status_code == 302
    return client


def sato(t: Tx) -> int:
    found = staff_queries.by_login(t, "sato")
    assert found is not None
    return found


def verbs(t: Tx) -> list[str]:
    rows = t.rows("SELECT verb FROM kit_trail WHERE kind = 'staff' ORDER BY id")
    return [row[0] for row in rows]


def with_authenticator(t: Tx) -> str:
    """Sato's is on; its codes from now on are good."""
    at = clock.now()
    secret = authenticators.begin(t, sato(t), at=at)
    early = pyotp.TOTP(str(secret)).at(at - timedelta(seconds=30))
    made = authenticators.confirm(t, sato(t), early, actor=ACTOR, recorded_at=at)
    assert isinstance(made, tuple)
    return str(secret)


def hurry(client: Client, *, minutes: int) -> None:
    """As if it was so long ago that they proved themselves."""
    session = client.session
    session["confirmed"] = (clock.now() - timedelta(minutes=minutes)).timestamp()
    session.save()


def test_an_unknown_login_costs_a_hash_like_a_known_one(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    encode = hashers.ScryptPasswordHasher.encode
    monkeypatch.setattr(
        hashers.ScryptPasswordHasher,
        "encode",
        lambda self, *a, **k: seen.append(1) or encode(self, *a, **k),
    )
    counts = []
    staffing.invite(
        shop, "nopass", "", Entry({"ja": "花"}, "hq"), actor=ACTOR, recorded_at=clock.now()
    )
    for login in ("sato", "nobody", "nopass"):
        seen.clear()
        browser().post("/login", {"login": login, "password": "wrong wrong wrong"})
        counts.append(len(seen))
    assert counts == [1, 1, 1]


def test_what_was_typed_as_a_login_is_not_in_the_trail(shop: Tx) -> None:
    browser().post("/login", {"login": "my secret password", "password": "x"})
    (subject, detail) = shop.rows(
        "SELECT subject, detail::text FROM kit_trail WHERE verb = 'sign_in_failed'"
    )[0]
    assert subject == "?"
    assert "secret" not in detail


def test_a_new_session_key_at_sign_in(shop: Tx) -> None:
    client = browser()
    client.post("/login/passkey/ask", SERVER_NAME="localhost")
    before = client.cookies["goen_demo_session"].value
    client.post("/login", {"login": "sato", "password": "long enough"})
    assert client.cookies["goen_demo_session"].value != before
    assert verbs(shop)[-1] == "signed_in"


# links


@pytest.fixture
def link(shop: Tx) -> Link:
    made = staffing.invite(
        shop, "hanada", "", Entry({"ja": "花田 春"}, "marketer"), actor=ACTOR,
        recorded_at=clock.now(),
    )  # fmt: skip
    assert isinstance(made, Link)
    return made


def test_an_invitation_lets_in_once_and_says_nothing_to_others(shop: Tx, link: Link) -> None:
    client, path = browser(), f"/invite/{link.token}"
    page = client.get(path)
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"
    assert "花田 春" in page.content.decode()
    poor = client.post(path, {"password": "short", "again": "short"})
    assert poor.status_code == 400
    assert "12文字以上" in poor.content.decode()
    assert client.post(path, {"password": GOOD, "again": "other"}).status_code == 400
    done = client.post(path, {"password": GOOD, "again": GOOD})
    assert (done.status_code, done.headers["Location"]) == (302, "/")
    assert client.get("/menu").status_code == 200
    assert client.get(path).status_code == 410
    assert browser().post(path, {"password": GOOD, "again": GOOD}).status_code == 410
    assert verbs(shop)[-5:] == ["make", "invite", "accept", "password_set", "signed_in"]
    told = "".join(row[0] for row in shop.rows("SELECT detail::text || subject FROM kit_trail"))
    assert link.token not in told
    signed_in("hanada", GOOD)


def test_a_reset_signs_out_everywhere(shop: Tx) -> None:
    client = signed_in()
    made = staffing.link(shop, sato(shop), actor=ACTOR, recorded_at=clock.now())
    assert isinstance(made, Link)
    assert client.get("/menu").status_code == 200  # until it is used
    other = browser()
    assert other.post(f"/reset/{made.token}", {"password": GOOD, "again": GOOD}).status_code == 302
    assert client.get("/menu").status_code == 302
    assert other.get("/menu").status_code == 200


# the second factor


def test_a_code_is_asked_for_before_anything_is_seen(shop: Tx) -> None:
    secret = with_authenticator(shop)
    client = browser()
    answer = client.post("/login", {"login": "sato", "password": "long enough", "next": "/menu"})
    assert answer.headers["Location"] == "/login/code"
    assert client.get("/menu").status_code == 302
    assert client.post("/login/code", {"code": "000000"}).status_code == 401
    assert client.get("/menu").status_code == 302
    code = pyotp.TOTP(secret).at(clock.now())
    answer = client.post("/login/code", {"code": f"{code[:3]} {code[3:]}"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/menu")
    assert client.get("/menu").status_code == 200
    again = browser()
    again.post("/login", {"login": "sato", "password": "long enough"})
    assert again.post("/login/code", {"code": code}).status_code == 401  # used already


def test_five_wrong_codes_and_it_says_wait(shop: Tx) -> None:
    with_authenticator(shop)
    client = browser()
    client.post("/login", {"login": "sato", "password": "long enough"})
    answers = [client.post("/login/code", {"code": "000000"}).status_code for _ in range(6)]
    assert answers == [401, 401, 401, 401, 401, 429]


def test_halfway_lasts_ten_minutes(shop: Tx) -> None:
    secret = with_authenticator(shop)
    client = browser()
    client.post("/login", {"login": "sato", "password": "long enough"})
    session = client.session
    session["half"] = {**session["half"], "until": clock.now().timestamp() - 1}
    session.save()
    code = pyotp.TOTP(secret).at(clock.now())
    assert client.post("/login/code", {"code": code}).headers["Location"] == "/login"
    assert client.get("/menu").status_code == 302


def test_halfway_ends_when_another_password_is_set(shop: Tx) -> None:
    secret = with_authenticator(shop)
    client = browser()
    client.post("/login", {"login": "sato", "password": "long enough"})
    passwords.set_new(
        shop, sato(shop), GOOD, shop=(), actor=ACTOR, recorded_at=clock.now()
    )  # who knew the old one is not let on by it
    code = pyotp.TOTP(secret).at(clock.now())
    assert client.post("/login/code", {"code": code}).headers["Location"] == "/login"
    assert client.get("/menu").status_code == 302


@pytest.mark.parametrize(("rule", "asked"), [("hq", True), ("all", True), ("optional", False)])
def test_where_a_factor_is_required_it_is_made_on_the_way_in(
    shop: Tx, rule: str, asked: bool
) -> None:
    settings.write(shop, "staff.second_factor", rule, actor=ACTOR, recorded_at=clock.now())
    client = browser()
    answer = client.post("/login", {"login": "sato", "password": "long enough", "next": "/menu"})
    assert answer.headers["Location"] == ("/login/factor" if asked else "/menu")
    if not asked:
        return
    assert client.get("/menu").status_code == 302
    assert "<svg" in client.get("/login/factor").content.decode()
    secret = authenticators.pending(shop, sato(shop))
    assert client.post("/login/factor", {"code": "123"}).status_code == 401
    done = client.post("/login/factor", {"code": pyotp.TOTP(str(secret)).at(clock.now())})
    assert done.content.decode().count("<li><code>") == 10
    assert client.get("/menu").status_code == 200
    off = client.post("/me/authenticator/off")
    assert "解除できません" in off.content.decode()


# one's own account


def test_a_password_is_changed_by_the_present_one(shop: Tx) -> None:
    client, other = signed_in(), signed_in()
    page = client.get("/me").content.decode()
    assert page.count("この端末") >= 1
    wrong = client.post("/me/password", {"present": "x", "password": GOOD, "again": GOOD})
    assert wrong.status_code == 400
    done = client.post("/me/password", {"present": "long enough", "password": GOOD, "again": GOOD})
    assert done.headers["Location"] == "/me?saved=password"
    assert client.get("/me").status_code == 200
    assert other.get("/me").status_code == 302
    signed_in(password=GOOD)


def test_other_devices_are_signed_out(shop: Tx) -> None:
    client, other = signed_in(), signed_in()
    assert client.post("/me/sessions").status_code == 302
    assert other.get("/me").status_code == 302
    assert client.get("/me").status_code == 200


def test_nobody_ends_a_session_that_is_not_theirs(shop: Tx, link: Link) -> None:
    client = signed_in()
    other = browser()
    other.post(f"/invite/{link.token}", {"password": GOOD, "again": GOOD})
    mine = shop.value("SELECT id FROM places_session WHERE staff_id = %s", [sato(shop)])
    other.post("/me/sessions", {"session": str(mine)})
    assert client.get("/me").status_code == 200


def test_the_authenticator_is_made_and_turned_off_on_one_s_own_page(shop: Tx) -> None:
    client = signed_in()
    assert client.get("/me/authenticator").status_code == 200
    secret = authenticators.pending(shop, sato(shop))
    done = client.post("/me/authenticator", {"code": pyotp.TOTP(str(secret)).at(clock.now())})
    assert done.content.decode().count("<li><code>") == 10
    hurry(client, minutes=16)
    assert client.post("/me/authenticator/off").headers["Location"].startswith("/me/confirm")
    client.post("/me/confirm", {"password": "long enough"})
    assert client.post("/me/authenticator/off").headers["Location"] == "/me?saved=off"


def test_name_and_language_are_kept(shop: Tx) -> None:
    client = signed_in()
    client.post("/me/name", {"name_ja": "佐藤 惠", "name_en": "M. Sato", "language": "en"})
    assert '<html lang="en"' in client.get("/me").content.decode()
    later = signed_in()
    assert later.cookies["goen_language"].value == "en"


def test_passkeys_say_where_they_work(shop: Tx) -> None:
    client = signed_in()
    assert "http://localhost/me" in client.get("/me").content.decode()
    assert client.post("/me/passkeys/ask").status_code == 400
    asked = client.post("/me/passkeys/ask", SERVER_NAME="localhost").json()["publicKey"]
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["rp"]["id"] == "localhost"


def made_by_a_device(challenge: str) -> str:
    """What a browser sends when a device made a passkey for http://localhost."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    credential = AttestedCredentialData.create(bytes(16), b"k" * 16, key)
    party = hashlib.sha256(b"localhost").digest()
    proved = AuthenticatorData.create(party, 0x45, 0, credential)  # present, verified, a key in it
    told = {"type": "webauthn.create", "challenge": challenge, "origin": "http://localhost"}
    response = {
        "clientDataJSON": _b64(json.dumps(told).encode()),
        "attestationObject": _b64(AttestationObject.create("none", proved, {})),
    }
    id_ = _b64(credential.credential_id)
    return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": response})


def _b64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.mark.parametrize(("ask", "kept"), [("/me/passkeys/ask", 1), ("/login/passkey/ask", 0)])
def test_a_passkey_is_made_only_where_a_new_one_was_asked_for(
    shop: Tx, ask: str, kept: int
) -> None:
    client, here = signed_in(), {"SERVER_NAME": "localhost"}
    if not kept:  # long ago: the page that asks for a new one would want a proof first
        hurry(client, minutes=16)
    challenge = client.post(ask, **here).json()["publicKey"]["challenge"]
    client.post("/me/passkeys", {"credential": made_by_a_device(challenge)}, **here)
    assert shop.value("SELECT count(*) FROM places_passkey") == kept


@pytest.mark.parametrize(
    "data", [b"", b"x" * 35, b"x" * 32 + b"\xc0" + b"x" * 21], ids=["deep", "short", "cut"]
)
def test_an_answer_that_no_device_gives_is_said_to_be_wrong(shop: Tx, data: bytes) -> None:
    told = {"clientDataJSON": _b64(b'{"type":"x","challenge":"AAAA","origin":"x"}'),
            "authenticatorData": _b64(data), "attestationObject": _b64(data or b"\x81" * 14_000),
            "signature": "AAAA"}  # fmt: skip
    junk = json.dumps({"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": told})
    client, here = signed_in(), {"SERVER_NAME": "localhost"}
    for ask, send in (("/me/passkeys/ask", "/me/passkeys"), ("/login/passkey/ask",) * 2):
        client.post(ask, **here)
        answer = client.post(send.removesuffix("/ask"), {"credential": junk}, **here)
        assert answer.status_code in {400, 401}
    client.post("/login/passkey/ask", **here)
    nested = client.post("/login/passkey", {"credential": "[" * 19_000}, **here)
    assert nested.status_code == 401


# staff


def test_staff_is_changed_only_by_who_proved_themselves_lately(shop: Tx) -> None:
    client = signed_in()
    assert client.get("/staff/new").status_code == 200
    hurry(client, minutes=16)
    asked = client.get("/staff/new")
    assert asked.headers["Location"] == "/me/confirm?next=%2Fstaff%2Fnew"
    form = {"login": "hanada", "name_ja": "花田 春", "role": "marketer"}
    assert client.post("/staff/new", form).headers["Location"].startswith("/me/confirm")
    assert staff_queries.by_login(shop, "hanada") is None
    wrong = client.post("/me/confirm", {"password": "x", "next": "/staff/new"})
    assert wrong.status_code == 401
    right = client.post("/me/confirm", {"password": "long enough", "next": "/staff/new"})
    assert right.headers["Location"] == "/staff/new"
    page = client.post("/staff/new", form).content.decode()
    token = page.split("/invite/")[1].split('"')[0]
    assert invitations.look(shop, token, at=clock.now())
    assert "/invite/" not in client.get("/staff").content.decode()


def test_head_office_changes_stops_and_helps(shop: Tx, link: Link) -> None:
    client, other = signed_in(), browser()
    other.post(f"/invite/{link.token}", {"password": GOOD, "again": GOOD})
    one = f"/staff/{link.staff_id}"
    new = {"name_ja": "花田 春", "role": "store", "place": "shibuya"}
    assert client.post(one, new).headers["Location"] == f"{one}?saved=changed"
    assert "渋谷店" in client.get("/staff?q=hanada").content.decode()
    assert client.post(f"{one}/off").headers["Location"] == f"{one}?saved=off"
    assert other.get("/me").status_code == 302
    assert client.post(f"{one}/link").status_code == 400
    client.post(f"{one}/on")
    assert "/reset/" in client.post(f"{one}/link").content.decode()
    own = client.post(f"/staff/{sato(shop)}/off")
    assert "自分を止めたり" in own.content.decode()
    assert {"role_changed", "switch_off", "session_ended", "switch_on", "reset"} <= {*verbs(shop)}
    assert client.get(one).status_code == 200
    told = client.get("/staff.csv").content.decode()
    assert "hanada" in told


def test_the_rules_of_signing_in_are_judged(shop: Tx) -> None:
    client = signed_in()
    rules = {"staff.second_factor": "hq", "staff.idle_hours": "8", "staff.session_days": "5"}
    assert client.post("/staff/rules", rules).status_code == 302
    assert settings.read(shop, "staff.idle_hours") == 8
    poor = client.post("/staff/rules", {**rules, "staff.idle_hours": "0"})
    assert poor.status_code == 400
    assert client.post("/staff/rules", {**rules, "staff.second_factor": "x"}).status_code == 400
    half = {**rules, "staff.second_factor": "all", "staff.session_days": "99"}
    assert client.post("/staff/rules", half).status_code == 400
    assert settings.read(shop, "staff.second_factor") == "hq"


def test_others_than_head_office_have_no_staff_page(shop: Tx, link: Link) -> None:
    other = browser()
    other.post(f"/invite/{link.token}", {"password": GOOD, "again": GOOD})
    for path in ("/staff", "/staff.csv", "/staff/new", f"/staff/{sato(shop)}"):
        assert other.get(path).status_code == 403
    assert other.post(f"/staff/{sato(shop)}/off").status_code == 403
    assert other.get("/me").status_code == 200


def test_a_visitor_of_the_sample_shop_is_never_asked_for_a_password_they_do_not_have(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "current_shop", lambda: home.DEMO_SHOP)
    client = browser()
    client.post("/login/as", {"role": "hq"})
    hurry(client, minutes=60)
    assert client.get("/staff/new").status_code == 200
    monkeypatch.setattr(entry_steps, "is_demo", lambda: False)
    assert client.get("/staff/new").status_code == 302


def test_what_a_session_did_is_told_to_its_owner(shop: Tx) -> None:
    client = signed_in()
    page = client.get(f"/staff/{sato(shop)}").content.decode()
    assert "パスワード · 127.0.0.1" in page
    assert Actor("staff", "st01").name in page
