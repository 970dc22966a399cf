"""A measure as typed into its form: read, and put beside its fields what is wrong.

Promises: what was typed stays, whatever is refused; the conditions come in an address or a hidden
field and are parsed as strictly as anybody's; an appeal point may be made in the same form.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize
from uuid import UUID

from django.http import HttpRequest

from goen.catalogue import queries as catalogue
from goen.doors import refusals
from goen.doors.console.days import shop_today
from goen.doors.console.forms import uid_of
from goen.doors.console.points_words import amount, bad_day, bounds, day_of, typed_amount
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.segment_link import compact
from goen.doors.say import say
from goen.kit import home, ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.conditions import EVERYBODY, Conditions, parse
from goen.marketing.measure import NewMeasure, NewPlacement
from goen.marketing.queries import MeasureShown

TEXTS = ("title", "kind", "trigger", "reason", "evidence", "expected", "made_from", "coupon_kind",
         "c", "segment")  # fmt: skip
OTHERS = ("expected_minor", "starts_on", "ends_on", "window_days", "control", "skus", "builds_on")
SPOKEN = ("channel", "axis", "axis_new", "says", "medium", "material", "cost", "place")
DAYS = 14
"""How long a measure is proposed to run."""
_APART = re.compile(r"[\s,、，・]+")


@dataclass(slots=True)
class Typed:
    """The form as typed, and what is wrong with it."""

    uid: UUID
    placement_uid: UUID
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    n: int = 0

    @property
    def conditions(self) -> Conditions | Refusal:
        """Whom it is for, as the form says."""
        return parse(self.values["c"]) if self.values["c"] else EVERYBODY

    def refuse(self, refusal: Refusal) -> None:
        """Put a refusal beside its field."""
        name = refusal.field.rpartition(".")[2] or "title"
        name = {"control_share": "control", "conditions": "c", "cost_minor": "cost"}.get(name, name)
        known = (*TEXTS, *OTHERS, *SPOKEN)
        self.errors[name if name in known else "title"] = refusals.sentence(refusal)


def first(request: HttpRequest) -> Typed:
    """A new form: prefilled by the address one comes from, else with sensible days."""
    values = dict.fromkeys((*TEXTS, *OTHERS, *SPOKEN), "")
    given = request.GET
    values |= {
        "kind": "initiative",
        "starts_on": f"{shop_today()}",
        "ends_on": f"{shop_today() + timedelta(days=DAYS - 1)}",
        "window_days": "28",
        "control": "10",
        "channel": "mail",
    }
    for name in ("c", "made_from", "evidence", "reason", "title", "builds_on", "skus", "segment",
                 "channel", "axis", "coupon_kind", "kind"):  # fmt: skip
        if given.get(name):
            values[name] = typed_in(given, name)
    return Typed(uid_of(""), uid_of(""), values)


def of(one: MeasureShown, t: Tx) -> Typed:
    """The form of a measure as it is."""
    values = dict.fromkeys((*TEXTS, *OTHERS, *SPOKEN), "")
    currency = home.current_shop().currency
    codes = {code: sku_id for sku_id, code in _codes(t, list(one.skus)).items()}
    values |= {
        "title": one.title,
        "kind": one.kind,
        "trigger": one.trigger,
        "reason": one.reason,
        "evidence": one.evidence,
        "expected": one.expected,
        "made_from": one.made_from,
        "coupon_kind": one.coupon_kind,
        "c": compact(one.conditions) if one.conditions and one.segment_id is None else "",
        "expected_minor": ""
        if one.expected_minor is None
        else typed_amount(one.expected_minor, currency),
        "starts_on": f"{one.starts_on or ''}",
        "ends_on": f"{one.ends_on or ''}",
        "window_days": f"{one.window_days}",
        "control": f"{Decimal(str(one.control_share)) * 100:f}".rstrip("0").rstrip(".") or "0",
        "skus": " ".join(codes),
        "builds_on": " ".join(map(str, one.builds_on)),
    }
    if one.segment_id is not None:
        sql = "SELECT uid FROM marketing_segment WHERE id = %s"
        values["segment"] = str(t.value(sql, [one.segment_id]))
    return Typed(one.uid, ids.new_id(), values, n=one.n)


def posted(request: HttpRequest, uid: UUID | None = None) -> Typed:
    """The form as it was sent."""
    values = {name: typed_in(request.POST, name) for name in (*TEXTS, *OTHERS, *SPOKEN)}
    n = typed_in(request.POST, "n")
    return Typed(
        uid or uid_of(typed_in(request.POST, "uid")),
        uid_of(typed_in(request.POST, "placement_uid")),
        values,
        n=int(n) if n.isdecimal() and len(n) < 7 else 0,
    )


def understood(t: Tx, typed: Typed, *, placed: bool) -> NewMeasure | None:
    """The measure that was meant; None, with errors beside the fields, where it cannot be read."""
    values, errors = typed.values, typed.errors
    days = {name: day_of(values[name]) for name in ("starts_on", "ends_on")}
    for name, day in days.items():
        if values[name] and day is None:
            errors[name] = bad_day(values[name])
    numbers = _numbers(values, errors)
    conditions = typed.conditions
    if isinstance(conditions, Refusal):
        errors["c"] = refusals.sentence(conditions)
    skus = skus_of(t, values["skus"], errors)
    builds_on = _measures(values["builds_on"], errors)
    placements = _placement(typed, errors) if placed else ()
    if errors or isinstance(conditions, Refusal):
        return None
    return NewMeasure(
        uid=typed.uid,
        title=values["title"],
        kind=values["kind"],
        trigger=values["trigger"],
        reason=values["reason"].replace("\r\n", "\n"),
        evidence=values["evidence"].replace("\r\n", "\n"),
        expected=values["expected"].replace("\r\n", "\n"),
        starts_on=days["starts_on"],
        ends_on=days["ends_on"],
        skus=skus,
        builds_on=builds_on,
        segment=UUID(values["segment"]) if is_uuid(values["segment"]) else None,
        conditions=conditions.tree if values["c"] else {},
        made_from=values["made_from"],
        coupon_kind=values["coupon_kind"],
        placements=placements,
        **numbers,
    )


def _numbers(values: Mapping[str, str], errors: dict[str, str]) -> dict[str, Any]:
    """Amounts, days and shares."""
    expected = None
    if values["expected_minor"]:
        expected = amount(values["expected_minor"], home.current_shop().currency)
        if expected is None:
            errors["expected_minor"] = say("金額を入力してください。", "Enter an amount.")
    window = _whole(values["window_days"], 1, 366)
    if window is None:
        errors["window_days"] = bounds(1, 366)
    control = _percent(values["control"])
    if control is None:
        errors["control"] = bounds(0, 90)
    return {"expected_minor": expected, "window_days": window or 28,
            "control_share": control if control is not None else 0.1}  # fmt: skip


def _whole(text: str, least: int, most: int) -> int | None:
    plain = normalize("NFKC", text)
    found = int(plain) if plain.isdecimal() and len(plain) < 10 else None
    return found if found is not None and least <= found <= most else None


def _percent(text: str) -> float | None:
    try:
        share = Decimal(normalize("NFKC", text or "0").rstrip("%"))
    except InvalidOperation:
        return None
    return float(share) / 100 if share.is_finite() and 0 <= share <= 90 else None


def skus_of(t: Tx, text: str, errors: dict[str, str]) -> tuple[int, ...]:
    """Products by their codes (or barcodes), as typed one after another."""
    codes = [code for code in _APART.split(normalize("NFKC", text)) if code]
    known = catalogue.ids_by_code(t, codes) if codes else {}
    missing = [code for code in codes if code not in known]
    if missing:
        errors["skus"] = refusals.sentence(Refusal("unknown_item", "skus", {"given": missing[0]}))
    return tuple(known[code] for code in codes if code in known)


def _measures(text: str, errors: dict[str, str]) -> tuple[int, ...]:
    parts = [part.lstrip("#") for part in _APART.split(normalize("NFKC", text)) if part]
    wrong = [part for part in parts if not part.isdecimal() or len(part) > 6]
    if wrong:
        refusal = Refusal("unknown_measure", "builds_on", {"given": wrong[0]})
        errors["builds_on"] = refusals.sentence(refusal)
        return ()
    return tuple(int(part) for part in parts)


def _placement(typed: Typed, errors: dict[str, str]) -> tuple[NewPlacement, ...]:
    """Where it is to speak first; the other places are added on the measure's page."""
    values = typed.values
    if not values["channel"]:
        return ()
    cost = amount(values["cost"] or "0", home.current_shop().currency)
    if cost is None or cost < 0:
        errors["cost"] = say("金額を入力してください。", "Enter an amount.")
        return ()
    return (
        NewPlacement(
            typed.placement_uid,
            values["channel"],
            values["axis"] or None,
            medium=values["medium"],
            says=values["says"].replace("\r\n", "\n"),
            material=values["material"],
            cost_minor=cost,
            place=values["place"] or None,
        ),
    )


def _codes(t: Tx, sku_ids: list[int]) -> dict[int, str]:
    found = catalogue.skus(t, sku_ids, on=shop_today()) if sku_ids else {}
    return {sku_id: found[sku_id].code for sku_id in sku_ids if sku_id in found}


def is_uuid(text: str) -> bool:
    """Whether a text is an id."""
    try:
        return bool(UUID(text))
    except ValueError:
        return False
