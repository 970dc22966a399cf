"""One's own account: name and language, password, authenticator, passkeys, where one is signed in.

Promises: everybody who works here has it and sees only their own; a new password takes the present
one and ends every other session; a factor is turned off, or recovery codes shown anew, only to who
has proved themselves lately; what is shown once is shown once.
"""

from typing import Any

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from goen.doors import refusals
from goen.doors.console import agents, entry, entry_passkey, entry_steps
from goen.doors.console.entry_confirm import confirmed_lately
from goen.doors.console.entry_second import enrolment
from goen.doors.console.passkey_where import where
from goen.doors.console.passwords_typed import typed_twice
from goen.doors.console.shell import actor_of
from goen.doors.say import say
from goen.kit import clock, settings
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.places import authenticators, passkeys, passwords, sessions, staffing
from goen.places.models import Staff

_SAVED = {
    "name": ("名前とことばを保存しました。", "Your name and language are saved."),
    "password": (
        "パスワードを変えました。ほかの端末はログアウトしました。",
        "Your password is changed. Other devices are signed out.",
    ),
    "off": ("認証アプリを解除しました。", "Your authenticator is turned off."),
    "passkey": ("パスキーを登録しました。", "Your passkey is registered."),
    "removed": ("パスキーを外しました。", "The passkey is removed."),
    "renamed": ("パスキーの名前を変えました。", "The passkey has a new name."),
    "ended": ("選んだ端末をログアウトしました。", "That device is signed out."),
    "others": ("ほかの端末をログアウトしました。", "All other devices are signed out."),
}


@login_required
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request)


@login_required
@require_POST
def name(request: HttpRequest) -> HttpResponse:
    """Keep name and language; the language holds at once."""
    staff = _self(request)
    names = {code: request.POST.get(f"name_{code}", "") for code in ("ja", "en")}
    chosen = request.POST.get("language", "")
    with tx() as t:
        refused = staffing.speak(
            t,
            staff.pk,
            name=names,
            language=chosen,
            actor=actor_of(request),
            recorded_at=clock.now(),
        )
    if refused is not None:
        return _page(request, refused)
    response = _saved("name")
    if chosen in {"ja", "en"}:
        entry.keep(response, "goen_language", chosen)
    return response


@sensitive_post_parameters("present", "password", "again")
@login_required
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    """A new password, by the present one; this session goes on under a new key."""
    staff, at = _self(request), clock.now()
    given = typed_twice(request)
    with tx() as t:
        refused = given if isinstance(given, Refusal) else None
        if refused is None:
            present = request.POST.get("present", "")[:1000]
            refused = passwords.is_theirs(t, staff.pk, present, at=at)
            if refused is not None:
                refused = Refusal(refused.code, "present", refused.detail)
        if refused is None and isinstance(given, str):
            refused = passwords.set_new(
                t,
                staff.pk,
                given,
                shop=entry_steps.shop_words(),
                actor=actor_of(request),
                recorded_at=at,
                but=request.session.session_key or "",
            )
    if refused is not None:
        return _page(request, refused)
    staff.refresh_from_db()
    update_session_auth_hash(request, staff)
    request.session["confirmed"] = at.timestamp()
    return _saved("password")


@login_required
@confirmed_lately
def authenticator(request: HttpRequest) -> HttpResponse:
    """The picture to point an app at; its first code turns it on and shows the recovery codes."""
    staff, error = _self(request), ""
    if request.method == "POST":
        with tx() as t:
            done = authenticators.confirm(
                t,
                staff.pk,
                request.POST.get("code", "")[:100],
                actor=actor_of(request),
                recorded_at=clock.now(),
            )
        if not isinstance(done, Refusal):
            return _codes(request, done)
        error = refusals.sentence(done)
    with tx() as t:
        begun = authenticators.pending(t, staff.pk) if error else None
        secret = begun or authenticators.begin(t, staff.pk, at=clock.now())
    if isinstance(secret, Refusal):
        return redirect("me")
    page = {"error": error, **enrolment(staff.login, secret)}
    status = 400 if error else 200
    return entry_steps.unkept(render(request, "console/me_authenticator.html", page, status=status))


