"""The views say when goods and margins changed, so that the lake rewrites them only then."""

from django.db import migrations

SKU = """
CREATE OR REPLACE VIEW report_sku AS
SELECT s.id AS sku_id, s.product_id, p.category_id,
       coalesce(own.rate, whole.rate) AS assumed_margin, p.xid
FROM catalogue_sku s
JOIN catalogue_product p ON p.id = s.product_id
LEFT JOIN catalogue_margin own ON own.category_id = p.category_id
LEFT JOIN catalogue_margin whole ON whole.category_id IS NULL;
"""
MARGIN = "CREATE VIEW report_margin AS SELECT category_id, rate, changed_at FROM catalogue_margin"


class Migration(migrations.Migration):
    dependencies = (("catalogue", "0003_mark_changes"),)
    operations = (
        migrations.RunSQL(SKU, migrations.RunSQL.noop),
        migrations.RunSQL(MARGIN, "DROP VIEW report_margin"),
    )
