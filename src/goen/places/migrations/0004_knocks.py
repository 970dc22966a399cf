from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("places", "0003_access"),
    ]

    operations = [
        migrations.CreateModel(
            name="Knock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("mark", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["mark", "at"], name="places_knock_of_mark"),
                    models.Index(fields=["at"], name="places_knock_at"),
                ],
            },
        ),
    ]
