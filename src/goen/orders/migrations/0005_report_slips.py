"""Sale lines as facts: tills at once, orders when their goods leave, less what came back.

What came back counts against the place and channel that sold it, on the day it came back.
"""

from django.db import migrations

ROUNDING = """
UPDATE orders_order o SET rounding = e.rounding
FROM places_place p JOIN places_entity e ON e.id = p.entity_id
WHERE p.id = o.place_id AND e.rounding <> 'floor';
"""

CREATE = """
CREATE OR REPLACE VIEW report_sale_line AS
SELECT o.xid, o.id AS order_id, l.line_no, o.record_id, l.sku_id, o.place_id, o.channel_id,
       o.business_date, o.occurred_at, o.currency, l.qty, l.amount_minor, l.net, l.cost
FROM orders_order o JOIN orders_line l ON l.order_id = o.id
WHERE o.kind = 'sale'
UNION ALL
SELECT s.xid, o.id, l.line_no, o.record_id, l.sku_id, o.place_id, o.channel_id,
       s.business_date, s.occurred_at, o.currency,
       CASE s.kind WHEN 'take_back' THEN -x.qty ELSE x.qty END,
       CASE s.kind WHEN 'take_back' THEN -x.amount_minor ELSE x.amount_minor END,
       (CASE s.kind WHEN 'take_back' THEN -x.net ELSE x.net END)::numeric(18, 4),
       (CASE s.kind WHEN 'take_back' THEN -x.cost ELSE x.cost END)::numeric(18, 4)
FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
JOIN orders_order o ON o.id = s.order_id
JOIN orders_line l ON l.order_id = o.id AND l.line_no = x.line_no
WHERE s.kind IN ('ship', 'hand_over', 'take_back');
"""

BEFORE = """
CREATE OR REPLACE VIEW report_sale_line AS
SELECT o.xid, o.id AS order_id, l.line_no, o.record_id, l.sku_id, o.place_id, o.channel_id,
       o.business_date, o.occurred_at, o.currency, l.qty, l.amount_minor, l.net, l.cost
FROM orders_order o JOIN orders_line l ON l.order_id = o.id;
"""


class Migration(migrations.Migration):
    dependencies = (("orders", "0004_slips"),)
    operations = (
        migrations.RunSQL(ROUNDING, migrations.RunSQL.noop),
        migrations.RunSQL(CREATE, BEFORE),
    )
