"""People found in the lake, a condition at a time: ids in one array, stored as they are."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("insight", "0002_forecasts"),)
    operations = (
        migrations.CreateModel(
            name="PeopleSet",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("ask", models.JSONField()),
                (
                    "people",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), null=True, size=None
                    ),
                ),
                ("first_on", models.DateField(null=True)),
                ("last_on", models.DateField(null=True)),
                ("as_of", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(
            "ALTER TABLE insight_peopleset ALTER COLUMN people SET STORAGE EXTERNAL",
            migrations.RunSQL.noop,
        ),
    )
