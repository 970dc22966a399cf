"""What an order stands at: its lines as charged, what became of each, and how it is paid.

Every act on an order begins here. `lock` locks the orders in the order of their ids and reads them
afterwards, so that two acts on one order follow each other; pages `read` the same without a lock.
What some units come to is always the difference of two documents (`refunds.kept`): with the units
fulfilled so far and before, without the units cancelled before and so far. So fulfilling and
cancelling in any steps comes to exactly what was ordered.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.kit.refusals import Refusal
from goen.ledger import queries as ledger
from goen.ledger.queries import HoldShown, MoveShown
from goen.orders import refunds, rules
from goen.orders.order import FEE
from goen.orders.refunds import Charged
from goen.orders.sale import PricedLine, TaxTotal
from goen.points.coupons import USED
from goen.stock.shape import PlaceFacts


@dataclass(frozen=True, slots=True)
class LineStands:
    """A line as charged and what became of its units. `line_no` 0 is the delivery fee."""

    line_no: int
    priced: PricedLine
    cost: Decimal | None = None
    fulfilled: int = 0
    cancelled: int = 0
    taken_back: int = 0

    @property
    def qty(self) -> int:
        """Units on the document."""
        return self.priced.qty

    @property
    def open(self) -> int:
        """Units that are neither fulfilled nor cancelled."""
        return self.qty - self.fulfilled - self.cancelled

    @property
    def out(self) -> int:
        """Units that the shopper has."""
        return self.fulfilled - self.taken_back


@dataclass(frozen=True, slots=True)
class TenderStands:
    """One way of paying; `line` is its position on the document."""

    line: int
    kind: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Stands:
    """One document of sale and what became of it. The delivery fee, if any, is the last line."""

    id: int
    uid: UUID
    kind: str
    state: str
    place: PlaceFacts
    """Where it was sold: its money is booked there."""
    channel_id: int
    record_id: int | None
    occurred_at: datetime
    business_date: date
    currency: str
    price_tax: str
    rounding: str
    total_minor: int
    history: bool
    """Its goods were never in the ledger."""
    paid: bool
    """Whether its money is in the ledger."""
    method: str | None
    collect_at: int | None
    lines: tuple[LineStands, ...]
    tenders: tuple[TenderStands, ...]
    begun: bool
    """Whether there was a slip before."""

    @property
    def charged(self) -> Charged:
        """The document with the fee as its last line, as `refunds` wants it."""
        return Charged(tuple(line.priced for line in self.lines), self.price_tax, self.rounding)

    @property
    def goods(self) -> tuple[LineStands, ...]:
        """The lines that are goods."""
        return tuple(line for line in self.lines if line.line_no != FEE)

    @property
    def captured(self) -> refunds.Kept:
        """What was charged for so far: the fulfilled units, whether or not they came back."""
        return self._comes_to([line.fulfilled for line in self.lines])

    @property
    def captured_minor(self) -> int:
        """The amount that was charged so far."""
        return self.captured.total_minor

    @property
    def due_minor(self) -> int:
        """What all of it comes to that was not cancelled, fulfilled or not."""
        return self._comes_to([line.qty - line.cancelled for line in self.lines]).total_minor

    def line(self, line_no: int) -> LineStands | None:
        """A line by its number."""
        return next((line for line in self.lines if line.line_no == line_no), None)

    def fulfilling(self, units: Mapping[int, int]) -> "Part":
        """What more units, by line number, come to when they are fulfilled now."""
        return self._part([line.qty - line.fulfilled for line in self.lines], units, upwards=True)

    def cancelling(self, units: Mapping[int, int]) -> "Part":
        """What units come to that are given up now."""
        return self._part([line.cancelled for line in self.lines], units)

    def after(self, changes: Mapping[int, "Change"], state: str) -> "Stands":
        """The order with more units fulfilled, cancelled or taken back; in memory only."""
        lines = tuple(changes[one.line_no].on(one) if one.line_no in changes else one
                      for one in self.lines)  # fmt: skip
        return replace(self, lines=lines, state=state, begun=True)

    def _comes_to(self, units: Sequence[int]) -> refunds.Kept:
        without = [line.qty - n for line, n in zip(self.lines, units, strict=True)]
        return refunds.kept(self.charged, returned=without)

    def _part(
        self, without: Sequence[int], units: Mapping[int, int], *, upwards: bool = False
    ) -> "Part":
        """What units are the difference of: `without` so many of each line, and with them."""
        now = [units.get(line.line_no, 0) for line in self.lines]
        if not any(now):
            return Part((), (), 0)
        if upwards:
            without = [n - more for n, more in zip(without, now, strict=True)]
        part = refunds.refund(self.charged, before=without, now=now)
        assert not isinstance(part, Refusal), (part, self.uid)
        parts = tuple(
            _line_part(line, was, n, self.price_tax)
            for line, was, n in zip(self.lines, without, now, strict=True)
            if n
        )
        return Part(parts, part.taxes, part.total_minor)


@dataclass(frozen=True, slots=True)
class LinePart:
    """Some units of a line, with their part of everything the line was charged."""

    line_no: int
    qty: int
    without: int
    """How many units the document is without, before these."""
    amount_minor: int
    discount_minor: int
    share_minor: int
    net: Decimal | None
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Part:
    """What some units of an order come to; lines in the order of the document, the fee last."""

    lines: tuple[LinePart, ...]
    taxes: tuple[TaxTotal, ...]
    total_minor: int


@dataclass(frozen=True, slots=True)
class Change:
    """By how much the counters of a line grow."""

    fulfilled: int = 0
    cancelled: int = 0
    taken_back: int = 0

    def on(self, line: LineStands) -> LineStands:
        """The line afterwards."""
        return replace(
            line,
            fulfilled=line.fulfilled + self.fulfilled,
            cancelled=line.cancelled + self.cancelled,
            taken_back=line.taken_back + self.taken_back,
        )


_ORDERS = """
SELECT o.id, o.uid, o.kind, o.state, o.place_id, p.timezone, p.day_change_hour, o.channel_id,
  o.record_id, o.occurred_at, o.business_date, o.currency, o.price_tax, o.rounding, o.total_minor,
  o.history, p.payments_from IS NOT NULL AND o.business_date >= p.payments_from,
  d.method, d.collect_at_id, d.fee_minor, d.fee_tax_class, d.fee_rate_bp
