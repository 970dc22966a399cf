"""Where passkeys work: at a host name over TLS, or at localhost; never at a bare address."""

import ipaddress
from dataclasses import dataclass

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Where:
    """`rp_id` is the host name that passkeys are made for here, or empty; then `instead` is the
    same page at an address where they work, if there is one."""

    rp_id: str
    origin: str
    instead: str


def where(request: HttpRequest) -> Where:
    """Whether passkeys can be made and used at the address this request came by."""
    host, _, port = request.get_host().rpartition(":")
    if not host or not port.isdecimal():
        host, port = request.get_host(), ""
    origin = f"{request.scheme}://{request.get_host()}"
    if _is_address(host):
        here = host.strip("[]") in {"127.0.0.1", "::1"}
        local = f"http://localhost{':' + port if port else ''}{request.path}"
        return Where("", origin, local if here else "")
    fits = request.is_secure() or host == "localhost" or host.endswith(".localhost")
    return Where(host if fits else "", origin, "")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
