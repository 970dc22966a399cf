"""Registering records: what a system says of a customer, kept as said.

The same `(source, source_key)` is the same record for ever; later details are added beside the
earlier ones. Every record is a person of its own until an edge joins it to others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from goen.customers import identity, rules
from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx

Key = tuple[str, str]
ALWAYS = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class NewCredential:
    """Something shown or proved: `kind` is card, app, mail, phone or member."""

    kind: str
    value: str
    verified: bool = False
    valid_from: date = ALWAYS


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A customer as a system knows them. Contact data may be missing; names need not exist."""

    source: str
    source_key: str
    entity: str | None = None
    unit: str = "person"
    family_name: str = ""
    given_name: str = ""
    family_kana: str = ""
    given_kana: str = ""
    birth_date: date | None = None
    gender: str = ""
    mail: str = ""
    phone: str = ""
    postcode: str = ""
    address: str = ""
    joined_on: date | None = None
    credentials: tuple[NewCredential, ...] = ()


_DETAILS = (
    "family_name",
    "given_name",
    "family_kana",
    "given_kana",
    "birth_date",
    "gender",
    "mail",
    "phone",
    "postcode",
    "address",
    "joined_on",
)


def register(
    tx: Tx, new: Sequence[NewRecord], *, actor: Actor, recorded_at: datetime
) -> dict[Key, int]:
    """Make records that are new, add details that changed, and join verified equal keys.

    Answers the record id of every given key. Repeating changes nothing.
    """
    unique = _one_of_each(new)
    if not unique:
        return {}
    # Two that tell of one person at once would not see each other's keys: they take turns.
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('customers.register'))")
    made = _insert_records(tx, unique, recorded_at)
    ids = _ids(tx, [(r.source, r.source_key) for r in unique])
    assert len(ids) == len(unique), "a record's source is not registered"
    _insert_persons(tx, [ids[key] for key in made], recorded_at)
    told = _not_erased(tx, unique, ids)
    if told:
        _insert_details(tx, told, ids, recorded_at)
        _insert_credentials(tx, told, ids)
        _insert_search_keys(tx, told, ids)
    identity.join_by_keys(tx, sorted(ids.values()), actor=actor, recorded_at=recorded_at)
    if made:
        detail = {"made": len(made), "given": len(unique)}
        trail.note(tx, actor, "register", "record", "many", at=recorded_at, detail=detail)
    return ids


def _not_erased(tx: Tx, new: Sequence[NewRecord], ids: dict[Key, int]) -> list[NewRecord]:
    """Without those whose data were erased: a file that still has them brings nothing back."""
    gone = {
        row[0]
        for row in tx.rows(
            "SELECT record_id FROM customers_erasure WHERE record_id = ANY(%s)",
            [sorted(ids.values())],
        )
    }
    return [r for r in new if ids[r.source, r.source_key] not in gone] if gone else list(new)


def _one_of_each(new: Sequence[NewRecord]) -> list[NewRecord]:
    """The last word about each customer, with the credentials of every mention."""
    unique: dict[Key, NewRecord] = {}
    for r in new:
        earlier = unique.get((r.source, r.source_key))
        shown = r.credentials if earlier is None else (*earlier.credentials, *r.credentials)
        unique[r.source, r.source_key] = replace(r, credentials=shown)
    return list(unique.values())


def _insert_records(tx: Tx, new: Sequence[NewRecord], recorded_at: datetime) -> list[Key]:
    rows = tx.rows(
        """
        INSERT INTO customers_record (source_id, source_key, entity_id, unit, recorded_at)
        SELECT s.id, g.source_key, e.id, g.unit, %s
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) WITH ORDINALITY
          AS g (source, source_key, entity, unit, n)
        JOIN places_source s ON s.code = g.source
        LEFT JOIN places_entity e ON e.code = g.entity
        ORDER BY g.n
        ON CONFLICT (source_id, source_key) DO NOTHING
        RETURNING (SELECT code FROM places_source WHERE id = source_id), source_key
        """,
        [
            recorded_at,
            [r.source for r in new],
            [r.source_key for r in new],
            [r.entity for r in new],
            [r.unit for r in new],
        ],
    )
    return [(source, key) for source, key in rows]