FROM orders_order o JOIN places_place p ON p.id = o.place_id
LEFT JOIN orders_delivery d ON d.order_id = o.id
WHERE o.uid = ANY(%s) ORDER BY o.id
"""

_LINES = """
SELECT l.order_id, l.line_no, l.sku_id, l.qty, l.amount_minor, l.list_minor, l.tax_class,
  l.rate_bp, l.discount_minor, l.share_minor, l.cost, s.fulfilled, s.cancelled, s.taken_back
FROM orders_line l
LEFT JOIN orders_standing s ON s.order_id = l.order_id AND s.line_no = l.line_no
WHERE l.order_id = ANY(%(ids)s)
UNION ALL
SELECT order_id, 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, fulfilled, cancelled,
  taken_back
FROM orders_standing WHERE order_id = ANY(%(ids)s) AND line_no = 0
ORDER BY 1, 2
"""
"""Lines with what became of them; of a fee only that, it stands with the delivery."""

_TENDERS = """
SELECT document, line, kind, amount_minor FROM payments_tender
WHERE document = ANY(%s) ORDER BY document, line
"""

_HOLDS = """
SELECT o.uid AS request, o.uid, l.line_no - 1 AS line, l.line_no
FROM orders_order o JOIN orders_line l ON l.order_id = o.id WHERE o.id = ANY(%(ids)s)
UNION ALL
SELECT s.uid, o.uid, x.n, x.line_no
FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
JOIN orders_slipline x ON x.slip_id = s.id
WHERE s.order_id = ANY(%(ids)s) AND s.kind = 'reroute'
"""


def lock(tx: Tx, uids: Iterable[UUID]) -> dict[UUID, Stands]:
    """Lock orders, then read what they stand at; those that do not exist are left out.

    Whoever breaks a promise writes a slip for the order without locking it: NO KEY lets it.

    Enter the gates of places before, lock points accounts after, post to the ledger last. A till
    that takes an order's goods writes about it without this lock, and must not wait for it: so
    the key of the order stays free to be named.
    """
    asked = sorted(set(uids))
    return _stands(tx, tx.rows(_ORDERS + "FOR NO KEY UPDATE OF o", [asked])) if asked else {}


def read(tx: Tx, uids: Iterable[UUID]) -> dict[UUID, Stands]:
    """What orders stand at, without a lock: for pages, and for a first look."""
    asked = sorted(set(uids))
    return _stands(tx, tx.rows(_ORDERS, [asked])) if asked else {}


def unknown(uid: UUID) -> Refusal:
    """There is no such order."""
    return Refusal("unknown_order", "order", {"given": str(uid)})


@dataclass(frozen=True, slots=True)
class Kept:
    """Goods of one line that are kept at a place; `hold` is how the ledger knows them."""

    line_no: int
    place_id: int
    hold: HoldShown


@dataclass(frozen=True, slots=True)
class Live:
    """Everything that is still kept for an order: its goods, its money and its coupons."""

    goods: tuple[Kept, ...]
    money: tuple[HoldShown, ...]
    coupons: tuple[HoldShown, ...]
    used: tuple[MoveShown, ...]
    """Moves that used coupons; only read of an order of which something came back."""


def live(tx: Tx, orders: Sequence[Stands]) -> dict[UUID, Live]:
    """What the ledger keeps for orders now. After `lock`, only a till can take from it."""
    named = {
        (request, line): (uid, line_no)
        for request, uid, line, line_no in tx.rows(_HOLDS, {"ids": [o.id for o in orders]})
    }
    goods: dict[UUID, list[Kept]] = defaultdict(list)
    rest: dict[UUID, list[HoldShown]] = defaultdict(list)
    wanted = {o.uid for o in orders} | {request for request, _ in named}
    for hold in ledger.holds(tx, sorted(wanted)):
        if hold.unit.startswith("goods:") and hold.ref in named:
            uid, line_no = named[hold.ref]
            goods[uid].append(Kept(line_no, int(hold.source.split(":")[1]), hold))
        else:
            rest[hold.ref[0]].append(hold)
    used = _coupons_used(tx, orders)
    return {
        o.uid: Live(
            tuple(goods[o.uid]),
            tuple(hold for hold in rest[o.uid] if hold.unit == o.currency),
            tuple(hold for hold in rest[o.uid] if hold.unit.startswith("coupon:")),
            tuple(used[o.uid]),
        )
        for o in orders
    }


def _coupons_used(tx: Tx, orders: Sequence[Stands]) -> dict[UUID, list[MoveShown]]:
    found: dict[UUID, list[MoveShown]] = defaultdict(list)
    origins = {f"order:{o.uid}": o.uid for o in orders if any(one.taken_back for one in o.goods)}
    if origins:
        for move in ledger.tracks(tx, list(origins)):
            if move.target == USED and move.qty > move.taken_back:
                found[origins[move.origin]].append(move)
    return found


def _stands(tx: Tx, rows: Sequence[Row]) -> dict[UUID, Stands]:
    ids = [row[0] for row in rows]
    lines: dict[int, list[LineStands]] = defaultdict(list)
    begun: set[int] = set()
    fees: dict[int, tuple[int, int, int]] = {}
    for order, line_no, *priced, cost, fulfilled, cancelled, back in tx.rows(_LINES, {"ids": ids}):
        if line_no == FEE:
            fees[order] = (fulfilled, cancelled, back)
            continue
        if fulfilled is not None:
            begun.add(order)
        counters = (fulfilled or 0, cancelled or 0, back or 0)
        lines[order].append(LineStands(line_no, PricedLine(*priced), cost, *counters))
    tenders: dict[UUID, list[TenderStands]] = defaultdict(list)
    for document, *tender in tx.rows(_TENDERS, [[row[1] for row in rows]]):
        tenders[document].append(TenderStands(*tender))
    return {
        row[1]: _one(row, lines[row[0]], fees.get(row[0], ()), tenders[row[1]], row[0] in begun)
        for row in rows
    }


def _one(
    row: Row,
    lines: Sequence[LineStands],
    fee: Sequence[int],
    tenders: Sequence[TenderStands],
    begun: bool,
) -> Stands:
    kind, *_, method, collect_at, fee_minor, fee_class, fee_rate = row[2:]
    if kind == "sale" and not begun:  # goods of a till sale are fulfilled from the start
        lines = [replace(line, fulfilled=max(line.qty, 0)) for line in lines]
    if fee_minor:
        priced = PricedLine(0, 1, fee_minor, None, fee_class, fee_rate)
        lines = [*lines, LineStands(FEE, priced, None, *fee)]
    place = PlaceFacts(*row[4:7])
    columns = (*row[:4], place, *row[7:17], method, collect_at, tuple(lines), tuple(tenders), begun)
    return Stands(*columns)


def _line_part(line: LineStands, without: int, now: int, price_tax: str) -> LinePart:
    was = refunds.part(line.priced, line.qty - without)
    rest = refunds.part(line.priced, line.qty - without - now)
    return LinePart(
        line.line_no,
        now,
        without,
        was.amount_minor - rest.amount_minor,
        was.discount_minor - rest.discount_minor,
        was.share_minor - rest.share_minor,
        less(rules.net(was, price_tax=price_tax), rules.net(rest, price_tax=price_tax)),
        less(cost_of(line, was.qty), cost_of(line, rest.qty)),
    )


def split(order: Stands, part: LinePart, sizes: Sequence[int]) -> tuple[LinePart, ...]:
    """A line's part in smaller parts, as when units come from several places."""
    assert sum(sizes) == part.qty, (part, sizes)
    line = order.line(part.line_no)
    assert line is not None
    parts, without = [], part.without
    for size in sizes:
        parts.append(_line_part(line, without, size, order.price_tax))
        without += size
    return tuple(parts)


def cost_of(line: LineStands, qty: int) -> Decimal | None:
    """What so many units of a line cost; None where it is unknown."""
    if line.cost is None or qty == line.qty:
        return line.cost
    return (line.cost * qty / line.qty).quantize(Decimal("0.0001"))


def less(was: Decimal | None, rest: Decimal | None) -> Decimal | None:
    """The difference; unknown where either is."""
    return None if was is None or rest is None else was - rest
