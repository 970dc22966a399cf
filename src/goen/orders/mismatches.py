"""Goods, money and documents of an order as three tracks, and where they do not match (R-133).

Goods: what lines and slips say beside what the ledger keeps and moved. Money: what is charged and
given back by slips beside what the ledger keeps, booked and gave back. Documents: what the
document comes to beside its tenders. Some mismatches are everyday work (a broken promise), some
mean that somebody meddled: those the audit names too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from goen.kit.db import Row, Tx

Texts = Mapping[str, str]

MEANINGS: dict[str, Texts] = {
    "open_without_goods": {
        "ja": "送る予定の商品が確保されていません",
        "en": "Goods are to be sent and are not kept",
    },
    "kept_without_line": {
        "ja": "送る予定のない商品が確保されています",
        "en": "Goods are kept that nobody is to get",
    },
    "shipped_not_charged": {
        "ja": "商品は出たのに、お支払いが確定していません",
        "en": "Goods left and were not charged",
    },
    "charged_not_shipped": {
        "ja": "お支払いが確定したのに、商品が出ていません",
        "en": "More was charged than left",
    },
    "money_not_kept": {
        "ja": "これから請求する金額が確保されていません",
        "en": "What is still to be charged is not kept",
    },
    "invoice_not_payment": {
        "ja": "書面の合計とお支払いの合計が違います",
        "en": "The document comes to another sum than its payments",
    },
    "slip_not_moved": {
        "ja": "伝票の数と動いた商品の数が違います",
        "en": "Slips say another number of goods than moved",
    },
    "returned_not_refunded": {
        "ja": "商品は戻ったのに、返金が足りません",
        "en": "Goods came back and the money did not all go back",
    },
    "refunded_not_returned": {
        "ja": "戻った商品より多く返金されています",
        "en": "More money went back than goods",
    },
}
"""Every mismatch by its code, in words."""


@dataclass(frozen=True, slots=True)
class Goods:
    """Units: as the lines and slips say, and as the ledger has them."""

    ordered: int
    cancelled: int
    sent: int
    back: int
    kept: int
    """Live holds of the ledger."""
    moved: int
    moved_back: int

    @property
    def open(self) -> int:
        """Neither sent nor given up."""
        return self.ordered - self.cancelled - self.sent

    @property
    def missing(self) -> int:
        """Open and not kept."""
        return max(0, self.open - self.kept)


@dataclass(frozen=True, slots=True)
class Money:
    """Amounts: as the slips say, and as the ledger has them. `is_booked`: since the cut-over."""

    charged: int
    given_up: int
    to_give_back: int
    kept: int
    booked: int
    given_back: int
    is_booked: bool


@dataclass(frozen=True, slots=True)
class Documents:
    """The document's total, how it was paid, and how many slips there are."""

    total: int
    tenders: int
    slips: int


@dataclass(frozen=True, slots=True)
class Tracks:
    """One order three times, and the codes of what does not match."""

    order_id: int
    uid: UUID
    source_no: str
    kind: str
    state: str
    business_date: date
    currency: str
    goods: Goods
    money: Money
    documents: Documents
    mismatches: tuple[str, ...]


