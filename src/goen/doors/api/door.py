"""What every API route shares: the key, the body, and how refusals are answered."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from django.http import HttpRequest, HttpResponse

from goen.doors.refusals import as_json
from goen.kit import keys
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.refusals import Refusal

Body = TypeVar("Body")
MOST = 1_000
"""Facts one request may carry."""


class Refused(Exception):  # noqa: N818  named by its reason
    """Ends a request with a refusal and its status."""

    def __init__(self, refusal: Refusal, status: int) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.status = status


def guarded(scope: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A route that needs a key with a scope; the view takes (request, actor) and what
    its address names."""

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        def route(request: HttpRequest, **named: object) -> HttpResponse:
            try:
                return view(request, _actor(request, scope), **named)
            except Refused as refused:
                headers = {"WWW-Authenticate": "Bearer"} if refused.status == 401 else None
                return answer(as_json(refused.refusal), refused.status, headers)

        # A key in a header is no cookie: there is nothing to forge from another site.
        route.csrf_exempt = True  # type: ignore[attr-defined]
        return route

    return wrap


def body(request: HttpRequest, kind: type[Body]) -> Body:
    """The request's JSON as a value of `kind`; refuses with the path of the field."""
    if request.method != "POST":
        raise Refused(Refusal("post_only"), 405)
    try:
        return msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        raise Refused(_invalid(error), 422) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(Refusal("not_json", "", {"given": str(error)}), 400) from error


def not_too_many(facts: list[Any], field: str) -> None:
    """Refuse more than `MOST` facts in one request."""
    if len(facts) > MOST:
        raise Refused(Refusal("too_many", field, {"most": MOST}), 422)


def answer(
    content: object, status: int = 200, headers: dict[str, str] | None = None
) -> HttpResponse:
    """A JSON answer."""
    encoded = msgspec.json.encode(content)
    return HttpResponse(encoded, content_type="application/json", status=status, headers=headers)


def _actor(request: HttpRequest, scope: str) -> Actor:
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    with tx() as t:
        actor = keys.actor_of(t, secret, scope) if scheme == "Bearer" else None
    if actor is None:
        raise Refused(Refusal("key_refused", "Authorization", {"scope": scope}), 401)
    return actor


def _invalid(error: msgspec.ValidationError) -> Refusal:
    """msgspec says `Expected … - at `$.lines[0].qty``; the path becomes the field."""
    sentence, _, path = str(error).partition(" - at ")
    field = path.strip("`").removeprefix("$").lstrip(".")
    return Refusal("invalid", field, {"given": sentence})
