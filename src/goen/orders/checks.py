"""What must hold between documents, goods and money, as queries that name what is broken."""

from goen.kit.db import Tx

TOTALS = """
SELECT o.uid, o.total_minor, coalesce(sum(t.amount_minor), 0)::bigint AS paid
FROM orders_order o JOIN places_place p ON p.id = o.place_id
LEFT JOIN payments_tender t ON t.document = o.uid
WHERE p.payments_from IS NOT NULL AND o.business_date >= p.payments_from
GROUP BY o.id HAVING o.total_minor <> coalesce(sum(t.amount_minor), 0)
ORDER BY o.id LIMIT 20
"""

AMOUNTS = """
SELECT o.uid, o.total_minor, l.amount + CASE o.price_tax WHEN 'excluded' THEN coalesce(x.tax, 0)
                                        ELSE 0 END AS from_lines
FROM orders_order o
LEFT JOIN (SELECT order_id, sum(amount_minor)::bigint AS amount FROM orders_line
           GROUP BY order_id) l ON l.order_id = o.id
LEFT JOIN (SELECT order_id, sum(tax_minor)::bigint AS tax FROM orders_tax
           GROUP BY order_id) x ON x.order_id = o.id
WHERE o.total_minor IS DISTINCT FROM l.amount
  + CASE o.price_tax WHEN 'excluded' THEN coalesce(x.tax, 0) ELSE 0 END
ORDER BY o.id LIMIT 20
"""

GOODS = """
WITH sold AS (
  SELECT o.uid, 'goods:' || l.sku_id AS unit, sum(l.qty)::bigint AS qty
  FROM orders_order o JOIN orders_line l ON l.order_id = o.id
  WHERE NOT o.history GROUP BY 1, 2
), moved AS (
  SELECT m.request AS uid, a.unit, sum(m.qty)::bigint AS qty
  FROM ledger_move m JOIN ledger_account a ON a.id = m.target_id
  WHERE a.holder = 'world:sold' GROUP BY 1, 2
)
SELECT coalesce(sold.uid, moved.uid), coalesce(sold.unit, moved.unit), sold.qty, moved.qty
FROM sold FULL JOIN moved ON moved.uid = sold.uid AND moved.unit = sold.unit
WHERE sold.qty IS DISTINCT FROM moved.qty LIMIT 20
"""

MONEY = """
WITH booked AS (
  SELECT m.request AS uid, sum(m.qty)::bigint AS amount
  FROM ledger_move m WHERE m.reason = 'tender' GROUP BY 1
)
SELECT o.uid, t.amount, booked.amount
FROM orders_order o JOIN places_place p ON p.id = o.place_id
JOIN (SELECT document, sum(amount_minor)::bigint AS amount FROM payments_tender
      WHERE amount_minor > 0 GROUP BY 1) t ON t.document = o.uid
LEFT JOIN booked ON booked.uid = o.uid
WHERE p.payments_from IS NOT NULL AND o.business_date >= p.payments_from
  AND t.amount IS DISTINCT FROM booked.amount
ORDER BY o.id LIMIT 20
"""

SHARES = """
SELECT o.uid, o.discount_minor, coalesce(sum(l.share_minor), 0)::bigint AS borne
FROM orders_order o LEFT JOIN orders_line l ON l.order_id = o.id
GROUP BY o.id HAVING o.discount_minor <> coalesce(sum(l.share_minor), 0)
ORDER BY o.id LIMIT 20
"""

RATES = """
WITH lines AS (
  SELECT order_id, tax_class, rate_bp, sum(amount_minor)::bigint AS amount FROM orders_line
  WHERE tax_class IS NOT NULL GROUP BY 1, 2, 3
)
SELECT o.uid, coalesce(x.tax_class, l.tax_class), coalesce(x.rate_bp, l.rate_bp),
       coalesce(x.gross_minor, 0), coalesce(l.amount, 0)
FROM lines l FULL JOIN orders_tax x
  ON x.order_id = l.order_id AND x.tax_class = l.tax_class AND x.rate_bp = l.rate_bp
JOIN orders_order o ON o.id = coalesce(x.order_id, l.order_id)
WHERE l.amount + CASE o.price_tax WHEN 'excluded' THEN x.tax_minor ELSE 0 END
  IS DISTINCT FROM x.gross_minor
ORDER BY o.id LIMIT 20
"""

STRAY_TENDERS = """
SELECT t.document, sum(t.amount_minor)::bigint FROM payments_tender t
LEFT JOIN orders_order o ON o.uid = t.document WHERE o.id IS NULL GROUP BY 1 LIMIT 20
"""


def broken(tx: Tx) -> list[str]:
    """Sentences naming each document whose sides do not agree; empty when all is well."""
    found = [
        f"document {uid} comes to {total}, its tenders to {paid}"
        for uid, total, paid in tx.rows(TOTALS)
    ]
    found += [
        f"document {uid} says {total}, its lines say {from_lines}"
        for uid, total, from_lines in tx.rows(AMOUNTS)
    ]
    found += [
        f"document {uid} sold {sold or 0} of {unit}, the ledger moved {moved or 0}"
        for uid, unit, sold, moved in tx.rows(GOODS)
    ]
    found += [
        f"document {uid} was paid {paid}, the ledger booked {booked or 0}"
        for uid, paid, booked in tx.rows(MONEY)
    ]
    found += [
        f"document {uid} took {off} off, its lines bear {borne}"
        for uid, off, borne in tx.rows(SHARES)
    ]
    found += [
        f"document {uid} taxes {gross} as {tax_class} at {rate} bp, its lines say {amount}"
        for uid, tax_class, rate, gross, amount in tx.rows(RATES)
    ]
    found += [
        f"document {uid} does not exist, but was paid {paid}"
        for uid, paid in tx.rows(STRAY_TENDERS)
    ]
    return found