_TRACKS = """
WITH chosen AS MATERIALIZED (
  SELECT o.id, o.uid, o.source_no, o.kind, o.state, o.business_date, o.currency, o.total_minor,
         o.history, 'order:' || o.uid AS origin,
         coalesce(o.business_date >= p.payments_from, false) AS paid
  FROM orders_order o JOIN places_place p ON p.id = o.place_id WHERE {chosen}
), line AS (
  SELECT c.id, sum(l.qty)::bigint AS ordered, coalesce(sum(st.cancelled), 0)::bigint AS cancelled,
    sum(coalesce(st.fulfilled, CASE c.kind WHEN 'sale' THEN l.qty ELSE 0 END))::bigint AS sent,
    coalesce(sum(st.taken_back), 0)::bigint AS back
  FROM chosen c JOIN orders_line l ON l.order_id = c.id
  LEFT JOIN orders_standing st ON st.order_id = c.id AND st.line_no = l.line_no GROUP BY 1
), act AS (
  SELECT c.id, count(*) AS slips,
    coalesce(sum(s.total_minor) FILTER (WHERE s.kind IN ('ship', 'hand_over')), 0)::bigint AS out,
    coalesce(sum(s.total_minor) FILTER (WHERE s.kind = 'cancel'), 0)::bigint AS cancelled,
    coalesce(sum(s.total_minor) FILTER (WHERE s.kind = 'take_back'), 0)::bigint AS back
  FROM chosen c JOIN orders_slip s ON s.order_id = c.id GROUP BY 1
), moved AS (
  SELECT c.id,
    coalesce(sum(m.qty) FILTER (WHERE t.holder = 'world:sold'), 0)::bigint AS gone,
    coalesce(sum(m.qty) FILTER (WHERE s.holder = 'world:sold'), 0)::bigint AS came,
    coalesce(sum(m.qty) FILTER (WHERE m.reason = 'tender'), 0)::bigint AS booked
  FROM chosen c JOIN ledger_move m ON m.origin = c.origin
  JOIN ledger_account s ON s.id = m.source_id JOIN ledger_account t ON t.id = m.target_id
  GROUP BY 1
), held AS (
  SELECT c.id, coalesce(sum(p.qty) FILTER (WHERE t.holder = 'world:sold'), 0)::bigint AS goods,
    coalesce(sum(p.qty) FILTER (WHERE p.reason = 'tender'), 0)::bigint AS money
  FROM chosen c JOIN ledger_pending p ON p.origin = c.origin
  JOIN ledger_account t ON t.id = p.target_id GROUP BY 1
), tender AS (
  SELECT c.id, sum(t.amount_minor)::bigint AS amount
  FROM chosen c JOIN payments_tender t ON t.document = c.uid GROUP BY 1
), refund AS (
  SELECT c.id, sum(r.amount_minor)::bigint AS amount
  FROM chosen c JOIN payments_refund r ON r.document = c.uid GROUP BY 1
), track AS (
  SELECT c.*, coalesce(l.ordered, 0) AS ordered, coalesce(l.cancelled, 0) AS cancelled,
    coalesce(l.sent, 0) AS sent, coalesce(l.back, 0) AS back, coalesce(h.goods, 0) AS kept,
    coalesce(m.gone, 0) AS gone, coalesce(m.came, 0) AS came,
    CASE c.kind WHEN 'sale' THEN c.total_minor ELSE coalesce(a.out, 0) END AS charged,
    coalesce(a.cancelled, 0) AS given_up, coalesce(a.back, 0) AS to_give_back,
    coalesce(h.money, 0) AS kept_money, coalesce(m.booked, 0) AS booked,
    coalesce(r.amount, 0) AS given_back, coalesce(t.amount, 0) AS tenders,
    coalesce(a.slips, 0) AS slips
  FROM chosen c LEFT JOIN line l USING (id) LEFT JOIN act a USING (id)
  LEFT JOIN moved m USING (id) LEFT JOIN held h USING (id) LEFT JOIN tender t USING (id)
  LEFT JOIN refund r USING (id)
), judged AS (
  SELECT track.*, array_remove(ARRAY[
    CASE WHEN kind = 'order' AND kept < ordered - cancelled - sent THEN 'open_without_goods' END,
    CASE WHEN kind = 'order' AND kept > ordered - cancelled - sent THEN 'kept_without_line' END,
    CASE WHEN paid AND booked < charged THEN 'shipped_not_charged' END,
    CASE WHEN paid AND booked > charged THEN 'charged_not_shipped' END,
    CASE WHEN paid AND kind = 'order' AND kept_money <> total_minor - charged - given_up
         THEN 'money_not_kept' END,
    CASE WHEN paid AND total_minor <> tenders THEN 'invoice_not_payment' END,
    CASE WHEN NOT history AND (gone <> sent OR came <> back) THEN 'slip_not_moved' END,
    CASE WHEN given_back < to_give_back
           AND NOT EXISTS (SELECT FROM points_programme WHERE owed_policy = 'deduct')
         THEN 'returned_not_refunded' END,
    CASE WHEN given_back > to_give_back THEN 'refunded_not_returned' END
  ], NULL) AS codes FROM track
)
SELECT id, uid, source_no, kind, state, business_date, currency, ordered, cancelled, sent, back,
       kept, gone, came, charged, given_up, to_give_back, kept_money, booked, given_back, paid,
       total_minor, tenders, slips, codes
FROM judged
"""


def tracks_of(tx: Tx, uid: UUID) -> Tracks | None:
    """The three tracks of one order or sale, whether or not they match."""
    row = tx.row(_TRACKS.format(chosen="o.uid = %(uid)s"), {"uid": uid})
    return None if row is None else _tracks(row)


def mismatched(
    tx: Tx, *, since: date, code: str | None = None, limit: int = 100, newest: int | None = None
) -> list[Tracks]:
    """Orders and sales whose tracks do not match, the newest first.

    All open orders are looked at, and every document from the business day `since` on; with
    `newest` so many of them.
    """
    tx.plan_afresh()
    rows = tx.rows(
        _TRACKS.format(chosen=_OPEN_OR_NEW)
        + """
        WHERE cardinality(codes) > 0 AND (%(code)s::text IS NULL OR %(code)s = ANY(codes))
        ORDER BY business_date DESC, id DESC LIMIT %(limit)s
        """,
        {"since": since, "code": code, "limit": limit, "newest": newest},
    )
    return [_tracks(row) for row in rows]


_OPEN_OR_NEW = """
o.id IN (
  (SELECT id FROM orders_order WHERE business_date >= %(since)s
   ORDER BY business_date DESC, id DESC LIMIT %(newest)s::bigint)
  UNION SELECT id FROM orders_order WHERE state IN ('placed', 'ready', 'part'))
"""


def has_more(tx: Tx, *, since: date, newest: int) -> bool:
    """Whether there are more documents from a day on than so many."""
    sql = "SELECT FROM orders_order WHERE business_date >= %s OFFSET %s LIMIT 1"
    return bool(tx.rows(sql, [since, newest]))


def _tracks(row: Row) -> Tracks:
    money, documents = Money(*row[14:21]), Documents(*row[21:24])
    head = row[:7]
    return Tracks(*(*head, Goods(*row[7:14]), money, documents, tuple(row[24])))
