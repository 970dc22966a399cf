"""Reading documents of sale."""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit.db import Row, Tx
from goen.orders import discounts
from goen.orders.sale import RateShare, TaxTotal

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line as printed. `amount_minor` is what was charged, after both discounts."""

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

    @property
    def cost_minor(self) -> int:
        """Before anything was taken off."""
        return self.amount_minor + self.share_minor + self.discount_minor


@dataclass(frozen=True, slots=True)
class Receipt:
    """A document of sale as shown on a page or on paper."""

    order_id: int
    uid: UUID
    source_code: str
    source_no: str
    place_id: int
    place_name: Texts
    timezone: str
    channel_id: int
    channel_kind: str
    channel_name: Texts
    till_code: str | None
    till_seq: int | None
    staff_name: Texts | None
    record_id: int | None
    occurred_at: datetime
    business_date: date
    currency: str
    price_tax: str
    total_minor: int
    discount_minor: int
    history: bool
    lines: tuple[ReceiptLine, ...]
    taxes: tuple[TaxTotal, ...]

    @property
    def subtotal_minor(self) -> int:
        """The lines with their own discounts, before the discount on all of them."""
        return sum(line.amount_minor + line.share_minor for line in self.lines)

    @property
    def shares(self) -> tuple[RateShare, ...]:
        """What each rate bears of the discount on everything, highest rate first."""
        return discounts.by_rate(self.lines)


@dataclass(frozen=True, slots=True)
class Extras:
    """What a document says beside its lines: the delivery fee, and each coupon with its part."""

    fee_minor: int = 0
    fee_tax_class: str | None = None
    coupons: tuple[tuple[str, int], ...] = ()

    @property
    def coupons_minor(self) -> int:
        """What all coupons took off."""
        return sum(amount for _, amount in self.coupons)


def extras(tx: Tx, order_id: int) -> Extras:
    """The extras of one document."""
    fee = tx.row(
        "SELECT fee_minor, fee_tax_class FROM orders_delivery WHERE order_id = %s", [order_id]
    )
    coupons = tx.rows(
        "SELECT number, amount_minor FROM orders_couponuse WHERE order_id = %s ORDER BY n",
        [order_id],
    )
    fee_minor, fee_tax_class = (fee[0], fee[1]) if fee is not None else (0, None)
    return Extras(fee_minor, fee_tax_class, tuple((number, off) for number, off in coupons))


_RECEIPT = """
SELECT o.id, o.uid, s.code, o.source_no, p.id, p.name, p.timezone, c.id, c.kind, c.name, t.code,
       o.till_seq, w.name, o.record_id, o.occurred_at, o.business_date, o.currency, o.price_tax,
       o.total_minor, o.discount_minor, o.history
FROM orders_order o
JOIN places_source s ON s.id = o.source_id
JOIN places_place p ON p.id = o.place_id
JOIN places_channel c ON c.id = o.channel_id
LEFT JOIN places_till t ON t.id = o.till_id
LEFT JOIN places_staff w ON w.id = o.staff_id
"""


def receipts_of(
    tx: Tx, record_ids: Sequence[int], *, limit: int = 50, before: datetime | None = None
) -> list[Receipt]:
    """The documents of these records, newest first; `before` pages on. None that were cancelled."""
    rows = tx.rows(
        _RECEIPT
        + """WHERE o.record_id = ANY(%s) AND o.state <> 'cancelled'
          AND (%s::timestamptz IS NULL OR o.occurred_at < %s)
        ORDER BY o.occurred_at DESC, o.id DESC LIMIT %s""",
        [list(record_ids), before, before, limit],
    )
    return _receipts(tx, rows)


def receipt(tx: Tx, uid: UUID) -> Receipt | None:
    """One document by its id."""
    found = _receipts(tx, tx.rows(_RECEIPT + "WHERE o.uid = %s", [uid]))
    return found[0] if found else None


def receipts(tx: Tx, uids: Sequence[UUID]) -> list[Receipt]:
    """Documents by their ids."""
    return _receipts(tx, tx.rows(_RECEIPT + "WHERE o.uid = ANY(%s)", [list(uids)]))


_TAIL = 12
"""So many characters of its id name a document that has no number of its own."""


def find(tx: Tx, typed: str, *, limit: int = 20) -> list[Receipt]:
    """The documents that a number as printed or scanned may mean, newest first."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    if not plain or "\0" in plain:
        return []
    numbers = sorted({plain, plain.lower(), plain.upper()})
    rows = tx.rows(
        _RECEIPT
        + """WHERE o.source_id IN (SELECT id FROM places_source) AND o.source_no = ANY(%s)
        ORDER BY o.occurred_at DESC, o.id DESC LIMIT %s""",
        [numbers, limit],
    )
    if not rows and len(plain) == _TAIL and set(plain.lower()) <= set("0123456789abcdef"):
        rows = tx.rows(
            _RECEIPT
            + """WHERE o.source_no = o.uid::text AND right(o.source_no, 12) = %s
            ORDER BY o.occurred_at DESC, o.id DESC LIMIT %s""",
            [plain.lower(), limit],
        )
    return _receipts(tx, rows)


