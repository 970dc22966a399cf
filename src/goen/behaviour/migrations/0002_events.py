"""What shoppers did: events by month, visitors and who they are; the rule of an inferred reason.

The partitioned table is made in SQL, which Django cannot declare; its months are made by
`behaviour.months`.
"""

import django.db.models.deletion
from django.db import migrations, models

import goen.kit.fields

TABLE = """
CREATE SEQUENCE behaviour_event_id_seq;
CREATE TABLE behaviour_event (
  id bigint NOT NULL DEFAULT nextval('behaviour_event_id_seq'),
  source_id bigint NOT NULL,
  message_id text NOT NULL,
  month date NOT NULL,
  kind text NOT NULL,
  occurred_at timestamptz NOT NULL,
  corrected_at timestamptz,
  recorded_at timestamptz NOT NULL,
  record_id bigint,
  visitor_id bigint,
  sku_id bigint,
  place_id bigint,
  channel_id bigint,
  document uuid,
  origin text NOT NULL,
  text text NOT NULL,
  detail jsonb NOT NULL,
  actor text NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  PRIMARY KEY (month, id),
  CONSTRAINT behaviour_event_once UNIQUE (source_id, message_id, month),
  CONSTRAINT behaviour_event_kind CHECK (kind IN (
    'view', 'search', 'cart', 'uncart', 'visit', 'ask', 'pick', 'use', 'opened', 'clicked',
    'landed'
  ))
) PARTITION BY RANGE (month);
CREATE INDEX behaviour_event_record ON behaviour_event (record_id, occurred_at)
  WHERE record_id IS NOT NULL;
CREATE INDEX behaviour_event_visitor ON behaviour_event (visitor_id, occurred_at)
  WHERE visitor_id IS NOT NULL;
CREATE INDEX behaviour_event_xid ON behaviour_event (xid, id);
"""

VIEWS = """
CREATE VIEW report_login AS
SELECT visitor_id, record_id, first_at, last_at, xid FROM behaviour_login;

CREATE VIEW report_visitor_of AS
SELECT l.visitor_id, min(l.record_id) AS record_id
FROM behaviour_login l JOIN report_person_of p ON p.record_id = l.record_id
GROUP BY l.visitor_id HAVING count(DISTINCT p.person_id) = 1;

CREATE VIEW report_event AS
SELECT e.xid, e.id AS event_id, e.kind, coalesce(e.record_id, v.record_id) AS record_id,
       e.record_id IS NOT NULL AS named, e.visitor_id, e.sku_id, e.place_id, e.channel_id,
       coalesce(e.corrected_at, e.occurred_at) AS happened_at, e.month, e.document, e.origin
FROM behaviour_event e LEFT JOIN report_visitor_of v ON v.visitor_id = e.visitor_id;

CREATE VIEW report_reason AS
SELECT document, record_id, basis, code, rule, confidence, recorded_at FROM behaviour_reason;
"""
DROP = """
DROP VIEW report_reason; DROP VIEW report_event; DROP VIEW report_visitor_of;
DROP VIEW report_login;
"""
_ID = models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = (
        ("behaviour", "0001_initial"),
        ("customers", "0002_report_views"),
        ("places", "0001_initial"),
    )
    operations = (
        migrations.AddField("reason", "rule", models.TextField(default="")),
        migrations.CreateModel(
            name="Visitor",
            fields=[
                ("id", _ID),
                ("key", models.TextField()),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.source",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Login",
            fields=[
                ("id", _ID),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("xid", goen.kit.fields.Xid8Field()),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="customers.record",
                    ),
                ),
                (
                    "visitor",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="behaviour.visitor",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            "visitor",
            models.UniqueConstraint(fields=["source", "key"], name="behaviour_visitor_key"),
        ),
        migrations.AddIndex("login", models.Index(fields=["xid"], name="behaviour_login_xid")),
        migrations.AddConstraint(
            "login",
            models.UniqueConstraint(fields=["visitor", "record"], name="behaviour_login_once"),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    TABLE, "DROP TABLE behaviour_event; DROP SEQUENCE behaviour_event_id_seq"
                )
            ],
            state_operations=[
                migrations.CreateModel(
                    name="Event",
                    fields=[
                        ("id", _ID),
                        ("message_id", models.TextField()),
                        ("month", models.DateField()),
                        ("kind", models.TextField()),
                        ("occurred_at", models.DateTimeField()),
                        ("corrected_at", models.DateTimeField(null=True)),
                        ("recorded_at", models.DateTimeField()),
                        ("record_id", models.BigIntegerField(null=True)),
                        ("visitor_id", models.BigIntegerField(null=True)),
                        ("sku_id", models.BigIntegerField(null=True)),
                        ("place_id", models.BigIntegerField(null=True)),
                        ("channel_id", models.BigIntegerField(null=True)),
                        ("document", models.UUIDField(null=True)),
                        ("origin", models.TextField(default="")),
                        ("text", models.TextField(default="")),
                        ("detail", models.JSONField(default=dict)),
                        ("actor", models.TextField()),
                        ("xid", goen.kit.fields.Xid8Field()),
                        (
                            "source",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="places.source",
                            ),
                        ),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("record_id__isnull", False)),
                                fields=["record_id", "occurred_at"],
                                name="behaviour_event_record",
                            ),
                            models.Index(
                                condition=models.Q(("visitor_id__isnull", False)),
                                fields=["visitor_id", "occurred_at"],
                                name="behaviour_event_visitor",
                            ),
                            models.Index(fields=["xid", "id"], name="behaviour_event_xid"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=["source", "message_id", "month"],
                                name="behaviour_event_once",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    (
                                        "kind__in",
                                        [
                                            "view", "search", "cart", "uncart", "visit", "ask",
                                            "pick", "use", "opened", "clicked", "landed",
                                        ],
                                    )
                                ),
                                name="behaviour_event_kind",
                            ),
                        ],
                    },
                )
            ],
        ),
        migrations.RunSQL(VIEWS, DROP),
    )  # fmt: skip
