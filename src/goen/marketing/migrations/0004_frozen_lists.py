"""A list stays as it was made: the database refuses what the verbs never do."""

from django.db import migrations

FROZEN = """
CREATE TRIGGER marketing_targetlist_never BEFORE UPDATE OR DELETE ON marketing_targetlist
  FOR EACH ROW EXECUTE FUNCTION marketing_never();
CREATE TRIGGER marketing_target_never BEFORE UPDATE OR DELETE ON marketing_target
  FOR EACH ROW EXECUTE FUNCTION marketing_never();
"""
WITHOUT = """
DROP TRIGGER marketing_target_never ON marketing_target;
DROP TRIGGER marketing_targetlist_never ON marketing_targetlist;
"""


class Migration(migrations.Migration):
    dependencies = (("marketing", "0003_mail"),)
    operations = (migrations.RunSQL(FROZEN, WITHOUT),)
