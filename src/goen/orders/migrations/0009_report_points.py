"""Documents that were paid with points, as facts: how much of them was."""

from django.db import migrations

CREATE = """
CREATE VIEW report_points_paid AS
SELECT o.xid, o.id AS order_id, o.business_date,
       sum(t.amount_minor) FILTER (WHERE t.kind = 'points')::bigint AS points_minor,
       sum(t.amount_minor)::bigint AS paid_minor
FROM payments_tender t JOIN orders_order o ON o.uid = t.document
GROUP BY o.xid, o.id, o.business_date
HAVING bool_or(t.kind = 'points') AND sum(t.amount_minor) > 0;
"""


class Migration(migrations.Migration):
    dependencies = (("orders", "0008_claim"), ("payments", "0003_refund"))
    operations = (migrations.RunSQL(CREATE, "DROP VIEW report_points_paid"),)
