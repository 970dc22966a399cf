"""Routines: what is done every week or month, its rule in versions, and the tasks it makes.

A version stays as it was written and a task keeps its days and its owner: the database refuses
what the verbs never do.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

BACKSTOP = """
CREATE FUNCTION marketing_routinetask_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND ROW(
    OLD.uid, OLD.routine_id, OLD.rule_id, OLD.period_on, OLD.asked_on, OLD.due_on, OLD.ends_on,
    OLD.staff_id, OLD.role, OLD.place_id, OLD.made_at
  ) IS NOT DISTINCT FROM ROW(
    NEW.uid, NEW.routine_id, NEW.rule_id, NEW.period_on, NEW.asked_on, NEW.due_on, NEW.ends_on,
    NEW.staff_id, NEW.role, NEW.place_id, NEW.made_at
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a task of a routine stays what it was made as'
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER marketing_routinetask_stays BEFORE UPDATE OR DELETE ON marketing_routinetask
  FOR EACH ROW EXECUTE FUNCTION marketing_routinetask_stays();
CREATE TRIGGER marketing_routinerule_never BEFORE UPDATE OR DELETE ON marketing_routinerule
  FOR EACH ROW EXECUTE FUNCTION marketing_never();
"""
WITHOUT = """
DROP TRIGGER marketing_routinerule_never ON marketing_routinerule;
DROP TRIGGER marketing_routinetask_stays ON marketing_routinetask;
DROP FUNCTION marketing_routinetask_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('marketing', '0005_scenarios'),
        ('places', '0003_access'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Routine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(unique=True)),
                ('created_at', models.DateTimeField()),
                ('actor', models.TextField()),
                ('next_period_on', models.DateField()),
                ('next_asked_on', models.DateField()),
                ('paused_at', models.DateTimeField(null=True)),
                ('paused_why', models.TextField(default='')),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('ended_at', None), ('paused_at', None)), fields=['next_asked_on'], name='marketing_routine_next')],
            },
        ),
        migrations.CreateModel(
            name='RoutineRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('n', models.IntegerField()),
                ('from_on', models.DateField()),
                ('title', models.TextField()),
                ('text', models.TextField(default='')),
                ('every', models.TextField()),
                ('weekday', models.SmallIntegerField(default=0)),
                ('month_day', models.SmallIntegerField(default=1)),
                ('moves', models.BooleanField(default=False)),
                ('days', models.SmallIntegerField()),
                ('owner', models.TextField()),
                ('role', models.TextField(default='')),
                ('page', models.TextField(default='')),
                ('template', models.TextField(default='')),
                ('written_at', models.DateTimeField()),
                ('actor', models.TextField()),
                ('place', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place')),
                ('routine', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketing.routine')),
                ('staff', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RoutineTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.UUIDField(unique=True)),
                ('period_on', models.DateField()),
                ('asked_on', models.DateField()),
                ('due_on', models.DateField()),
                ('ends_on', models.DateField()),
                ('role', models.TextField(default='')),
                ('made_at', models.DateTimeField()),
                ('closed_as', models.TextField(default='')),
                ('closed_at', models.DateTimeField(null=True)),
                ('closed_on', models.DateField(null=True)),
                ('closed_by', models.TextField(default='')),
                ('note', models.TextField(default='')),
                ('figure', models.BigIntegerField(null=True)),
                ('place', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='places.place')),
                ('routine', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketing.routine')),
                ('rule', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='marketing.routinerule')),
                ('staff', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='routinerule',
            constraint=models.UniqueConstraint(fields=('routine', 'n'), name='marketing_routinerule_n'),
        ),
        migrations.AddConstraint(
            model_name='routinerule',
            constraint=models.CheckConstraint(condition=models.Q(('days__range', (0, 27)), ('every__in', ['week', 'month']), ('month_day__range', (1, 31)), ('weekday__range', (0, 6))), name='marketing_routinerule_rhythm'),
        ),
        migrations.AddConstraint(
            model_name='routinerule',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('owner', 'staff'), ('place', None), ('role', ''), ('staff__isnull', False)), models.Q(('owner__in', ('role', 'places')), ('staff', None), models.Q(('role', ''), _negated=True)), _connector='OR'), name='marketing_routinerule_owner'),
        ),
        migrations.AddIndex(
            model_name='routinetask',
            index=models.Index(condition=models.Q(('closed_as', '')), fields=['due_on', 'id'], name='marketing_routinetask_open'),
        ),
        migrations.AddConstraint(
            model_name='routinetask',
            constraint=models.UniqueConstraint(fields=('routine', 'period_on', 'staff', 'role', 'place'), name='marketing_routinetask_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='routinetask',
            constraint=models.CheckConstraint(condition=models.Q(('asked_on__lte', models.F('due_on')), ('due_on__lte', models.F('ends_on'))), name='marketing_routinetask_days'),
        ),
        migrations.AddConstraint(
            model_name='routinetask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_as', ''), ('closed_at', None), ('closed_by', ''), ('closed_on', None), ('figure', None)), models.Q(('closed_as__in', ['done', 'excused']), ('closed_at__isnull', False), ('closed_on__isnull', False), models.Q(('closed_by', ''), _negated=True)), _connector='OR'), name='marketing_routinetask_closed'),
        ),
        migrations.AddConstraint(
            model_name='routinetask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_as', 'excused'), _negated=True), models.Q(('note', ''), _negated=True), _connector='OR'), name='marketing_routinetask_excused'),
        ),
        migrations.RunSQL(BACKSTOP, WITHOUT),
    ]
