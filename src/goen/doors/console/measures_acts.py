"""What is done to a measure from its page: placed, launched, stopped, remarked upon.

Promises: a launch shows what will be so before it is pressed; whatever is refused is said on the
page one came from, and nothing typed elsewhere is lost by it.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goen.doors import refusals
from goen.doors.console import gate, measures_one
from goen.doors.console import measure_words as words
from goen.doors.console.forms import uid_of
from goen.doors.console.points_words import amount, bad_day, day_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.say import say
from goen.kit import clock, home
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import clashes, measures, queries
from goen.marketing.measure import NewPlacement, NewRemark
from goen.marketing.queries import MeasureShown


@login_required
@require_POST
def place(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Add a place where it speaks."""
    given = request.POST
    cost = amount(typed_in(given, "cost") or "0", home.current_shop().currency)
    days = [typed_in(given, "starts_on"), typed_in(given, "ends_on")]
    with tx() as t:
        one = _one(t, number)
        wrong = next((bad_day(day) for day in days if day and day_of(day) is None), "")
        if cost is None or cost < 0:
            wrong = say("費用は金額で入力してください。", "Enter the cost as an amount.")
        if wrong:
            return _back(request, number, wrong=wrong)
        new = NewPlacement(
            uid_of(typed_in(given, "uid")),
            typed_in(given, "channel"),
            typed_in(given, "axis") or None,
            medium=typed_in(given, "medium"),
            says=typed_in(given, "says").replace("\r\n", "\n"),
            material=typed_in(given, "material"),
            starts_on=day_of(days[0]) if days[0] else None,
            ends_on=day_of(days[1]) if days[1] else None,
            cost_minor=cost or 0,
            place=typed_in(given, "place") or None,
        )
        if not words.may_write(request):
            return _back(request, number, wrong=_no_right())
        answer = measures.place(t, one.uid, new, actor=actor_of(request), recorded_at=clock.now())
    return _told(request, number, answer, say("伝える場所を加えました。", "The place is added."))


@login_required
@require_POST
def displace(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Take a place away, or end it today."""
    if not words.may_write(request):
        return _back(request, number, wrong=_no_right())
    with tx() as t:
        one = _one(t, number)
        uid = uid_of(typed_in(request.POST, "placement"))
        if uid not in {placement.uid for placement in one.placements}:
            refused = Refusal("unknown_placement", "placement", {"given": str(uid)[:8]})
            return _back(request, number, wrong=refusals.sentence(refused))
        answer = measures.displace(t, uid, actor=actor_of(request), recorded_at=clock.now())
    said = (
        say("きょうで終えました。記録には残ります。", "It ends today and stays on record.")
        if one.launched_at
        else say("外しました。", "It is taken away.")
    )
    return _told(request, number, answer, said)


@login_required
def launch(request: HttpRequest, number: int) -> HttpResponse:
    """What will be so, with the contradictions; a POST launches it."""
    wrong = ""
    with tx() as t:
        one = _one(t, number)
        if request.method == "POST":
            answer = measures.launch(t, one.uid, actor=actor_of(request), recorded_at=clock.now())
            if not isinstance(answer, Refusal):
                said = say("施策{n}を始めました。", "Measure {n} is live.", n=number)
                return _back(request, number, said=said)
            wrong = refusals.sentence(answer)
        elif one.state == "draft":
            found = clashes.find(t, at=clock.now(), measure_id=one.id)
            clashes.keep(t, found, recorded_at=clock.now())
        page: dict[str, Any] = {
            **measures_one.parts(t, one),
            **measures_one.said(t, one),
            **measures_one.around(t, one),
            "wrong": wrong,
            "may_write": words.may_write(request),
            "who_may": gate.who_has("send"),
        }
    return render(request, "console/measure_launch.html", page, status=422 if wrong else 200)


@login_required
@require_POST
def stop(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Stop a live measure, with a reason."""
    with tx() as t:
        one = _one(t, number)
        answer = measures.stop(
            t,
            one.uid,
            why=typed_in(request.POST, "why"),
            remark_uid=uid_of(typed_in(request.POST, "uid")),
            actor=actor_of(request),
            recorded_at=clock.now(),
        )
    return _told(request, number, answer, say("中止しました。", "It is stopped."))


@login_required
@require_POST
def drop(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Give up a draft."""
    if not words.may_write(request):
        return _back(request, number, wrong=_no_right())
    with tx() as t:
        one = _one(t, number)
        answer = measures.drop(t, one.uid, actor=actor_of(request), recorded_at=clock.now())
    return _told(request, number, answer, say("下書きをとりやめました。", "The draft is dropped."))


@login_required
@require_POST
def remark(request: HttpRequest, number: int) -> HttpResponseRedirect:
    """Add evidence, a cost, a note or a learning."""
    given = request.POST
    cost = amount(typed_in(given, "cost") or "0", home.current_shop().currency)
    if not words.may_write(request):
        return _back(request, number, wrong=_no_right())
    if cost is None:
        wrong = say("費用は金額で入力してください。", "Enter the cost as an amount.")
        return _back(request, number, wrong=wrong)
    with tx() as t:
        one = _one(t, number)
        kind = typed_in(given, "kind")
        new = NewRemark(
            uid_of(typed_in(given, "uid")),
            kind,
            typed_in(given, "text").replace("\r\n", "\n"),
            cost if kind == "cost" else 0,
        )
        answer = measures.remark(t, one.uid, new, actor=actor_of(request), recorded_at=clock.now())
    return _told(request, number, answer, say("書き足しました。", "It is added."))


def _one(t: Tx, number: int) -> MeasureShown:
    one = queries.measure(t, number)
    if one is None:
        raise Http404
    return one


def _told(request: HttpRequest, number: int, answer: object, said: str) -> HttpResponseRedirect:
    if isinstance(answer, Refusal):
        return _back(request, number, wrong=refusals.sentence(answer))
    return _back(request, number, said=said)


def _back(
    request: HttpRequest, number: int, *, said: str = "", wrong: str = ""
) -> HttpResponseRedirect:
    request.session["measures-said"] = said
    request.session["measures-wrong"] = wrong
    return redirect(f"/measures/{number}")


def _no_right() -> str:
    return say(
        "施策を変えられるのは、本部・販促・運用の担当者です。",
        "Head office, marketing and operations may change measures.",
    )
