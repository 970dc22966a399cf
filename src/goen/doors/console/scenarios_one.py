"""One scenario: its flow with the people at each step, whoever is on their way, and its switch.

Promises: what it lacks is said before it may begin, each with where to put it; to begin or stop is
confirmed with how many people it is about; whoever would enter today is counted before that.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.doors import refusals
from goen.doors.console import gate, measure_tabs
from goen.doors.console import measure_words as measure
from goen.doors.console import scenarios_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.exports import streamed
from goen.doors.console.forms import number_of, uid_of
from goen.doors.console.measures_next import lack_of
from goen.doors.console.people import name_of
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.scenarios import effect_of, read_or_404
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say, text_of
from goen.kit import clock, ids, mail, trail
from goen.kit.actors import Viewer
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    messages,
    queries,
    rendering_shop,
    scenarios,
    scenarios_copying,
    scenarios_entering,
    scenarios_reading,
)
from goen.marketing.scenario import ScenarioShown
from goen.marketing.scenarios_reading import Counts, JourneyShown, StepCounts
from goen.marketing.scenarios_rules import MAIL_FOR
from goen.points import issued

PAGE = 50
OPEN = ("draft", "running", "paused")


@login_required
@require_GET
def show(request: HttpRequest, number: int) -> HttpResponse | StreamingHttpResponse:
    """The page, or its journeys as a file."""
    state = typed_in(request.GET, "state")
    state = state if state in words.JOURNEYS else ""
    start = number_of(typed_in(request.GET, "start"))
    viewer = viewer_of(request)
    with tx() as t:
        one = read_or_404(t, number)
        if request.path.endswith(".csv"):
            trail.saw(t, viewer, "export", "scenarios", at=clock.now())
            return _csv(one, viewer, state)
        counts = scenarios_reading.counts(t).get(one.id, Counts())
        found = scenarios_reading.journeys(
            t, one.id, viewer=viewer, state=state, limit=PAGE + 1, start=start
        )
        page: dict[str, Any] = {
            **around(request, one),
            "counts": counts,
            "left": words.left(counts.left),
            "steps": _steps(t, one),
            "foreseen": _foreseen(t, one),
            "lacks": _lacks(t, one),
            "effect": effect_of(t, one),
            **_unsent(t, one),
            "rows": _rows(t, found[:PAGE], viewer),
            "journey_states": [
                (code, say(*said), _many(counts, code)) for code, said in words.JOURNEYS.items()
            ],
        }
    page |= {
        "state": state,
        "older": start + PAGE if len(found) > PAGE else None,
        "newer": max(0, start - PAGE) if start else None,
        "as_of": clock.now(),
        "remark_uid": ids.new_id(),
        "copy_uid": ids.new_id(),
    }
    return render(request, "console/scenario.html", page)


def around(request: HttpRequest, one: ScenarioShown) -> dict[str, Any]:
    """What every page of a scenario shows."""
    return {
        "pages": measure_tabs.menu("scenarios"),
        "one": one,
        "trigger": words.trigger(one),
        "exit": measure.of(words.EXITS, one.exit_when),
        "state_name": measure.of(words.STATES, one.state),
        "chip": words.CHIPS.get(one.state, ""),
        "may_write": measure.may_write(request),
        "may_send": gate.may(request, "send"),
        "who_may": gate.who_has("send"),
        "may_change": measure.may_write(request) and one.state == "draft",
        "said": request.session.pop("scenarios-said", ""),
        "wrong": request.session.pop("scenarios-wrong", ""),
    }


@login_required
@require_POST
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Begin, pause, resume or stop."""
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    why, do = typed_in(request.POST, "why")[:500], typed_in(request.POST, "do")
    with tx() as t:
        read_or_404(t, number)
        answer: object
        if do == "begin":
            answer = scenarios.begin(t, number, **by)
        elif do == "pause":
            answer = scenarios.pause(t, number, why=why, **by)
        elif do == "resume":
            answer = scenarios.resume(t, number, **by)
        else:
            uid = uid_of(typed_in(request.POST, "uid"))
            answer = scenarios.stop(t, number, why=why, remark_uid=uid, **by)
    if isinstance(answer, Refusal):
        request.session["scenarios-wrong"] = refusals.sentence(answer)
    else:
        request.session["scenarios-said"] = say(*_SAID.get(do, _SAID["stop"]))
    return redirect("scenario", number=number)


@login_required
@require_POST
def copy(request: HttpRequest, number: int) -> HttpResponse:
    """The same again as a draft, to be changed and begun by itself."""
    with tx() as t:
        one = read_or_404(t, number)
        title = say("{t}の写し", "{t}, copied", t=one.title[:100])
        answer = scenarios_copying.copy(
            t, number, uid_of(typed_in(request.POST, "uid")), title=title, today=shop_today(),
            actor=actor_of(request), recorded_at=clock.now(),
        )  # fmt: skip
    if isinstance(answer, Refusal):
        request.session["scenarios-wrong"] = refusals.sentence(answer)
        return redirect("scenario", number=number)
    request.session["scenarios-said"] = say(
        "写しを下書きにしました。流れと文面を変えてから始められます。",
        "The copy is a draft: change its flow and words, then begin it.",
    )
    return redirect("scenario", number=answer.number)


