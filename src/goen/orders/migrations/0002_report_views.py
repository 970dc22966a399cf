"""The views other packages read: sale lines as facts, without personal data."""

from django.db import migrations

CREATE = """
CREATE VIEW report_sale_line AS
SELECT o.xid, o.id AS order_id, l.line_no, o.record_id, l.sku_id, o.place_id, o.channel_id,
       o.business_date, o.occurred_at, o.currency, l.qty, l.amount_minor, l.net, l.cost
FROM orders_order o JOIN orders_line l ON l.order_id = o.id;
"""


class Migration(migrations.Migration):
    dependencies = (("orders", "0001_initial"),)
    operations = (migrations.RunSQL(CREATE, "DROP VIEW report_sale_line"),)
