"""The rules of a programme: a form in words, and what a change does before it is made.

Promises: nothing is saved before the page has said what changes, from what to what, and for whom;
what was typed stays, whatever is refused.
"""

from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode

from goen.doors import refusals
from goen.doors.console import points_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.points import chosen_of
from goen.doors.console.shell import actor_of
from goen.doors.console.stock_entry import whole
from goen.doors.console.templatetags.goen import full_date, money
from goen.doors.say import say
from goen.kit import clock, home
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.points import listing, programmes
from goen.points.listing import ProgrammeShown
from goen.points.programmes import NewProgramme

FIELDS = (
    "code", "name_ja", "name_en", "currency", "per_minor", "basis", "expires_months",
    "confirm_days", "grace_days", "points_from", "owed_policy", "spend_allowed",
)  # fmt: skip
LIMITS = (("confirm_days", 0, 3_660), ("grace_days", 0, 3_660), ("expires_months", 1, 1_200))


@dataclass(slots=True)
class Typed:
    """A form as it was typed, what it means, and what is wrong with it."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    new: NewProgramme | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One rule that changes: its name, from what to what, and what that does."""

    name: str
    before: str
    after: str
    effect: str


@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The form; a POST says what would change, and with `do=save` changes it."""
    may_write = words.may_write(request)
    with tx() as t:
        known = listing.programmes(t)
        chosen = None if request.GET.get("new") else chosen_of(request, known)
        typed = _read(request, chosen) if request.method == "POST" else Typed(_values(chosen))
        do = request.POST.get("do", "") if may_write and typed.new is not None else ""
        if do == "save" and typed.new is not None:
            answer = programmes.put(t, typed.new, actor=actor_of(request), recorded_at=clock.now())
            if not isinstance(answer, Refusal):
                request.session["points-said"] = (
                    say("きまりを変えました。", "The rules are changed.")
                    if chosen
                    else say("ポイントのきまりを作りました。", "The programme is there.")
                )
                return redirect(f"/points?{urlencode({'programme': typed.new.code})}")
            typed.errors[_field(answer.field)] = refusals.sentence(answer)
    changes = _changes(chosen, typed.new) if do == "check" and typed.new and chosen else []
    page: dict[str, Any] = {
        "chosen": chosen,
        "programmes": known,
        "values": typed.values,
        "errors": typed.errors,
        "wrong": bool(typed.errors),
        "checking": do == "check" and not typed.errors,
        "changes": changes,
        "preview": _preview(typed.new) if do == "check" and typed.new else [],
        "bases": words.choices(words.BASES),
        "policies": words.choices(words.OWED),
        "unit": words.unit_of(typed.values["currency"]),
        "may_write": may_write,
    }
    refused = request.method == "POST" and not may_write
    status = 403 if refused else 422 if typed.errors else 200
    return render(request, "console/points_rules.html", page, status=status)


def _values(chosen: ProgrammeShown | None) -> dict[str, str]:
    """The fields of a programme as it is, or of a first one."""
    if chosen is None:
        currency = home.current_shop().currency
        return {
            "code": "points", "name_ja": "ポイント", "name_en": "Points", "currency": currency,
            "per_minor": words.typed_amount(100, currency),
            "basis": "gross", "expires_months": "12", "confirm_days": "0", "grace_days": "30",
            "points_from": f"{shop_today()}", "owed_policy": "owed", "spend_allowed": "1",
        }  # fmt: skip
    one = chosen.rules
    return {
        "code": one.code,
        "name_ja": chosen.name.get("ja", ""),
        "name_en": chosen.name.get("en", ""),
        "currency": one.currency,
        "per_minor": words.typed_amount(one.per_minor, one.currency),
        "basis": one.basis,
        "expires_months": "" if one.expires_months is None else f"{one.expires_months}",
        "confirm_days": f"{one.confirm_days}",
        "grace_days": f"{one.grace_days}",
        "points_from": f"{one.points_from or ''}",
        "owed_policy": one.owed_policy,
        "spend_allowed": "1" if one.spend_allowed else "",
    }


def _read(request: HttpRequest, chosen: ProgrammeShown | None) -> Typed:
    typed = Typed({name: words.typed(request.POST, name) for name in FIELDS})
    values, errors = typed.values, typed.errors
    if chosen is not None:
        values |= {"code": chosen.rules.code, "currency": chosen.rules.currency}
    for name in ("code", "name_ja"):
        if not values[name]:
            errors[name] = say("入力してください。", "Enter one.")
    per_minor = words.amount(values["per_minor"], values["currency"])
    if per_minor is None:
        errors["per_minor"] = say("金額を入力してください。", "Enter an amount.")
    numbers: dict[str, int | None] = {"expires_months": None}
    for name, least, most in LIMITS:
        if name == "expires_months" and not values[name]:
            continue
        numbers[name] = found = whole(values[name])
        if found is None or not least <= found <= most:
            errors[name] = words.bounds(least, most)
    since = words.day_of(values["points_from"])
    if values["points_from"] and since is None:
        errors["points_from"] = words.bad_day(values["points_from"])
    if errors:
        return typed
    new = NewProgramme(
        code=values["code"],
        name={"ja": values["name_ja"], "en": values["name_en"] or values["name_ja"]},
        currency=values["currency"],
        per_minor=per_minor or 0,
        basis=values["basis"],
        expires_months=numbers["expires_months"],
        confirm_days=numbers["confirm_days"] or 0,
        grace_days=numbers["grace_days"] or 0,
        points_from=since,
        owed_policy=values["owed_policy"],
        spend_allowed=bool(values["spend_allowed"]),
        timezone=chosen.rules.timezone if chosen else home.current_shop().timezone,
    )
    refused = programmes.refusal(new)
    if refused is None:
        typed.new = new
    else:
        errors[_field(refused.field)] = refusals.sentence(refused)
    return typed


def _field(name: str) -> str:
    return name if name in FIELDS else "code"


def _preview(new: NewProgramme | None) -> list[tuple[str, str]]:
    """The rules in sentences as they would be."""
    if new is None:
        return []
    return words.rules_of(programmes.as_rules(new))


def _changes(chosen: ProgrammeShown, new: NewProgramme | None) -> list[Change]:
    """Each rule that would be another, with what that does."""
    if new is None:
        return []
    old = chosen.rules
    never, none = say("なし", "never"), say("未定", "none")
    yes, no = say("使える", "can be spent"), say("使えない", "cannot be spent")
    from_now = say("これからの会計から。", "With sales from now on.")
    rows = [
        Change(
            say("名前", "Name"),
            " / ".join(filter(None, [chosen.name.get("ja", ""), chosen.name.get("en", "")])),
            f"{new.name['ja']} / {new.name['en']}",
            say("画面とレシートの呼び名です。", "What pages and receipts call it."),
        ),
        Change(
            say("1ポイントになる金額", "Amount for a point"),
            money(old.per_minor, old.currency),
            money(new.per_minor, new.currency),
            from_now,
        ),
        Change(
            say("もとになる金額", "Counted on"),
            words.of(words.BASES, old.basis),
            words.of(words.BASES, new.basis),
            from_now,
        ),
        Change(
            say("有効期限（月）", "Months until the end"),
            never if old.expires_months is None else f"{old.expires_months}",
            never if new.expires_months is None else f"{new.expires_months}",
            say(
                "これから付く分だけ。いまあるポイントの期限は変わりません。",
                "Only what comes from now on. Points that are there keep their end.",
            ),
        ),
        Change(
            say("使えるまでの日数", "Days until they can be spent"),
            f"{old.confirm_days}",
            f"{new.confirm_days}",
            say(
                "これから付く分だけ。待っている分は、決まった日に使えるようになります。",
                "Only what comes from now on. What waits keeps its day.",
            ),
        ),
        Change(
            say("戻ったポイントの日数", "Days of points that come back"),
            f"{old.grace_days}",
            f"{new.grace_days}",
            say("これからの返品から。", "With returns from now on."),
        ),
        Change(
            say("使いずみポイントの返品", "Returns when points are spent"),
            words.of(words.OWED, old.owed_policy),
            words.of(words.OWED, new.owed_policy),
            say("これからの返品から。", "With returns from now on."),
        ),
        Change(
            say("開始日", "First day"),
            full_date(old.points_from) if old.points_from else none,
            full_date(new.points_from) if new.points_from else none,
            say(
                "この日より前の会計には付きません。付いたポイントはそのまま残ります。",
                "Sales of earlier days earn nothing. Points that are there stay.",
            ),
        ),
        Change(
            say("お支払い", "Paying"),
            yes if old.spend_allowed else no,
            yes if new.spend_allowed else no,
            say(
                "すぐに、すべての店と連携先で。残高は変わりません。",
                "At once, in every shop and linked system. Balances stay.",
            ),
        ),
    ]
    return [row for row in rows if row.before != row.after]
