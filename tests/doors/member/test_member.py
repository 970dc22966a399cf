"""The member's pages: coming in, the card, the thread, one tap for news, one's own data."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.test import Client, override_settings

from goen.customers import consents, entering, queries, records, wordings
from goen.customers.consents import Barred, Permission
from goen.customers.records import NewCredential, NewRecord
from goen.doors import claim_ticket
from goen.doors.letters import send_now
from goen.doors.member import letters
from goen.insight import queries as insight
from goen.insight.answers import PersonValue
from goen.kit import clock, home, mail
from goen.kit.db import Tx
from goen.kit.mail import Mail, Outcome, Transport
from goen.orders import selling
from goen.orders.sale import Sold
from tests import world
from tests.doors.console.conftest import logged_in
from tests.points import wallet

BORN = date(1980, 4, 2)
MAIL = "misaki@kaze.example"


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "KASHI-01", 10)
    card = NewCredential("card", "G1040002", verified=True)
    mail = NewCredential("mail", MAIL, verified=True)
    both = [
        NewRecord(
            "pos", "M-002", family_name="石川", given_name="美咲", birth_date=BORN,
            credentials=(card,),
        ),
        NewRecord("ec", "E-2", mail=MAIL, credentials=(card, mail)),
    ]  # fmt: skip
    records.register(t, both, actor=world.ACTOR, recorded_at=world.NOW)
    world.sold(
        t,
        world.sale(("KASHI-01", 2), member="G1040002"),
        world.sale(("KASHI-02", 1), member="G1040001"),
    )
    return t


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Mail]:
    """The letters, sent at once and kept here."""
    letters_: list[Mail] = []

    def send(by: Transport, letter: Mail, *, at: object) -> Outcome:
        letters_.append(letter)
        return Outcome("sent")

    monkeypatch.setattr(mail, "send", send)
    monkeypatch.setattr(letters, "send_aside", send_now)
    return letters_


@pytest.fixture
def phone(shop: Tx) -> Client:
    """Ms Ishikawa's telephone, signed in."""
    browser = stranger()
    given = {"card": "G104-0002", "born": "1980-04-02"}
    assert browser.post("/m/enter/by-card", given).headers["Location"] == "/m/"
    return browser


def stranger(language: str = "ja") -> Client:
    return Client(headers={"accept-language": language}, SERVER_NAME="127.0.0.1")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.headers
    assert answer.headers["Cache-Control"] == "no-store, private"
    return answer.content.decode()


def path_in(letter: Mail) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", letter.text)
    assert found is not None
    return found[1]


def ishikawa(t: Tx) -> int:
    found = queries.find_credential(t, "G1040002", viewer=world.VIEWER)
    assert found is not None
    return found.person_id


def test_a_mailed_link_opens_the_card_once(shop: Tx, sent: list[Mail]) -> None:
    browser = stranger()
    assert browser.get("/m/history").headers["Location"] == "/m/enter?next=/m/history"
    answer = browser.post("/m/enter/by-mail", {"mail": MAIL.upper(), "next": "/m/history"})
    assert "メールをお送りしました" in answer.content.decode()
    (letter,) = sent
    assert letter.to == MAIL
    path = path_in(letter)
    for _ in range(2):
        assert "会員ページを開く" in page(browser, path), "looking at it does not use it up"
    assert browser.post(path).headers["Location"] == "/m/history"
    assert "渋谷店" in page(browser, "/m/history")
    assert stranger().post(path).status_code == 410


