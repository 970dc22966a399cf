"""The short way in for the busiest addresses: one fact from each of many callers at once.

A request that is one well-formed fact with a key is read here, before Django, and waits with the
others for the next transaction (`kit.gathering`). Whatever else it is, several facts, another
method, a body or a key that is refused, goes on to the address's own view and is answered there;
so the short way knows only what is done, repeated or refused by the verb, and says it in the same
words. GOEN_GATHER=0 closes it.
"""

import io
import os
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http.cookie import parse_cookie
from django.utils import translation

from goen.doors import guard, metrics
from goen.doors.api import door, holds, orders, sales
from goen.doors.cookies import PREFIX
from goen.doors.refusals import as_json
from goen.kit import clock
from goen.kit.db import Tx
from goen.kit.gathering import Gatherer, Unreachable
from goen.kit.refusals import Refusal
from goen.orders.placing import place
from goen.orders.selling import sell
from goen.stock.holds import hold

Environ = dict[str, Any]
Start = Callable[..., object]
Application = Callable[[Environ, Start], Iterable[bytes]]
LARGEST = 256 * 1024
"""A larger body is no single fact worth gathering."""
_NOT_ADMITTED = object()
"""The key or its limit says no; the view will say so."""


@dataclass(frozen=True, slots=True)
class Way:
    """How one address takes a fact: its body, the value the verb wants, and what is shown."""

    path: str
    scope: str
    takes: msgspec.json.Decoder[Any]
    value: Callable[[Any], Any]
    shown: Callable[[Any], msgspec.Struct]
    gatherer: Gatherer[Any, Any]


def _way(
    path: str, scope: str, takes: type, value: Callable[[Any], Any], verb: Callable[..., Any],
    shown: Callable[[Any], msgspec.Struct],
) -> Way:  # fmt: skip
    def work(t: Tx, secret: Hashable, wanted: Sequence[Any]) -> Sequence[Any]:
        actor = door.caller(t, str(secret), scope)
        if actor is None:
            return [_NOT_ADMITTED] * len(wanted)
        admitted = [one for one in wanted if not door.wait_s(actor)]
        answers = iter(verb(t, admitted, actor=actor, recorded_at=clock.now()))
        let_in = {id(one) for one in admitted}
        return [next(answers) if id(one) in let_in else _NOT_ADMITTED for one in wanted]

    def told(size: int, waited_s: float) -> None:
        metrics.BATCH.labels(path).observe(size)
        metrics.WAITED.labels(path).observe(waited_s / size)

    gatherer: Gatherer[Any, Any] = Gatherer(path, work, told=told)
    return Way(path, scope, msgspec.json.Decoder(takes), value, shown, gatherer)


WAYS: Mapping[str, Way] = {
    way.path: way
    for way in (
        _way("/v1/sales", "sales:write", sales.SaleIn, sales.sale_of, sell, sales.sold),
        _way("/v1/holds", "stock:write", holds.HoldIn, holds.hold_of, hold, holds.held),
        _way("/v1/orders", "orders:write", orders.OrderIn, orders.order_of, place, orders.placed),
    )
}


def before(application: Application) -> Application:
    """The application with the short way before it."""
    return application if os.environ.get("GOEN_GATHER") == "0" else _ShortWay(application)


class _ShortWay:
    def __init__(self, behind: Application) -> None:
        self.behind = behind

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        way = WAYS.get(environ.get("PATH_INFO", ""))
        if way is None or environ.get("REQUEST_METHOD") != "POST":
            return self.behind(environ, start)
        size = environ.get("CONTENT_LENGTH") or ""
        scheme, _, secret = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not size.isdigit() or int(size) > LARGEST or scheme != "Bearer":
            return self.behind(environ, start)
        raw = environ["wsgi.input"].read(int(size))
        since = time.perf_counter()
        content = self._done(way, raw, secret, environ)
        if content is None:
            environ["wsgi.input"] = io.BytesIO(raw)
            return self.behind(environ, start)
        status, body, language = content
        metrics.timed(way.path, "POST", status, time.perf_counter() - since)
        headers = [*_HEADERS[language], ("Content-Length", str(len(body)))]
        if status == 503:
            headers.append(("Retry-After", "1"))
        start(_STATUS[status], headers)
        return [body]

    def _done(
        self, way: Way, raw: bytes, secret: str, environ: Environ
    ) -> tuple[int, bytes, str] | None:
        """Status, body and language of the answer; None where the view is to give it."""
        language = _language(environ)
        try:
            answer = way.gatherer.submit(way.value(_decoded(way, raw)), group=secret)
        except (Unreachable, TimeoutError):
            return 503, _refused(Refusal("not_reached"), language), language
        except Exception:  # noqa: BLE001  the view does it again, alone, and says what is wrong
            return None
        if answer is _NOT_ADMITTED:
            return None
        metrics.answered(way.path, answer)
        if isinstance(answer, Refusal):
            return 409, _refused(answer, language), language
        body = msgspec.json.encode(way.shown(answer))
        return 200 if answer.repeated else 201, body, language


def _refused(refusal: Refusal, language: str) -> bytes:
    with translation.override(language):
        return msgspec.json.encode(as_json(refusal))


def _decoded(way: Way, raw: bytes) -> Any:
    """The fact in a body; the views know how to refuse what is none."""
    if b"\\u0000" in raw:
        raise ValueError("U+0000")
    return way.takes.decode(raw)


def _language(environ: Environ) -> str:
    cookies = environ.get("HTTP_COOKIE")
    chosen = parse_cookie(cookies).get(f"{PREFIX}goen_language") if cookies else None
    return guard.language_of(chosen, environ.get("HTTP_ACCEPT_LANGUAGE", ""))


_STATUS = {
    200: "200 OK",
    201: "201 Created",
    409: "409 Conflict",
    503: "503 Service Unavailable",
}
_HEADERS = {
    language: (
        ("Content-Type", "application/json"),
        ("Content-Security-Policy", guard.CONTENT_POLICY),
        ("Permissions-Policy", guard.PERMISSIONS),
        ("Content-Language", language),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    )
    for language in ("ja", "en")
}
