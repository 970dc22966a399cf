from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("links", "0003_brought"),
    ]

    operations = [
        migrations.AddField("load", "emptied_at", models.DateTimeField(null=True)),
        migrations.AddField("parkedrow", "emptied_at", models.DateTimeField(null=True)),
        migrations.AddField(
            "parkedrow", "emptied_why", models.TextField(default="", db_default="")
        ),
    ]
