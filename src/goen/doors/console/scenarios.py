"""Scenarios as a list: which run, who is where, what they brought; and what to start from."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from goen.doors import refusals
from goen.doors.console import measure_tabs
from goen.doors.console import measure_words as measure
from goen.doors.console import scenarios_words as words
from goen.doors.console.days import shop_today
from goen.doors.console.forms import uid_of
from goen.doors.console.measures_result_words import HEADS, signed
from goen.doors.console.points_words import typed as typed_in
from goen.doors.console.shell import actor_of
from goen.doors.say import language, say
from goen.kit import clock, home, ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    automation,
    axes_listing,
    measures,
    scenarios,
    scenarios_reading,
    scenarios_templates,
    verdicts,
)
from goen.marketing.scenario import ScenarioShown
from goen.marketing.scenarios_loading import every, read
from goen.marketing.scenarios_reading import Counts

KNOWN = ("more", "less", "unclear")


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The list, and the templates."""
    with tx() as t:
        found, counted = every(t), scenarios_reading.counts(t)
        rows = [_row(t, one, counted.get(one.id, Counts())) for one in found]
        page: dict[str, Any] = {
            "pages": measure_tabs.menu("scenarios"),
            "rows": rows,
            "is_on": automation.is_on(t),
            "open_tasks": t.value("SELECT count(*) FROM marketing_task WHERE done_at IS NULL"),
        }
    place = 0 if language() == "ja" else 1
    page |= {
        "templates": [
            (one.code, one.title[place], one.about[place], measure.of(words.TRIGGERS,
             one.scenario.trigger), len(one.steps)) for one in scenarios_templates.TEMPLATES
        ],
        "may_write": measure.may_write(request),
        "said": request.session.pop("scenarios-said", ""),
        "wrong": request.session.pop("scenarios-wrong", ""),
        "as_of": clock.now(),
    }  # fmt: skip
    return render(request, "console/scenarios.html", page)


@login_required
@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """A draft from a template, or an empty one."""
    code = typed_in(request.POST, "template")
    one = scenarios_templates.template(code) or scenarios_templates.TEMPLATES[0]
    uid = uid_of(typed_in(request.POST, "uid"))
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        axes = axes_listing.axes(t)
        axis = axes[0].code if len(axes) == 1 else None
        draft = scenarios_templates.measure_of(
            one, uid, language=language(), axis=axis, today=shop_today()
        )
        drafted = measures.draft(t, draft, **by)
        if isinstance(drafted, Refusal):
            request.session["scenarios-wrong"] = refusals.sentence(drafted)
            return redirect("scenarios")
        kept = scenarios.draft(t, uid, one.scenario, **by)
        assert not isinstance(kept, Refusal), kept
        if code != "empty" and not drafted.repeated:
            for step in scenarios_templates.steps_of(one, ids.new_id(), language=language()):
                put = scenarios.put_step(t, drafted.number, step, **by)
                assert not isinstance(put, Refusal), put
    return redirect("scenario", number=drafted.number)


def _row(t: Tx, one: ScenarioShown, counts: Counts) -> dict[str, Any]:
    return {
        "one": one,
        "state": measure.of(words.STATES, one.state),
        "chip": words.CHIPS.get(one.state, ""),
        "trigger": words.trigger(one),
        "counts": counts,
        "left": words.left(counts.left),
        "effect": effect_of(t, one),
    }


def effect_of(t: Tx, one: ScenarioShown) -> str:
    """What is known of its effect, in a word and in profit."""
    if one.begun_at is None:
        return ""
    result = verdicts.verdict(t, one.number, at=clock.now(), wait=False)
    if result is None or result.word not in KNOWN:
        return ""
    gain = f" {signed(result.gain.minor, home.current_shop().currency)}" if result.gain else ""
    return say(*HEADS[result.word]) + gain


def read_or_404(t: Tx, number: int) -> ScenarioShown:
    """The scenario of the address."""
    one = read(t, number)
    if one is None:
        raise Http404
    return one
