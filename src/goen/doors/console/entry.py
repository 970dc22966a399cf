"""Coming in and going out, and the reader's choice of language and theme.

Promises: a wrong password says nothing about which half was wrong; five wrong ones lock the
login for a quarter of an hour; the demo shop alone lets a visitor in by role, without a password.
"""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from goen.doors.console.shell import ROLES, THEMES
from goen.doors.say import say
from goen.kit import home
from goen.places.models import Staff

YEAR_S = 365 * 24 * 3600
_MAY = {
    "hq": ("すべての画面と設定", "Every page and the settings"),
    "marketer": ("顧客と商品の分析", "Customers and products"),
    "store": ("レジと顧客の応対", "The till and the customer in front of you"),
    "operations": ("お名前を伏せた画面", "Pages with names masked"),
    "partner": ("連携と記録（お名前は伏せます）", "Links and logs, names masked"),
}


def enter(request: HttpRequest) -> HttpResponse:
    """The login page; on POST checks login and password."""
    onward = _onward(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward)
    error = ""
    if request.method == "POST":
        given = request.POST.get("login", "").strip()
        staff = authenticate(request, login=given, password=request.POST.get("password", ""))
        if staff is not None:
            login(request, staff)
            return HttpResponseRedirect(onward)
        if getattr(request, "axes_locked_out", False):
            return locked_out(request, {})
        error = say(
            "ログインIDかパスワードが違います。もう一度入力してください。",
            "The login or the password is not right. Try again.",
        )
    page = {"error": error, "next": onward, "roles": _demo_roles(), "demo": _is_demo()}
    return render(request, "console/login.html", page, status=401 if error else 200)


@require_POST
def enter_as(request: HttpRequest) -> HttpResponse:
    """Demo only: come in as somebody of a role, by one press."""
    staff = Staff.objects.filter(role=request.POST.get("role", ""), is_active=True)
    chosen = staff.order_by("id").first() if _is_demo() else None
    if chosen is None:
        return redirect("login")
    login(request, chosen, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(_onward(request))


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Log out."""
    logout(request)
    return redirect("login")


@require_POST
def look(request: HttpRequest) -> HttpResponse:
    """Keep the reader's language or theme in a cookie and go back to their page."""
    response = HttpResponseRedirect(_onward(request))
    if request.POST.get("language") in {"ja", "en"}:
        _keep(response, "goen_language", request.POST["language"])
    theme = request.POST.get("theme")
    if theme == "auto":
        response.delete_cookie("goen_theme")
    elif theme in THEMES:
        _keep(response, "goen_theme", theme)
    return response


def locked_out(request: HttpRequest, _credentials: Any, *_: Any, **__: Any) -> HttpResponse:
    """After five wrong passwords: says when to try again."""
    return render(request, "console/locked.html", status=429)


@login_required
def menu(request: HttpRequest) -> HttpResponse:
    """What the side and top bars hold, as a page for small screens."""
    return render(request, "console/menu.html")


def _keep(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR_S, samesite="Lax", httponly=True)


def _onward(request: HttpRequest) -> str:
    """Where the reader wanted to go, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    hosts = {request.get_host()}
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=hosts) else "/"


def _is_demo() -> bool:
    return home.current_shop().kind == "demo"


def _demo_roles() -> list[dict[str, str]]:
    if not _is_demo():
        return []
    present = set(Staff.objects.filter(is_active=True).values_list("role", flat=True))
    return [
        {"code": code, "name": say(*ROLES[code]), "may": say(*_MAY[code])}
        for code in ROLES
        if code in present
    ]
