"""Settings: the shop's rules, its assumed margin, its API keys, and who changed what.

Promises: a form is saved whole or not at all, and what was typed stays; only head office changes
anything; a key's secret is shown once, at the moment it is made.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goen.catalogue import masters as catalogue
from goen.catalogue.models import Category, Margin
from goen.doors import refusals
from goen.doors.console import gate
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock, keys, settings
from goen.kit.db import Tx, tx
from goen.kit.models import Key, Trail
from goen.kit.refusals import Refusal

GROUPS = {
    "concentration": ("1人に集中している商品", "Products that rest on one person"),
    "cut": ("見直しの候補", "Cut candidates"),
    "stock": ("在庫の補充", "Refilling shelves"),
    "insight": ("数える期間", "How far back to count"),
    "claim": ("レシートの登録", "Claiming a receipt"),
    "proposal": ("お客様への提案", "Proposals to customers"),
    "events": ("お客様の行動", "What shoppers did"),
    "api": ("APIの上限", "Limits of the API"),
}
FIXED = ("shop.currency", "shop.timezone")
"""Decided when a shop is made: its facts are already kept in them."""
TRAIL_LINES = 20
_CHANGES = ("setting", "margin", "key")
_SAVED = {
    "rules": ("条件を保存しました。", "The rules are saved."),
    "margin": ("粗利率の仮定を保存しました。", "The assumed margin is saved."),
    "revoked": ("APIキーを止めました。", "The API key is revoked."),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting on the page; `percent` shows a share of 0…1 as 0…100."""

    name: str
    text: str
    value: str
    percent: bool
    error: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One line of the trail, in words."""

    at: datetime
    what: str
    who: str


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request, {}, {})


@login_required
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    """Save the rules: all of them, or none with the reason beside the field."""
    if not _may_change(request):
        return _page(request, {}, {}, status=403)
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
    if not _may_change(request):
        return _page(request, {}, {}, status=403)
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


@login_required
@require_POST
def issue_key(request: HttpRequest) -> HttpResponse:
    """Make an API key and show its secret, once."""
    if not _may_change(request):
        return _page(request, {}, {}, status=403)
    name = request.POST.get("name", "").strip()
    scopes = tuple(scope for scope in keys.SCOPES if scope in request.POST.getlist("scope"))
    if not name or not scopes:
        error = say(
            "名前を入力し、できることを1つ以上選んでください。",
            "Enter a name and choose at least one right.",
        )
        return _page(request, {"key": name}, {"key": error}, status=422)
    with tx() as t:
        secret = keys.issue(t, name[:80], scopes, actor=actor_of(request), recorded_at=clock.now())
    response = _page(request, {}, {}, secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response


@login_required
@require_POST
def revoke_key(request: HttpRequest) -> HttpResponse:
    """Stop an API key for good."""
    if not _may_change(request):
        return _page(request, {}, {}, status=403)
    given = request.POST.get("key", "")
    if given.isdecimal():
        with tx() as t:
            keys.revoke(t, int(given), actor=actor_of(request), recorded_at=clock.now())
    return _saved("revoked")


def _page(
    request: HttpRequest,
    given: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
    secret: str = "",
) -> HttpResponse:
    with tx() as t:
        page = {
            "groups": _groups(t, given, errors),
            "fixed": _fixed(t),
            "margins": list(Margin.objects.select_related("category").order_by("category_id")),
            "categories": list(Category.objects.order_by("id")),
            "keys": list(Key.objects.order_by(F("revoked_at").asc(nulls_first=True), "-id")),
            "scopes": _scopes(),
            "changes": _changes(),
            "may_change": _may_change(request),
            "given": given,
            "errors": errors,
            "secret": secret,
            "saved": _saved_words(request),
        }
        return render(request, "console/settings.html", page, status=status)


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


def _fixed(t: Tx) -> list[tuple[str, str]]:
    values = settings.read_all(t)
    declared = settings.DECLARED
    return [(say(declared[n].ja, declared[n].en), str(values[n])) for n in FIXED if n in declared]


def _changeable() -> list[str]:
    return [
        name
        for name, declared in settings.DECLARED.items()
        if name not in FIXED
        and not name.startswith("mail.")  # they have a page of their own
        and isinstance(declared.default, int | float)
        and not isinstance(declared.default, bool)  # a switch stands on the page of what it stops
    ]


def _may_change(request: HttpRequest) -> bool:
    return gate.may(request, "settings")


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


def _scopes() -> list[tuple[str, str]]:
    words = {
        "sales:write": say("会計を登録する", "Register sales"),
        "orders:write": say("注文を受け、進める", "Place orders and move them on"),
        "orders:read": say("注文を読む", "Read orders"),
        "people:read": say("お届け先の氏名・住所を読む", "Read to whom goods are sent"),
        "stock:write": say("在庫を動かす・取り置く", "Move and hold stock"),
        "stock:read": say("在庫を読む", "Read stock"),
        "points:write": say("ポイント・クーポンを付ける", "Give points and coupons"),
        "points:read": say("ポイント・クーポンを読む", "Read points and coupons"),
        "insight:read": say("数字を読む", "Read figures"),
        "catalogue:write": say("商品を登録する", "Register products"),
        "customers:write": say("お客様を登録する", "Register customers"),
        "events:write": say("お客様の行動を伝える", "Tell what shoppers did"),
        "events:read": say("お客様の行動を持ち出す", "Take out what shoppers did"),
        "proposals:read": say("お客様への提案を読む", "Read what is proposed to customers"),
        "proposals:write": say("提案を見せた・見送られたを伝える", "Tell what became of proposals"),
        "webhooks:write": say("知らせの送り先を決める", "Decide where notices are sent"),
        "metrics:read": say("稼働の数値を読む", "Read how the system runs"),
    }
    return [(scope, words.get(scope, scope)) for scope in keys.SCOPES]


def _saved(what: str) -> HttpResponse:
    response = redirect("settings")
    response.headers["Location"] += f"?saved={what}"
    return response


def _saved_words(request: HttpRequest) -> str:
    what = request.GET.get("saved", "")
    return say(*_SAVED[what]) if what in _SAVED else ""


def _changes() -> list[Changed]:
    lines = Trail.objects.filter(kind__in=_CHANGES).order_by("-id")[:TRAIL_LINES]
    return [Changed(line.at, _in_a_sentence(line), line.actor.partition(":")[2]) for line in lines]


def _in_a_sentence(line: Trail) -> str:
    if line.kind == "setting":
        declared = settings.DECLARED.get(line.subject)
        name = say(declared.ja, declared.en) if declared else line.subject
        percent = _is_percent(line.subject)
        before, after = line.detail.get("before"), line.detail.get("after")
        return say(
            "{name}：{before} → {after}",
            "{name}: {before} → {after}",
            name=name,
            before=_in_words(before, percent=percent),
            after=_in_words(after, percent=percent),
        )
    if line.kind == "margin":
        rate = f"{100 * float(line.detail.get('rate', 0)):g}%"
        where = _category_name(line.subject)
        return say(
            "粗利率の仮定（{where}）：{rate}",
            "Assumed margin ({where}): {rate}",
            where=where,
            rate=rate,
        )
    if line.verb == "issue":
        return say(
            "APIキー「{name}」を発行",
            "API key “{name}” issued",
            name=line.detail.get("name", line.subject),
        )
    return say("APIキー {prefix}… を停止", "API key {prefix}… revoked", prefix=line.subject)


def _in_words(value: Any, *, percent: bool) -> str:
    if not isinstance(value, int | float):
        return str(value)
    return f"{100 * value:g}%" if percent else f"{value:g}"


def _category_name(code: str) -> str:
    if code == "shop":
        return say("店全体", "whole shop")
    found = Category.objects.filter(code=code).first()
    return text_of(found.name) if found else code
