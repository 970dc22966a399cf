"""The promotions of Complete Journey: 20,940,529 rows of article, store and week.

Promises: every row is kept, those of articles nobody bought too; they pass through in blocks and
lie beside the lake, not in the database. Week 1 of the data is New Year's Day alone (a Sunday); the
others begin on Mondays.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from goen.insight import lake, promotions
from goen.kit import home
from goen.kit.db import Tx, tx

FIRST_DAY = date(2017, 1, 1)
BLOCK = 1_000_000


def put_promotions(data: Path) -> int:
    """Write all of them beside the shop's lake; answers how many."""
    path = data / "promotions.parquet"
    if not path.is_file():
        return 0
    with tx() as t:
        skus, places = _numbers(t, "catalogue_sku"), _numbers(t, "places_place")
    blocks = pq.ParquetFile(path).iter_batches(batch_size=BLOCK)
    folder = lake.folder_of(home.current_shop_name())
    return promotions.write(folder, (_block(one, skus, places) for one in blocks))


def week(number: int) -> tuple[date, date]:
    """The first and the last day of a week of the data."""
    if number == 1:
        return FIRST_DAY, FIRST_DAY
    monday = FIRST_DAY + timedelta(days=1 + 7 * (number - 2))
    return monday, monday + timedelta(days=6)


Whole = NDArray[np.int64]
Numbers = tuple[Whole, Whole]
"""Codes, ascending, and the ids of what they name."""


def _numbers(t: Tx, table: str) -> Numbers:
    """Codes that are whole numbers, ascending, with the ids of what they name."""
    rows = sorted((int(code), id_) for code, id_ in t.rows(f"SELECT code, id FROM {table}")
                  if str(code).isdecimal())  # fmt: skip
    codes, ids = zip(*rows, strict=True) if rows else ((), ())
    return np.array(codes, dtype=np.int64), np.array(ids, dtype=np.int64)


def _block(batch: pa.RecordBatch, skus: Numbers, places: Numbers) -> pa.Table:
    weeks = batch["week"].to_numpy()
    days = {n: week(int(n)) for n in np.unique(weeks)}
    columns = [
        _named(batch["product_id"], skus),
        _named(batch["store_id"], places),
        *(_days(weeks, {n: span[at] for n, span in days.items()}) for at in (0, 1)),
        _place(batch["display_location"]),
        _place(batch["mailer_location"]),
        batch["product_id"].cast(pa.string()),
    ]
    return pa.table(columns, schema=promotions.PROMOTIONS)


def _named(codes: pa.Array, numbers: Numbers) -> pa.Array:
    """The ids of codes, null where there is none."""
    known, ids = numbers
    given = codes.to_numpy()
    at = np.minimum(np.searchsorted(known, given), max(len(known) - 1, 0))
    missing = known[at] != given if len(known) else np.ones(len(given), dtype=bool)
    found = ids[at] if len(known) else np.zeros(len(given), dtype=np.int64)
    return pa.array(found, mask=missing)


def _days(weeks: Whole, by_week: dict[int, date]) -> pa.Array:
    days = np.array([np.datetime64(by_week[n]) for n in sorted(by_week)], dtype="datetime64[D]")
    return pa.array(days[np.searchsorted(sorted(by_week), weeks)])


def _place(codes: pa.Array) -> pa.Array:
    """The data write 0 where there was none."""
    return pc.if_else(pc.equal(codes, "0"), "", codes)
