"""Rows that could not be used: what they say of people goes, that they were there stays (L-08)."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError
from django.test import Client

from goen.customers import erasing as customers
from goen.customers import queries as people
from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.doors import load_words
from goen.kit import ids, settings
from goen.kit.db import Tx, savepoint
from goen.links import erasing, loading, parked, queries, taking
from goen.links.loading import Unusable
from tests.doors.console.conftest import client, shop
from tests.world import ACTOR, NOW

__all__ = ["client", "shop"]

BY: dict[str, Any] = {"actor": ACTOR, "recorded_at": NOW}
COLUMNS = ("日付", "会員", "品名", "数", "備考")
HERS = NewRecord(
    "ec", "E-77", family_name="五十嵐", mail="sakura.i@kaze.example", phone="03-1234-9999",
    credentials=(NewCredential("card", "G7770001", verified=True),),
)  # fmt: skip
SPEAK_OF_HER = (
    ("2026/11/05", "E-77", "最中", "0", ""),
    ("2026/11/05", "Ｅ-77 ", "最中", "0", ""),
    ("2026/11/05", "", "最中", "0", "Sakura.I@Kaze.example"),
    ("2026/11/05", "", "最中", "0", "電話は０３（１２３４）９９９９です"),
    ("2026/11/05", "", "最中", "0", "+81 3-1234-9999"),
    ("2026/11/05", "", "最中", "0", "ご自宅 03.1234.9999 まで"),
    ("2026/11/05", "", "最中", "0", "カード g777-0001 紛失"),
)
SPEAK_OF_OTHERS = (
    ("2026/11/05", "E-770", "最中", "0", ""),
    ("2026/11/05", "", "E-77", "0", "E-77"),  # an article's name is no customer
    ("2026/11/05", "B-7", "最中", "0", "03-1234-9998"),
    ("2026/11/05", "B-8", "最中", "0", "090-1234-9999"),
)


@pytest.fixture
def her(shop: Tx) -> int:
    """Somebody known to the web shop by a key, a mail, a telephone number and a card."""
    record = records.register(shop, [HERS], **BY)["ec", "E-77"]
    return people.person_of_records(shop, [record])[record]


def file_of(
    t: Tx, rows: tuple[tuple[str, ...], ...], *, source: str = "ec", kind: str = "sales",
    state: str = "done", ended: int = 0, code: str = "quantity_zero",
) -> int:  # fmt: skip
    """A load that ended some days ago, all of whose rows were put aside."""
    plan = {"layout": {"columns": COLUMNS}, "columns": {"customer": "会員"}, "source": source}
    at = NOW - timedelta(days=ended)
    load_id = int(
        t.value(
            """
            INSERT INTO links_load (uid, kind, file_name, sha256, mapping, preview, target,
              position, attempts, read, loaded, repeated, parked, state, actor, started_at,
              finished_at, error)
            VALUES (%s, %s, 'x.csv', '', %s::jsonb, %s::jsonb, '', 0, 0, %s, 0, 0, %s, %s,
              'staff:a', %s, %s, '') RETURNING id
            """,
            [
                ids.new_id(), kind, _json(plan), '{"crowded": [["E-77", 40], ["B-7", 20]]}',
                len(rows), len(rows), state, at, at if state == "done" else None,
            ],
        )
    )  # fmt: skip
    loading.park(t, load_id, [Unusable(n, code, "quantity", row) for n, row in enumerate(rows, 2)])
    return load_id


def _json(value: object) -> str:

    return json.dumps(value, ensure_ascii=False)


def _full(t: Tx, load_id: int) -> list[int]:
    """The numbers of rows that still say something."""
    return [one.row_no for one in queries.parked(t, load_id) if any(one.cells)]


def test_whoever_is_erased_is_gone_from_rows_that_could_not_be_used(shop: Tx, her: int) -> None:
    load = file_of(shop, SPEAK_OF_HER + SPEAK_OF_OTHERS)
    elsewhere = file_of(shop, SPEAK_OF_HER[:1], source="mall")  # another system's E-77
    found = erasing.preview(shop, her)
    assert found is not None
    assert found.parked_rows == len(SPEAK_OF_HER)

    assert isinstance(erasing.erase(shop, her, **BY), customers.Erased)
    rows = queries.parked(shop, load)
    assert len(rows) == len(SPEAK_OF_HER) + len(SPEAK_OF_OTHERS)  # each in its place
    assert {one.code for one in rows} == {"quantity_zero"}
    hers, others = rows[: len(SPEAK_OF_HER)], rows[len(SPEAK_OF_HER) :]
    assert [one.cells for one in hers] == [("",) * 5] * len(SPEAK_OF_HER)
    assert {(one.emptied_at, one.emptied_why) for one in hers} == {(NOW, "erased")}
    assert tuple(one.cells for one in others) == SPEAK_OF_OTHERS
    assert _full(shop, elsewhere) == [2]
    assert queries.parked_by_code(shop, load)[0][2] == len(rows)
    noted = shop.rows("SELECT actor, detail FROM kit_trail WHERE verb = 'empty'")
    assert noted == [(str(ACTOR), {"rows": len(SPEAK_OF_HER), "why": "erased"})]
    crowded = shop.value("SELECT preview -> 'crowded' FROM links_load WHERE id = %s", [load])
    assert crowded == [["B-7", 20]]
    after = erasing.preview(shop, her)
    assert after is not None
    assert after.parked_rows == 0


def test_a_row_of_too_many_cells_may_have_the_key_anywhere(shop: Tx, her: int) -> None:
    load = file_of(shop, (("2026/11/05", "1", "080", "x", "E-77", "y"),), code="cells_differ")
    erasing.erase(shop, her, **BY)
    assert _full(shop, load) == []


def test_a_later_file_that_still_has_them_keeps_nothing_of_them(shop: Tx, her: int) -> None:
    erasing.erase(shop, her, **BY)
    load = file_of(shop, SPEAK_OF_HER[:2] + SPEAK_OF_OTHERS)
    assert parked.empty_of_erased(shop, load, "ec", recorded_at=NOW) == 2
    assert _full(shop, load) == [4, 5, 6, 7]


def test_what_a_count_against_the_source_needs_stays(shop: Tx) -> None:
    world_row = ("31198", "2261", "309", "940996", "0", "3.86", "0", "0", "0", "1", "2017-01-01")
    load = file_of(shop, (world_row,), kind="completejourney", ended=91)
    assert parked.empty_old(shop, **BY) == 1
    (row,) = queries.parked(shop, load)
    assert row.cells == ("", "", "", "", "0", "3.86", "", "", "", "", "")


@pytest.mark.parametrize(
    ("days", "ended", "state", "emptied"),
    [
        (90, 89, "done", False),
        (90, 91, "done", True),
        (90, 91, "failed", True),
        (90, 91, "queued", False),  # it has not ended
        (7, 8, "done", True),
        (0, 3_000, "done", False),
    ],
)
def test_rows_of_an_ended_load_are_emptied_when_their_time_is_over(
    shop: Tx, days: int, ended: int, state: str, emptied: bool
) -> None:
    settings.write(shop, "loads.parked_days", days, **BY)
    load = file_of(shop, SPEAK_OF_HER, ended=ended, state=state)
    assert parked.empty_old(shop, **BY) == emptied
    assert parked.empty_old(shop, **BY) == 0
    assert (_full(shop, load) == []) == emptied
    assert len(queries.parked(shop, load)) == len(SPEAK_OF_HER)
    noted = shop.rows("SELECT detail FROM kit_trail WHERE verb = 'empty'")
    assert noted == ([({"rows": 7, "why": "kept_out"},)] if emptied else [])


def test_files_that_nobody_came_back_to_are_deleted(shop: Tx) -> None:
    """Of a load that stopped the file waits as long as its rows; nobody's file for a week."""
    told = {}
    for state, ended in (("failed", 91), ("failed", 89), ("previewed", 8), ("queued", 91)):
        load = file_of(shop, (), state=state, ended=ended)
        told[state, ended] = UUID(str(_uid(shop, load)))
    nobodys = ids.new_id()
    long_ago = (NOW - timedelta(days=8)).timestamp()
    for uid in (*told.values(), nobodys):
        _aged(taking.shelf_of(uid), long_ago)
    young = taking.file_of(ids.new_id())
    _aged(young, NOW.timestamp())

    taking.forget_left(shop, recorded_at=NOW)
    kept = {key for key, uid in told.items() if taking.is_here(uid)}
    assert kept == {("failed", 89), ("queued", 91)}
    assert not taking.is_here(nobodys)
    assert young.exists()
    young.unlink()
    for uid in told.values():
        taking.forget_files(uid)


