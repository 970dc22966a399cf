"""`/v1/webhooks`: who is told what happens here. The secret is answered once."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from msgspec import Struct

from goen.doors.api.door import Call, Code, Refused, Text, answer
from goen.kit import clock
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.links import subscribing


class SubscriberIn(Struct, forbid_unknown_fields=True):
    """Where to send what."""

    address: Text
    kinds: list[Code]


class SubscribedOut(Struct):
    """The secret signs what is sent; it is not shown again."""

    id: UUID
    address: str
    kinds: list[str]
    secret: str


class SubscriberOut(Struct):
    """One that is told, and how deliveries to it go."""

    id: UUID
    address: str
    kinds: list[str]
    created_at: datetime
    waiting: int
    dead: int
    oldest_waiting_at: datetime | None
    error: str


class SubscribersOut(Struct):
    """All that are told."""

    webhooks: list[SubscriberOut]


class RedrivenOut(Struct):
    """How many deliveries are tried again."""

    redriven: int


def shown(call: Call) -> HttpResponse:
    """Those that are told."""
    with tx() as t:
        found = subscribing.subscribers(t)
    return answer(
        SubscribersOut(
            [
                SubscriberOut(
                    s.uid,
                    s.address,
                    list(s.kinds),
                    s.created_at,
                    s.waiting,
                    s.dead,
                    s.oldest_waiting_at,
                    s.error,
                )
                for s in found
            ]
        )
    )


def add(call: Call) -> HttpResponse:
    """Tell an address what happens from now on."""
    given = call.fact(SubscriberIn)
    with tx() as t:
        made = subscribing.subscribe(
            t, given.address, given.kinds, actor=call.actor, recorded_at=clock.now()
        )
    if isinstance(made, Refusal):
        raise Refused(made, 409)
    told = SubscribedOut(made.uid, made.address, list(made.kinds), made.secret)
    return answer(told, 201, {"Cache-Control": "no-store"})


def end(call: Call) -> HttpResponse:
    """End one: nothing more is sent, also not what waits."""
    with tx() as t:
        refused = subscribing.end(t, call.uid(), actor=call.actor, recorded_at=clock.now())
    if refused is not None:
        raise Refused(refused, 404)
    return HttpResponse(status=204)


def redrive(call: Call) -> HttpResponse:
    """Try again what was given up."""
    with tx() as t:
        count = subscribing.redrive(t, call.uid(), actor=call.actor, recorded_at=clock.now())
    if isinstance(count, Refusal):
        raise Refused(count, 404)
    return answer(RedrivenOut(count))
