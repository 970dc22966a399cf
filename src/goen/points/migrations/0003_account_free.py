"""An account says what its lots have free, so that lists are ordered by an index."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

_FILL = """
UPDATE points_account a SET free = l.free
FROM (SELECT account_id, sum(free) AS free FROM points_lot WHERE free > 0 GROUP BY 1) l
WHERE l.account_id = a.id
"""


class Migration(migrations.Migration):
    dependencies = (("points", "0002_loans"),)

    operations = (
        migrations.AddField("account", "free", models.BigIntegerField(default=0)),
        migrations.RunSQL(_FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "account", models.CheckConstraint(condition=Q(free__gte=0), name="points_account_free")
        ),
        migrations.AlterField(
            "account",
            "programme",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="points.programme",
            ),
        ),
        migrations.AddIndex(
            "account",
            models.Index(fields=["programme", "-free", "id"], name="points_account_most"),
        ),
        migrations.AddIndex(
            "account",
            models.Index(
                condition=Q(owed__gt=0), fields=["programme", "id"], name="points_account_owing"
            ),
        ),
        migrations.RemoveIndex("lot", "points_lot_due"),
        migrations.AddIndex(
            "lot",
            models.Index(
                condition=Q(free__gt=0),
                fields=["expires_on"],
                include=("account", "free"),
                name="points_lot_ends",
            ),
        ),
    )
