"""One member of staff: name, role and place; help to get back in; where they are signed in.

Promises: each act is one press on a page that only who proved themselves lately sees; what takes
something away says so before; each is in the trail.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from goen.doors.console import agents
from goen.doors.console import staff_words as words
from goen.doors.console.entry_confirm import confirmed_lately
from goen.doors.console.entry_steps import unkept
from goen.doors.console.shell import actor_of
from goen.doors.console.staff import entry_of, form, saved
from goen.doors.console.staff_links import handed
from goen.doors.console.staff_trail import Line, lines
from goen.doors.say import text_of
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.places import sessions, staff_queries, staffing
from goen.places.staff_queries import StaffShown
from goen.places.staffing import Entry


@dataclass(frozen=True, slots=True)
class Device:
    """Where somebody is signed in."""

    name: str
    how: str
    address: str
    seen_at: datetime


@login_required
@confirmed_lately
def show(request: HttpRequest, staff_id: int) -> HttpResponse:
    """The page; on POST what is known of them is changed."""
    refused: Refusal | None = None
    if request.method == "POST":
        with tx() as t:
            refused = staffing.change(
                t,
                staff_id,
                entry_of(request),
                actor=actor_of(request),
                recorded_at=clock.now(),
            )
        if refused is None:
            return saved("staff_one", "changed", staff_id)
    return _page(request, staff_id, refused)


@login_required
@require_POST
@confirmed_lately
def link(request: HttpRequest, staff_id: int) -> HttpResponse:
    """A new link to set a password by; it is shown once."""
    with tx() as t:
        made = staffing.link(t, staff_id, actor=actor_of(request), recorded_at=clock.now())
    return _page(request, staff_id, made) if isinstance(made, Refusal) else handed(request, made)


@login_required
@require_POST
@confirmed_lately
def act(request: HttpRequest, staff_id: int, what: str) -> HttpResponse:
    """Switch off or on, take the second factor away, sign out everywhere."""
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        if what == "off":
            refused = staffing.switch_off(t, staff_id, **by)
        elif what == "on":
            refused = staffing.switch_on(t, staff_id, **by)
        elif what == "factors":
            refused = staffing.reset_factors(t, staff_id, **by)
        elif what == "sessions":
            refused = None
            sessions.end_all(t, staff_id, why="hq", **by)
        else:
            raise Http404
    return _page(request, staff_id, refused) if refused else saved("staff_one", what, staff_id)


def _page(request: HttpRequest, staff_id: int, refused: Refusal | None) -> HttpResponse:
    at = clock.now()
    with tx() as t:
        one = staff_queries.one(t, staff_id, at=at)
        if one is None:
            raise Http404
        entry = entry_of(request) if refused and "role" in request.POST else _entry(t, one)
        page = form(t, entry, refused)
        page["devices"] = _devices(t, staff_id, at)
        page["lines"] = _lines(t, one)
    state, mark = words.state(one.state)
    page |= {
        "one": one,
        "name": text_of(one.name),
        "role": words.role(one.role),
        "state": state,
        "mark": mark,
        "is_self": staff_id == request.user.pk,
        "saved": words.saved(request.GET.get("saved", "")),
    }
    return unkept(render(request, "console/staff_one.html", page, status=400 if refused else 200))


def _entry(t: Tx, one: StaffShown) -> Entry:
    place = next((p.code for p in places.places(t) if p.id == one.place_id), "")
    return Entry(one.name, one.role, place, one.mail)


def _devices(t: Tx, staff_id: int, at: datetime) -> list[Device]:
    return [
        Device(agents.named(one.agent), agents.how(one.how), one.address, one.seen_at)
        for one in sessions.live(t, staff_id, at=at)
    ]


def _lines(t: Tx, one: StaffShown) -> list[Line]:
    return lines(t, one.code)
