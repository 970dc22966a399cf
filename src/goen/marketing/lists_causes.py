"""Why somebody who was found is not written to.

Promises: everybody gets the first cause that holds, in the order of `CAUSES`; whoever has none may
be written to at this moment, by the record named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from goen.customers import consents, rules
from goen.customers.consents import Permission
from goen.kit import settings
from goen.kit.db import Tx
from goen.marketing import contacts

CAUSES = (
    "staff", "no_address", "lent_address", "no_consent", "refused", "suppressed",
    "already_listed", "other_store", "over_contacted",
)  # fmt: skip
PERSONAL = ("mail", "sms", "line", "dm", "app")
"""Channels that write to a person, and need their word."""
AT_ONCE = 100_000


@dataclass(frozen=True, slots=True)
class Sorted:
    """Who may be written to, as (person, record), and the cause of each who may not."""

    permitted: Mapping[int, int]
    causes: Mapping[int, str]


def sort_out(
    tx: Tx, people: Sequence[int], *, channel: str, measure_id: int | None, at: datetime
) -> Sorted:
    """Each person's record to write to, or the cause why not."""
    permitted, causes = _permitted(tx, people, channel)
    for cause, barred in (
        ("over_contacted", _over_contacted(tx, at)),
        ("other_store", _other_store(tx, measure_id, at)),
        ("already_listed", _already_listed(tx, measure_id, channel, at)),
    ):
        for person in barred & permitted.keys():
            causes[person] = cause
    for person in staff(tx).intersection(people):
        causes[person] = "staff"
    return Sorted({p: r for p, r in permitted.items() if p not in causes}, causes)


def _permitted(
    tx: Tx, people: Sequence[int], channel: str
) -> tuple[dict[int, int], dict[int, str]]:
    permitted: dict[int, int] = {}
    causes: dict[int, str] = {}
    if channel not in PERSONAL:
        return records_of(tx, people), causes
    for start in range(0, len(people), AT_ONCE):
        block = people[start : start + AT_ONCE]
        for person, one in consents.permissions(tx, block, channel=channel).items():
            if isinstance(one, Permission):
                permitted[person] = one.record_id
            else:
                causes[person] = one.cause
    if channel == "mail":
        without = [person for person, cause in causes.items() if cause == "no_address"]
        causes |= dict.fromkeys(_lent(tx, without), "lent_address")
    return permitted, causes


def may_still(tx: Tx, people: Sequence[int], *, channel: str) -> dict[int, str]:
    """Those of a list who may be written to at this moment, each with the address they agreed to.

    It is empty where a channel needs no word.
    """
    if channel not in PERSONAL:
        return dict.fromkeys(records_of(tx, people), "")
    found = consents.permissions(tx, people, channel=channel)
    return {one: may.address for one, may in found.items() if isinstance(may, Permission)}


def records_of(tx: Tx, people: Sequence[int]) -> dict[int, int]:
    """The first record of each person."""
    sql = (
        "SELECT person_id, min(record_id) FROM report_person_of"
        " WHERE person_id = ANY(%s) GROUP BY person_id"
    )
    return dict(tx.rows(sql, [list(people)]))


def _lent(tx: Tx, people: Sequence[int]) -> list[int]:
    """Those of whom only an address is known that a marketplace lent out."""
    rows = tx.rows(
        """
        SELECT p.person_id, d.mail FROM report_person_of p
        JOIN LATERAL (SELECT mail FROM customers_detail WHERE record_id = p.record_id
                      ORDER BY recorded_at DESC, id DESC LIMIT 1) d ON d.mail <> ''
        WHERE p.person_id = ANY(%s)
        """,
        [list(people)],
    )
    return [person for person, mail in rows if rules.is_lent_out(mail)]


def staff(tx: Tx) -> set[int]:
    """People whose proven mail is a login of the house."""
    rows = tx.rows(
        """
        SELECT DISTINCT p.person_id FROM places_staff s
        JOIN customers_credential c ON c.kind = 'mail' AND c.verified AND c.value = lower(s.login)
        JOIN report_person_of p ON p.record_id = c.record_id
        WHERE s.is_active AND c.valid_to IS NULL
        """
    )
    return {row[0] for row in rows}


def _over_contacted(tx: Tx, at: datetime) -> set[int]:
    """Those who were written to as often as is allowed, over all channels."""
    since = contacts.since(contacts.days_before(at, settings.read(tx, "contact.days")))
    rows = tx.rows(
        f"SELECT person_id FROM ({contacts.CONTACTS}) c GROUP BY person_id HAVING count(*) >= %s",
        [*since, settings.read(tx, "contact.most")],
    )
    return {row[0] for row in rows}


def contacts_left(tx: Tx, people: Sequence[int], *, at: datetime) -> dict[int, int]:
    """How often each of these people may still be written to, over all channels; none below 0."""
    since = contacts.since(contacts.days_before(at, settings.read(tx, "contact.days")))
    rows = tx.rows(
        f"SELECT person_id, count(*) FROM ({contacts.CONTACTS}) c WHERE person_id = ANY(%s)"
        " GROUP BY person_id",
        [*since, list(people)],
    )
    had: dict[int, int] = dict(rows)
    most = int(settings.read(tx, "contact.most"))
    return {person: max(0, most - had.get(person, 0)) for person in people}


def _already_listed(tx: Tx, measure_id: int | None, channel: str, at: datetime) -> set[int]:
    """Those to whom this very measure was or will be sent by this channel."""
    if measure_id is None:
        return set()
    rows = tx.rows(
        f"SELECT DISTINCT c.person_id FROM ({contacts.CONTACTS}) c"
        " JOIN marketing_targetlist l ON l.id = c.list_id"
        " WHERE l.measure_id = %s AND l.channel = %s",
        [*contacts.since(contacts.days_before(at, 366)), measure_id, channel],
    )
    return {row[0] for row in rows}


_OTHER_STORE = """
SELECT DISTINCT p.person_id
FROM marketing_placement mine
JOIN marketing_placement other ON other.place_id <> mine.place_id
  AND other.measure_id <> mine.measure_id
  AND daterange(other.starts_on, coalesce(other.ended_on, other.ends_on), '[]')
      && daterange(mine.starts_on, coalesce(mine.ended_on, mine.ends_on), '[]')
JOIN marketing_measure m ON m.id = other.measure_id AND m.state = 'live'
JOIN marketing_targetlist l ON l.measure_id = m.id
JOIN marketing_target t ON t.target_list_id = l.id AND t.arm = 'treated'
JOIN report_person_of p ON p.record_id = t.record_id
WHERE mine.measure_id = %s
"""


def _other_store(tx: Tx, measure_id: int | None, at: datetime) -> set[int]:
    """Those to whom another store speaks in the same days, where this measure is a store's own."""
    if measure_id is None:
        return set()
    return {row[0] for row in tx.rows(_OTHER_STORE, [measure_id])}
