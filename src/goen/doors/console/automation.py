"""What acts by itself: one switch for all of it, what proposals brought, and every decision.

Promises: who plans or runs may stop everything with one press, and it stands in the trail; the
page says what goes on working; a figure of what proposals changed is said with its interval or not
at all; each decision is shown with what it was made on.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.doors.console import gate, measure_tabs
from goen.doors.console import proposals_words as words
from goen.doors.console.exports import as_csv
from goen.doors.console.people import name_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say, text_of
from goen.insight import queries as insight
from goen.kit import clock, settings
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.marketing import automation, proposals_counting, proposals_taking
from goen.marketing.automation import DecisionShown

PAGE = 50
EXPORTED = 20_000
DAYS = 90
_NUMBER = re.compile(r"[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Row:
    """A decision in words, with where its subject is."""

    at: datetime
    rule: str
    who: str
    href: str
    what: str
    why: str


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page, or its decisions as a file."""
    rule = request.GET.get("rule", "")[:100]
    person = request.GET.get("person", "")
    before = request.GET.get("before", "")
    viewer = viewer_of(request)
    with tx() as t:
        on, now = insight.today(t), clock.now()
        since = now - timedelta(days=DAYS)
        asked: dict[str, Any] = {
            "rule": rule,
            "subject": f"person:{person}" if _NUMBER.fullmatch(person) else "",
            "before": int(before) if _NUMBER.fullmatch(before) else None,
        }
        exporting, is_on = request.GET.get("format") == "csv", automation.is_on(t)
        found = automation.decisions(t, **asked, limit=EXPORTED if exporting else PAGE + 1)
        rows = _rows(t, found[: EXPORTED if exporting else PAGE], viewer)
        if exporting:
            return _csv(rows)
        page = {
            "pages": measure_tabs.menu("automation"),
            "is_on": is_on,
            "may_switch": gate.may(request, "halt" if is_on else "automation"),
            "who_may": gate.who_has("halt" if is_on else "automation"),
            "said": say(*_SAID[request.GET["done"]]) if request.GET.get("done") in _SAID else "",
            "counts": proposals_counting.counts(t, since=since, on=on),
            "kinds": words.kinds_said(),
            "whys": words.whys_said(),
            "lift": words.lift(proposals_taking.lift(t, since=since)),
            "share": settings.read(t, "proposal.holdout_share"),
            "days": DAYS,
            "rows": rows,
            "older": found[PAGE - 1].id if len(found) > PAGE else None,
            "rule": rule,
            "person": person,
            "rules": [(code, say(*said)) for code, said in words.RULES.items()],
        }
    return render(request, "console/automation.html", page)


@login_required
@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Stop everything automatic, or let it go on."""
    on = request.POST.get("on") == "1"
    with tx() as t:
        automation.switch(t, on=on, actor=actor_of(request), recorded_at=clock.now())
    return HttpResponseRedirect(f"{reverse('automation')}?done={'on' if on else 'off'}")


_SAID = {
    "on": ("自動の動きを再開しました。", "Automatic work goes on."),
    "off": (
        "自動の動きを止めました。再開するまで、新しい提案も予約した送信も動きません。",
        "Everything automatic is stopped: no proposal is made, nothing is sent by itself.",
    ),
}


def _rows(t: Tx, found: Sequence[DecisionShown], viewer: Viewer) -> list[Row]:
    people = [int(n) for kind, n in map(_subject, found) if kind == "person" and n.isdecimal()]
    shown = customers.shown(t, people, viewer=viewer)
    skus = catalogue.skus(t, sorted(_skus(found)), on=insight.today(t))
    names = {sku: text_of(one.name) for sku, one in skus.items()}
    rows = []
    for one in found:
        kind, number = _subject(one)
        who, href = number, ""
        if kind == "person" and number.isdecimal():
            who = name_of(shown.get(int(number)), int(number))
            href = reverse("person", args=[int(number)])
        elif kind == "run":
            who = say("メールの送信", "A sending of mail")
        said = words.RULES.get(one.rule)
        rows.append(
            Row(
                one.at,
                say(*said) if said else one.rule,
                who,
                href,
                words.outcome(one.outcome, names),
                words.inputs(one.inputs, names),
            )
        )
    return rows


def _subject(one: DecisionShown) -> tuple[str, str]:
    kind, _, number = one.subject.partition(":")
    return kind, number


def _skus(found: Iterable[DecisionShown]) -> set[int]:
    """Every article that these decisions speak of."""
    skus = {int(n) for one in found for n in re.findall(r"sku:(\d{1,15})", one.outcome)}
    for one in found:
        seen: Sequence[Mapping[str, Any]] = one.inputs.get("candidates") or ()
        skus |= {int(c["sku"]) for c in seen if "sku" in c}
    return skus


def _csv(rows: Sequence[Row]) -> HttpResponse:
    head = [
        say("日時", "at"),
        say("規則", "rule"),
        say("対象", "subject"),
        say("判断", "decision"),
        say("根拠", "made on"),
    ]
    cells = ([row.at.isoformat(), row.rule, row.who, row.what, row.why] for row in rows)
    return as_csv("decisions", head, cells)
