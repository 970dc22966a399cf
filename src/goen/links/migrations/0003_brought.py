import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0001_initial'),
        ('customers', '0001_initial'),
        ('links', '0002_webhooks'),
        ('places', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='BroughtCoupon',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.UUIDField(db_index=True)),
                ('number', models.TextField()),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.source')),
            ],
        ),
        migrations.CreateModel(
            name='BroughtCouponItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_no', models.BigIntegerField()),
                ('product', models.TextField()),
                ('coupon', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='links.broughtcoupon')),
                ('sku', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='catalogue.sku')),
            ],
        ),
        migrations.CreateModel(
            name='BroughtRedemption',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('document', models.UUIDField(null=True)),
                ('tie', models.TextField()),
                ('coupon', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='links.broughtcoupon')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.record')),
            ],
        ),
        migrations.CreateModel(
            name='BroughtTrait',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.TextField()),
                ('value', models.TextField()),
                ('record', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.record')),
            ],
        ),
        migrations.CreateModel(
            name='Reconciled',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.IntegerField()),
                ('subject', models.TextField()),
                ('of_source', models.BigIntegerField()),
                ('ours', models.BigIntegerField()),
                ('apart', models.JSONField(default=list)),
                ('counted_at', models.DateTimeField()),
                ('load', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='links.load')),
            ],
        ),
        migrations.AddConstraint(
            model_name='broughtcoupon',
            constraint=models.UniqueConstraint(fields=('source', 'measure', 'number'), name='links_broughtcoupon_once'),
        ),
        migrations.AddConstraint(
            model_name='broughtcouponitem',
            constraint=models.UniqueConstraint(fields=('coupon', 'row_no'), name='links_broughtcouponitem_once'),
        ),
        migrations.AddConstraint(
            model_name='broughtredemption',
            constraint=models.UniqueConstraint(fields=('coupon', 'record', 'day'), name='links_broughtredemption_once'),
        ),
        migrations.AddConstraint(
            model_name='broughtredemption',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('tie', 'none'), ('document__isnull', True)), models.Q(models.Q(('tie', 'none'), _negated=True), ('document__isnull', False)), _connector='OR'), name='links_broughtredemption_tie'),
        ),
        migrations.AddIndex(
            model_name='broughttrait',
            index=models.Index(fields=['name', 'value'], name='links_broughttrait_value'),
        ),
        migrations.AddConstraint(
            model_name='broughttrait',
            constraint=models.UniqueConstraint(fields=('record', 'name'), name='links_broughttrait_once'),
        ),
        migrations.AddConstraint(
            model_name='reconciled',
            constraint=models.UniqueConstraint(fields=('load', 'n'), name='links_reconciled_once'),
        ),
    ]
