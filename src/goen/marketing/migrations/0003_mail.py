"""Mail is tried again, sent at a pace, and checked for everybody beforehand."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("marketing", "0002_measures"),)
    operations = (
        migrations.AddField("delivery", "next_try_at", models.DateTimeField(null=True)),
        migrations.AddField("delivery", "tries", models.SmallIntegerField(default=0)),
        migrations.AddField("run", "next_block_at", models.DateTimeField(null=True)),
        migrations.CreateModel(
            name="MailCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("audience", models.TextField()),
                ("conditions", models.JSONField()),
                ("asked_at", models.DateTimeField()),
                ("total", models.IntegerField(null=True)),
                ("done", models.IntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                ("found", models.JSONField(default=dict)),
                (
                    "message",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketing.message",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(finished_at=None),
                        fields=["asked_at"],
                        name="marketing_mailcheck_due",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message", "audience"), name="marketing_mailcheck_once"
                    )
                ],
            },
        ),
    )
