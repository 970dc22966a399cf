"""Orders as other systems are told of them: by codes, with everything that became of them.

The list is of orders from afar, in the order in which they came to be seen: a cursor never skips
one that was written earlier and committed later. It says what there is; what changed afterwards
is told by notices, or read by asking for a state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.ledger import queries as ledger
from goen.orders import standing
from goen.orders.order import FEE
from goen.orders.standing import Live, Stands
from goen.stock import rules as stock

OPEN = ("placed", "ready", "part")
STATES = (*OPEN, "done", "cancelled")


@dataclass(frozen=True, slots=True)
class Head:
    """An order without its lines."""

    uid: UUID
    source: str
    source_no: str
    kind: str
    state: str
    place: str
    channel: str
    occurred_at: datetime
    currency: str
    total_minor: int
    method: str | None
    collect_at: str | None
    wanted_on: date | None


@dataclass(frozen=True, slots=True)
class KeptAt:
    """Units that are kept at a place."""

    place: str
    qty: int


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line and what became of its units. 0 is the delivery fee."""

    line_no: int
    item: str | None
    qty: int
    amount_minor: int
    tax_class: str | None
    rate_bp: int | None
    open: int
    fulfilled: int
    cancelled: int
    taken_back: int
    kept: tuple[KeptAt, ...]


@dataclass(frozen=True, slots=True)
class ToldSlipLine:
    """Units of a line on a slip."""

    line_no: int
    qty: int


