"""The editor's rows: conditions as a form has them, and the form as conditions.

Rows are all of groups, a group any of its rows, a row a condition or its opposite. Promises: what
was typed is kept as typed; a row that cannot be read says what is missing and is left out; a tree
of another shape is not taken apart but kept whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from goen.catalogue import queries as catalogue
from goen.doors.console.segments_widgets import NAMES, WIDGETS, Widget
from goen.doors.console.segments_words import texts
from goen.doors.say import say
from goen.kit.db import Tx
from goen.kit.money import exponent
from goen.kit.refusals import Refusal
from goen.marketing.conditions import Conditions, Tree, parse

MOST_ROWS = 40
DAYS = "days"
"""The window that stands for two days of the reader's own."""


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as typed. `starts` begins a new group; `error` says why it is left out."""

    number: int
    field: str
    starts: bool
    negated: bool
    typed: Mapping[str, list[str]]
    tree: Tree | None = None
    error: str = ""
    sku_name: str = ""

    def one(self, name: str) -> str:
        """What was typed into an input."""
        return (self.typed.get(name) or [""])[0]

    def name(self, arg: str) -> str:
        """The name of an input in the form."""
        return f"r{self.number}.{arg}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything in the editor. `fixed` is a tree that rows cannot show."""

    rows: Sequence[Row] = ()
    fixed: Conditions | None = None
    refused: Refusal | None = None

    @property
    def conditions(self) -> Conditions:
        """What the rows say; those that cannot be read are left out."""
        if self.fixed is not None:
            return self.fixed
        groups: list[list[Tree]] = []
        for row in self.rows:
            if row.tree is None:
                continue
            if row.starts or not groups:
                groups.append([])
            groups[-1].append({"not": row.tree} if row.negated else row.tree)
        tree = {"all": [one[0] if len(one) == 1 else {"any": one} for one in groups]}
        parsed = parse(tree)
        assert isinstance(parsed, Conditions), parsed
        return parsed

    @property
    def is_whole(self) -> bool:
        """Whether every row could be read."""
        return not any(row.error for row in self.rows)


def from_text(t: Tx, text: str, currency: str) -> Sheet:
    """The rows of conditions as an address carries them."""
    conditions = parse(text) if text else parse({"all": []})
    if isinstance(conditions, Refusal):
        return Sheet(refused=conditions)
    return from_conditions(t, conditions, currency)


def from_conditions(t: Tx, conditions: Conditions, currency: str) -> Sheet:
    """The rows of conditions; a tree of another shape stays whole."""
    rows: list[Row] = []
    for group in conditions.tree["all"]:
        for n, one in enumerate(group.get("any", [group])):
            leaf, negated = (one["not"], True) if "not" in one else (one, False)
            if "field" not in leaf:
                return Sheet(fixed=conditions)
            typed = _typed(t, leaf, currency)
            rows.append(Row(len(rows), leaf["field"], n == 0, negated, typed, leaf))
    return Sheet(_named(t, rows))


def from_form(t: Tx, form: QueryDict, currency: str) -> Sheet:
    """The rows of a form, after what its button did: add a row, or drop one."""
    fixed = str(form.get("fixed") or "")
    if fixed:
        return from_text(t, fixed, currency)
    rows = [_read(t, form, n, currency) for n in range(MOST_ROWS) if f"r{n}.field" in form]
    did, added = str(form.get("do") or ""), str(form.get("add") or "")
    if did.startswith("drop:") and did[5:].isdecimal():
        rows = [row for row in rows if row.number != int(did[5:])]
    if added in WIDGETS and did == "add":
        rows.append(_blank(t, len(rows), added, currency))
    return Sheet(_named(t, [replace(row, number=n) for n, row in enumerate(rows[:MOST_ROWS])]))


def _blank(t: Tx, number: int, name: str, currency: str) -> Row:
    """A new row, with what is usual filled in."""
    usual = {"least": "1", "days": "28", "period": "4w", "done": "false", "is": "true"}
    typed = {
        widget.name: [usual[widget.name]]
        for widget in WIDGETS[name]
        if widget.name in usual and not (widget.name == "least" and widget.kind != "count")
        and not widget.optional
    }  # fmt: skip
    return _row(t, number, name, True, False, typed, currency, fresh=True)


def _read(t: Tx, form: QueryDict, number: int, currency: str) -> Row:
    begin = f"r{number}."
    typed = {
        key.removeprefix(begin): [one.strip() for one in form.getlist(key)]
        for key in form
        if key.startswith(begin)
    }
    name = (typed.pop("field") or [""])[0]
    starts = (typed.pop("join", ["and"]) or ["and"])[0] != "or"
    negated = (typed.pop("not", [""]) or [""])[0] == "1"
    if name not in WIDGETS:
        choose = say("条件を選んでください。", "Choose a condition.")
        return Row(number, "no_next_step", starts, negated, {}, error=choose)
    return _row(t, number, name, starts, negated, typed, currency)


