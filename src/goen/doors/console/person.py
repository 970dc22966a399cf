"""One person over all channels: what they are worth, when they came, what they bought and why,
and how we know that it is one person.

Promises: every view leaves a line in the trail; somebody who was merged redirects to who they are
now; the list says everything the picture says; a next step is only named where the data say why.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from goen.behaviour.queries import ReasonShown, reasons_of
from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.customers.queries import Whole
from goen.doors.console import (
    consents,
    gate,
    ltv_words,
    person_joined,
    person_proposal,
    scenarios_one,
    segment_link,
    trail_page,
    traits,
)
from goen.doors.console.days import shop_today
from goen.doors.console.evidence import known_by
from goen.doors.console.next_step import next_step
from goen.doors.console.people import name_of
from goen.doors.console.person_behaviour import Doing, Passed, considered, doings, window_of
from goen.doors.console.points_account import held_by
from goen.doors.console.points_words import may_write
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.console.timeline import SPANS, pictures
from goen.doors.say import say, text_of
from goen.insight import forecast_queries as forecasts
from goen.insight import queries as insight
from goen.kit import clock, home, settings, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.orders import queries as orders
from goen.orders.queries import Receipt
from goen.points import programmes

PAGE = 10
MOST = 300
GOODS = 10
HABIT_FROM = 8
ENDED_DAYS = 31
_WEEKDAYS = ("月火水木金土日", ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
REASONS = {
    "gift": ("贈り物", "a gift"),
    "self_use": ("自分用", "for themselves"),
    "refill": ("いつもの買い足し", "their usual refill"),
    "recommended": ("すすめられて", "recommended"),
    "event": ("行事・季節", "an event or season"),
    "considered": ("前から検討", "had considered it"),
    "offer": ("ご案内を見て", "saw an offer"),
}
BASES = {
    "stated": ("ご本人", "said by them"),
    "staff": ("スタッフ記録", "noted by staff"),
    "inferred": ("推定", "inferred"),
}


@dataclass(frozen=True, slots=True)
class Visit:
    """One receipt in the list, with the reasons that were given."""

    receipt: Receipt
    reasons: tuple[str, ...]
    units: int
    """How many things; what is weighed or poured is one each."""
    measures: Mapping[int, str]
    passed: tuple[Passed, ...] = ()
    """What was considered before it and not bought."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list: a purchase, or what was done on a day beside buying."""

    at: datetime
    visit: Visit | None = None
    doing: Doing | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """One article this person bought, over the receipts looked at."""

    sku_id: int
    name: str
    unit: str
    units: int
    times: int
    amount_minor: int
    last_on: date


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the contacts were on one channel."""

    name: str
    times: int
    width: float


@login_required
@require_GET
def show(request: HttpRequest, person_id: int) -> HttpResponse:
    """The page of a person, or (for HTMX, with `before`) the next stretch of their list."""
    viewer = viewer_of(request)
    before = _instant(request.GET.get("before", ""))
    with tx() as t:
        whole = customers.whole(t, person_id, viewer=viewer)
        if whole is None:
            raise Http404
        if whole.moved_to is not None:
            return HttpResponseRedirect(reverse("person", args=[whole.moved_to]))
        trail.saw(t, viewer, "person", person_id, at=clock.now())
        if request.headers.get("HX-Request") and before:
            listed = _listed(t, whole, before, viewer)
            return render(request, "console/_thread_list.html", {"person_id": person_id, **listed})
        offer = person_proposal.note_of(
            t, person_id, viewer, on=insight.today(t), actor=actor_of(request), at=clock.now()
        )
        page = _page(t, whole, request.GET.get("span", "4m"), before, viewer, offer) | {
            "offer": offer,
            "journeys": scenarios_one.of_person(t, person_id, viewer),
            "aside": _aside(request, offer),
            "accounts": held_by(t, whole.shown.record_ids, viewer, at=clock.now()),
            "has_points": bool(programmes.all_of(t)),
            "may_write": may_write(request),
            "coming": _coming(t, whole.person_id),
            "measure": segment_link.measure_href(
                [{"field": "person", "ids": [whole.person_id]}], made_from=request.path
            ),
            "consent": consents.of_person(t, whole.person_id, viewer),
            "looks": trail_page.of_person(t, whole.person_id, viewer)
            if gate.may(request, "trail")
            else [],
            "said": consents.said_words(request),
            "joined": person_joined.of_person(t, whole, viewer, request),
            **traits.of_person(t, whole.person_id),
        }
    return render(request, "console/person.html", page)


def _aside(request: HttpRequest, offer: Mapping[str, Any]) -> UUID | None:
    """The proposal that was put aside a moment ago, to be taken back."""
    try:
        uid = UUID(request.GET.get("aside", ""))
    except ValueError:
        return None
    return None if offer["proposal"] else uid


def _page(
    t: Tx,
    whole: Whole,
    span: str,
    before: datetime | None,
    viewer: Viewer,
    offer: Mapping[str, Any],
) -> dict[str, Any]:
    ids = whole.shown.record_ids
    history = orders.receipts_of(t, ids, limit=MOST)
    value = insight.persons(t, [whole.person_id]).get(whole.person_id)
    today, ended = _today(t)
    name = name_of(whole.shown, whole.person_id)
    known = known_by(whole)
    span = span if span in SPANS else "4m"
    return {
        "person_id": whole.person_id,
        "whole": whole,
        "name": name,
        "initial": (whole.shown.family_name or name)[:1],
        "sources": _sources(whole),
        "since": whole.shown.joined_on or (value.first_on if value else None),
        "value": value,
        "total": orders.count_of(t, ids),
        "currency": history[0].currency if history else home.current_shop().currency,
        "ended": today if ended else None,
        "gap": (today - history[0].business_date).days if history else None,
        "usual": round(value.interval_days) if value and value.interval_days else None,
        "next": None
        if offer["proposal"]
        else next_step(
            t,
            whole.person_id,
            value=value,
            history=[] if offer["held_out"] else history,
            today=today,
        ),
        "pictures": pictures(history, known, span, today, ended=ended),
        "span": span,
        "spans": [(code, say(ja, en)) for code, (ja, en, _) in SPANS.items()],
        "goods": _goods(t, history),
        "goods_cut": len(history) == MOST,
        "shares": _shares(text_of(one.channel_name) for one in history),
        "weekdays": _weekdays(history),
        "known": known,
        **_listed(t, whole, before, viewer, history),
    }


def _coming(t: Tx, person_id: int) -> dict[str, Any] | None:
    """What is expected of them, in words; None where nothing is foretold."""
    found = forecasts.forecasts(t, [person_id]).get(person_id)
    if found is None:
        return None
    days = int(settings.read(t, "ltv.horizon_days"))
    return {"words": ltv_words.person(found), "horizon": ltv_words.horizon(days)}


def _today(t: Tx) -> tuple[date, bool]:
    """The day gaps are counted to: today, or the last day of a data set that ended long ago."""
    today = shop_today()
    summary = insight.ltv(t)
    if summary and (today - summary.period.last_on).days > ENDED_DAYS:
        return summary.period.last_on, True
    return today, False


def _listed(
    t: Tx,
    whole: Whole,
    before: datetime | None,
    viewer: Viewer,
    history: Sequence[Receipt] = (),
) -> dict[str, Any]:
    """One stretch of the list, newest first, and where the next one starts."""
    records = whole.shown.record_ids
    if before is None:
        found = list(history[: PAGE + 1])
    else:
        found = orders.receipts_of(t, records, limit=PAGE + 1, before=before)
    said = reasons_of(t, [one.uid for one in found[:PAGE]])
    measured = catalogue.measures(t, {line.sku_id for one in found for line in one.lines})
    passed = considered(t, records, found)
    visits = [
        Visit(
            one,
            _said(said.get(one.uid, []), told=viewer.sees_names),
            _things(one, measured),
            measured,
            tuple(passed.get(one.uid, ())),
        )
        for one in found[:PAGE]
    ]
    more = len(found) > PAGE
    since, until = window_of([one.receipt for one in visits], before, last=not more)
    days = doings(
        t,
        records,
        since=since,
        before=until,
        timezone=home.current_shop().timezone,
        sees_names=viewer.sees_names,
    )
    entries = [Entry(one.receipt.occurred_at, visit=one) for one in visits]
    entries += [Entry(one.at, doing=one) for one in days]
    return {
        "visits": visits,
        "entries": sorted(entries, key=lambda one: one.at, reverse=True),
        "older": visits[-1].receipt.occurred_at.isoformat() if more else "",
        "paged": before is not None,
        "why": [(code, say(*words)) for code, words in REASONS.items()],
    }


def _things(receipt: Receipt, measured: Mapping[int, str]) -> int:
    return sum(1 if line.sku_id in measured else line.qty for line in receipt.lines)


def _said(reasons: Sequence[ReasonShown], *, told: bool) -> tuple[str, ...]:
    """Reasons in words: the shopper's own for who may see names, else what they come under."""
    found = []
    for one in reasons:
        words = (one.note if told else "") or say(*REASONS.get(one.code, (one.code, one.code)))
        basis = say(*BASES[one.basis])
        if one.confidence is not None:
            basis += f" {100 * one.confidence:.0f}%"
        found.append(say("{words}（{basis}）", "{words} ({basis})", words=words, basis=basis))
    return tuple(dict.fromkeys(found))


