"""Goods that arrive, travel, are counted and kept back; and what a channel may promise of them.

Each fact has the caller's `uid` and is booked once; `item` is an SKU code or a barcode.
"""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.catalogue.queries import ids_by_code
from goen.doors.api.door import Call, Code, Count, Moment, Refused, answer, shaped
from goen.doors.api.holds import GoodsIn
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import counting
from goen.places.queries import channels, places
from goen.stock import arrivals, availability, transfers
from goen.stock.arrivals import Arrival, Arrived
from goen.stock.availability import Available, NewSafety
from goen.stock.counts import Counted, NewCount
from goen.stock.transfers import NewTransfer, Receipt, Transferred

SINCE = date(2000, 1, 1)


class ArrivalIn(Struct, forbid_unknown_fields=True):
    """Goods at the door of a place."""

    uid: UUID
    place: Code
    occurred_at: Moment
    lines: list[GoodsIn]


class TransferIn(Struct, forbid_unknown_fields=True):
    """Goods leave one place for another."""

    uid: UUID
    source: Code
    target: Code
    occurred_at: Moment
    lines: list[GoodsIn]


class LostIn(Struct, forbid_unknown_fields=True):
    """Goods that were sent and will not come: `lost`, `damaged` or `miscounted`."""

    item: Code
    qty: Count
    why: Code


class ReceiptIn(Struct, forbid_unknown_fields=True):
    """Goods of a transfer came, in part or all; some are known not to."""

    uid: UUID
    transfer: UUID
    occurred_at: Moment
    lines: list[GoodsIn] = []
    lost: list[LostIn] = []


class CountIn(Struct, forbid_unknown_fields=True):
    """What was found on the shelves of a place at an instant, each SKU once with its total."""

    uid: UUID
    place: Code
    counted_at: Moment
    lines: list[GoodsIn]


class SafetyIn(Struct, forbid_unknown_fields=True):
    """What is kept back from a day on; without an item, place or channel, of all of them."""

    valid_from: date = SINCE
    safety: Count = 0
    buffer: Count = 0
    item: Code | None = None
    place: Code | None = None
    channel: Code | None = None


class BookedOut(Struct):
    """It is in the books. `repeated` when it already was."""

    uid: UUID
    repeated: bool


class CountedOut(Struct):
    """The count is in the books."""

    uid: UUID
    differences: int
    """How many SKUs were more or fewer than the books said."""
    broken: int
    """How many holds the goods are missing for."""
    repeated: bool


class SafetyOut(Struct):
    """The row that holds from that day on."""

    valid_from: date
    safety: int
    buffer: int
    item: str | None
    place: str | None
    channel: str | None


class AvailabilityQuery(Struct, forbid_unknown_fields=True):
    """Of which SKUs, for whom, by which way, and of one place only if named."""

    item: Annotated[list[Code], Meta(min_length=1, max_length=100)]
    channel: Code
    method: Literal["carry", "collect", "ship"] = "ship"
    place: Code | None = None


class ShareOut(Struct):
    """What one place has, and how much of it can be promised."""

    place: str
    posted: int
    pending: int
    safety: int
    buffer: int
    free: int


class AvailableOut(Struct):
    """What can be promised of an SKU: all places together, or the best one's to carry away."""

    item: str
    free: int
    places: list[ShareOut]


class AvailabilityOut(Struct):
    """What can be promised, true at `as_of`."""

    as_of: datetime
    items: list[AvailableOut]


def arrive(call: Call) -> HttpResponse:
    """Book goods that arrived, once or many times."""
    given, many = call.facts(ArrivalIn)
    wishes = [Arrival(g.uid, g.place, _lines(g.lines), g.occurred_at) for g in given]
    with tx() as t:
        answers = arrivals.arrive(t, wishes, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _booked, many=many)


def send(call: Call) -> HttpResponse:
    """Send goods to another place."""
    given, many = call.facts(TransferIn)
    wishes = [NewTransfer(g.uid, g.source, g.target, _lines(g.lines), g.occurred_at) for g in given]
    with tx() as t:
        answers = transfers.send(t, wishes, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _booked, many=many)


def receive(call: Call) -> HttpResponse:
    """Receive goods of a transfer; what was lost is written off."""
    given, many = call.facts(ReceiptIn)
    wishes = [
        Receipt(
            g.uid,
            g.transfer,
            _lines(g.lines),
            g.occurred_at,
            tuple((lost.item, lost.qty, lost.why) for lost in g.lost),
        )
        for g in given
    ]
    with tx() as t:
        answers = transfers.receive(t, wishes, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _booked, many=many)


def count(call: Call) -> HttpResponse:
    """Book what was counted; promises whose goods are missing become exceptions."""
    given, many = call.facts(CountIn)
    wishes = [NewCount(g.uid, g.place, g.counted_at, _lines(g.lines)) for g in given]
    with tx() as t:
        answers = counting.count(t, wishes, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _counted, many=many)


def safety(call: Call) -> HttpResponse:
    """Keep units back from a day on; the same again replaces, so no id is needed."""
    given, many = call.facts(SafetyIn)
    rows = [NewSafety(g.valid_from, g.safety, g.buffer, g.item, g.place, g.channel) for g in given]
    with tx() as t:
        answers = availability.put_safety(t, rows, actor=call.actor, recorded_at=clock.now())
    return call.answered(answers, _kept_back, many=many)


def available(call: Call) -> HttpResponse:
    """What a channel may promise now, with the places that make it up."""
    asked = call.query(AvailabilityQuery)
    at = clock.now()
    with tx() as t:
        skus = _known(t, asked)
        found = availability.available(
            t,
            sorted(set(skus.values())),
            channel=asked.channel,
            method=asked.method,
            as_of=at,
            place=asked.place,
        )
    items = [_available(item, found[skus[item]]) for item in asked.item]
    return answer(AvailabilityOut(at, items))


def _known(t: Tx, asked: AvailabilityQuery) -> dict[str, int]:
    if asked.channel not in {c.code for c in channels(t)}:
        raise Refused(Refusal("unknown_channel", "channel", {"given": asked.channel}), 404)
    if asked.place is not None and asked.place not in {p.code for p in places(t)}:
        raise Refused(Refusal("unknown_place", "place", {"given": asked.place}), 404)
    skus = ids_by_code(t, asked.item)
    for item in asked.item:
        if item not in skus:
            raise Refused(Refusal("unknown_item", "item", {"given": item}), 404)
    return skus


def _available(item: str, one: Available) -> AvailableOut:
    return AvailableOut(item, one.free, [shaped(share, ShareOut) for share in one.places])


def _lines(given: list[GoodsIn]) -> tuple[tuple[str, int], ...]:
    return tuple((line.item, line.qty) for line in given)


def _booked(done: Arrived | Transferred) -> BookedOut:
    return BookedOut(done.uid, done.repeated)


def _counted(done: Counted) -> CountedOut:
    moved = sum(1 for _, difference in done.differences if difference)
    return CountedOut(done.uid, moved, len(done.broken), done.repeated)


def _kept_back(done: NewSafety) -> SafetyOut:
    return shaped(done, SafetyOut)
