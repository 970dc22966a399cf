"""What of an order can still come back: units, money, points and the moves behind them.

Read after the order is locked, in a handful of statements for a batch. It changes in memory as
returns are planned, so that two returns of one order in one batch follow each other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from uuid import UUID

from goen.kit.db import Tx
from goen.ledger import queries as ledger
from goen.ledger.queries import MoveShown
from goen.ledger.rules import Account, Move, Ref
from goen.orders import refunds, rules, standing
from goen.orders.refunds import Kept, Paid
from goen.orders.sale import PricedLine, TaxTotal
from goen.orders.standing import LineStands, Stands
from goen.payments import giving_back, keeping
from goen.payments.giving_back import PaidIn
from goen.points.coupons import USED
from goen.stock import rules as stock

Value = tuple[Decimal | None, Decimal | None]
"""What some units of a line are worth without tax, and what they cost; None where unknown."""


@dataclass(slots=True)
class SoldBy:
    """A move that sold goods, and how many of them are not yet back."""

    ref: Ref
    sku_id: int
    left: int


@dataclass(slots=True)
class Returnable:
    """One order while returns of it are planned.

    `worth` is what it comes to with what is out now, `values` each line's net amount and cost of
    that; `refunded` what went back by each tender.
    """

    order: Stands
    worth: Kept
    values: dict[int, Value]
    refunded: dict[int, int]
    sold: list[SoldBy]
    paid_in: list[PaidIn]
    coupons: Sequence[MoveShown]
    """Moves that used coupons."""
    fulfilments: tuple[UUID, ...]
    """Slips by which goods left; of a till sale it is the sale itself."""
    claimed_by: tuple[UUID, ...] = ()
    """The claim that made it somebody's: its points came then."""

    @property
    def requests(self) -> tuple[UUID, ...]:
        """Whatever may have spent or earned points for it: document, how goods left, claim."""
        return tuple(dict.fromkeys((self.order.uid, *self.fulfilments, *self.claimed_by)))

    @property
    def paid(self) -> tuple[Paid, ...]:
        """The tenders as far as they were captured, and what is back of each."""
        tenders = [(t.line, t.kind, t.amount_minor) for t in self.order.tenders]
        if not tenders:  # nobody told how it was paid: it goes back in cash
            tenders = [(0, "cash", self.order.total_minor)]
        given = [keeping.Tender(kind, amount, n) for n, (_, kind, amount) in enumerate(tenders)]
        parts = keeping.captured(given, before=0, amount=self._captured)
        taken = {part.tender.hold: part.amount_minor for part in parts}
        return tuple(
            Paid(kind, taken.get(n, 0), self.refunded.get(line, 0))
            for n, (line, kind, _) in enumerate(tenders)
        )

    @property
    def points_minor(self) -> int:
        """What is paid with points and not back."""
        return sum(p.amount_minor - p.refunded_minor for p in self.paid if p.kind == "points")

    @property
    def _captured(self) -> int:
        return self.order.captured_minor if self.order.kind == "order" else self.order.total_minor

    def units_of(self, sku_id: int, qty: int) -> list[tuple[Ref | None, int]]:
        """Which moves `qty` units take back, oldest first; without a move what none had sold."""
        found: list[tuple[Ref | None, int]] = []
        for one in self.sold:
            part = min(one.left, qty) if one.sku_id == sku_id else 0
            if part:
                found.append((one.ref, part))
                one.left -= part
                qty -= part
        return [*found, (None, qty)] if qty else found

    def coupons_back(self) -> tuple[Move, ...]:
        """Its coupons can be used again."""
        moves = coupons_back(self.coupons)
        self.coupons = ()
        return moves


def coupons_back(used: Sequence[MoveShown]) -> tuple[Move, ...]:
    """Moves that undo those by which coupons were used."""
    return tuple(
        Move(
            Account(move.unit, USED),
            Account(move.unit, move.source, floor=0),
            move.qty - move.taken_back,
            "take_back",
            reverses=move.ref,
        )
        for move in used
    )


def gone(line: LineStands) -> int:
    """Units of a line that left, whether or not they came back; what was a return stays one."""
    return line.fulfilled if line.qty > 0 else line.qty


def read(tx: Tx, orders: Iterable[Stands]) -> dict[UUID, Returnable]:
    """What can come back of orders, by their ids."""
    stands = list(orders)
    begun = [o for o in stands if o.begun]
    given = _given(tx, begun)
    fulfilments = _fulfilments(tx, begun)
    claims = _claims(tx, stands)
    uids = [o.uid for o in stands]
    back: dict[UUID, dict[int, int]] = defaultdict(dict)
    if begun:
        for (document, tender), amount in giving_back.refunded(tx, uids).items():
            back[document][tender] = amount
    moves: dict[UUID, list[MoveShown]] = defaultdict(list)
    for move in ledger.tracks(tx, [f"order:{uid}" for uid in uids]):
        if move.reverses is None and move.qty > move.taken_back:
            moves[UUID(move.origin.removeprefix("order:"))].append(move)
    return {
        o.uid: Returnable(
            o,
            worth(o, given.get(o.id)),
            _values(o, given.get(o.id)),
            back[o.uid],
            _sold(moves[o.uid]),
            _paid_in(moves[o.uid], o.currency),
            [m for m in moves[o.uid] if m.target == USED],
            tuple(fulfilments.get(o.id, ())) or (o.uid,),
            tuple(claims.get(o.id, ())),
        )
        for o in stands
    }


