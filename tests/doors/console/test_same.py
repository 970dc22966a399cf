"""The queue of pairs that may be one person; joining and parting on the page of a person."""

from dataclasses import replace

import pytest
from django.test import Client

from goen.customers import candidates, queries, records
from goen.customers.records import NewRecord
from goen.kit.db import Tx
from goen.points import programmes
from goen.points.programmes import NewProgramme
from tests.customers.test_candidates import CARD, WEB, WIFE
from tests.doors.console.conftest import logged_in
from tests.points.wallet import CODE
from tests.world import ACTOR, NOW, OPENED

BY = {"actor": ACTOR, "recorded_at": NOW}


def register(t: Tx, *new: NewRecord) -> list[int]:
    ids = records.register(t, new, actor=ACTOR, recorded_at=NOW)
    return [ids[r.source, r.source_key] for r in new]


@pytest.fixture
def pair(shop: Tx) -> tuple[int, int]:
    """Two records of one person and a wife's, compared as the analyst does."""
    programmes.put(shop, NewProgramme(CODE, {"ja": "点", "en": "Points"}, points_from=OPENED), **BY)
    web, card, _ = register(shop, WEB, CARD, WIFE)
    given = candidates.read(shop, candidates.newest(shop))
    assert given is not None
    candidates.keep(shop, candidates.compare(given), recorded_at=NOW)
    return web, card


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def persons(t: Tx, *records_: int) -> list[int]:
    found = queries.person_of_records(t, records_)
    return [found[one] for one in records_]


def candidate(t: Tx) -> int:
    return int(t.value("SELECT id FROM customers_candidate"))


def test_a_pair_stands_side_by_side_and_is_decided_and_undone(
    client: Client, shop: Tx, pair: tuple[int, int]
) -> None:
    shown = page(client, "/customers/same")
    for told in ("森", "神宮前１丁目２番３号", "神宮前1-2-3", "同じ", "片方だけ", "daisuke.m@kaze"):
        assert told in shown, told
    assert "由紀" not in shown
    seen = shop.rows("SELECT DISTINCT subject FROM kit_trail WHERE verb = 'see'")
    assert {int(one) for (one,) in seen} == set(persons(shop, *pair))

    one = candidate(shop)
    answer = client.post(f"/customers/same/{one}", {"how": "joined", "reason": "お電話で確かめた"})
    assert answer.status_code == 302
    assert len(set(persons(shop, *pair))) == 1
    after = page(client, answer.headers["Location"])
    assert "同じ方にしました" in after
    assert "お尋ねする組はありません" in after
    who = persons(shop, *pair)[0]
    assert "お電話で確かめた" in page(client, f"/customers/{who}")

    assert client.post(f"/customers/same/{one}/undo").status_code == 302
    assert len(set(persons(shop, *pair))) == 2
    assert "神宮前1-2-3" in page(client, "/customers/same")


def test_put_off_and_two_people(client: Client, shop: Tx, pair: tuple[int, int]) -> None:
    one = candidate(shop)
    client.post(f"/customers/same/{one}", {"how": "later"})
    assert "お尋ねする組はありません" in page(client, "/customers/same")
    assert "神宮前1-2-3" in page(client, "/customers/same?show=later")
    client.post(f"/customers/same/{one}", {"how": "apart"})
    assert "あとで決める組はありません" in page(client, "/customers/same?show=later")
    assert shop.value("SELECT kind FROM customers_edge") == "cannot"
    answer = client.post(f"/customers/same/{one}", {"how": "joined"})
    assert "先に決めました" in page(client, answer.headers["Location"])


@pytest.mark.parametrize(("role", "status"), [("store", 403), ("operations", 403)])
def test_who_has_not_the_right_decides_nothing(
    client: Client, shop: Tx, pair: tuple[int, int], role: str, status: int
) -> None:
    other = logged_in(role)
    shown = page(other, "/customers/same")
    assert "決められるのは" in shown
    assert other.post(f"/customers/same/{candidate(shop)}", {"how": "joined"}).status_code == status
    who = persons(shop, *pair)[0]
    for path in ("part", "join"):
        assert other.get(f"/customers/{who}/{path}").status_code == status
    assert len(set(persons(shop, *pair))) == 2
    if role == "operations":
        assert "森" not in shown
        assert "神宮前" not in shown


def test_a_person_is_joined_with_another_and_parted_with_a_preview(
    client: Client, shop: Tx, pair: tuple[int, int]
) -> None:
    web, card = persons(shop, *pair)
    assert "大輔" in page(client, f"/customers/{web}/join?q=モリ")
    shown = page(client, f"/customers/{web}/join?with={card}")
    assert "神宮前１丁目２番３号" in shown
    answer = client.post(f"/customers/{web}/join", {"with": card, "reason": ""})
    assert answer.status_code == 422
    answer = client.post(f"/customers/{web}/join", {"with": card, "reason": "店頭で両方見た"})
    assert answer.status_code == 302
    assert persons(shop, *pair) == [web, web]

    preview = page(client, f"/customers/{web}/part?record={pair[1]}")
    assert "2人に分ける" in preview
    assert persons(shop, *pair) == [web, web], "looking changes nothing"
    assert shop.value("SELECT count(*) FROM kit_trail WHERE verb = 'part'") == 0
    answer = client.post(f"/customers/{web}/part", {"record": pair[1], "reason": "ご兄弟だった"})
    assert answer.status_code == 302
    assert persons(shop, *pair) == [web, card]
    told = page(client, f"/customers/{card}")
    assert "ご兄弟だった" in told
    assert "取り消し済み" in told
    assert "佐藤 恵" in told

    answer = client.post(f"/customers/{web}/join", {"with": card, "reason": "やはり同じ方"})
    assert answer.status_code == 422
    assert "別の方と決めています" in answer.content.decode()
    again = {"with": card, "reason": "やはり同じ方", "again": "1"}
    assert client.post(f"/customers/{web}/join", again).status_code == 302
    assert persons(shop, *pair) == [web, web]


def test_those_at_whom_most_is_at_stake_come_first(
    client: Client, shop: Tx, pair: tuple[int, int]
) -> None:
    rich = replace(
        WEB, source_key="E-9", family_name="谷", given_name="誠", family_kana="タニ",
        given_kana="マコト", mail="", phone="090-9", address="鎌倉市小町5-1",
    )  # fmt: skip
    ids = register(shop, rich, replace(rich, source="pos", source_key="P-9"))
    given = candidates.read(shop, candidates.newest(shop))
    assert given is not None
    candidates.keep(shop, candidates.compare(given), recorded_at=NOW)
    shop.execute(
        "INSERT INTO insight_personfigure (person_id, profit_minor, amount_minor, receipts,"
        " first_on, last_on, channels) VALUES (%s, 90000, 180000, 9, %s, %s, '[]')",
        [persons(shop, *ids)[0], OPENED, OPENED],
    )
    shown = page(client, "/customers/same")
    assert shown.index("谷 誠") < shown.index("森 大輔")


def test_a_number_that_is_none_finds_nobody(
    client: Client, shop: Tx, pair: tuple[int, int]
) -> None:
    who = persons(shop, *pair)[0]
    for given in ("9" * 5_000, "-1", "x", "0"):
        assert client.post(f"/customers/{who}/join", {"with": given}).status_code == 200
        assert client.post(f"/customers/{who}/part", {"record": given}).status_code == 422