@login_required
@require_POST
@confirmed_lately
def turn_off(request: HttpRequest) -> HttpResponse:
    """Turn the authenticator off, where the shop does not ask for one."""
    staff = _self(request)
    with tx() as t:
        if entry_steps.must_have_second(t, staff.role):
            refused = Refusal("factor_required", "authenticator")
        else:
            refused = None
            authenticators.turn_off(t, staff.pk, actor=actor_of(request), recorded_at=clock.now())
    return _page(request, refused) if refused else _saved("off")


@login_required
@require_POST
@confirmed_lately
def codes(request: HttpRequest) -> HttpResponse:
    """Ten new recovery codes; the old ones are void."""
    with tx() as t:
        made = authenticators.renew_codes(
            t, _self(request).pk, actor=actor_of(request), recorded_at=clock.now()
        )
    return _page(request, made) if isinstance(made, Refusal) else _codes(request, made)


@login_required
@require_POST
@confirmed_lately
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """What the browser asks the device, to make a passkey."""
    return entry_passkey.ask_new(request, _self(request))


@login_required
@require_POST
def keep_passkey(request: HttpRequest) -> HttpResponse:
    """Keep what the device made."""
    refused = entry_passkey.keep_new(request, _self(request), request.POST.get("name", ""))
    return _page(request, refused) if refused else _saved("passkey")


@login_required
@require_POST
@confirmed_lately
def change_passkey(request: HttpRequest, passkey_id: int) -> HttpResponse:
    """Call a passkey otherwise, or remove it."""
    staff = _self(request)
    given = request.POST.get("name", "").strip()[:60]
    with tx() as t:
        if request.POST.get("do") == "remove":
            passkeys.remove(
                t, passkey_id, of_staff=staff.pk, actor=actor_of(request), recorded_at=clock.now()
            )
            return _saved("removed")
        if given:
            passkeys.rename(t, passkey_id, given, of_staff=staff.pk)
    return _saved("renamed")


@login_required
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Sign one other device out, or all of them."""
    staff, which = _self(request), request.POST.get("session", "")
    by: dict[str, Any] = {"actor": actor_of(request), "recorded_at": clock.now()}
    with tx() as t:
        if which.isdecimal() and len(which) < 19:
            sessions.end(t, int(which), of_staff=staff.pk, why="owner", **by)
        else:
            here = request.session.session_key or ""
            sessions.end_all(t, staff.pk, why="owner", but=here, **by)
    return _saved("ended" if which else "others")


def _page(request: HttpRequest, refused: Refusal | None = None) -> HttpResponse:
    staff, at = _self(request), clock.now()
    with tx() as t:
        page = {
            "staff": staff,
            "has": authenticators.factors(t, staff.pk),
            "must": entry_steps.must_have_second(t, staff.role),
            "offered": settings.read(t, "staff.second_factor") != "off",
            "passkeys": passkeys.of_staff(t, staff.pk),
            "sessions": [
                (one, agents.named(one.agent), agents.how(one.how))
                for one in sessions.live(t, staff.pk, at=at, here=request.session.session_key or "")
            ],
        }
    page |= {
        "passkeys_at": where(request),
        "least": passwords.LEAST,
        "is_sample": request.session.get("how") == "sample",
        "saved": say(*_SAVED[request.GET["saved"]]) if request.GET.get("saved") in _SAVED else "",
        "error": refusals.sentence(refused) if refused else "",
        "wrong": refused.field if refused else "",
    }
    status = 400 if refused else 200
    return render(request, "console/me.html", page, status=status)


def _codes(request: HttpRequest, made: tuple[str, ...]) -> HttpResponse:
    page = {"codes": made, "onward": "/me"}
    return entry_steps.unkept(render(request, "console/login_codes.html", page))


def _self(request: HttpRequest) -> Staff:
    staff = request.user
    assert isinstance(staff, Staff)
    return staff


def _saved(what: str) -> HttpResponse:
    response = redirect("me")
    response.headers["Location"] += f"?saved={what}"
    return response