@dataclass(frozen=True, slots=True)
class ToldSlip:
    """One act on the order."""

    uid: UUID
    kind: str
    occurred_at: datetime
    place: str | None
    reason: str
    carrier: str
    tracking_no: str
    total_minor: int
    lines: tuple[ToldSlipLine, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """What the ledger holds or moved: `held` until it is settled or given up."""

    request: UUID
    unit: str
    item: str | None
    source: str
    target: str
    qty: int
    reason: str
    held: bool
    takes_back: bool


@dataclass(frozen=True, slots=True)
class Tracks:
    """The same order three times: where the goods are, the money, and the documents."""

    goods: tuple[Step, ...]
    money: tuple[Step, ...]
    documents: tuple[ToldSlip, ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """An order with its lines and its three tracks."""

    order: Head
    captured_minor: int
    due_minor: int
    lines: tuple[ToldLine, ...]
    tracks: Tracks


_HEAD = """
SELECT o.uid, s.code, o.source_no, o.kind, o.state, p.code, c.code, o.occurred_at, o.currency,
       o.total_minor, d.method, collect.code, d.wanted_on, o.xid::text, o.id
FROM orders_order o
JOIN places_source s ON s.id = o.source_id
JOIN places_place p ON p.id = o.place_id
JOIN places_channel c ON c.id = o.channel_id
LEFT JOIN orders_delivery d ON d.order_id = o.id
LEFT JOIN places_place collect ON collect.id = d.collect_at_id
"""


@dataclass(frozen=True, slots=True)
class Page:
    """Some orders, and where to go on; no cursor when there were no more for now."""

    orders: tuple[Head, ...]
    cursor: str | None


def page(
    tx: Tx,
    *,
    states: Sequence[str],
    since: datetime | None,
    after: tuple[int, int] | None,
    limit: int,
) -> Page:
    """Orders from afar in these states, occurred since then, after a cursor."""
    xid, id_ = after or (0, 0)
    rows = tx.rows(
        _HEAD
        + """
        WHERE o.kind = 'order' AND d.order_id IS NOT NULL AND o.state = ANY(%(states)s)
          AND (o.xid, o.id) > (%(xid)s::text::xid8, %(id)s)
          AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
          AND (%(since)s::timestamptz IS NULL OR o.occurred_at >= %(since)s)
        ORDER BY o.xid, o.id LIMIT %(limit)s
        """,
        {"states": list(states), "xid": str(xid), "id": id_, "since": since, "limit": limit},
    )
    cursor = f"{rows[-1][-2]}.{rows[-1][-1]}" if len(rows) == limit else None
    return Page(tuple(Head(*row[:-2]) for row in rows), cursor)


def sent_to(tx: Tx, uid: UUID) -> int | None:
    """The id of the address an order is sent to; None if there is none."""
    sql = """
    SELECT d.address_id FROM orders_delivery d JOIN orders_order o ON o.id = d.order_id
    WHERE o.uid = %s
    """
    found: int | None = tx.value(sql, [uid])
    return found


def whole(tx: Tx, uid: UUID) -> Whole | None:
    """One document, an order or a sale, with everything that became of it."""
    row = tx.row(_HEAD + "WHERE o.uid = %s", [uid])
    stands = standing.read(tx, [uid]).get(uid)
    if row is None or stands is None:
        return None
    live = standing.live(tx, [stands])[uid]
    return Whole(
        Head(*row[:-2]),
        stands.captured_minor,
        stands.due_minor,
        _lines(tx, stands, live),
        _tracks(tx, stands, live),
    )


def _lines(tx: Tx, stands: Stands, live: Live) -> tuple[ToldLine, ...]:
    codes = _codes(tx, "catalogue_sku", [line.priced.sku_id for line in stands.goods])
    places = _codes(tx, "places_place", [kept.place_id for kept in live.goods])
    return tuple(
        ToldLine(
            line.line_no,
            None if line.line_no == FEE else codes[line.priced.sku_id],
            line.qty,
            line.priced.amount_minor,
            line.priced.tax_class,
            line.priced.rate_bp,
            line.open,
            line.fulfilled,
            line.cancelled,
            line.taken_back,
            tuple(
                KeptAt(places[kept.place_id], kept.hold.qty)
                for kept in live.goods
                if kept.line_no == line.line_no
            ),
        )
        for line in stands.lines
    )


def _codes(tx: Tx, table: str, ids: Sequence[int]) -> Mapping[int, str]:
    return dict(tx.rows(f"SELECT id, code FROM {table} WHERE id = ANY(%s)", [sorted(set(ids))]))


def _tracks(tx: Tx, stands: Stands, live: Live) -> Tracks:
    skus = _codes(tx, "catalogue_sku", [line.priced.sku_id for line in stands.goods])
    items = {stock.unit(id_): code for id_, code in skus.items()}
    holds = [*(kept.hold for kept in live.goods), *live.money, *live.coupons]
    steps = [
        Step(
            one.ref[0], one.unit, items.get(one.unit), one.source, one.target, one.qty,
            one.reason, held=True, takes_back=False,
        )
        for one in holds
    ] + [
        Step(
            one.ref[0], one.unit, items.get(one.unit), one.source, one.target, one.qty,
            one.reason, held=False, takes_back=one.reverses is not None,
        )
        for one in ledger.tracks(tx, [f"order:{stands.uid}"])
    ]  # fmt: skip
    return Tracks(
        tuple(step for step in steps if step.item is not None),
        tuple(step for step in steps if step.item is None),
        _slips(tx, stands.id),
    )


def _slips(tx: Tx, order_id: int) -> tuple[ToldSlip, ...]:
    rows = tx.rows(
        """
        SELECT s.uid, s.kind, s.occurred_at, p.code, s.reason, s.carrier, s.tracking_no,
               s.total_minor,
               ARRAY(SELECT l.line_no FROM orders_slipline l WHERE l.slip_id = s.id ORDER BY l.n),
               ARRAY(SELECT l.qty FROM orders_slipline l WHERE l.slip_id = s.id ORDER BY l.n)
        FROM orders_slip s LEFT JOIN places_place p ON p.id = s.place_id
        WHERE s.order_id = %s ORDER BY s.id
        """,
        [order_id],
    )
    return tuple(_slip(row) for row in rows)


def _slip(row: Row) -> ToldSlip:
    uid, kind, occurred_at, place, reason, carrier, tracking_no, total, numbers, units = row
    lines = tuple(ToldSlipLine(*one) for one in zip(numbers, units, strict=True))
    return ToldSlip(uid, kind, occurred_at, place, reason, carrier, tracking_no, total, lines)
