"""What every address under `/v1` shares: the key, the limits, the body, and how it is answered.

An address is a row of the table in `routes.py`. Whatever is refused before a verb is asked, is
refused here, always as the same value: code, field, detail and a sentence.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from math import ceil
from typing import Annotated, Any, TypeVar
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from msgspec import Meta, Struct

from goen.doors import metrics
from goen.doors.refusals import as_json
from goen.kit import keys, settings
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.limits import Limiter
from goen.kit.refusals import Refusal

Fact = TypeVar("Fact")
Done = TypeVar("Done")
MOST = 1_000
"""Facts one request may carry."""
LARGEST_BODY = 5 * 1024 * 1024
_LIMITS_KEPT_S = 10.0

Moment = Annotated[datetime, Meta(tz=True)]
"""An instant with its offset from UTC."""
Count = Annotated[int, Meta(ge=-(10**12), le=10**12)]
"""A number of pieces, yen or points that a column can hold; verbs judge what it means."""
AT_MOST = Meta(extra_json_schema={"maxItems": MOST})
"""Told, and refused by `not_too_many` in words of its own."""
Code = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=2_000)]


class RefusalOut(Struct):
    """Why not: for programs a code, the field and values; for people a sentence."""

    code: str
    field: str
    detail: dict[str, Any]
    message: str


class Refused(Exception):  # noqa: N818  named by its reason
    """Ends a request with a refusal and its status."""

    def __init__(
        self, refusal: Refusal, status: int, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.status = status
        self.headers = dict(headers or {})


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one address: what it takes, what it gives, and what it is for."""

    method: str
    path: str
    view: "View"
    scope: str | None
    tag: str
    ja: str
    en: str
    takes: type[Struct] | None = None
    """The body: one fact."""
    many: str = ""
    """The field of another body, which carries many facts."""
    asks: type[Struct] | None = None
    """The query."""
    gives: type[Struct] | None = None
    """The answer when it is done; None where it has no body."""
    done: tuple[int, ...] = (200,)
    """The statuses when it is done."""
    refused: tuple[int, ...] = ()
    """The statuses of refusals that are this address' own."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """An example of the body, or of the query."""

    def __post_init__(self) -> None:
        # Which body it is, is told by this one field.
        assert self.takes is None or self.many not in self.takes.__struct_fields__

    @property
    def many_type(self) -> type[Any]:
        """The body that carries many facts."""
        assert self.takes is not None
        assert self.many
        return many_of(self.takes, self.many)


@dataclass(frozen=True, slots=True)
class Call:
    """A request that may go on: who asks, and what its address names."""

    request: HttpRequest
    route: Route
    actor: Actor
    named: Mapping[str, str]

    def uid(self) -> UUID:
        """The id in the address."""
        try:
            return UUID(self.named["uid"])
        except ValueError as error:
            raise Refused(Refusal("nothing_there", "uid", {"given": self.named["uid"]}), 404) from (
                error
            )

    def id(self) -> int:
        """The number in the address."""
        given = self.named["id"]
        if not re.fullmatch("[1-9][0-9]{0,14}", given):
            raise Refused(Refusal("nothing_there", "id", {"given": given}), 404)
        return int(given)

    def fact(self, kind: type[Fact]) -> Fact:
        """The body as a value of `kind`."""
        return _decoded(_without_zero_bytes(self.request.body), kind)

    def facts(self, kind: type[Fact], *, poison: bool = False) -> tuple[list[Fact], bool]:
        """The facts of the body, and whether it was the body for many.

        With `poison` the verb itself refuses texts that no column could hold, each fact alone.
        """
        raw = self.request.body if poison else _without_zero_bytes(self.request.body)
        field_ = self.route.many
        if field_ not in _decoded(raw, dict[str, msgspec.Raw]):
            return [_decoded(raw, kind)], False
        wanted: list[Fact] = getattr(_decoded(raw, self.route.many_type), field_)
        not_too_many(wanted, field_)
        return wanted, True

    def query(self, kind: type[Fact]) -> Fact:
        """The query as a value of `kind`; a name nobody knows is refused."""
        given = self.request.GET
        lists = _list_names(kind)  # type: ignore[arg-type]
        values = {n: given.getlist(n) if n in lists else given[n] for n in given}
        if any("\0" in text for name in given for text in (name, *given.getlist(name))):
            raise Refused(Refusal("malformed", "", {"why": "U+0000"}), 422)
        try:
            return msgspec.convert(values, kind, strict=False)
        except msgspec.ValidationError as error:
            raise Refused(_invalid(error), 422) from error

    def answered(
        self,
        answers: Sequence[Done | Refusal],
        shown: Callable[[Done], Struct],
        *,
        many: bool = False,
    ) -> HttpResponse:
        """What a verb answered: one by its status, many in order with 200."""
        told = [a if isinstance(a, Refusal) else shown(a) for a in answers]
        for one in told:
            metrics.answered(self.route.path, one)
        if many:
            each = [as_json(one) if isinstance(one, Refusal) else one for one in told]
            return answer({"answers": each})
        (only,) = told
        if isinstance(only, Refusal):
            return answer(as_json(only), 404 if only.code in _UNKNOWN_THERE else 409)
        return answer(only, 200 if getattr(only, "repeated", False) else 201)


View = Callable[[Call], HttpResponse]
_UNKNOWN_THERE = frozenset({"unknown_order", "unknown_exception"})
"""Refusals about what the address itself names."""


def addressed(routes: Sequence[Route]) -> Callable[..., HttpResponse]:
    """The view of one address, for all its methods."""
    by_method = {route.method: route for route in routes}
    allowed = ", ".join(by_method)

    def view(request: HttpRequest, **named: str) -> HttpResponse:
        try:
            route = by_method.get(request.method or "")
            if route is None:
                raise Refused(Refusal("wrong_method", "", {"known": allowed}), 405, _allow(allowed))
            if any("\0" in given for given in named.values()):
                return nothing_there(request)
            return route.view(Call(request, route, _actor(request, route.scope), named))
        except Refused as refused:
            return answer(as_json(refused.refusal), refused.status, refused.headers)

    # A key in a header is no cookie: there is nothing to forge from another site.
    view.csrf_exempt = True  # type: ignore[attr-defined]
    return view


def nothing_there(request: HttpRequest) -> HttpResponse:
    """Any other address under `/v1`."""
    return answer(as_json(Refusal("nothing_there", "", {"given": request.path})), 404)


nothing_there.csrf_exempt = True  # type: ignore[attr-defined]


def not_too_many(facts: Sequence[object], field_: str) -> None:
    """Refuse more than `MOST` facts in one request."""
    if len(facts) > MOST:
        raise Refused(Refusal("too_many", field_, {"most": MOST}), 422)


def shaped(value: object, kind: type[Fact]) -> Fact:
    """A value of a verb or a read in the shape of the contract, by the names of its fields."""
    return msgspec.convert(value, kind, from_attributes=True)


def answer(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> HttpResponse:
    """A JSON answer."""
    encoded = msgspec.json.encode(content)
    return HttpResponse(encoded, content_type="application/json", status=status, headers=headers)


@cache
def many_of(kind: type, field_: str) -> type[Any]:
    """The body that carries many facts of a kind."""
    name = f"Many{kind.__name__.removesuffix('In')}In"
    facts = Annotated[list[kind], AT_MOST]  # type: ignore[valid-type]
    return msgspec.defstruct(name, [(field_, facts)], forbid_unknown_fields=True)


# who asks, and how often

_limiter = Limiter()


class _Limits:
    """The shop's limits, read again after a while."""

    rate = 0.0
    burst = 0.0
    until = 0.0


