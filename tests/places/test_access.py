"""How staff come in: links, codes, recovery codes, passkeys, sessions. Each used once, by races."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from django.db import connection
from psycopg.errors import UniqueViolation

from goen.kit import settings
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import (
    authenticators,
    invitations,
    masters,
    passkeys,
    passwords,
    sealing,
    sessions,
    staff_queries,
    staffing,
)
from goen.places.invitations import Link
from goen.places.masters import NewStaff
from goen.places.staffing import Entry
from tests.conftest import FreshDatabase
from tests.world import ACTOR, NOW, open_shop

GOOD = "しずかな海 と まるい月"
BY = {"actor": ACTOR, "recorded_at": NOW}
HANA = Entry({"ja": "花田 春"}, "store", "shibuya")


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    open_shop(t)
    return t


def invited(t: Tx, login: str = "hanada", entry: Entry = HANA) -> Link:
    link = staffing.invite(t, login, "", entry, **BY)
    assert isinstance(link, Link)
    return link


def code_of(refusal: object) -> str:
    assert isinstance(refusal, Refusal), refusal
    return refusal.code


def at_once(count: int, act: Callable[[], object]) -> list[object]:
    """What `act` answers to each of so many threads that begin together."""
    start, answers = threading.Barrier(count), []

    def one() -> None:
        start.wait()
        try:
            answers.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


# links


def test_a_link_is_kept_as_its_hash_and_good_once(shop: Tx) -> None:
    link = invited(shop)
    kept = bytes(shop.value("SELECT token_hash FROM places_invitation"))
    assert link.token.encode() not in kept
    assert len(link.token) >= 43  # 256 bits
    assert invitations.use(shop, link.token, **BY) == link.staff_id
    assert code_of(invitations.use(shop, link.token, **BY)) == "staff_link_over"
    assert invitations.look(shop, link.token, at=NOW) is None


def test_an_invitation_lives_seven_days_and_a_reset_one_hour(shop: Tx) -> None:
    link = invited(shop)
    assert invitations.look(shop, link.token, at=NOW + timedelta(days=7, seconds=-1))
    assert invitations.look(shop, link.token, at=NOW + timedelta(days=7)) is None
    passwords.set_new(shop, link.staff_id, GOOD, shop=[], **BY)
    reset = staffing.link(shop, link.staff_id, **BY)
    assert isinstance(reset, Link)
    assert (reset.kind, reset.expires_at - NOW) == ("reset", timedelta(hours=1))


def test_a_newer_link_makes_the_older_one_void(shop: Tx) -> None:
    old = invited(shop)
    new = staffing.link(shop, old.staff_id, **BY)
    assert isinstance(new, Link)
    assert invitations.look(shop, old.token, at=NOW) is None
    assert invitations.look(shop, new.token, at=NOW)


def test_a_new_password_makes_an_open_link_void(shop: Tx) -> None:
    link = invited(shop)
    reset = staffing.link(shop, link.staff_id, actor=ACTOR, recorded_at=NOW)
    assert isinstance(reset, Link)
    passwords.set_new(shop, link.staff_id, GOOD, shop=(), actor=ACTOR, recorded_at=NOW)
    assert invitations.look(shop, reset.token, at=NOW) is None


def test_the_database_itself_keeps_one_open_link(shop: Tx) -> None:
    link = invited(shop)
    with pytest.raises(Exception, match="places_invitation_one_open") as caught:
        shop.execute(
            "INSERT INTO places_invitation (staff_id, kind, token_hash, made_by, made_at,"
            " expires_at) VALUES (%s, 'invite', 'x', 'x', %s, %s)",
            [link.staff_id, NOW, NOW],
        )
    assert isinstance(caught.value.__cause__, UniqueViolation)


def test_a_login_belongs_to_one_person_who_has_a_place(shop: Tx) -> None:
    invited(shop)
    assert code_of(staffing.invite(shop, "hanada", "x", HANA, **BY)) == "login_taken"
    assert code_of(staffing.invite(shop, "x1y", "hanada", HANA, **BY)) == "staff_code_taken"
    assert code_of(staffing.invite(shop, "A B", "", HANA, **BY)) == "login_shape"
    nowhere = Entry({"ja": "花"}, "store")
    assert code_of(staffing.invite(shop, "hana2", "", nowhere, **BY)) == "place_missing"
    known = masters.put_staff(shop, NewStaff("1001", "file:1001", {"ja": "1001"}, "store"), **BY)
    assert code_of(staffing.link(shop, known, **BY)) == "place_missing"


def test_sixteen_presses_at_once_use_a_link_once(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        open_shop(t)
        link = invited(t)

    def press() -> object:
        with tx() as t:
            return invitations.use(t, link.token, **BY)

    answers = at_once(16, press)
    assert [one for one in answers if not isinstance(one, Refusal)] == [link.staff_id]


# head office


def test_a_link_is_used_while_a_newer_one_is_made(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        open_shop(t)
        link = invited(t)

    def press() -> object:
        with tx() as t:
            invitations.use(t, link.token, **BY)
            time.sleep(0.3)  # a password is hashed meanwhile
            return passwords.set_new(t, link.staff_id, GOOD, shop=(), **BY)

    def renew() -> object:
        time.sleep(0.1)
        with tx() as t:
            return staffing.link(t, link.staff_id, **BY)

    acts = [press, renew]

    def turn() -> object:
        return acts.pop()()

    done = at_once(2, turn)
    assert len(done) == 2, "neither is undone by the other"
    assert None in done


def test_somebody_of_head_office_is_always_left(shop: Tx) -> None:
    sato = staff_queries.by_login(shop, "sato")
    assert sato is not None
    assert code_of(staffing.switch_off(shop, sato, **BY)) == "last_of_head_office"
    other = invited(shop, "boss", Entry({"ja": "社長"}, "hq"))
    assert code_of(staffing.switch_off(shop, sato, **BY)) == "last_of_head_office"  # no password
    passwords.set_new(shop, other.staff_id, GOOD, shop=[], **BY)
    assert staffing.switch_off(shop, sato, **BY) is None
    own = Actor("staff", "boss", other.staff_id)
    assert code_of(staffing.switch_off(shop, other.staff_id, actor=own, recorded_at=NOW)) == (
        "own_login"
    )


def test_two_who_switch_each_other_off_at_once_leave_one(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        open_shop(t)
        for login in ("boss", "chef"):
            link = invited(t, login, Entry({"ja": login}, "hq"))
            passwords.set_new(t, link.staff_id, GOOD, shop=[], **BY)
        t.execute("UPDATE places_staff SET is_active = false WHERE login = 'sato'")
        ids = [staff_queries.by_login(t, login) for login in ("boss", "chef")]
    left = iter(ids)
    lock = threading.Lock()

    def off() -> object:
        with lock:
            whom = next(left)
        with tx() as t:
            return staffing.switch_off(t, whom, **BY)

    answers = at_once(2, off)
    assert sorted(str(one is None) for one in answers) == ["False", "True"]


# passwords


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("short one", "password_short"),
        ("x" * 129, "password_long"),
        ("aaaaaaaaaaaaaa", "password_common"),
        ("Sunshine2026!!", "password_common"),
        ("123Princess456", "password_common"),
        ("sunshinesunshine", "password_common"),
        ("sunshine after rain", ""),
        ("739182640517", ""),
        ("miyabido2026!", "password_like_you"),
        ("hanada-hanada", "password_like_you"),
        ("しずかな海 と 月の夜に", ""),
        ("correct horse battery", ""),
    ],
)
def test_passwords_are_long_and_not_like_their_owner(shop: Tx, given: str, code: str) -> None:
    link = invited(shop)
    refused = passwords.set_new(shop, link.staff_id, given, shop=["miyabido", "みやび堂"], **BY)
    assert ("" if refused is None else refused.code) == code


def test_what_looks_the_same_is_the_same_password(shop: Tx) -> None:
    link = invited(shop)
    assert passwords.set_new(shop, link.staff_id, "ｇｏ ガラスの森 ２０２６", shop=[], **BY) is None
    assert passwords.is_theirs(shop, link.staff_id, "go カ\u3099ラスの森 2026", at=NOW) is None


# the authenticator


@pytest.fixture
def secret(shop: Tx) -> str:
    """Sato's authenticator is on; its first code was the one before NOW's."""
    staff = sato(shop)
    made = authenticators.begin(shop, staff, at=NOW)
    assert isinstance(made, str)
    first = pyotp.TOTP(made).at(NOW - timedelta(seconds=30))
    assert len(authenticators.confirm(shop, staff, first, **BY)) == 10  # type: ignore[arg-type]
    return made


def sato(t: Tx) -> int:
    found = staff_queries.by_login(t, "sato")
    assert found is not None
    return found


def test_an_authenticator_is_on_after_its_first_code(shop: Tx) -> None:
    staff = sato(shop)
    made = authenticators.begin(shop, staff, at=NOW)
    assert not authenticators.factors(shop, staff).authenticator
    assert code_of(authenticators.confirm(shop, staff, "000000", **BY)) == "wrong_code"
    assert code_of(authenticators.check(shop, staff, "000000", at=NOW)) == "no_authenticator"
    code = pyotp.TOTP(str(made)).at(NOW)
    assert isinstance(authenticators.confirm(shop, staff, code, **BY), tuple)
    assert authenticators.factors(shop, staff).authenticator
    assert code_of(authenticators.begin(shop, staff, at=NOW)) == "authenticator_on"


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (0, True), (30, True), (60, False)])
def test_a_code_is_good_near_its_half_minute(
    shop: Tx, secret: str, seconds: int, good: bool
) -> None:
    code = pyotp.TOTP(secret).at(NOW + timedelta(seconds=seconds))
    assert (authenticators.check(shop, sato(shop), code, at=NOW) is None) == good


def test_a_code_is_good_once_and_no_earlier_one_after_it(shop: Tx, secret: str) -> None:
    staff, later = sato(shop), NOW + timedelta(seconds=60)
    code = pyotp.TOTP(secret).at(later)
    assert authenticators.check(shop, staff, code, at=later) is None
    assert code_of(authenticators.check(shop, staff, code, at=later)) == "wrong_code"
    earlier = pyotp.TOTP(secret).at(later - timedelta(seconds=30))
    assert code_of(authenticators.check(shop, staff, earlier, at=later)) == "wrong_code"


def test_five_wrong_codes_stop_the_right_one_for_a_while(shop: Tx, secret: str) -> None:
    staff = sato(shop)
    for _ in range(5):
        assert code_of(authenticators.check(shop, staff, "000000", at=NOW)) == "wrong_code"
    right = pyotp.TOTP(secret).at(NOW)
    assert code_of(authenticators.check(shop, staff, right, at=NOW)) == "too_many_tries"
    later = NOW + timedelta(minutes=15)
    assert authenticators.check(shop, staff, pyotp.TOTP(secret).at(later), at=later) is None


def test_the_secret_is_sealed_and_opens_for_its_owner_alone(shop: Tx, secret: str) -> None:
    sealed = shop.value("SELECT sealed_secret FROM places_authenticator")
    assert secret not in sealed
    assert sealing.unseal(sato(shop), sealed) == secret
    assert sealing.unseal(sato(shop) + 1, sealed) is None
    assert sealing.unseal(sato(shop), "nonsense") is None


def test_a_recovery_code_is_good_once_however_it_is_typed(shop: Tx, secret: str) -> None:
    staff = sato(shop)
    codes = authenticators.renew_codes(shop, staff, **BY)
    assert isinstance(codes, tuple)
    typed = codes[0].upper().replace("-", " ")
    assert authenticators.recover(shop, staff, typed, at=NOW) is None
    assert code_of(authenticators.recover(shop, staff, codes[0], at=NOW)) == "wrong_code"
    assert authenticators.factors(shop, staff).recovery_codes == 9
    assert codes[1].encode() not in bytes(shop.value("SELECT code_hash FROM places_recoverycode"))


@pytest.mark.parametrize("what", ["code", "recovery"])
def test_eight_browsers_at_once_use_a_code_once(fresh_db: FreshDatabase, what: str) -> None:
    with tx() as t:
        open_shop(t)
        staff = sato(t)
        made = authenticators.begin(t, staff, at=NOW)
        first = pyotp.TOTP(str(made)).at(NOW - timedelta(seconds=30))
        codes = authenticators.confirm(t, staff, first, **BY)
    assert isinstance(codes, tuple)
    code = pyotp.TOTP(str(made)).at(NOW)

    def enter() -> object:
        with tx() as t:
            if what == "code":
                return authenticators.check(t, staff, code, at=NOW)
            return authenticators.recover(t, staff, codes[3], at=NOW)

    assert sum(one is None for one in at_once(8, enter)) == 1


# passkeys


def kept(t: Tx, count: int = 0) -> int:
    passkeys.keep(
        t, sato(t), credential_id=b"key", public_key=b"public", rp_id="localhost",
        sign_count=count, name="PC", **BY,
    )  # fmt: skip
    found = passkeys.find(t, b"key")
    assert found is not None
    return found.id


def test_a_passkey_whose_counter_does_not_grow_was_copied(shop: Tx) -> None:
    one = kept(shop, 5)
    assert passkeys.use(shop, one, 6, at=NOW) is None
    for count in (6, 5, 0):
        assert code_of(passkeys.use(shop, one, count, at=NOW)) == "passkey_copied"


def test_a_device_without_a_counter_stays_at_nought(shop: Tx) -> None:
    one = kept(shop)
    assert passkeys.use(shop, one, 0, at=NOW) is None
    assert passkeys.use(shop, one, 0, at=NOW) is None


def test_who_is_switched_off_has_no_passkey(shop: Tx) -> None:
    kept(shop)
    shop.execute("UPDATE places_staff SET is_active = false WHERE id = %s", [sato(shop)])
    assert passkeys.find(shop, b"key") is None


# sessions


def signed_in(t: Tx, key: str = "k1") -> None:
    assert sessions.begin(t, key, {"_auth_user_id": str(sato(t)), "how": "password"}, at=NOW)


def test_a_session_ends_by_idleness_and_in_any_case(shop: Tx) -> None:
    signed_in(shop)
    at = NOW
    assert sessions.find(shop, "k1", at=at + timedelta(hours=12)) is None
    for _ in range(16):  # used every ten hours: not idle, and over after seven days
        at += timedelta(hours=10)
        found = sessions.find(shop, "k1", at=at)
        assert found is not None
        sessions.seen(shop, found.id, at=at)
    assert sessions.find(shop, "k1", at=NOW + timedelta(days=7)) is None


def test_the_settings_say_how_long(shop: Tx) -> None:
    settings.write(shop, "staff.idle_hours", 1, **BY)
    signed_in(shop)
    assert sessions.find(shop, "k1", at=NOW + timedelta(minutes=59))
    assert sessions.find(shop, "k1", at=NOW + timedelta(minutes=60)) is None


def test_seen_is_written_once_a_minute(shop: Tx) -> None:
    signed_in(shop)
    soon, later = NOW + timedelta(seconds=59), NOW + timedelta(seconds=60)
    found = [sessions.find(shop, "k1", at=at) for at in (soon, later)]
    assert [one.is_seen_long_ago for one in found if one] == [False, True]


def test_an_ended_session_is_never_written_again(shop: Tx) -> None:
    signed_in(shop)
    signed_in(shop, "k2")
    (other,) = [
        one for one in sessions.live(shop, sato(shop), at=NOW, here="k1") if not one.is_here
    ]
    assert sessions.end(shop, other.id, of_staff=sato(shop), why="owner", **BY)
    assert sessions.find(shop, "k2", at=NOW) is None
    assert not sessions.keep(shop, "k2", {"_auth_user_id": str(sato(shop))}, at=NOW)
    assert sessions.find(shop, "k1", at=NOW)


def test_the_table_lets_nobody_in(shop: Tx) -> None:
    signed_in(shop, "the key of the cookie")
    row = shop.value("SELECT s::text FROM places_session s")
    assert "the key of the cookie" not in row


def test_who_is_switched_off_or_has_a_new_password_is_out(shop: Tx) -> None:
    other = invited(shop, "boss", Entry({"ja": "社長"}, "hq"))
    passwords.set_new(shop, other.staff_id, GOOD, shop=[], **BY)
    signed_in(shop)
    assert staffing.switch_off(shop, sato(shop), **BY) is None
    assert sessions.find(shop, "k1", at=NOW) is None
    staffing.switch_on(shop, sato(shop), **BY)
    signed_in(shop, "k3")
    signed_in(shop, "k4")
    passwords.set_new(shop, sato(shop), "ひろい空 と 風の音 あさ", shop=[], but="k4", **BY)
    assert sessions.find(shop, "k3", at=NOW) is None
    assert sessions.find(shop, "k4", at=NOW)


def test_a_lost_phone_is_reset_by_head_office(shop: Tx, secret: str) -> None:
    kept(shop)
    signed_in(shop)
    assert staffing.reset_factors(shop, sato(shop), **BY) is None
    assert authenticators.factors(shop, sato(shop)) == authenticators.Factors(False, 0, 0)
    assert sessions.find(shop, "k1", at=NOW) is None
    verbs = [row[0] for row in shop.rows("SELECT verb FROM kit_trail WHERE kind = 'staff'")]
    assert verbs.count("factor_off") == 2
