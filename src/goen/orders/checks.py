"""What must hold between documents, goods and money, as queries that name what is broken.

Every check is one set-based statement over the whole shop and one sentence per row it finds.
"""

from goen.kit.checks import Check, sentences
from goen.kit.db import Tx
from goen.orders.checks_goods import GOODS
from goen.orders.checks_money import MONEY
from goen.orders.checks_slips import SLIPS

TOTALS = Check(
    """
    SELECT o.uid, o.total_minor, coalesce(sum(t.amount_minor), 0)::bigint AS paid
    FROM orders_order o JOIN places_place p ON p.id = o.place_id
    LEFT JOIN payments_tender t ON t.document = o.uid
    WHERE p.payments_from IS NOT NULL AND o.business_date >= p.payments_from
    GROUP BY o.id HAVING o.total_minor <> coalesce(sum(t.amount_minor), 0)
    ORDER BY o.id LIMIT 20
    """,
    "document {} comes to {}, its tenders to {}",
)

AMOUNTS = Check(
    """
    SELECT o.uid, o.total_minor, coalesce(l.amount, 0) + coalesce(d.fee_minor, 0)
      + CASE o.price_tax WHEN 'excluded' THEN coalesce(x.tax, 0) ELSE 0 END AS from_lines
    FROM orders_order o
    LEFT JOIN (SELECT order_id, sum(amount_minor)::bigint AS amount FROM orders_line
               GROUP BY order_id) l ON l.order_id = o.id
    LEFT JOIN (SELECT order_id, sum(tax_minor)::bigint AS tax FROM orders_tax
               GROUP BY order_id) x ON x.order_id = o.id
    LEFT JOIN orders_delivery d ON d.order_id = o.id
    WHERE o.total_minor IS DISTINCT FROM coalesce(l.amount, 0) + coalesce(d.fee_minor, 0)
      + CASE o.price_tax WHEN 'excluded' THEN coalesce(x.tax, 0) ELSE 0 END
    ORDER BY o.id LIMIT 20
    """,
    "document {} says {}, its lines say {}",
)

SHARES = Check(
    """
    SELECT o.uid, o.discount_minor, coalesce(sum(l.share_minor), 0)::bigint AS borne
    FROM orders_order o LEFT JOIN orders_line l ON l.order_id = o.id
    GROUP BY o.id HAVING o.discount_minor <> coalesce(sum(l.share_minor), 0)
    ORDER BY o.id LIMIT 20
    """,
    "document {} took {} off, its lines bear {}",
)

RATES = Check(
    """
    WITH sold AS (
      SELECT order_id, tax_class, rate_bp, sum(amount_minor)::bigint AS amount FROM orders_line
      WHERE tax_class IS NOT NULL GROUP BY 1, 2, 3
    ), fees AS (
      SELECT order_id, fee_tax_class AS tax_class, fee_rate_bp AS rate_bp, fee_minor AS fee
      FROM orders_delivery WHERE fee_tax_class IS NOT NULL
    ), lines AS (
      SELECT order_id, tax_class, rate_bp, coalesce(amount, 0) + coalesce(fee, 0) AS amount
      FROM sold FULL JOIN fees USING (order_id, tax_class, rate_bp)
    )
    SELECT o.uid, coalesce(x.gross_minor, 0), coalesce(x.tax_class, l.tax_class),
           coalesce(x.rate_bp, l.rate_bp), coalesce(l.amount, 0)
    FROM lines l FULL JOIN orders_tax x
      ON x.order_id = l.order_id AND x.tax_class = l.tax_class AND x.rate_bp = l.rate_bp
    JOIN orders_order o ON o.id = coalesce(x.order_id, l.order_id)
    WHERE l.amount + CASE o.price_tax WHEN 'excluded' THEN x.tax_minor ELSE 0 END
      IS DISTINCT FROM x.gross_minor
    ORDER BY o.id LIMIT 20
    """,
    "document {} taxes {} as {} at {} bp, its lines say {}",
)

STRAY_TENDERS = Check(
    """
    SELECT t.document, sum(t.amount_minor)::bigint FROM payments_tender t
    LEFT JOIN orders_order o ON o.uid = t.document WHERE o.id IS NULL GROUP BY 1 LIMIT 20
    """,
    "document {} does not exist, but was paid {}",
)

WITHOUT_WAY = Check(
    """
    SELECT o.uid FROM orders_order o LEFT JOIN orders_delivery d ON d.order_id = o.id
    WHERE (o.kind = 'order') <> (d.order_id IS NOT NULL) ORDER BY o.id LIMIT 20
    """,
    "document {} is an order without a delivery, or a sale with one",
)

CLAIM_OWNERS = Check(
    """
    SELECT o.uid, c.record_id, o.record_id FROM orders_claim c
    JOIN orders_order o ON o.id = c.order_id
    WHERE o.record_id IS DISTINCT FROM c.record_id ORDER BY c.id LIMIT 20
    """,
    "document {} was claimed by record {} and is record {}'s",
)

CLAIM_POINTS = Check(
    """
    SELECT o.uid, c.points, l.qty + e.qty FROM orders_claim c
    JOIN orders_order o ON o.id = c.order_id
    CROSS JOIN LATERAL (SELECT coalesce(sum(qty), 0)::bigint AS qty FROM points_lot
                        WHERE earned_by = c.uid AND request = c.uid AND kind = 'earned') l
    CROSS JOIN LATERAL (SELECT coalesce(sum(qty), 0)::bigint AS qty FROM points_earning
                        WHERE request = c.uid) e
    WHERE c.points <> l.qty + e.qty ORDER BY c.id LIMIT 20
    """,
    "the claim of document {} says it earned {} points, its lots {}",
)

DOCUMENTS = (TOTALS, AMOUNTS, SHARES, RATES, STRAY_TENDERS, WITHOUT_WAY, CLAIM_OWNERS, CLAIM_POINTS)


def broken(tx: Tx) -> list[str]:
    """Sentences naming each document whose sides do not agree; empty when all is well."""
    return sentences(tx, (*DOCUMENTS, *SLIPS, *GOODS, *MONEY))
