"""Scenarios: flows of steps, everybody's way through them, and what staff are asked to do.

What has begun stays as it was: the database refuses what the verbs never do.
"""

import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models

BACKSTOP = """
CREATE FUNCTION marketing_scenario_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.begun_at IS NULL OR ROW(
    OLD.measure_id, OLD.trigger, OLD.days, OLD.exit_when, OLD.exits, OLD.priority,
    OLD.reentry_days, OLD.patience_days, OLD.from_hour, OLD.until_hour, OLD.control_share,
    OLD.holdout_share, OLD.begun_at
  ) IS NOT DISTINCT FROM ROW(
    NEW.measure_id, NEW.trigger, NEW.days, NEW.exit_when, NEW.exits, NEW.priority,
    NEW.reentry_days, NEW.patience_days, NEW.from_hour, NEW.until_hour, NEW.control_share,
    NEW.holdout_share, NEW.begun_at
  )) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a scenario that has begun stays as it was'
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION marketing_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  of bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.scenario_id ELSE NEW.scenario_id END;
BEGIN
  IF (SELECT begun_at IS NULL FROM marketing_scenario WHERE id = of) THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'the steps of a scenario that has begun stay as they were'
    USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION marketing_journey_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a journey that is over stays as it was' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER marketing_scenario_stays BEFORE UPDATE OR DELETE ON marketing_scenario
  FOR EACH ROW EXECUTE FUNCTION marketing_scenario_stays();
CREATE TRIGGER marketing_step_stays BEFORE INSERT OR UPDATE OR DELETE ON marketing_step
  FOR EACH ROW EXECUTE FUNCTION marketing_step_stays();
CREATE TRIGGER marketing_journey_stays BEFORE UPDATE OR DELETE ON marketing_journey
  FOR EACH ROW EXECUTE FUNCTION marketing_journey_stays();
CREATE TRIGGER marketing_stepdone_never BEFORE UPDATE OR DELETE ON marketing_stepdone
  FOR EACH ROW EXECUTE FUNCTION marketing_never();
"""
WITHOUT = """
DROP TRIGGER marketing_stepdone_never ON marketing_stepdone;
DROP TRIGGER marketing_journey_stays ON marketing_journey;
DROP TRIGGER marketing_step_stays ON marketing_step;
DROP TRIGGER marketing_scenario_stays ON marketing_scenario;
DROP FUNCTION marketing_journey_stays();
DROP FUNCTION marketing_step_stays();
DROP FUNCTION marketing_scenario_stays();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("customers", "0002_report_views"),
        ("marketing", "0004_frozen_lists"),
    ]

    operations = [
        migrations.CreateModel(
            name="Journey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("person_id", models.BigIntegerField()),
                ("arm", models.TextField()),
                ("state", models.TextField()),
                ("entered_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("waiting_for", models.TextField(default="")),
                ("waiting_since", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("cause", models.TextField(default="")),
            ],
        ),
        migrations.CreateModel(
            name="Scenario",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("trigger", models.TextField()),
                ("days", models.IntegerField(default=7)),
                ("exit_when", models.TextField(default="bought")),
                ("exits", models.JSONField(default=dict)),
                ("priority", models.IntegerField(default=50)),
                ("reentry_days", models.IntegerField(null=True)),
                ("patience_days", models.IntegerField(default=14)),
                ("from_hour", models.IntegerField(default=9)),
                ("until_hour", models.IntegerField(default=20)),
                ("control_share", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("holdout_share", models.DecimalField(decimal_places=4, max_digits=5, null=True)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("paused_at", models.DateTimeField(null=True)),
                ("paused_why", models.TextField(default="")),
                ("looked_at", models.DateTimeField(null=True)),
                ("seen_as_of", models.DateTimeField(null=True)),
                ("next_mail_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(unique=True)),
                ("n", models.IntegerField()),
                ("kind", models.TextField()),
                ("says", models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name="StepDone",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("outcome", models.TextField()),
                ("cause", models.TextField(default="")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uid", models.UUIDField(unique=True)),
                ("title", models.TextField()),
                ("text", models.TextField(default="")),
                ("place_id", models.BigIntegerField(null=True)),
                ("due_on", models.DateField()),
                ("made_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by", models.TextField(default="")),
                ("note", models.TextField(default="")),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="proposal",
            name="marketing_proposal_kind",
        ),
        migrations.AddConstraint(
            model_name="proposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["considered", "due", "lapsing", "goes_with", "scenario"])
                ),
                name="marketing_proposal_kind",
            ),
        ),
        migrations.AddField(
            model_name="journey",
            name="record",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="customers.record"
            ),
        ),
        migrations.AddField(
            model_name="scenario",
            name="measure",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.measure",
            ),
        ),
        migrations.AddField(
            model_name="journey",
            name="scenario",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.scenario",
            ),
        ),
        migrations.AddField(
            model_name="journey",
            name="waiting_scenario",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.scenario",
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="message",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.message",
            ),
        ),
        migrations.AddField(
            model_name="step",
            name="scenario",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.scenario",
            ),
        ),
        migrations.AddField(
            model_name="journey",
            name="step",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.step",
            ),
        ),
        migrations.AddField(
            model_name="stepdone",
            name="delivery",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.delivery",
            ),
        ),
        migrations.AddField(
            model_name="stepdone",
            name="journey",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.journey",
            ),
        ),
        migrations.AddField(
            model_name="stepdone",
            name="step",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="marketing.step"
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="journey",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="marketing.journey",
            ),
        ),
        migrations.AddField(
            model_name="task",
            name="record",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="customers.record",
            ),
        ),
        migrations.AddConstraint(
            model_name="scenario",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "trigger__in",
                        [
                            "first_purchase",
                            "purchase",
                            "late",
                            "considered",
                            "birth_month",
                            "coupon_ending",
                            "points_ending",
                            "conditions",
                        ],
                    )
                ),
                name="marketing_scenario_trigger",
            ),
        ),
        migrations.AddConstraint(
            model_name="scenario",
            constraint=models.CheckConstraint(
                condition=models.Q(("exit_when__in", ["", "bought", "bought_item"])),
                name="marketing_scenario_exit",
            ),
        ),
        migrations.AddConstraint(
            model_name="scenario",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("days__gt", 0),
                    ("from_hour__gte", 0),
                    ("from_hour__lt", models.F("until_hour")),
                    ("patience_days__gt", 0),
                    ("priority__gte", 1),
                    ("priority__lte", 100),
                    ("until_hour__lte", 24),
                ),
                name="marketing_scenario_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="scenario",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("begun_at", None),
                    models.Q(("control_share__isnull", False), ("holdout_share__isnull", False)),
                    _connector="OR",
                ),
                name="marketing_scenario_begun",
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.UniqueConstraint(
                deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                fields=("scenario", "n"),
                name="marketing_step_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="step",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["wait", "mail", "coupon", "proposal", "task", "ask"])
                ),
                name="marketing_step_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="journey",
            index=models.Index(
                condition=models.Q(("state__in", ["going", "waiting"])),
                fields=["due_at"],
                name="marketing_journey_due",
            ),
        ),
        migrations.AddIndex(
            model_name="journey",
            index=models.Index(
                fields=["scenario", "person_id", "-entered_at"], name="marketing_journey_of"
            ),
        ),
        migrations.AddIndex(
            model_name="journey",
            index=models.Index(fields=["person_id"], name="marketing_journey_person"),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["going", "waiting"])),
                fields=("scenario", "person_id"),
                name="marketing_journey_one_live",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["going", "waiting", "done", "left", "observed"])),
                name="marketing_journey_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(("arm__in", ["treated", "control", "holdout"])),
                name="marketing_journey_arm",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("arm", "treated"),
                        ("due_at__isnull", False),
                        ("ended_at", None),
                        ("state__in", ["going", "waiting"]),
                        ("step__isnull", False),
                    ),
                    models.Q(
                        models.Q(("state__in", ["going", "waiting"]), _negated=True),
                        ("due_at", None),
                        ("ended_at__isnull", False),
                        ("step", None),
                    ),
                    _connector="OR",
                ),
                name="marketing_journey_goes",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "waiting"),
                        models.Q(("waiting_for", ""), _negated=True),
                        ("waiting_since__isnull", False),
                    ),
                    models.Q(
                        models.Q(("state", "waiting"), _negated=True),
                        ("waiting_for", ""),
                        ("waiting_scenario", None),
                        ("waiting_since", None),
                    ),
                    _connector="OR",
                ),
                name="marketing_journey_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="journey",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "left"), models.Q(("cause", ""), _negated=True)),
                    models.Q(models.Q(("state", "left"), _negated=True), ("cause", "")),
                    _connector="OR",
                ),
                name="marketing_journey_cause",
            ),
        ),
        migrations.AddConstraint(
            model_name="stepdone",
            constraint=models.UniqueConstraint(
                fields=("journey", "step"), name="marketing_stepdone_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="stepdone",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["done", "skipped", "yes", "no"])),
                name="marketing_stepdone_outcome",
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("done_at", None)),
                fields=["due_on", "id"],
                name="marketing_task_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="task",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done_at", None), ("done_by", "")),
                    models.Q(("done_at__isnull", False), models.Q(("done_by", ""), _negated=True)),
                    _connector="OR",
                ),
                name="marketing_task_done",
            ),
        ),
        migrations.RunSQL(BACKSTOP, WITHOUT),
    ]
