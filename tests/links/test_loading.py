"""A file in the books: every row accounted for, twice is once (R-127), nobody is nobody (R-008)."""

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from goen.kit import clock, home, ids, progress
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.links import loading, plans, queries, taking
from goen.links.plans import Plan
from goen.links.queries import LoadShown
from goen.places import staffing
from goen.places.staffing import Entry
from tests.conftest import FreshDatabase
from tests.links.files import TEA, Rows, delimited

ACTOR = Actor("staff", "owner")


def _taken(path: Path, **changed: Any) -> UUID:
    uid = ids.new_id()
    with tx() as t:
        plan = taking.take(t, uid, path, file_name=path.name, actor=ACTOR, recorded_at=clock.now())
        assert isinstance(plan, Plan), plan
        taking.choose(t, uid, plans.change(plan, margin=Decimal("0.3"), **changed))
    return uid


def _load(path: Path, **changed: Any) -> LoadShown:
    uid = _taken(path, **changed)
    with tx() as t:
        refusals = taking.start(t, uid, actor=ACTOR, recorded_at=clock.now())
    assert not refusals
    while loading.run_next(actor=ACTOR):
        pass
    return _shown(uid)


def _shown(uid: UUID) -> LoadShown:
    with tx() as t:
        load = queries.load(t, uid)
    assert load is not None
    return load


def _figures(load: LoadShown) -> tuple[str, int, int, int, int]:
    return load.state, load.read, load.loaded, load.repeated, load.parked


def _all(sql: str) -> list[tuple[Any, ...]]:
    with tx() as t:
        return t.rows(sql)


