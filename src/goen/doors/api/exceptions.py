"""`/v1/exceptions`: what waits for a person to decide, with ways out, and what was decided."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.doors.api.door import Call, Code, Moment, Text, answer
from goen.kit import clock
from goen.kit.db import tx
from goen.orders import resolving, to_decide
from goen.orders.resolving import Fix, Fixed
from goen.orders.to_decide import ToDecide

Id = Annotated[int, Meta(ge=1, le=2**53)]


class ExceptionsQuery(Struct, forbid_unknown_fields=True):
    """Open ones, the oldest first, or closed ones, the last closed first (`before` an id)."""

    state: Literal["open", "closed"] = "open"
    code: Code | None = None
    place: Code | None = None
    before: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100


class ExceptionOut(Struct):
    """Something to decide. `ways` are the ways out, the best first."""

    id: int
    code: str
    opened_at: datetime
    order: UUID | None
    source_no: str | None
    line_no: int | None
    item: str | None
    place: str | None
    qty: int | None
    detail: dict[str, Any]
    ways: list[dict[str, Any]]
    closed_at: datetime | None
    resolution: str


class ExceptionsOut(Struct):
    """Exceptions."""

    exceptions: list[ExceptionOut]


class ResolveIn(Struct, forbid_unknown_fields=True):
    """What is decided: `rerouted` (with `to_place`), `kept_again`, `cancelled` or `dismissed`."""

    uid: UUID
    how: Code
    occurred_at: Moment
    to_place: Code = ""
    reason: Code = ""
    note: Text = ""
    staff: Code | None = None


class ResolvedOut(Struct):
    """It is closed; `slip` is the act on the order that put it right, where one did."""

    exception: int
    how: str
    slip: UUID | None
    state: str | None
    repeated: bool


def listed(call: Call) -> HttpResponse:
    """What waits, or what was decided."""
    asked = call.query(ExceptionsQuery)
    with tx() as t:
        if asked.state == "open":
            found = to_decide.waiting(t, code=asked.code, place=asked.place, limit=asked.limit)
        else:
            found = to_decide.decided(t, limit=asked.limit, before=asked.before)
    return answer(ExceptionsOut([_shown(one) for one in found]))


def resolve(call: Call) -> HttpResponse:
    """Do what was decided, and close the exception, in one."""
    x = call.fact(ResolveIn)
    fix = Fix(x.uid, call.id(), x.occurred_at, x.to_place, x.reason, x.note, x.staff)
    with tx() as t:
        done = resolving.fix(t, x.how, fix, actor=call.actor, recorded_at=clock.now())
    return call.answered([done], _resolved)


def _shown(one: ToDecide) -> ExceptionOut:
    return ExceptionOut(
        one.id,
        one.code,
        one.opened_at,
        one.order_uid,
        one.source_no,
        one.line_no,
        one.sku_code,
        one.place_code,
        one.qty,
        dict(one.detail),
        [dict(way) for way in one.ways],
        one.closed_at,
        one.resolution,
    )


def _resolved(done: Fixed) -> ResolvedOut:
    slip, resolved = done.slip, done.resolved
    return ResolvedOut(
        resolved.exception,
        resolved.how,
        slip.uid if slip else None,
        slip.state if slip else None,
        resolved.repeated,
    )
