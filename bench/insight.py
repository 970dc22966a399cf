"""Who bought it, for every article at once, beside a bare scan of the same files by DuckDB."""

import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bench.figure import Figure, duration
from goen.insight import base, lake, ltv, who_bought
from goen.kit import home

LINES, SKUS, PEOPLE = 1_500_000, 5_000, 100_000
THREADS = 2


def measure(folder: Path) -> Iterator[Figure]:
    """A year of a mid-sized retailer: best of three, files warm."""
    _write_lake(folder)
    engine = ibis.duckdb.connect(threads=THREADS)
    opened = base.open_lake(engine, folder)
    lines = base.known_lines(opened, currency="JPY")
    bare = duckdb.connect(config={"threads": THREADS})
    files = lake.manifest(folder).paths(folder)
    for name, ours, columns in (
        ("who bought it, every SKU", who_bought.figures(lines), "sku_id, record_id, sum(qty)"),
        ("realised LTV, everybody", _value(lines, opened), "record_id, sum(net), sum(cost)"),
    ):
        sql = f"SELECT {columns}, sum(amount_minor), count(DISTINCT order_id)"
        sql += " FROM read_parquet(?) GROUP BY ALL"
        limit = _best(lambda sql=sql: bare.execute(sql, [files]).arrow().read_all())
        limit_is = f"bare DuckDB, {columns} … GROUP BY ALL, the same {LINES:,} lines"
        took = _best(lambda ours=ours: ours.to_pyarrow())
        yield duration(name, took, limit=limit, limit_is=limit_is, n=LINES)


def _value(lines: Any, opened: base.Lake) -> Any:
    return ltv.summary(ltv.by_person(base.with_profit(lines, opened)))


def _best(work: Callable[[], object]) -> float:
    def timed() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(timed() for _ in range(3))


def _write_lake(folder: Path) -> None:
    """Files as the analyst writes them: lines by month, who is who, goods, a manifest."""
    lines = _lines()
    months = pc.strftime(lines["business_date"], format="%Y-%m")
    files = {}
    for month in pc.unique(months).to_pylist():
        name = f"lines/{month}/bench.parquet"
        (folder / name).parent.mkdir(parents=True)
        part = lines.filter(pc.equal(months, month))
        pq.write_table(part, folder / name, compression="zstd")
        files[month] = [name]
    records = np.arange(PEOPLE)
    persons = {"record_id": records, "person_id": records, "unit": ["person"] * PEOPLE}
    pq.write_table(pa.table(persons, schema=lake.PERSONS), folder / "person_of.parquet")
    goods = {name: np.arange(SKUS) if name == "sku_id" else [None] * SKUS
             for name in lake.SKUS.names}  # fmt: skip
    pq.write_table(pa.table(goods, schema=lake.SKUS), folder / "sku.parquet")
    home.write_json(folder / "manifest.json", {"watermark": 1, "rows": LINES, "files": files})


def _lines() -> pa.Table:
    """Popular articles and busy shoppers (a long tail of each); a third of it nobody known."""
    rng = np.random.default_rng(1)
    qty = rng.integers(1, 4, LINES)
    amount = (qty * rng.integers(100, 2_000, LINES)).astype("int32")
    order = np.sort(rng.integers(0, LINES // 3, LINES))
    who = (PEOPLE * rng.random(LINES // 3) ** 2).astype("int64")[order]
    first = date(2025, 11, 1)
    days = np.array([first + timedelta(days=n) for n in range(365)])
    columns = {
        "order_id": order,
        "line_no": np.ones(LINES, "int16"),
        "record_id": pa.array(who, mask=order % 3 == 0),
        "sku_id": (SKUS * rng.random(LINES) ** 2).astype("int64"),
        "place_id": np.ones(LINES, "int64"),
        "channel_id": np.ones(LINES, "int64"),
        "business_date": days[order * 365 // (LINES // 3)],
        "currency": ["JPY"] * LINES,
        "qty": qty,
        "amount_minor": amount,
        "net": pa.array(amount).cast(lake.LINES.field("net").type),
        "cost": pa.array(amount // 2).cast(lake.LINES.field("cost").type),
    }
    return pa.table(columns, schema=lake.LINES)
