import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_hold")]

    operations = [
        migrations.AddIndex(
            model_name="move",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["business_date"], name="ledger_move_day"
            ),
        ),
    ]
