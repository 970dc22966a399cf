"""Who bought it and three segments over twenty million lines, and how time grows to get there.

The engine is set up as the analyst's, its memory limit included. Each figure stands beside a bare
scan of the same files: the columns it needs, grouped, by DuckDB alone.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis

from bench import made_lake
from bench.figure import Figure, duration
from goen.insight import analyst, base, lake, people, who_bought
from goen.insight.people import Ask

SIZES = (1_250_000, 5_000_000, 20_000_000)
SKUS, MONTHS = 20_000, 24
LINES_A_PERSON = 20
SEGMENTS = (
    ("an article twice in a year", Ask("units", sku_ids=(7,), window="12m", least=2), "sum(qty)"),
    ("20,000 yen in a year", Ask("amount", window="12m", least=20_000), "sum(amount_minor)"),
    (
        "three purchases in 90 days",
        Ask("purchases", window="90d", least=3),
        "count(DISTINCT order_id)",
    ),
)
"""A name, the condition, and the same in SQL."""


def measure(*, sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    """Every SKU and its buyers, then the segments, at each size: the best of three runs."""
    for lines in sizes:
        with tempfile.TemporaryDirectory(prefix="goen-bench-lake-") as name:
            yield from _at(Path(name), lines)


def _at(folder: Path, lines: int) -> Iterator[Figure]:
    made_lake.write(folder, lines=lines, skus=SKUS, people=lines // LINES_A_PERSON, months=MONTHS)
    engine = ibis.duckdb.connect(
        memory_limit=analyst.MEMORY_LIMIT, threads=2, temp_directory=str(folder / "spill")
    )
    opened = base.open_lake(engine, folder)
    known = base.known_lines(opened, currency="JPY")
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
    yield from _segments(opened, bare, files, lines)


def _segments(opened: base.Lake, bare: Any, files: list[str], lines: int) -> Iterator[Figure]:
    """Who fulfils a condition, beside the same question put to the files by hand."""
    for name, ask, having in SEGMENTS:
        first_on = made_lake.END - timedelta(days=ask_days(ask) - 1)
        which = f" AND sku_id = {ask.sku_ids[0]}" if ask.sku_ids else ""
        sql = (
            "SELECT record_id FROM read_parquet(?) WHERE business_date >= ? AND record_id"
            f" IS NOT NULL{which} GROUP BY 1 HAVING {having} >= {ask.least}"
        )

        def ours(ask: Ask = ask, first_on: date = first_on) -> list[int]:
            return people.find(
                opened, ask, currency="JPY", first_on=first_on, last_on=made_lake.END
            )

        def by_hand(sql: str = sql, first_on: date = first_on) -> list[tuple[int]]:
            return list(bare.execute(sql, [files, first_on]).fetchall())

        assert len(ours()) == len(by_hand()), name
        took, limit = _best(ours), _best(by_hand)
        limit_is = "bare DuckDB, the same people by hand (a record is a person here)"
        yield duration(f"segment: {name}, {lines:,} lines", took, limit=limit, limit_is=limit_is,
                       n=lines)  # fmt: skip


def ask_days(ask: Ask) -> int:
    """How many days back an ask looks."""
    return 365 if ask.window == "12m" else int(ask.window[:-1])


def _best(work: Callable[[], Any]) -> float:
    def timed() -> float:
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return min(timed() for _ in range(3))
