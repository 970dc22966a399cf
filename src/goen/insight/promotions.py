"""Which article was promoted in which store in which week: a file beside the lake.

A touchpoint of everybody who walks by: no person is in it. Promises: it is written whole or not at
all; a rebuild of the lake leaves it, because no database holds it; nobody but the analyst reads its
rows.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from goen.insight import lake

PROMOTIONS = pa.schema(
    [
        ("sku_id", pa.int64()),
        ("place_id", pa.int64()),
        ("first_on", pa.date32()),
        ("last_on", pa.date32()),
        ("display", pa.string()),
        ("mailer", pa.string()),
        ("product", pa.string()),
    ]
)
"""A row is an article (null: one never sold here; `product` is its code there), a place and the
days of a week; `display` and `mailer` are the other system's own codes, empty for none."""


def path_in(folder: Path) -> Path:
    """Where the file lies in a lake's folder."""
    return folder / lake.BROUGHT / "promotions.parquet"


def write(folder: Path, tables: Iterable[pa.Table]) -> int:
    """Replace the file by these rows, shaped as `PROMOTIONS`; answers how many there are."""
    path = path_in(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished, rows = path.with_suffix(".unfinished"), 0
    with pq.ParquetWriter(unfinished, PROMOTIONS, compression="zstd") as out:
        for table in tables:
            out.write_table(table)
            rows += table.num_rows
    unfinished.replace(path)
    return rows


def counts(folder: Path) -> tuple[int, int]:
    """How many rows there are, and how many of them name an article that was never sold here."""
    path = path_in(folder)
    if not path.exists():
        return 0, 0
    found = pq.ParquetFile(path).metadata
    groups = [found.row_group(at).column(0) for at in range(found.num_row_groups)]
    nulls = (group.statistics.null_count for group in groups if group.statistics)
    return found.num_rows, sum(nulls)
