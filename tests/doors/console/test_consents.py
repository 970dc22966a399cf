"""The words of one person on their page; the shop's texts, bars, requests and proof."""

import csv
import io
from collections.abc import Iterator

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from goen.customers import consents, records, requests
from goen.customers.consents import Permission
from goen.customers.records import NewCredential, NewRecord
from goen.kit import ids
from goen.kit.db import Tx
from tests import world
from tests.doors.console.conftest import logged_in, person

CARD = "G1040002"


@pytest.fixture
def ishikawa(shop: Tx) -> int:
    """Two records of one person: the card, and the web account with a mail address."""
    web = NewRecord(
        "ec", "E-2", mail="misaki@kaze.example",
        credentials=(NewCredential("card", CARD, verified=True),),
    )  # fmt: skip
    records.register(shop, [web], actor=world.ACTOR, recorded_at=world.NOW)
    return person(shop, CARD)


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def note(client: Client, who: int, **form: str) -> int:
    given = {"channel": "mail", "granted": "yes", "way": "till", "note": "入会のとき"} | form
    return client.post(f"/customers/{who}/consents", given).status_code


def test_what_staff_note_stands_with_text_way_and_name(client: Client, ishikawa: int) -> None:
    assert "同意をいただいていません" in page(client, f"/customers/{ishikawa}")
    words = {"code": "mail", "ja": "新着のご案内を受け取る", "en": "Send me news"}
    assert client.post("/consents/wordings", words).status_code == 302
    assert note(client, ishikawa, read="1") == 302
    shown = page(client, f"/customers/{ishikawa}")
    for told in ("送れます", "新着のご案内を受け取る", "第1版", "レジ", "佐藤 恵", "入会のとき"):
        assert told in shown, told
    found = consents.permissions(Tx(), [ishikawa])[ishikawa]
    assert isinstance(found, Permission)
    assert found.address == "misaki@kaze.example"
    assert note(client, ishikawa, granted="no") == 302
    assert "お断り" in page(client, f"/customers/{ishikawa}")
    kept = Tx().value("SELECT count(*) FROM customers_consent")
    assert kept == 4, "at each of their two records, twice"


def test_a_form_sent_twice_is_noted_once(client: Client, ishikawa: int) -> None:
    uid = str(ids.new_id())
    assert [note(client, ishikawa, uid=uid) for _ in range(2)] == [302, 302]
    assert Tx().value("SELECT count(*) FROM customers_consent") == 2


def test_all_proof_goes_into_a_file(client: Client, ishikawa: int) -> None:
    """L-02: an authority is shown everything that was ever said."""
    note(client, ishikawa, note="=1+1")
    answer = client.get("/consents.csv")
    assert isinstance(answer, StreamingHttpResponse)
    content = answer.streaming_content
    assert isinstance(content, Iterator)
    told = list(csv.DictReader(io.StringIO(b"".join(content).decode("utf-8-sig"))))
    assert [(one["出どころ"], one["同意"], one["方法"]) for one in told] == [
        ("pos", "1", "till"), ("ec", "1", "till"),
    ]  # fmt: skip
    assert all("=1+1" in one["証拠"] and one["記録した人"] == "staff:st01" for one in told)
    assert Tx().value("SELECT count(*) FROM kit_trail WHERE verb = 'see' AND kind = 'export'") == 1


def test_an_address_is_barred_and_used_again(client: Client, ishikawa: int) -> None:
    note(client, ishikawa)
    given = {"channel": "mail", "address": "Misaki@kaze.example", "cause": "complained"}
    assert client.post("/consents/bar", given | {"do": "bar"}).status_code == 302
    assert "迷惑メールの申告" in page(client, "/consents")
    assert "止めた宛先です" in page(client, f"/customers/{ishikawa}")
    marketing = logged_in("marketer")
    assert marketing.post("/consents/bar", given | {"do": "lift"}).status_code == 403
    assert "止めた宛先です" in page(client, f"/customers/{ishikawa}")
    client = logged_in("hq")
    assert client.post("/consents/bar", given | {"do": "lift"}).status_code == 302
    again = client.post("/consents/bar", given | {"do": "lift"})
    assert (again.status_code, "この宛先は止められていません" in again.content.decode()) == (
        422,
        True,
    )


def test_what_a_customer_asked_waits_until_it_is_answered(client: Client, ishikawa: int) -> None:
    t = Tx()
    record = t.value("SELECT id FROM customers_record WHERE source_key = 'E-2'")
    by = {"actor": world.ACTOR, "recorded_at": world.NOW}
    first = requests.ask(t, ids.new_id(), record, "erase", "引っ越すので", **by)
    again = requests.ask(t, ids.new_id(), record, "erase", "", **by)
    assert (first.repeated, again.repeated) == (False, True)  # type: ignore[union-attr]
    assert "引っ越すので" in page(client, "/consents")
    assert "情報を消してほしい" in page(client, f"/customers/{ishikawa}")
    path = f"/consents/requests/{first.uid}"  # type: ignore[union-attr]
    assert client.post(path, {"outcome": " "}).status_code == 422
    assert client.post(path, {"outcome": "消しました"}).status_code == 302
    assert "引っ越すので" not in page(client, "/consents")
    assert client.post(path, {"outcome": "もう一度"}).status_code == 422


def test_who_sees_no_names_notes_nothing(shop: Tx, ishikawa: int) -> None:
    masked = logged_in("operations")
    assert note(masked, ishikawa) == 403
    assert masked.get("/consents.csv").status_code == 403
    words = {"code": "mail", "ja": "x", "en": "x"}
    assert masked.post("/consents/wordings", words).status_code == 403
    assert "送れません" in page(masked, f"/customers/{ishikawa}")
