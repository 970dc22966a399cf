"""R-036: what was kept goes into a folder and comes back the same, in another database."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from django.db import connection, connections

from goen.behaviour.events import NewEvent, keep
from goen.customers import queries as customers
from goen.doors.cli.audit import audited
from goen.doors.cli.backup import backup
from goen.doors.cli.restore import restore
from goen.insight import analyst, lake, parts, queries
from goen.insight.questions import Question, WhoBoughtQuestion
from goen.kit import backups, databases, home, mailbox, outbox, postgres, replacing, settings
from goen.kit.db import tx
from goen.links import subscribing
from goen.orders.order import Placed
from goen.orders.placing import place
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import posting
from tests.orders import placed
from tests.points import wallet

TWIN = "twin"
CHANGED = {"kit_trail", "kit_setting", "links_subscriber", "django_migrations"}
"""Tables of a copy that say it was restored and writes to nobody."""


@pytest.fixture
def shop(fresh_db: FreshDatabase, monkeypatch: pytest.MonkeyPatch) -> FreshDatabase:
    """A shop that sold, ships, keeps points and promises, wrote mail, and was understood."""
    monkeypatch.setattr(parts, "STANDING", ())
    by = {"actor": world.ACTOR, "recorded_at": world.NOW}
    with tx() as t:
        world.open_shop(t)
        wallet.programme(t)
        for item in ("KASHI-01", "CHA-01", "NUNO-01", "UTSUWA-01"):
            world.stocked(t, item, 200)
        for key, *_, card in world.PEOPLE[:4]:
            wallet.given(t, 50 + len(card), key)
        sales = [
            world.sale((item, qty), member=card, at=world.NOW - timedelta(days=20 * n + 1))
            for n, (*_, card) in enumerate(world.PEOPLE[:5], start=1)
            for item, qty in (("KASHI-01", n), ("CHA-01", 1), ("NUNO-01", 2))
        ]
        assert all(hasattr(one, "repeated") for one in world.sold(t, *sales))
        for goods in (("UTSUWA-01", 2), ("CHA-01", 3)):
            assert isinstance(place(t, [placed.order(goods)], **by)[0], Placed)
        seen = NewEvent(
            "ec", "m", "view", world.NOW, visitor="v", text="茶 =1+1", detail={"a": [1]}
        )
        keep(t, [replace(seen, message_id=f"m-{n}") for n in range(40)], **by)
    with tx() as t:
        posting.open_post(t)
        uid = posting.measure(t, coupon="back")
        people = posting.persons(t, posting.willing(t, 8))
        posting.scheduled(t, uid, posting.frozen(t, uid, people))
        settings.write(t, "mail.host", "smtp.shop.example", **by)
        subscribing.subscribe(t, "https://other.example/hook", ["SaleBooked"], **by)
    letters = mailbox.Store(fresh_db.shop)
    letters.keep(sender="shop@goen.example", recipients=["a@b.example"], raw=LETTER, at=world.NOW)
    letters.close()
    _understand(fresh_db.shop)
    return fresh_db


LETTER = b"Subject: Tea\r\n\r\nIt is here."


@pytest.fixture(autouse=True)
def _no_twin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a restored copy leaves behind."""
    yield
    databases.drop(postgres.database_name(TWIN))
    shutil.rmtree(home.home() / "shops" / TWIN, ignore_errors=True)
    for folder in ("aside", "restoring"):
        shutil.rmtree(home.home() / folder, ignore_errors=True)


def _understand(name: str, question: Question | None = None) -> None:
    folder = lake.folder_of(name)
    with analyst.only_one(folder):
        one = analyst.Analyst(folder)
        analyst.work_once(one)
        if question is not None:
            one.answer(question, recorded_at=world.NOW)


def run(command: Any, *arguments: object, shop: str = "") -> Result:
    before = os.environ.get("GOEN_SHOP")
    if shop:
        os.environ["GOEN_SHOP"] = shop
    try:
        return CliRunner().invoke(command, [str(one) for one in arguments], env={"LC_ALL": "C"})
    finally:
        os.environ["GOEN_SHOP"] = str(before)


def taken(into: Path) -> Path:
    done = run(backup, into)
    assert done.exit_code == 0, done.output
    (found,) = backups.complete(into, home.current_shop_name())
    return found


@contextmanager
def standing_in(name: str) -> Iterator[None]:
    """Django and the current shop are this one until the block ends."""
    before, shop = connection.settings_dict["NAME"], os.environ["GOEN_SHOP"]

    def point_at(database: str, current: str) -> None:
        connections.close_all()
        connection.close_pool()
        connection.settings_dict["NAME"] = database
        os.environ["GOEN_SHOP"] = current

    point_at(postgres.database_name(name), name)
    try:
        yield
    finally:
        point_at(before, shop)


