"""The result of a measure: what it changed, what it cost, who bought, and what comes next.

Promises: everything that was bought by everybody listed counts, in every channel; the sentence says
no more than the interval does; opened, clicked and redeemed stand apart as what they are; nothing
is decided without a learning.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.views.decorators.http import require_GET, require_POST

from goen.customers import queries as customers
from goen.customers.queries import Shown
from goen.doors import refusals
from goen.doors.console import (
    charts_effect,
    measure_tabs,
    measures_result_alike,
    segment_link,
)
from goen.doors.console import measure_words as words
from goen.doors.console import measures_result_words as said
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.forms import uid_of
from goen.doors.console.people import name_of, second_mark_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.templatetags.goen import full_date, money, sign_of, whole
from goen.doors.say import say
from goen.insight.effects import ArmResult, ChannelResult, PersonResult
from goen.kit import clock, home, ids
from goen.kit.db import tx
from goen.kit.money import exponent
from goen.kit.refusals import Refusal
from goen.links import brought
from goen.marketing import verdicts
from goen.marketing.measure import Noted
from goen.marketing.verdicts import NewDecision, Verdict

SHOWN = 10
LEAST_EXPLAINED = 0.01
"""From this share on it is said how much of chance the time before explains."""


@dataclass(frozen=True, slots=True)
class ArmRow:
    """An arm in words."""

    name: str
    arm: ArmResult


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """The part of the effect of one kind of channel, in words; `between` is empty without one."""

    name: str
    channel: ChannelResult
    difference: str
    between: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One who bought, with how they are called and told apart."""

    person: PersonResult
    name: str
    second_mark: str
    arm: str


