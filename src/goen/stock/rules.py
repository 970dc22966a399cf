"""The accounts goods stand on, and the moves that sales, arrivals, transfers plan. Pure.

Goods at a place stand on `sellable`, or on `unexplained` when the fact is older than the place's
last count of them: the count has that fact in it already, so it must not change the shelf again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from uuid import UUID

from goen.ledger.rules import Account, Hold, Move, Ref, Release, Settle

SUPPLIER = "world:supplier"
SOLD = "world:sold"
_DAY = timedelta(days=1)
_SELLABLE = re.compile(r"place:(\d+):sellable")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of hold: which promise breaks first (the lowest), and how long it lasts."""

    strength: int
    lasts: timedelta | None


KINDS: Mapping[str, Kind] = {
    "cart": Kind(10, timedelta(minutes=15)),
    "set_aside": Kind(20, timedelta(days=7)),
    "preorder": Kind(30, None),
    "special_order": Kind(40, timedelta(days=30)),
    "order": Kind(50, None),
}
"""What may hold goods (J-20): a cart, goods set aside in a store, a preorder's allotment, goods
that came in for one customer, an order. A kind without a time must be released."""

LOSSES = ("lost", "damaged", "miscounted")
"""Why goods that were sent did not arrive."""

METHODS: Mapping[str, tuple[str, ...]] = {
    "carry": ("store",),
    "collect": ("store",),
    "ship": ("ec", "mall", "warehouse", "store"),
}
"""Kinds of places that goods may come from, by how they reach the shopper."""

LastCounts = Mapping[int, datetime]
"""When each SKU was last counted at the place in question."""


def unit(sku_id: int) -> str:
    """The ledger unit of an SKU."""
    return f"goods:{sku_id}"


def sku_of(unit_: str) -> int:
    """The SKU of a ledger unit."""
    return int(unit_.removeprefix("goods:"))


def sellable_holder(place_id: int) -> str:
    """Who holds the goods that a place can sell."""
    return f"place:{place_id}:sellable"


def shelf_of(holder: str) -> int | None:
    """The place whose sellable goods a ledger holder is, if it is one."""
    found = _SELLABLE.fullmatch(holder)
    return int(found[1]) if found else None


def sellable(sku_id: int, place_id: int) -> Account:
    """Goods a place can sell: never below zero."""
    return Account(unit(sku_id), sellable_holder(place_id), floor=0)


def damaged(sku_id: int, place_id: int) -> Account:
    """Goods a place has and cannot sell: never below zero."""
    return Account(unit(sku_id), f"place:{place_id}:damaged", floor=0)


def unexplained(sku_id: int, place_id: int) -> Account:
    """Goods that were there without being booked, until a count explains them."""
    return Account(unit(sku_id), f"place:{place_id}:unexplained")


def in_transit(sku_id: int, transfer: UUID) -> Account:
    """Goods of one transfer on their way: no more can arrive than were sent."""
    return Account(unit(sku_id), f"transfer:{transfer}", floor=0)


def standing(sku_id: int, place_id: int, at: datetime | None, counted: LastCounts) -> Account:
    """Where a fact of the instant `at` finds goods: on the shelf, unless a count had it already."""
    last = counted.get(sku_id)
    late = at is not None and last is not None and at <= last
    return unexplained(sku_id, place_id) if late else sellable(sku_id, place_id)


def taken(
    lines: Iterable[tuple[int, int]],
    *,
    place_id: int,
    handed_over: bool,
    occurred_at: datetime | None = None,
    counted: LastCounts | None = None,
) -> tuple[Move, ...]:
    """Moves of goods leaving a place by a sale; `lines` are (sku_id, qty).

    What was handed over was there: a shortage is covered from `unexplained`, and a sale from
    before the last count is absorbed by it. What is only promised still lies on the shelf, was
    counted with it, and will be short.
    """
    at = occurred_at if handed_over else None
    moves = []
    for sku, qty in lines:
        source = standing(sku, place_id, at, counted or {})
        cover = unexplained(sku, place_id) if handed_over else None
        moves.append(
            Move(source, Account(unit(sku), SOLD), qty, "sale", None if source == cover else cover)
        )
    return tuple(moves)


def promised(
    lines: Iterable[tuple[int, int]],
    *,
    place_id: int,
    expires_at: datetime | None = None,
    strength: int = KINDS["order"].strength,
    reason: str = "order",
) -> tuple[Hold, ...]:
    """Goods kept for a later sale; `lines` are (sku_id, qty). Known later as (request, line)."""
    return tuple(
        Hold(
            sellable(sku, place_id), Account(unit(sku), SOLD), qty, reason, expires_at, strength
        )
        for sku, qty in lines
    )  # fmt: skip


