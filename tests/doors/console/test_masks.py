"""R-085: who needs no names to do their work finds none in any byte of any page or file."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.test import Client

from goen.behaviour.reasons import NewReason, note_reason
from goen.customers import records, requests
from goen.customers.records import NewCredential, NewRecord
from goen.insight.answers import SkuRow, WhoBought
from goen.kit import clock, ids, mailbox
from goen.kit.db import Tx
from goen.marketing import messages
from goen.orders.order import Address, Delivery
from tests import world
from tests.doors.console.conftest import logged_in
from tests.marketing import measuring, posting
from tests.marketing.measuring import BY
from tests.orders.placed import one_placed, order

CARD = "Q7780001"
PERSON = NewRecord(
    "ec", "ECKEY-5577", family_name="鷲津", given_name="凛太朗", family_kana="ワシヅ",
    given_kana="リンタロウ", mail="rintaro.washizu@kumo.example", phone="090-7788-9900",
    postcode="698-0003", address="島根県益田市乙吉町9-8-7",
    credentials=(NewCredential("card", CARD, verified=True),),
)  # fmt: skip
TOLD = "娘の卒業式のために探していた"
SECRETS = (
    "鷲津", "凛太朗", "ワシヅ", "リンタロウ", "washizu", "7788-9900", "77889900", "698-0003",
    "乙吉町", CARD, "ECKEY-5577", "卒業式",
)  # fmt: skip
"""What would tell who somebody is; whatever the shop was told of one person."""
CONTACT = ("rintaro.washizu@kumo.example", "7788-9900", "乙吉町")
FIRST = ("/menu", "/search?q=鷲津", f"/search?q={CARD}", "/search?q=09077889900",
         "/orders?state=all&q=鷲津", "/orders?state=all", "/points/accounts?q=鷲津",
         "/segments/new", "/consents", "/mailbox", "/mailbox/1", "/mailbox/1/html",
         "/customers?order=recent",
         "/customers.csv", "/automation?format=csv", "/measures/1/mail/preview")  # fmt: skip
MOST_PAGES = 300


@pytest.fixture
def known(shop: Tx, told: tuple[SkuRow, WhoBought]) -> Iterator[int]:
    """A person with orders, requests, reasons, a mail and a measure: wherever one can be shown."""
    record = records.register(shop, [PERSON], **BY)["ec", "ECKEY-5577"]
    posting.say(shop, [record], granted=True)
    for place in ("shibuya", "web"):
        world.stocked(shop, "CHA-01", 30, place)
    home_of = Address("鷲津 凛太朗", "698-0003", "島根県益田市乙吉町9-8-7", "090-7788-9900")
    ship = Delivery("ship", home_of, None, "shibuya")
    asked = order(("CHA-01", 2), member=("card", CARD), source_no="EC-1")
    placed = one_placed(shop, replace(asked, delivery=ship))
    world.sold(shop, world.sale(("CHA-01", 1), member=CARD))
    requests.ask(shop, ids.new_id(), record, "correct", TOLD, **BY)
    note_reason(shop, NewReason(ids.new_id(), placed, record, "stated", "gift", TOLD), **BY)
    posting.open_post(shop)
    people = posting.persons(shop, [record])
    wanted = measuring.measure(
        measuring.placement("mail", "gentle"), conditions={"field": "person", "ids": people}
    )
    messages.start(shop, measuring.drafted(shop, wanted), **BY)
    with mailbox.opened("demo") as store:
        raw = "Subject: 鷲津様へ\r\n\r\n鷲津 凛太朗様".encode()
        store.keep(sender="", recipients=[PERSON.mail], raw=raw, at=clock.now())
    yield people[0]
    for path in mailbox.folder("demo").glob("mailbox.sqlite3*"):
        path.unlink()


def _pages(browser: Client, first: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every page and file that can be reached by links, with its content."""
    waiting, seen = deque(first), set(first)
    while waiting and len(seen) < MOST_PAGES:
        path = waiting.popleft()
        answer = browser.get(path)
        assert answer.status_code in {200, 302, 403, 404, 405}, (path, answer.status_code)
        parts = answer.streaming_content if answer.streaming else [answer.content]
        content = b"".join(parts).decode()
        yield path, content
        links = [*re.findall(r'(?:href|src|hx-get)="(/[^"#]*)', content)]
        for link in (one.replace("&amp;", "&") for one in links):
            if link not in seen and not link.startswith(("/static/", "/q/", "/m/")):
                seen.add(link)
                waiting.append(link)


@pytest.mark.parametrize("role", ["partner", "operations"])
def test_no_page_or_file_tells_a_masked_role_who_somebody_is(known: int, role: str) -> None:
    browser = logged_in(role)
    leaks, visited = [], []
    for path, content in _pages(browser, (*FIRST, f"/customers/{known}")):
        visited.append(path)
        asked = re.sub(r"鷲津|Q7780001|09077889900", "", content) if "q=" in path else content
        leaks += [(path, secret) for secret in SECRETS if secret in asked]
    assert leaks == []
    assert len(visited) > 60, "the pages were walked"
    assert any(path.startswith("/orders/") for path in visited)


def test_head_office_sees_them_and_every_look_at_contact_data_leaves_a_line(
    known: int, shop: Tx
) -> None:
    """Else the test before would hold of a shop that shows nothing."""
    browser = logged_in("hq")
    count = "SELECT count(*) FROM kit_trail"
    unseen, everything, before = [], "", shop.value(count)
    for path, content in _pages(browser, (*FIRST, f"/customers/{known}")):
        everything += content
        after = shop.value(count)
        if after == before and "q=" not in path and any(one in content for one in CONTACT):
            unseen.append(path)
        before = after
    assert unseen == []
    for secret in ("鷲津 凛太朗", "卒業式", *CONTACT):
        assert secret in everything, secret


def test_two_masked_people_are_told_apart_by_a_number(known: int, shop: Tx) -> None:
    page = logged_in("partner").get(f"/customers/{known}").content.decode()
    assert f"お客様 {known}" in page