def test_every_row_is_accounted_for(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    load = _load(delimited(tmp_path / "x.csv", TEA))
    assert _figures(load) == ("done", 7, 5, 0, 2)
    assert _all("SELECT row_no, code, field FROM links_parkedrow ORDER BY 1") == [
        (7, "quantity_zero", "quantity"),
        (8, "date_unreadable", "date"),
    ]
    assert _all(
        "SELECT total_minor, history, price_tax FROM orders_order ORDER BY occurred_at"
    ) == [
        (1620, True, "unknown"),
        (540, True, "unknown"),
        (1620, True, "unknown"),
        (-540, True, "unknown"),
    ]
    assert _all("SELECT count(*) FROM ledger_move") == [(0,)]
    assert _all("SELECT rate FROM catalogue_margin") == [(Decimal("0.3000"),)]
    assert not list(taking.folder().iterdir())


def test_a_second_load_changes_nothing(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    path = delimited(tmp_path / "x.csv", TEA)
    _load(path)
    before = _everything()
    assert _figures(_load(path)) == ("done", 7, 0, 5, 2)
    assert _everything() == before


def _everything() -> list[list[tuple[Any, ...]]]:
    tables = (
        "SELECT * FROM orders_order", "SELECT * FROM orders_line",
        "SELECT id, source_key FROM customers_record", "SELECT * FROM customers_detail",
        "SELECT id, code, name, product_id FROM catalogue_sku",
        "SELECT id, code, name, category_id FROM catalogue_product",
        "SELECT * FROM places_place", "SELECT * FROM places_channel",
        "SELECT * FROM customers_person",
    )  # fmt: skip
    return [_all(f"{table} ORDER BY 1, 2") for table in tables]


def test_an_overlapping_export_adds_only_what_is_new(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    head, *body = TEA
    new = ["2026/11/06 10:00", "6", "渋谷", "A001", "T-1", "ほうじ茶", "1", "540"]
    _load(delimited(tmp_path / "x.csv", TEA))
    newest_first: Rows = [head, new, *reversed(body[2:5])]
    load = _load(delimited(tmp_path / "y.csv", newest_first, encoding="utf-8", delimiter="\t"))
    assert _figures(load) == ("done", 4, 1, 3, 0)


def test_a_receipt_that_changed_is_parked_and_the_first_one_stays(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    _load(delimited(tmp_path / "x.csv", TEA))
    changed = [*TEA[:1], ["2026/11/02 11:00", "2", "渋谷", "", "T-1", "ほうじ茶", "9", "4,860"]]
    load = _load(delimited(tmp_path / "y.csv", changed))
    assert _figures(load) == ("done", 1, 0, 0, 1)
    with tx() as t:
        assert [(row.code, row.field) for row in queries.parked(t, load.id)] == [
            ("receipt_changed", "receipt")
        ]


def test_nobody_stays_nobody_and_one_key_is_one_record(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    _load(delimited(tmp_path / "x.csv", TEA))
    assert _all("SELECT source_key FROM customers_record ORDER BY 1") == [("A001",), ("B-7",)]
    assert _all("SELECT count(*) FROM orders_order WHERE record_id IS NULL") == [(1,)]


def test_a_store_whose_name_says_so_is_another_channel(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    _load(delimited(tmp_path / "x.csv", TEA))
    assert _all("SELECT code, kind, goods_from FROM places_place ORDER BY 1") == [
        ("楽天市場店", "mall", None),
        ("渋谷", "store", None),
    ]
    assert _all("SELECT kind FROM places_channel ORDER BY 1") == [("mall",), ("store",)]


def test_a_place_that_went_live_stays_live(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    path = delimited(tmp_path / "x.csv", TEA)
    _load(path)
    with tx() as t:
        t.execute("UPDATE places_place SET goods_from = %s", [date(2026, 12, 1)])
    _load(path)
    assert _all("SELECT DISTINCT goods_from FROM places_place") == [(date(2026, 12, 1),)]


def test_who_works_here_keeps_login_name_and_role(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    head, *rows = TEA
    path = delimited(tmp_path / "x.csv", [[*head, "担当者"], *([*row, "1001"] for row in rows)])
    with tx() as t:
        entry = Entry({"ja": "花田 春"}, "hq")
        staffing.invite(t, "hanada", "1001", entry, actor=ACTOR, recorded_at=clock.now())
    _load(path)
    assert _all("SELECT login, code, name->>'ja', role FROM places_staff") == [
        ("hanada", "1001", "花田 春", "hq")
    ]


def test_tax_is_known_where_a_person_says_so(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    _load(delimited(tmp_path / "x.csv", TEA), price_tax="included", tax_class="reduced")
    assert _all("SELECT DISTINCT price_tax FROM orders_order") == [("included",)]
    assert _all("SELECT tax_class, rate_bp, net FROM orders_line WHERE amount_minor = 1080") == [
        ("reduced", 800, Decimal("1000.0000"))
    ]


def test_the_same_file_under_other_columns_is_refused(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    path = delimited(tmp_path / "x.csv", TEA)
    _load(path)
    columns = {
        "date": "売上日時", "product_name": "品名", "quantity": "数", "amount": "売上金額",
    }  # fmt: skip
    uid = _taken(path, columns=columns)
    with tx() as t:
        refusals = taking.start(t, uid, actor=ACTOR, recorded_at=clock.now())
    assert [one.code for one in refusals] == ["loaded_otherwise"]


_COSTS = """
SELECT l.cost FROM orders_line l JOIN orders_order o ON o.id = l.order_id ORDER BY o.occurred_at
"""


def test_costs_hold_from_the_start_and_change_with_the_day(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    rows = [
        ["日付", "品名", "数量", "金額", "原価"],
        ["2026/11/01", "茶", "1", "540", ""],
        ["2026/11/02", "茶", "1", "540", "300"],
        ["2026/11/03", "茶", "1", "540", "300"],
        ["2026/11/04", "茶", "2", "1080", "320"],
    ]
    _load(delimited(tmp_path / "x.csv", rows))
    assert [cost for (cost,) in _all(_COSTS)] == [
        Decimal("300.0000"),
        Decimal("300.0000"),
        Decimal("300.0000"),
        Decimal("640.0000"),
    ]


def test_a_big_file_is_counted_and_loaded_by_the_worker(
    fresh_db: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BATCH", 2)
    monkeypatch.setattr(loading, "SLICE_S", 0.0)
    uid = _taken(delimited(tmp_path / "x.csv", TEA))
    with tx() as t:
        taking.count_later(t, uid)
    assert loading.run_next(actor=ACTOR)
    assert _shown(uid).state == "previewed"
    assert _shown(uid).preview["receipts"] == 4
    with tx() as t:
        assert not taking.start(t, uid, actor=ACTOR, recorded_at=clock.now())
    assert loading.run_next(actor=ACTOR)
    assert _shown(uid).position == 2
    with tx() as t:
        work = progress.one(t, f"load:{uid}")
    assert work is not None
    assert (work.done, work.total, work.finished_at) == (2, 4, None)
    assert loading.run_next(actor=ACTOR)
    assert _figures(_shown(uid)) == ("done", 7, 5, 0, 2)
    assert not loading.run_next(actor=ACTOR)


def test_a_killed_load_goes_on_where_it_stopped(
    fresh_db: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "BATCH", 2)
    monkeypatch.setattr(loading, "SLICE_S", 0.0)
    uid = _taken(delimited(tmp_path / "x.csv", TEA))
    with tx() as t:
        taking.start(t, uid, actor=ACTOR, recorded_at=clock.now())
    loading.run_next(actor=ACTOR)
    with monkeypatch.context() as broken:
        broken.setattr(loading, "park", _killed)
        with pytest.raises(KeyboardInterrupt):
            loading.run_next(actor=ACTOR)
    assert _shown(uid).position == 2  # the batch that died left nothing behind
    assert _all("SELECT count(*) FROM orders_order") == [(2,)]
    loading.run_next(actor=ACTOR)
    assert _figures(_shown(uid)) == ("done", 7, 5, 0, 2)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_load_that_keeps_failing_stops_and_says_so(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    uid = _taken(delimited(tmp_path / "x.csv", TEA))
    with tx() as t:
        taking.start(t, uid, actor=ACTOR, recorded_at=clock.now())
    taking.file_of(uid).unlink()
    for _ in range(loading.MOST_ATTEMPTS + 1):
        assert loading.run_next(actor=ACTOR)
    assert _shown(uid).state == "failed"
    assert "FileNotFoundError" in _shown(uid).error
    assert not loading.run_next(actor=ACTOR)


@pytest.mark.slow
def test_the_command_makes_the_shop_and_says_where_every_row_went(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    name = fresh_db.shop + "x"
    path = delimited(tmp_path / "x.csv", TEA)
    goen = [sys.executable, "-m", "goen.doors.cli.main", "--shop", name, "load", "sales", str(path)]
    environment = {**fresh_db.environment(), "GOEN_SHOP": name, "LANG": "C"}

    def run(*more: str, answer: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*goen, *more],
            env=environment,
            input=answer,
            capture_output=True,
            text=True,
            check=False,
        )

    assert run("--margin", "30", answer="n\n").returncode == 1
    assert name not in {shop.name for shop in home.shops()}
    assert run().returncode == 2  # no margin was given and there is no cost
    first = run("--margin", "30", "--yes")
    assert "read 7 = loaded 5 + repeated 0 + parked 2" in first.stdout, first
    second = run("--margin", "30", "--yes", "--json")
    assert '"loaded": 0, "repeated": 5, "parked": 2' in second.stdout, second
    assert home.shop(name).kind == "own"


def test_counts_of_columns_that_were_changed_meanwhile_are_thrown_away(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    uid = _taken(delimited(tmp_path / "x.csv", TEA))
    before = _shown(uid)
    with tx() as t:
        plan = plans.from_json(before.mapping)
        taking.choose(t, uid, plans.change(plan, nobody=("A001",)))
    taking.count(before)
    assert (_shown(uid).state, _shown(uid).preview) == ("received", {})
    assert not taking.shelf_of(uid).exists()
    taking.count(_shown(uid))
    assert _shown(uid).preview["people"] == 1


def test_a_file_nobody_came_back_to_is_thrown_away(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    uid = _taken(delimited(tmp_path / "x.csv", TEA))
    kept = taking.FORGOTTEN_DAYS
    for days, state in ((kept - 1, "received"), (kept + 1, "discarded")):
        with tx() as t:
            taking.discard_forgotten(t, recorded_at=clock.now() + timedelta(days=days))
        assert _shown(uid).state == state
    assert not taking.file_of(uid).exists()
