"""Orders that are collected at a store: what lies there, and what is still to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.orders import queries, standing
from goen.orders.order import FEE
from goen.orders.queries import Receipt, ReceiptLine


@dataclass(frozen=True, slots=True)
class PickupLine:
    """A line of an order: what is open of it, and how much of that lies here."""

    line: ReceiptLine
    open: int
    here: int
    handed: int

    @property
    def coming(self) -> int:
        """Units kept elsewhere, or not at all."""
        return self.open - self.here


@dataclass(frozen=True, slots=True)
class Pickup:
    """One order to be collected. `ready_at` is when somebody said that it lies ready."""

    receipt: Receipt
    state: str
    wanted_on: date | None
    ready_at: datetime | None
    lines: tuple[PickupLine, ...]

    @property
    def uid(self) -> UUID:
        """The order's id."""
        return self.receipt.uid

    @property
    def here(self) -> int:
        """Units that lie here."""
        return sum(line.here for line in self.lines)

    @property
    def coming(self) -> int:
        """Units that do not lie here yet."""
        return sum(line.coming for line in self.lines)


_WAITING = """
SELECT o.uid, o.state, d.wanted_on,
  (SELECT max(s.occurred_at) FROM orders_slip s WHERE s.order_id = o.id AND s.kind = 'ready')
FROM orders_order o JOIN orders_delivery d ON d.order_id = o.id
WHERE d.method = 'collect' AND d.collect_at_id = %s
"""


def waiting(tx: Tx, place_id: int, *, limit: int = 200) -> list[Pickup]:
    """The open orders that are collected at a place: ready ones first, then by wish and age."""
    rows = tx.rows(
        _WAITING
        + """AND o.state IN ('placed', 'ready', 'part')
        ORDER BY o.state <> 'ready', d.wanted_on NULLS LAST, o.occurred_at, o.id LIMIT %s""",
        [place_id, limit],
    )
    return _pickups(tx, rows, place_id)


def one(tx: Tx, uid: UUID, place_id: int) -> Pickup | None:
    """An order that is collected at a place, open or not."""
    found = _pickups(tx, tx.rows(_WAITING + "AND o.uid = %s", [place_id, uid]), place_id)
    return found[0] if found else None


def _pickups(tx: Tx, rows: Sequence[Row], place_id: int) -> list[Pickup]:
    if not rows:
        return []
    uids = [row[0] for row in rows]
    stands = standing.read(tx, uids)
    live = standing.live(tx, list(stands.values()))
    receipts = {receipt.uid: receipt for receipt in queries.receipts(tx, uids)}
    found = []
    for uid, state, wanted_on, ready_at in rows:
        here: dict[int, int] = {}
        for kept in live[uid].goods:
            if kept.place_id == place_id:
                here[kept.line_no] = here.get(kept.line_no, 0) + kept.hold.qty
        stands_at = {line.line_no: line for line in stands[uid].lines if line.line_no != FEE}
        lines = tuple(
            PickupLine(
                line,
                stands_at[line.line_no].open,
                min(here.get(line.line_no, 0), stands_at[line.line_no].open),
                stands_at[line.line_no].fulfilled,
            )
            for line in receipts[uid].lines
        )
        found.append(Pickup(receipts[uid], state, wanted_on, ready_at, lines))
    return found
