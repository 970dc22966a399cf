"""One row as a line of sale, or the reason why not."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.links import plans, reading
from goen.links.plans import Plan
from goen.links.reading import Line, Parked
from goen.links.tables import Layout

COLUMNS = ("日", "時", "品番", "品名", "数", "単価", "金額", "客", "原価", "税")
PLAN = Plan(
    Layout("utf-8", ",", "", 1, COLUMNS),
    {
        "date": "日",
        "time": "時",
        "product_code": "品番",
        "product_name": "品名",
        "quantity": "数",
        "unit_price": "単価",
        "amount": "金額",
        "customer": "客",
        "unit_cost": "原価",
        "tax": "税",
    },
    margin=Decimal("0.3"),
)
TODAY = date(2026, 11, 22)
GOOD = ("2026/11/20", "14:05", "T-1", "茶", "2", "540", "1,080", "A1", "300", "8%")


def _read(cells: tuple[str, ...], plan: Plan = PLAN, currency: str = "JPY") -> Line | Parked:
    return reading.reader(plan, currency=currency, today=TODAY)(7, cells)


def _with(**changed: str) -> tuple[str, ...]:
    return tuple(changed.get(name, cell) for name, cell in zip(COLUMNS, GOOD, strict=True))


def test_a_whole_row_is_a_line() -> None:
    line = _read(GOOD)
    assert isinstance(line, Line)
    assert (line.row_no, line.day, line.second) == (7, date(2026, 11, 20), 14 * 3600 + 5 * 60)
    assert (line.product, line.product_name, line.qty, line.amount_minor) == ("T-1", "茶", 2, 1080)
    assert (line.customer, line.unit_cost, line.tax_class) == ("A1", Decimal(300), "reduced")


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"日": ""}, "date_missing", "date"),
        ({"日": "合計"}, "date_unreadable", "date"),
        ({"日": "2026/11/23"}, "date_in_future", "date"),
        ({"日": "1989/12/31"}, "date_too_old", "date"),
        ({"時": "朝"}, "time_unreadable", "time"),
        ({"品番": "", "品名": ""}, "product_missing", "product_name"),
        ({"数": ""}, "quantity_missing", "quantity"),
        ({"数": "たくさん"}, "quantity_unreadable", "quantity"),
        ({"数": "0"}, "quantity_zero", "quantity"),
        ({"数": "0.5"}, "quantity_fraction", "quantity"),
        ({"数": "9999999999"}, "quantity_too_large", "quantity"),
        ({"金額": "", "単価": ""}, "amount_missing", "unit_price"),
        ({"金額": "高い"}, "amount_unreadable", "amount"),
        ({"金額": "10.5"}, "amount_fraction", "amount"),
        ({"金額": "999999999999999"}, "amount_too_large", "amount"),
    ],
)
def test_a_row_is_parked_with_its_reason_and_field(
    changed: dict[str, str], code: str, field: str
) -> None:
    assert _read(_with(**changed)) == Parked(7, code, field)


def test_an_amount_is_kept_as_given_and_else_computed() -> None:
    given = _read(_with(金額="1,000"))
    computed = _read(_with(金額=""))
    dollars = _read(_with(金額="$10.50"), currency="USD")
    assert [x.amount_minor for x in (given, computed, dollars) if isinstance(x, Line)] == [
        1000,
        1080,
        1050,
    ]


def test_a_return_is_loaded_as_given() -> None:
    line = _read(_with(数="△1", 金額="△540"))
    assert isinstance(line, Line)
    assert (line.qty, line.amount_minor) == (-1, -540)


def test_what_is_optional_and_unclear_stays_unknown() -> None:
    line = _read(_with(客="ゲスト", 原価="不明", 税="?", 時=""))
    assert isinstance(line, Line)
    assert (line.customer, line.unit_cost, line.tax_class, line.second) == ("", None, None, None)


def test_the_same_name_is_the_same_product() -> None:
    names = ("ほうじ茶 100g", "ほうじ茶　１００ｇ", " ほうじ茶  100G ")
    assert len({reading.code_of_name(name) for name in names}) == 1


def test_a_line_cost_is_spread_over_its_pieces() -> None:
    line = _read(_with(原価="600"), plans.change(PLAN, cost_of="line"))
    assert isinstance(line, Line)
    assert line.unit_cost == Decimal(300)


def test_too_many_cells_are_not_read_at_all() -> None:
    assert _read((*GOOD, "080")) == Parked(7, "cells_differ", "")
    assert isinstance(_read((*GOOD, "")), Line)


@given(st.lists(st.text(max_size=12), min_size=len(COLUMNS), max_size=len(COLUMNS)))
def test_any_row_is_either_a_line_or_parked(cells: list[str]) -> None:
    found = _read(tuple(cells))
    assert isinstance(found, Parked) or (found.qty and found.day <= TODAY)


def test_a_plan_says_everything_that_is_missing() -> None:
    bare = Plan(Layout("utf-8", ",", "", 1, COLUMNS), {})
    found = {(one.code, one.field) for one in plans.check(bare, currency="JPY")}
    assert found == {
        ("column_needed", "date"),
        ("column_needed", "product_name"),
        ("column_needed", "amount"),
        ("margin_needed", "margin"),
    }
    taxed = plans.change(PLAN, price_tax="included", columns={**PLAN.columns, "tax": "税"})
    assert not plans.check(taxed, currency="JPY")
    assert [r.code for r in plans.check(taxed, currency="USD")] == ["tax_only_yen"]


def test_a_plan_survives_being_kept() -> None:
    assert plans.from_json(plans.to_json(PLAN)) == PLAN