def rows_of(name: str) -> dict[str, str]:
    """A digest of every table's every row, by table."""
    found = {}
    with psycopg.connect(postgres.database_conninfo(name)) as reading:
        for table in databases.counted(reading):
            asked = reading.execute(
                psycopg.sql.SQL(
                    "SELECT count(*) || ':' || coalesce(md5(string_agg(one, '' ORDER BY one)), '')"
                    " FROM (SELECT md5(t::text) AS one FROM {} t) rows"
                ).format(psycopg.sql.Identifier(table))
            )
            found[table] = asked.fetchone()[0]  # type: ignore[index]
    return found


def lake_of(name: str) -> list[tuple[object, ...]]:
    folder = lake.folder_of(name)
    published = lake.manifest(folder)
    tables = [pq.read_table(path) for path in published.paths(folder)]
    rows = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    people = pq.read_table(folder / "person_of.parquet").to_pylist()
    return sorted(rows, key=str) + sorted((tuple(row.values()) for row in people), key=str)


def told(name: str) -> dict[str, object]:
    """What insight answers of a shop, computed anew; and its people as they are shown."""
    with standing_in(name):
        folder = lake.folder_of(name)
        lake.ask_to_rebuild(folder)
        with tx() as t:
            tea = int(t.value("SELECT id FROM catalogue_sku WHERE code = 'CHA-01'"))
        question = WhoBoughtQuestion(sku_id=tea, window="all")
        _understand(name, question)
        with tx() as t:
            value, products = queries.ltv(t), queries.products(t, window="all")
            who = queries.stored_who_bought(t, question)
            people = [row[0] for row in t.rows("SELECT id FROM customers_person ORDER BY id")]
            whole = [customers.whole(t, one, viewer=world.VIEWER) for one in people]
            figures = t.rows("SELECT * FROM insight_personfigure ORDER BY 1")
        assert value is not None
        assert products is not None
        assert who is not None
        assert who.buyers == 5
        return {
            "value": replace(value, as_of=world.NOW),
            "products": replace(products, as_of=world.NOW),
            "who": replace(who, as_of=world.NOW),
            "people": whole,
            "figures": figures,
        }


