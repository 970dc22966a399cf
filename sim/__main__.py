"""`python -m sim load | export`: the simulated shop into Goen, or into files."""

import json
import os
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from sim.miyabido import ZONE, World, build


@click.group()
def main() -> None:
    """A simulated retailer: a function of seed, end date and size."""


def _sized(command: click.Command) -> click.Command:
    for option in (
        click.option("--end", type=click.DateTime(["%Y-%m-%d"]), help="Last day. [yesterday]"),
        click.option("--months", type=click.IntRange(1, 240), default=24, show_default=True),
        click.option("--people", type=click.IntRange(100), default=20_000, show_default=True),
        click.option("--seed", type=int, default=1, show_default=True),
    ):
        command = option(command)
    return command


@main.command()
@click.option("--shop", default="demo", show_default=True, help="A registered shop's name.")
@click.option("--stage", type=click.Choice(["first", "rest", "all"]), default="all")
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Processes for the history.")
@_sized
def load(
    shop: str,
    stage: str,
    jobs: int,
    seed: int,
    people: int,
    months: int,
    end: datetime | None,
) -> None:
    """Fill a shop. A shop that was begun goes on with the seed, size and end it began with."""
    os.environ["GOEN_SHOP"] = shop
    _start_django()
    from goen.kit import home
    from sim import load as loading
    from sim import (
        load_campaigns,
        load_causes,
        load_consents,
        load_months,
        load_proposals,
        load_returns,
        load_routines,
        load_scenarios,
        load_segments,
        load_touches,
    )

    kept = loading.settings_path(shop)
    if not kept.is_file():
        size = {"seed": seed, "count": people, "months": months, "end": str(_end(end))}
        home.write_json(kept, size)
    size = json.loads(kept.read_text())
    world = load_months.world_of(size)
    load_months.keep_calm()
    if stage in {"first", "all"}:
        loading.load_first(world, shop=shop, report=_report, everybody=stage == "all")
    if stage in {"rest", "all"}:
        loading.load_people(world)
        load_returns.load(world)
        load_consents.load(world)
        load_touches.load(world)
        loading.load_rest(world, shop=shop, report=_report, jobs=jobs)
        load_proposals.load(world)
        load_campaigns.load(world)
        load_causes.load(world)
        load_scenarios.load(world)
        load_routines.load(world)
        load_segments.load(world)


@main.command()
@click.option("--receipts", type=click.Path(path_type=Path), help="Every line, UTF-8 CSV.")
@click.option("--own-file", type=click.Path(path_type=Path), help="The owner's till export, cp932.")
@click.option("--mall-file", type=click.Path(path_type=Path), help="The mall's orders, cp932.")
@click.option("--truth", type=click.Path(path_type=Path), help="Who every record truly is.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day. [all]")
@_sized
def export(
    receipts: Path | None,
    own_file: Path | None,
    mall_file: Path | None,
    truth: Path | None,
    since: datetime | None,
    seed: int,
    people: int,
    months: int,
    end: datetime | None,
) -> None:
    """Write the shop's sales as files."""
    from sim import export as writing

    world: World = build(seed=seed, count=people, months=months, end=_end(end))
    first = since.date() if since else None
    if truth is not None:
        print(f"{truth}: {writing.write_truth(world, truth)} records")
    for path, write in (
        (receipts, writing.write_receipts),
        (own_file, writing.write_own_file),
        (mall_file, writing.write_mall_file),
    ):
        if path is not None:
            print(f"{path}: {write(world, path, world.receipts(since=first))} lines")


def _end(given: datetime | None) -> date:
    return given.date() if given else datetime.now(ZONE).date() - timedelta(days=1)


def _report(done: int, total: int, label: str) -> None:
    print(f"progress {done} {total} {label}", flush=True)


def _start_django() -> None:
    from goen.doors.cli.main import start_django

    start_django()


if __name__ == "__main__":
    main()
