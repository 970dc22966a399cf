"""Coming in and going out, and the reader's choice of language and theme.

Promises: a wrong password says nothing about which half was wrong, and takes as long for a login
that nobody has; five wrong ones lock the login for a quarter of an hour where they came from, and
more of them from anywhere slow it for browsers that are not known; who has an authenticator is
asked for its code before anything else is seen; the demo shop alone lets a visitor in by role,
without a password.
"""

from typing import Any

from django.contrib.auth import authenticate, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from goen.doors import cookies
from goen.doors.console import entry_device, entry_forgot, entry_steps, passkey_where
from goen.doors.console.entry_steps import is_demo, onward_of
from goen.doors.console.shell import THEMES
from goen.doors.say import say
from goen.kit import clock, trail
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.places import knocks, staff_queries
from goen.places.models import Staff
from goen.places.passwords import plain
from goen.places.rights import ROLES

_MAY = {
    "hq": ("すべての画面と設定", "Every page and the settings"),
    "marketer": ("顧客と商品の分析", "Customers and products"),
    "store": ("レジと顧客の応対", "The till and the customer in front of you"),
    "operations": ("お名前を伏せた画面", "Pages with names masked"),
    "partner": ("連携と記録（お名前は伏せます）", "Links and logs, names masked"),
}


@sensitive_post_parameters("password")
def enter(request: HttpRequest) -> HttpResponse:
    """The login page; on POST checks login and password."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward_of(request))
    if request.method != "POST":
        return page(request)
    given = request.POST.get("login", "").strip()[:100]
    password = plain(request.POST.get("password", "")[:1000])
    marks = entry_device.marks(request, given)
    with tx() as t:
        knock = knocks.knock(t, marks, at=clock.now())
    if knock is None:
        return locked_out(request, {}) if marks[0][0] is knocks.DEVICE else slowed(request)
    staff = authenticate(request, login=given, password=password)
    if isinstance(staff, Staff):
        with tx() as t:
            knocks.right(t, knock)
        return entry_steps.after_password(request, staff, onward_of(request))
    _failed(request, given, is_last=knock.is_last)
    if getattr(request, "axes_locked_out", False):
        return locked_out(request, {})
    wrong = say(
        "ログインIDかパスワードが違います。もう一度入力してください。",
        "The login or the password is not right. Try again.",
    )
    return page(request, wrong)


def page(request: HttpRequest, error: str = "") -> HttpResponse:
    """The login page, with what was wrong."""
    shown = {
        "error": error,
        "next": onward_of(request),
        "roles": _demo_roles(),
        "demo": is_demo(),
        "passkeys": passkey_where.where(request),
        "forgot": entry_forgot.can_mail(),
    }
    return entry_steps.unkept(
        render(request, "console/login.html", shown, status=401 if error else 200)
    )


def _failed(request: HttpRequest, login: str, *, is_last: bool) -> None:
    """One line: for whom, if it is somebody's login; what was typed may be a password.

    After the last that was allowed a second one says that strangers wait from now on.
    """
    with tx() as t:
        staff_id = staff_queries.by_login(t, login)
        found = None if staff_id is None else staff_queries.one(t, staff_id, at=clock.now())
        detail = {"how": "password", "address": entry_steps.address_of(request)}
        who, code = Actor("system", "sign in"), found.code if found else "?"
        trail.note(t, who, "sign_in_failed", "staff", code, at=clock.now(), detail=detail)
        if is_last:
            trail.note(t, who, "sign_in_slowed", "staff", code, at=clock.now(), detail=detail)


@require_POST
def enter_as(request: HttpRequest) -> HttpResponse:
    """Demo only: come in as somebody of a role, by one press."""
    staff = Staff.objects.filter(role=request.POST.get("role", ""), is_active=True)
    chosen = staff.order_by("id").first() if is_demo() else None
    if chosen is None:
        return redirect("login")
    return entry_steps.come_in(request, chosen, "sample", onward_of(request))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Log out."""
    staff: Any = request.user
    if staff.is_authenticated:
        with tx() as t:
            who = Actor("staff", staff.code, staff.pk)
            trail.note(t, who, "signed_out", "staff", staff.code, at=clock.now())
    logout(request)
    return redirect("login")


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Keep the reader's language or theme in a cookie and go back to their page."""
    response = HttpResponseRedirect(onward_of(request))
    if request.POST.get("language") in {"ja", "en"}:
        keep(response, "goen_language", request.POST["language"])
    theme = request.POST.get("theme")
    if theme == "auto":
        cookies.forget(response, "goen_theme")
    elif theme in THEMES:
        keep(response, "goen_theme", theme)
    return response


def locked_out(request: HttpRequest, _credentials: Any, *_: Any, **__: Any) -> HttpResponse:
    """After five wrong passwords: says when to try again."""
    response = render(request, "console/locked.html", status=429)
    response.headers["Retry-After"] = "900"
    return response


def slowed(request: HttpRequest) -> HttpResponse:
    """After too many wrong passwords from anywhere: says which ways in are open all the same."""
    response = render(request, "console/locked.html", {"slowed": True}, status=429)
    response.headers["Retry-After"] = str(int(knocks.LOGIN.within.total_seconds()))
    return response


@login_required
def menu(request: HttpRequest) -> HttpResponse:
    """What the side and top bars hold, as a page for small screens."""
    return render(request, "console/menu.html")


def keep(response: HttpResponse, name: str, value: str) -> None:
    """Let the browser keep a choice for a year."""
    cookies.keep(response, name, value)


def _demo_roles() -> list[dict[str, str]]:
    if not is_demo():
        return []
    present = set(Staff.objects.filter(is_active=True).values_list("role", flat=True))
    return [
        {"code": code, "name": say(*ROLES[code]), "may": say(*_MAY[code])}
        for code in ROLES
        if code in present
    ]
