"""A shopper's own data: what we have in one piece, and what they change themselves.

Promises: what a shopper says of themselves is a record of its own (source `member`, trusted most),
joined to the record they proved to be; nothing that another system said is overwritten; a mail
address counts once a link sent there was opened.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from goen.customers import consent_rules, records, rules, wordings
from goen.customers import queries as customers
from goen.customers.consents import Permission, permissions
from goen.customers.records import NewCredential, NewRecord
from goen.customers.saying import Said, say
from goen.kit import ids
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

LONGEST = 200
SOURCE = "member"
_NAMES = (
    "family_name", "given_name", "family_kana", "given_kana", "birth_date", "gender", "mail",
    "phone", "postcode", "address", "joined_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Contact:
    """What a shopper may change by themselves at once; an empty field stays as it was."""

    phone: str = ""
    postcode: str = ""
    address: str = ""


def change(
    tx: Tx, record_id: int, contact: Contact, *, actor: Actor, recorded_at: datetime
) -> Refusal | None:
    """Say from now on where this record's person is reached."""
    wrong = _wrong(contact)
    if wrong:
        return wrong
    told = {name: getattr(contact, name).strip() for name in Contact.__slots__}
    _tell(tx, record_id, {k: v for k, v in told.items() if v}, (), actor, recorded_at)
    return None


def last_told(tx: Tx, record_id: int) -> int:
    """A number that changes with every word of the shopper's own: a link is good for one."""
    return int(
        tx.value(
            """
            SELECT coalesce(max(d.id), 0) FROM customers_detail d
            JOIN customers_record r ON r.id = d.record_id
            JOIN places_source s ON s.id = r.source_id AND s.code = %s
            WHERE r.id = %s OR r.source_key = %s
            """,
            [SOURCE, record_id, str(record_id)],
        )
    )


def confirm_mail(
    tx: Tx, record_id: int, mail: str, *, actor: Actor, recorded_at: datetime
) -> Refusal | None:
    """A link sent to this address was opened: it is theirs. Who may be written to stays so."""
    if not consent_rules.is_usable("mail", mail):
        return Refusal("bad_contact", "mail", {"given": mail})
    person = customers.person_of_records(tx, [record_id])[record_id]
    before = permissions(tx, [person])[person]
    proof = NewCredential("mail", rules.fold_mail(mail), verified=True)
    _tell(tx, record_id, {"mail": mail.strip()}, (proof,), actor, recorded_at)
    if isinstance(before, Permission):
        now = customers.person_of_records(tx, [record_id])[record_id]
        evidence = {"changed": "mail", "agreed_at_record": before.record_id}
        said = Said(ids.new_id(), "mail", True, "member", recorded_at, evidence=evidence)
        say(tx, now, said, actor=actor, recorded_at=recorded_at)
    return None


def _tell(
    tx: Tx,
    record_id: int,
    told: Mapping[str, Any],
    proofs: tuple[NewCredential, ...],
    actor: Actor,
    recorded_at: datetime,
) -> None:
    """Write the shopper's own record, joined to theirs by a key that only we know."""
    theirs = _as_said(tx, record_id)
    key = NewCredential("app", _key(tx, record_id), verified=True)
    if theirs.source == SOURCE:
        new = [replace(theirs, credentials=proofs, **told)]
    else:
        row = tx.row(
            "SELECT r.id FROM customers_record r JOIN places_source s ON s.id = r.source_id"
            " WHERE s.code = %s AND r.source_key = %s",
            [SOURCE, str(record_id)],
        )
        own = _as_said(tx, row[0]) if row else NewRecord(SOURCE, str(record_id))
        new = [
            replace(theirs, credentials=(key,)),
            replace(own, credentials=(key, *proofs), **told),
        ]
    records.register(tx, new, actor=actor, recorded_at=recorded_at)


def _key(tx: Tx, record_id: int) -> str:
    """What joins a shopper's own record to theirs: whoever knows it could say to be them."""
    salt = bytes(tx.value("SELECT salt FROM customers_salt"))
    return "WEB" + hmac.digest(salt, f"own {record_id}".encode(), "sha256").hex()[:32].upper()


def _as_said(tx: Tx, record_id: int) -> NewRecord:
    """A record as its system said it last."""
    row = tx.row(
        f"""
        SELECT s.code, r.source_key, e.code, r.unit, {", ".join(f"d.{name}" for name in _NAMES)}
        FROM customers_record r JOIN places_source s ON s.id = r.source_id
        LEFT JOIN places_entity e ON e.id = r.entity_id
        LEFT JOIN LATERAL (
          SELECT * FROM customers_detail WHERE record_id = r.id
          ORDER BY recorded_at DESC, id DESC LIMIT 1
        ) d ON true WHERE r.id = %s
        """,
        [record_id],
    )
    assert row is not None, "a session without a record"
    source, key, entity, unit, *details = row
    said = {n: v for n, v in zip(_NAMES, details, strict=True) if v is not None}
    return NewRecord(source, key, entity=entity, unit=unit, **said)


def _wrong(contact: Contact) -> Refusal | None:
    digits = "".join(c for c in rules.fold_code(contact.phone) if c.isdigit())
    if contact.phone.strip() and not 9 <= len(digits) <= 15:
        return Refusal("bad_phone", "phone", {"given": contact.phone})
    for name in Contact.__slots__:
        if len(getattr(contact, name)) > LONGEST:
            return Refusal("too_long", name, {"most": LONGEST})
    return None


def everything(tx: Tx, person_id: int) -> Mapping[str, Any]:
    """All that `customers` keeps of a person, for themselves: plain values."""
    viewer = Viewer(f"person:{person_id}", "member", "disclosure")
    whole = customers.whole(tx, person_id, viewer=viewer)
    assert whole is not None, "a session without a person"
    return {
        "records": [
            {
                "source": one.source_code,
                "key": one.source_key,
                "credentials": [
                    {"kind": kind, "value": value, "verified": verified}
                    for kind, value, verified in one.credentials
                ],
                "details": _details(tx, one.record_id),
            }
            for one in whole.records
        ],
        "consents": [
            {
                "channel": one.channel,
                "purpose": one.purpose,
                "granted": one.granted,
                "address": one.address,
                "text": dict(one.wording.text) if one.wording else None,
                "way": one.way,
                "evidence": dict(one.evidence),
                "occurred_at": one.occurred_at,
            }
            for one in wordings.proofs(tx, [whole.person_id], viewer=viewer)
        ],
    }


def _details(tx: Tx, record_id: int) -> list[dict[str, Any]]:
    names = ("recorded_at", *_NAMES)
    rows = tx.rows(
        f"SELECT {', '.join(names)} FROM customers_detail WHERE record_id = %s ORDER BY id",
        [record_id],
    )
    return [dict(zip(names, row, strict=True)) for row in rows]
