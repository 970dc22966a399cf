"""The lake holds every settled line once, whatever was open, killed or merged meanwhile."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq
import pytest
from django.db import connection, transaction

from goen.catalogue import masters as catalogue
from goen.catalogue.masters import NewSku
from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.insight import analyst, lake, queries
from goen.insight.analyst import Analyst
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.orders.sale import Sale
from tests import world
from tests.conftest import FreshDatabase

T = TypeVar("T")


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    with tx() as t:
        world.open_shop(t, live=False)
    return Tx()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def publish(folder: Path) -> lake.Manifest:
    with tx() as t:
        return lake.publish(t, folder, recorded_at=clock.now())


def beside(work: Callable[[], T]) -> T:
    """Run on another connection, while this one's transaction is open."""

    def run() -> T:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=60)


def sell(*sales: Sale) -> None:
    with tx() as t:
        answers = world.sold(t, *sales)
    assert all(hasattr(a, "repeated") for a in answers), answers


def register(*new: NewRecord) -> None:
    with tx() as t:
        records.register(t, new, actor=world.ACTOR, recorded_at=world.NOW)


def mailed(source: str, key: str) -> NewRecord:
    proof = (NewCredential("mail", "one@kaze.example", verified=True),)
    return NewRecord(source, key, credentials=proof)


def lines(folder: Path) -> list[tuple[object, ...]]:
    """Every line of the lake as its manifest says."""
    found = [
        tuple(row.values())
        for path in lake.manifest(folder).paths(folder)
        for row in pq.read_table(path).to_pylist()
    ]
    return sorted(found, key=lambda row: row[:2])


def booked(t: Tx) -> list[tuple[object, ...]]:
    """Every line of the database."""
    return t.rows(f"SELECT {', '.join(lake.LINES.names)} FROM report_sale_line ORDER BY 1, 2")


def persons(folder: Path) -> list[tuple[object, ...]]:
    table = pq.read_table(folder / "person_of.parquet")
    return sorted(tuple(row.values()) for row in table.to_pylist())


def known(t: Tx) -> list[tuple[object, ...]]:
    return t.rows("SELECT record_id, person_id, unit FROM report_person_of ORDER BY 1")


def some_sales(count: int, *, seed: int = 1, days: int = 100) -> list[Sale]:
    rng = random.Random(seed)
    return [
        world.sale(
            *[(rng.choice(world.GOODS)[0], rng.randint(1, 3)) for _ in range(rng.randint(1, 3))],
            member=rng.choice([*[p[5] for p in world.PEOPLE], None]),
            at=world.NOW - timedelta(hours=rng.randint(1, 24 * days)),
        )
        for _ in range(count)
    ]


def figures(t: Tx, folder: Path) -> Any:
    """What the console would show, without the moment it was computed."""
    analyst.work_once(Analyst(folder))
    rows = 'SELECT * FROM insight_skufigure ORDER BY "window", sku_id'
    people = "SELECT * FROM insight_personfigure ORDER BY person_id"
    value = "SELECT value FROM insight_result WHERE metric = 'ltv'"
    return rounded(([r[1:] for r in t.rows(rows)], t.rows(people), t.value(value)))


def rounded(value: Any) -> Any:
    """Without the last digits of floats, which depend on the order of a sum."""
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list | tuple) else value


def test_publishing_twice_gives_the_same_rows(shop: Tx, folder: Path) -> None:
    sell(*some_sales(30))
    first = publish(folder)
    assert lines(folder) == booked(shop)
    assert persons(folder) == known(shop)
    assert first.rows == len(booked(shop))
    second = publish(folder)
    assert (second.rows, second.files) == (first.rows, first.files)
    assert lines(folder) == booked(shop)


def test_what_was_open_while_publishing_comes_with_the_next_one(shop: Tx, folder: Path) -> None:
    """Ids commit out of order: nothing is read above the oldest transaction still running."""
    early, late, later = some_sales(3)
    with transaction.atomic():
        world.sold(Tx(), early)
        beside(lambda: sell(late))
        beside(lambda: publish(folder))
        assert lines(folder) == []
    beside(lambda: sell(later))
    publish(folder)
    assert lines(folder) == booked(shop)
    assert len({row[0] for row in lines(folder)}) == 3


def test_what_was_rolled_back_never_comes(shop: Tx, folder: Path) -> None:
    with transaction.atomic():
        world.sold(Tx(), *some_sales(2))
        transaction.set_rollback(True)
    sell(*some_sales(1, seed=2))
    publish(folder)
    assert lines(folder) == booked(shop) != []


