"""A lake of any size, written as the analyst writes it, a month at a time.

Popular articles and busy shoppers (a long tail of each); of a third of it nobody knows the buyer.
The same size is the same lake.
"""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from goen.insight import lake
from goen.kit import home

END = date(2026, 10, 31)
"""The last day with sales."""
_AT_ONCE = 500_000
_LINES_PER_ORDER = 3


def write(folder: Path, *, lines: int, skus: int, people: int, months: int = 12) -> None:
    """Lines by month, who is who, the goods, a manifest."""
    starts = _months(months)
    files: dict[str, list[str]] = {}
    done = 0
    for n, (first, days) in enumerate(starts):
        count = lines * (n + 1) // months - done
        name = f"lines/{first:%Y-%m}/bench.parquet"
        (folder / name).parent.mkdir(parents=True)
        with pq.ParquetWriter(folder / name, lake.LINES, compression="zstd") as writer:
            for at in range(0, count, _AT_ONCE):
                part = min(_AT_ONCE, count - at)
                table = _lines(done + at, part, first, days, skus=skus, people=people)
                writer.write_table(table)
        files[f"{first:%Y-%m}"] = [name]
        done += count
    _write_masters(folder, skus=skus, people=people)
    home.write_json(folder / "manifest.json", {"watermark": 1, "rows": lines, "files": files})


def _months(count: int) -> list[tuple[date, int]]:
    """First days of the months up to the end, with how many days each has."""
    found = []
    last = END
    for _ in range(count):
        first = last.replace(day=1)
        found.append((first, (last - first).days + 1))
        last = first - timedelta(days=1)
    return found[::-1]


def _lines(before: int, count: int, first: date, days: int, *, skus: int, people: int) -> pa.Table:
    rng = np.random.default_rng([1, before])
    qty = rng.integers(1, 4, count)
    amount = qty * rng.integers(100, 2_000, count)
    orders = count // _LINES_PER_ORDER + 1
    order = np.sort(rng.integers(0, orders, count))
    who = (people * rng.random(orders) ** 2).astype("int64")[order]
    day = (np.datetime64(first) + order * days // orders).astype("datetime64[D]")
    decimal = lake.LINES.field("net").type
    columns = {
        "order_id": before + order,
        "line_no": np.ones(count, "int16"),
        "record_id": pa.array(who, mask=order % 3 == 0),
        "sku_id": (skus * rng.random(count) ** 2).astype("int64"),
        "place_id": np.ones(count, "int64"),
        "channel_id": np.ones(count, "int64"),
        "business_date": day,
        "currency": pa.array(["JPY"] * count),
        "qty": qty,
        "amount_minor": amount,
        "net": pa.array(amount.astype("int32")).cast(decimal),
        "cost": pa.array((amount // 2).astype("int32")).cast(decimal),
    }
    return pa.table(columns, schema=lake.LINES)


def _write_masters(folder: Path, *, skus: int, people: int) -> None:
    records = np.arange(people)
    unit = pa.array(["person"]).take(pa.array(np.zeros(people, "int8")))
    persons = {"record_id": records, "person_id": records, "unit": unit}
    pq.write_table(pa.table(persons, schema=lake.PERSONS), folder / "person_of.parquet")
    nothing = {field.name: pa.nulls(skus, field.type) for field in lake.SKUS}
    goods = nothing | {"sku_id": np.arange(skus)}
    pq.write_table(pa.table(goods, schema=lake.SKUS), folder / "sku.parquet")
