"""What loses to what, what goes with what, and what could be proposed to whom."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0003_people_sets"),
    ]

    operations = [
        migrations.CreateModel(
            name="SkuInterest",
            fields=[
                ("sku_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("lookers", models.BigIntegerField()),
                ("buyers", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person_id", models.BigIntegerField()),
                ("place", models.SmallIntegerField()),
                ("kind", models.TextField()),
                ("sku_id", models.BigIntegerField()),
                ("chance", models.FloatField()),
                ("value_minor", models.BigIntegerField()),
                ("usual_days", models.FloatField(null=True)),
                ("days_away", models.IntegerField(null=True)),
                ("times", models.IntegerField(null=True)),
                ("beside_sku", models.BigIntegerField(null=True)),
                ("lift", models.FloatField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person_id", "place"), name="insight_candidate_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Comparison",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("lost_sku", models.BigIntegerField()),
                ("won_sku", models.BigIntegerField()),
                ("purchases", models.BigIntegerField()),
                ("people", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(fields=["won_sku"], name="insight_comparison_won")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("lost_sku", "won_sku"), name="insight_comparison_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GoesWith",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("sku_id", models.BigIntegerField()),
                ("beside_sku", models.BigIntegerField()),
                ("documents", models.BigIntegerField()),
                ("people", models.BigIntegerField()),
                ("confidence", models.FloatField()),
                ("lift", models.FloatField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sku_id", "beside_sku"), name="insight_goeswith_once"
                    )
                ],
            },
        ),
    ]