def caller(t: Tx, secret: str, scope: str) -> Actor | None:
    """Who has this key, if it is live and has the scope; reads the limits, too."""
    _read_limits(t)
    return keys.actor_of(t, secret, scope)


def wait_s(actor: Actor) -> float:
    """Counts a request of a caller: 0 when it may go on, else how long to wait."""
    assert actor.id is not None
    return _limiter.take(actor.id, rate=_Limits.rate, burst=_Limits.burst)


def _actor(request: HttpRequest, scope: str | None) -> Actor:
    if scope is None:
        return Actor("system", "anybody")
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    with tx() as t:
        actor = caller(t, secret, scope) if scheme == "Bearer" else None
    if actor is None:
        refusal = Refusal("key_refused", "Authorization", {"scope": scope})
        raise Refused(refusal, 401, {"WWW-Authenticate": "Bearer"})
    seconds = ceil(wait_s(actor))
    if seconds:
        refusal = Refusal("too_often", "", {"seconds": seconds})
        raise Refused(refusal, 429, {"Retry-After": str(seconds)})
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
        raise Refused(Refusal("body_too_large", "", {"most": LARGEST_BODY}), 413)
    return actor


def _read_limits(t: Tx) -> None:
    now = _limiter.now()
    if now >= _Limits.until:
        _Limits.rate = settings.read(t, "api.requests_per_second")
        _Limits.burst = settings.read(t, "api.burst")
        _Limits.until = now + _LIMITS_KEPT_S


def _allow(methods: str) -> dict[str, str]:
    return {"Allow": methods}


# bodies

_ZERO_BYTE = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def _without_zero_bytes(raw: bytes) -> bytes:
    """No column holds U+0000; JSON can only say it in this one way."""
    if b"\\u0000" in raw and _ZERO_BYTE.search(raw):
        raise Refused(Refusal("malformed", "", {"why": "U+0000"}), 422)
    return raw


def _decoded(raw: bytes, kind: type[Fact]) -> Fact:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(_invalid(error), 422) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(Refusal("not_json", "", {"given": str(error)}), 400) from error


def _invalid(error: msgspec.ValidationError) -> Refusal:
    """msgspec says `Expected … - at `$.lines[0].qty``; the path becomes the field."""
    sentence, _, path = str(error).partition(" - at ")
    field_ = path.strip("`").removeprefix("$").lstrip(".")
    return Refusal("invalid", field_, {"given": sentence})


@cache
def _list_names(kind: type[Struct]) -> set[str]:
    """The parameters that may be given several times."""
    found = msgspec.inspect.type_info(kind)
    assert isinstance(found, msgspec.inspect.StructType)
    return {f.encode_name for f in found.fields if isinstance(f.type, msgspec.inspect.ListType)}
