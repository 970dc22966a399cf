"""What happened outside: entered by hand, beside our own measures on the same axis of time."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goen.doors import refusals
from goen.doors.console import measure_tabs
from goen.doors.console import measure_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.forms import uid_of
from goen.doors.console.points_words import bad_day, day_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.say import say, text_of
from goen.kit import clock, home
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.marketing import causes
from goen.marketing.causes import NewCause
from goen.places import queries as places

FIELDS = ("kind", "title", "note", "first_on", "last_on", "place")
BACK = timedelta(days=730)
AHEAD = timedelta(days=365)


@login_required
def index(request: HttpRequest) -> HttpResponse:
    """The log with its form; a POST enters an event."""
    day = shop_today()
    values = {"kind": "competitor", "title": "", "note": "", "first_on": f"{day}",
              "last_on": "", "place": ""}  # fmt: skip
    errors: dict[str, str] = {}
    uid = uid_of(typed_in(request.POST, "uid"))
    with tx() as t:
        if request.method == "POST":
            values = {name: typed_in(request.POST, name) for name in FIELDS}
            new = _read(uid, values, errors)
            if not words.may_write(request):
                errors["title"] = say(
                    "記録できるのは、本部・販促・運用の担当者です。",
                    "Head office, marketing and operations may enter it.",
                )
            elif new is not None:
                answer = causes.note(t, new, actor=actor_of(request), recorded_at=clock.now())
                if not isinstance(answer, Refusal):
                    request.session["causes-said"] = say("記録しました。", "It is on record.")
                    return redirect("/measures/causes")
                errors[answer.field if answer.field in FIELDS else "title"] = refusals.sentence(
                    answer
                )
        zone = home.current_shop().timezone
        found = causes.between(t, day - BACK, day + AHEAD, timezone=zone)
        named = words.names_of(t, [one.actor for one in found])
        known = places.places(t)
    where = {one.id: text_of(one.name) for one in known}
    rows = [
        (one, words.of(words.CAUSES, one.kind), words.period(one.first_on, one.last_on),
         where.get(one.place_id or 0, ""), named[one.actor])
        for one in reversed(found)
    ]  # fmt: skip
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("causes"),
        "outside": [row for row in rows if row[0].kind != "measure"],
        "ours": [row for row in rows if row[0].kind == "measure"],
        "values": values,
        "errors": errors,
        "uid": uid,
        "kinds": words.choices(words.CAUSES),
        "places": known,
        "may_write": words.may_write(request),
        "said": request.session.pop("causes-said", ""),
        "as_of": clock.now(),
    }
    return render(request, "console/measure_causes.html", page, status=422 if errors else 200)


@login_required
@require_POST
def take_back(request: HttpRequest, uid: UUID) -> HttpResponseRedirect:
    """An entry was wrong: it leaves the charts."""
    if words.may_write(request):
        with tx() as t:
            causes.take_back(t, uid, actor=actor_of(request), recorded_at=clock.now())
        request.session["causes-said"] = say("取り消しました。", "It is taken back.")
    return redirect("/measures/causes")


def _read(uid: UUID, values: dict[str, str], errors: dict[str, str]) -> NewCause | None:
    days: list[date | None] = []
    for name in ("first_on", "last_on"):
        text = values[name] or values["first_on"]
        day = day_of(text)
        if day is None:
            errors[name] = bad_day(text)
        days.append(day)
    if errors or days[0] is None or days[1] is None:
        return None
    return NewCause(
        uid, values["kind"], values["title"], days[0], days[1], values["note"],
        values["place"] or None,
    )  # fmt: skip
