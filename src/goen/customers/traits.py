"""What is known of people as they are shown, for all of them at once, in SQL.

Promises: the same value a page shows: from the most trusted record that has one, the newest on
ties. Contact data are not had this way.
"""

_SURVIVING = """
SELECT DISTINCT ON (p.person_id) p.person_id, d.{column} AS value
FROM (
  SELECT DISTINCT ON (record_id) record_id, recorded_at, gender, birth_date, address
  FROM customers_detail ORDER BY record_id, recorded_at DESC, id DESC
) d
JOIN customers_personof p ON p.record_id = d.record_id
JOIN customers_record r ON r.id = d.record_id
JOIN places_source s ON s.id = r.source_id
WHERE d.{column}{present}
ORDER BY p.person_id, s.trust DESC, d.recorded_at DESC, d.record_id::text DESC
"""

GENDER = f"""
SELECT person_id, CASE WHEN value ~* '^(f|女)' THEN 'female' WHEN value ~* '^(m|男)' THEN 'male'
  ELSE 'other' END AS value
FROM ({_SURVIVING.format(column="gender", present=" <> ''")}) surviving
"""
"""(person_id, value): female, male or other; who said nothing is left out."""

BORN = _SURVIVING.format(column="birth_date", present=" IS NOT NULL")
"""(person_id, value): the day of birth."""

PREFECTURE = f"""
SELECT person_id, substring(value FROM '^(?:東京都|北海道|(?:京都|大阪)府|..県|...県)') AS value
FROM ({_SURVIVING.format(column="address", present=" <> ''")}) surviving
"""
"""(person_id, value): the prefecture an address begins with; null where it begins otherwise."""
