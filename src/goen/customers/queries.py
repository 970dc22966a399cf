"""Reading people. Every function takes the viewer; a masked role sees no name and no contact."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from goen.customers import rules
from goen.kit.actors import Viewer
from goen.kit.db import Row, Tx

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A person as shown: each attribute from the most trusted record that has it."""

    person_id: int
    unit: str
    family_name: str
    given_name: str
    family_kana: str
    given_kana: str
    birth_date: date | None
    gender: str
    mail: str
    phone: str
    postcode: str
    address: str
    joined_on: date | None
    sources: tuple[str, ...]
    cards: tuple[str, ...]
    record_ids: tuple[int, ...]
    number: str = ""
    """What the first system that knew them calls them: all there is where no name is given."""


@dataclass(frozen=True, slots=True)
class RecordShown:
    """One record of a person, as its system gave it; `credentials` are (kind, value, verified)."""

    record_id: int
    source_code: str
    source_name: Texts
    source_key: str
    unit: str
    name: str
    mail: str
    phone: str
    joined_on: date | None
    credentials: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class EdgeShown:
    """Why two records are, or are not, one person."""

    record_a: int
    record_b: int
    kind: str
    rule: str
    evidence: Mapping[str, Any]
    score: float | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Whole:
    """A person with the records they consist of. `moved_to` is set when they were merged away."""

    person_id: int
    moved_to: int | None
    shown: Shown
    records: tuple[RecordShown, ...]
    edges: tuple[EdgeShown, ...]


_TEXTS = (
    "family_name",
    "given_name",
    "family_kana",
    "given_kana",
    "gender",
    "mail",
    "phone",
    "postcode",
    "address",
)

_NUMBER = re.compile(r"[1-9][0-9]{0,14}")
_DETAIL_SQL = """
SELECT p.person_id, r.id, s.code, s.name, s.trust, r.source_key, r.unit,
       d.family_name, d.given_name, d.family_kana, d.given_kana, d.gender, d.mail, d.phone,
       d.postcode, d.address, d.birth_date, d.joined_on, d.recorded_at
FROM customers_personof p
JOIN customers_record r ON r.id = p.record_id
JOIN places_source s ON s.id = r.source_id
LEFT JOIN LATERAL (
  SELECT * FROM customers_detail WHERE record_id = r.id ORDER BY recorded_at DESC, id DESC LIMIT 1
) d ON true
WHERE p.person_id = ANY(%s)
ORDER BY p.person_id, r.id
"""

_CREDENTIAL_SQL = """
SELECT record_id, kind, value, verified FROM customers_credential
WHERE record_id = ANY(%s) AND valid_to IS NULL ORDER BY record_id, kind, value
"""


def shown(tx: Tx, person_ids: Sequence[int], *, viewer: Viewer) -> dict[int, Shown]:
    """People by id, as this viewer may see them. Ids that were merged away are not followed."""
    by_person: dict[int, list[Row]] = defaultdict(list)
    for row in tx.rows(_DETAIL_SQL, [list(person_ids)]):
        by_person[row[0]].append(row)
    records = [row[1] for rows in by_person.values() for row in rows]
    cards: dict[int, list[str]] = defaultdict(list)
    for record, kind, value, _ in tx.rows(_CREDENTIAL_SQL, [records]):
        if kind in {"card", "member"}:
            cards[record].append(value)
    return {
        person: _masked(_survive(person, rows, cards), viewer) for person, rows in by_person.items()
    }


NEAR_AT_MOST = 1_000
"""So many records are looked at for each thing a typed text may be, those with the nearest key."""
_LAST = "\U0010ffff"
"""No character comes after it: what begins with a text lies between it and it with this behind."""
_NEAREST = """
SELECT p.person_id, min(near.nearness) AS nearness
FROM unnest(%s::text[], %s::text[], %s::text[]) AS given (kind, prefix, prefix_end)
CROSS JOIN LATERAL (
  SELECT k.record_id, length(k.key) AS nearness FROM customers_searchkey k
  WHERE k.kind = given.kind AND k.key ~>=~ given.prefix AND k.key ~<~ given.prefix_end
  ORDER BY nearness, k.record_id LIMIT %s
) near
JOIN customers_personof p ON p.record_id = near.record_id
GROUP BY p.person_id ORDER BY nearness, p.person_id LIMIT %s
"""


