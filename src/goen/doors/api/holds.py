"""`/v1/holds`: goods kept for somebody, given up, or kept longer.

What is held can be sold to nobody else. The caller's `uid` names the hold, its release and its
extension each; the same one again changes nothing.
"""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.doors.api.door import Call, Code, Count, Moment, Refused, answer, shaped
from goen.kit import clock
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.stock import holds, shown
from goen.stock.holds import Changed, Extension, Held, NewHold, NewRelease

FARTHEST_YEAR = 2999


class GoodsIn(Struct, forbid_unknown_fields=True):
    """So many of an SKU, by its code or barcode."""

    item: Code
    qty: Count


Strength = Annotated[int, Meta(ge=0, le=100)]


class HoldIn(Struct, forbid_unknown_fields=True):
    """Keep goods at a place. Without an end and a strength the kind decides."""

    uid: UUID
    place: Code
    kind: Code
    holder: Code
    lines: list[GoodsIn]
    occurred_at: Moment
    expires_at: Moment | None = None
    strength: Strength | None = None


class HeldOut(Struct):
    """The goods are kept, until then."""

    uid: UUID
    expires_at: datetime | None
    repeated: bool


class ReleaseIn(Struct, forbid_unknown_fields=True):
    """Give up what is still held."""

    uid: UUID
    hold: UUID
    occurred_at: Moment


class ExtensionIn(Struct, forbid_unknown_fields=True):
    """Keep what is still held until another instant; without one until released."""

    uid: UUID
    hold: UUID
    occurred_at: Moment
    expires_at: Moment | None = None


class ChangedOut(Struct):
    """The hold was released or extended."""

    uid: UUID
    hold: UUID
    repeated: bool


class HeldLineOut(Struct):
    """What of a hold is still kept."""

    item: str
    qty: int


class HoldOut(Struct):
    """A hold as it stands: `live`, or how it ended (`posted`, `voided`, `expired`)."""

    uid: UUID
    place: str
    kind: str
    holder: str
    state: str
    occurred_at: datetime
    expires_at: datetime | None
    lines: list[HeldLineOut]


def hold(call: Call) -> HttpResponse:
    """Keep goods, for one or for many."""
    given, many = call.facts(HoldIn)
    wishes = [hold_of(one) for one in given]
    with tx() as t:
        answers = holds.hold(t, wishes, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, held, many=many)


def release(call: Call) -> HttpResponse:
    """Give up one hold, or many."""
    given, many = call.facts(ReleaseIn)
    wishes = [NewRelease(one.uid, one.hold, one.occurred_at) for one in given]
    with tx() as t:
        answers = holds.release(t, wishes, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _changed, many=many)


def extend(call: Call) -> HttpResponse:
    """Keep one hold longer, or many."""
    given, many = call.facts(ExtensionIn)
    wishes = [Extension(one.uid, one.hold, _end(one.expires_at), one.occurred_at) for one in given]
    with tx() as t:
        answers = holds.extend(t, wishes, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _changed, many=many)


def one(call: Call) -> HttpResponse:
    """A hold and what is still kept."""
    uid = call.uid()
    with tx() as t:
        found = shown.hold(t, uid, at=clock.now())
    if found is None:
        raise Refused(Refusal("unknown_hold", "uid", {"given": str(uid)}), 404)
    return answer(shaped(found, HoldOut))


def hold_of(given: HoldIn) -> NewHold:
    """The fact as the verb takes it."""
    return NewHold(
        given.uid,
        given.place,
        given.kind,
        given.holder,
        tuple((line.item, line.qty) for line in given.lines),
        given.occurred_at,
        _end(given.expires_at),
        given.strength,
    )


def _end(expires_at: datetime | None) -> datetime | None:
    if expires_at is not None and expires_at.year > FARTHEST_YEAR:
        raise Refused(Refusal("implausible_time", "expires_at", {"given": str(expires_at)}), 422)
    return expires_at


def held(done: Held) -> HeldOut:
    """What is shown of goods that are kept."""
    return HeldOut(done.uid, done.expires_at, done.repeated)


def _changed(done: Changed) -> ChangedOut:
    return ChangedOut(done.uid, done.hold, done.repeated)
