"""A row of somebody's file as a line of sale, or the reason why it cannot be one.

Promises: amounts stay as given; what is optional and not understood stays unknown; what is
required and not understood parks the row with the field and the cell, never the file. Pure: no
database, no clock.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from hashlib import sha256

from goen.kit.money import to_minor
from goen.links import values
from goen.links.plans import Plan
from goen.links.tables import Cells

MOST_QTY = 10**9
MOST_MINOR = 10**14
EARLIEST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Line:
    """One row that can be used. `second` of the day is None where no time is known."""

    row_no: int
    day: date
    second: int | None
    offset_min: int | None
    receipt: str
    store: str
    staff: str
    customer: str
    customer_name: str
    product: str
    product_name: str
    barcode: str
    category: str
    qty: int
    amount_minor: int
    unit_cost: Decimal | None
    tax_class: str | None


@dataclass(frozen=True, slots=True)
class Parked:
    """A row that cannot be used, why, and which field says so."""

    row_no: int
    code: str
    field: str


class _Stop(Exception):  # noqa: N818  ends the reading of one row, never leaves this module
    def __init__(self, code: str, field: str) -> None:
        super().__init__(code)
        self.code = code
        self.field = field


Reader = Callable[[int, Cells], Line | Parked]


def reader(plan: Plan, *, currency: str, today: date) -> Reader:
    """A function that reads one row after the other by a plan."""
    row = _Row(plan, currency, today)

    def read(row_no: int, cells: Cells) -> Line | Parked:
        try:
            return row.line(row_no, cells)
        except _Stop as stop:
            return Parked(row_no, stop.code, stop.field)

    return read


class _Row:
    """The plan, unfolded for speed: where each field stands."""

    def __init__(self, plan: Plan, currency: str, today: date) -> None:
        self.plan = plan
        self.currency = currency
        self.today = today
        self.width = len(plan.layout.columns)
        self.at = {name: plan.at(name) for name in plan.columns}
        self.nobody = frozenset(values.folded(word) for word in plan.nobody)

    def line(self, row_no: int, cells: Cells) -> Line:
        if len(cells) > self.width and any(cells[self.width :]):
            raise _Stop("cells_differ", "")
        day, second, offset = self._when(cells)
        product, name, barcode = self._product(cells)
        qty = self._qty(cells)
        amount, unit_cost = self._amount(cells, qty), self._cost(cells, qty)
        return Line(
            row_no,
            day,
            second,
            offset,
            values.folded(self._cell(cells, "receipt")),
            values.folded(self._cell(cells, "store")),
            values.folded(self._cell(cells, "staff")),
            values.customer_key(self._cell(cells, "customer"), nobody=self.nobody),
            self._cell(cells, "customer_name"),
            product,
            name,
            barcode,
            values.folded(self._cell(cells, "category")),
            qty,
            amount,
            unit_cost,
            values.tax_class(self._cell(cells, "tax")),
        )

    def _cell(self, cells: Cells, field: str) -> str:
        at = self.at.get(field)
        return "" if at is None else cells[at]

    def _when(self, cells: Cells) -> tuple[date, int | None, int | None]:
        text = self._cell(cells, "date")
        if not text:
            raise _Stop("date_missing", "date")
        found = values.moment(text, order=self.plan.date_order)
        if found is None:
            raise _Stop("date_unreadable", "date")
        day, clock, offset = found.day, found.clock, found.offset_min
        apart = self._cell(cells, "time")
        if apart and self.at["time"] != self.at["date"]:
            at = values.clock_time(apart) or _time_of(apart)
            if at is None:
                raise _Stop("time_unreadable", "time")
            day, clock, offset = date.fromordinal(day.toordinal() + at[0]), at[1], at[2]
        if day > self.today:
            raise _Stop("date_in_future", "date")
        if day < EARLIEST:
            raise _Stop("date_too_old", "date")
        second = None if clock is None else clock.hour * 3600 + clock.minute * 60 + clock.second
        return day, second, offset

    def _product(self, cells: Cells) -> tuple[str, str, str]:
        code = values.product_code(self._cell(cells, "product_code"))
        name = self._cell(cells, "product_name")
        if not code and not name:
            raise _Stop("product_missing", "product_name")
        return code or code_of_name(name), name or code, code if values.is_gtin(code) else ""

    def _qty(self, cells: Cells) -> int:
        if "quantity" not in self.at:
            return 1  # a file without quantities has one piece on each row; the preview says so
        text = self._cell(cells, "quantity")
        qty = values.number(text)
        if qty is None:
            raise _Stop("quantity_unreadable" if text else "quantity_missing", "quantity")
        if qty != qty.to_integral_value():
            raise _Stop("quantity_fraction", "quantity")
        if qty == 0:
            raise _Stop("quantity_zero", "quantity")
        if abs(qty) > MOST_QTY:
            raise _Stop("quantity_too_large", "quantity")
        return int(qty)

    def _amount(self, cells: Cells, qty: int) -> int:
        field = "amount" if "amount" in self.at else "unit_price"
        text = self._cell(cells, field)
        if not text and field == "amount" and "unit_price" in self.at:
            field = "unit_price"
            text = self._cell(cells, field)
        given = values.number(text)
        if given is None:
            raise _Stop("amount_unreadable" if text else "amount_missing", field)
        minor = to_minor(given * qty if field == "unit_price" else given, self.currency)
        if minor is None:
            raise _Stop("amount_fraction", field)
        if abs(minor) > MOST_MINOR:
            raise _Stop("amount_too_large", field)
        return minor

    def _cost(self, cells: Cells, qty: int) -> Decimal | None:
        cost = values.number(self._cell(cells, "unit_cost"))
        if cost is None or abs(cost) > MOST_MINOR:
            return None
        each = abs(cost / qty) if self.plan.cost_of == "line" else cost
        return each.quantize(Decimal("0.0001")) if each >= 0 else None


def _time_of(text: str) -> tuple[int, time, int | None] | None:
    """A time column that repeats the date before the time."""
    found = values.moment(text)
    return None if found is None or found.clock is None else (0, found.clock, found.offset_min)


def code_of_name(name: str) -> str:
    """A short code for a product that has only a name; the same name is the same code."""
    key = " ".join(values.folded(name).casefold().split())
    return "N-" + sha256(key.encode()).hexdigest()[:10].upper()
