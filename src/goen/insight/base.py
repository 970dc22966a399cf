"""The tables every metric starts from, as Ibis expressions: the same on any engine."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow.parquet as pq

from goen.insight import feeds, promotions
from goen.insight import lake as files


@dataclass(frozen=True, slots=True)
class Lake:
    """A published state of the lake: lines, who is who, the goods; documents, events, devices."""

    lines: Any
    person_of: Any
    sku: Any
    watermark: int
    documents: Any = None
    events: Any = None
    login: Any = None
    paid: Any = None
    """Documents paid with points, and how much of what they came to."""
    claim: Any = None
    """Sales that became somebody's after they were published; None while there is none."""
    promotions: Any = None
    """Which article was promoted where in which week; None where nobody told."""


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
        _fed(engine, folder, now, "documents", feeds.DOCUMENTS),
        _fed(engine, folder, now, "events", feeds.EVENTS),
        _login(engine, folder),
        _fed(engine, folder, now, "paid", feeds.PAID),
        _claim(engine, folder),
        _promotions(engine, folder),
    )


def _fed(engine: Any, folder: Path, now: files.Manifest, name: str, schema: Any) -> Any:
    paths = now.paths_of(name, folder)
    if not paths:
        return ibis.memtable(schema.empty_table())
    return engine.read_parquet(paths, table_name=name)


def _login(engine: Any, folder: Path) -> Any:
    path = folder / "login.parquet"
    if not path.exists():
        return ibis.memtable(files.LOGINS.empty_table())
    return engine.read_parquet(str(path), table_name="login")


def _claim(engine: Any, folder: Path) -> Any:
    path = folder / "claim.parquet"
    if not path.exists() or not pq.read_metadata(path).num_rows:
        return None
    return engine.read_parquet(str(path), table_name="claim")


def _promotions(engine: Any, folder: Path) -> Any:
    path = promotions.path_in(folder)
    return engine.read_parquet(str(path), table_name="promotions") if path.exists() else None


def known_events(lake: Lake) -> Any:
    """Events with `person_id`: as they say themselves, else as their device says.

    A device on which several people were ever named says nothing; null where nobody is known.
    """
    persons = lake.person_of.select("record_id", "person_id")
    named = lake.events.left_join(persons, "record_id").drop("record_id_right")
    seen = lake.login.join(persons, "record_id")
    owners = seen.group_by("visitor_id").aggregate(
        people=seen.person_id.nunique(), owner=seen.person_id.min()
    )
    owners = owners.filter(owners.people == 1).select("visitor_id", "owner")
    both = named.left_join(owners, "visitor_id").drop("visitor_id_right")
    device = ibis.cases((both.record_id.isnull(), both.owner))
    return both.mutate(person_id=ibis.coalesce(both.person_id, device)).drop("owner")


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
    lines = _claimed(lines, lake)
    persons = lake.person_of.select("record_id", "person_id")
    return lines.left_join(persons, "record_id").drop("record_id_right")


def _claimed(lines: Any, lake: Lake) -> Any:
    """Lines with the record that claimed them, where they were nobody's when they were sold."""
    if lake.claim is None:
        return lines
    claims = lake.claim.select(claimed_order="order_id", claimed_by="record_id")
    joined = lines.left_join(claims, lines.order_id == claims.claimed_order)
    owner = ibis.coalesce(joined.record_id, joined.claimed_by)
    return joined.mutate(record_id=owner).drop("claimed_order", "claimed_by")


def with_profit(lines: Any, lake: Lake) -> Any:
    """Lines with net sales and gross profit; where no cost is known, an assumed margin's.

    `basis` is cost, assumed or unknown; an unknown line brings no profit rather than a guess.
    A line whose tax is unknown counts with the amount as given. What was paid with points is off
    the profit: each line of a document bears the share of it that points paid.
    """
    goods = lake.sku.select("sku_id", "assumed_margin")
    joined = lines.left_join(goods, "sku_id").drop("sku_id_right")
    net = ibis.coalesce(joined.net, joined.amount_minor.cast("decimal(18, 4)")).cast("float64")
    margin = joined.assumed_margin.cast("float64")
    profit = ibis.coalesce(net - joined.cost.cast("float64"), net * margin)
    basis = ibis.cases(
        (joined.cost.notnull(), "cost"),
        (joined.assumed_margin.notnull(), "assumed"),
        else_="unknown",
    )
    whole = joined.mutate(net_minor=net, profit_minor=profit, basis=basis)
    if lake.paid is not None:
        whole = _less_points(whole, lake.paid)
    return whole.mutate(profit_minor=whole.profit_minor.fill_null(0.0))


def _less_points(lines: Any, paid: Any) -> Any:
    share = paid.points_minor.cast("float64") / paid.paid_minor
    shares = paid.select(points_order=paid.order_id, points_share=share)
    joined = lines.left_join(shares, lines.order_id == shares.points_order)
    spent = joined.amount_minor * joined.points_share.fill_null(0.0)
    less = joined.mutate(profit_minor=joined.profit_minor - spent)
    return less.drop("points_order", "points_share")
