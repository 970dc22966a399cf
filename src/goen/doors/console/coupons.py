"""Kinds of coupons: their terms, how many were issued and used, and what they took off so far.

Promises: what a kind gave is what documents that still stand say; a change of terms tells whom it
reaches before it is made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from unicodedata import normalize

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from goen.doors import refusals
from goen.doors.console import coupons_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.points_words import (
    amount,
    bad_day,
    choices,
    day_of,
    known_id,
    may_write,
    typed_amount,
    unit_of,
)
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.console.templatetags.goen import money
from goen.doors.say import say, text_of
from goen.kit import clock, home
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders import couponed
from goen.points import coupons, issued
from goen.points.coupons import NewKind
from goen.points.issued import KindShown

FIELDS = (
    "code", "name_ja", "name_en", "currency", "method", "value", "least_minor", "alone",
    "valid_from", "valid_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A kind in words, with what it took off so far."""

    kind: KindShown
    terms: str
    period: str
    given: Sequence[str]
    is_over: bool


@dataclass(slots=True)
class Typed:
    """The form of a kind as typed."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    new: NewKind | None = None


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The kinds, or all of them as a file."""
    text = typed_in(request.GET, "q").casefold()
    with tx() as t:
        everything = issued.kinds(t)
        given = couponed.taken_off(t)
    day = shop_today()
    rows = [
        row_of(one, given, day)
        for one in everything
        if text in " ".join([one.code, *one.name.values()]).casefold()
    ]
    if request.path.endswith(".csv"):
        return _csv(rows, given)
    live = [row for row in rows if not row.is_over]
    page = {
        "pages": words.tabs("kinds"),
        "live": live,
        "over": [row for row in rows if row.is_over],
        "any": bool(everything),
        "text": request.GET.get("q", "").strip(),
        "may_write": may_write(request),
        "said": request.session.pop("coupons-said", ""),
        "as_of": clock.now(),
    }
    return render(request, "console/coupons.html", page)


def row_of(one: KindShown, given: Mapping[int, Mapping[str, int]], day: date) -> Row:
    """A kind in words."""
    amounts = given.get(one.kind_id) or {one.currency: 0}
    return Row(
        one,
        words.terms(one),
        words.period(one.valid_from, one.valid_to),
        [money(minor, currency) for currency, minor in sorted(amounts.items())],
        one.valid_to is not None and one.valid_to < day,
    )


def _csv(rows: Sequence[Row], given: Mapping[int, Mapping[str, int]]) -> HttpResponse:
    head = [
        say("記号", "Code"), say("名前", "Name"), say("条件", "Terms"), say("期間", "Period"),
        say("発行枚数", "Issued"), say("使える回数", "Uses"), say("使われた", "Used"),
        say("注文で確保中", "Kept for orders"), say("残り", "Left"), say("値引額", "Taken off"),
        say("通貨", "Currency"),
    ]  # fmt: skip
    lines = [
        [
            row.kind.code, text_of(row.kind.name), row.terms, row.period, row.kind.coupons,
            row.kind.uses, row.kind.used, row.kind.kept, row.kind.left, minor, currency,
        ]
        for row in rows
        for currency, minor in (given.get(row.kind.kind_id) or {row.kind.currency: 0}).items()
    ]  # fmt: skip
    return as_csv("coupons", head, lines)


@login_required
def edit(request: HttpRequest, kind_id: int | None = None) -> HttpResponse:
    """A kind with its form; a POST shows what it would be, and with `do=save` saves it."""
    allowed = may_write(request)
    with tx() as t:
        kind = next(iter(issued.kinds(t, known_id(kind_id))), None) if kind_id else None
        if kind_id and kind is None:
            raise Http404
        typed = _read(request, kind) if request.method == "POST" else Typed(_values(kind))
        do = request.POST.get("do", "") if allowed and typed.new else ""
        if do == "check" and typed.new and kind is None:
            there = [one.code for one in issued.kinds(t)]
            if typed.new.code in there:
                typed.errors["code"] = say(
                    "この記号はもう使われています。", "There is a kind with this code."
                )
        if do == "save" and typed.new:
            answer = coupons.put_kind(
                t, typed.new, actor=actor_of(request), recorded_at=clock.now()
            )
            if not isinstance(answer, Refusal):
                request.session["coupons-said"] = (
                    say("条件を変えました。", "The terms are changed.")
                    if kind
                    else say("クーポンの種類を作りました。", "The kind is there.")
                )
                href = "/coupons" if kind else f"/coupons/issue?kind={answer}"
                return redirect(href)
            typed.errors[_field(answer.field)] = refusals.sentence(answer)
        given = couponed.taken_off(t) if kind else {}
    checking = do == "check" and not typed.errors
    page: dict[str, Any] = {
        "pages": words.tabs("kinds"),
        "kind": kind,
        "row": row_of(kind, given, shop_today()) if kind else None,
        "values": typed.values,
        "errors": typed.errors,
        "wrong": bool(typed.errors),
        "checking": checking,
        "preview": _preview(typed.new) if checking and typed.new else None,
        "methods": choices(words.METHODS),
        "unit": unit_of(typed.values["currency"]),
        "may_write": allowed,
    }
    refused = request.method == "POST" and not allowed
    status = 403 if refused else 422 if typed.errors else 200
    return render(request, "console/coupon_kind.html", page, status=status)


