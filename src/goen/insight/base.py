"""The tables every metric starts from, as Ibis expressions: the same on any engine."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from goen.insight import lake as files


@dataclass(frozen=True, slots=True)
class Lake:
    """A published state of the lake: lines, who is who, and the goods."""

    lines: Any
    person_of: Any
    sku: Any
    watermark: int


def open_lake(engine: Any, folder: Path) -> Lake:
    """The lake as tables of an Ibis engine. Without any line yet, tables of the right shape."""
    now = files.manifest(folder)
    paths = now.paths(folder)
    lines = (
        engine.read_parquet(paths, table_name="lines")
        if paths
        else ibis.memtable(files.LINES.empty_table())
    )
    return Lake(
        lines,
        engine.read_parquet(str(folder / "person_of.parquet"), table_name="person_of"),
        engine.read_parquet(str(folder / "sku.parquet"), table_name="sku"),
        now.watermark,
    )


def known_lines(
    lake: Lake,
    *,
    currency: str,
    first_on: date | None = None,
    last_on: date | None = None,
    place_id: int | None = None,
) -> Any:
    """Lines of a period with `person_id` (null where unknown). Anonymous is never a person."""
    lines = lake.lines.filter(lake.lines.currency == currency)
    if first_on is not None:
        lines = lines.filter(lines.business_date >= ibis.date(first_on.isoformat()))
    if last_on is not None:
        lines = lines.filter(lines.business_date <= ibis.date(last_on.isoformat()))
    if place_id is not None:
        lines = lines.filter(lines.place_id == place_id)
    persons = lake.person_of.select("record_id", "person_id")
    return lines.left_join(persons, "record_id").drop("record_id_right")


def with_profit(lines: Any, lake: Lake) -> Any:
    """Lines with net sales and gross profit; where no cost is known, an assumed margin's.

    `basis` is cost, assumed or unknown; an unknown line brings no profit rather than a guess.
    A line whose tax is unknown counts with the amount as given.
    """
    goods = lake.sku.select("sku_id", "assumed_margin")
    joined = lines.left_join(goods, "sku_id").drop("sku_id_right")
    net = ibis.coalesce(joined.net, joined.amount_minor.cast("decimal(18, 4)")).cast("float64")
    margin = joined.assumed_margin.cast("float64")
    profit = ibis.coalesce(net - joined.cost.cast("float64"), net * margin, ibis.literal(0.0))
    basis = ibis.cases(
        (joined.cost.notnull(), "cost"),
        (joined.assumed_margin.notnull(), "assumed"),
        else_="unknown",
    )
    return joined.mutate(net_minor=net, profit_minor=profit, basis=basis)
