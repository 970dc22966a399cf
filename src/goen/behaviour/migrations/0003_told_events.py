"""Events by what they say themselves: what is appended to the lake, without looking at devices."""

from django.db import migrations

CREATE = """
CREATE VIEW report_told_event AS
SELECT xid, id AS event_id, kind, record_id, visitor_id, sku_id, place_id, channel_id, month,
       coalesce(corrected_at, occurred_at) AS happened_at
FROM behaviour_event;
"""


class Migration(migrations.Migration):
    dependencies = (("behaviour", "0002_events"),)
    operations = (migrations.RunSQL(CREATE, "DROP VIEW report_told_event"),)