def search(tx: Tx, text: str, *, viewer: Viewer, limit: int = 20) -> list[Shown]:
    """People found by the beginning of a name, reading, telephone number, mail or card.

    Who may not see names finds people by their number alone: a name typed by chance tells nothing.
    """
    if not viewer.sees_names:
        given = text.strip()
        found = shown(tx, [int(given)] if _NUMBER.fullmatch(given) else [], viewer=viewer)
        return list(found.values())
    wanted = _wanted(text)
    if not wanted:
        return []
    kinds, prefixes = [w[0] for w in wanted], [w[1] for w in wanted]
    ends = [prefix + _LAST for prefix in prefixes]
    rows = tx.rows(_NEAREST, [kinds, prefixes, ends, NEAR_AT_MOST, limit])
    found = shown(tx, [row[0] for row in rows], viewer=viewer)
    return [found[row[0]] for row in rows]


def whole(tx: Tx, person_id: int, *, viewer: Viewer) -> Whole | None:
    """A person with records and evidence, or where they moved; None if there never was one."""
    row = tx.row("SELECT merged_into_id FROM customers_person WHERE id = %s", [person_id])
    if row is None:
        return None
    current = _current(tx, person_id)
    details = tx.rows(_DETAIL_SQL, [[current]])
    records = tuple(_record(tx, row, viewer) for row in details)
    person = shown(tx, [current], viewer=viewer)[current]
    moved_to = current if current != person_id else None
    return Whole(current, moved_to, person, records, _edges(tx, person.record_ids, viewer))


def find_credential(tx: Tx, value: str, *, viewer: Viewer) -> Shown | None:
    """The one person who shows this card, code, mail or telephone number; None if none or many.

    Who may not see names learns of nobody by a mail address or telephone number.
    """
    wanted = {rules.fold_code(value), rules.fold_mail(value), rules.fold_phone(value)}
    rows = tx.rows(
        """
        SELECT DISTINCT p.person_id FROM customers_credential c
        JOIN customers_personof p USING (record_id)
        WHERE c.kind = ANY(%s) AND c.value = ANY(%s) AND c.valid_to IS NULL
          AND (%s OR c.kind NOT IN ('mail', 'phone')) LIMIT 2
        """,
        [KINDS, sorted(w for w in wanted if w), viewer.sees_names],
    )
    return shown(tx, [rows[0][0]], viewer=viewer)[rows[0][0]] if len(rows) == 1 else None


def person_of_records(tx: Tx, record_ids: Sequence[int]) -> dict[int, int]:
    """Which person each record is."""
    sql = "SELECT record_id, person_id FROM customers_personof WHERE record_id = ANY(%s)"
    return dict(tx.rows(sql, [list(record_ids)]))


