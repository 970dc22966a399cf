"""Money that is kept for an order, captured when goods leave and given up when they do not. Pure.

The tenders of an order stand in one row: points first, then as given. Capturing takes from its
beginning and giving up from its end, so what each tender has given follows from the two sums
alone, whatever the steps were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from goen.ledger.rules import Account, Hold, Release, Settle
from goen.payments.tenders import sales_holder, tender_holder

STRENGTH = 50
POINTS = "points"


@dataclass(frozen=True, slots=True)
class Tender:
    """One way of paying an order. `hold` is its line in the posting that placed the order."""

    kind: str
    amount_minor: int
    hold: int


@dataclass(frozen=True, slots=True)
class Part:
    """What of one tender is captured or given up in one step."""

    tender: Tender
    amount_minor: int


def tenders(given: Sequence[tuple[str, int]], *, first: int) -> tuple[Tender, ...]:
    """Tenders, (kind, amount), with the lines of their holds from `first` on; nothing, no hold."""
    real = [(kind, amount) for kind, amount in given if amount > 0]
    return tuple(Tender(kind, amount, first + n) for n, (kind, amount) in enumerate(real))


def kept(given: Sequence[Tender], *, place_id: int, currency: str) -> tuple[Hold, ...]:
    """Holds of money by an order, one for each tender, in the order given."""
    sales = Account(currency, sales_holder(place_id))
    return tuple(
        Hold(
            sales,
            Account(currency, tender_holder(place_id, one.kind)),
            one.amount_minor,
            "tender",
            strength=STRENGTH,
        )
        for one in given
    )


def captured(given: Sequence[Tender], *, before: int, amount: int) -> tuple[Part, ...]:
    """Which tenders give the next `amount` when `before` of the order was captured already."""
    return _between(_row(given), before, before + amount)


def given_up(given: Sequence[Tender], *, before: int, amount: int) -> tuple[Part, ...]:
    """Which tenders give up the next `amount` when `before` was given up already."""
    return _between(_row(given)[::-1], before, before + amount)


def settled(parts: Sequence[Part], order: UUID) -> tuple[Settle, ...]:
    """Kept money becomes the shop's."""
    return tuple(Settle((order, part.tender.hold), part.amount_minor) for part in parts)


def released(parts: Sequence[Part], order: UUID) -> tuple[Release, ...]:
    """Kept money is not asked for."""
    return tuple(Release((order, part.tender.hold), part.amount_minor) for part in parts)


def of_points(parts: Sequence[Part]) -> int:
    """What of it is points."""
    return sum(part.amount_minor for part in parts if part.tender.kind == POINTS)


def _row(given: Sequence[Tender]) -> list[Tender]:
    return sorted(given, key=lambda one: (one.kind != POINTS, one.hold))


def _between(row: Sequence[Tender], start: int, end: int) -> tuple[Part, ...]:
    parts, at = [], 0
    for one in row:
        amount = min(end, at + one.amount_minor) - max(start, at)
        if amount > 0:
            parts.append(Part(one, amount))
        at += one.amount_minor
    return tuple(parts)