def _sources(whole: Whole) -> list[str]:
    names = {one.source_code: text_of(one.source_name) for one in whole.records}
    return [names[code] for code in whole.shown.sources if code in names]


def _goods(t: Tx, history: Sequence[Receipt]) -> list[Goods]:
    """The articles bought most often, then most recently."""
    found: dict[int, Goods] = {}
    measured = catalogue.measures(t, {line.sku_id for one in history for line in one.lines})
    for receipt in reversed(history):
        for line in receipt.lines:
            old = found.get(line.sku_id)
            found[line.sku_id] = Goods(
                line.sku_id,
                text_of(line.name),
                measured.get(line.sku_id, "piece"),
                line.qty + (old.units if old else 0),
                1 + (old.times if old else 0),
                line.amount_minor + (old.amount_minor if old else 0),
                receipt.business_date,
            )
    ranked = sorted(found.values(), key=lambda g: (g.times, g.last_on, g.sku_id), reverse=True)
    return ranked[:GOODS]


def _shares(names: Iterable[str]) -> list[Share]:
    counts = Counter(names)
    most = max(counts.values(), default=1)
    return [Share(name, n, round(100 * n / most, 1)) for name, n in counts.most_common()]


def _weekdays(history: Sequence[Receipt]) -> list[Share]:
    """On which days of the week they buy; nothing while there is no habit to see."""
    if len(history) < HABIT_FROM:
        return []
    counts = Counter(one.business_date.weekday() for one in history)
    most = max(counts.values())
    return [
        Share(say(_WEEKDAYS[0][i], _WEEKDAYS[1][i]), counts[i], round(100 * counts[i] / most, 1))
        for i in range(7)
    ]


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
