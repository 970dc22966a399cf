"""Who was written to, over all channels, and who has a next step: as sets in SQL.

A contact is one person in the treated arm of a list: on the day their mail was or will be sent;
for other channels on the day the list was made. A run that was recalled or stopped, or a mail that
was skipped or refused, is none. People are who they are now: a list's record says so after a merge.
"""

from datetime import date, datetime, timedelta
from typing import Any

LONGEST_WAIT = timedelta(days=60)
"""A list is used within this time of its making, or counts on the day it was made."""

CONTACTS = """
SELECT p.person_id, l.id AS list_id, coalesce(d.sent_at, r.starts_at, l.made_at) AS at
FROM marketing_targetlist l
JOIN marketing_target t ON t.target_list_id = l.id AND t.arm = 'treated'
JOIN report_person_of p ON p.record_id = t.record_id
LEFT JOIN marketing_run r ON r.target_list_id = l.id
LEFT JOIN marketing_delivery d ON d.run_id = r.id AND d.person_id = t.person_id
WHERE l.made_at > %s AND coalesce(d.sent_at, r.starts_at, l.made_at) > %s
  AND (l.channel <> 'mail' OR r.state IN ('waiting', 'sending', 'paused', 'sent')
       OR d.state IN ('sent', 'sending', 'bounced', 'unclear'))
  AND (d.state IS NULL OR d.state NOT IN ('skipped', 'refused'))
"""


def since(instant: datetime) -> list[Any]:
    """What `CONTACTS` is asked with, for contacts after an instant."""
    return [instant - LONGEST_WAIT, instant]


def days_before(instant: datetime, days: int) -> datetime:
    """The instant so many days ago."""
    return instant - timedelta(days=days)


def next_steps(today: date) -> dict[str, tuple[str, list[Any]]]:
    """What counts as somebody's next step, each as a set of people."""
    return {
        "proposal": (
            """
            SELECT p.person_id FROM marketing_proposal x
            JOIN report_person_of p ON p.record_id = x.record_id
            WHERE x.ended_at IS NULL AND x.expires_on >= %s
            """,
            [today],
        ),
        "list": (
            """
            SELECT p.person_id FROM marketing_targetlist l
            JOIN marketing_measure m ON m.id = l.measure_id AND m.state = 'live'
            JOIN marketing_target t ON t.target_list_id = l.id AND t.arm <> 'excluded'
            JOIN report_person_of p ON p.record_id = t.record_id
            WHERE NOT EXISTS (SELECT FROM marketing_scenario s WHERE s.measure_id = m.id)
            """,
            [],
        ),
        "scenario": (
            """
            SELECT p.person_id FROM marketing_journey j
            JOIN marketing_scenario s ON s.id = j.scenario_id
            JOIN marketing_measure m ON m.id = s.measure_id AND m.state = 'live'
            JOIN report_person_of p ON p.record_id = j.record_id
            WHERE j.state IN ('going', 'waiting')
            """,
            [],
        ),
        "order": (
            """
            SELECT p.person_id FROM orders_order o
            JOIN report_person_of p ON p.record_id = o.record_id
            WHERE o.state IN ('placed', 'ready', 'part')
            """,
            [],
        ),
        "late": ("SELECT person_id FROM insight_personrank WHERE is_late", []),
    }