def _ids(tx: Tx, keys: Sequence[Key]) -> dict[Key, int]:
    rows = tx.rows(
        """
        SELECT s.code, r.source_key, r.id
        FROM unnest(%s::text[], %s::text[]) AS g (source, source_key)
        JOIN places_source s ON s.code = g.source
        JOIN customers_record r ON r.source_id = s.id AND r.source_key = g.source_key
        """,
        [[k[0] for k in keys], [k[1] for k in keys]],
    )
    return {(source, key): id_ for source, key, id_ in rows}


def _insert_persons(tx: Tx, record_ids: Sequence[int], recorded_at: datetime) -> None:
    if not record_ids:
        return
    made = tx.rows(
        """
        INSERT INTO customers_person (created_at)
        SELECT %s FROM generate_series(1, %s) RETURNING id
        """,
        [recorded_at, len(record_ids)],
    )
    tx.execute(
        """
        INSERT INTO customers_personof (record_id, person_id)
        SELECT * FROM unnest(%s::bigint[], %s::bigint[])
        """,
        [sorted(record_ids), sorted(row[0] for row in made)],
    )


def _insert_details(
    tx: Tx, new: Sequence[NewRecord], ids: dict[Key, int], recorded_at: datetime
) -> None:
    """Add what was said, unless the record's latest detail says the same."""
    rows = [(ids[r.source, r.source_key], *(getattr(r, name) for name in _DETAILS)) for r in new]
    columns = [list(column) for column in zip(*rows, strict=True)]
    casts = {"birth_date": "date", "joined_on": "date"}
    types = ["bigint", *(casts.get(name, "text") for name in _DETAILS)]
    names = ", ".join(_DETAILS)
    tx.execute(
        f"""
        INSERT INTO customers_detail (record_id, {names}, recorded_at)
        SELECT g.*, %s FROM unnest({", ".join(f"%s::{t}[]" for t in types)})
          AS g (record_id, {names})
        WHERE NOT EXISTS (
          SELECT FROM (
            SELECT {names} FROM customers_detail d WHERE d.record_id = g.record_id
            ORDER BY recorded_at DESC, id DESC LIMIT 1
          ) latest
          WHERE ({", ".join(f"latest.{n}" for n in _DETAILS)})
            IS NOT DISTINCT FROM ({", ".join(f"g.{n}" for n in _DETAILS)})
        )
        """,
        [recorded_at, *columns],
    )


def _insert_credentials(tx: Tx, new: Sequence[NewRecord], ids: dict[Key, int]) -> None:
    rows = [
        (
            ids[r.source, r.source_key],
            c.kind,
            rules.fold_credential(c.kind, c.value),
            c.verified,
            c.valid_from,
        )
        for r in new
        for c in r.credentials
    ]
    if not rows:
        return
    columns = [list(column) for column in zip(*rows, strict=True)]
    tx.execute(
        """
        INSERT INTO customers_credential (record_id, kind, value, verified, valid_from)
        SELECT DISTINCT ON (1, 2, 3) *
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::boolean[], %s::date[])
        ORDER BY 1, 2, 3, 4 DESC
        ON CONFLICT (kind, value, record_id)
          DO UPDATE SET verified = customers_credential.verified OR excluded.verified
        """,
        columns,
    )


def _search_keys(record: NewRecord) -> set[tuple[str, str]]:
    family, given = rules.fold_name(record.family_name), rules.fold_name(record.given_name)
    kana, given_kana = rules.fold_kana(record.family_kana), rules.fold_kana(record.given_kana)
    phone = rules.fold_phone(record.phone)
    keys = {
        ("name", family + given),
        ("name", given),
        ("kana", kana + given_kana),
        ("kana", given_kana),
        ("mail", rules.fold_mail(record.mail)),
        ("phone", phone.lstrip("+")),
        ("phone", "0" + phone.removeprefix("+81") if phone.startswith("+81") else ""),
        ("phone", phone[-4:]),
        ("code", rules.fold_code(record.source_key)),
    }
    keys |= {("code", rules.fold_code(c.value)) for c in record.credentials if c.kind in _CODES}
    return {(kind, key) for kind, key in keys if key}


_CODES = frozenset({"card", "app", "member"})


def _insert_search_keys(tx: Tx, new: Sequence[NewRecord], ids: dict[Key, int]) -> None:
    rows = [(ids[r.source, r.source_key], *key) for r in new for key in _search_keys(r)]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    tx.execute(
        """
        INSERT INTO customers_searchkey (record_id, kind, key)
        SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING
        """,
        columns,
    )
