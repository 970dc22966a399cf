"""Records that may be one person: the queue, one pair at a time, decided by people.

Promises: those at whom most is at stake come first; nothing is joined without somebody pressing;
what was pressed can be taken back at once; every look at two people leaves a line in the trail.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.customers import candidates, joined
from goen.customers import queries as customers
from goen.customers.candidates import Waiting
from goen.customers.joining import Said
from goen.doors import refusals
from goen.doors.console import gate, paging, same_queue
from goen.doors.console.people import name_of
from goen.doors.console.same_queue import Ranked
from goen.doors.console.same_sides import lines, sides, sure, together_mail
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say, text_of
from goen.kit import clock, home, settings, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.points import together

PAGE = 25
DONE = {
    "joined": ("同じ方にしました。", "They are one person now."),
    "apart": (
        "別の方として記録しました。もうお尋ねしません。",
        "Noted as two people; not asked again.",
    ),
    "later": ("あとで決める組に移しました。", "Put off."),
    "undone": ("取り消しました。", "Taken back."),
}


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The pair that is looked at, and the ones that wait after it."""
    viewer, later = viewer_of(request), request.GET.get("show") == "later"
    start = paging.start(request.GET.get("from", ""))
    with tx() as t:
        least = float(settings.read(t, "identity.least_probability"))
        wanted = paging.start(request.GET.get("pair", ""))
        queue = same_queue.read(t, least=least, later=later, start=start, limit=PAGE, wanted=wanted)
        here = queue.here
        page = {
            "total": queue.total,
            "later": later,
            "put_off": None if later else candidates.count(t, least=least, later=True),
            "rows": _rows(t, queue.rows, viewer),
            "older": start + PAGE if start + PAGE < queue.total else None,
            "newer": max(start - PAGE, 0) if start else None,
            "start": start,
            "pair": _pair(t, here.one, viewer) if here else None,
            "after": here.after if here else None,
            "before": here.before if here else None,
            "currency": home.current_shop().currency,
            "may_decide": gate.may(request, "identity") and viewer.sees_names,
            "who_has": gate.who_has("identity"),
            "least": least,
            "looked_at": t.value("SELECT max(made_at) FROM customers_matchmodel"),
            **_told(request),
        }
    return render(request, "console/same.html", page)


def _told(request: HttpRequest) -> dict[str, Any]:
    """What was done a moment ago, and the refusal there was."""
    done = request.GET.get("done", "")
    return {
        "done": say(*DONE[done]) if done in DONE else "",
        "undo": paging.start(request.GET.get("was", "")) if done != "undone" else 0,
        "wrong": request.session.pop("same_wrong", "") if hasattr(request, "session") else "",
    }


def _rows(t: Tx, ranked: Sequence[Ranked], viewer: Viewer) -> list[dict[str, Any]]:
    pairs = [row.one for row in ranked]
    people = sorted({who for one in pairs for who in (one.person_a, one.person_b)})
    shown = customers.shown(t, people, viewer=viewer)
    records = [record for one in pairs for record in (one.record_a, one.record_b)]
    told = joined.told(t, records, viewer=viewer)
    return [
        {
            "one": row.one,
            "stake": row.stake,
            "sure": sure(row.one.probability),
            "sources": [text_of(told[r].source_name) for r in (row.one.record_a, row.one.record_b)],
            "a": name_of(shown.get(row.one.person_a), row.one.person_a),
            "b": name_of(shown.get(row.one.person_b), row.one.person_b),
        }
        for row in ranked
    ]


def _pair(t: Tx, one: Waiting, viewer: Viewer) -> Mapping[str, Any]:
    at = clock.now()
    both = sides(t, [one.person_a, one.person_b], viewer)
    for person in both:
        trail.saw(t, viewer, "person", person.person_id, at=at)
    records = {r.record_id: r for person in both for r in person.records}
    told = lines(records[one.record_a], records[one.record_b], one.evidence)
    return {
        "one": one,
        "sides": both,
        "records": (records[one.record_a], records[one.record_b]),
        "lines": told,
        "points": sum(person.points for person in both),
        "mail": together_mail(both),
        "sure": sure(one.probability),
    }


@login_required
@require_POST
def decide(request: HttpRequest, pair: int) -> HttpResponse:
    """Somebody says that they are one person, two, or will say later."""
    how = request.POST.get("how", "")
    viewer = viewer_of(request)
    if how not in together.HOW or not viewer.sees_names:
        return HttpResponse(status=400 if viewer.sees_names else 403)
    reason = request.POST.get("reason", "").strip() or say(
        "候補を見比べて決めた", "Decided on comparing the two"
    )
    with tx() as t:
        answer = together.decide(
            t, pair, how, Said(reason), actor=actor_of(request), recorded_at=clock.now()
        )
    return _back(request, answer, f"done={how}&was={pair}")


@login_required
@require_POST
def undo(request: HttpRequest, pair: int) -> HttpResponse:
    """Take it back."""
    if not viewer_of(request).sees_names:
        return HttpResponse(status=403)
    with tx() as t:
        answer = together.undo(t, pair, actor=actor_of(request), recorded_at=clock.now())
    return _back(request, answer, f"done=undone&pair={pair}")


def _back(request: HttpRequest, answer: Waiting | Refusal, query: str) -> HttpResponse:
    if isinstance(answer, Refusal):
        request.session["same_wrong"] = refusals.sentence(answer)
        return redirect("/customers/same")
    after = paging.start(request.POST.get("after", ""))
    shown = "&show=later" if request.POST.get("show") == "later" else ""
    return redirect(f"/customers/same?{query}{f'&pair={after}' if after else ''}{shown}")
