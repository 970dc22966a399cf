"""`POST /v1/events`: what shoppers did on a page, in an app or on a shop floor.

One event is answered 201 (200 when it was known), a refusal 409. `{"events": […]}` keeps up to
1,000 and answers each in order with 200. A name that is not known is refused: the event is sent
again when its article or customer is there. `GET /v1/events` gives them back as they were told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.behaviour import queries
from goen.behaviour.events import Kept, NewEvent, keep
from goen.behaviour.rules import KINDS
from goen.catalogue.queries import ids_by_code
from goen.customers.queries import records_of_credentials, records_of_keys
from goen.doors.api.door import Call, Code, Moment, Text, answer
from goen.doors.api.sales import Buyer, Member
from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.places.queries import channels, places

EXPORTED_AT_ONCE = 1_000


Kind = Annotated[str, Meta(max_length=200, extra_json_schema={"enum": list(KINDS)})]
"""Told, and refused by the verb for each event alone."""


class EventIn(Struct, forbid_unknown_fields=True):
    """An event as sent. `message_id` is the caller's and makes a retry harmless."""

    message_id: Code
    kind: Kind
    occurred_at: Moment
    source: Code = "goen"
    member: Member | None = None
    record: Buyer | None = None
    visitor: Code = ""
    item: Code | None = None
    place: Code | None = None
    channel: Code | None = None
    document: UUID | None = None
    origin: Code = ""
    text: Text = ""
    detail: dict[str, Any] = {}
    sent_at: Moment | None = None


class KeptOut(Struct):
    """The event is kept."""

    source: str
    message_id: str
    repeated: bool


class EventsQuery(Struct, forbid_unknown_fields=True):
    """From where on: the `next` of the answer before; nothing for the beginning."""

    after: Annotated[str, Meta(pattern=r"^([0-9]{1,18}-[0-9]{1,18})?$")] = ""
    limit: Annotated[int, Meta(ge=1, le=EXPORTED_AT_ONCE)] = EXPORTED_AT_ONCE


class EventOut(Struct):
    """An event as it was told, with the names of now. Sent to another shop, it is the same."""

    source: str
    message_id: str
    kind: str
    occurred_at: datetime
    corrected_at: datetime | None
    recorded_at: datetime
    record: dict[str, str] | None
    visitor: str
    item: str | None
    place: str | None
    channel: str | None
    document: UUID | None
    origin: str
    text: str
    detail: dict[str, Any]


class EventsOut(Struct):
    """Events in the order in which they were told. `next` is null at the end."""

    events: list[EventOut]
    next: str | None


def tell(call: Call) -> HttpResponse:
    """Keep one event, or many."""
    given, many = call.facts(EventIn)
    with tx() as t:
        known = _names(t, given)
        wanted = [known.event(one) for one in given]
        sound = [one for one in wanted if isinstance(one, NewEvent)]
        done = iter(keep(t, sound, actor=call.actor, recorded_at=clock.now()))
        answers: list[Kept | Refusal] = [
            one if isinstance(one, Refusal) else next(done) for one in wanted
        ]
    return call.answered(answers, lambda k: KeptOut(k.source, k.message_id, k.repeated), many=many)


def told(call: Call) -> HttpResponse:
    """Events as they were told, for taking them elsewhere."""
    asked = call.query(EventsQuery)
    transaction, _, number = (asked.after or "0-0").partition("-")
    with tx() as t:
        rows = queries.exported(t, after=(int(transaction), int(number)), limit=asked.limit)
    events = [EventOut(*row[2:]) for row in rows]
    more = len(events) == asked.limit
    return answer(EventsOut(events, f"{rows[-1][0]}-{rows[-1][1]}" if more else None))


@dataclass(frozen=True, slots=True)
class _Names:
    """What the names in a request stand for."""

    items: Mapping[str, int]
    places: Mapping[str, int]
    channels: Mapping[str, int]
    members: Mapping[tuple[str, str], int]
    records: Mapping[tuple[str, str], int]

    def event(self, given: EventIn) -> NewEvent | Refusal:
        """The fact as the verb takes it; refused where a name is not known."""
        if given.item is not None and given.item not in self.items:
            return Refusal("unknown_item", "item", {"given": given.item})
        if given.place is not None and given.place not in self.places:
            return Refusal("unknown_place", "place", {"given": given.place})
        if given.channel is not None and given.channel not in self.channels:
            return Refusal("unknown_channel", "channel", {"given": given.channel})
        record_id = self._record(given)
        if isinstance(record_id, Refusal):
            return record_id
        return NewEvent(
            source=given.source,
            message_id=given.message_id,
            kind=given.kind,
            occurred_at=given.occurred_at,
            record_id=record_id,
            visitor=given.visitor,
            sku_id=None if given.item is None else self.items[given.item],
            place_id=None if given.place is None else self.places[given.place],
            channel_id=None if given.channel is None else self.channels[given.channel],
            document=given.document,
            origin=given.origin,
            text=given.text,
            detail=given.detail,
            sent_at=given.sent_at,
        )

    def _record(self, given: EventIn) -> int | Refusal | None:
        if given.record is not None:
            found = self.records.get((given.record.source, given.record.key))
            return found or Refusal("unknown_record_key", "record", {"given": given.record.key})
        if given.member is not None:
            found = self.members.get((given.member.kind, given.member.value))
            return found or Refusal("unknown_member", "member", {"given": given.member.value})
        return None


def _names(t: Tx, given: Sequence[EventIn]) -> _Names:
    """Everything a request names, in one look each."""
    items = sorted({one.item for one in given if one.item is not None})
    members = [(one.member.kind, one.member.value) for one in given if one.member]
    records = [(one.record.source, one.record.key) for one in given if one.record]
    return _Names(
        ids_by_code(t, items) if items else {},
        {one.code: one.id for one in places(t)},
        {one.code: one.id for one in channels(t)},
        records_of_credentials(t, members) if members else {},
        records_of_keys(t, records) if records else {},
    )