def receipts_at(tx: Tx, place_id: int, *, day: date, limit: int = 50) -> list[Receipt]:
    """The documents of a place on a business day, newest first."""
    rows = tx.rows(
        _RECEIPT
        + """WHERE o.place_id = %s AND o.business_date = %s
        ORDER BY o.occurred_at DESC, o.id DESC LIMIT %s""",
        [place_id, day, limit],
    )
    return _receipts(tx, rows)


def count_of(tx: Tx, record_ids: Sequence[int]) -> int:
    """How many documents these records have, without those that were cancelled."""
    sql = "SELECT count(*) FROM orders_order WHERE record_id = ANY(%s) AND state <> 'cancelled'"
    return int(tx.value(sql, [list(record_ids)]) or 0)


def numbers(tx: Tx, uids: Sequence[UUID]) -> dict[UUID, str]:
    """What people call these documents: the number their system gave them, if it gave one."""
    sql = "SELECT uid, source_no FROM orders_order WHERE uid = ANY(%s) AND source_no <> ''"
    return {row[0]: str(row[1]) for row in tx.rows(sql, [list(uids)])}


def next_till_seq(tx: Tx, till_id: int) -> int:
    """The number after the last sale of a till."""
    sql = "SELECT coalesce(max(till_seq), 0) + 1 FROM orders_order WHERE till_id = %s"
    return int(tx.value(sql, [till_id]))


def often_sold(tx: Tx, place_id: int, *, limit: int = 10) -> list[int]:
    """SKUs on most of a place's latest thousand documents."""
    rows = tx.rows(
        """
        SELECT l.sku_id FROM (
          SELECT id FROM orders_order WHERE place_id = %s
          ORDER BY business_date DESC, id DESC LIMIT 1000
        ) latest JOIN orders_line l ON l.order_id = latest.id
        GROUP BY l.sku_id ORDER BY count(*) DESC, l.sku_id LIMIT %s
        """,
        [place_id, limit],
    )
    return [row[0] for row in rows]


def _receipts(tx: Tx, rows: Sequence[Row]) -> list[Receipt]:
    ids = [row[0] for row in rows]
    lines: dict[int, list[ReceiptLine]] = defaultdict(list)
    for order, *line in tx.rows(
        """
        SELECT l.order_id, l.line_no, l.sku_id, k.code, k.name, l.qty, l.amount_minor,
               l.tax_class, l.rate_bp, l.discount_minor, l.share_minor
        FROM orders_line l JOIN catalogue_sku k ON k.id = l.sku_id
        WHERE l.order_id = ANY(%s) ORDER BY l.order_id, l.line_no
        """,
        [ids],
    ):
        lines[order].append(ReceiptLine(*line))
    taxes: dict[int, list[TaxTotal]] = defaultdict(list)
    for order, *tax in tx.rows(
        """
        SELECT order_id, tax_class, rate_bp, gross_minor, tax_minor FROM orders_tax
        WHERE order_id = ANY(%s) ORDER BY order_id, rate_bp DESC, tax_class
        """,
        [ids],
    ):
        taxes[order].append(TaxTotal(*tax))
    return [Receipt(*(*row, tuple(lines[row[0]]), tuple(taxes[row[0]]))) for row in rows]


def presented(
    tx: Tx, *, first_on: date, last_on: date, currency: str
) -> list[tuple[int, int, int, int]]:
    """Till receipts of a period by place and member of staff: how many, how many with a buyer."""
    return [
        (place, who, receipts, known)
        for place, who, receipts, known in tx.rows(
            """
            SELECT place_id, staff_id, count(*), count(record_id) FROM orders_order
            WHERE business_date BETWEEN %s AND %s AND kind = 'sale' AND currency = %s
              AND staff_id IS NOT NULL
            GROUP BY place_id, staff_id ORDER BY place_id, count(*) DESC, staff_id
            """,
            [first_on, last_on, currency],
        )
    ]


def has_sold_since(tx: Tx, place_id: int, day: date) -> bool:
    """Whether a place sold anything on a business day or later."""
    sql = "SELECT EXISTS (SELECT 1 FROM orders_order WHERE place_id = %s AND business_date >= %s)"
    return bool(tx.value(sql, [place_id, day]))
