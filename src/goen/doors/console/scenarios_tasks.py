"""What scenarios ask of staff: for whom, by when, and ticked off with what came of it."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console import gate, measure_tabs
from goen.doors.console import measure_words as measure
from goen.doors.console.days import shop_today
from goen.doors.console.forms import number_of
from goen.doors.console.people import name_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.db import tx
from goen.marketing import scenarios_reading, scenarios_tasks
from goen.places import queries as places

PAGE = 50


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list: what is open, or what was done."""
    done = typed_in(request.GET, "done") == "1"
    start = number_of(typed_in(request.GET, "start"))
    place = typed_in(request.GET, "place")
    viewer = viewer_of(request)
    with tx() as t:
        known = places.places(t)
        asked = next((one.id for one in known if str(one.id) == place), None)
        found, total = scenarios_reading.tasks(
            t, viewer=viewer, done=done, place_id=asked, limit=PAGE, start=start
        )
        _, other = scenarios_reading.tasks(t, viewer=viewer, done=not done, place_id=asked, limit=1)
        people = [one.person_now for one in found if one.person_now is not None]
        shown = customers.shown(t, people, viewer=viewer)
        named = measure.names_of(t, [one.done_by for one in found if one.done_by])
    where = {one.id: text_of(one.name) for one in known}
    rows = [
        {
            "task": one,
            "who": name_of(shown.get(one.person_now), one.person_now) if one.person_now else "",
            "href": reverse("person", args=[one.person_now]) if one.person_now else "",
            "place": where.get(one.place_id or 0, ""),
            "late": one.done_at is None and one.due_on < shop_today(),
            "by": named.get(one.done_by, ""),
        }
        for one in found
    ]
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("scenarios"),
        "rows": rows,
        "total": total,
        "open": other if done else total,
        "done_many": total if done else other,
        "done": done,
        "places": known,
        "place": asked,
        "start": start,
        "older": start + PAGE if start + PAGE < total else None,
        "newer": max(0, start - PAGE) if start else None,
        "may_do": gate.may(request, "serve"),
        "said": request.session.pop("scenarios-said", ""),
        "wrong": request.session.pop("scenarios-wrong", ""),
        "as_of": clock.now(),
    }
    return render(request, "console/scenario_tasks.html", page)


@login_required
@require_POST
def tick(request: HttpRequest, uid: UUID) -> HttpResponse:
    """It is done, or was not after all."""
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    undo = typed_in(request.POST, "do") == "undo"
    with tx() as t:
        refused = (
            scenarios_tasks.undo(t, uid, **by)
            if undo
            else scenarios_tasks.do(t, uid, note=typed_in(request.POST, "note"), **by)
        )
    if refused is not None:
        request.session["scenarios-wrong"] = refusals.sentence(refused)
    else:
        request.session["scenarios-said"] = (
            say("済みを取り消しました。", "It is open again.")
            if undo
            else say("済みにしました。", "It is done.")
        )
    return redirect("scenario_tasks")
