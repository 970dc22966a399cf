"""Holds know their business day; what ended them is found by the hold and by the request.

No hold was ever written before this, so the defaults of the new columns fill nothing.
"""

import datetime
import uuid

from django.db import migrations, models

NOBODY = uuid.UUID(int=0)


class Migration(migrations.Migration):
    dependencies = (("ledger", "0001_initial"),)
    operations = (
        # How much of a move was taken back is bounded by `ledger_reversed`; two requests may
        # each take back a part of the same move at the same line of theirs.
        migrations.RemoveConstraint("move", "ledger_move_reversal"),
        migrations.AddField(
            "pending",
            "business_date",
            models.DateField(default=datetime.date(2000, 1, 1)),
            preserve_default=False,
        ),
        migrations.AddField(
            "closed", "request", models.UUIDField(default=NOBODY), preserve_default=False
        ),
        migrations.AddField(
            "closed", "line", models.IntegerField(default=0), preserve_default=False
        ),
        migrations.AddField(
            "closed", "qty", models.BigIntegerField(default=0), preserve_default=False
        ),
        migrations.AddField("closed", "closed_by", models.UUIDField(null=True, db_index=True)),
        migrations.AddIndex(
            "closed", models.Index(fields=["request", "line"], name="ledger_closed_hold")
        ),
    )
