"""The view other packages read: SKUs with their category and assumed margin."""

from django.db import migrations

CREATE = """
CREATE VIEW report_sku AS
SELECT s.id AS sku_id, s.product_id, p.category_id,
       coalesce(own.rate, whole.rate) AS assumed_margin
FROM catalogue_sku s
JOIN catalogue_product p ON p.id = s.product_id
LEFT JOIN catalogue_margin own ON own.category_id = p.category_id
LEFT JOIN catalogue_margin whole ON whole.category_id IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = (("catalogue", "0001_initial"),)
    operations = (migrations.RunSQL(CREATE, "DROP VIEW report_sku"),)
