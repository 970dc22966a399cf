"""One document whole: its lines, slips and exceptions, and everything the ledger did about it.

For pages. Reading writes nothing and locks nothing. What is kept and what moved is the ledger's
word, what was said is the slips'; whoever shows both side by side sees where they differ.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.orders import to_decide
from goen.orders.sale import TaxTotal
from goen.orders.to_decide import ToDecide

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DeliveryShown:
    """How an order reaches the shopper. The address itself is asked of customers."""

    method: str
    address_id: int | None
    collect_at: int | None
    collect_name: Texts | None
    wanted_on: date | None
    fee_minor: int
    fee_tax_class: str | None
    fee_rate_bp: int | None


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line with what became of it. Amounts as charged."""

    line_no: int
    sku_id: int
    sku_code: str
    name: Texts
    qty: int
    amount_minor: int
    tax_class: str | None
    rate_bp: int | None
    discount_minor: int
    share_minor: int
    fulfilled: int
    cancelled: int
    taken_back: int
    kept: tuple["Keeps", ...]
    """Where open units are kept."""

    @property
    def open(self) -> int:
        """Units that are neither with the shopper nor given up."""
        return self.qty - self.fulfilled - self.cancelled

    @property
    def out(self) -> int:
        """Units that the shopper has."""
        return self.fulfilled - self.taken_back

    @property
    def held(self) -> int:
        """Open units that are kept."""
        return sum(qty for _, _, qty in self.kept)


@dataclass(frozen=True, slots=True)
class SlipLineShown:
    """Units of one line on a slip; line 0 is the delivery fee."""

    line_no: int
    qty: int
    place_name: Texts | None
    to: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class SlipShown:
    """One act on an order, who did it and when, and what it came to."""

    slip_id: int
    uid: UUID
    kind: str
    place_id: int | None
    place_name: Texts | None
    till_code: str | None
    staff_name: Texts | None
    actor: str
    reason: str
    carrier: str
    tracking_no: str
    total_minor: int
    occurred_at: datetime
    recorded_at: datetime
    business_date: date
    lines: tuple[SlipLineShown, ...]
    taxes: tuple[TaxTotal, ...]

    @property
    def units(self) -> int:
        """Units of goods on it, without the fee."""
        return sum(line.qty for line in self.lines if line.line_no)


@dataclass(frozen=True, slots=True)
class Movement:
    """A move of an order in the ledger, or a live hold (`held`): goods, money, points, coupons."""

    request: UUID
    line: int
    unit: str
    source: str
    target: str
    qty: int
    reason: str
    at: datetime
    actor: str
    held: bool = False
    back: bool = False
    """Whether it takes an earlier move back."""


@dataclass(frozen=True, slots=True)
class Given:
    """Part of a hold that ended without a move: given up, or taken by somebody else."""

    request: UUID
    line: int
    unit: str
    source: str
    qty: int
    how: str
    by: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """One document with all that became of it."""

    order_id: int
    uid: UUID
    source_code: str
    source_name: Texts
    source_no: str
    kind: str
    state: str
    flow_version: int
    place_id: int
    place_name: Texts
    timezone: str
    channel_id: int
    channel_code: str
    channel_kind: str
    channel_name: Texts
    till_code: str | None
    staff_name: Texts | None
    record_id: int | None
    occurred_at: datetime
    recorded_at: datetime
    business_date: date
    currency: str
    price_tax: str
    rounding: str
    total_minor: int
    discount_minor: int
    history: bool
    actor: str
    delivery: DeliveryShown | None
    lines: tuple[LineShown, ...]
    fee: LineShown | None
    taxes: tuple[TaxTotal, ...]
    slips: tuple[SlipShown, ...]
    exceptions: tuple[ToDecide, ...]
    movements: tuple[Movement, ...]
    given: tuple[Given, ...]

    @property
    def open_units(self) -> int:
        """Units still to be sent, handed over or given up."""
        return sum(line.open for line in self.lines)

    @property
    def out_units(self) -> int:
        """Units that may come back."""
        return sum(line.out for line in self.lines)


_WHOLE = """
SELECT o.id, o.uid, s.code, s.name, o.source_no, o.kind, o.state, o.flow_version, p.id, p.name,
       p.timezone, c.id, c.code, c.kind, c.name, t.code, w.name, o.record_id, o.occurred_at,
       o.recorded_at, o.business_date, o.currency, o.price_tax, o.rounding, o.total_minor,
       o.discount_minor, o.history, o.actor
FROM orders_order o
JOIN places_source s ON s.id = o.source_id
JOIN places_place p ON p.id = o.place_id
JOIN places_channel c ON c.id = o.channel_id
LEFT JOIN places_till t ON t.id = o.till_id
LEFT JOIN places_staff w ON w.id = o.staff_id
WHERE o.uid = %s
"""


