"""Why somebody is among the people found, or is not, in words and figures.

Promises: every condition is listed with whether it holds and with the person's own figure; what a
masked role may not see is said to be hidden.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.customers import queries as customers
from goen.doors.console import measure_tabs, segment_link
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.segments_words import (
    GENDERS,
    REASONS,
    SCORES,
    Names,
    described,
    names_of,
    phrase,
)
from goen.doors.console.shell import viewer_of
from goen.doors.console.templatetags.goen import day, full_date, money, num, pct
from goen.doors.say import say
from goen.kit import clock, trail
from goen.kit.db import Tx, tx
from goen.marketing import conditions_why, found
from goen.marketing.conditions import Conditions, parse
from goen.marketing.conditions_why import Reason

FOUND = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One condition of the answer."""

    said: str
    holds: bool
    own: str
    is_one_of: bool
    """Whether it is enough that this one, or another beside it, holds."""


@login_required
@require_GET
def show(request: HttpRequest, person_id: int | None = None) -> HttpResponse:
    """The answer for one person, or the people a text finds, to choose from."""
    conditions = parse(request.GET.get("c", ""))
    if not isinstance(conditions, Conditions):
        raise Http404
    viewer = viewer_of(request, "segment")
    typed = request.GET.get("q", "").strip()
    page: dict[str, Any] = {
        "tabs_of": measure_tabs.menu("segments"),
        "c": conditions.text,
        "typed": typed,
        "back": segment_link.href(conditions.tree, made_from=""),
    }
    with tx() as t:
        page["said"] = described(t, conditions)
        if person_id is None:
            hits = customers.search(t, typed, viewer=viewer, limit=FOUND) if typed else []
            page["hits"] = [
                (one.person_id, name_of(one, one.person_id), second_mark_of(one)) for one in hits
            ]
        else:
            page |= _answer(t, conditions, person_id, viewer)
            trail.saw(t, viewer, "person", person_id, at=clock.now())
    return render(request, "console/segment_why.html", page)


def _answer(t: Tx, conditions: Conditions, person_id: int, viewer: Any) -> dict[str, Any]:
    whole = customers.whole(t, person_id, viewer=viewer)
    if whole is None:
        raise Http404
    ready = found.prepare(t, conditions, at=clock.now())
    answer: dict[str, Any] = {
        "person_id": whole.person_id,
        "name": name_of(whole.shown, whole.person_id),
        "mark": second_mark_of(whole.shown),
        "waiting": ready.waiting,
    }
    if ready.waiting:
        return answer
    names = names_of(t, conditions)
    found_why = conditions_why.why(t, ready, whole.person_id, viewer=viewer)
    lines = [_line(one, names) for one in found_why.reasons]
    return answer | {"is_in": found_why.is_in, "lines": lines}


def _line(reason: Reason, names: Names) -> Line:
    """A condition as it is asked: its opposite, where it stands under a 'not'."""
    path = reason.leaf.path
    said = phrase(reason.leaf, names)
    negated = path.count("not") % 2 == 1
    if negated:
        said = say("「{x}」にあてはまらない", "do not fulfil “{x}”", x=said)
    said = say("{x}方", "{x}", x=said)
    return Line(
        said[:1].upper() + said[1:], reason.holds != negated, own(reason, names), "any[" in path
    )


def own(reason: Reason, names: Names) -> str:
    """The person's own figure, in words."""
    figures = reason.figures
    if figures.get("masked"):
        return say("この役割では見られません", "Hidden from this role")
    for known, words in _OWN.items():
        if known in figures:
            return words(figures, names)
    return say("この方は選ばれています", "Is chosen") if reason.holds else "—"


def _count(ja: str, en: str) -> Callable[[Mapping[str, Any], Names, str], str]:
    return lambda figures, _, name: say(ja, en, n=num(figures[name]))


def _when(value: date | datetime | None) -> str:
    return say("（最後は{d}）", " (last {d})", d=day(value)) if value else ""


def _money(name: str) -> Callable[[Mapping[str, Any], Names], str]:
    return lambda figures, names: money(figures[name], names.currency)