def _row(
    t: Tx, number: int, name: str, starts: bool, negated: bool, typed: Mapping[str, list[str]],
    currency: str, *, fresh: bool = False,
) -> Row:  # fmt: skip
    """A row with its tree, or with the reason why it has none."""
    row = Row(number, name, starts, negated, typed)
    values: dict[str, Any] = {"field": name}
    for widget in WIDGETS[name]:
        try:
            values |= _value(t, widget, typed.get(widget.name, []), typed, currency)
        except (ValueError, OverflowError, InvalidOperation):
            check = say("「{x}」を確かめてください。", "Check “{x}”.", x=say(*widget.label))
            return replace(row, error=_fill_in() if fresh else check)
    parsed = parse(values)
    if isinstance(parsed, Refusal):
        said = _fill_in()
        if parsed.code == "condition_value_wrong":
            said = say("値が範囲の外です。", "A value is out of bounds.")
        return replace(row, error=said)
    return replace(row, tree=parsed.tree["all"][0])


def _fill_in() -> str:
    return say("まだ入っていない欄があります。この条件は数えていません。",
               "Something is still missing; this condition is not counted.")  # fmt: skip


def _value(
    t: Tx, widget: Widget, given: Sequence[str], typed: Mapping[str, list[str]], currency: str
) -> dict[str, Any]:
    """What an input says; raises ValueError where it cannot be read."""
    given = [one for one in given if one]
    if widget.kind == "period":
        return _period(given, typed)
    return {widget.name: _READERS[widget.kind](t, given, currency)} if given else {}


def _period(given: Sequence[str], typed: Mapping[str, list[str]]) -> dict[str, Any]:
    chosen = given[0] if given else "all"
    if chosen != DAYS:
        return {"window": chosen}
    days = {
        name: date.fromisoformat(one).isoformat()
        for name in ("first_on", "last_on")
        if (one := (typed.get(name) or [""])[0])
    }
    if not days:
        raise ValueError
    return days


def _sku_id(t: Tx, text: str) -> int:
    """One product by code, barcode, or a name that only one has."""
    found = catalogue.ids_by_code(t, [text]).get(text)
    if found is not None:
        return found
    ids = catalogue.search_ids(t, text, limit=2)
    if len(ids) != 1:
        raise ValueError
    return ids[0]


def _whole(_: Tx, given: Sequence[str], __: str) -> int:
    return int(given[0])


_READERS: Mapping[str, Callable[[Tx, Sequence[str], str], Any]] = {
    "count": _whole,
    "place": _whole,
    "sales_channel": _whole,
    "category": _whole,
    "money": lambda _, given, currency: int(
        (Decimal(given[0]) * 10 ** exponent(currency)).to_integral()
    ),
    "share": lambda _, given, __: float(Decimal(given[0]) / 100),
    "yes": lambda _, given, __: given[0] == "true",
    "numbers": lambda _, given, __: [int(one) for one in given],
    "people": lambda _, given, __: [int(one) for one in given[0].split(",")],
    "words": lambda _, given, __: list(given),
    "sku": lambda t, given, _: _sku_id(t, given[0]),
    "choice": lambda _, given, __: given[0],
    "day": lambda _, given, __: given[0],
}


def _typed(t: Tx, leaf: Tree, currency: str) -> dict[str, list[str]]:
    """A condition as it would have been typed."""
    typed: dict[str, list[str]] = {}
    for widget in WIDGETS[leaf["field"]]:
        value = leaf.get(widget.name)
        if widget.kind == "period":
            own = "first_on" in leaf or "last_on" in leaf
            typed["period"] = [DAYS if own else leaf.get("window", "all")]
            typed |= {name: [leaf.get(name, "")] for name in ("first_on", "last_on") if own}
        elif value is None:
            continue
        elif widget.kind == "money":
            amount = Decimal(value) / 10 ** exponent(currency)
            typed[widget.name] = [f"{amount:f}"]
        elif widget.kind == "share":
            typed[widget.name] = [f"{100 * value:g}"]
        elif widget.kind == "people":
            typed[widget.name] = [",".join(map(str, value))]
        elif widget.kind == "sku":
            code = t.value("SELECT code FROM catalogue_sku WHERE id = %s", [value])
            typed[widget.name] = [code or str(value)]
        elif isinstance(value, list):
            typed[widget.name] = [str(one) for one in value]
        else:
            typed[widget.name] = [str(value).lower() if isinstance(value, bool) else str(value)]
    return typed


def _named(t: Tx, rows: Sequence[Row]) -> list[Row]:
    """Rows with the names of their products."""
    known = texts(t, "catalogue_sku", [(row.tree or {}).get("sku_id") for row in rows])
    return [replace(row, sku_name=known.get((row.tree or {}).get("sku_id", 0), "")) for row in rows]


def heading(row: Row) -> str:
    """What a row is called."""
    return say(*NAMES[row.field])
