"""Settings › rules: how the shop judges, and the margin it assumes where no cost is known.

Promises: a form is saved whole or not at all, and what was typed stays; only head office changes
anything; the former value stands in the trail below.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goen.catalogue import masters as catalogue
from goen.catalogue.models import Category, Margin
from goen.doors import refusals
from goen.doors.console import gate, settings_tabs
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.trail_page import changes_of
from goen.doors.say import say
from goen.kit import clock, settings
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal

GROUPS = {
    "concentration": ("1人に集中している商品", "Products that rest on one person"),
    "cut": ("見直しの候補", "Cut candidates"),
    "stock": ("在庫の補充", "Refilling shelves"),
    "insight": ("数える期間", "How far back to count"),
    "claim": ("レシートの登録", "Claiming a receipt"),
    "proposal": ("お客様への提案", "Proposals to customers"),
    "events": ("お客様の行動", "What shoppers did"),
    "loads": ("ファイルの取り込み", "Loading files"),
    "api": ("APIの上限", "Limits of the API"),
}
FIXED = ("shop.currency", "shop.timezone")
"""Decided when a shop is made: its facts are already kept in them."""
_SAVED = {
    "rules": ("条件を保存しました。", "The rules are saved."),
    "margin": ("粗利率の仮定を保存しました。", "The assumed margin is saved."),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting on the page; `percent` shows a share of 0…1 as 0…100."""

    name: str
    text: str
    value: str
    percent: bool
    error: str


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The page; a POST saves the rules."""
    return change(request) if request.method == "POST" else _page(request, {}, {})


def change(request: HttpRequest) -> HttpResponse:
    """Save the rules: all of them, or none with the reason beside the field."""
    given = {name: request.POST[name].strip() for name in _changeable() if name in request.POST}
    errors: dict[str, str] = {}
    at = clock.now()
    with tx() as t:
        before = settings.read_all(t)
        for name, typed in given.items():
            value = _number(typed, percent=_is_percent(name), whole=isinstance(before[name], int))
            if value == before[name]:
                continue
            refused = (
                Refusal("wrong_type", name)
                if value is None
                else settings.write(t, name, value, actor=actor_of(request), recorded_at=at)
            )
            if refused is not None:
                errors[name] = _sentence(refused)
        if errors:
            transaction.set_rollback(True)
    return _page(request, given, errors, status=422) if errors else _saved("rules")


@login_required
@require_POST
def assume(request: HttpRequest) -> HttpResponse:
    """Set the assumed margin rate of a category or of the whole shop."""
    typed = request.POST.get("rate", "").strip()
    rate = _number(typed, percent=True, whole=False)
    if rate is None or not 0 <= rate < 1:
        error = _sentence(Refusal("out_of_bounds", "rate", {"least": 0, "most": 99.9}))
        return _page(request, {"rate": typed}, {"rate": error}, status=422)
    code = request.POST.get("category") or None
    with tx() as t:
        catalogue.put_margin(
            t,
            category_code=code,
            rate=Decimal(str(rate)),
            actor=actor_of(request),
            recorded_at=clock.now(),
        )
    return _saved("margin")


def _page(
    request: HttpRequest, given: dict[str, str], errors: dict[str, str], *, status: int = 200
) -> HttpResponse:
    with tx() as t:
        page = {
            "tabs_of": settings_tabs.menu(request, "rules"),
            "groups": _groups(t, given, errors),
            "margins": list(Margin.objects.select_related("category").order_by("category_id")),
            "categories": list(Category.objects.order_by("id")),
            "rows": changes_of(t, ("setting", "margin"), viewer_of(request)),
            "may_change": gate.may(request, "settings"),
            "given": given,
            "errors": errors,
            "saved": _saved_words(request),
        }
        return render(request, "console/settings_rules.html", page, status=status)


def _groups(t: Tx, given: dict[str, str], errors: dict[str, str]) -> list[tuple[str, list[Field]]]:
    values = settings.read_all(t)
    groups: dict[str, list[Field]] = {code: [] for code in GROUPS}
    for name in _changeable():
        declared = settings.DECLARED[name]
        shown = given.get(name, _shown(values[name], percent=_is_percent(name)))
        groups.setdefault(name.split(".")[0], []).append(
            Field(
                name,
                say(declared.ja, declared.en),
                shown,
                _is_percent(name),
                errors.get(name, ""),
            )
        )
    return [
        (say(*GROUPS[code]) if code in GROUPS else code, fields)
        for code, fields in groups.items()
        if fields
    ]


def _changeable() -> list[str]:
    return [
        name
        for name, declared in settings.DECLARED.items()
        if name not in FIXED
        and not name.startswith(("mail.", "staff."))  # they have pages of their own
        and isinstance(declared.default, int | float)
        and not isinstance(declared.default, bool)  # a switch stands on the page of what it stops
    ]


def _is_percent(name: str) -> bool:
    return name.endswith("_share")


def _shown(value: Any, *, percent: bool) -> str:
    return f"{100 * value:g}" if percent else f"{value:g}"


def _number(typed: str, *, percent: bool, whole: bool) -> int | float | None:
    """A typed number, full-width digits included; None if it is not one."""
    try:
        value = Decimal(typed.replace("%", "").replace("％", "").replace(",", ""))
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    if percent:
        return float(value / 100)
    if whole:
        return int(value) if value == value.to_integral_value() else None
    return float(value)


def _sentence(refused: Refusal) -> str:
    detail = dict(refused.detail)
    if _is_percent(refused.field):
        detail = {key: _percent(value) for key, value in detail.items()}
    return refusals.sentence(Refusal(refused.code, refused.field, detail))


def _percent(value: object) -> object:
    return f"{100 * value:g}" if isinstance(value, int | float) else value


def _saved(what: str) -> HttpResponse:
    return redirect(f"/settings/rules?saved={what}")


def _saved_words(request: HttpRequest) -> str:
    what = request.GET.get("saved", "")
    return say(*_SAVED[what]) if what in _SAVED else ""