def test_a_merge_open_while_publishing_is_not_lost(shop: Tx, folder: Path) -> None:
    """Who is who is read again as long as an older transaction may still change it."""
    register(mailed("pos", "P-1"))
    with transaction.atomic():
        records.register(Tx(), [mailed("ec", "E-1")], actor=world.ACTOR, recorded_at=world.NOW)
        beside(lambda: world_moves_on(folder))
    publish(folder)
    assert persons(folder) == known(shop)


def world_moves_on(folder: Path) -> None:
    """Somebody younger is put into who-is-who, and it is published."""
    with tx() as t:
        t.execute("UPDATE customers_personof SET xid = pg_current_xact_id() WHERE record_id = "
                  "(SELECT id FROM customers_record WHERE source_key = 'M-001')")  # fmt: skip
    publish(folder)


def test_a_rebuild_gives_the_same_rows_and_figures(shop: Tx, folder: Path) -> None:
    for seed in range(3):
        sell(*some_sales(20, seed=seed))
        publish(folder)
    before = figures(shop, folder)
    assert before[0]
    with tx() as t:
        lake.rebuild(t, folder, recorded_at=clock.now())
    assert lines(folder) == booked(shop)
    assert figures(shop, folder) == before


def test_the_same_sales_in_another_order_give_the_same_figures(shop: Tx, folder: Path) -> None:
    """Figures depend on what happened, not on when it was told."""
    sales = some_sales(60)
    for n in range(0, 60, 20):
        sell(*sales[n : n + 20])
        publish(folder)
    first = figures(shop, folder)
    with tx() as t:
        t.execute("TRUNCATE orders_order, orders_line, orders_tax, payments_tender CASCADE")
        lake.rebuild(t, folder, recorded_at=clock.now())
    random.Random(9).shuffle(sales)
    for n in range(0, 60, 12):
        sell(*sales[n : n + 12])
        publish(folder)
    assert figures(shop, folder) == first


def test_many_small_files_become_one_and_keep_their_rows(shop: Tx, folder: Path) -> None:
    most = 0
    for seed in range(12):
        sell(*some_sales(2, seed=seed, days=5))
        most = max(most, *(len(names) for names in publish(folder).files.values()))
    assert most <= lake.PARTS_AT_MOST
    assert any("whole-" in name for n in lake.manifest(folder).files.values() for name in n)
    assert lines(folder) == booked(shop)
    assert lake.manifest(folder).rows == len(lines(folder))


def test_a_merge_changes_buyers_and_touches_no_line_file(shop: Tx, folder: Path) -> None:
    register(mailed("pos", "M-001"))
    sell(*[world.sale(("KASHI-01", 1), member=f"G104000{n}") for n in (1, 2)])
    publish(folder)
    figures(shop, folder)
    files = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.glob("lines/*/*")}
    assert queries.products(shop, window="all").rows[0].buyers == 2
    register(mailed("pos", "M-002"))
    figures(shop, folder)
    assert queries.products(shop, window="all").rows[0].buyers == 1
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.glob("lines/*/*")} == files


def test_the_lake_holds_no_personal_data(shop: Tx, folder: Path) -> None:
    sell(*some_sales(20))
    publish(folder)
    texts = {
        value
        for path in folder.rglob("*.parquet")
        for row in pq.read_table(path).to_pylist()
        for value in row.values()
        if isinstance(value, str)
    }
    assert texts == {"JPY", "person"}


def test_a_torn_publication_is_not_seen(
    shop: Tx, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the manifest is replaced: the old state stands, the next one is whole."""
    sell(*some_sales(10))
    publish(folder)
    before = lines(folder)
    sell(*some_sales(10, seed=2))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lake.home, "write_json", killed)
        with pytest.raises(KeyboardInterrupt):
            publish(folder)
    assert lines(folder) == before
    publish(folder)
    assert lines(folder) == booked(shop)


def test_goods_are_rewritten_when_they_changed_and_only_then(shop: Tx, folder: Path) -> None:
    """A second load of the same goods costs the lake nothing; a new SKU is never missed."""
    publish(folder)
    before = lake.manifest(folder)
    with tx() as t:
        world.open_catalogue(t)
    assert publish(folder) == before
    with tx() as t:
        new = NewSku("KASHI-01-BOX", {"ja": "箱", "en": "Box"}, product_code="KASHI-01")
        by = {"actor": world.ACTOR, "recorded_at": world.NOW}
        catalogue.put_skus(t, [new], price_list="retail", **by)
    publish(folder)
    skus = pq.read_table(folder / "sku.parquet")["sku_id"].to_pylist()
    assert len(skus) == len(world.GOODS) + 1
