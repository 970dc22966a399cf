"""One routine: its rule, what changes next, how its turns went for each owner, and all its tasks.

Promises: what is changed says from when; pausing and ending say what they do; a file has every
task with its figure.
"""

from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.doors import refusals
from goen.doors.console import gate, measure_tabs
from goen.doors.console import measure_words as measure
from goen.doors.console import routines_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import as_csv
from goen.doors.console.forms import number_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.routines import member_of, said, task_row
from goen.doors.console.shell import actor_of
from goen.doors.say import say
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import routines_completion, routines_keeping, routines_reading
from goen.marketing.routine import Owner, RoutineShown, TaskShown
from goen.marketing.routines import Period, periods
from goen.marketing.routines_completion import Completion

PAGE = 50
EXPORTED_AT_MOST = 20_000
COMING = 3


@login_required
@require_GET
def show(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The page, or its tasks as a file."""
    today, me = shop_today(), member_of(request)
    is_file = request.path.endswith(".csv")
    start = 0 if is_file else number_of(typed_in(request.GET, "start"))
    with tx() as t:
        one = read_or_404(t, uid)
        found, total = routines_reading.tasks(
            t, one.id, today=today, limit=EXPORTED_AT_MOST if is_file else PAGE, start=start
        )
        by = measure.names_of(t, [task.closed_by for task in found if task.closed_by])
        parts = routines_completion.of_owners(t, today=today, routine_id=one.id)
        names = words.Names(
            t, [*parts, *(task.owner for task in found),
                *(words.owner_of(rule.new) for rule in one.rules)]
        )  # fmt: skip
        if is_file:
            return _csv(found, names, by)
        whole = routines_completion.of_routines(t, today=today).get(one.id)
        coming = _coming(one, today, japan=routines_reading.in_japan(t))
        gone = routines_reading.gone(t, [one.newest.new.staff_id or 0])
    href, where = words.page(one.newest.new.page)
    page: dict[str, Any] = {
        "pages": measure_tabs.menu("routines"),
        "one": one,
        "new": one.newest.new,
        "when": words.when(one.newest.new.rhythm),
        "owner": words.owner(one, names),
        "gone": bool(gone),
        "state": words.state(one),
        "chip": words.CHIPS.get(one.state, ""),
        "href": href,
        "where": where,
        "before": _before(one, names, today),
        "coming": coming,
        "completion": words.completion(whole),
        "parts": _parts(parts, names) if gate.may(request, "measures") else [],
        "rows": [
            {**task_row(task, names, me, today), "by": by.get(task.closed_by, "")} for task in found
        ],
        "total": total,
        "older": start + PAGE if start + PAGE < total else None,
        "newer": max(0, start - PAGE) if start else None,
        "may_write": gate.may(request, "measures"),
        "back": request.get_full_path(),
        "as_of": clock.now(),
        **said(request),
    }
    return render(request, "console/routine.html", page)


def read_or_404(t: Tx, uid: UUID) -> RoutineShown:
    """The routine of the address."""
    one = routines_reading.routine(t, uid)
    if one is None:
        raise Http404
    return one


@login_required
@require_POST
def act(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Pause it, go on with it, or end it."""
    do, why = typed_in(request.POST, "do"), typed_in(request.POST, "why")
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        read_or_404(t, uid)
        if do == "pause":
            answer = routines_keeping.pause(t, uid, why=why, **by)
        elif do == "end":
            answer = routines_keeping.end(t, uid, why=why, **by)
        else:
            answer = routines_keeping.resume(t, uid, **by)
    if isinstance(answer, Refusal):
        request.session["routines-wrong"] = refusals.sentence(answer)
    else:
        request.session["routines-said"] = say(*_SAID.get(do, _SAID["resume"]))
    return redirect("routine", uid=uid)


_SAID = {
    "pause": ("一時停止しました。", "It is paused."),
    "resume": ("再開しました。", "It goes on."),
    "end": ("終わりにしました。", "It is over."),
}


def _before(one: RoutineShown, names: words.Names, today: date) -> dict[str, Any] | None:
    """The rule of the turn that runs, where another holds from the next on."""
    if len(one.rules) < 2 or one.newest.from_on <= today:
        return None
    known = [rule for rule in one.rules if rule.from_on <= today]
    if not known:
        return None
    new = known[-1].new
    return {
        "title": new.title,
        "when": words.when(new.rhythm),
        "owner": names.of(words.owner_of(new)),
        "from_on": one.next_period_on,
    }


def _coming(one: RoutineShown, today: date, *, japan: bool) -> list[Period]:
    """The next turns of a routine that goes on."""
    if one.state != "running":
        return []
    turns = periods(one.rhythms, one.next_period_on, japan=japan)
    return list(islice((turn for turn in turns if turn.asked_on >= today), COMING))


def _parts(parts: dict[Owner, Completion], names: words.Names) -> list[tuple[str, dict[str, Any]]]:
    """How it went for each owner, where there is more than one."""
    if len(parts) < 2:
        return []
    return [(names.of(owner), words.completion(found)) for owner, found in parts.items()]


def _csv(tasks: list[TaskShown], names: words.Names, by: dict[str, str]) -> HttpResponse:
    head = [
        say("回", "Turn"), say("仕事", "Task"), say("担当", "Owner"), say("頼んだ日", "Asked on"),
        say("期限", "Due on"), say("状態", "State"), say("済ませた日", "Closed on"),
        say("済ませた人", "Closed by"), say("メモ・理由", "Note or reason"),
        say("そのときの数字", "Figure then"),
    ]  # fmt: skip
    return as_csv(
        "routine",
        head,
        (
            [
                one.period_on, one.title, names.of(one.owner), one.asked_on, one.due_on,
                words.turn(one.state), one.closed_on, by.get(one.closed_by, ""), one.note,
                one.figure,
            ]
            for one in tasks
        ),
    )  # fmt: skip
