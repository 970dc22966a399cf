"""The steps of signing in: a password first, a second factor where one is asked for, then in.

Promises: between the steps nobody is signed in, the browser only holds who is about to be, for ten
minutes; each step begins with a new session key; the last one writes who came in, how and where.
"""

import hmac
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from goen.doors import cookies
from goen.doors.callers import client_of
from goen.doors.console import entry_device
from goen.kit import clock, home, settings, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.places import authenticators
from goen.places.models import Staff

BACKEND = "django.contrib.auth.backends.ModelBackend"
HALFWAY_FOR = timedelta(minutes=10)
FRESH_FOR = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Halfway:
    """Somebody whose password was right and who is not in yet."""

    staff: Staff
    how: str
    onward: str


def after_password(
    request: HttpRequest, staff: Staff, onward: str, how: str = "password"
) -> HttpResponse:
    """Ask for the second factor where there is one or must be one; else let them in."""
    with tx() as t:
        has = authenticators.factors(t, staff.pk).authenticator
        must = must_have_second(t, staff.role)
    if not (has or must):
        return come_in(request, staff, how, onward)
    request.session.flush()
    until = (clock.now() + HALFWAY_FOR).timestamp()
    half = {"staff": staff.pk, "how": how, "next": onward, "until": until}
    request.session["half"] = half | {"password": staff.get_session_auth_hash()}
    return redirect("login_code" if has else "login_factor")


def must_have_second(t: Tx, role: str) -> bool:
    """Whether the shop asks everybody of a role for a second factor."""
    asked = settings.read(t, "staff.second_factor")
    return asked == "all" or (asked == "hq" and role == "hq")


def halfway(request: HttpRequest) -> Halfway | None:
    """Who is about to sign in with this browser, while there is time."""
    half = request.session.get("half")
    if not half or half["until"] < clock.now().timestamp():
        return None
    staff = Staff.objects.filter(id=half["staff"], is_active=True).first()
    if staff is None or not hmac.compare_digest(half["password"], staff.get_session_auth_hash()):
        return None  # another password was set meanwhile
    return Halfway(staff, half["how"], half["next"])


def come_in(request: HttpRequest, staff: Staff, how: str, onward: str) -> HttpResponse:
    """Sign somebody in and send them on; `how` is told in the trail and on their own page."""
    begin(request, staff, how)
    response = spoken(HttpResponseRedirect(onward), staff)
    if how != "sample":
        entry_device.remember(request, response, staff.pk)
    return response


def begin(request: HttpRequest, staff: Staff, how: str) -> None:
    """Sign somebody in: a new session that knows how, where and when."""
    at = clock.now()
    request.session.pop("half", None)
    login(request, staff, backend=BACKEND)
    here = {"how": how, "agent": agent_of(request), "address": address_of(request)}
    request.session.update({**here, "confirmed": at.timestamp()})
    with tx() as t:
        who = Actor("staff", staff.code, staff.pk)
        detail = {"how": how, "address": here["address"]}
        trail.note(t, who, "signed_in", "staff", staff.code, at=at, detail=detail)


def spoken(response: HttpResponse, staff: Staff) -> HttpResponse:
    """With the language they chose, on this browser too."""
    if staff.language:
        cookies.keep(response, "goen_language", staff.language)
    return response


def is_fresh(request: HttpRequest) -> bool:
    """Whether the reader has proved who they are a short time ago. Visitors of the sample shop,
    who have no password, always have."""
    if request.session.get("how") == "sample" and is_demo():
        return True
    told: Any = request.session.get("confirmed", 0)
    return bool(told >= (clock.now() - FRESH_FOR).timestamp())


def is_demo() -> bool:
    """Whether this is the sample shop."""
    return home.current_shop().kind == "demo"


def onward_of(request: HttpRequest) -> str:
    """Where the reader wanted to go, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or "/"
    hosts = {request.get_host()}
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=hosts) else "/"


def address_of(request: HttpRequest) -> str:
    """Where the request comes from."""
    return client_of(request)[:60]


def peer_of(request: HttpRequest) -> str | None:
    """The same for what counts wrong passwords by it: an address, or none."""
    try:
        return str(ipaddress.ip_address(address_of(request)))
    except ValueError:
        return None


def agent_of(request: HttpRequest) -> str:
    """What the browser says it is."""
    return request.headers.get("User-Agent", "")[:300]


def unkept(response: HttpResponse) -> HttpResponse:
    """An answer that no cache keeps and whose address no other site is told."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def shop_words() -> list[str]:
    """The shop's names, which no password may look like."""
    shop = home.current_shop()
    return [shop.name, *map(str, shop.title.values()), "goen"]
