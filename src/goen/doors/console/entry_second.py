"""The second step of signing in: a code of the authenticator, or making one where it is asked for.

Promises: nothing of the shop is seen before it; a code is good once; five wrong ones and the next
is looked at only after a quarter of an hour.
"""

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe

from goen.doors import refusals
from goen.doors.console import entry_device, entry_steps
from goen.doors.console.entry_steps import Halfway, halfway
from goen.doors.say import text_of
from goen.kit import clock, home, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places import authenticators


def code(request: HttpRequest) -> HttpResponse:
    """Ask for a code of the authenticator, or a recovery code."""
    half = halfway(request)
    if half is None:
        return redirect("login")
    error, status = "", 200
    if request.method == "POST":
        given = request.POST.get("code", "")[:100]
        with tx() as t:
            refused = guessed(t, half.staff.pk, given)
            if refused is not None:
                failed(t, request, half.staff.code, "code")
        if refused is None:
            return entry_steps.come_in(request, half.staff, "code", half.onward)
        error = refusals.sentence(refused)
        status = 429 if refused.code == "too_many_tries" else 401
    page = {"error": error, "who": text_of(half.staff.name)}
    return entry_steps.unkept(render(request, "console/login_code.html", page, status=status))


def factor(request: HttpRequest) -> HttpResponse:
    """The shop asks for a second factor and this person has none: make one, then come in."""
    half = halfway(request)
    if half is None:
        return redirect("login")
    error = ""
    if request.method == "POST":
        at = clock.now()
        with tx() as t:
            done = authenticators.confirm(
                t,
                half.staff.pk,
                request.POST.get("code", "")[:100],
                actor=Actor("staff", half.staff.code, half.staff.pk),
                recorded_at=at,
            )
        if not isinstance(done, Refusal):
            return _in_with_codes(request, half, done)
        error = refusals.sentence(done)
    with tx() as t:
        begun = authenticators.pending(t, half.staff.pk)
        secret = begun or authenticators.begin(t, half.staff.pk, at=clock.now())
    if isinstance(secret, Refusal):
        return redirect("login_code")
    page = {"error": error, **enrolment(half.staff.login, secret)}
    status = 401 if error else 200
    return entry_steps.unkept(render(request, "console/login_factor.html", page, status=status))


def _in_with_codes(request: HttpRequest, half: Halfway, codes: tuple[str, ...]) -> HttpResponse:
    entry_steps.begin(request, half.staff, "code")
    page = {"codes": codes, "onward": half.onward}
    answer = entry_steps.unkept(render(request, "console/login_codes.html", page))
    entry_device.remember(request, answer, half.staff.pk)
    return entry_steps.spoken(answer, half.staff)


def guessed(t: Tx, staff_id: int, given: str) -> Refusal | None:
    """A code of the authenticator, or, when it is longer, a recovery code."""
    signs = "".join(sign for sign in given if sign.isalnum())
    if len(signs) > 8:
        return authenticators.recover(t, staff_id, given, at=clock.now())
    return authenticators.check(t, staff_id, given, at=clock.now())


def failed(t: Tx, request: HttpRequest, code: str, how: str) -> None:
    """A line in the trail: a step of signing in went wrong."""
    detail = {"how": how, "address": entry_steps.address_of(request)}
    actor = Actor("system", "sign in")
    trail.note(t, actor, "sign_in_failed", "staff", code, at=clock.now(), detail=detail)


def enrolment(login: str, secret: str) -> dict[str, object]:
    """The picture for an authenticator app, and the secret to type instead, in fours."""
    shop = text_of(home.current_shop().title)
    said = authenticators.address(secret, login=login, issuer=f"Goen {shop}")
    fours = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
    return {"picture": picture(said), "secret": fours}


def picture(said: str) -> SafeString:
    """A square code: black squares on no ground, to be put on white."""
    code = segno.make(said, error="m", micro=False)
    drawn = code.svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None, dark="#000")
    return mark_safe(drawn)  # noqa: S308  drawn from squares alone
