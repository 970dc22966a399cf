"""The trail is read by who, what and verb, the newest first, also when it has millions of lines."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("kit", "0001_initial")]
    operations: ClassVar = [
        migrations.AddIndex(
            model_name="trail",
            index=models.Index(fields=[*names, "at", "id"], name=f"kit_trail_{code}"),
        )
        for code, names in (
            ("time", []),
            ("actor", ["actor"]),
            ("kind", ["kind"]),
            ("verb", ["verb"]),
        )
    ]
