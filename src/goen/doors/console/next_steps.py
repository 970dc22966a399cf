"""Customers without a next step: nothing proposed, no running measure, no open order, not late.

Promises: the list is the one the condition 「次の一手がない」 gives; those who have a step are
counted by what it is.
"""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from goen.doors.console import segment_link, segments_people
from goen.doors.console.shell import viewer_of
from goen.doors.say import say
from goen.kit import clock
from goen.kit.db import tx
from goen.marketing import contacts, found
from goen.marketing.conditions_sql import EVERYBODY
from goen.marketing.found import NO_NEXT_STEP

STEPS = {
    "proposal": ("提案がある", "A proposal"),
    "scenario": ("シナリオの途中にいる", "On their way in a scenario"),
    "list": ("進行中の施策にいる", "In a running measure"),
    "order": ("注文・取り置きが進行中", "An open order"),
    "late": ("間があいた方として一覧にいる", "Listed as late"),
}


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The list, and how many have a next step."""
    viewer = viewer_of(request, "next_step")
    with tx() as t:
        page: dict[str, Any] = segments_people.people(
            t, request, NO_NEXT_STEP, viewer, made_from="/customers/without-next-step"
        )
        ready = found.prepare(t, NO_NEXT_STEP, at=clock.now())
        everybody = int(t.value(f"SELECT count(*) FROM ({EVERYBODY}) everybody") or 0)
        steps = [
            (
                say(*STEPS[name]),
                int(t.value(f"SELECT count(DISTINCT person_id) FROM ({sql}) x", values) or 0),
            )
            for name, (sql, values) in contacts.next_steps(ready.moment.today).items()
        ]
    page |= {
        "everybody": everybody,
        "steps": steps,
        "path": request.path,
        "segment": segment_link.href(NO_NEXT_STEP.tree, made_from="/customers/without-next-step"),
    }
    return render(request, "console/next_steps.html", page)