def _days(figures: Mapping[str, Any], _: Names) -> str:
    if figures["days_away"] is None:
        return say("買い物の記録なし", "No purchase on record")
    away = say("{n}日", "{n} {n|day|days}", n=num(figures["days_away"]))
    usual = figures.get("usual_days")
    if usual is None:
        return away
    return away + say("（いつもは{n}日）", " (usually {n})", n=num(round(usual)))


def _second(figures: Mapping[str, Any], _: Names) -> str:
    if figures["first_on"] is None:
        return say("買い物の記録なし", "No purchase on record")
    first = say("初回 {d}", "First {d}", d=full_date(figures["first_on"]))
    if "second_on" not in figures:
        return first
    if figures["second_on"] is None:
        return first + say("・2回目なし", ", no second")
    return first + say("・2回目 {d}", ", second {d}", d=full_date(figures["second_on"]))


def _rfm(figures: Mapping[str, Any], _: Names) -> str:
    parts = [f"{say(*word)} {num(figures[name])}" for name, word in SCORES.items()]
    return say("・", ", ").join(parts)


def _times(figures: Mapping[str, Any], _: Names) -> str:
    return say("{n}回", "{n} {n|time|times}", n=num(figures["times"])) + _when(figures["last_at"])


_CAUSES = {
    "": ("案内してよい", "may be written to"),
    "no_address": ("宛先なし", "no address"),
    "no_consent": ("同意の記録なし", "no consent on record"),
    "refused": ("お断り", "refused"),
    "suppressed": ("配信停止中の宛先", "address is barred"),
}
_STEPS = {
    "proposal": ("提案", "a proposal"),
    "list": ("進行中の施策", "a running measure"),
    "order": ("進行中の注文・取り置き", "an open order"),
    "late": ("間があいた方としての声かけ", "a call, being late"),
}


def _steps(figures: Mapping[str, Any], _: Names) -> str:
    if not figures["steps"]:
        return say("次の一手なし", "None")
    return say("・", ", ").join(say(*_STEPS[one]) for one in figures["steps"])


def _age(figures: Mapping[str, Any], _: Names) -> str:
    born = next(iter(figures.values()))
    return say("生年月日 {d}", "Born {d}", d=full_date(born)) if born else _unknown()


def _unknown() -> str:
    return say("記録なし", "Not on record")


_OWN: Mapping[str, Callable[[Mapping[str, Any], Names], str]] = {
    "units": lambda f, _: say("{n}点", "{n}", n=num(f["units"])) + _when(f["last_on"]),
    "amount": lambda f, names: money(f["amount"], names.currency) + _when(f["last_on"]),
    "purchases": lambda f, _: (
        say("{n}回", "{n} {n|time|times}", n=num(f["purchases"])) + _when(f["last_on"])
    ),
    "days_away": _days,
    "first_on": _second,
    "recency": _rfm,
    "decile": lambda f, _: say("第{n}分位", "Tenth {n}", n=num(f["decile"])),
    "profit_minor": _money("profit_minor"),
    "expected_minor": _money("expected_minor"),
    "stake_minor": _money("stake_minor"),
    "alive": lambda f, _: "—" if f["alive"] is None else f"{pct(f['alive'], 0)}%",
    "first_place": lambda f, names: _named(names, "places", f["first_place"]),
    "first_channel": lambda f, names: _named(names, "channels", f["first_channel"]),
    "main_place": lambda f, names: _named(names, "places", f["main_place"]),
    "times": _times,
    "codes": lambda f, _: (
        say("・", ", ").join(say(*REASONS[one]) for one in f["codes"] if one in REASONS)
        or _unknown()
    ),
    "cause": lambda f, _: say(*_CAUSES[f["cause"]]),
    "steps": _steps,
    "age": _age,
    "birth_month": _age,
    "gender": lambda f, _: say(*GENDERS[f["gender"]]) if f["gender"] else _unknown(),
    "prefecture": lambda f, _: f["prefecture"] or _unknown(),
}


def _named(names: Names, kind: str, number: int | None) -> str:
    return _unknown() if number is None else names.of(kind, number)