def test_a_shop_comes_back_the_same_in_another_database(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    folder = taken(tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o777 == 0o700
    before = rows_of(shop.shop)
    done = run(restore, folder, shop=TWIN)
    assert done.exit_code == 0, done.output
    after = rows_of(TWIN)
    assert {name for name in before if before[name] != after[name]} <= CHANGED
    assert {"orders_slip", "points_lot", "customers_consent", "marketing_measure"} <= before.keys()
    assert lake_of(TWIN) == lake_of(shop.shop)
    assert told(TWIN) == told(shop.shop)
    with standing_in(TWIN), tx() as t:
        assert audited(t)["ok"]
        assert settings.read(t, "mail.host") == ""  # a copy writes to nobody
        assert subscribing.subscribers(t) == []
    assert (home.home() / "shops" / TWIN / "mail" / "mailbox.sqlite3").is_file()
    letters = mailbox.Store(TWIN)
    assert [line.subject for line in letters.find()] == ["Tea"]
    letters.close()
    assert home.shop(TWIN).port != home.shop(shop.shop).port
    assert home.shop(TWIN).title["en"] == "Trial (copy)"
    _trade_goes_on(TWIN)


def _trade_goes_on(name: str) -> None:
    """What happens after the restore is seen by the lake, the relay and the audit."""
    told_now: list[str] = []
    with standing_in(name):
        outbox.relay("trial", lambda _, notice: told_now.append(notice.kind))
        told_now.clear()
        with tx() as t:
            (answer,) = world.sold(t, world.sale(("CHA-01", 1), member="G1040001"))
            assert hasattr(answer, "repeated"), answer
        rows = lake.manifest(lake.folder_of(name)).rows
        _understand(name)
        assert lake.manifest(lake.folder_of(name)).rows == rows + 1
        outbox.relay("trial", lambda _, notice: told_now.append(notice.kind))
        assert "SaleBooked" in told_now
        with tx() as t:
            assert audited(t)["ok"]


def test_a_backup_is_taken_while_the_shop_sells(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    """A sale in between is in all of it or in none: the copy's own books add up."""
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "CHA-01", 1_000)
    stop, sold = threading.Event(), []

    def sell() -> None:
        while not stop.is_set():
            with tx() as t:
                sold.extend(world.sold(t, world.sale(("CHA-01", 1))))
        connection.close()

    selling = threading.Thread(target=sell)
    selling.start()
    try:
        while len(sold) < 10:
            time.sleep(0.01)
        least = len(sold)
        folder = taken(tmp_path)
        most = len(sold) + 1
    finally:
        stop.set()
        selling.join()
    manifest = backups.read(folder)
    assert least <= manifest.tables["orders_order"] <= most
    assert manifest.tables["orders_order"] == manifest.tables["orders_line"]
    done = run(restore, folder, shop=TWIN)  # refuses other counts than the manifest's, and audits
    assert done.exit_code == 0, done.output


def test_only_the_newest_are_kept(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    other = tmp_path / f"{fresh_db.shop}-20260101T000000Z"
    shutil.copytree(taken(tmp_path), other)
    (tmp_path / "something-else").mkdir()
    done = run(backup, tmp_path, "--keep", 1)
    assert done.exit_code == 0, done.output
    assert not other.exists()
    assert (tmp_path / "something-else").is_dir()
    assert len(backups.complete(tmp_path, fresh_db.shop)) == 1


def test_what_was_damaged_is_named_and_nothing_happens(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    folder = taken(tmp_path)

    def refused(*say: str) -> None:
        done = run(restore, folder, shop=TWIN)
        assert done.exit_code == 1, done.output
        assert all(one in done.output for one in say), done.output
        assert not databases.exists(postgres.database_name(TWIN))
        assert not (home.home() / "shops" / TWIN / "shop.json").exists()

    dump = folder / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refused("database.dump", "not as it was written")
    dump.write_bytes(whole[: len(whole) // 2])
    refused("database.dump", "not as it was written")
    dump.unlink()
    refused("database.dump", "missing")
    dump.write_bytes(whole)
    written = json.loads((folder / "manifest.json").read_text())
    for change, say in (
        ({"migrations": [*written["migrations"], "orders.9999_later"]}, "newer version"),
        ({"format": 2, "version": "9.0"}, "newer version (9.0)"),
        ({"postgres": 99}, "PostgreSQL 99"),
        ({"tables": {**written["tables"], "orders_order": 7}}, "7 told, 0 found"),
        ({"files": {}}, "manifest.json"),
        ({"files": {**written["files"], "../../x": [1, ""]}}, "manifest.json"),
    ):
        (folder / "manifest.json").write_text(json.dumps(written | change))
        refused(say)
    for nonsense in ("[", "[1]", '{"format": "one"}'):
        (folder / "manifest.json").write_text(nonsense)
        refused("manifest.json", "not as it was written")
    (folder / "manifest.json").unlink()
    refused("is no backup")


def test_a_place_that_cannot_be_written_is_said(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(backup, tmp_path / "file" / "below")
    assert done.exit_code != 0
    assert "Traceback" not in done.output


def test_a_server_that_goes_away_meanwhile_is_said(
    fresh_db: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_: object) -> None:
        raise psycopg.OperationalError("the server closed the connection")

    monkeypatch.setattr(databases, "counted", gone)
    done = run(backup, tmp_path)
    assert "Error: The database's program said:\nthe server closed" in done.output
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_before_anything_is_written(
    fresh_db: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = taken(tmp_path / "before")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000))
    done = run(backup, tmp_path / "full")
    assert done.exit_code == 1
    assert "too little room (1.0 KB free" in done.output
    assert list((tmp_path / "full").iterdir()) == []
    done = run(restore, folder, shop=TWIN)
    assert done.exit_code == 1
    assert "too little room (1.0 KB free" in done.output
    assert not databases.exists(postgres.database_name(TWIN))


def test_a_shop_with_data_gives_way_only_when_told_and_is_kept(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    with tx() as t:
        world.open_shop(t)
    folder = taken(tmp_path)
    assert run(restore, folder, shop=TWIN).exit_code == 0
    with standing_in(TWIN), tx() as t:
        world.stocked(t, "CHA-01", 5)
    kept = rows_of(TWIN)
    refused = run(restore, folder, shop=TWIN)
    assert refused.exit_code == 1
    assert "--force" in refused.output
    assert rows_of(TWIN) == kept
    port = home.shop(TWIN).port
    done = run(restore, folder, "--force", shop=TWIN)
    assert done.exit_code == 0, done.output
    assert rows_of(TWIN) != kept
    assert home.shop(TWIN).port == port
    (aside,) = (home.home() / "aside").iterdir()
    said = next(line for line in done.output.splitlines() if str(aside) in line)
    old = said.split(": ")[1].split(",")[0]
    try:
        with psycopg.connect(databases.conninfo_of(old)) as reading:
            assert databases.counted(reading)["ledger_move"] == 1
    finally:
        databases.drop(old)


@pytest.mark.parametrize("where", ["folder", "databases"])
def test_interrupted_while_it_takes_its_place_either_shop_is_whole(
    fresh_db: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """As if killed: nothing more of the command runs, and the next one finds the note."""
    with tx() as t:
        world.open_shop(t)
    folder = taken(tmp_path)
    assert run(restore, folder, shop=TWIN).exit_code == 0
    with standing_in(TWIN), tx() as t:
        world.stocked(t, "CHA-01", 5)
    rename, settle, drop = databases.rename, replacing.settle, databases.drop

    class Killed(BaseException):
        pass

    def killed(*pairs: tuple[str, str]) -> None:
        if where == "databases":
            rename(*pairs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(databases, "rename", killed)
        patched.setattr(replacing, "settle", lambda _: None)
        patched.setattr(databases, "drop", lambda name: None if "restoring" in name else drop(name))
        with pytest.raises(Killed):
            CliRunner().invoke(restore, [str(folder), "--force"], env={"GOEN_SHOP": TWIN})
    settle(TWIN)
    with psycopg.connect(postgres.database_conninfo(TWIN)) as reading:
        moves = databases.counted(reading)["ledger_move"]
    assert moves == (1 if where == "folder" else 0)
    assert home.shop(TWIN).name == TWIN
    databases.drop(postgres.database_name(TWIN) + ".restoring")


def test_who_settles_waits_for_who_is_restoring(fresh_db: FreshDatabase) -> None:
    """Else `goen up` puts a shop's old folder back while its database is just changing."""
    note = replacing.drafts() / f"{TWIN}.json"
    change = replacing.Change(TWIN, postgres.database_name(TWIN), "none", "", "", "")
    with replacing.alone():
        home.write_json(note, asdict(change))
        waiting = threading.Thread(target=replacing.settle_all)
        waiting.start()
        waiting.join(0.5)
        assert note.is_file()
    waiting.join(20)
    assert not note.is_file()


def test_a_shop_that_is_called_like_what_is_made_ready_is_left_alone(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    folder = taken(tmp_path)
    other = postgres.database_name(f"{TWIN}-restoring")
    databases.create(other)
    try:
        assert run(restore, folder, shop=TWIN).exit_code == 0
        assert databases.exists(other)
    finally:
        databases.drop(other)


def test_a_load_that_goes_on_meanwhile_goes_on_in_the_copy(
    fresh_db: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What says that months are in was written after the database was: they are not in it."""
    shop, dump = home.shop_dir(fresh_db.shop), databases.dump
    (shop / "months.json").write_text('["2026-01-01"]')
    (shop / "mail").mkdir(exist_ok=True)

    def meanwhile(*given: Any, **more: Any) -> None:
        dump(*given, **more)
        (shop / "months.json").write_text('["2026-01-01", "2025-12-01"]')
        (shop / "loaded").touch()
        (shop / "mail" / "handed-in").write_text("while the database was read")

    monkeypatch.setattr(databases, "dump", meanwhile)
    kept = taken(tmp_path) / backups.SHOP
    assert json.loads((kept / "months.json").read_text()) == ["2026-01-01"]
    assert not (kept / "loaded").exists()
    assert (kept / "mail" / "handed-in").is_file()


def test_a_server_that_counted_less_far_is_counted_up(fresh_db: FreshDatabase) -> None:
    """Else what was written elsewhere would be of the future, and never read."""
    now = databases.transactions()
    assert databases.count_up_to(now) == 0
    assert databases.count_up_to(now + 250_000) >= 250_000
    assert databases.transactions() >= now + 250_000


def test_a_shop_seals_with_the_secret_it_came_with(
    fresh_db: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Addresses on paper and in mails that went out go on to work on another machine."""
    folder = taken(tmp_path)
    theirs = home.secret_key()
    (home.home() / "secret").write_text("another installation's")
    try:
        assert run(restore, folder, shop=TWIN).exit_code == 0
        monkeypatch.setenv("GOEN_SHOP", TWIN)
        assert home.secret_key() == theirs
        assert home.own_secret(TWIN).stat().st_mode & 0o777 == 0o600
    finally:
        (home.home() / "secret").write_text(theirs)
