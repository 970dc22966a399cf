"""How a hold ended says where it was held."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("ledger", "0003_held"),)
    operations = (
        migrations.AddField(
            "closed",
            "source",
            models.ForeignKey(
                "ledger.account",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                db_index=False,
            ),
        ),
    )
