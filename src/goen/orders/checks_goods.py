"""What must hold between the goods of documents and the ledger: sold, kept and taken back."""

from goen.kit.checks import Check

SOLD = Check(
    """
    WITH said AS (
      SELECT uid, sku_id, sum(qty)::bigint AS qty FROM (
        SELECT o.uid, l.sku_id, l.qty
        FROM orders_order o JOIN orders_line l ON l.order_id = o.id
        WHERE o.kind = 'sale' AND NOT o.history
        UNION ALL
        SELECT s.uid, l.sku_id, CASE s.kind WHEN 'take_back' THEN -x.qty ELSE x.qty END
        FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
        JOIN orders_order o ON o.id = s.order_id
        JOIN orders_line l ON l.order_id = s.order_id AND l.line_no = x.line_no
        LEFT JOIN places_place p ON p.id = s.place_id
        WHERE s.kind IN ('ship', 'hand_over') OR s.kind = 'take_back'
          AND (NOT o.history OR s.business_date >= p.goods_from)
      ) acts GROUP BY 1, 2
    ), moved AS (
      SELECT uid, substr(unit, 7)::bigint AS sku_id, sum(qty)::bigint AS qty FROM (
        SELECT m.request AS uid, a.unit, m.qty
        FROM ledger_account a JOIN ledger_move m ON m.target_id = a.id
        WHERE a.holder = 'world:sold'
        UNION ALL
        SELECT m.request, a.unit, -m.qty
        FROM ledger_account a JOIN ledger_move m ON m.source_id = a.id
        WHERE a.holder = 'world:sold'
      ) moves GROUP BY 1, 2
    )
    SELECT coalesce(said.uid, moved.uid), coalesce(said.qty, 0),
           'goods:' || coalesce(said.sku_id, moved.sku_id), coalesce(moved.qty, 0)
    FROM said FULL JOIN moved ON moved.uid = said.uid AND moved.sku_id = said.sku_id
    WHERE said.qty IS DISTINCT FROM moved.qty LIMIT 20
    """,
    "document {} sold {} of {}, the ledger moved {}",
)
"""Till sales under their own id, goods of orders under the slip that sent or took them back."""

_KEPT = """
kept AS (
  SELECT order_id, line_no, sum(qty)::bigint AS qty FROM (
    SELECT l.order_id, l.line_no, p.qty
    FROM ledger_pending p JOIN orders_order o ON o.uid = p.request
    JOIN orders_line l ON l.order_id = o.id AND l.line_no = p.line + 1
    JOIN ledger_account a ON a.id = p.source_id AND a.unit = 'goods:' || l.sku_id
    UNION ALL
    SELECT l.order_id, l.line_no, p.qty
    FROM ledger_pending p JOIN orders_slip s ON s.uid = p.request AND s.kind = 'reroute'
    JOIN orders_slipline x ON x.slip_id = s.id AND x.n = p.line
    JOIN orders_line l ON l.order_id = s.order_id AND l.line_no = x.line_no
    JOIN ledger_account a ON a.id = p.source_id AND a.unit = 'goods:' || l.sku_id
  ) holds GROUP BY 1, 2
)
"""

KEPT = Check(
    f"""
    WITH {_KEPT}, broken AS (
      SELECT s.order_id, x.line_no, sum(x.qty)::bigint AS qty
      FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
      WHERE s.kind = 'break' GROUP BY 1, 2
    ), wanted AS (
      SELECT o.uid, l.order_id, l.line_no,
             l.qty - coalesce(st.fulfilled + st.cancelled, 0) AS qty
      FROM orders_order o JOIN orders_line l ON l.order_id = o.id
      LEFT JOIN orders_standing st ON st.order_id = o.id AND st.line_no = l.line_no
      WHERE o.kind = 'order' AND NOT o.history
    )
    SELECT w.uid, w.line_no, w.qty, coalesce(k.qty, 0), coalesce(b.qty, 0)
    FROM wanted w LEFT JOIN kept k USING (order_id, line_no)
    LEFT JOIN broken b USING (order_id, line_no)
    WHERE coalesce(k.qty, 0) > w.qty OR coalesce(k.qty, 0) < w.qty - coalesce(b.qty, 0)
    ORDER BY w.order_id, w.line_no LIMIT 20
    """,
    "order {} line {} has {} open, {} are kept and {} were broken",
)
"""Every open unit is kept for its order, but for those whose promise was broken."""