@login_required
@require_GET
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The page, or with `.csv` in the address those who bought as a file."""
    is_file = request.path.endswith(".csv")
    with tx() as t:
        found = verdicts.verdict(t, number, at=clock.now())
        if found is None:
            raise Http404
        used = brought.use_of(t, found.uid)
        people = found.effect.people if found.effect else ()
        shown = people if is_file else _first(people)
        known = customers.shown(
            t, [one.person_id for one in shown], viewer=viewer_of(request, "measure_result")
        )
    rows = [_person(one, known.get(one.person_id)) for one in shown]
    if is_file:
        return _csv(number, rows, known)
    kept = request.session.pop(f"measure-result-{number}", {})
    page = {
        **_page(found),
        "brought": used,
        "people": rows,
        "pages": measure_tabs.of_measure(number, "result"),
        "may_write": words.may_write(request),
        "uid": kept.get("uid") or ids.new_id(),
        "typed": kept.get("learning", ""),
        "error": kept.get("error", ""),
        "said": kept.get("said", ""),
    }
    return render(request, "console/measure_result.html", page)


@login_required
@require_POST
def decide(request: HttpRequest, number: int) -> HttpResponse:
    """Keep the decision and the learning; what was typed is not lost when it is refused."""
    given = {name: request.POST.get(name, "") for name in ("uid", "decision", "learning")}
    kept: dict[str, Any] = {"error": _no_right(), **given}
    with tx() as t:
        found = verdicts.verdict(t, number, at=clock.now(), wait=False)
        if found is None:
            raise Http404
        if words.may_write(request):
            known = _known(found, given)
            new = NewDecision(uid_of(given["uid"]), given["decision"], given["learning"], known)
            answer = verdicts.decide(
                t, found.uid, new, actor=actor_of(request), recorded_at=clock.now()
            )
            kept = _answered(answer, given)
    request.session[f"measure-result-{number}"] = kept
    return redirect(f"/measures/{number}/result#next")


def _answered(answer: Noted | Refusal, given: dict[str, str]) -> dict[str, Any]:
    if isinstance(answer, Refusal):
        return {"error": refusals.sentence(answer), **given}
    return {"said": say("判断と学びを残しました。", "The decision and the learning are kept.")}


def _no_right() -> str:
    return say(
        "判断を残せるのは、本部・販促担当・運用担当の方です。",
        "Head office, marketing and operations keep decisions.",
    )


def _known(found: Verdict, given: dict[str, str]) -> str:
    """What was known when it was decided, in the words of the page."""
    decision = given["decision"]
    if decision not in said.DECISIONS:
        return ""
    return f"{say(*said.DECISIONS[decision])}: {said.finding(found)}"


def _page(found: Verdict) -> dict[str, Any]:
    effect, asked = found.effect, found.asked
    if effect and asked and not effect.is_final:
        asked = replace(asked, until=effect.until)
    currency = effect.currency if effect else home.current_shop().currency
    return {
        "found": found,
        "effect": effect,
        "asked": asked,
        "currency": currency,
        "state": words.of(words.STATES, found.state),
        "state_chip": words.CHIPS.get(found.state, ""),
        "head": say(*said.HEADS[found.word]),
        "tone": said.TONES.get(found.word, ""),
        "detail": said.detail(found),
        "explains": effect is not None and (effect.reduction or 0.0) >= LEAST_EXPLAINED,
        "more_people": effect is not None and len(effect.people) > SHOWN,
        "whom": said.whom(found),
        "signed_difference": said.signed(found.reading.difference, currency)
        if found.reading
        else "",
        "between": said.between(found.ruling, currency) if found.ruling else "",
        "gain": _gain(found, currency),
        "arms": [ArmRow(say(*said.ARMS[one.name]), one) for one in effect.arms] if effect else [],
        "channels": _channels(found, currency),
        "chart": _chart(found, currency),
        "treated": effect.arm("treated") if effect else None,
        "decisions": [(code, say(*pair)) for code, pair in said.DECISIONS.items()],
        "kept": found.kept,
        "goods_before": money(whole(effect.goods.before_minor), currency) if effect else "",
        "goods_after": money(whole(effect.goods.after_minor), currency) if effect else "",
        "held_out": _held_out(found, currency),
        "again_href": _again(found),
        **measures_result_alike.page(found, currency),
    }


def _gain(found: Verdict, currency: str) -> dict[str, str] | None:
    gain = found.gain
    if gain is None:
        return None
    return {
        "whole": said.signed(gain.minor, currency),
        "low": said.signed(gain.low_minor, currency),
        "high": said.signed(gain.high_minor, currency),
        "net": said.signed(gain.net_minor, currency),
    }


def _held_out(found: Verdict, currency: str) -> str:
    """The difference to those who hear of nothing, with its interval; empty without one."""
    reading = found.effect.holdout if found.effect and found.ruling else None
    judged = found.of_today(reading)
    if reading is None or judged is None:
        return ""
    difference = said.signed(reading.difference, currency)
    interval = said.between(judged, currency)
    return say("{d}（95%区間 {i}）", "{d} (95 % {i})", d=difference, i=interval)


def _channels(found: Verdict, currency: str) -> list[ChannelRow]:
    rows = []
    for one in found.effect.channels if found.effect else ():
        judged = found.of_today(one.reading)
        rows.append(
            ChannelRow(
                say(*said.KINDS[one.kind]) if one.kind in said.KINDS else one.kind,
                one,
                said.signed(one.reading.difference, currency),
                said.between(judged, currency) if judged else "",
            )
        )
    return rows


def _chart(found: Verdict, currency: str) -> SafeString | None:
    """Whole and parts against zero; None where there is no interval."""
    if found.ruling is None or found.reading is None or found.effect is None:
        return None
    unit = 10 ** exponent(currency)
    parts = [(say("全体", "All"), found.reading.difference, found.ruling)]
    for row in _channels(found, currency):
        judged = found.of_today(row.channel.reading)
        if judged is not None:
            parts.append((row.name, row.channel.reading.difference, judged))
    rows = [
        charts_effect.Effect(
            name,
            (value or 0.0) / unit,
            judged.low / unit,
            judged.high / unit,
            said.signed(value, currency),
            is_whole=at == 0,
        )
        for at, (name, value, judged) in enumerate(parts)
    ]
    return charts_effect.forest(rows, said.finding(found), prefix=sign_of(currency))


def _first(people: Sequence[PersonResult]) -> list[PersonResult]:
    """Those who bought most, whatever their arm, a few of each."""
    shown = [one for arm in said.ARMS for one in [p for p in people if p.arm == arm][:SHOWN]]
    return sorted(shown, key=lambda one: -one.profit_minor)[:SHOWN]


def _person(one: PersonResult, shown: Shown | None) -> PersonRow:
    return PersonRow(
        one, name_of(shown, one.person_id), second_mark_of(shown), say(*said.ARMS[one.arm])
    )


def _again(found: Verdict) -> str:
    """A measure for the treated people who bought, built on this one."""
    people = (
        [one.person_id for one in found.effect.people if one.arm == "treated"]
        if found.effect
        else []
    )
    if not people:
        return ""
    href = segment_link.measure_href(
        {"all": [{"field": "person", "ids": people}]},
        made_from=f"/measures/{found.number}/result",
        evidence=f"{say('施策', 'Measure')} {found.number}: {said.finding(found)}",
    )
    return f"{href}&builds_on={found.number}"


def _csv(number: int, rows: Sequence[PersonRow], known: dict[int, Shown]) -> HttpResponse:
    head = [
        say("お客様番号", "Person"), say("お名前", "Name"), say("群", "Group"),
        say("粗利（期間中）", "Gross profit in the window"),
        say("粗利（前の同じ日数）", "Gross profit in as many days before"),
        say("レシート", "Receipts"),
    ]  # fmt: skip
    places = 10 ** exponent(home.current_shop().currency)
    lines = []
    for row in rows:
        shown = known.get(row.person.person_id)
        name = f"{shown.family_name} {shown.given_name}".strip() if shown else ""
        amounts = [round(one) / places if places > 1 else round(one)
                   for one in (row.person.profit_minor, row.person.before_minor)]  # fmt: skip
        lines.append([row.person.person_id, name, row.arm, *amounts, row.person.receipts])
    return as_csv(f"measure-{number}-{full_date(shop_today()).replace('/', '')}", head, lines)