def whole(tx: Tx, uid: UUID) -> Whole | None:
    """One document with its slips, exceptions and everything the ledger did about it."""
    head = tx.row(_WHOLE, [uid])
    if head is None:
        return None
    order_id, kind = head[0], head[5]
    slips = _slips(tx, order_id)
    requests = [uid, *(slip.uid for slip in slips)]
    held = _held(tx, requests)
    kept = _kept_where(tx, order_id, held)
    delivery = _delivery(tx, order_id)
    standing = {
        row[0]: row[1:]
        for row in tx.rows(
            "SELECT line_no, fulfilled, cancelled, taken_back FROM orders_standing"
            " WHERE order_id = %s",
            [order_id],
        )
    }
    whole_ = (
        *head,
        delivery,
        _lines(tx, order_id, kind, standing, kept),
        _fee(delivery, standing),
        _taxes(tx, order_id),
        slips,
        tuple(to_decide.of_order(tx, order_id)),
        (*_moves(tx, uid), *held),
        _given(tx, requests),
    )
    return Whole(*whole_)


def _delivery(tx: Tx, order_id: int) -> DeliveryShown | None:
    row = tx.row(
        """
        SELECT d.method, d.address_id, d.collect_at_id, p.name, d.wanted_on, d.fee_minor,
               d.fee_tax_class, d.fee_rate_bp
        FROM orders_delivery d LEFT JOIN places_place p ON p.id = d.collect_at_id
        WHERE d.order_id = %s
        """,
        [order_id],
    )
    return DeliveryShown(*row) if row else None


def _lines(
    tx: Tx,
    order_id: int,
    kind: str,
    standing: Mapping[int, Row],
    kept: Mapping[int, Sequence["Keeps"]],
) -> tuple[LineShown, ...]:
    rows = tx.rows(
        """
        SELECT l.line_no, l.sku_id, k.code, k.name, l.qty, l.amount_minor, l.tax_class, l.rate_bp,
               l.discount_minor, l.share_minor
        FROM orders_line l JOIN catalogue_sku k ON k.id = l.sku_id
        WHERE l.order_id = %s ORDER BY l.line_no
        """,
        [order_id],
    )
    sold = kind == "sale"
    return tuple(
        LineShown(
            *(
                *row,
                *(standing.get(row[0]) or (row[4] if sold else 0, 0, 0)),
                tuple(kept.get(row[0], ())),
            )
        )
        for row in rows
    )


def _fee(delivery: DeliveryShown | None, standing: Mapping[int, Row]) -> LineShown | None:
    if delivery is None or not delivery.fee_minor:
        return None
    fulfilled, cancelled, back = standing.get(0, (0, 0, 0))
    tax, rate, fee = delivery.fee_tax_class, delivery.fee_rate_bp, delivery.fee_minor
    return LineShown(0, 0, "", {}, 1, fee, tax, rate, 0, 0, fulfilled, cancelled, back, ())


def _taxes(tx: Tx, order_id: int) -> tuple[TaxTotal, ...]:
    rows = tx.rows(
        "SELECT tax_class, rate_bp, gross_minor, tax_minor FROM orders_tax WHERE order_id = %s"
        " ORDER BY rate_bp DESC, tax_class",
        [order_id],
    )
    return tuple(TaxTotal(*row) for row in rows)


_SLIPS = """
SELECT s.id, s.uid, s.kind, s.place_id, p.name, t.code, w.name, s.actor, s.reason, s.carrier,
       s.tracking_no, s.total_minor, s.occurred_at, s.recorded_at, s.business_date
FROM orders_slip s
LEFT JOIN places_place p ON p.id = s.place_id
LEFT JOIN places_till t ON t.id = s.till_id
LEFT JOIN places_staff w ON w.id = s.staff_id
WHERE s.order_id = %s ORDER BY s.id
"""


def _slips(tx: Tx, order_id: int) -> tuple[SlipShown, ...]:
    rows = tx.rows(_SLIPS, [order_id])
    if not rows:
        return ()
    ids = [row[0] for row in rows]
    lines: dict[int, list[SlipLineShown]] = defaultdict(list)
    for slip, *line in tx.rows(
        """
        SELECT x.slip_id, x.line_no, x.qty, p.name, x.to, x.amount_minor
        FROM orders_slipline x LEFT JOIN places_place p ON p.id = x.place_id
        WHERE x.slip_id = ANY(%s) ORDER BY x.slip_id, x.n
        """,
        [ids],
    ):
        lines[slip].append(SlipLineShown(*line))
    taxes: dict[int, list[TaxTotal]] = defaultdict(list)
    for slip, *tax in tx.rows(
        """
        SELECT slip_id, tax_class, rate_bp, gross_minor, tax_minor FROM orders_sliptax
        WHERE slip_id = ANY(%s) ORDER BY slip_id, rate_bp DESC, tax_class
        """,
        [ids],
    ):
        taxes[slip].append(TaxTotal(*tax))
    return tuple(SlipShown(*(*row, tuple(lines[row[0]]), tuple(taxes[row[0]]))) for row in rows)


