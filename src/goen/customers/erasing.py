"""Erasing what tells who somebody is: contact data, credentials, words about them. Not undone.

Promises: what tax law keeps stays (documents, moves, points), as a number by which nobody can be
reached; names, readings, birth dates, addresses, mails, telephones, cards and free words are gone
from every table of customers, also from earlier details and from evidence; nothing is sent to the
addresses any more, which are kept as salted hashes only; what a system says of the record later
is not taken in again; the trail says that it was done and by whom, never what was there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.customers import candidates, consent_rules, requests, rules
from goen.customers.suppressions import forget_words, suppress
from goen.kit import outbox, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Erased:
    """Whose data are gone: the records, and how many addresses are barred for ever."""

    person_id: int
    record_ids: tuple[int, ...]
    barred: int
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """What names a person in what others send: (system, its key), and folded mails, telephones,
    cards and member numbers, of all records, earlier ones too."""

    keys: frozenset[tuple[str, str]]
    words: frozenset[str]


def names_of(tx: Tx, person_id: int) -> Names:
    """By what rows of somebody else's file can be told to speak of a person; ask before erasing."""
    rows = tx.rows(
        """
        SELECT r.id, s.code, r.source_key FROM customers_personof p
        JOIN customers_record r ON r.id = p.record_id JOIN places_source s ON s.id = r.source_id
        WHERE p.person_id = %s
        """,
        [person_id],
    )
    given = {"records": [row[0] for row in rows]}
    contacts = tx.rows(_ADDRESSES, given)
    words = {rules.fold_mail(mail) for mail, _ in contacts}
    words |= {rules.fold_phone(phone) for _, phone in contacts}
    sql = "SELECT value FROM customers_credential WHERE record_id = ANY(%(records)s)"
    words |= {value for (value,) in tx.rows(sql, given)}
    return Names(frozenset((code, key) for _, code, key in rows), frozenset(words - {""}))


def erase(
    tx: Tx,
    person_id: int,
    *,
    answer: str,
    request: UUID | None = None,
    address_ids: Sequence[int] = (),
    actor: Actor,
    recorded_at: datetime,
) -> Erased | Refusal:
    """Erase the contact data of all records of a person, and settle the request that asked for it.

    `address_ids` are of documents that are done: addresses once delivered to. `answer` is what the
    request is told. The same again changes nothing.
    """
    # Who registers a detail, and who joins, waits; nothing is written behind our back.
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('customers.register'))")
    records = [
        row[0]
        for row in tx.rows(
            "SELECT record_id FROM customers_personof WHERE person_id = %s ORDER BY 1", [person_id]
        )
    ]
    if not records:
        return Refusal("unknown_person", "person", {"given": person_id})
    gone = set(erased(tx, records))
    fresh = [record for record in records if record not in gone]
    if not fresh:
        return Erased(person_id, tuple(records), 0, repeated=True)
    asked = None
    if request is not None:
        sql = "SELECT id FROM customers_request WHERE uid = %s AND record_id = ANY(%s)"
        asked = tx.value(sql, [request, records])
        if asked is None:
            return Refusal("nothing_waits", "uid", {"given": str(request)})
        refused = requests.settle(tx, request, answer, actor=actor, recorded_at=recorded_at)
        if refused:
            return refused
    barred = _bar(tx, fresh, actor, recorded_at)
    _redact(tx, fresh, address_ids, asked, recorded_at)
    tx.execute(
        "INSERT INTO customers_erasure (record_id, erased_at, actor, request_id)"
        " SELECT record, %s, %s, %s FROM unnest(%s::bigint[]) AS given (record)",
        [recorded_at, str(actor), asked, fresh],
    )
    candidates.forget(tx, fresh)
    detail = {"records": fresh, "barred": barred, "asked": request is not None}
    trail.note(tx, actor, "erase", "person", person_id, at=recorded_at, detail=detail)
    body = {"person": person_id, "records": fresh}
    notice = outbox.Notice("PersonErased", f"person:{person_id}", body)
    outbox.write(tx, [notice], recorded_at=recorded_at)
    return Erased(person_id, tuple(fresh), barred)