_SAID = {
    "begin": ("始めました。1分以内に、あてはまる方から入りはじめます。",
              "It has begun. Whoever it is for enters within a minute."),
    "pause": ("一時停止しました。だれも入らず、だれも進みません。",
              "Paused: nobody enters and nobody goes on."),
    "resume": ("再開しました。", "It goes on."),
    "stop": ("止めました。途中の方は、ここで終わります。",
             "Stopped. Whoever was on their way ends here."),
}  # fmt: skip


def _many(counts: Counts, state: str) -> int:
    return counts.gone if state == "left" else int(getattr(counts, state))


def _steps(t: Tx, one: ScenarioShown) -> list[dict[str, Any]]:
    counted = scenarios_reading.steps(t, one.id)
    coupons = {kind.code: text_of(kind.name) for kind in issued.kinds(t)}
    wanted = [step.says["sku_id"] for step in one.steps if step.kind == "proposal"]
    skus = catalogue.skus(t, wanted, on=shop_today()) if wanted else {}
    goods = {sku_id: text_of(sku.name) for sku_id, sku in skus.items()}
    return [
        {
            "step": step,
            "kind": measure.of(words.KINDS, step.kind),
            "name": words.step_name(step),
            "line": words.step_line(one, step, coupons, goods),
            "counts": counted.get(step.id, StepCounts()),
            "mail": words.plain(step.says["text"]) if step.kind == "mail" else "",
        }
        for step in one.steps
    ]


def _unsent(t: Tx, one: ScenarioShown) -> dict[str, Any]:
    """Mail that could not leave: why, who waits for it, and who went on without it."""
    found = scenarios_reading.unsent(t, one.id)
    message = messages.read(t, found.message_id) if found.message_id is not None else None
    refused = message and rendering_shop.unfit_to_send(t, message, mail.transport(t))
    days = min(MAIL_FOR, timedelta(days=one.patience_days)).days
    return {
        "unsent": found,
        "unsent_why": refusals.sentence(refused) if refused else "",
        "unsent_days": days,
        "unsent_causes": words.left(found.by_cause),
        "unsent_many": sum(found.by_cause.values()),
    }


def _foreseen(t: Tx, one: ScenarioShown) -> dict[str, Any] | None:
    """Who would enter now and why others would not; None once it is over."""
    if one.state not in OPEN or not one.steps:
        return None
    found = scenarios_entering.foresee(t, one, at=clock.now())
    if found is None:
        return {"counting": True}
    return {"people": len(found.people), "left_out": words.left(found.left_out)}


def _lacks(t: Tx, one: ScenarioShown) -> Sequence[Any]:
    """What it needs before it may begin: where, and what."""
    if one.state != "draft":
        return []
    shown = queries.measure(t, one.number)
    assert shown is not None
    found = []
    for refusal in scenarios.lacks(t, one.number, at=clock.now()):
        if refusal.field.startswith("steps"):
            found.append({"href": "#flow", "name": refusals.sentence(refusal), "sentence": ""})
        else:
            lack = lack_of(shown, refusal)
            found.append({"href": lack.href, "name": lack.name, "sentence": lack.sentence})
    return found


def _rows(
    t: Tx, found: Sequence[JourneyShown], viewer: Viewer
) -> list[tuple[JourneyShown, str, str, str]]:
    people = [one.person_now for one in found]
    shown = customers.shown(t, people, viewer=viewer)
    return [
        (one, name_of(shown.get(one.person_now), one.person_now), words.journey(one),
         reverse("person", args=[one.person_now]))
        for one in found
    ]  # fmt: skip


def _csv(one: ScenarioShown, viewer: Viewer, state: str) -> StreamingHttpResponse:
    """All of them: however many there are, none is left out."""
    head = [
        say("お客様番号", "Customer no."), say("お名前", "Name"), say("状態", "State"),
        say("手順", "Step"), say("入った日時", "Entered"), say("次の日時", "Due"),
        say("終わった日時", "Ended"), say("いまの様子", "Where they stand"),
    ]  # fmt: skip
    return streamed(f"scenario-{one.number}", head, _cells(one, viewer, state))


def _cells(one: ScenarioShown, viewer: Viewer, state: str) -> Iterator[list[Sequence[object]]]:
    with tx() as t:
        for found in scenarios_reading.everybody(t, one.id, viewer=viewer, state=state):
            yield [
                [each.person_now, name, measure.of(words.JOURNEYS, each.state), each.step_n,
                 each.entered_at.isoformat(), each.due_at and each.due_at.isoformat(),
                 each.ended_at and each.ended_at.isoformat(), line]
                for each, name, line, _ in _rows(t, found, viewer)
            ]  # fmt: skip


def of_person(t: Tx, person_id: int, viewer: Viewer) -> list[Mapping[str, Any]]:
    """Where somebody stands in scenarios, for their own page."""
    return [
        {"one": one, "line": words.journey(one), "href": reverse("scenario", args=[one.number])}
        for one in scenarios_reading.of_person(t, person_id, viewer=viewer, limit=5)
    ]