def _uid(t: Tx, load_id: int) -> UUID:
    return UUID(str(t.value("SELECT uid FROM links_load WHERE id = %s", [load_id])))


def _aged(path: Path, at: float) -> None:
    path.write_bytes(b"x")
    os.utime(path, (at, at))


def test_the_page_says_until_when_and_the_csv_what_is_gone(client: Client, shop: Tx) -> None:
    recent = file_of(shop, SPEAK_OF_HER)
    page = client.get(f"/loads/{_uid(shop, recent)}").content.decode()
    assert "2027/02/18まで残します" in page  # 90 days after 2026-11-20
    csv = client.get(f"/loads/{_uid(shop, recent)}/parked.csv").content.decode("utf-8-sig")
    assert "Sakura.I@Kaze.example" in csv

    shop.execute("UPDATE links_load SET finished_at = finished_at - interval '91 days'")
    parked.empty_old(shop, **BY)
    page = client.get(f"/loads/{_uid(shop, recent)}").content.decode()
    assert "行の中身は2026/11/20に消しました" in page
    csv = client.get(f"/loads/{_uid(shop, recent)}/parked.csv").content.decode("utf-8-sig")
    assert csv.count("残しておく日数を過ぎたため、2026/11/20に中身を消しました") == 7
    assert "kaze" not in csv.lower()


