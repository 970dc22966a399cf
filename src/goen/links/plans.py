"""How a file is read: which column is which field, and what a person decided about it.

Promises: a plan is complete or refused before a row is read; it survives as JSON, so that the same
choices read the next file of the same system.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from decimal import Decimal
from typing import Any

from goen.kit.refusals import Refusal
from goen.links import guessing, values
from goen.links.tables import Layout, Numbered

PRICE_TAX = ("included", "excluded", "unknown")
CHANNELS = ("store", "ec", "mall", "sns", "phone", "paper")
_CODE_ROOM = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """Columns by field, and the choices. `source` names the system whose keys these are."""

    layout: Layout
    columns: Mapping[str, str]
    date_order: str = "ymd"
    price_tax: str = "unknown"
    margin: Decimal | None = None
    source: str = "file"
    channel: str = "store"
    nobody: tuple[str, ...] = ()
    cost_of: str = "unit"  # unit: the cost column is of one piece; line: of the whole row
    currency: str = ""  # of a shop that is still to be made; empty means the shop's own
    tax_class: str | None = None  # of rows that name none, where price_tax is not unknown

    def at(self, name: str) -> int | None:
        """The place of a field's column in a row, or None when it is not mapped."""
        column = self.columns.get(name)
        return None if column is None else self.layout.columns.index(column)


def propose(layout: Layout, first: list[Numbered]) -> Plan:
    """The plan a file suggests by itself; a person looks at it before it is used."""
    found = guessing.guess(layout.columns, [cells for _, cells in first])
    return Plan(layout, dict(found.columns), found.date_order)


def change(plan: Plan, **given: Any) -> Plan:
    """The plan with some choices replaced."""
    return replace(plan, **given)


def check(plan: Plan, *, currency: str) -> list[Refusal]:
    """Everything that keeps a plan from being used, each with its field."""
    has = plan.columns.keys()
    found = [
        Refusal("column_unknown", name, {"column": column})
        for name, column in plan.columns.items()
        if column not in plan.layout.columns
    ]
    if "date" not in has:
        found.append(Refusal("column_needed", "date"))
    if not has & {"product_code", "product_name"}:
        found.append(Refusal("column_needed", "product_name"))
    if not has & {"amount", "unit_price"}:
        found.append(Refusal("column_needed", "amount"))
    found += [
        Refusal("column_twice", name, {"column": column})
        for name, column in plan.columns.items()
        if list(plan.columns.values()).count(column) > 1 and name not in {"date", "time"}
    ]
    return found + _check_choices(plan) + _check_tax(plan, currency)


def _check_choices(plan: Plan) -> list[Refusal]:
    found = []
    if plan.price_tax not in PRICE_TAX:
        found.append(Refusal("choice_unknown", "price_tax", {"known": ", ".join(PRICE_TAX)}))
    if plan.date_order not in values.ORDERS:
        found.append(Refusal("choice_unknown", "date_order", {"known": ", ".join(values.ORDERS)}))
    if plan.channel not in CHANNELS:
        found.append(Refusal("choice_unknown", "channel", {"known": ", ".join(CHANNELS)}))
    if not plan.source.strip() or len(plan.source) > _CODE_ROOM:
        found.append(Refusal("source_name", "source", {"most": _CODE_ROOM}))
    if plan.margin is not None and not 0 <= plan.margin < 1:
        found.append(Refusal("margin_bounds", "margin"))
    if plan.margin is None and "unit_cost" not in plan.columns:
        found.append(Refusal("margin_needed", "margin"))
    return found


def _check_tax(plan: Plan, currency: str) -> list[Refusal]:
    """Tax is either unknown, or its rates are: Goen knows those of Japan."""
    if plan.tax_class not in {None, "standard", "reduced"}:
        return [Refusal("choice_unknown", "tax_class", {"known": "standard, reduced"})]
    if plan.price_tax == "unknown":
        return []
    if currency != "JPY":
        return [Refusal("tax_only_yen", "price_tax", {"currency": currency})]
    if plan.tax_class is None and "tax" not in plan.columns:
        return [Refusal("tax_class_needed", "tax_class")]
    return []


def same_facts(one: Plan, other: Plan) -> bool:
    """Whether two plans make the same sales of the same file; margins and names do not matter."""
    facts = set(guessing.FIELDS) - {"customer_name", "product_name", "category", "unit_cost"}
    return (one.source, one.date_order, one.layout.sheet) == (
        other.source,
        other.date_order,
        other.layout.sheet,
    ) and all(one.columns.get(field) == other.columns.get(field) for field in facts)


def to_json(plan: Plan) -> dict[str, Any]:
    """The plan as it is kept."""
    return {**asdict(plan), "margin": None if plan.margin is None else str(plan.margin)}


def from_json(kept: Mapping[str, Any]) -> Plan:
    """The plan as it was kept."""
    known = {one.name for one in fields(Plan)}
    given = {name: value for name, value in kept.items() if name in known}
    layout = dict(given["layout"])
    for name in ("columns", "sheets"):
        layout[name] = tuple(layout[name])
    margin = given["margin"]
    return Plan(
        **{
            **given,
            "layout": Layout(**layout),
            "nobody": tuple(given["nobody"]),
            "margin": None if margin is None else Decimal(margin),
        }
    )
