"""Who bought it over twenty million lines, and how the time grows to get there.

The engine is set up as the analyst's, its memory limit included. Each figure stands beside a bare
scan of the same files: the columns it needs, grouped, by DuckDB alone.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import ibis

from bench import made_lake
from bench.figure import Figure, duration
from goen.insight import analyst, base, lake, who_bought

SIZES = (1_250_000, 5_000_000, 20_000_000)
SKUS, MONTHS = 20_000, 24
LINES_A_PERSON = 20


def measure(*, sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    """Every SKU and its buyers at each size, the best of three runs."""
    for lines in sizes:
        with tempfile.TemporaryDirectory(prefix="goen-bench-lake-") as name:
            yield from _at(Path(name), lines)


def _at(folder: Path, lines: int) -> Iterator[Figure]:
    made_lake.write(folder, lines=lines, skus=SKUS, people=lines // LINES_A_PERSON, months=MONTHS)
    engine = ibis.duckdb.connect(
        memory_limit=analyst.MEMORY_LIMIT, threads=2, temp_directory=str(folder / "spill")
    )
    known = base.known_lines(base.open_lake(engine, folder), currency="JPY")
    bare = duckdb.connect(config={"threads": 2, "memory_limit": analyst.MEMORY_LIMIT})
    files = lake.manifest(folder).paths(folder)
    sql = (
        "SELECT sku_id, record_id, sum(qty), sum(amount_minor), count(DISTINCT order_id)"
        " FROM read_parquet(?) GROUP BY ALL"
    )
    limit = _best(lambda: bare.execute(sql, [files]).arrow().read_all())
    limit_is = "bare DuckDB, sku_id, record_id, sum(qty) … GROUP BY ALL, the same lines"
    took = _best(who_bought.figures(known).to_pyarrow)
    name = f"who bought it, every SKU, {lines:,} lines"
    yield duration(name, took, limit=limit, limit_is=limit_is, n=lines)


def _best(work: Callable[[], Any]) -> float:
    def timed() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(timed() for _ in range(3))