def test_a_load_that_stopped_goes_on_only_while_its_file_is_there(client: Client, shop: Tx) -> None:
    uid = _uid(shop, file_of(shop, (), state="failed"))
    assert "もう一度渡してください" in client.get(f"/loads/{uid}").content.decode()
    client.post(f"/loads/{uid}/again")
    assert shop.value("SELECT state FROM links_load") == "failed"
    taking.file_of(uid).write_bytes(b"x")
    assert "続きから再開する" in client.get(f"/loads/{uid}").content.decode()
    taking.forget_files(uid)


def test_every_reason_for_an_empty_row_has_its_words() -> None:
    assert set(load_words.EMPTIED) == {"erased", "kept_out"}


def test_what_the_database_refuses_is_told_without_the_row(shop: Tx) -> None:
    """Logs repeat the words of an error: they hold the constraint, not what somebody is called."""
    sql = (
        "INSERT INTO customers_suppression (channel, address_hash, cause, detail, since, actor)"
        " VALUES ('mail', '', 'no such cause', 'sakura.i@kaze.example', now(), '')"
    )
    with pytest.raises(DatabaseError) as caught, savepoint():
        shop.execute(sql)
    assert "customers_suppression" in str(caught.value)
    assert "sakura" not in str(caught.value) + str(caught.value.__cause__)


def test_a_load_keeps_no_key_when_it_has_ended(shop: Tx) -> None:
    load = file_of(shop, ())
    shop.execute("UPDATE links_load SET state = 'direct' WHERE id = %s", [load])
    found = queries.load(shop, _uid(shop, load))
    assert found is not None
    loading.finish(found, read=0, actor=ACTOR)
    assert shop.value("SELECT preview FROM links_load WHERE id = %s", [load]) == {}
