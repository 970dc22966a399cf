"""Finding people by the beginning of a key wants an index that knows prefixes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = (("customers", "0002_report_views"),)
    operations = (
        migrations.RunSQL(
            "CREATE INDEX customers_search_prefix ON customers_searchkey"
            " (kind, key text_pattern_ops)",
            "DROP INDEX customers_search_prefix",
        ),
    )
