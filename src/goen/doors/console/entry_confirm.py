"""Asking again who somebody is, before what matters: good for 15 minutes.

By the password, a code of the authenticator, or a passkey of theirs.

Promises: `confirmed_lately` lets a page go on only then; what was asked for is not done, the reader
comes back to its page; guessing is stopped.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from goen.doors import refusals
from goen.doors.console import entry_passkey, entry_second, entry_steps, passkey_where
from goen.doors.console.entry_steps import is_fresh, onward_of
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import authenticators, passkeys, passwords
from goen.places.models import Staff

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def confirmed_lately(view: View[P]) -> Callable[..., HttpResponse]:
    """A page that is shown, or an act that is done, only to who has proved themselves lately."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.user.is_authenticated and not is_fresh(request):
            return HttpResponseRedirect(f"/me/confirm?{urlencode({'next': _back(request)})}")
        return view(request, *args, **kwargs)

    return guarded


@sensitive_post_parameters("password", "code")
@login_required
def show(request: HttpRequest) -> HttpResponse:
    """The question; the right answer goes on to where the reader was."""
    staff: Any = request.user
    error, status = "", 200
    if request.method == "POST":
        with tx() as t:
            refused = _refused(t, request, staff)
            if refused is not None:
                entry_second.failed(t, request, staff.code, "confirm")
        if refused is None:
            request.session["confirmed"] = clock.now().timestamp()
            return HttpResponseRedirect(onward_of(request))
        error = refusals.sentence(refused)
        status = 429 if refused.code == "too_many_tries" else 401
    with tx() as t:
        has = authenticators.factors(t, staff.pk).authenticator
        keys = bool(passkeys.of_staff(t, staff.pk))
    page = {
        "error": error,
        "next": onward_of(request),
        "has_authenticator": has,
        "has_passkey": keys and bool(passkey_where.where(request).rp_id),
    }
    return entry_steps.unkept(render(request, "console/confirm.html", page, status=status))


@login_required
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """What the browser asks a device, for the same question."""
    staff: Any = request.user
    return entry_passkey.ask_own(request, staff)


def _refused(t: Tx, request: HttpRequest, staff: Staff) -> Refusal | None:
    code = request.POST.get("code", "").strip()[:100]
    if request.POST.get("credential"):
        return entry_passkey.confirmed(request, staff)
    if code:
        return entry_second.guessed(t, staff.pk, code)
    password = request.POST.get("password", "")[:1000]
    return passwords.is_theirs(t, staff.pk, password, at=clock.now())


def _back(request: HttpRequest) -> str:
    """The page to come back to: this one, or the one that a form was sent from."""
    if request.method == "GET":
        return request.get_full_path()
    told = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(told, allowed_hosts={request.get_host()})
    return urlsplit(told).path if ours and told else "/"
