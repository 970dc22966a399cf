"""The browser that somebody has signed in with: a sealed cookie by which it is known again.

Promises: it lets nobody in and says nothing; it is good for one login of one shop; whoever guesses
from elsewhere can make that login slow for strangers, never for its owner's own browsers. (This is
what OWASP calls a device cookie.)
"""

import secrets
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from goen.doors import cookies
from goen.doors.callers import client_of
from goen.kit.db import tx
from goen.places import knocks, staff_queries
from goen.places.knocks import Mark

_NAME = f"goen_{settings.SHOP}_device"
_SALT = f"goen.device.{settings.SHOP}"
_KNOWN_FOR_S = 180 * 24 * 3600


def remember(request: HttpRequest, response: HttpResponseBase, staff_id: int) -> None:
    """Know this browser again, under a number of its own."""
    number = _number(request, staff_id) or secrets.token_urlsafe(12)
    sealed = signing.dumps([staff_id, number], salt=_SALT)
    cookies.keep(response, _NAME, sealed, max_age_s=_KNOWN_FOR_S)


def marks(request: HttpRequest, login: str) -> list[Mark]:
    """What a password typed here counts against: a known browser alone, or login and address."""
    with tx() as t:
        staff_id = staff_queries.by_login(t, login)
    number = "" if staff_id is None else _number(request, staff_id)
    if number:
        return [(knocks.DEVICE, number)]
    return [(knocks.LOGIN, login), (knocks.ADDRESS, client_of(request))]


def is_known(request: HttpRequest, credentials: dict[str, Any] | None) -> bool:
    """Whether the login is tried from a browser of its owner's: it has a bound of its own."""
    given = (credentials or {}).get("login") or request.POST.get("login", "").strip()[:100]
    return marks(request, given)[0][0] is knocks.DEVICE


def _number(request: HttpRequest, staff_id: int) -> str:
    """The number under which this browser is known to somebody; empty where it is not."""
    try:
        of, number = signing.loads(cookies.read(request, _NAME), salt=_SALT, max_age=_KNOWN_FOR_S)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(number) if of == staff_id else ""
