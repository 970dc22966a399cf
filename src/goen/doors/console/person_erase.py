"""Erasing a person's data: what goes, what stays, and a number typed before it is done.

Promises: nothing is erased by one press; what the law keeps is named; the request that asked for
it is settled by the same act.
"""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from goen.customers import queries as customers
from goen.customers import requests
from goen.doors import refusals
from goen.doors.console.people import name_of
from goen.doors.console.shell import actor_of, viewer_of
from goen.doors.say import say
from goen.kit import clock, trail
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.links import erasing


@login_required
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, person_id: int) -> HttpResponse:
    """What erasing would do, and the form that does it."""
    viewer, at = viewer_of(request), clock.now()
    with tx() as t:
        whole = customers.whole(t, person_id, viewer=viewer)
        if whole is None:
            raise Http404
        person = whole.person_id
        trail.saw(t, viewer, "person", person, at=at)
        wrong = ""
        if request.method == "POST":
            answer: object = Refusal("not_typed", "typed")
            if request.POST.get("typed", "").strip() == str(person):
                answer = erasing.erase(
                    t,
                    person,
                    answer=say("個人情報を消しました。", "The personal data are erased."),
                    request=_uid(request.POST.get("request", "")),
                    actor=actor_of(request),
                    recorded_at=at,
                )
            if not isinstance(answer, Refusal):
                return redirect(f"{reverse('person', args=[person])}?done=erased")
            wrong = refusals.sentence(answer)
        asked = [
            one
            for one in requests.of_people(t, [person])
            if one.kind == "erase" and one.settled_at is None
        ]
        preview = erasing.preview(t, person)
        assert preview is not None, "a person without records"
        page = {
            "person_id": person,
            "name": name_of(whole.shown, person),
            "preview": preview.books,
            "parked_rows": preview.parked_rows,
            "asked": asked,
            "wrong": wrong,
        }
    return render(request, "console/person_erase.html", page, status=422 if wrong else 200)


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
