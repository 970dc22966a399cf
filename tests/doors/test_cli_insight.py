"""`goen insight`: the console's figures on the command line, for people and as JSON."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click
import pytest
from click.testing import CliRunner, Result

from goen.doors.cli.insight import insight
from goen.insight import analyst, lake
from goen.kit import clock
from goen.kit.db import tx
from tests import world
from tests.conftest import FreshDatabase

RunInsight = Callable[..., Result]


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    """Ten units to one, two to another, one to nobody known; long ago one in the other store."""
    with tx() as t:
        world.open_shop(t, live=False)
        long_ago = world.NOW - timedelta(days=90)
        world.sold(
            t,
            world.sale(("KASHI-01", 10), member="G1040001"),
            world.sale(("KASHI-01", 2), member="G1040002"),
            world.sale(("KASHI-01", 1)),
            world.sale(("KASHI-01", 5), member="G1040002", place="kichijoji", at=long_ago),
        )
    return fresh_db


def run(*arguments: str) -> Result:
    return CliRunner().invoke(insight, arguments)


def found(*arguments: str) -> dict[str, object]:
    result = run("who-bought", "KASHI-01", "--json", *arguments)
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_who_bought_it_in_the_last_four_weeks(shop: FreshDatabase) -> None:
    value = found()
    assert value["period"] == {"first_on": "2026-10-24", "last_on": "2026-11-20"}
    assert (value["units"], value["buyers"], value["anonymous_units"]) == (13, 2, 1)
    assert (value["top1_units"], value["units_without_top"]) == (10, 3)
    assert value["top1_share"] == pytest.approx(10 / 13)
    assert value["identified_share"] == pytest.approx(12 / 13)
    assert value["flagged"] is True
    assert [buyer["units"] for buyer in value["top"]] == [10, 2]
    assert value["as_of"]


@pytest.mark.parametrize(
    ("options", "units", "buyers"),
    [
        (["--from", "2026-01-01"], 18, 2),
        (["--to", "2026-10-01"], 5, 1),
        (["--from", "2026-01-01", "--place", "kichijoji"], 5, 1),
        (["--place", "kichijoji"], 0, 0),
        (["--from", "2026-11-20", "--to", "2026-11-20", "--place", "shibuya"], 13, 2),
    ],
)
def test_a_period_and_a_place_narrow_it(
    shop: FreshDatabase, options: list[str], units: int, buyers: int
) -> None:
    value = found(*options)
    assert (value["units"], value["buyers"]) == (units, buyers)


def test_a_period_without_an_end_ends_today_where_the_shop_is(
    shop: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Tokyo it is tomorrow already while UTC sleeps: this morning's sales count."""
    early = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: early)
    with tx() as t:
        sale = world.sale(("KASHI-01", 7), at=early - timedelta(hours=1))
        world.sell(t, [sale], actor=world.ACTOR, recorded_at=early)
    value = found("--from", "2026-11-21")
    assert value["period"]["last_on"] == "2026-11-21"
    assert value["units"] == 7


def test_people_read_it_in_lines(shop: FreshDatabase) -> None:
    said = run("who-bought", "KASHI-01").output
    assert "units 13 in 3 receipts, 92.3% identified" in said
    assert "top buyer 10 (76.9%); without them 3" in said
    assert "rests on one person: yes" in said


def test_what_people_are_worth(shop: FreshDatabase) -> None:
    result = run("ltv", "--json")
    value = json.loads(result.output)
    assert (value["people"], value["receipts"], value["identified_receipts"]) == (2, 4, 3)
    assert value["mean_minor"] == pytest.approx(17 * 60 / 2)
    assert value["identified_share"] == pytest.approx(17 / 18)
    assert "realised LTV 510.00 JPY" in run("ltv").output.replace("LTV 510 ", "LTV 510.00 ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["who-bought", "NO-SUCH"], "no SKU or barcode 'NO-SUCH'"),
        (["who-bought", "KASHI-01", "--place", "osaka"], "no place 'osaka'; there are: shibuya"),
        (["who-bought", "KASHI-01", "--from", "soon"], "Invalid value"),
    ],
)
def test_what_is_not_there_is_said(shop: FreshDatabase, arguments: list[str], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == click.UsageError.exit_code
    assert said in result.output


def test_before_the_first_sale_there_is_nothing_to_say(fresh_db: FreshDatabase) -> None:
    with tx() as t:
        world.open_shop(t, live=False)
    for arguments, said in (
        (["ltv"], "no identified sales"),
        (["who-bought", "CHA-01"], "no sales"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1
        assert said in result.output


@pytest.mark.slow
def test_the_whole_command_while_an_analyst_is_at_work(shop: FreshDatabase) -> None:
    """Somebody else holds the lake and answers: the command asks and shows their answer."""
    command = [sys.executable, "-m", "goen.doors.cli.main", "--shop", shop.shop, "insight",
               "who-bought", "KASHI-01", "--json"]  # fmt: skip
    folder = lake.folder_of(shop.shop)
    with analyst.only_one(folder), subprocess.Popen(
        command, env=shop.environment(), stdout=subprocess.PIPE, text=True
    ) as asking:  # fmt: skip
        working = analyst.Analyst(folder)
        while asking.poll() is None:
            analyst.work_once(working)
        assert asking.stdout is not None
        value = json.loads(asking.stdout.read())
    assert (value["units"], value["buyers"]) == (13, 2)


def test_the_lake_is_published_anew(shop: FreshDatabase) -> None:
    """Also while an analyst has it: then it is asked for, and done by that one."""
    before = found()
    folder = lake.folder_of(shop.shop)
    version = lake.manifest(folder).version
    for path in folder.rglob("*.parquet"):
        path.unlink()
    result = run("rebuild")
    assert (result.exit_code, result.output) == (0, "4 lines\n")
    assert lake.manifest(folder).version > version
    after = found()
    assert {**after, "as_of": ""} == {**before, "as_of": ""}
    with analyst.only_one(folder):
        lake.ask_to_rebuild(folder)
        analyst.work_once(analyst.Analyst(folder))
        assert not lake.is_asked_to_rebuild(folder)
    assert lake.manifest(folder).rows == 4
