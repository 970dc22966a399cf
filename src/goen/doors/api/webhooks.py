"""`/v1/webhooks`: who is told what happens here. The secret is answered once."""

from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse

from goen.doors.api.door import Refused, answer, body, guarded
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.links import subscribing
from goen.links.subscribing import SubscriberShown


class SubscriberIn(msgspec.Struct, forbid_unknown_fields=True):
    """Where to send what."""

    address: str
    kinds: list[str]


@guarded("webhooks:write")
def webhooks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """List those that are told, or add one."""
    _only(request, "GET", "POST")
    if request.method == "GET":
        with tx() as t:
            return answer({"webhooks": [_shown(one) for one in subscribing.subscribers(t)]})
    given = body(request, SubscriberIn)
    with tx() as t:
        made = subscribing.subscribe(
            t, given.address, given.kinds, actor=actor, recorded_at=clock.now()
        )
    if isinstance(made, Refusal):
        raise Refused(made, 409)
    told = {"id": made.uid, "address": made.address, "kinds": made.kinds, "secret": made.secret}
    return answer(told, 201, {"Cache-Control": "no-store"})


@guarded("webhooks:write")
def webhook(request: HttpRequest, actor: Actor, subscriber: UUID) -> HttpResponse:
    """End one: nothing more is sent, also not what waits."""
    _only(request, "DELETE")
    with tx() as t:
        refused = subscribing.end(t, subscriber, actor=actor, recorded_at=clock.now())
    if refused is not None:
        raise Refused(refused, 404)
    return HttpResponse(status=204)


@guarded("webhooks:write")
def redrive(request: HttpRequest, actor: Actor, subscriber: UUID) -> HttpResponse:
    """Try again what was given up."""
    _only(request, "POST")
    with tx() as t:
        count = subscribing.redrive(t, subscriber, actor=actor, recorded_at=clock.now())
    if isinstance(count, Refusal):
        raise Refused(count, 404)
    return answer({"redriven": count})


def _shown(one: SubscriberShown) -> dict[str, object]:
    return {
        "id": one.uid,
        "address": one.address,
        "kinds": one.kinds,
        "created_at": one.created_at,
        "waiting": one.waiting,
        "dead": one.dead,
        "oldest_waiting_at": one.oldest_waiting_at,
        "error": one.error,
    }


def _only(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        raise Refused(Refusal("wrong_method", "", {"known": ", ".join(methods)}), 405)
