"""The texts that shoppers agree to or refuse, and the proof of what each of them said.

Promises: a text is never changed, a new one is a new version; proof is read with its text, and
addresses in it only by who may see them.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.kit import trail
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WordingShown:
    """A text in one version."""

    code: str
    version: int
    text: Texts
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Proof:
    """One word of a record with all that proves it; `holds` while it is the record's newest."""

    uid: str
    person_id: int
    record_id: int
    source: str
    source_key: str
    channel: str
    purpose: str
    granted: bool
    address: str
    wording: WordingShown | None
    way: str
    place: Texts | None
    evidence: Mapping[str, Any]
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    holds: bool


def put(
    tx: Tx,
    code: str,
    text: Texts,
    *,
    actor: Actor,
    recorded_at: datetime,
    entity: str | None = None,
) -> int:
    """Say from now on this text; answers its version. The same text again is the same version."""
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('customers.wording'))")
    newest = tx.row(
        "SELECT version, text FROM customers_wording WHERE code = %s ORDER BY version DESC LIMIT 1",
        [code],
    )
    if newest is not None and newest[1] == dict(text):
        return int(newest[0])
    version = 1 if newest is None else int(newest[0]) + 1
    tx.execute(
        """
        INSERT INTO customers_wording (code, version, text, entity_id, recorded_at, actor)
        VALUES (%s, %s, %s::jsonb, (SELECT id FROM places_entity WHERE code = %s), %s, %s)
        """,
        [code, version, json.dumps(dict(text), ensure_ascii=False), entity, recorded_at,
         str(actor)],
    )  # fmt: skip
    detail = {"version": version}
    trail.note(tx, actor, "word", "wording", code, at=recorded_at, detail=detail)
    return version


def current(tx: Tx) -> list[WordingShown]:
    """The newest version of every text."""
    sql = (
        "SELECT DISTINCT ON (code) code, version, text, recorded_at FROM customers_wording"
        " ORDER BY code, version DESC"
    )
    return [WordingShown(*row) for row in tx.rows(sql)]


def read_there(tx: Tx, code: str, said: str) -> int | None:
    """The version that was on somebody's screen, as their form says; None if there is none."""
    if not (said.isdecimal() and len(said) < 9):
        return None
    sql = "SELECT version FROM customers_wording WHERE code = %s AND version = %s"
    found = tx.value(sql, [code, int(said)])
    return None if found is None else int(found)


def every(tx: Tx) -> list[WordingShown]:
    """Every version of every text, the newest of each first."""
    sql = (
        "SELECT code, version, text, recorded_at FROM customers_wording ORDER BY code, version DESC"
    )
    return [WordingShown(*row) for row in tx.rows(sql)]


_PROOF = """
SELECT c.uid::text, po.person_id, c.record_id, s.code, r.source_key, c.channel, c.purpose,
       c.granted, c.address, w.code, w.version, w.text, w.recorded_at, c.way, p.name, c.evidence,
       c.occurred_at, c.recorded_at, c.actor,
       c.id = first_value(c.id) OVER (
         PARTITION BY c.record_id, c.channel, c.purpose ORDER BY c.occurred_at DESC, c.granted,
         c.id DESC)
FROM customers_consent c
JOIN customers_personof po ON po.record_id = c.record_id
JOIN customers_record r ON r.id = c.record_id
JOIN places_source s ON s.id = r.source_id
LEFT JOIN customers_wording w ON w.id = c.wording_id
LEFT JOIN places_place p ON p.id = c.place_id
"""


def proofs(tx: Tx, person_ids: Sequence[int], *, viewer: Viewer) -> list[Proof]:
    """All that these people ever said about being written to, the newest first."""
    rows = tx.rows(
        f"{_PROOF} WHERE po.person_id = ANY(%s) ORDER BY c.occurred_at DESC, c.id DESC",
        [list(person_ids)],
    )
    return [_proof(row, viewer) for row in rows]


def all_proofs(tx: Tx, *, viewer: Viewer, at_once: int = 5_000) -> Iterator[Proof]:
    """Every word of everybody, by record: what an authority is shown."""
    after = 0
    while True:
        records = [
            row[0]
            for row in tx.rows(
                "SELECT DISTINCT record_id FROM customers_consent WHERE record_id > %s"
                " ORDER BY record_id LIMIT %s",
                [after, at_once],
            )
        ]
        if not records:
            return
        after = records[-1]
        for row in tx.rows(
            f"{_PROOF} WHERE c.record_id = ANY(%s) ORDER BY c.record_id, c.occurred_at, c.id",
            [records],
        ):
            yield _proof(row, viewer)


def _proof(row: Sequence[Any], viewer: Viewer) -> Proof:
    uid, person, record, source, key, channel, purpose, granted, address, *rest = row
    code, version, text, worded_at, way, place, evidence, occurred, recorded, actor, holds = rest
    seen = viewer.sees_names
    return Proof(
        uid=uid,
        person_id=person,
        record_id=record,
        source=source,
        source_key=key if seen else "",
        channel=channel,
        purpose=purpose,
        granted=granted,
        address=address if seen else "",
        wording=None if code is None else WordingShown(code, version, text, worded_at),
        way=way,
        place=place,
        evidence=evidence if seen else dict.fromkeys(evidence, ""),
        occurred_at=occurred,
        recorded_at=recorded,
        actor=actor,
        holds=holds,
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records' newest word on a channel is a yes, and how many's a no."""

    channel: str
    granted: int
    refused: int
    last_at: datetime


def tallies(tx: Tx, *, purpose: str) -> list[Tally]:
    """The newest words of all records, counted by channel."""
    rows = tx.rows(
        """
        SELECT channel, count(*) FILTER (WHERE granted), count(*) FILTER (WHERE NOT granted),
               max(occurred_at)
        FROM (
          SELECT DISTINCT ON (record_id, channel) channel, granted, occurred_at
          FROM customers_consent WHERE purpose = %s
          ORDER BY record_id, channel, occurred_at DESC, granted, id DESC
        ) newest
        GROUP BY channel ORDER BY channel
        """,
        [purpose],
    )
    return [Tally(*row) for row in rows]