def erased(tx: Tx, record_ids: Sequence[int]) -> dict[int, datetime]:
    """Which of these records were erased, and when."""
    sql = "SELECT record_id, erased_at FROM customers_erasure WHERE record_id = ANY(%s)"
    return dict(tx.rows(sql, [list(record_ids)]))


_ADDRESSES = """
SELECT DISTINCT mail, phone FROM customers_detail WHERE record_id = ANY(%(records)s)
UNION SELECT CASE kind WHEN 'mail' THEN value ELSE '' END,
             CASE kind WHEN 'phone' THEN value ELSE '' END
FROM customers_credential WHERE record_id = ANY(%(records)s) AND kind IN ('mail', 'phone')
UNION SELECT CASE channel WHEN 'mail' THEN address ELSE '' END,
             CASE WHEN channel IN ('sms', 'phone') THEN address ELSE '' END
FROM customers_consent WHERE record_id = ANY(%(records)s) AND address <> ''
"""


def _bar(tx: Tx, records: Sequence[int], actor: Actor, at: datetime) -> int:
    """Nothing is sent to their mails and telephones, unless others have them too."""
    found: set[tuple[str, str]] = set()
    for mail, phone in tx.rows(_ADDRESSES, {"records": list(records)}):
        if mail and consent_rules.is_usable("mail", mail):
            found.add(("mail", rules.fold_mail(mail)))
        if phone and rules.fold_phone(phone):
            found |= {("sms", rules.fold_phone(phone)), ("phone", rules.fold_phone(phone))}
    barred = 0
    for channel, address in sorted(found):
        if not _shared(tx, channel, address, records):
            refused = suppress(tx, channel, address, "erased", "", actor=actor, at=at)
            barred += refused is None
    forget_words(tx, found)
    return barred


def _shared(tx: Tx, channel: str, address: str, records: Sequence[int]) -> bool:
    """Whether somebody else is reached there: a family's telephone is not theirs alone."""
    return bool(
        tx.value(
            """
            SELECT EXISTS (SELECT FROM customers_searchkey
              WHERE kind = %s AND key = ltrim(%s, '+') AND record_id <> ALL(%s))
            """,
            ["mail" if channel == "mail" else "phone", address, list(records)],
        )
    )


_REDACT = (
    """
    UPDATE customers_detail SET family_name = '', given_name = '', family_kana = '',
      given_kana = '', birth_date = NULL, gender = '', mail = '', phone = '', postcode = '',
      address = '' WHERE record_id = ANY(%(records)s)
    """,
    "DELETE FROM customers_credential WHERE record_id = ANY(%(records)s)",
    "DELETE FROM customers_searchkey WHERE record_id = ANY(%(records)s)",
    """
    UPDATE customers_consent SET address = '', evidence = '{"erased": true}'
    WHERE record_id = ANY(%(records)s)
    """,
    """
    UPDATE customers_edge SET reason = '', evidence = coalesce(
      (SELECT jsonb_object_agg(key, '') FROM jsonb_object_keys(evidence) AS keys (key)), '{}')
    WHERE record_a_id = ANY(%(records)s) OR record_b_id = ANY(%(records)s)
    """,
    """
    UPDATE customers_request SET note = '',
      outcome = CASE WHEN id = %(asked)s THEN outcome ELSE '' END
    WHERE record_id = ANY(%(records)s)
    """,
    "DELETE FROM customers_signin WHERE record_id = ANY(%(records)s)",
    """
    UPDATE customers_session SET ended_at = %(at)s
    WHERE record_id = ANY(%(records)s) AND ended_at IS NULL
    """,
    """
    UPDATE customers_address SET name = '', address = '', phone = '', postcode = left(postcode, 3)
    WHERE id = ANY(%(addresses)s)
    """,
)


def _redact(
    tx: Tx, records: Sequence[int], addresses: Sequence[int], asked: int | None, at: datetime
) -> None:
    for sql in _REDACT:
        given = {
            "records": list(records), "addresses": list(addresses), "asked": asked, "at": at,
        }  # fmt: skip
        tx.execute(sql, {name: value for name, value in given.items() if f"%({name})s" in sql})
