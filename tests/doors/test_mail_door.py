"""Links, picture, page and refusal of a mail, by whoever has its token (R-080, L-01, L-04)."""

from datetime import timedelta

import pytest
from django.test import Client

from goen.customers import consents
from goen.customers.consents import Barred
from goen.kit import clock, mail
from goen.kit.db import Tx, tx
from goen.marketing import mailing, messages_pictures, tracking_redeemed
from goen.orders.sale import SaleTender
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import posting

PERSON = {"HTTP_USER_AGENT": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari"}
PARTS = [
    {"kind": "text", "text": "[新茶](https://miyabi.example/tea?a=1&b=2)が届きました。"},
    {"kind": "coupon"},
    {"kind": "button", "text": "見る", "href": "landing"},
]


@pytest.fixture
def token(fresh_db: FreshDatabase) -> str:
    """A mail that left a while ago."""
    with tx() as t:
        world.open_shop(t)
        posting.open_post(t)
        records = posting.willing(t, 8)
        uid = posting.measure(t, coupon="back", parts=PARTS)
        to = posting.frozen(t, uid, posting.persons(t, records))
        run = posting.scheduled(t, uid, to)
        block = mailing.take(t, run.run_id, mail.transport(t), at=posting.SOON)
        assert block is not None
        letter = block.letters[0]
        mailing.settle(t, run.run_id, [(one, mail.Outcome("sent", "250")) for one in block.letters],
                       at=posting.SOON)  # fmt: skip
    return letter.token


def one(t: Tx, token: str) -> tuple[object, ...]:
    row = t.row(
        "SELECT opened_at IS NOT NULL, clicked_at IS NOT NULL FROM marketing_delivery"
        " WHERE token = %s",
        [token],
    )
    assert row is not None
    return row


def events(t: Tx) -> list[tuple[object, ...]]:
    return t.rows(
        "SELECT kind, record_id IS NOT NULL, coalesce(detail ->> 'machine', '')"
        " FROM behaviour_event ORDER BY id"
    )


def test_a_person_opens_follows_and_lands_each_counted_once(token: str) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    dot = client.get(f"/t/o/{token}", **PERSON)
    assert (dot.status_code, dot["Content-Type"], dot["Cache-Control"]) == (
        200, "image/gif", "no-store",
    )  # fmt: skip
    away = client.get(f"/t/c/{token}/0", **PERSON)
    assert (away.status_code, away["Location"]) == (302, "https://miyabi.example/tea?a=1&b=2")
    page = client.get(f"/t/c/{token}/2", follow=True, **PERSON)
    assert page.redirect_chain == [(f"/t/l/{token}", 302)]
    client.get(f"/t/o/{token}", **PERSON)
    with tx() as t:
        coupon = t.value("SELECT coupon FROM marketing_delivery WHERE token = %s", [token])
        assert coupon in page.content.decode()
        assert "10%引き" in page.content.decode()
        assert one(t, token) == (True, True)
        assert events(t) == [
            ("opened", True, ""), ("clicked", True, ""), ("clicked", True, ""),
            ("landed", True, ""),
        ]  # fmt: skip


@pytest.mark.parametrize(
    "agent", ["", "Barracuda Sentinel (EE)", "curl/8.0", "Mozilla/5.0 (compatible; bingbot/2.0)"]
)
def test_a_machine_that_looks_is_no_person(token: str, agent: str) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    client.get(f"/t/o/{token}", HTTP_USER_AGENT=agent)
    assert client.get(f"/t/c/{token}/0", HTTP_USER_AGENT=agent).status_code == 302
    client.head(f"/t/c/{token}/0", **PERSON)
    with tx() as t:
        assert one(t, token) == (False, False)
        assert {row[1:] for row in events(t)} <= {(False, "agent"), (False, "method")}


@pytest.mark.parametrize("path", ["/t/c/{token}/3", "/t/c/{other}/0", "/t/l/{other}", "/u/{other}",
                                  "/t/c/{token}/99999999999"])  # fmt: skip
def test_no_link_leads_where_the_mail_does_not(token: str, path: str) -> None:
    """There is no open redirect: a link is a number, and one's own."""
    address = path.format(token=token, other="0" * 32)
    answer = Client(SERVER_NAME="127.0.0.1").get(address, {"to": "https://evil.example"}, **PERSON)
    assert answer.status_code == 404
    assert "evil" not in answer.content.decode()


def barred(t: Tx, token: str) -> str:
    person = t.value("SELECT person_id FROM marketing_delivery WHERE token = %s", [token])
    said = consents.permissions(t, [person])[person]
    return said.cause if isinstance(said, Barred) else ""


def test_to_look_at_the_page_refuses_nothing_and_one_press_does(token: str) -> None:
    client = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    page = client.get(f"/u/{token}", **PERSON)
    assert page.status_code == 200
    with tx() as t:
        assert barred(t, token) == ""
    assert client.post(f"/u/{token}", **PERSON).status_code == 200
    with tx() as t:
        assert barred(t, token) == "refused"
        way, evidence = t.row("SELECT way, evidence FROM customers_consent WHERE NOT granted") or (
            "",
            {},
        )
        assert way == "link"
        assert evidence["way"] == "page"
        assert evidence["measure"] == 1


def test_a_mail_program_refuses_without_session_or_form(token: str) -> None:
    """RFC 8058: one POST with one field, no cookie, no redirect; again is fine."""
    client = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    for _ in range(2):
        done = client.post(
            f"/u/{token}",
            "List-Unsubscribe=One-Click",
            content_type="application/x-www-form-urlencoded",
        )
        assert (done.status_code, done.content) == (200, b"")
        assert not done.cookies
    with tx() as t:
        assert barred(t, token) == "refused"
        records = t.value("SELECT record_id FROM marketing_delivery WHERE token = %s", [token])
        posting.say(t, [records], granted=True, at=clock.now() - timedelta(seconds=1))


def test_a_no_after_a_new_yes_is_a_no_again(token: str) -> None:
    client = Client(SERVER_NAME="127.0.0.1")
    with tx() as t:
        record = t.value("SELECT record_id FROM marketing_delivery WHERE token = %s", [token])
    client.post(f"/u/{token}", **PERSON)
    with tx() as t:
        t.execute("UPDATE customers_consent SET occurred_at = occurred_at - interval '1 hour'"
                  " WHERE NOT granted")  # fmt: skip
        posting.say(t, [record], granted=True, at=clock.now() - timedelta(minutes=30))
        t.execute("UPDATE customers_consent SET uid = gen_random_uuid() WHERE NOT granted")
        assert barred(t, token) == ""
    client.post(f"/u/{token}", **PERSON)
    with tx() as t:
        assert barred(t, token) == "refused"


def test_the_coupon_used_at_the_till_closes_the_loop(token: str) -> None:
    """R-080."""
    with tx() as t:
        coupon, record = t.row(
            "SELECT coupon, record_id FROM marketing_delivery WHERE token = %s", [token]
        ) or ("", 0)
        card = t.value(
            "SELECT value FROM customers_credential WHERE record_id = %s AND kind = 'card'",
            [record],
        )
        world.stocked(t, "CHA-01", 5)
        sale = world.sale(("CHA-01", 1), member=card, coupons=(coupon,), at=world.NOW,
                          tenders=(SaleTender("card", 1_167),))  # fmt: skip
        (done,) = world.sold(t, sale)
        assert hasattr(done, "repeated"), done
        [use] = tracking_redeemed.redeemed(t, 1)
        assert (use.number, use.document, use.amount_minor) == (coupon, sale.uid, 129)
    assert (
        "ご利用済み"
        in Client(SERVER_NAME="127.0.0.1").get(f"/t/l/{token}", **PERSON).content.decode()
    )


def test_a_picture_is_one_by_its_bytes_and_nothing_else_is_served(fresh_db: FreshDatabase) -> None:
    png = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
    name = messages_pictures.keep(fresh_db.shop, png)
    assert isinstance(name, str)
    answer = Client(SERVER_NAME="127.0.0.1").get(f"/t/p/{name}")
    assert (b"".join(answer), answer["Content-Type"]) == (png, "image/png")
    assert Client(SERVER_NAME="127.0.0.1").get("/t/p/..%2Fpassword").status_code == 404
    assert Client(SERVER_NAME="127.0.0.1").get("/t/p/nothing.png").status_code == 404
    bad = messages_pictures.keep(fresh_db.shop, b"<svg onload=alert(1)>")
    assert getattr(bad, "code", "") == "not_a_picture"
