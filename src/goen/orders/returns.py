"""Returns as documents: what came back, by which ways the money went, and the return invoice.

The figures are those of the slip as it was written, at the rates of the original sale; nothing is
computed anew.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.orders import refunds
from goen.orders.order import FEE, Slipped, TakenBack
from goen.orders.refunds import Issuer, LineBack, Refund, ReturnInvoice, TenderBack
from goen.orders.sale import TaxTotal
from goen.payments import giving_back

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """Units that came back. `line_no` 0 is the delivery fee, which has no goods."""

    line_no: int
    sku_code: str
    name: Texts
    qty: int
    to: str
    amount_minor: int
    discount_minor: int
    share_minor: int
    tax_class: str | None
    rate_bp: int | None

    @property
    def is_fee(self) -> bool:
        """Whether it is the delivery fee."""
        return self.line_no == FEE


@dataclass(frozen=True, slots=True)
class Points:
    """What a return did to points: spent ones came `back`, `taken` earned ones went.

    Of those, `owed` had been spent already and are paid by later ones.
    """

    back: int = 0
    taken: int = 0
    owed: int = 0


@dataclass(frozen=True, slots=True)
class Return:
    """One return with everything that its document says."""

    slip_id: int
    uid: UUID
    order_uid: UUID
    order_id: int
    number: str
    """The number of the original document."""
    sold_on: date
    sold_at: datetime
    place_id: int
    place_name: Texts
    timezone: str
    sold_place_name: Texts
    sold_place_id: int
    till_code: str | None
    staff_name: Texts | None
    record_id: int | None
    reason: str
    occurred_at: datetime
    business_date: date
    currency: str
    price_tax: str
    total_minor: int
    state: str
    lines: tuple[ReturnLine, ...]
    taxes: tuple[TaxTotal, ...]
    tenders: tuple[TenderBack, ...]
    points: "Points"

    @property
    def short_number(self) -> str:
        """What the original document is called: by the end of its id where it has no number."""
        return self.number[-12:].upper() if self.number == str(self.order_uid) else self.number

    @property
    def refunded_minor(self) -> int:
        """What went back, money and points."""
        return sum(one.amount_minor for one in self.tenders)

    @property
    def kept_minor(self) -> int:
        """What was kept of the money for points that had been spent already."""
        return self.total_minor - self.refunded_minor

    @property
    def refund(self) -> Refund:
        """The figures as `refunds` knows them."""
        lines = tuple(
            LineBack(
                one.line_no - 1,
                one.qty,
                one.amount_minor,
                one.discount_minor,
                one.share_minor,
                one.tax_class,
                one.rate_bp,
            )
            for one in self.lines
        )
        return Refund(lines, self.taxes, self.total_minor, self.points.taken)

    def invoice(self, issuer: Issuer) -> ReturnInvoice:
        """The return invoice (適格返還請求書) of it, or whether none is needed."""
        return refunds.invoice(
            self.refund,
            issuer=issuer,
            returned_on=self.business_date,
            sold_on=self.sold_on,
            number=self.number,
        )


_RETURNS = """
SELECT s.id, s.uid, o.uid, o.id, o.source_no, o.business_date, o.occurred_at, p.id, p.name,
       p.timezone, q.name, q.id, t.code, w.name, o.record_id, s.reason, s.occurred_at,
       s.business_date, o.currency, o.price_tax, s.total_minor, o.state
FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
JOIN places_place p ON p.id = s.place_id
JOIN places_place q ON q.id = o.place_id
LEFT JOIN places_till t ON t.id = s.till_id
LEFT JOIN places_staff w ON w.id = s.staff_id
WHERE s.kind = 'take_back'
"""

_LINES = """
SELECT x.slip_id, x.line_no, coalesce(k.code, ''), coalesce(k.name, '{}'), x.qty, x."to",
       x.amount_minor, x.discount_minor, x.share_minor,
       coalesce(l.tax_class, d.fee_tax_class), coalesce(l.rate_bp, d.fee_rate_bp)