def shipped(refs: Iterable[Ref], *, parts: Mapping[Ref, int] | None = None) -> tuple[Settle, ...]:
    """Promised goods leave: all that is held, or the given part of it; the rest stays held.

    Goods that left before the last count and are heard of later were not counted: there it is
    `released` and `taken`, which the count absorbs.
    """
    return tuple(Settle(ref, (parts or {}).get(ref)) for ref in refs)


def released(refs: Iterable[Ref]) -> tuple[Release, ...]:
    """Promised goods can be sold to others again."""
    return tuple(Release(ref) for ref in refs)


@dataclass(frozen=True, slots=True)
class Returned:
    """Goods that come back; `ref` is the move that sold them, (request, line)."""

    sku_id: int
    qty: int
    ref: Ref
    to: str = "sellable"


def returned(
    lines: Iterable[Returned],
    *,
    place_id: int,
    occurred_at: datetime | None = None,
    counted: LastCounts | None = None,
) -> tuple[Move, ...]:
    """Moves of goods coming back to any place, never more than were sold by the named move."""
    moves = []
    for line in lines:
        assert line.to in {"sellable", "damaged"}, line
        target = (
            damaged(line.sku_id, place_id)
            if line.to == "damaged"
            else standing(line.sku_id, place_id, occurred_at, counted or {})
        )
        sold = Account(unit(line.sku_id), SOLD)
        moves.append(Move(sold, target, line.qty, "take_back", reverses=line.ref))
    return tuple(moves)


def arrived(
    lines: Iterable[tuple[int, int]],
    *,
    place_id: int,
    occurred_at: datetime | None = None,
    counted: LastCounts | None = None,
) -> tuple[Move, ...]:
    """Moves of goods coming in from a supplier."""
    return tuple(
        Move(
            Account(unit(sku), SUPPLIER),
            standing(sku, place_id, occurred_at, counted or {}),
            qty,
            "arrival",
        )
        for sku, qty in lines
    )


def sent(
    lines: Iterable[tuple[int, int]],
    *,
    transfer: UUID,
    place_id: int,
    occurred_at: datetime,
    counted: LastCounts,
) -> tuple[Move, ...]:
    """Moves of goods leaving for another place; what is promised here cannot be sent away."""
    return tuple(
        Move(shelf, on_its_way, qty, "transfer_sent")
        for shelf, on_its_way, qty in _ends(lines, transfer, place_id, occurred_at, counted)
    )


def received(
    lines: Iterable[tuple[int, int]],
    *,
    transfer: UUID,
    place_id: int,
    occurred_at: datetime,
    counted: LastCounts,
) -> tuple[Move, ...]:
    """Moves of goods that came from another place."""
    return tuple(
        Move(on_its_way, shelf, qty, "transfer_received")
        for shelf, on_its_way, qty in _ends(lines, transfer, place_id, occurred_at, counted)
    )


def _ends(
    lines: Iterable[tuple[int, int]],
    transfer: UUID,
    place_id: int,
    at: datetime,
    counted: LastCounts,
) -> list[tuple[Account, Account, int]]:
    """Per line the shelf, the goods on their way, and how many."""
    return [
        (standing(sku, place_id, at, counted), in_transit(sku, transfer), qty) for sku, qty in lines
    ]


def lost(
    lines: Iterable[tuple[int, int, str]], *, transfer: UUID, place_id: int
) -> tuple[Move, ...]:
    """Moves of goods that were sent and did not come; `lines` are (sku_id, qty, why)."""
    return tuple(
        Move(in_transit(sku, transfer), unexplained(sku, place_id), qty, f"transfer_{why}")
        for sku, qty, why in lines
    )


def counted_moves(differences: Iterable[tuple[int, int]], *, place_id: int) -> tuple[Move, ...]:
    """Moves that bring the book to what was counted; `differences` are (sku_id, ±qty).

    What is missing may have been sold since: then goods came that nobody booked (the cover), and
    promises for goods that are not there break.
    """
    moves = []
    for sku, difference in differences:
        shelf, gap = sellable(sku, place_id), unexplained(sku, place_id)
        if difference > 0:
            moves.append(Move(gap, shelf, difference, "count"))
        elif difference < 0:
            moves.append(Move(shelf, gap, -difference, "count", cover=gap))
    return tuple(moves)


def free(*, posted: int, pending: int, safety: int, buffer: int) -> int:
    """What can be promised: never below zero."""
    return max(0, posted - pending - safety - buffer)


def buffer(*, lag_s: int, sold: int, days: int) -> int:
    """Units that may be sold elsewhere before a link hears of it: lag × sales speed, rounded up."""
    return ceil(Fraction(lag_s * sold, int(_DAY.total_seconds()) * days))


def last_of(counts: Sequence[tuple[int, int, datetime]]) -> dict[int, dict[int, datetime]]:
    """The last instants of (place, SKU, counted_at), by place and SKU."""
    found: dict[int, dict[int, datetime]] = {}
    for place, sku, at in counts:
        skus = found.setdefault(place, {})
        skus[sku] = max(at, skus.get(sku, at))
    return found