STRAY_HOLDS = Check(
    """
    SELECT p.request, p.line, p.qty, a.unit, p.origin
    FROM ledger_pending p JOIN ledger_account a ON a.id = p.source_id
    LEFT JOIN orders_order o ON o.uid = p.request AND o.kind = 'order'
    LEFT JOIN orders_line ol ON ol.order_id = o.id AND ol.line_no = p.line + 1
    LEFT JOIN orders_slip s ON s.uid = p.request AND s.kind = 'reroute'
    LEFT JOIN orders_slipline x ON x.slip_id = s.id AND x.n = p.line
    LEFT JOIN orders_line rl ON rl.order_id = s.order_id AND rl.line_no = x.line_no
    LEFT JOIN orders_order r ON r.id = s.order_id
    WHERE p.origin LIKE 'order:%%' AND a.unit LIKE 'goods:%%' AND (
      coalesce(ol.sku_id, rl.sku_id) IS NULL
      OR a.unit <> 'goods:' || coalesce(ol.sku_id, rl.sku_id)
      OR p.origin <> 'order:' || coalesce(o.uid, r.uid))
    ORDER BY p.id LIMIT 20
    """,
    "hold {}/{} of {} {} is for no line of {}",
)

BREAKS = Check(
    """
    WITH slipped AS (
      SELECT s.order_id, x.line_no, sum(x.qty)::bigint AS qty
      FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
      WHERE s.kind = 'break' GROUP BY 1, 2
    ), opened AS (
      SELECT order_id, line_no, sum(qty)::bigint AS qty FROM orders_exception
      WHERE code = 'promise_broken' AND order_id IS NOT NULL GROUP BY 1, 2
    )
    SELECT o.uid, line_no, coalesce(slipped.qty, 0), coalesce(opened.qty, 0)
    FROM slipped FULL JOIN opened USING (order_id, line_no)
    JOIN orders_order o ON o.id = order_id
    WHERE slipped.qty IS DISTINCT FROM opened.qty ORDER BY o.id, line_no LIMIT 20
    """,
    "order {} line {} lost {} by its slips, {} by its exceptions",
)

UNTOLD = Check(
    """
    SELECT c.request, c.line, c.qty, c.closed_by
    FROM ledger_closed c
    LEFT JOIN orders_slip s ON s.uid = c.closed_by
    LEFT JOIN orders_exception e ON e.request = c.closed_by AND e.code = 'promise_broken'
    LEFT JOIN orders_order o ON o.uid = c.request
    LEFT JOIN orders_slip r ON r.uid = c.request
    WHERE c.how = 'voided' AND c.closed_by IS NOT NULL AND e.id IS NULL
      AND (s.id IS NULL OR s.order_id <> coalesce(o.id, r.order_id))
      AND coalesce(o.id, r.order_id) IS NOT NULL
    ORDER BY c.pending_id LIMIT 20
    """,
    "hold {}/{} of {} was broken by {}, and nobody was told",
)
"""Goods of an order that somebody else took are an exception."""

BACK = Check(
    """
    SELECT s.uid, m.qty, a.unit, o.uid
    FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
    JOIN ledger_move m ON m.request = s.uid
    JOIN ledger_account a ON a.id = m.source_id AND a.holder = 'world:sold'
    LEFT JOIN ledger_move was ON was.id = m.reverses_id
    WHERE s.kind = 'take_back' AND NOT o.history
      AND was.origin IS DISTINCT FROM 'order:' || o.uid
    ORDER BY m.id LIMIT 20
    """,
    "return {} took back {} of {} that {} had not sold",
)

ORIGINS = Check(
    """
    SELECT s.uid, m.origin, o.uid
    FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
    JOIN ledger_move m ON m.request = s.uid
    WHERE m.origin <> 'order:' || o.uid ORDER BY m.id LIMIT 20
    """,
    "slip {} moved for {}, and is about order {}",
)

GOODS = (SOLD, KEPT, STRAY_HOLDS, BREAKS, UNTOLD, BACK, ORIGINS)