@dataclass(frozen=True, slots=True)
class Given:
    """What earlier returns of an order gave back: by line (amount, discount, share), by rate."""

    lines: Mapping[int, tuple[int, int, int]]
    values: Mapping[int, Value]
    taxes: tuple[TaxTotal, ...]
    total_minor: int


def worth(order: Stands, given: Given | None) -> Kept:
    """What an order comes to with what is out now."""
    left = [gone(line) for line in order.lines]
    if given is None:
        without = [line.qty - n for line, n in zip(order.lines, left, strict=True)]
        return refunds.kept(order.charged, returned=without)
    back = []
    for line in order.lines:
        amount, discount, share = given.lines.get(line.line_no, (0, 0, 0))
        back.append(
            replace(
                line.priced,
                qty=line.taken_back,
                amount_minor=amount,
                discount_minor=discount,
                share_minor=share,
            )
        )
    so_far = Kept(tuple(back), given.taxes, given.total_minor)
    return refunds.standing(order.charged, gone=left, given=so_far)


def _given(tx: Tx, orders: Sequence[Stands]) -> dict[int, Given]:
    ids = [o.id for o in orders]
    if not ids:
        return {}
    totals = tx.rows(
        """
        SELECT order_id, sum(total_minor)::bigint FROM orders_slip
        WHERE order_id = ANY(%s) AND kind = 'take_back' GROUP BY 1
        """,
        [ids],
    )
    if not totals:
        return {}
    lines: dict[int, dict[int, tuple[int, int, int]]] = defaultdict(dict)
    values: dict[int, dict[int, Value]] = defaultdict(dict)
    for order, line_no, *amounts in tx.rows(
        """
        SELECT s.order_id, x.line_no, sum(x.amount_minor)::bigint, sum(x.discount_minor)::bigint,
               sum(x.share_minor)::bigint, sum(x.net), sum(x.cost)
        FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
        WHERE s.order_id = ANY(%s) AND s.kind = 'take_back' GROUP BY 1, 2
        """,
        [ids],
    ):
        lines[order][line_no] = (amounts[0], amounts[1], amounts[2])
        values[order][line_no] = (amounts[3], amounts[4])
    taxes: dict[int, list[TaxTotal]] = defaultdict(list)
    for order, *tax in tx.rows(
        """
        SELECT s.order_id, x.tax_class, x.rate_bp, sum(x.gross_minor)::bigint,
               sum(x.tax_minor)::bigint
        FROM orders_slip s JOIN orders_sliptax x ON x.slip_id = s.id
        WHERE s.order_id = ANY(%s) AND s.kind = 'take_back' GROUP BY 1, 2, 3
        """,
        [ids],
    ):
        taxes[order].append(TaxTotal(*tax))
    return {
        order: Given(lines[order], values[order], tuple(taxes[order]), total)
        for order, total in totals
    }


def value(line: LineStands, priced: PricedLine, *, price_tax: str) -> Value:
    """What some units of a line are worth and cost; `priced` is the line with only these."""
    return rules.net(priced, price_tax=price_tax), standing.cost_of(line, priced.qty)


def less(one: Value, other: Value) -> Value:
    """The difference; unknown where either is."""
    return standing.less(one[0], other[0]), standing.less(one[1], other[1])


def _values(order: Stands, given: Given | None) -> dict[int, Value]:
    found = {}
    for line in order.lines:
        left = refunds.part(line.priced, gone(line))
        worth_now = value(line, left, price_tax=order.price_tax)
        back = given.values.get(line.line_no) if given is not None else None
        found[line.line_no] = worth_now if back is None else less(worth_now, back)
    return found


def _fulfilments(tx: Tx, orders: Sequence[Stands]) -> dict[int, list[UUID]]:
    found: dict[int, list[UUID]] = defaultdict(list)
    ids = [o.id for o in orders if o.kind == "order"]
    if ids:
        for order, uid in tx.rows(
            """
            SELECT order_id, uid FROM orders_slip
            WHERE order_id = ANY(%s) AND kind IN ('ship', 'hand_over') ORDER BY id
            """,
            [ids],
        ):
            found[order].append(uid)
    return found


def _claims(tx: Tx, orders: Sequence[Stands]) -> dict[int, list[UUID]]:
    """The claims of those that have an owner now; most never had one."""
    ids = [o.id for o in orders if o.kind == "sale" and o.record_id is not None]
    if not ids:
        return {}
    sql = "SELECT order_id, uid FROM orders_claim WHERE order_id = ANY(%s)"
    return {order: [uid] for order, uid in tx.rows(sql, [ids])}


def _sold(moves: Sequence[MoveShown]) -> list[SoldBy]:
    return [
        SoldBy(m.ref, stock.sku_of(m.unit), m.qty - m.taken_back)
        for m in moves
        if m.target == stock.SOLD
    ]


def _paid_in(moves: Sequence[MoveShown], currency: str) -> list[PaidIn]:
    found = []
    for move in moves:
        kind = giving_back.kind_of(move.target)
        if kind is not None and move.unit == currency:
            found.append(PaidIn(move.ref, kind, move.qty - move.taken_back))
    return found