def records_of_keys(tx: Tx, keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The records of (source code, the source's own key); unknown ones are left out."""
    rows = tx.rows(
        """
        SELECT s.code, r.source_key, r.id
        FROM unnest(%s::text[], %s::text[]) AS given (source, source_key)
        JOIN places_source s ON s.code = given.source
        JOIN customers_record r ON r.source_id = s.id AND r.source_key = given.source_key
        """,
        [[source for source, _ in keys], [key for _, key in keys]],
    )
    return {(source, key): record for source, key, record in rows}


OF_CREDENTIALS = """
SELECT c.kind, c.value, min(c.record_id) AS record_id, count(DISTINCT p.person_id) AS people
FROM unnest(%s::text[], %s::text[]) AS given (kind, value)
JOIN customers_credential c USING (kind, value)
JOIN customers_personof p ON p.record_id = c.record_id
WHERE c.valid_to IS NULL GROUP BY c.kind, c.value
"""
"""The oldest record of each credential, and how many people carry it: for `Credentials`."""


KINDS = ["card", "app", "member", "mail", "phone"]
"""Every kind of credential."""


class Credentials:
    """Credentials shown, as (kind, value); an empty kind means any.

    A key that several records carry goes to the oldest of them if they are one person, and to
    nobody otherwise.
    """

    def __init__(self, shown_keys: Iterable[tuple[str, str]]) -> None:
        self._folded: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for kind, value in set(shown_keys):
            kinds = [kind] if kind else KINDS
            self._folded[kind, value] = {(k, rules.fold_credential(k, value)) for k in kinds}

    def asked(self) -> list[list[str]]:
        """What `OF_CREDENTIALS` is asked with."""
        pairs = sorted({pair for wanted in self._folded.values() for pair in wanted if pair[1]})
        return [[p[0] for p in pairs], [p[1] for p in pairs]]

    def records(self, rows: Iterable[Row]) -> dict[tuple[str, str], int]:
        """The record behind each credential, by what `OF_CREDENTIALS` answers."""
        found = {(kind, value): record for kind, value, record, people in rows if people == 1}
        answers = {}
        for key, wanted in self._folded.items():
            records = sorted({found[pair] for pair in wanted if pair in found})
            if records:
                answers[key] = records[0]
        return answers


def records_of_credentials(
    tx: Tx, shown_keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The record behind each credential shown, as `Credentials` choose it."""
    credentials = Credentials(shown_keys)
    return credentials.records(tx.rows(OF_CREDENTIALS, credentials.asked()))


def _survive(person: int, rows: Sequence[Row], cards: Mapping[int, Sequence[str]]) -> Shown:
    texts = {
        name: rules.survivor({f"{row[18]}:{row[1]}": (row[4], row[7 + i] or "") for row in rows})
        for i, name in enumerate(_TEXTS)
    }
    born = rules.survivor(
        {f"{row[18]}:{row[1]}": (row[4], row[16].isoformat() if row[16] else "") for row in rows}
    )
    joined = [row[17] for row in rows if row[17] is not None]
    return Shown(
        person_id=person,
        unit=rows[0][6],
        birth_date=date.fromisoformat(born) if born else None,
        joined_on=min(joined) if joined else None,
        sources=tuple(dict.fromkeys(row[2] for row in rows)),
        cards=tuple(dict.fromkeys(card for row in rows for card in cards.get(row[1], ()))),
        record_ids=tuple(row[1] for row in rows),
        number=rows[0][5],
        **texts,
    )


def _masked(person: Shown, viewer: Viewer) -> Shown:
    """Nobody is recognised and nobody confused: pages call a nameless person by their number."""
    if viewer.sees_names:
        return person
    return replace(
        person,
        family_name="",
        given_name="",
        family_kana="",
        given_kana="",
        mail="",
        phone="",
        postcode="",
        address="",
        birth_date=None,
        cards=(),
        number="",
    )


def _wanted(text: str) -> list[tuple[str, str]]:
    """Which keys a typed text may be the beginning of."""
    digits = "".join(c for c in rules.fold_code(text) if c.isdigit())
    wanted = {("name", rules.fold_name(text)), ("code", rules.fold_code(text))}
    kana = rules.fold_kana(text)
    if kana and all("ァ" <= c <= "ヺ" for c in kana):
        wanted.add(("kana", kana))
    if "@" in text or (text.isascii() and len(text) >= 3):
        wanted.add(("mail", rules.fold_mail(text)))
    if len(digits) >= 4:
        wanted.add(("phone", digits))
    return sorted((kind, key) for kind, key in wanted if key)


def _current(tx: Tx, person_id: int) -> int:
    """Follow redirects to the person who is live now."""
    while True:
        into = tx.value("SELECT merged_into_id FROM customers_person WHERE id = %s", [person_id])
        if into is None:
            return person_id
        person_id = int(into)


def _record(tx: Tx, row: Row, viewer: Viewer) -> RecordShown:
    credentials = tx.rows(_CREDENTIAL_SQL, [[row[1]]])
    seen = viewer.sees_names
    return RecordShown(
        record_id=row[1],
        source_code=row[2],
        source_name=row[3],
        source_key=row[5] if seen else "",
        unit=row[6],
        name=f"{row[7] or ''} {row[8] or ''}".strip() if seen else "",
        mail=(row[12] or "") if seen else "",
        phone=(row[13] or "") if seen else "",
        joined_on=row[17],
        credentials=tuple((k, v if seen else "", ok) for _, k, v, ok in credentials),
    )


def _edges(tx: Tx, record_ids: Sequence[int], viewer: Viewer) -> tuple[EdgeShown, ...]:
    rows = tx.rows(
        """
        SELECT record_a_id, record_b_id, kind, rule, evidence, score, created_at
        FROM customers_edge
        WHERE closed_at IS NULL AND record_a_id = ANY(%s) AND record_b_id = ANY(%s) ORDER BY id
        """,
        [list(record_ids), list(record_ids)],
    )
    return tuple(
        EdgeShown(a, b, kind, rule, _evidence(evidence, viewer), score, at)
        for a, b, kind, rule, evidence, score, at in rows
    )


def _evidence(evidence: Mapping[str, Any], viewer: Viewer) -> Mapping[str, Any]:
    return evidence if viewer.sees_names else dict.fromkeys(evidence, "")
