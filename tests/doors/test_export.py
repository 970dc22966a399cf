"""R-036: the company's data leave as open files, whole and unaltered, and without a single key."""

import csv
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from goen.behaviour.events import NewEvent, keep
from goen.doors.cli.export import export
from goen.kit import keys
from goen.kit.db import tx
from tests import world
from tests.conftest import FreshDatabase
from tests.marketing import posting

TEXT = 'お茶, "熱い"\r\n=1+1 \U0001f375'


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    """Sales, people who said yes, a measure, and an event with a difficult text."""
    with tx() as t:
        world.open_shop(t)
        world.stocked(t, "CHA-01", 50)
        world.sold(t, world.sale(("CHA-01", 1), member="G1040001"), world.sale(("CHA-01", 2)))
        posting.open_post(t)
        posting.willing(t, 3)
        posting.measure(t)
        seen = NewEvent("ec", "m-1", "search", world.NOW, visitor="v", text=TEXT, detail={"q": [1]})
        keep(t, [seen], actor=world.ACTOR, recorded_at=world.NOW)
        keys.issue(t, "till", keys.SCOPES, actor=world.ACTOR, recorded_at=world.NOW)
    return fresh_db


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_everything_leaves_row_for_row(shop: FreshDatabase, tmp_path: Path) -> None:
    done = CliRunner().invoke(export, [str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    out = tmp_path / "out"
    assert out.stat().st_mode & 0o777 == 0o700
    with shop.connect() as reading:
        for path in out.glob("*.csv"):
            found = reading.execute(f'SELECT count(*) FROM "{path.stem}"').fetchone()
            trail = path.stem == "kit_trail"  # how much was taken is noted afterwards
            assert len(rows(path)) == found[0] - trail, path.stem  # type: ignore[index]
    (event,) = rows(out / "behaviour_event.csv")
    assert (event["text"], event["detail"]) == (TEXT, '{"q": [1]}')
    assert event["occurred_at"] == "2026-11-20 03:00:00+00"
    assert len(rows(out / "orders_line.csv")) == 2
    assert {one["granted"] for one in rows(out / "customers_consent.csv")} == {"t"}
    assert rows(out / "marketing_measure.csv")
    named = set(re.findall(r"^### (\w+)$", (out / "data-dictionary.md").read_text(), re.MULTILINE))
    assert {path.stem for path in out.glob("*.csv")} <= named


def test_who_is_stopped_half_way_stands_in_the_trail(
    shop: FreshDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("goen.doors.cli.export._write", stopped)
    monkeypatch.setenv("USER", "sato")
    assert CliRunner().invoke(export, [str(tmp_path / "out")]).exit_code == 1
    told = "SELECT actor, verb, kind, subject FROM kit_trail WHERE kind = 'export'"
    with shop.connect() as reading:
        found = reading.execute(told).fetchall()
    assert found == [("system:sato", "begin", "export", str(tmp_path / "out"))]


def test_nothing_that_opens_a_door_leaves(shop: FreshDatabase, tmp_path: Path) -> None:
    assert CliRunner().invoke(export, [str(tmp_path / "out")]).exit_code == 0
    names = {path.stem for path in (tmp_path / "out").glob("*.csv")}
    assert not names & {"kit_key", "customers_session", "customers_signin", "customers_salt"}
    columns = {
        column
        for path in (tmp_path / "out").glob("*.csv")
        for column in path.read_text(encoding="utf-8").splitlines()[0].split(",")
    }
    assert not [one for one in columns if re.search("password|secret|token|hash|totp", one)]
    text = b"".join(path.read_bytes() for path in (tmp_path / "out").glob("*.csv"))
    with shop.connect() as reading:
        (secret,) = reading.execute("SELECT password FROM places_staff LIMIT 1").fetchone()  # type: ignore[misc]
    assert secret.encode() not in text


def test_a_folder_with_something_in_it_is_left_alone(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("")
    done = CliRunner().invoke(export, [str(tmp_path)])
    assert done.exit_code == 1
    assert "not empty" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
