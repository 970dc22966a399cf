"""Who works here: the list, inviting somebody, and what the shop asks of those who sign in.

Promises: head office only, and whoever changes something has proved themselves lately; a link is
shown once, on the page that made it, and mailed too where a mail server is set.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.doors import refusals
from goen.doors.console import settings_tabs
from goen.doors.console import staff_words as words
from goen.doors.console.entry_confirm import confirmed_lately
from goen.doors.console.entry_steps import unkept
from goen.doors.console.exports import as_csv
from goen.doors.console.paging import start as start_of
from goen.doors.console.shell import actor_of
from goen.doors.console.staff_links import handed
from goen.doors.say import say, text_of
from goen.kit import clock, settings, trail
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import queries as places
from goen.places import staff_queries, staffing
from goen.places.staff_queries import StaffAsked, StaffShown
from goen.places.staffing import Entry

PAGE = 50
EVERY_ROW = 10_000
RULES = ("staff.second_factor", "staff.idle_hours", "staff.session_days")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    one: StaffShown
    name: str
    role: str
    place: str
    state: str
    mark: str


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or all of it as a file."""
    return _list(request)


def _list(request: HttpRequest, refused: Refusal | None = None) -> HttpResponse:
    at, exporting = clock.now(), request.path.endswith(".csv")
    asked = _asked(request)
    begin = 0 if exporting else start_of(request.GET.get("start", ""))
    with tx() as t:
        limit = EVERY_ROW if exporting else PAGE
        found, total = staff_queries.page(t, asked, at=at, limit=limit, start=begin)
        known = places.places(t)
        rules = {name: settings.read(t, name) for name in RULES}
        if exporting:
            trail.note(t, actor_of(request), "export", "staff", "list", at=at)
    names = {one.id: text_of(one.name) for one in known}
    rows = [_row(one, names) for one in found]
    if exporting:
        return _csv(rows)
    page: dict[str, Any] = {
        "tabs_of": settings_tabs.menu(request, "staff"),
        "rows": rows,
        "total": total,
        "first": begin + 1,
        "last": begin + len(rows),
        "previous": max(0, begin - PAGE) if begin else None,
        "following": begin + PAGE if begin + PAGE < total else None,
        "asked": asked,
        "filtered": bool(asked.text or asked.role or asked.place_id or asked.state),
        "roles": words.roles(),
        "places": [(one.id, text_of(one.name)) for one in known],
        "states": words.states(),
        "rules": rules,
        "choices": words.choices(),
        "saved": words.saved(request.GET.get("saved", "")),
        "error": refusals.sentence(refused) if refused else "",
    }
    return render(request, "console/staff.html", page, status=400 if refused else 200)


@login_required
@confirmed_lately
def new(request: HttpRequest) -> HttpResponse:
    """The form to invite somebody; on POST the link, once."""
    refused: Refusal | None = None
    if request.method == "POST":
        with tx() as t:
            made = staffing.invite(
                t,
                request.POST.get("login", "").strip().lower()[:100],
                request.POST.get("code", "").strip()[:40],
                entry_of(request),
                actor=actor_of(request),
                recorded_at=clock.now(),
            )
        if not isinstance(made, Refusal):
            return handed(request, made)
        refused = made
    with tx() as t:
        page = form(t, entry_of(request), refused)
    page |= {"typed": request.POST}
    return unkept(render(request, "console/staff_new.html", page, status=400 if refused else 200))


@login_required
@require_POST
@confirmed_lately
def rules(request: HttpRequest) -> HttpResponse:
    """What is asked of everybody who signs in."""
    with tx() as t:
        for name in RULES:
            given: Any = request.POST.get(name, "")
            if name != "staff.second_factor":
                given = int(given) if given.isdecimal() and len(given) < 6 else given
            if given == settings.read(t, name):
                continue
            refused = settings.write(
                t, name, given, actor=actor_of(request), recorded_at=clock.now()
            )
            if refused is not None:
                transaction.set_rollback(True)  # all of the rules, or none
                break
        else:
            refused = None
    return _list(request, refused) if refused else saved("staff", "rules")


def form(t: Tx, entry: Entry, refused: Refusal | None) -> dict[str, Any]:
    """What the form about somebody is drawn from."""
    return {
        "entry": entry,
        "roles": words.roles(),
        "places": [(one.code, text_of(one.name)) for one in places.places(t)],
        "error": refusals.sentence(refused) if refused else "",
        "wrong": refused.field if refused else "",
    }


def entry_of(request: HttpRequest) -> Entry:
    """What was typed about somebody."""
    given = request.POST
    return Entry(
        {code: given.get(f"name_{code}", "").strip()[:80] for code in ("ja", "en")},
        given.get("role", ""),
        given.get("place", "")[:100],
        given.get("mail", "").strip()[:200],
    )


def saved(where: str, what: str, *args: object) -> HttpResponse:
    """Back to a page, with what was done said on it."""
    response = redirect(where, *args)
    response.headers["Location"] += f"?saved={what}"
    return response


def _asked(request: HttpRequest) -> StaffAsked:
    place = request.GET.get("place", "")
    return StaffAsked(
        request.GET.get("q", "").strip()[:100],
        request.GET.get("role", "")[:20],
        int(place) if place.isdecimal() and len(place) < 19 else None,
        request.GET.get("state", "")[:20],
    )


def _row(one: StaffShown, places: dict[int, str]) -> Row:
    place = places.get(one.place_id, "") if one.place_id else ""
    state, mark = words.state(one.state)
    return Row(one, text_of(one.name), words.role(one.role), place, state, mark)


def _csv(rows: list[Row]) -> HttpResponse:
    head = [
        say("職員番号", "Number"),
        say("名前", "Name"),
        say("ログインID", "Login"),
        say("役割", "Role"),
        say("店舗", "Place"),
        say("状態", "State"),
        say("認証アプリ", "Authenticator"),
        say("パスキー", "Passkeys"),
        say("最終ログイン", "Last sign-in"),
    ]
    lines = [
        (
            r.one.code,
            r.name,
            r.one.login,
            r.role,
            r.place,
            r.state,
            int(r.one.authenticator),
            r.one.passkeys,
            r.one.last_login.isoformat(timespec="minutes") if r.one.last_login else "",
        )
        for r in rows
    ]
    return as_csv("staff", head, lines)
