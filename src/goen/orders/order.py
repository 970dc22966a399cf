"""What is asked of an order from afar and what was done about it. Plain values.

An order is a sale whose goods are still on a shelf: it is placed, its goods are kept, and then it
is fulfilled, cancelled or taken back, whole or in part. Each of those is a *slip*: one act on one
order, known by the caller's id, insert-only. What an order stands at is the sum of its slips.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.refusals import Refusal
from goen.orders.refunds import Refund, TenderBack
from goen.orders.sale import Sale

FEE = 0
"""The line number of the delivery fee; goods begin at 1."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where and to whom goods are sent. Contact data: kept by customers alone."""

    name: str
    postcode: str
    address: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the goods reach the shopper: `ship` to an address, or `collect` at a store's code.

    `fee_minor` is with tax or without as the order's amounts are; its tax class is `standard`
    unless said. `from_place` is the code of the place that the goods come from where a line does
    not say; without it, the place that sells (or collects) itself.
    """

    method: str
    address: Address | None = None
    collect_at: str | None = None
    from_place: str | None = None
    fee_minor: int = 0
    fee_tax_class: str = "standard"
    wanted_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order as placed. The sale says what, where and by whom; its tenders how it is paid.

    `sources` names the places that lines come from, by their position, where they differ.
    """

    sale: Sale
    delivery: Delivery
    sources: tuple[tuple[int, str], ...] = ()

    @property
    def uid(self) -> UUID:
        """The caller's id."""
        return self.sale.uid


@dataclass(frozen=True, slots=True)
class Placed:
    """The order is in the books and its goods are kept."""

    uid: UUID
    order_id: int
    total_minor: int
    points_earned: int = 0
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Some units of a line, by its number on the document (from 1; 0 is the delivery fee)."""

    line_no: int
    qty: int


@dataclass(frozen=True, slots=True)
class Fulfilment:
    """Goods leave for the shopper: `ship` or `hand_over`. Without `parts` all that is open.

    `place` only sends what is kept there (None: from wherever it is kept).
    """

    uid: UUID
    order: UUID
    how: str
    occurred_at: datetime
    parts: tuple[Part, ...] = ()
    place: str | None = None
    carrier: str = ""
    tracking_no: str = ""
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """All that is open lies ready where it is to be collected."""

    uid: UUID
    order: UUID
    occurred_at: datetime
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class Reroute:
    """Open units are to come from another place. Without `parts` all that is open."""

    uid: UUID
    order: UUID
    to_place: str
    occurred_at: datetime
    parts: tuple[Part, ...] = ()
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class Cancellation:
    """Open units are given up. Without `parts` all that is open, and the fee if nothing left."""

    uid: UUID
    order: UUID
    reason: str
    occurred_at: datetime
    parts: tuple[Part, ...] = ()
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class PartBack:
    """Units of a line that came back, to be sold again (`sellable`) or not (`damaged`)."""

    line_no: int
    qty: int
    to: str = "sellable"


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Goods come back to a place, whichever it is. Without `parts` all that is still out.

    `tenders` says by which tender (its position on the document) how much goes back; without it
    the last way of paying first.
    """

    uid: UUID
    order: UUID
    place: str
    reason: str
    occurred_at: datetime
    parts: tuple[PartBack, ...] = ()
    tenders: tuple[tuple[int, int], ...] | None = None
    till: str | None = None
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class Slipped:
    """The act is in the books. `state` is the order's afterwards.

    `total_minor` is what the slip comes to: what was charged by a fulfilment, released by a
    cancellation, given back by a return.
    """

    uid: UUID
    order: UUID
    slip_id: int
    state: str
    total_minor: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class TakenBack:
    """The goods are back and the money too. `refund` says what of, `tenders` by which way."""

    slip: Slipped
    refund: Refund
    tenders: tuple[TenderBack, ...]
    points_back: int = 0
    """Points that were spent on it and are the shopper's again."""
    points_owed: int = 0
    """Points earned by it that were spent already: owed from now on."""


Answer = Slipped | Refusal
