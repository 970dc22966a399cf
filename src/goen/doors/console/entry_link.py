"""The page that an invitation or a reset link opens: set a password, and come in.

Promises: the link is used by a press, once, and only together with a password that is good enough;
the page is kept by no cache and its address told to no other site.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from goen.doors import refusals
from goen.doors.console import entry_steps
from goen.doors.console.passwords_typed import typed_twice
from goen.doors.say import say, text_of
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import Tx, savepoint, tx
from goen.kit.refusals import Refusal
from goen.places import invitations, passwords
from goen.places.invitations import Invited
from goen.places.models import Staff
from goen.places.rights import ROLES


@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Whom the link is for, and the form; on POST the password is set and they come in."""
    at = clock.now()
    with tx() as t:
        invited = invitations.look(t, token, at=at)
    if invited is None:
        return entry_steps.unkept(render(request, "console/link_over.html", status=410))
    error = wrong = ""
    if request.method == "POST":
        refused = _accept(token, invited, request)
        if refused is None:
            staff = Staff.objects.get(id=invited.staff_id)
            return entry_steps.after_password(request, staff, "/", "link")
        error, wrong = refusals.sentence(refused), refused.field
    page = {
        "error": error,
        "wrong": wrong,
        "invited": invited,
        "name": text_of(invited.name),
        "role": say(*ROLES[invited.role]),
        "least": passwords.LEAST,
    }
    status = 400 if error else 200
    return entry_steps.unkept(render(request, "console/link.html", page, status=status))


def _accept(token: str, invited: Invited, request: HttpRequest) -> Refusal | None:
    password = typed_twice(request)
    if isinstance(password, Refusal):
        return password
    with tx() as t:
        try:
            with savepoint():
                _use(t, token, invited, password)
        except _Refused as no:
            return no.refusal
    return None


class _Refused(Exception):  # noqa: N818  named by what it is
    """Nothing of it happens: a link that met a poor password can be pressed again."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _use(t: Tx, token: str, invited: Invited, password: str) -> None:
    at, actor = clock.now(), Actor("staff", invited.code, invited.staff_id)
    used = invitations.use(t, token, actor=actor, recorded_at=at)
    if isinstance(used, Refusal):
        raise _Refused(used)
    refused = passwords.set_new(
        t, used, password, shop=entry_steps.shop_words(), actor=actor, recorded_at=at
    )
    if refused is not None:
        raise _Refused(refused)
