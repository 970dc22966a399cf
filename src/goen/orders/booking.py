"""Writing documents of sale: the rows of many orders in a handful of statements.

Orders from afar are written whole, with lines, taxes and delivery, by a single one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from goen.kit.actors import Actor
from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.orders import rules
from goen.orders.flow_versions import current
from goen.orders.sale import PricedLine, Sale, TaxTotal
from goen.points.coupons import Terms


@dataclass(frozen=True, slots=True)
class CouponTaken:
    """A coupon on a document, and how much it took off."""

    terms: Terms
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Document:
    """A sale that passed every check, with the ids of what it names and its amounts."""

    sale: Sale
    place_id: int
    channel_id: int
    source_id: int
    till_id: int | None
    staff_id: int | None
    record_id: int | None
    business_date: date
    currency: str
    lines: tuple[PricedLine, ...]
    costs: tuple[Decimal | None, ...]
    taxes: tuple[TaxTotal, ...]
    total_minor: int
    fingerprint: str
    history: bool
    paid: bool
    """Whether its money is in the ledger too."""
    rounding: str = "floor"
    kind: str = "sale"
    state: str = "done"
    coupons: tuple[CouponTaken, ...] = ()

    @property
    def discount_minor(self) -> int:
        """What came off the whole document, coupons too."""
        own = self.sale.discount_minor
        return own + sum(one.amount_minor for one in self.coupons) if self.coupons else own

    @property
    def discount_code(self) -> str:
        """Why: the reason that was given, else that there was a coupon."""
        if self.sale.discount_minor:
            return self.sale.discount_code
        return "coupon" if self.discount_minor else ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """How an order from afar reaches the shopper, beside its document."""

    document: Document
    method: str
    address_id: int | None
    collect_at_id: int | None
    wanted_on: date | None
    fee: PricedLine | None


_ORDERS = """
INSERT INTO orders_order (uid, source_id, source_no, kind, state, flow_version, place_id,
  channel_id, till_id, till_seq, staff_id, record_id, occurred_at, business_date, currency,
  price_tax, total_minor, history, fingerprint, discount_minor, discount_code, rounding,
  recorded_at, actor)
SELECT given.*, %s, %s
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::int[],
  %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
  %s::timestamptz[], %s::date[], %s::text[], %s::text[], %s::bigint[], %s::boolean[],
  %s::text[], %s::bigint[], %s::text[], %s::text[]) AS given
ON CONFLICT DO NOTHING RETURNING uid, id
"""

_LINES = """
INSERT INTO orders_line (order_id, line_no, sku_id, qty, amount_minor, list_minor, tax_class,
  rate_bp, discount_minor, discount_code, share_minor, net, cost)
SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
  %s::bigint[], %s::text[], %s::int[], %s::bigint[], %s::text[], %s::bigint[], %s::numeric[],
  %s::numeric[])