def _held(tx: Tx, requests: Sequence[UUID]) -> tuple[Movement, ...]:
    """What the ledger keeps for an order now."""
    rows = tx.rows(
        """
        SELECT h.request, h.line, a.unit, a.holder, b.holder, h.qty, h.reason, h.occurred_at,
               h.actor
        FROM ledger_pending h JOIN ledger_account a ON a.id = h.source_id
        JOIN ledger_account b ON b.id = h.target_id
        WHERE h.request = ANY(%s) ORDER BY h.id
        """,
        [list(requests)],
    )
    return tuple(Movement(*(*row, True)) for row in rows)


def _moves(tx: Tx, uid: UUID) -> tuple[Movement, ...]:
    """What the ledger moved for an order, in the order it was done."""
    rows = tx.rows(
        """
        SELECT m.request, m.line, a.unit, a.holder, b.holder, m.qty, m.reason, m.occurred_at,
               m.actor, m.reverses_id IS NOT NULL
        FROM ledger_move m JOIN ledger_account a ON a.id = m.source_id
        JOIN ledger_account b ON b.id = m.target_id
        WHERE m.origin = %s ORDER BY m.id
        """,
        [f"order:{uid}"],
    )
    return tuple(Movement(*(*row[:9], False, row[9])) for row in rows)


def _given(tx: Tx, requests: Sequence[UUID]) -> tuple[Given, ...]:
    rows = tx.rows(
        """
        SELECT c.request, c.line, coalesce(a.unit, ''), coalesce(a.holder, ''), c.qty, c.how,
               c.closed_by, c.closed_at
        FROM ledger_closed c LEFT JOIN ledger_account a ON a.id = c.source_id
        WHERE c.request = ANY(%s) AND c.how <> 'posted' ORDER BY c.pending_id
        """,
        [list(requests)],
    )
    return tuple(Given(*row) for row in rows)


Keeps = tuple[int, Texts, int]
"""A place that keeps open units: its id, its name, how many."""


def _kept_where(tx: Tx, order_id: int, held: Sequence[Movement]) -> dict[int, list[Keeps]]:
    """The places that keep an order's open goods, by line."""
    goods = [one for one in held if one.unit.startswith("goods:")]
    if not goods:
        return {}
    rerouted = {
        (uid, n): line_no
        for uid, n, line_no in tx.rows(
            "SELECT s.uid, x.n, x.line_no FROM orders_slip s"
            " JOIN orders_slipline x ON x.slip_id = s.id WHERE s.order_id = %s",
            [order_id],
        )
    }
    names: dict[int, Texts] = dict(tx.rows("SELECT id, name FROM places_place"))
    kept: dict[int, list[Keeps]] = defaultdict(list)
    for one in goods:
        line_no = rerouted.get((one.request, one.line), one.line + 1)
        place = place_of(one.source) or 0
        kept[line_no].append((place, names.get(place, {}), one.qty))
    return kept


@dataclass(frozen=True, slots=True)
class Shelf:
    """A place that can give units of some articles now: what is free of each, by SKU."""

    place_id: int
    code: str
    kind: str
    name: Texts
    free: Mapping[int, int]

    def gives(self, wanted: Mapping[int, int]) -> int:
        """How many of the wanted units it has."""
        return sum(min(qty, self.free.get(sku, 0)) for sku, qty in wanted.items())


def shelves(tx: Tx, wanted: Mapping[int, int]) -> list[Shelf]:
    """Places that have any of the wanted units (by SKU), those that have most of them first."""
    found: dict[int, dict[int, int]] = defaultdict(dict)
    places: dict[int, Row] = {}
    for place, code, kind, name, sku, free in tx.rows(
        """
        SELECT p.id, p.code, p.kind, p.name, sku.id, (b.posted - b.pending - b.floor)::bigint
        FROM unnest(%s::bigint[]) AS sku (id) CROSS JOIN places_place p
        JOIN ledger_account a ON a.unit = 'goods:' || sku.id
          AND a.holder = 'place:' || p.id || ':sellable' AND a.lot = ''
        JOIN ledger_balance b ON b.account_id = a.id
        WHERE b.posted - b.pending - b.floor > 0
        """,
        [list(wanted)],
    ):
        places[place] = (place, code, kind, name)
        found[place][sku] = free
    every = [Shelf(*(*places[place], free)) for place, free in found.items()]
    return sorted(every, key=lambda s: (-s.gives(wanted), -sum(s.free.values()), s.place_id))


def place_of(holder: str) -> int | None:
    """The place in the name of a ledger account's holder, if there is one."""
    kind, _, rest = holder.partition(":")
    number = rest.partition(":")[0]
    return int(number) if kind == "place" and number.isdecimal() else None
