"""What must hold between the money of documents and the ledger: charged, kept and given back.

Money of a document is in the ledger from its place's cut-over day on.
"""

from goen.kit.checks import Check

_PAID = "p.payments_from IS NOT NULL AND o.business_date >= p.payments_from"

CHARGED = Check(
    f"""
    WITH said AS (
      SELECT o.uid, sum(t.amount_minor)::bigint AS amount
      FROM payments_tender t JOIN orders_order o ON o.uid = t.document
      JOIN places_place p ON p.id = o.place_id
      WHERE o.kind = 'sale' AND t.amount_minor > 0 AND {_PAID} GROUP BY 1
      UNION ALL
      SELECT s.uid, s.total_minor
      FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
      JOIN places_place p ON p.id = o.place_id
      WHERE s.kind IN ('ship', 'hand_over') AND s.total_minor <> 0 AND {_PAID}
    ), booked AS (
      SELECT request AS uid, sum(qty)::bigint AS amount FROM ledger_move
      WHERE reason = 'tender' GROUP BY 1
    )
    SELECT coalesce(said.uid, booked.uid), coalesce(said.amount, 0), coalesce(booked.amount, 0)
    FROM said FULL JOIN booked USING (uid)
    WHERE said.amount IS DISTINCT FROM booked.amount ORDER BY 1 LIMIT 20
    """,
    "document {} was paid {}, the ledger booked {}",
)
"""Till sales under their own id, orders under the slip by which goods left."""

KEPT = Check(
    f"""
    WITH acts AS (
      SELECT order_id, sum(total_minor)::bigint AS done FROM orders_slip
      WHERE kind IN ('ship', 'hand_over', 'cancel') GROUP BY 1
    ), held AS (
      SELECT request AS uid, sum(qty)::bigint AS amount FROM ledger_pending
      WHERE reason = 'tender' GROUP BY 1
    ), said AS (
      SELECT o.uid, o.total_minor - coalesce(a.done, 0) AS amount
      FROM orders_order o JOIN places_place p ON p.id = o.place_id
      LEFT JOIN acts a ON a.order_id = o.id
      WHERE o.kind = 'order' AND {_PAID} AND o.total_minor <> coalesce(a.done, 0)
    )
    SELECT coalesce(said.uid, held.uid), coalesce(said.amount, 0), coalesce(held.amount, 0)
    FROM said FULL JOIN held USING (uid)
    WHERE said.amount IS DISTINCT FROM held.amount ORDER BY 1 LIMIT 20
    """,
    "order {} has {} still to charge, the ledger keeps {}",
)

GIVEN_BACK = Check(
    f"""
    WITH rows AS (
      SELECT slip AS uid, sum(amount_minor)::bigint AS amount FROM payments_refund GROUP BY 1
    ), moved AS (
      SELECT request AS uid, sum(qty)::bigint AS amount FROM ledger_move
      WHERE reason = 'refund' GROUP BY 1
    ), said AS (
      SELECT s.uid, s.total_minor, {_PAID} AS paid
      FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
      JOIN places_place p ON p.id = o.place_id WHERE s.kind = 'take_back'
    )
    SELECT uid, coalesce(said.total_minor, 0), coalesce(rows.amount, 0), coalesce(moved.amount, 0)
    FROM said FULL JOIN rows USING (uid) FULL JOIN moved USING (uid)
    WHERE coalesce(rows.amount, 0) > coalesce(said.total_minor, 0)
      OR coalesce(moved.amount, 0) <> coalesce(rows.amount, 0)
        AND (said.paid IS NOT FALSE OR moved.amount IS NOT NULL)
      OR coalesce(rows.amount, 0) < said.total_minor
        AND NOT EXISTS (SELECT FROM points_programme WHERE owed_policy = 'deduct')
    ORDER BY 1 LIMIT 20
    """,
    "return {} comes to {}, {} went back by its tenders, the ledger moved {}",
)
"""What goes back is what the return comes to; less only where points that are gone are deducted."""

OVER_TENDER = Check(
    """
    WITH back AS (
      SELECT document, tender, sum(amount_minor)::bigint AS amount FROM payments_refund
      GROUP BY 1, 2
    )
    SELECT b.document, b.tender, b.amount, coalesce(t.amount_minor, 0)
    FROM back b LEFT JOIN payments_tender t ON t.document = b.document AND t.line = b.tender
    WHERE b.amount > t.amount_minor ORDER BY 1, 2 LIMIT 20
    """,
    "document {} gave back by tender {} {} of the {} it was paid",
)

COUPONS = Check(
    """
    WITH used AS (
      SELECT origin, sum(qty)::bigint AS qty FROM (
        SELECT m.origin, m.qty FROM ledger_account a JOIN ledger_move m ON m.target_id = a.id
        WHERE a.holder = 'world:used'
        UNION ALL
        SELECT m.origin, -m.qty FROM ledger_account a JOIN ledger_move m ON m.source_id = a.id
        WHERE a.holder = 'world:used'
        UNION ALL
        SELECT p.origin, p.qty FROM ledger_account a JOIN ledger_pending p ON p.target_id = a.id
        WHERE a.holder = 'world:used'
      ) uses GROUP BY 1
    ), back AS (
      SELECT order_id FROM orders_standing WHERE line_no > 0 GROUP BY 1
      HAVING bool_and(fulfilled = taken_back AND qty = fulfilled + cancelled)
    ), said AS (
      SELECT 'order:' || o.uid AS origin,
             CASE WHEN b.order_id IS NULL THEN count(*) ELSE 0 END::bigint AS qty
      FROM orders_couponuse c JOIN orders_order o ON o.id = c.order_id
      LEFT JOIN back b ON b.order_id = o.id GROUP BY o.id, b.order_id
    )
    SELECT coalesce(said.origin, used.origin), coalesce(said.qty, 0), coalesce(used.qty, 0)
    FROM said FULL JOIN used USING (origin)
    WHERE coalesce(said.qty, 0) <> coalesce(used.qty, 0) ORDER BY 1 LIMIT 20
    """,
    "{} uses {} coupons, the ledger says {}",
)
"""A coupon of a document is kept or used until all of it is given up or back."""

COUPONS_OFF = Check(
    """
    SELECT o.uid, sum(c.amount_minor)::bigint, o.discount_minor
    FROM orders_couponuse c JOIN orders_order o ON o.id = c.order_id
    GROUP BY o.id HAVING sum(c.amount_minor) > o.discount_minor ORDER BY o.id LIMIT 20
    """,
    "document {} has {} off by coupons, {} off in all",
)

MONEY = (CHARGED, KEPT, GIVEN_BACK, OVER_TENDER, COUPONS, COUPONS_OFF)