"""

_COUPONS = """
INSERT INTO orders_couponuse (order_id, n, coupon_id, number, amount_minor)
SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::text[], %s::bigint[])
"""

_TAXES = """
INSERT INTO orders_tax (order_id, tax_class, rate_bp, gross_minor, tax_minor)
SELECT * FROM unnest(%s::bigint[], %s::text[], %s::int[], %s::bigint[], %s::bigint[])
"""


def write_orders(
    tx: Tx, documents: Sequence[Document], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, int]:
    """Insert the documents; answers the ids of those that were new.

    One that meets an existing id, source number or till number is left out, waiting for a
    concurrent writer of the same if there is one. Sorted, so that two senders of the same
    documents in another order never wait for each other.
    """
    rows = [_order_row(d) for d in sorted(documents, key=lambda d: d.sale.uid)]
    given = columns(rows)
    return dict(tx.rows(_ORDERS, [recorded_at, str(actor), *given]))


_WHOLE = f"""
WITH placed AS ({_ORDERS}), line AS (
  INSERT INTO orders_line (order_id, line_no, sku_id, qty, amount_minor, list_minor, tax_class,
    rate_bp, discount_minor, discount_code, share_minor, net, cost)
  SELECT placed.id, g.line_no, g.sku_id, g.qty, g.amount, g.list, g.tax_class, g.rate_bp,
    g.discount, g.code, g.share, g.net, g.cost
  FROM unnest(%s::uuid[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::text[], %s::int[], %s::bigint[], %s::text[], %s::bigint[], %s::numeric[], %s::numeric[])
    AS g (uid, line_no, sku_id, qty, amount, list, tax_class, rate_bp, discount, code, share, net,
          cost)
  JOIN placed USING (uid)
), tax AS (
  INSERT INTO orders_tax (order_id, tax_class, rate_bp, gross_minor, tax_minor)
  SELECT placed.id, g.tax_class, g.rate_bp, g.gross, g.tax
  FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::bigint[], %s::bigint[])
    AS g (uid, tax_class, rate_bp, gross, tax)
  JOIN placed USING (uid)
), delivery AS (
  INSERT INTO orders_delivery (order_id, method, address_id, collect_at_id, wanted_on, fee_minor,
    fee_tax_class, fee_rate_bp)
  SELECT placed.id, g.method, g.address_id, g.collect_at_id, g.wanted_on, g.fee, g.tax_class,
    g.rate_bp
  FROM unnest(%s::uuid[], %s::text[], %s::bigint[], %s::bigint[], %s::date[], %s::bigint[],
    %s::text[], %s::int[])
    AS g (uid, method, address_id, collect_at_id, wanted_on, fee, tax_class, rate_bp)
  JOIN placed USING (uid)
)
SELECT uid, id FROM placed
"""


def write_placed(
    tx: Tx, parcels: Sequence[Parcel], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, int]:
    """Insert orders from afar whole; answers the ids of those that were new, as `write_orders`."""
    ordered = sorted(parcels, key=lambda p: p.document.sale.uid)
    documents = [p.document for p in ordered]
    lines = [
        (d.sale.uid, n, *_line_row(d, n, line, cost))
        for d in documents
        for n, (line, cost) in enumerate(zip(d.lines, d.costs, strict=True), start=1)
    ]
    taxes = [
        (d.sale.uid, t.tax_class, t.rate_bp, t.gross_minor, t.tax_minor)
        for d in documents
        for t in d.taxes
    ]
    given = [
        *columns([_order_row(d) for d in documents], 22),
        *columns(lines, 13),
        *columns(taxes, 5),
        *columns([_parcel_row(p) for p in ordered], 8),
    ]
    return dict(tx.rows(_WHOLE, [recorded_at, str(actor), *given]))


def unwrite(tx: Tx, ids: Sequence[int]) -> None:
    """Take back orders written in this transaction that could not be kept goods for."""
    if not ids:
        return
    for table in ("couponuse", "delivery", "tax", "line"):
        tx.execute(f"DELETE FROM orders_{table} WHERE order_id = ANY(%s)", [list(ids)])
    tx.execute("DELETE FROM orders_order WHERE id = ANY(%s)", [list(ids)])


def write_lines(tx: Tx, documents: Sequence[Document], ids: dict[UUID, int]) -> None:
    """Insert the lines and taxes of documents that were written."""
    lines = [
        (ids[d.sale.uid], n, *_line_row(d, n, line, cost))
        for d in documents
        for n, (line, cost) in enumerate(zip(d.lines, d.costs, strict=True), start=1)
    ]
    tx.execute(_LINES, columns(lines))
    taxes = [
        (ids[d.sale.uid], t.tax_class, t.rate_bp, t.gross_minor, t.tax_minor)
        for d in documents
        for t in d.taxes
    ]
    if taxes:
        tx.execute(_TAXES, columns(taxes))


def write_coupons(tx: Tx, documents: Sequence[Document], ids: dict[UUID, int]) -> None:
    """Insert which coupon took how much off documents that were written."""
    rows = [
        (ids[d.sale.uid], n, one.terms.coupon_id, one.terms.number, one.amount_minor)
        for d in documents
        for n, one in enumerate(d.coupons)
    ]
    if rows:
        tx.execute(_COUPONS, columns(rows))


def _order_row(d: Document) -> tuple[object, ...]:
    sale = d.sale
    return (
        sale.uid,
        d.source_id,
        sale.source_no or str(sale.uid),
        d.kind,
        d.state,
        current().version,
        d.place_id,
        d.channel_id,
        d.till_id,
        sale.till_seq,
        d.staff_id,
        d.record_id,
        sale.occurred_at,
        d.business_date,
        d.currency,
        sale.price_tax,
        d.total_minor,
        d.history,
        d.fingerprint,
        d.discount_minor,
        d.discount_code,
        d.rounding,
    )


def _parcel_row(p: Parcel) -> tuple[object, ...]:
    fee, uid = p.fee, p.document.sale.uid
    amount, tax_class, rate = (
        (fee.amount_minor, fee.tax_class, fee.rate_bp) if fee else (0, None, None)
    )
    return (
        uid, p.method, p.address_id, p.collect_at_id, p.wanted_on, amount, tax_class, rate,
    )  # fmt: skip


def _line_row(d: Document, n: int, line: PricedLine, cost: Decimal | None) -> tuple[object, ...]:
    return (
        line.sku_id,
        line.qty,
        line.amount_minor,
        line.list_minor,
        line.tax_class,
        line.rate_bp,
        line.discount_minor,
        d.sale.lines[n - 1].discount_code if line.discount_minor else "",
        line.share_minor,
        rules.net(line, price_tax=d.sale.price_tax),
        cost,
    )