FROM orders_slipline x JOIN orders_slip s ON s.id = x.slip_id
LEFT JOIN orders_line l ON l.order_id = s.order_id AND l.line_no = x.line_no
LEFT JOIN catalogue_sku k ON k.id = l.sku_id
LEFT JOIN orders_delivery d ON d.order_id = s.order_id AND x.line_no = 0
WHERE x.slip_id = ANY(%s) ORDER BY x.slip_id, x.n
"""

_TAXES = """
SELECT slip_id, tax_class, rate_bp, gross_minor, tax_minor FROM orders_sliptax
WHERE slip_id = ANY(%s) ORDER BY slip_id, rate_bp DESC, tax_class
"""


_POINTS = """
SELECT m.request, m.reason, s.holder LIKE '%%:owed', sum(m.qty)::bigint
FROM ledger_move m JOIN ledger_account s ON s.id = m.source_id
WHERE m.request = ANY(%s) AND m.reason IN ('points_back', 'points_taken_back') GROUP BY 1, 2, 3
UNION ALL
SELECT closed_by, 'points_taken_back', false, sum(qty)::bigint FROM ledger_closed
WHERE closed_by = ANY(%s) AND how = 'voided' GROUP BY 1
"""
"""A return gives up no hold but of points that were pending."""


def one(tx: Tx, uid: UUID) -> Return | None:
    """A return by its id."""
    found = _returns(tx, tx.rows(_RETURNS + "AND s.uid = %s", [uid]))
    return found[0] if found else None


def of_order(tx: Tx, order: UUID) -> list[Return]:
    """The returns of an order, in the order they happened."""
    return _returns(tx, tx.rows(_RETURNS + "AND o.uid = %s ORDER BY s.id", [order]))


def at(tx: Tx, place_id: int, *, day: date, limit: int = 100) -> list[Return]:
    """What came back to a place on a business day, newest first."""
    rows = tx.rows(
        _RETURNS + "AND s.place_id = %s AND s.business_date = %s ORDER BY s.id DESC LIMIT %s",
        [place_id, day, limit],
    )
    return _returns(tx, rows)


def answer(tx: Tx, slipped: Slipped) -> TakenBack:
    """The answer to a return that is in the books already."""
    shown = one(tx, slipped.uid)
    assert shown is not None, slipped
    points = shown.points
    return TakenBack(slipped, shown.refund, shown.tenders, points.back, points.owed)


def _returns(tx: Tx, rows: Sequence[Row]) -> list[Return]:
    if not rows:
        return []
    ids = [row[0] for row in rows]
    lines: dict[int, list[ReturnLine]] = defaultdict(list)
    for slip, *line in tx.rows(_LINES, [ids]):
        lines[slip].append(ReturnLine(*line))
    taxes: dict[int, list[TaxTotal]] = defaultdict(list)
    for slip, *tax in tx.rows(_TAXES, [ids]):
        taxes[slip].append(TaxTotal(*tax))
    money = giving_back.of_slips(tx, [row[1] for row in rows])
    points = _points(tx, [row[1] for row in rows])
    found = []
    for row in rows:
        tenders = tuple(TenderBack(*back) for back in money.get(row[1], ()))
        parts = (tuple(lines[row[0]]), tuple(taxes[row[0]]), tenders)
        found.append(Return(*(*row, *parts, points.get(row[1], Points()))))
    return found


def _points(tx: Tx, slips: Sequence[UUID]) -> dict[UUID, Points]:
    sums: dict[UUID, Points] = {}
    for slip, reason, owed, qty in tx.rows(_POINTS, [list(slips), list(slips)]):
        so_far = sums.get(slip, Points())
        if reason == "points_back":
            sums[slip] = replace(so_far, back=so_far.back + qty)
        else:
            more = qty if owed else 0
            sums[slip] = replace(so_far, taken=so_far.taken + qty, owed=so_far.owed + more)
    return sums
