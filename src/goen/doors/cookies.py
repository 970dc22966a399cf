"""Cookies of ours: how they are called and how they are kept.

Promises: no script reads one; over https each is `Secure` and has the `__Host-` prefix, so that no
other host, path or plain connection can set or see it; two shops on one host do not share one
where it says who somebody is.
"""

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PREFIX = "__Host-" if settings.HTTPS else ""
A_YEAR_S = 365 * 24 * 3600


def read(request: HttpRequest, name: str) -> str:
    """What a browser kept for us; empty for nothing."""
    return str(request.COOKIES.get(PREFIX + name, ""))


def keep(
    response: HttpResponseBase, name: str, value: str, *, max_age_s: int = A_YEAR_S, path: str = "/"
) -> None:
    """Let a browser keep something. Under a prefix the path is the whole host."""
    response.set_cookie(
        PREFIX + name,
        value,
        max_age=max_age_s,
        path="/" if PREFIX else path,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponseBase, name: str, *, path: str = "/") -> None:
    """Take it back. A browser heeds that only for a cookie that is as secure."""
    if PREFIX:
        keep(response, name, "", max_age_s=0)
    else:
        response.delete_cookie(name, path=path)
