"""A hold remembers what was held at first, so that its parts can be proved to come to it.

No hold was ever written before this, so the default of the new column fills nothing.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = (("ledger", "0002_holds"),)
    operations = (
        migrations.RemoveConstraint("pending", "ledger_pending_positive"),
        migrations.AddField(
            "closed", "held", models.BigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            "pending", "held", models.BigIntegerField(default=0), preserve_default=False
        ),
        # Holds of an account are read with the day they end: one index serves both.
        migrations.AlterField(
            "pending",
            "source",
            models.ForeignKey(
                "ledger.account",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                db_index=False,
            ),
        ),
        migrations.AddIndex(
            "pending", models.Index(fields=["source", "expires_at"], name="ledger_pending_source")
        ),
        migrations.AddConstraint(
            "closed",
            models.CheckConstraint(
                condition=Q(qty__gt=0, qty__lte=F("held")), name="ledger_closed_positive"
            ),
        ),
        migrations.AddConstraint(
            "closed",
            models.CheckConstraint(
                condition=Q(how="posted", move__isnull=False)
                | (~Q(how="posted") & Q(move__isnull=True)),
                name="ledger_closed_move",
            ),
        ),
        migrations.AddConstraint(
            "pending",
            models.CheckConstraint(
                condition=Q(qty__gt=0, qty__lte=F("held")), name="ledger_pending_positive"
            ),
        ),
    )
