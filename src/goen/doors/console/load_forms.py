"""The form of a file's plan: columns by field, tax, margin, and into which shop.

Promises: what was typed stays; a field that is refused says so beside itself; a plan that would be
counted differently is counted again before anything is written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from goen.doors import load_words
from goen.doors.say import say
from goen.kit import home
from goen.kit.refusals import Refusal
from goen.links import guessing, plans
from goen.links.plans import Plan

FIRST = ("date", "product_name", "product_code", "quantity", "amount", "customer")
CURRENCIES = ("JPY", "USD", "EUR", "GBP", "TWD", "KRW", "CNY")
_COUNTED = ("columns", "date_order", "nobody", "cost_of", "currency")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class ColumnField:
    """One field with the columns to choose from."""

    name: str
    text: str
    chosen: str
    error: str


@dataclass(frozen=True, slots=True)
class Target:
    """The shop a file goes into: this one, or a new one by name."""

    here: bool
    name: str = ""
    title: str = ""


def plan_from(given: QueryDict, before: Plan) -> tuple[Plan, list[Refusal]]:
    """The plan as typed, and what could not even be understood."""
    refusals = []
    margin = before.margin
    typed = given.get("margin", "").strip()
    try:
        margin = margin_of(typed) if typed else None
    except InvalidOperation:
        refusals.append(Refusal("margin_bounds", "margin"))
    columns = {
        field: given[f"column-{field}"]
        for field in guessing.FIELDS
        if given.get(f"column-{field}") in before.layout.columns
    }
    plan = plans.change(
        before,
        columns=columns,
        date_order=given.get("date_order", before.date_order),
        price_tax=given.get("price_tax", before.price_tax),
        tax_class=given.get("tax_class") or None,
        margin=margin,
        source=given.get("source", "").strip() or "file",
        channel=given.get("channel", before.channel),
        nobody=tuple(given.getlist("nobody")),
        cost_of=given.get("cost_of", before.cost_of),
        currency=_currency(given),
    )
    return plan, refusals


def _currency(given: QueryDict) -> str:
    """Empty for that of the shop we are in."""
    typed = given.get("currency", "") if given.get("into") != "here" else ""
    return typed if typed in CURRENCIES and typed != home.current_shop().currency else ""


def margin_of(typed: str) -> Decimal:
    """30, 30% or 30.5 percent as a rate; raises `InvalidOperation` when it is no number."""
    rate = Decimal(typed.replace("％", "").replace("%", "").strip()) / 100
    if not rate.is_finite():
        raise InvalidOperation
    return rate


def counts_differ(before: Plan, after: Plan) -> bool:
    """Whether the preview of one plan is not that of the other."""
    return any(getattr(before, name) != getattr(after, name) for name in _COUNTED)


def target_from(given: Mapping[str, str]) -> tuple[Target, list[Refusal]]:
    """Where the file goes; nothing is ever mixed into a shop that is not the owner's."""
    if given.get("into") == "here" and home.current_shop().kind == "own":
        return Target(here=True), []
    name, title = given.get("shop", "").strip().lower(), given.get("title", "").strip()
    target = Target(here=False, name=name, title=title or name)
    if not _NAME.fullmatch(name):
        return target, [Refusal("shop_name", "shop")]
    if name in {shop.name for shop in home.shops()} | {home.DEMO}:
        return target, [Refusal("shop_taken", "shop", {"name": name})]
    return target, []


def sentences(refusals: list[Refusal]) -> dict[str, str]:
    """By field: why it cannot go on, in the reader's language."""
    return {one.field: load_words.refused(one.code, one.detail, one.field, say) for one in refusals}


def page(plan: Plan, errors: Mapping[str, str], given: Mapping[str, str]) -> dict[str, Any]:
    """What the form shows."""
    fields = [
        ColumnField(
            name, load_words.field(name, say), plan.columns.get(name, ""), errors.get(name, "")
        )
        for name in (*FIRST, *(f for f in guessing.FIELDS if f not in FIRST))
    ]
    return {
        "plan": plan,
        "first_fields": fields[: len(FIRST)],
        "more_fields": fields[len(FIRST) :],
        "more_open": bool(errors.keys() - {*FIRST, "margin", "price_tax", "tax_class", "shop"}),
        "columns": plan.layout.columns,
        "errors": errors,
        "margin": given.get("margin", _percent(plan.margin)),
        "taxes": _taxes(),
        "orders": (
            ("ymd", say("年/月/日", "year/month/day")),
            ("mdy", say("月/日/年", "month/day/year")),
            ("dmy", say("日/月/年", "day/month/year")),
        ),
        "channels": [(code, say(*_CHANNELS[code])) for code in plans.CHANNELS],
        "currencies": CURRENCIES,
        "may_here": home.current_shop().kind == "own",
        "shop_name": given.get("shop", _free_name()),
        "shop_title": given.get("title", ""),
        "into": given.get("into", "here"),
        "currency": plan.currency or home.current_shop().currency,
    }


_CHANNELS = {
    "store": ("店舗", "Store"),
    "ec": ("ECサイト", "Web shop"),
    "mall": ("モール", "Marketplace"),
    "sns": ("SNS", "SNS shop"),
    "phone": ("電話", "Telephone"),
    "paper": ("紙・DM", "Paper"),
}


def _taxes() -> tuple[tuple[str, str], ...]:
    return (
        ("unknown", say("分からない", "Unknown")),
        ("included", say("税込の金額", "With tax")),
        ("excluded", say("税抜の金額", "Without tax")),
    )


def _percent(rate: Decimal | None) -> str:
    return "" if rate is None else f"{rate * 100:f}".rstrip("0").rstrip(".")


def _free_name() -> str:
    taken = {shop.name for shop in home.shops()}
    names = ("myshop", *(f"myshop-{n}" for n in range(2, 1000)))
    return next(name for name in names if name not in taken)
