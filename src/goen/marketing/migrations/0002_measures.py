"""What a launched measure said stays as it was: the database itself refuses to rewrite it."""

from django.db import migrations, models

BACKSTOP = """
CREATE FUNCTION marketing_never() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION marketing_version_adds() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  was marketing_version%ROWTYPE;
BEGIN
  IF (SELECT launched_at IS NULL FROM marketing_measure WHERE id = NEW.measure_id) THEN
    RETURN NEW;
  END IF;
  SELECT * INTO was FROM marketing_version
  WHERE measure_id = NEW.measure_id ORDER BY n DESC LIMIT 1;
  IF starts_with(NEW.reason, was.reason) AND starts_with(NEW.evidence, was.evidence)
     AND starts_with(NEW.expected, was.expected) AND NEW.starts_on = was.starts_on
     AND NEW.ends_on <= was.ends_on AND NEW.skus = was.skus
     AND NEW.expected_minor IS NOT DISTINCT FROM was.expected_minor
     AND NEW.conditions = was.conditions AND NEW.control_share = was.control_share
     AND NEW.window_days = was.window_days AND NEW.coupon_kind = was.coupon_kind
     AND NEW.segment_id IS NOT DISTINCT FROM was.segment_id THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a launched measure is only added to' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION marketing_placement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT launched_at IS NULL FROM marketing_measure WHERE id = OLD.measure_id) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - 'ended_on' = to_jsonb(OLD) - 'ended_on'
     AND OLD.ended_on IS NULL THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a launched placement stays as it was' USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER marketing_version_never BEFORE UPDATE OR DELETE ON marketing_version
  FOR EACH ROW EXECUTE FUNCTION marketing_never();
CREATE TRIGGER marketing_version_adds BEFORE INSERT ON marketing_version
  FOR EACH ROW EXECUTE FUNCTION marketing_version_adds();
CREATE TRIGGER marketing_remark_never BEFORE UPDATE OR DELETE ON marketing_remark
  FOR EACH ROW EXECUTE FUNCTION marketing_never();
CREATE TRIGGER marketing_finding_never BEFORE DELETE ON marketing_finding
  FOR EACH ROW EXECUTE FUNCTION marketing_never();
CREATE TRIGGER marketing_placement_stays BEFORE UPDATE OR DELETE ON marketing_placement
  FOR EACH ROW EXECUTE FUNCTION marketing_placement_stays();
"""
WITHOUT = """
DROP TRIGGER marketing_placement_stays ON marketing_placement;
DROP TRIGGER marketing_finding_never ON marketing_finding;
DROP TRIGGER marketing_remark_never ON marketing_remark;
DROP TRIGGER marketing_version_adds ON marketing_version;
DROP TRIGGER marketing_version_never ON marketing_version;
DROP FUNCTION marketing_placement_stays();
DROP FUNCTION marketing_version_adds();
DROP FUNCTION marketing_never();
"""
CAUSES = ["competitor", "weather", "law", "media", "supply", "event", "other"]


class Migration(migrations.Migration):
    dependencies = (("marketing", "0001_initial"),)

    operations = (
        migrations.CreateModel(
            name="Cause",
            fields=[
                ("id", models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                )),
                ("uid", models.UUIDField(unique=True)),
                ("kind", models.TextField()),
                ("title", models.TextField()),
                ("note", models.TextField(default="")),
                ("first_on", models.DateField()),
                ("last_on", models.DateField()),
                ("place_id", models.BigIntegerField(null=True)),
                ("recorded_at", models.DateTimeField()),
                ("actor", models.TextField()),
                ("gone_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": (
                    models.CheckConstraint(
                        condition=models.Q(kind__in=CAUSES), name="marketing_cause_kind"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(last_on__gte=models.F("first_on")),
                        name="marketing_cause_days",
                    ),
                ),
                "indexes": (
                    models.Index(fields=["first_on", "last_on"], name="marketing_cause_by_day"),
                ),
            },
        ),
        migrations.RemoveConstraint(model_name="finding", name="marketing_finding_once"),
        migrations.RemoveConstraint(model_name="finding", name="marketing_finding_order"),
        migrations.AddField("finding", "channels_a", models.JSONField(default=list)),
        migrations.AddField("finding", "channels_b", models.JSONField(default=list)),
        migrations.AddField("finding", "kind", models.TextField(default="axes")),
        migrations.AddField("finding", "skus", models.JSONField(default=list)),
        migrations.AddField("version", "conditions", models.JSONField(default=dict)),
        migrations.AddField("version", "made_from", models.TextField(default="")),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.UniqueConstraint(
                fields=("kind", "measure_a", "measure_b", "sku", "axis_a", "axis_b"),
                name="marketing_finding_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(measure_a__lte=models.F("measure_b")),
                name="marketing_finding_order",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(kind__in=["axes", "offers"]), name="marketing_finding_kind"
            ),
        ),
        migrations.RunSQL(BACKSTOP, WITHOUT),
    )  # fmt: skip
