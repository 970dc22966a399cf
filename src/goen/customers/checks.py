"""What must hold between records and persons, as queries that name what is broken."""

from goen.kit.db import Tx

WITHOUT_PERSON = """
SELECT r.id FROM customers_record r LEFT JOIN customers_personof p ON p.record_id = r.id
WHERE p.record_id IS NULL ORDER BY r.id LIMIT 20
"""

MERGED_AWAY = """
SELECT p.record_id, p.person_id FROM customers_personof p
JOIN customers_person x ON x.id = p.person_id
WHERE x.merged_into_id IS NOT NULL ORDER BY 1 LIMIT 20
"""

APART = """
SELECT e.record_a_id, e.record_b_id FROM customers_edge e
JOIN customers_personof a ON a.record_id = e.record_a_id
JOIN customers_personof b ON b.record_id = e.record_b_id
WHERE e.closed_at IS NULL AND e.kind = 'cannot' AND a.person_id = b.person_id LIMIT 20
"""

UNPROVED = """
SELECT DISTINCT ON (c.record_id, c.channel, c.purpose) c.record_id, c.channel, c.granted,
       c.wording_id IS NULL AND c.evidence = '{}' AS unproved
FROM customers_consent c
ORDER BY c.record_id, c.channel, c.purpose, c.occurred_at DESC, c.granted, c.id DESC
"""


def broken(tx: Tx) -> list[str]:
    """Sentences naming each record that is nobody, is somebody else, or agreed without proof."""
    found = [f"record {record} is no person" for (record,) in tx.rows(WITHOUT_PERSON)]
    found += [
        f"record {record} is person {person}, who was merged away"
        for record, person in tx.rows(MERGED_AWAY)
    ]
    found += [
        f"records {a} and {b} were said to be two people and are one" for a, b in tx.rows(APART)
    ]
    found += [
        f"record {record} agreed to {channel} and nothing proves it"
        for record, channel in tx.rows(
            f"SELECT record_id, channel FROM ({UNPROVED}) c WHERE granted AND unproved LIMIT 20"
        )
    ]
    return found
