"""Who bought it, for every article at once, beside a bare scan of the same files by DuckDB."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import ibis

from bench import made_lake
from bench.figure import Figure, duration
from goen.insight import base, lake, ltv, who_bought

LINES, SKUS, PEOPLE = 1_500_000, 5_000, 100_000
THREADS = 2


def measure(folder: Path) -> Iterator[Figure]:
    """A year of a mid-sized retailer: best of three, files warm."""
    made_lake.write(folder, lines=LINES, skus=SKUS, people=PEOPLE)
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
