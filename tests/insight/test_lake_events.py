"""Events and documents lie in the lake beside the lines: none missed, none twice."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import ibis
import pytest

from goen.behaviour.events import NewEvent, bind, keep
from goen.insight import base, lake
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.world import ACTOR, NOW

SEEN = NewEvent("ec", "m", "view", NOW - timedelta(hours=2), sku_id=7)


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t, live=False)
    return fresh_db


def told(*events: NewEvent) -> None:
    with tx() as t:
        keep(t, list(events), actor=ACTOR, recorded_at=NOW)


def published(folder: Path) -> lake.Manifest:
    with tx() as t:
        return lake.publish(t, folder, recorded_at=NOW)


def seen(folder: Path) -> list[tuple[int, int | None]]:
    """(event, person) of the published lake."""
    opened = base.open_lake(ibis.duckdb.connect(), folder)
    events = base.known_events(opened).order_by("event_id")
    return [(one["event_id"], one["person_id"]) for one in events.to_pyarrow().to_pylist()]


def person(key: str) -> int:
    sql = (
        "SELECT person_id FROM customers_personof JOIN customers_record ON id = record_id"
        " WHERE source_key = %s"
    )
    with tx() as t:
        return t.value(sql, [key])


def record(key: str) -> int:
    with tx() as t:
        return t.value("SELECT id FROM customers_record WHERE source_key = %s", [key])


def test_an_event_is_published_once_its_transaction_is_over(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    told(SEEN)
    with shop.connect() as other, other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        told(replace(SEEN, message_id="n"))
        published(tmp_path)
        assert len(seen(tmp_path)) == 1
    published(tmp_path)
    assert len(seen(tmp_path)) == 2
    assert published(tmp_path) == published(tmp_path)


def test_late_events_of_other_months_go_where_they_belong(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    for n in range(12):
        told(replace(SEEN, message_id=f"{n}", occurred_at=NOW - timedelta(days=9 * n)))
        after = published(tmp_path)
    assert sorted(after.beside["events"]) == ["2026-08", "2026-09", "2026-10", "2026-11"]
    assert len(seen(tmp_path)) == 12
    files = set(tmp_path.glob("events/*/*.parquet"))
    assert {Path(p) for p in after.paths_of("events", tmp_path)} <= files


def test_who_did_it_follows_the_device_and_stops_when_it_is_shared(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    me, you = record("M-001"), record("M-002")
    told(
        replace(SEEN, visitor="v"),
        replace(SEEN, message_id="n", visitor="v", record_id=me),
        replace(SEEN, message_id="o"),
    )
    published(tmp_path)
    assert [one[1] for one in seen(tmp_path)] == [person("M-001"), person("M-001"), None]
    with tx() as t:
        bind(t, ("ec", "v"), you, at=NOW)
    published(tmp_path)
    assert [one[1] for one in seen(tmp_path)] == [None, person("M-001"), None]


def test_a_lake_of_an_earlier_release_gets_what_it_lacks(
    shop: FreshDatabase, tmp_path: Path
) -> None:
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1), member="G1040001"))
    told(SEEN)
    whole = published(tmp_path)
    path = tmp_path / "manifest.json"
    before = json.loads(path.read_text())
    del before["beside"], before["marks"]
    path.write_text(json.dumps(before))
    again = published(tmp_path)
    assert (again.rows, again.watermark >= whole.watermark) == (whole.rows, True)
    assert len(seen(tmp_path)) == 1
    opened = base.open_lake(ibis.duckdb.connect(), tmp_path)
    assert opened.documents.count().to_pyarrow().as_py() == 1
    assert opened.lines.count().to_pyarrow().as_py() == 1


@pytest.mark.usefixtures("tx_db")
def test_views_of_events_name_no_text() -> None:
    """Neither what was typed nor a device's key leaves for the lake."""
    columns = Tx().rows(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'report_told_event'"
    )
    assert not {"text", "detail", "key", "origin", "message_id"} & {row[0] for row in columns}