def test_nobody_learns_who_is_known(shop: Tx, sent: list[Mail]) -> None:
    answers = []
    for typed in (MAIL, "nobody@kaze.example", "x@mall.example"):
        answer = stranger().post("/m/enter/by-mail", {"mail": typed})
        plain = re.sub(r'csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())
        answers.append((answer.status_code, plain.replace(typed, "")))
    assert len(set(answers)) == 1
    assert [letter.to for letter in sent] == [MAIL]
    wrong = [{"card": "G1040002", "born": "1999-01-01"}, {"card": "G1", "born": "1980-04-02"}]
    texts = []
    for given in wrong:
        answer = stranger().post("/m/enter/by-card", given)
        assert answer.status_code == 401
        texts.append("会員番号か生年月日が違うようです" in answer.content.decode())
    assert texts == [True, True]


def test_who_tries_too_often_waits(shop: Tx) -> None:
    given = {"card": "G1040002", "born": "1999-01-01"}
    statuses = [stranger().post("/m/enter/by-card", given).status_code for _ in range(6)]
    assert statuses == [401] * 5 + [429]


@override_settings(HTTPS=True)
def test_a_limit_is_of_a_shopper_and_not_of_the_proxy(shop: Tx) -> None:
    made_up = {"born": "1999-01-01"}
    for n in range(41):
        given = made_up | {"card": f"X{n}"}
        told = {"x-forwarded-for": f"10.0.0.1, 203.0.113.{n % 2}"}
        assert stranger().post("/m/enter/by-card", given, headers=told).status_code == 401
    for n in range(41):
        given = made_up | {"card": f"Y{n}"}
        last = stranger().post("/m/enter/by-card", given).status_code
    assert last == 429


def test_the_doors_of_staff_and_members_are_two(phone: Client) -> None:
    assert phone.get("/customers").status_code == 302
    staff = logged_in("hq")
    assert staff.get("/m/").headers["Location"].startswith("/m/enter")
    away = phone.get("/m/enter?next=https://elsewhere.example/")
    assert away.headers["Location"] == "/m/"
    assert phone.get("/m/enter?next=/customers").headers["Location"] == "/m/"


def test_only_a_sample_shop_lets_anybody_in(shop: Tx, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = stranger()
    value = PersonValue(
        ishikawa(shop), 1, 324, 100, date(2026, 11, 1), date(2026, 11, 1), None, (), world.NOW
    )
    monkeypatch.setattr(insight, "best_persons", lambda *_, **__: ([value], 1))
    sample = home.current_shop()
    with monkeypatch.context() as patch:
        patch.setattr(home, "current_shop", lambda: replace(sample, kind="own"))
        assert "見本の会員" not in page(browser, "/m/enter")
        assert browser.post("/m/enter/as-sample").headers["Location"] == "/m/enter"
    assert "見本の会員" in page(browser, "/m/enter")
    assert browser.post("/m/enter/as-sample").headers["Location"] == "/m/"
    assert "石川 美咲 様" in page(browser, "/m/")


def test_a_form_from_elsewhere_is_refused(shop: Tx, phone: Client) -> None:
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="127.0.0.1")
    strict.cookies = phone.cookies
    given = {"channel": "mail", "granted": "yes"}
    assert strict.post("/m/consents/tell", given).status_code == 403


def test_the_card_shows_code_and_purchases_of_their_own(phone: Client) -> None:
    shown = page(phone, "/m/")
    assert "石川 美咲 様" in shown
    assert "G1040002" in shown
    assert shown.count("<rect") > 20
    assert "ビッグバーZホワイト" in shown
    assert "ビッグバーZビター" not in shown
    phone.post("/look", {"language": "en", "next": "/m/"})
    assert "Show it at the till" in page(phone, "/m/")


def test_a_receipt_is_shown_to_its_owner_only(shop: Tx, phone: Client) -> None:
    rows = shop.rows("SELECT uid FROM orders_order ORDER BY id")
    assert "T5010401000007" in page(phone, f"/m/receipts/{rows[0][0]}")
    assert phone.get(f"/m/receipts/{rows[1][0]}").status_code == 404


def test_one_tap_says_yes_and_one_says_no(shop: Tx, phone: Client) -> None:
    """L-01, L-02: at all of their records, with the very text that was on the screen."""
    assert 'aria-checked="false"' in page(phone, "/m/consents")
    phone.post("/m/consents/tell", {"channel": "mail", "granted": "yes"})
    assert 'aria-checked="true"' in page(phone, "/m/consents")
    who = ishikawa(shop)
    assert isinstance(consents.permissions(shop, [who])[who], Permission)
    kept = shop.rows(
        "SELECT c.way, c.actor, w.text->>'ja', c.evidence->>'page' FROM customers_consent c"
        " JOIN customers_wording w ON w.id = c.wording_id"
    )
    text = "メールのご案内を受け取ります。いつでも会員ページか店頭でやめられます。"
    record = shop.value("SELECT record_id FROM customers_session")
    assert kept == [("member", f"member:{record}", text, "/m/consents/tell")] * 2
    phone.post("/m/consents/tell", {"channel": "mail", "granted": "no"})
    barred = consents.permissions(shop, [who])[who]
    assert isinstance(barred, Barred)
    assert barred.cause == "refused"
    assert phone.post("/m/consents/tell", {"channel": "fax"}).status_code == 400


def test_the_text_that_was_read_is_the_proof_also_when_it_changed_meanwhile(
    shop: Tx, phone: Client
) -> None:
    by = {"actor": world.ACTOR, "recorded_at": world.NOW}
    wordings.put(shop, "mail", {"ja": "古い文面", "en": "The old text"}, **by)
    screen = page(phone, "/m/consents")
    assert "古い文面" in screen
    form = dict(re.findall(r'name="(channel|version|granted)" value="(\w+)"', screen)[:3])
    wordings.put(shop, "mail", {"ja": "新しい文面", "en": "The new text"}, **by)
    phone.post("/m/consents/tell", form)
    kept = shop.rows(
        "SELECT DISTINCT w.text ->> 'ja' FROM customers_consent c"
        " JOIN customers_wording w ON w.id = c.wording_id"
    )
    assert kept == [("古い文面",)]


def test_an_address_changes_at_once_and_a_mail_when_confirmed(
    shop: Tx, phone: Client, sent: list[Mail]
) -> None:
    phone.post("/m/data/change", {"phone": "090-0000-0002", "address": "渋谷区神南0-0-0"})
    assert "渋谷区神南0-0-0" in page(phone, "/m/data")
    phone.post("/m/data/mail", {"mail": "new@kaze.example"})
    assert MAIL in page(phone, "/m/data")
    path = path_in(sent[0])
    assert sent[0].to == "new@kaze.example"
    assert "このアドレスに変える" in page(phone, path)
    assert phone.post(path).status_code == 302
    assert "new@kaze.example" in page(phone, "/m/data")
    assert phone.post("/m/data/mail", {"mail": "x@mall.example"}).status_code == 422
    assert phone.get("/m/mail/forged").status_code == 410


def test_all_data_is_taken_away_and_a_request_waits(shop: Tx, phone: Client) -> None:
    answer = phone.get("/m/data.json")
    told = json.loads(answer.content)
    assert [one["total_minor"] for one in told["purchases"]] == [324]
    assert {one["source"] for one in told["records"]} == {"pos", "ec"}
    assert phone.post("/m/data/ask", {"kind": "erase", "note": "引っ越します"}).status_code == 302
    assert "担当者が確かめています" in page(phone, "/m/data")
    assert "引っ越します" in logged_in("hq").get("/consents").content.decode()
    assert phone.post("/m/data/ask", {"kind": "sell"}).status_code == 422


def test_signing_out_ends_the_session_itself(shop: Tx, phone: Client) -> None:
    other = stranger()
    with_token = phone.cookies["goen_demo_member"].value
    other.cookies["goen_demo_member"] = with_token
    assert other.get("/m/").status_code == 200
    assert phone.post("/m/leave", {"all": "1"}).status_code == 302
    assert other.get("/m/").headers["Location"].startswith("/m/enter")
    assert entering.record_of(shop, with_token, at=clock.now()) is None


def anonymous(t: Tx) -> str:
    """A sale of today to nobody known: pages ask the clock whether it is too old."""
    sale = world.sale(("KASHI-01", 3), at=clock.now() - timedelta(hours=2))
    (sold,) = selling.sell(t, [sale], actor=world.ACTOR, recorded_at=clock.now())
    assert isinstance(sold, Sold), sold
    return str(sold.uid)


def test_the_qr_code_on_a_receipt_makes_the_purchase_theirs_once(shop: Tx, phone: Client) -> None:
    wallet.programme(shop)
    order = anonymous(shop)
    staff = logged_in("hq")
    assert "このQRを会員ページで開くと" in staff.get(f"/register/receipts/{order}").content.decode()
    path = claim_ticket.path_of(UUID(order))
    assert stranger().get(path).headers["Location"] == f"/m/enter?next={path}"
    assert "このお買い物を登録する" in page(phone, path)
    answer = phone.post(path)
    assert answer.headers["Location"] == f"/m/receipts/{order}?claimed=4"
    shown = page(phone, f"/m/receipts/{order}?claimed=4")
    assert "4ポイントが付きました" in shown
    assert re.search(r"今回たまったポイント</span><span>4<", shown)
    assert phone.post(path).headers["Location"] == answer.headers["Location"], "pressed twice"
    assert "もうあなたの履歴にあります" in page(phone, path)
    assert "4<span>ポイント" in page(phone, "/m/")
    assert "このQRを" not in staff.get(f"/register/receipts/{order}").content.decode()


def test_a_code_that_the_shop_did_not_make_opens_nothing(shop: Tx, phone: Client) -> None:
    path = claim_ticket.path_of(UUID(anonymous(shop)))
    changed = path[:-3] + ("A" if path[-3] != "A" else "B") + path[-2:]
    for wrong in (changed, "/m/r/x", "/m/r/" + "A" * 36, "/m/r/あ"):
        assert phone.get(wrong).status_code == 404


def test_a_receipt_of_somebody_else_shows_nothing_of_it(shop: Tx, phone: Client) -> None:
    (order,) = shop.rows("SELECT uid FROM orders_order ORDER BY id DESC LIMIT 1")
    answer = phone.get(claim_ticket.path_of(order[0]))
    assert "もう登録されています" in answer.content.decode()
    assert "ビッグバー" not in answer.content.decode()
    assert phone.post(claim_ticket.path_of(order[0])).status_code == 409
