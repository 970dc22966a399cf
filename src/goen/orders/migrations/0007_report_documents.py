"""Documents of sale as facts: whose, where and when; the lake says with them what came first."""

from django.db import migrations

CREATE = """
CREATE VIEW report_document AS
SELECT xid, id AS order_id, uid AS document, kind, record_id, place_id, channel_id, business_date,
       occurred_at
FROM orders_order;
"""


class Migration(migrations.Migration):
    dependencies = (("orders", "0006_coupon_uses"),)
    operations = (migrations.RunSQL(CREATE, "DROP VIEW report_document"),)
