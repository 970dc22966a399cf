"""Erasing: everything that says who it is is gone from the whole database; the books stay."""

from datetime import date

import pytest
from django.test import Client

from goen.behaviour import events
from goen.behaviour.events import NewEvent
from goen.customers import consents, entering, queries, records, requests, suppressions
from goen.customers.consents import Barred, NewConsent
from goen.customers.records import NewCredential, NewRecord
from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.links import brought, erasing
from goen.orders.erasing import Erased
from goen.points import together
from goen.points.together import Said
from tests import world
from tests.doors.console.conftest import logged_in
from tests.links.test_parked import file_of
from tests.world import ACTOR, NOW, VIEWER, sale, sold

BY = {"actor": ACTOR, "recorded_at": NOW}
SECRETS = (
    "五十嵐", "イガラシ", "さくら", "サクラ", "sakura.i@kaze.example", "0312349999",
    "神宮前7-7-7", "1984-02-03", "G7770001", "ことばの内容", "150-174K",
)  # fmt: skip
TRAITS = (("E-77", "income", "150-174K"),)
IGARASHI = NewRecord(
    "ec", "E-77", family_name="五十嵐", given_name="さくら", family_kana="イガラシ",
    given_kana="サクラ", birth_date=date(1984, 2, 3), gender="female",
    mail="sakura.i@kaze.example", phone="03-1234-9999", postcode="150-0001",
    address="東京都渋谷区神宮前7-7-7",
    credentials=(
        NewCredential("card", "G7770001", verified=True),
        NewCredential("mail", "sakura.i@kaze.example", verified=True),
    ),
)  # fmt: skip


_TOLD = """
INSERT INTO marketing_task (uid, record_id, title, text, due_on, made_at, done_at, done_by, note)
SELECT %s, record, 'お声がけ', '', '2026-11-20', at, at, 'staff:1', note
FROM (VALUES (%s, %s, %s::timestamptz)) AS given (record, note, at)
"""


