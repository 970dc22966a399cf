"""Where a request comes from: for limits, as proof, and for what is written of a sign-in."""

from django.conf import settings
from django.http import HttpRequest


def client_of(request: HttpRequest) -> str:
    """The address a request comes from.

    A shop listens on its own machine only. Where a proxy is said to stand before it (`GOEN_HTTPS`),
    the last address that the proxy adds is the shopper's; else nobody's word is taken for it.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return told[:60] if told and settings.HTTPS and peer in {"127.0.0.1", "::1"} else peer
