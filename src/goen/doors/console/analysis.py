"""The analyses at a glance: what the figures say, in a sentence each, and the goal for the LTV.

Promises: every finding leads to its page; a finding that the data cannot carry yet says what is
missing; a goal is set with its reason and never overwritten.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from goen.doors.console import (
    analysis_people,
    analysis_second,
    analysis_stores,
    analysis_tabs,
    gate,
)
from goen.doors.console.days import shop_today
from goen.doors.console.shell import actor_of
from goen.doors.console.templatetags import goen as words
from goen.doors.refusals import sentence
from goen.doors.say import say
from goen.insight import queries as insight
from goen.insight import ranked, targets
from goen.insight.answers import Ltv
from goen.insight.targets import Target
from goen.kit import clock, settings
from goen.kit.db import Tx, tx
from goen.kit.money import exponent
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Finding:
    """What one analysis says: its figure, a sentence, and where to see and act."""

    name: str
    figure: str | SafeString
    sentence: str
    href: str
    button: str


@login_required
def show(request: HttpRequest, said: Refusal | None = None) -> HttpResponse:
    """The overview; `said` is why a goal was not taken."""
    with tx() as t:
        value = insight.ltv(t)
        page: dict[str, Any] = {
            "pages": analysis_tabs.menu("overview"),
            "ltv": value if value and value.people else None,
            "findings": _findings(t, value) if value and value.people else [],
            "currency": value.currency if value else settings.read(t, "shop.currency"),
            "goals": _goals(t, value),
            "past": targets.history(t, limit=20),
        }
    page |= {
        "may_set": gate.may(request, "aim"),
        "months": _months(),
        "given": request.POST,
        "wrong": sentence(said) if said else "",
        "wrong_field": said.field if said else "",
    }
    return render(request, "console/analysis.html", page, status=422 if said else 200)


@login_required
@require_POST
def aim(request: HttpRequest) -> HttpResponse:
    """Set the goal for a month."""
    if not gate.may(request, "aim"):
        return HttpResponse(status=403)
    with tx() as t:
        currency = settings.read(t, "shop.currency")
        refused = _aim(t, request, currency)
    return show(request, refused) if refused else HttpResponseRedirect("/analysis#goal")


def _aim(t: Tx, request: HttpRequest, currency: str) -> Refusal | None:
    typed = request.POST.get("value", "").replace(",", "").strip()
    try:
        month = date.fromisoformat(f"{request.POST.get('month', '')}-01")
        value = round(float(typed) * 10 ** exponent(currency))
    except (ValueError, OverflowError):
        return Refusal("malformed", "value", {"why": typed[:40]})
    return targets.put(
        t,
        month=month,
        value_minor=value,
        why=request.POST.get("why", ""),
        actor=actor_of(request),
        recorded_at=clock.now(),
    )


def _months() -> list[str]:
    """This month and the twelve after it, as 2026-11."""
    first = shop_today().replace(day=1)
    return [
        f"{first.year + (first.month - 1 + n) // 12}-{(first.month - 1 + n) % 12 + 1:02d}"
        for n in range(13)
    ]


def _goals(t: Tx, value: Ltv | None) -> list[tuple[Target, float | None]]:
    """Each month's goal beside how much of it the shop has reached (by then, or by now)."""
    reached = {month.month: month.mean_minor for month in value.months} if value else {}
    now = value.mean_minor if value else None
    return [
        (
            goal,
            None if (mean := reached.get(goal.month, now)) is None else mean / goal.value_minor,
        )
        for goal in targets.current(t)
    ]


def _findings(t: Tx, value: Ltv) -> list[Finding]:
    found = [_late(t, value), _second(t), _top(t), _store(t), _known(value)]
    return [one for one in found if one is not None]


def _late(t: Tx, value: Ltv) -> Finding:
    _, count, stake = ranked.late(t, limit=1)
    return Finding(
        say("間があいた方", "Away too long"),
        say("{n}人", "{n} {n|person|people}", n=words.num(count)),
        say(
            "いつもの間隔を過ぎている方々です。1年の粗利で{stake}にあたります。",
            "They are past their own interval; a year's profit with them is {stake}.",
            stake=words.money(stake, value.currency),
        )
        if count
        else say("いつもの間隔を過ぎている方はいません。", "Nobody is past their own interval."),
        "/analysis/lapsing",
        say("どなたかを見る", "See who"),
    )


def _second(t: Tx) -> Finding | None:
    newest = analysis_second.latest(t)
    if newest is None:
        return None
    cohort, window = newest
    return Finding(
        say("2回目の購入", "Second purchase"),
        f"{words.pct(window.rate)}%",
        say(
            "{month}に初めて購入した{n}人のうち、{d}日以内に2回目がありました。",
            "of the {n} who first bought in {month} came again within {d} {d|day|days}.",
            month=cohort.name,
            n=words.num(cohort.people),
            d=window.days,
        ),
        "/analysis/second",
        say("月ごとに見る", "See by month"),
    )


def _top(t: Tx) -> Finding | None:
    top = analysis_people.top_share(t)
    if top is None:
        return None
    return Finding(
        say("上位1割の方", "Top tenth"),
        f"{words.pct(top[1])}%",
        say(
            "わかる方の購入額のうち、上位1割の方が占める割合です。",
            "of identified purchases is made by the top tenth of people.",
        ),
        "/analysis/people",
        say("RFM・デシルを見る", "See RFM and deciles"),
    )


def _store(t: Tx) -> Finding | None:
    best = analysis_stores.best(t)
    if best is None:
        return None
    name, mean, currency = best
    return Finding(
        say("縁を結んだ店", "Where ties begin"),
        words.money(round(mean), currency),
        say(
            "最初のご縁が{name}だった方の、お一人あたりLTVです（全店で最も高い）。",
            "per person first met at {name}: the highest of all places.",
            name=name,
        ),
        "/analysis/stores",
        say("店舗を比べる", "Compare places"),
    )


def _known(value: Ltv) -> Finding | None:
    if not value.receipts:
        return None
    return Finding(
        say("識別率", "Identified share"),
        f"{words.pct(value.identified_receipts / value.receipts)}%",
        say(
            "お買い上げのうち、どなたかわかる割合です。上の数字の確かさを決めます。",
            "of receipts have a known buyer: how firm the figures above are.",
        ),
        "/analysis/known",
        say("店舗・担当ごとに見る", "See by place and staff"),
    )
