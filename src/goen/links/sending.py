"""One signed POST to somebody else's address.

Promises: over within `TIMEOUT_S`, however slowly the other side answers; a private address is
reached only when the machine's owner allows it, whatever a name resolves to at that moment;
redirects are not followed; what goes wrong is answered in a few words, never raised.
"""

import base64
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S = 5.0
MAY_BE_PRIVATE = "GOEN_WEBHOOKS_PRIVATE"
"""The environment variable that opens loopback and the local network. A key cannot set it."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class _Closed(OSError):  # noqa: N818  named by its reason
    """The address is not one that Goen may call."""


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What proves that the body and its time are ours."""
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()


def may_call(host: str) -> bool:
    """Whether a host may be subscribed; a name is looked at when it is called."""
    try:
        return _is_open(ipaddress.ip_address(host))
    except ValueError:
        return host != "localhost" or _private_allowed()


def send(address: str, body: bytes, headers: Mapping[str, str]) -> str:
    """POST once; '' when it was taken (2xx), else why not."""
    until = time.monotonic() + TIMEOUT_S
    try:
        parts = urlsplit(address)
        with contextlib.closing(_reached(parts, until)) as reached, _cut(reached, until):
            status = _posted(parts, reached, body, headers)
    except (OSError, http.client.HTTPException, ValueError) as error:
        late = time.monotonic() >= until
        return f"no answer within {TIMEOUT_S:g} s" if late else f"{type(error).__name__}: {error}"
    return "" if 200 <= status < 300 else f"HTTP {status}"


def _posted(
    parts: SplitResult, reached: socket.socket, body: bytes, headers: Mapping[str, str]
) -> int:
    host, target = parts.hostname or "", parts.path or "/"
    kind: type[http.client.HTTPConnection] = http.client.HTTPConnection
    if isinstance(reached, ssl.SSLSocket):
        kind = http.client.HTTPSConnection
        reached.do_handshake()
    connection = kind(host, parts.port)
    connection.sock = reached  # the address that was checked: no second look-up, no proxy
    given = {"Content-Type": "application/json", "Connection": "close", **headers}
    connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body, given)
    return connection.getresponse().status


def _reached(parts: SplitResult, until: float) -> socket.socket:
    """A connection to one of the host's addresses, all of which may be called."""
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if not all(_is_open(ipaddress.ip_address(one[4][0])) for one in found):
        raise _Closed("a private address")
    family, kind, protocol, _, target = found[0]
    plain = socket.socket(family, kind, protocol)
    try:
        plain.settimeout(max(0.01, until - time.monotonic()))
        plain.connect(target)
        if parts.scheme != "https":
            return plain
        context = ssl.create_default_context()
        return context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
    except BaseException:
        plain.close()
        raise


@contextlib.contextmanager
def _cut(reached: socket.socket, until: float) -> Iterator[None]:
    """End the talk in time: a socket's own timeout begins anew with every byte that drips in."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            socket.socket.shutdown(reached, socket.SHUT_RDWR)

    timer = threading.Timer(max(0.0, until - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _is_open(address: _Address) -> bool:
    """Whether an address is in the open internet, also when it is written as another one."""
    if _private_allowed():
        return True
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_open(inner)
    return address.is_global and not address.is_multicast


def _private_allowed() -> bool:
    return os.environ.get(MAY_BE_PRIVATE) == "1"