def _values(kind: KindShown | None) -> dict[str, str]:
    if kind is None:
        values = dict.fromkeys(FIELDS, "")
        return values | {
            "currency": home.current_shop().currency,
            "method": "amount",
            "valid_from": f"{shop_today()}",
            "alone": "1",
        }
    percent = kind.method == "percent"
    return {
        "code": kind.code,
        "name_ja": kind.name.get("ja", ""),
        "name_en": kind.name.get("en", ""),
        "currency": kind.currency,
        "method": kind.method,
        "value": f"{Decimal(kind.value) / 100:f}"
        if percent
        else typed_amount(kind.value, kind.currency),
        "least_minor": typed_amount(kind.least_minor, kind.currency) if kind.least_minor else "",
        "alone": "1" if kind.alone else "",
        "valid_from": f"{kind.valid_from or ''}",
        "valid_to": f"{kind.valid_to or ''}",
    }


def _read(request: HttpRequest, kind: KindShown | None) -> Typed:
    typed = Typed({name: typed_in(request.POST, name) for name in FIELDS})
    values, errors = typed.values, typed.errors
    if kind is not None:
        values |= {"code": kind.code, "currency": kind.currency}
    for name in ("code", "name_ja"):
        if not values[name]:
            errors[name] = say("入力してください。", "Enter one.")
    value = _value(values)
    if value is None or value < 1:
        errors["value"] = say("引く額か割合を入力してください。", "Enter what it takes off.")
    least = amount(values["least_minor"] or "0", values["currency"])
    if least is None or least < 0:
        errors["least_minor"] = say("金額を入力してください。", "Enter an amount.")
    days = {name: day_of(values[name]) for name in ("valid_from", "valid_to")}
    for name, day in days.items():
        if values[name] and day is None:
            errors[name] = bad_day(values[name])
    if days["valid_from"] and days["valid_to"] and days["valid_to"] < days["valid_from"]:
        errors["valid_to"] = say("終わりは始まりより後に。", "The end lies after the beginning.")
    if errors:
        return typed
    new = NewKind(
        code=values["code"],
        name={"ja": values["name_ja"], "en": values["name_en"] or values["name_ja"]},
        method=values["method"],
        value=value or 0,
        currency=values["currency"],
        alone=bool(values["alone"]),
        least_minor=least or 0,
        valid_from=days["valid_from"],
        valid_to=days["valid_to"],
    )
    refused = coupons.kind_refusal(new)
    if refused is None:
        typed.new = new
    else:
        errors[_field(refused.field)] = refusals.sentence(refused)
    return typed


def _value(values: Mapping[str, str]) -> int | None:
    """What is taken off: minor units, or basis points of what was typed in percent."""
    if values["method"] != "percent":
        return amount(values["value"], values["currency"])
    text = normalize("NFKC", values["value"]).rstrip("%").strip()
    try:
        percent = Decimal(text)
    except InvalidOperation:
        return None
    if not (percent.is_finite() and 0 < percent <= 100):
        return None
    points = percent * 100
    return int(points) if points == points.to_integral_value() else None


def _field(name: str) -> str:
    return name if name in FIELDS else "code"


def _preview(new: NewKind) -> dict[str, str]:
    """A kind as it would be, in words."""
    shown = KindShown(
        0, new.code, dict(new.name), new.currency, new.method, new.value, new.alone,
        new.least_minor, new.valid_from, new.valid_to, "", clock.now(), 0, 0, 0, 0,
    )  # fmt: skip
    return {
        "name": text_of(new.name),
        "terms": words.terms(shown),
        "period": words.period(new.valid_from, new.valid_to),
    }
