"""Routines as a list: what is mine to do, what was missed, what goes on, and how well it is done.

Promises: what is the reader's own comes first; what was missed is seen by everybody; how well each
owner does it is shown to those who plan; a file has every figure of the page.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console import gate, measure_tabs
from goen.doors.console import routines_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.say import say
from goen.kit import clock, ids
from goen.kit.db import Tx, tx
from goen.marketing import (
    routines_completion,
    routines_doing,
    routines_reading,
    routines_ready,
)
from goen.marketing.routine import RoutineShown, TaskShown
from goen.marketing.routines_completion import Completion
from goen.marketing.routines_reading import Member

LISTED = 50


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, or its figures as a file."""
    today, me = shop_today(), member_of(request)
    with tx() as t:
        every = routines_reading.routines(t)
        if request.path.endswith(".csv"):
            return _csv(t, every, today)
        mine = routines_reading.theirs(t, me, today=today, limit=LISTED)
        missed = routines_reading.missed(t, today=today, limit=LISTED)
        others = [one for one in missed if not routines_reading.is_theirs(one.owner, me)]
        page: dict[str, Any] = {
            "mine": task_rows(t, mine, me, today),
            "others": task_rows(t, others, me, today),
            "missed": routines_reading.count_missed(t, today=today),
            "rows": _rows(t, every, today),
            "owners": _owners(t, today) if gate.may(request, "measures") else [],
        }
    page |= {
        "pages": measure_tabs.menu("routines"),
        "ready": [_offer(one, ids.new_id()) for one in routines_ready.offered(every)],
        "may_write": gate.may(request, "measures"),
        "back": "/routines",
        "today": today,
        "as_of": clock.now(),
        **said(request),
    }
    return render(request, "console/routines.html", page)


def member_of(request: HttpRequest) -> Member:
    """The reader, as tasks know them."""
    staff: Any = request.user
    return Member(staff.pk, staff.role, staff.place_id)


def said(request: HttpRequest) -> dict[str, str]:
    """What was done a moment ago, or why it was not."""
    return {name: request.session.pop(f"routines-{name}", "") for name in ("said", "wrong")}


def task_rows(t: Tx, tasks: Sequence[TaskShown], me: Member, today: date) -> list[dict[str, Any]]:
    """Tasks for a template, with what the reader may do to each."""
    names = words.Names(t, [one.owner for one in tasks])
    return [task_row(one, names, me, today) for one in tasks]


def task_row(one: TaskShown, names: words.Names, me: Member, today: date) -> dict[str, Any]:
    """One task for a template."""
    return {
        "one": one,
        "owner": names.of(one.owner),
        "state": words.turn(one.state),
        "chip": words.TURN_CHIPS.get(one.state, ""),
        "href": names.address(one.page, one.owner),
        "page": words.page(one.page)[1],
        "figure": words.figure(one.page, one.figure),
        "late_days": max(0, (today - one.due_on).days) if one.state == "missed" else 0,
        **routines_doing.may(one, me, today=today),
    }


def _rows(t: Tx, every: list[RoutineShown], today: date) -> list[dict[str, Any]]:
    names = words.Names(t, [words.owner_of(one.newest.new) for one in every])
    gone = routines_reading.gone(t, [one.newest.new.staff_id or 0 for one in every])
    found = routines_completion.of_routines(t, today=today)
    return [
        {
            "one": one,
            "when": words.when(one.newest.new.rhythm),
            "owner": words.owner(one, names),
            "gone": one.newest.new.staff_id in gone,
            "state": words.state(one),
            "chip": words.CHIPS.get(one.state, ""),
            "completion": words.completion(found.get(one.id)),
        }
        for one in every
    ]


def _owners(t: Tx, today: date) -> list[tuple[str, dict[str, Any]]]:
    """Whoever missed or was late most comes first."""
    found = routines_completion.of_owners(t, today=today)
    names = words.Names(t, found)
    ordered = sorted(found, key=lambda one: (found[one].on_time or 0.0, -found[one].known))
    return [(names.of(one), words.completion(found[one])) for one in ordered if found[one].known]


def _offer(one: routines_ready.Ready, uid: object) -> dict[str, Any]:
    return {
        "code": one.code,
        "uid": uid,
        "title": say(*one.title),
        "text": say(*one.text),
        "when": words.when(one.rhythm),
        "role": words.role(one.role),
        "each": one.owner == "places",
        "page": words.page(one.page)[1],
    }


def _csv(t: Tx, every: list[RoutineShown], today: date) -> HttpResponse:
    """A line for each routine and owner, and one for each routine as a whole."""
    head = [
        say("定例の仕事", "Routine"), say("状態", "State"), say("いつ", "When"),
        say("担当", "Owner"), say("回数", "Turns"), *figure_heads(),
    ]  # fmt: skip
    whole = routines_completion.of_routines(t, today=today)
    lines: list[list[object]] = []
    for one in every:
        parts = routines_completion.of_owners(t, today=today, routine_id=one.id)
        names = words.Names(t, [words.owner_of(one.newest.new), *parts])
        about = [
            one.newest.new.title, words.state(one),
            words.when(one.newest.new.rhythm),
        ]  # fmt: skip
        total = whole.get(one.id, Completion())
        lines.append([*about, say("全体", "All"), len(total.marks), *figures(total)])
        lines += [
            [*about, names.of(owner), len(found.marks), *figures(found)]
            for owner, found in parts.items()
        ]
    return as_csv("routines", head, lines)


def figure_heads() -> list[str]:
    """What the figures of completion are called in files."""
    return [
        *(words.turn(state) for state in words.TURNS),
        say("期限内の割合", "Share in time"), say("遅れの割合", "Share late"),
        say("期限切れの割合", "Share missed"),
    ]  # fmt: skip


def figures(one: Completion) -> list[object]:
    """The figures of completion as a file has them: numbers, and shares as parts of one."""
    counts = [getattr(one, state) for state in words.TURNS]
    shares = [one.share(state) for state in ("done", "late", "missed")]
    return [*counts, *("" if share is None else round(share, 4) for share in shares)]
