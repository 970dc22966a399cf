import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import goen.kit.fields


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_closed_source")]

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "below",
                    goen.kit.fields.Xid8Field(
                        db_default=goen.kit.fields.CurrentTransaction(), editable=False
                    ),
                ),
                ("posted", models.BigIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="ledger.account",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "below"), name="ledger_checkpoint_key"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="move",
            index=django.contrib.postgres.indexes.BrinIndex(
                fields=["recorded_at"], name="ledger_move_recorded"
            ),
        ),
    ]