def dumped(t: Tx) -> str:
    """Every row of every table as text."""
    tables = t.rows(
        "SELECT table_name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    )
    return "\n".join(
        str(t.value(f'SELECT string_agg(x::text, chr(10)) FROM "{name}" x')) for (name,) in tables
    )


@pytest.fixture
def igarashi(shop: Tx) -> int:
    """Somebody with a card, a web account of the same mail, a purchase, a word and a session."""
    other = NewRecord("goen", "K-1", mail=IGARASHI.mail, credentials=IGARASHI.credentials[1:])
    second = NewRecord("goen", "K-2")
    made = records.register(shop, [IGARASHI, other, second], **BY)
    record = made["ec", "E-77"]
    world.stocked(shop, "CHA-01", 5)
    sold(shop, sale(("CHA-01", 2), member="G7770001"))
    brought.put_traits(shop, "ec", TRAITS)
    file_of(shop, (("2026/11/05", "E-77", "五十嵐 さくら", "0", "ことばの内容"),))
    asked = NewEvent("ec", "m-1", "ask", NOW, record_id=record, text="ことばの内容")
    looked = NewEvent("ec", "m-2", "search", NOW, visitor="v-1", text="五十嵐 表札")
    named = NewEvent("ec", "m-3", "visit", NOW, record_id=record, visitor="v-1")
    events.keep(shop, [asked, looked, named], **BY)
    word = NewConsent(
        ids.new_id(), record, "mail", True, "staff", NOW, address=IGARASHI.mail,
        evidence={"note": "ことばの内容"},
    )  # fmt: skip
    consents.note(shop, [word], **BY)
    requests.ask(shop, ids.new_id(), record, "erase", "ことばの内容", **BY)
    corrected = ids.new_id()
    requests.ask(shop, corrected, record, "correct", "", **BY)
    assert requests.settle(shop, corrected, "ことばの内容", **BY) is None
    said = "550 <sakura.i@kaze.example>: no such user"
    suppressions.suppress(shop, "mail", IGARASHI.mail, "bounced", said, actor=ACTOR, at=NOW)
    together.join(shop, record, made["goen", "K-2"], Said("ことばの内容"), **BY)
    shop.execute(_TOLD, [ids.new_id(), record, "ことばの内容", NOW])
    entering.begin(shop, record, "mail", at=NOW)
    return queries.person_of_records(shop, [record])[record]


def test_nothing_of_them_is_left_anywhere_and_the_books_stay(
    client: Client, shop: Tx, igarashi: int
) -> None:
    """L-07, L-08, L-32."""
    before = dumped(shop)
    for secret in SECRETS:
        assert secret in before, secret
    books = shop.rows("SELECT total_minor, record_id FROM orders_order")
    page = client.get(f"/customers/{igarashi}/erase").content.decode()
    for told in (
        "元に戻せません",
        "消えるもの",
        "残るもの",
        "のお申し出",
        "ファイルの行の中身（1行",
    ):
        assert told in page, told

    asked = shop.value("SELECT uid FROM customers_request")
    wrong = client.post(f"/customers/{igarashi}/erase", {"typed": "1", "request": str(asked)})
    assert wrong.status_code == 422
    assert "確認の番号が違います" in wrong.content.decode()
    done = client.post(
        f"/customers/{igarashi}/erase", {"typed": str(igarashi), "request": str(asked)}
    )
    assert done.status_code == 302

    after = dumped(shop)
    for secret in SECRETS:
        assert secret not in after, secret
    assert shop.rows("SELECT total_minor, record_id FROM orders_order") == books
    assert audited(shop)["broken"] == []
    assert requests.waiting(shop) == []
    shown = client.get(f"/customers/{igarashi}").content.decode()
    assert "個人情報は" in shown
    assert "五十嵐" not in shown
    trail = shop.rows("SELECT detail::text FROM kit_trail WHERE verb = 'erase'")
    assert len(trail) == 1
    assert brought.put_traits(shop, "ec", TRAITS) == 0  # nor does it come back


def test_nobody_is_found_signed_in_or_written_to_any_more(shop: Tx, igarashi: int) -> None:
    assert isinstance(erasing.erase(shop, igarashi, **BY), Erased)
    assert queries.find_credential(shop, "G7770001", viewer=VIEWER) is None
    assert queries.search(shop, "イガラシ", viewer=VIEWER) == []
    assert isinstance(consents.permissions(shop, [igarashi])[igarashi], Barred)
    barred = suppressions.bars(shop, "mail", ["sakura.i@kaze.example"])
    assert barred == {"sakura.i@kaze.example": {"bounced", "erased"}}
    assert shop.value("SELECT count(*) FROM customers_session WHERE ended_at IS NULL") == 0


def test_a_file_that_still_has_them_brings_nothing_back(shop: Tx, igarashi: int) -> None:
    erasing.erase(shop, igarashi, **BY)
    records.register(shop, [IGARASHI], **BY)
    assert "五十嵐" not in dumped(shop)
    again = erasing.erase(shop, igarashi, **BY)
    assert isinstance(again, Erased)
    assert again.repeated


def test_a_telephone_that_a_family_shares_is_not_barred(shop: Tx, igarashi: int) -> None:
    records.register(shop, [NewRecord("pos", "P-88", phone="03-1234-9999")], **BY)
    erasing.erase(shop, igarashi, **BY)
    assert suppressions.bars(shop, "phone", ["+81312349999"]) == {}


def test_not_while_an_order_is_on_its_way(shop: Tx, igarashi: int) -> None:
    shop.execute("UPDATE orders_order SET state = 'placed'")
    refused = erasing.erase(shop, igarashi, **BY)
    assert isinstance(refused, Refusal)
    assert refused.code == "orders_on_their_way"
    assert "五十嵐" in dumped(shop)


@pytest.mark.parametrize("role", ["marketer", "store", "operations", "partner"])
def test_only_head_office_erases(client: Client, shop: Tx, igarashi: int, role: str) -> None:
    other = logged_in(role)
    answer = other.post(f"/customers/{igarashi}/erase", {"typed": str(igarashi)})
    assert answer.status_code == 403
    assert "五十嵐" in dumped(shop)
