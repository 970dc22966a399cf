"""The view other packages read: which person a record is."""

from django.db import migrations

CREATE = """
CREATE VIEW report_person_of AS
SELECT p.record_id, p.person_id, r.unit, p.xid
FROM customers_personof p JOIN customers_record r ON r.id = p.record_id;
"""


class Migration(migrations.Migration):
    dependencies = (("customers", "0001_initial"),)
    operations = (migrations.RunSQL(CREATE, "DROP VIEW report_person_of"),)
