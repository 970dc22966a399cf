"""`GET /v1/measures`: the register of measures, for programs that plan, print or advertise."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from django.http import HttpResponse
from msgspec import Meta, Struct

from goen.catalogue import queries as catalogue
from goen.doors.api.door import Call, Code, answer
from goen.kit import clock
from goen.kit.db import tx
from goen.marketing import measures_listing, queries
from goen.marketing.measures_listing import MeasuresAsked
from goen.marketing.measures_reading import day_of
from goen.marketing.queries import MeasureShown, PlacementShown

State = Literal["draft", "waiting", "live", "ended", "stopped", "dropped"]
MOST = 200


class MeasuresQuery(Struct, forbid_unknown_fields=True):
    """Which: in a state, in a channel, touching the days `from`…`to`; the newest 200 by state."""

    state: State | None = None
    channel: Code | None = None
    first_on: date | None = msgspec.field(name="from", default=None)
    last_on: date | None = msgspec.field(name="to", default=None)
    limit: Annotated[int, Meta(ge=1, le=MOST)] = MOST


class PlacementOut(Struct):
    """Where a measure speaks. `ended_on` is set when it was ended before its last day."""

    uid: UUID
    channel: str
    medium: str
    axis: str | None
    axis_name: dict[str, str] | None
    says: str
    starts_on: date
    ends_on: date
    ended_on: date | None
    cost_minor: int


class MeasureOut(Struct):
    """A measure as its newest version says. `items` are its products; none: the whole shop."""

    uid: UUID
    number: int
    state: str
    title: str
    kind: str
    reason: str
    evidence: str
    expected: str
    expected_minor: int | None
    starts_on: date | None
    ends_on: date | None
    items: list[str]
    builds_on: list[int]
    cost_minor: int
    placements: list[PlacementOut]


class MeasuresOut(Struct):
    """The measures found, live ones first, and how many there are."""

    measures: list[MeasureOut]
    total: int


def shown(call: Call) -> HttpResponse:
    """The register: what is said where, why, and of what."""
    asked = call.query(MeasuresQuery)
    wanted = MeasuresAsked(
        state=asked.state or "",
        channel=asked.channel or "",
        first=asked.first_on,
        last=asked.last_on,
    )
    with tx() as t:
        today = day_of(t, clock.now())
        rows, total = measures_listing.measures(t, wanted, today=today, limit=asked.limit)
        known = queries.measures(t, [row.number for row in rows])
        wanted_skus = sorted({sku_id for one in known.values() for sku_id in one.skus})
        skus = catalogue.skus(t, wanted_skus, on=today) if wanted_skus else {}
        codes = {sku_id: sku.code for sku_id, sku in skus.items()}
        found = [
            _out(known[row.number], row.shown_state, codes) for row in rows if row.number in known
        ]
    return answer(MeasuresOut(found, total))


def _out(one: MeasureShown, state: str, codes: Mapping[int, str]) -> MeasureOut:
    return MeasureOut(
        one.uid,
        one.number,
        state,
        one.title,
        one.kind,
        one.reason,
        one.evidence,
        one.expected,
        one.expected_minor,
        one.starts_on,
        one.ends_on,
        [codes[sku_id] for sku_id in one.skus if sku_id in codes],
        list(one.builds_on),
        one.cost_minor,
        [_place(placement) for placement in one.placements],
    )


def _place(one: PlacementShown) -> PlacementOut:
    return PlacementOut(
        one.uid,
        one.channel,
        one.medium,
        one.axis,
        None if one.axis_name is None else dict(one.axis_name),
        one.says,
        one.starts_on,
        one.ends_on,
        one.ended_on,
        one.cost_minor,
    )
