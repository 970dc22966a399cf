"""Goods that arrive at a place become sellable there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting, Refused
from goen.stock import notices, queries, rules, shape
from goen.stock.shape import Masters


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
    masters = shape.read(tx, [a.place for a in arrivals], [c for a in arrivals for c, _ in a.lines])
    checked = [_refusal(a, masters, recorded_at) for a in arrivals]
    good = [a for a, refusal in zip(arrivals, checked, strict=True) if refusal is None]
    counts = queries.last_counted(
        tx, [(masters.places[a.place].id, masters.skus[c]) for a in good for c, _ in a.lines]
    )
    planned = [_plan(a, masters, counts) for a in good]
    answers = posting.post(tx, planned, actor=actor, recorded_at=recorded_at)
    again = {a.request for a in answers if isinstance(a, Posted) and a.repeated}
    reused = shape.reused(tx, [p for p in planned if p.request in again])
    new = {a.request for a in answers if isinstance(a, Posted) and not a.repeated}
    told = [
        notices.goods("StockArrived", a.uid, masters.places[a.place].id, masters.lines(a.lines))
        for a in good
        if a.uid in new
    ]
    outbox.write(tx, list({n.body["uid"]: n for n in told}.values()), recorded_at=recorded_at)
    done = iter([_done(a, reused) for a in answers])
    return [refusal or next(done) for refusal in checked]


def _done(answer: Posted | Refused, reused: dict[UUID, Refusal]) -> Arrived | Refusal:
    """Goods that come from outside are never short, so what is not new is a repetition."""
    again = isinstance(answer, Posted) and answer.repeated
    wrong = reused.get(answer.request) if again else None
    return wrong or Arrived(answer.request, again)


def _refusal(arrival: Arrival, masters: Masters, recorded_at: datetime) -> Refusal | None:
    return shape.refusal(
        masters,
        arrival.lines,
        occurred_at=arrival.occurred_at,
        recorded_at=recorded_at,
        places=[("place", arrival.place)],
    )


def _plan(arrival: Arrival, masters: Masters, counts: dict[int, dict[int, datetime]]) -> Posting:
    """What arrived before the last count was counted with the rest: the shelf stays as it is."""
    place, at = masters.places[arrival.place], arrival.occurred_at
    moves = rules.arrived(
        masters.lines(arrival.lines),
        place_id=place.id,
        occurred_at=at,
        counted=counts.get(place.id, {}),
    )
    return Posting(arrival.uid, f"arrival:{arrival.uid}", moves, at, place.day(at))
