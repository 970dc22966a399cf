"""What must hold between orders and the slips of what was done about them."""

from goen.kit.checks import Check

STANDINGS = Check(
    """
    WITH slipped AS (
      SELECT s.order_id, x.line_no,
        coalesce(sum(x.qty) FILTER (WHERE s.kind IN ('ship', 'hand_over')), 0)::bigint AS out,
        coalesce(sum(x.qty) FILTER (WHERE s.kind = 'cancel'), 0)::bigint AS cancelled,
        coalesce(sum(x.qty) FILTER (WHERE s.kind = 'take_back'), 0)::bigint AS back
      FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
      WHERE s.kind IN ('ship', 'hand_over', 'cancel', 'take_back') GROUP BY 1, 2
    ), said AS (
      SELECT o.id AS order_id, o.uid, coalesce(st.line_no, d.line_no) AS line_no, st.qty,
        st.fulfilled, st.cancelled, st.taken_back,
        CASE o.kind WHEN 'sale' THEN st.qty ELSE 0 END + coalesce(d.out, 0) AS out,
        coalesce(d.cancelled, 0) AS gone, coalesce(d.back, 0) AS back
      FROM orders_standing st FULL JOIN slipped d
        ON d.order_id = st.order_id AND d.line_no = st.line_no
      JOIN orders_order o ON o.id = coalesce(st.order_id, d.order_id)
    )
    SELECT s.uid, s.line_no, s.fulfilled, s.cancelled, s.taken_back, s.out, s.gone, s.back
    FROM said s LEFT JOIN orders_line l ON l.order_id = s.order_id AND l.line_no = s.line_no
    WHERE (s.fulfilled, s.cancelled, s.taken_back) IS DISTINCT FROM (s.out, s.gone, s.back)
      OR s.qty <> coalesce(l.qty, 1)
    ORDER BY s.order_id, s.line_no LIMIT 20
    """,
    "order {} line {} stands at {} fulfilled, {} cancelled, {} taken back;"
    " its slips say {}, {}, {}",
)

STATES = Check(
    """
    WITH units AS (
      SELECT o.id, o.uid, o.state,
        sum(l.qty - coalesce(st.fulfilled + st.cancelled, 0))::bigint AS open,
        coalesce(sum(st.fulfilled), 0)::bigint AS out
      FROM orders_order o JOIN orders_line l ON l.order_id = o.id
      LEFT JOIN orders_standing st ON st.order_id = o.id AND st.line_no = l.line_no
      WHERE o.kind = 'order' GROUP BY o.id
    )
    SELECT uid, state, open, out FROM units
    WHERE NOT CASE WHEN open = 0 AND out = 0 THEN state = 'cancelled'
                   WHEN open = 0 THEN state = 'done'
                   WHEN out = 0 THEN state IN ('placed', 'ready')
                   ELSE state IN ('part', 'ready') END
    ORDER BY id LIMIT 20
    """,
    "order {} is {}, with {} open and {} fulfilled",
)

AMOUNTS = Check(
    """
    SELECT s.uid, s.total_minor, x.amount
      + CASE o.price_tax WHEN 'excluded' THEN coalesce(t.tax, 0) ELSE 0 END
    FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
    JOIN (SELECT slip_id, sum(amount_minor)::bigint AS amount FROM orders_slipline
          GROUP BY 1) x ON x.slip_id = s.id
    LEFT JOIN (SELECT slip_id, sum(tax_minor)::bigint AS tax FROM orders_sliptax
               GROUP BY 1) t ON t.slip_id = s.id
    WHERE s.kind IN ('ship', 'hand_over', 'cancel', 'take_back') AND s.total_minor <> x.amount
      + CASE o.price_tax WHEN 'excluded' THEN coalesce(t.tax, 0) ELSE 0 END
    ORDER BY s.id LIMIT 20
    """,
    "slip {} comes to {}, its lines to {}",
)

RATES = Check(
    """
    WITH lines AS (
      SELECT x.slip_id, coalesce(l.tax_class, d.fee_tax_class) AS tax_class,
             coalesce(l.rate_bp, d.fee_rate_bp) AS rate_bp, sum(x.amount_minor)::bigint AS amount
      FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
      LEFT JOIN orders_line l ON l.order_id = s.order_id AND l.line_no = x.line_no
      LEFT JOIN orders_delivery d ON d.order_id = s.order_id AND x.line_no = 0
      WHERE s.kind IN ('ship', 'hand_over', 'cancel', 'take_back')
        AND coalesce(l.tax_class, d.fee_tax_class) IS NOT NULL
      GROUP BY 1, 2, 3
    )
    SELECT s.uid, coalesce(t.gross_minor, 0), coalesce(t.tax_class, l.tax_class),
           coalesce(t.rate_bp, l.rate_bp), coalesce(l.amount, 0)
    FROM lines l FULL JOIN orders_sliptax t
      ON t.slip_id = l.slip_id AND t.tax_class = l.tax_class AND t.rate_bp = l.rate_bp
    JOIN orders_slip s ON s.id = coalesce(t.slip_id, l.slip_id)
    JOIN orders_order o ON o.id = s.order_id
    WHERE coalesce(l.amount, 0)
      + CASE o.price_tax WHEN 'excluded' THEN coalesce(t.tax_minor, 0) ELSE 0 END
      <> coalesce(t.gross_minor, 0)
    ORDER BY s.id LIMIT 20
    """,
    "slip {} taxes {} as {} at {} bp, its lines say {}",
)

_ENDED = """
WITH acts AS (
  SELECT order_id,
    coalesce(sum(total_minor) FILTER (WHERE kind IN ('ship', 'hand_over')), 0)::bigint AS out,
    coalesce(sum(total_minor) FILTER (WHERE kind = 'cancel'), 0)::bigint AS cancelled,
    coalesce(sum(total_minor) FILTER (WHERE kind = 'take_back'), 0)::bigint AS back
  FROM orders_slip GROUP BY 1
), units AS (
  SELECT order_id, bool_and(qty = fulfilled + cancelled) AS ended,
    bool_and(fulfilled = taken_back) AND bool_or(taken_back > 0) AS returned
  FROM orders_standing GROUP BY 1
)
"""

ENDS = Check(
    _ENDED
    + """
    SELECT o.uid, o.total_minor, a.out, a.cancelled
    FROM orders_order o JOIN acts a ON a.order_id = o.id JOIN units u ON u.order_id = o.id
    WHERE o.kind = 'order' AND u.ended AND a.out + a.cancelled <> o.total_minor
    ORDER BY o.id LIMIT 20
    """,
    "order {} of {} ended with {} charged and {} given up",
)

RETURNED = Check(
    _ENDED
    + """
    SELECT o.uid, CASE o.kind WHEN 'sale' THEN o.total_minor ELSE a.out END, a.back
    FROM orders_order o JOIN acts a ON a.order_id = o.id JOIN units u ON u.order_id = o.id
    WHERE u.ended AND u.returned AND NOT EXISTS (
        SELECT FROM orders_line l WHERE l.order_id = o.id AND l.qty < 0)
      AND a.back <> CASE o.kind WHEN 'sale' THEN o.total_minor ELSE a.out END
    ORDER BY o.id LIMIT 20
    """,
    "document {} was charged {}, all of it came back for {}",
)
"""All that came back came to all that was charged, in whatever steps."""

SLIPS = (STANDINGS, STATES, AMOUNTS, RATES, ENDS, RETURNED)
