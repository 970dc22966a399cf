"""Goods that arrive at a place become sellable there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.catalogue import queries as catalogue
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting
from goen.places.models import Place
from goen.stock import rules


@dataclass(frozen=True, slots=True)
class Arrival:
    """Goods at the door of a place: `lines` are (SKU code or barcode, quantity)."""

    uid: UUID
    place: str
    lines: tuple[tuple[str, int], ...]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """The goods can be sold. `repeated` when they already could."""

    uid: UUID
    repeated: bool


def arrive(
    tx: Tx, arrivals: Sequence[Arrival], *, actor: Actor, recorded_at: datetime
) -> list[Arrived | Refusal]:
    """Book arrivals, each whole or not at all; the same id again changes nothing."""
    ids = catalogue.ids_by_code(tx, [code for a in arrivals for code, _ in a.lines])
    codes = {a.place for a in arrivals}
    places = {place.code: place for place in Place.objects.filter(code__in=codes)}
    planned = [_plan(a, ids, places, recorded_at) for a in arrivals]
    postings = [p for p in planned if isinstance(p, Posting)]
    answers = posting.post(tx, postings, actor=actor, recorded_at=recorded_at)
    posted = {a.request: isinstance(a, Posted) and a.repeated for a in answers}
    return [p if isinstance(p, Refusal) else Arrived(p.request, posted[p.request]) for p in planned]


def _plan(
    arrival: Arrival, ids: dict[str, int], places: dict[str, Place], recorded_at: datetime
) -> Posting | Refusal:
    place = places.get(arrival.place)
    if place is None:
        return Refusal("unknown_place", "place", {"given": arrival.place})
    if not clock.is_plausible(arrival.occurred_at, recorded_at):
        return Refusal("implausible_time", "occurred_at", {"given": str(arrival.occurred_at)})
    if not arrival.lines:
        return Refusal("no_lines", "lines")
    for n, (code, qty) in enumerate(arrival.lines):
        if code not in ids:
            return Refusal("unknown_item", f"lines[{n}].item", {"given": code})
        if qty < 1:
            return Refusal("bad_quantity", f"lines[{n}].qty", {"given": qty})
    moves = rules.arrived([(ids[code], qty) for code, qty in arrival.lines], place_id=place.id)
    day = clock.business_date(
        arrival.occurred_at, timezone=place.timezone, day_change_hour=place.day_change_hour
    )
    return Posting(arrival.uid, f"arrival:{arrival.uid}", moves, arrival.occurred_at, day)
