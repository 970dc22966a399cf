"""What the first column of another index finds already needs none of its own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0008_identity'),
        ('places', '0003_access'),
    ]

    operations = [
        migrations.AlterField(
            model_name='detail',
            name='record',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.record'),
        ),
        migrations.AlterField(
            model_name='record',
            name='entity',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.entity'),
        ),
        migrations.AlterField(
            model_name='record',
            name='source',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.source'),
        ),
        migrations.AlterField(
            model_name='searchkey',
            name='record',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.record'),
        ),
    ]
