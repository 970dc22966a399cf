"""Who may be written to, and what proves it.

Promises: a word is only ever added; a yes without proof (the text shown, or evidence) is refused;
a no holds until a newer yes of the same record; over the records of a person the strictest holds,
per record again when they part; an address that somebody refused, that bounced or that complained
is barred for whoever has it; an address lent out by a marketplace is never used.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.customers import consent_rules as words
from goen.customers.suppressions import lift, suppress, suppressed
from goen.kit import batches, clock, outbox, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

__all__ = ["Barred", "Kept", "NewConsent", "Permission", "lift", "note", "permissions", "suppress"]

_PURPOSE = re.compile(r"[a-z][a-z_]{0,39}")


@dataclass(frozen=True, slots=True)
class NewConsent:
    """A yes (`granted`) or a no. `wording` is the text shown, as (code, version)."""

    uid: UUID
    record_id: int
    channel: str
    granted: bool
    way: str
    occurred_at: datetime
    purpose: str = words.MARKETING
    address: str = ""
    wording: tuple[str, int] | None = None
    place_id: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """The word stands. `repeated` when it already did."""

    uid: UUID
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Permission:
    """A person may be written to, by this record's word and at this address.

    `person_id` is who they are now: two ids that were merged lead to the same.
    """

    person_id: int
    record_id: int
    address: str


@dataclass(frozen=True, slots=True)
class Barred:
    """A person may not be written to: no_address, no_consent, refused or suppressed."""

    person_id: int
    cause: str


def note(
    tx: Tx, new: Sequence[NewConsent], *, actor: Actor, recorded_at: datetime
) -> list[Kept | Refusal]:
    """Keep yeses and noes with their proof. The same uid again changes nothing."""
    first = batches.first_of_each(new)
    known = _known(tx, list(first.values()))
    answers: dict[UUID, Kept | Refusal] = {}
    for uid, one in first.items():
        refused = _refusal(one, known, recorded_at)
        answers[uid] = refused or Kept(uid)
    good = [one for one in first.values() if isinstance(answers[one.uid], Kept)]
    fresh = _insert(tx, good, known, actor, recorded_at)
    answers |= {one.uid: _again(tx, one, known) for one in good if one.uid not in fresh}
    _tell(tx, [one for one in good if one.uid in fresh], actor, recorded_at)
    return batches.in_order(new, answers, again=lambda kept: Kept(kept.uid, repeated=True))


@dataclass(frozen=True, slots=True)
class _Known:
    """What the batch names and is there: records with (source, key), wordings, places."""

    records: Mapping[int, tuple[str, str]]
    wordings: Mapping[tuple[str, int], int]
    places: frozenset[int]

    def wording_id(self, new: NewConsent) -> int | None:
        return None if new.wording is None else self.wordings[new.wording]


def _known(tx: Tx, new: Sequence[NewConsent]) -> _Known:
    records = tx.rows(
        "SELECT r.id, s.code, r.source_key FROM customers_record r"
        " JOIN places_source s ON s.id = r.source_id WHERE r.id = ANY(%s)",
        [[one.record_id for one in new]],
    )
    shown = sorted({one.wording for one in new if one.wording is not None})
    wordings = tx.rows(
        "SELECT code, version, id FROM customers_wording"
        " JOIN unnest(%s::text[], %s::int[]) AS given (code, version) USING (code, version)",
        [[code for code, _ in shown], [version for _, version in shown]],
    )
    places = tx.rows(
        "SELECT id FROM places_place WHERE id = ANY(%s)",
        [[one.place_id for one in new if one.place_id is not None]],
    )
    return _Known(
        {id_: (source, key) for id_, source, key in records},
        {(code, version): id_ for code, version, id_ in wordings},
        frozenset(row[0] for row in places),
    )


def _refusal(new: NewConsent, known: _Known, recorded_at: datetime) -> Refusal | None:
    return _unknown(new, known) or _unproved(new, recorded_at)


def _unknown(new: NewConsent, known: _Known) -> Refusal | None:
    if new.record_id not in known.records:
        return Refusal("unknown_record", "record_id", {"given": new.record_id})
    if new.channel not in words.CHANNELS:
        detail = {"given": new.channel, "known": ", ".join(words.CHANNELS)}
        return Refusal("unknown_contact_channel", "channel", detail)
    if new.way not in words.WAYS:
        return Refusal("unknown_way", "way", {"given": new.way, "known": ", ".join(words.WAYS)})
    if new.wording is not None and new.wording not in known.wordings:
        code, version = new.wording
        return Refusal("unknown_wording", "wording", {"given": f"{code} {version}"})
    if new.place_id is not None and new.place_id not in known.places:
        return Refusal("unknown_place", "place_id", {"given": new.place_id})
    return None


def _unproved(new: NewConsent, recorded_at: datetime) -> Refusal | None:
    if not _PURPOSE.fullmatch(new.purpose):
        return Refusal("bad_purpose", "purpose", {"given": new.purpose})
    if not clock.is_plausible(new.occurred_at, recorded_at):
        return Refusal("implausible_time", "occurred_at", {"given": new.occurred_at.isoformat()})
    if new.granted and new.wording is None and not new.evidence:
        return Refusal("proof_missing", "wording")
    if new.address and not words.is_usable(new.channel, new.address):
        return Refusal("bad_contact", "address", {"given": new.address})
    return None


def _insert(
    tx: Tx, good: Sequence[NewConsent], known: _Known, actor: Actor, recorded_at: datetime
) -> set[UUID]:
    """Write what is new; answers whose ids were."""
    if not good:
        return set()
    rows = tx.rows(
        """
        INSERT INTO customers_consent
          (uid, record_id, channel, purpose, granted, address, wording_id, way, place_id, evidence,
           occurred_at, recorded_at, actor)
        SELECT uid, record_id, channel, purpose, granted, address, wording_id, way, place_id,
               evidence::jsonb, occurred_at, %s, %s
        FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::boolean[], %s::text[],
                    %s::bigint[], %s::text[], %s::bigint[], %s::text[], %s::timestamptz[])
          WITH ORDINALITY AS given (uid, record_id, channel, purpose, granted, address, wording_id,
                                    way, place_id, evidence, occurred_at, n)
        ORDER BY n ON CONFLICT (uid) DO NOTHING RETURNING uid
        """,
        [
            recorded_at,
            str(actor),
            [one.uid for one in good],
            [one.record_id for one in good],
            [one.channel for one in good],
            [one.purpose for one in good],
            [one.granted for one in good],
            [_said_of(one) for one in good],
            [known.wording_id(one) for one in good],
            [one.way for one in good],
            [one.place_id for one in good],
            [json.dumps(one.evidence, ensure_ascii=False, default=str) for one in good],
            # A clock that runs ahead must not make a yes outlast the no that follows it.
            [min(one.occurred_at, recorded_at) for one in good],
        ],
    )
    return {row[0] for row in rows}


def _said_of(new: NewConsent) -> str:
    """The address a word is about, in the one form that others can be compared with."""
    return words.fold_address(new.channel, new.address) if new.address else ""


def _again(tx: Tx, new: NewConsent, known: _Known) -> Kept | Refusal:
    """What stands under this id already: the same word (whenever it was sent), or another."""
    found = tx.row(
        "SELECT record_id, channel, purpose, granted, address, wording_id, way"
        " FROM customers_consent WHERE uid = %s",
        [new.uid],
    )
    same = (
        new.record_id, new.channel, new.purpose, new.granted, _said_of(new),
        known.wording_id(new), new.way,
    )  # fmt: skip
    return Kept(new.uid, repeated=True) if found == same else batches.id_reused(new.uid)


def _tell(tx: Tx, fresh: Sequence[NewConsent], actor: Actor, recorded_at: datetime) -> None:
    """The trail and the outbox; neither carries an address."""
    keys = dict.fromkeys(one.record_id for one in fresh)
    named = {} if not fresh else _known(tx, fresh).records
    for one in fresh:
        detail = {"channel": one.channel, "purpose": one.purpose, "granted": one.granted}
        if len(keys) == 1:
            trail.note(tx, actor, "consent", "record", one.record_id, at=recorded_at, detail=detail)
    if len(keys) > 1:
        detail = {"given": len(fresh), "granted": sum(one.granted for one in fresh)}
        trail.note(tx, actor, "consent", "record", "many", at=recorded_at, detail=detail)
    notices = [
        outbox.Notice(
            "ConsentChanged",
            f"record:{one.record_id}",
            {
                "uid": str(one.uid),
                "source": named[one.record_id][0],
                "source_key": named[one.record_id][1],
                "channel": one.channel,
                "purpose": one.purpose,
                "granted": one.granted,
                "occurred_at": one.occurred_at.isoformat(),
            },
        )
        for one in fresh
    ]
    outbox.write(tx, notices, recorded_at=recorded_at)


_WHO_NOW = """
WITH RECURSIVE now (asked, person_id, merged_into_id) AS (
  SELECT id, id, merged_into_id FROM customers_person WHERE id = ANY(%(people)s)
  UNION ALL
  SELECT n.asked, p.id, p.merged_into_id FROM now n
  JOIN customers_person p ON p.id = n.merged_into_id
)
SELECT asked, person_id FROM now WHERE merged_into_id IS NULL
"""

_ADDRESS = {
    "mail": "d.mail",
    "sms": "d.phone",
    "phone": "d.phone",
    "dm": "d.postcode || d.address",
    "app": "(SELECT min(value) FROM customers_credential a"
    " WHERE a.record_id = po.record_id AND a.kind = 'app' AND a.valid_to IS NULL)",
    "line": "''",
}
"""Where a record is reached on a channel, when its word names no address."""


def permissions(
    tx: Tx,
    person_ids: Sequence[int],
    *,
    channel: str = "mail",
    purpose: str = words.MARKETING,
) -> dict[int, Permission | Barred]:
    """Who of these may be written to now, and why the others may not: an answer for each id.

    Ids that were merged away are answered by who they are now.
    """
    assert channel in words.CHANNELS, channel
    who: dict[int, int] = dict(tx.rows(_WHO_NOW, {"people": sorted(set(person_ids))}))
    said = _said(tx, sorted(set(who.values())), channel, purpose)
    found = {person: words.decided(channel, given) for person, given in said.items()}
    folded = {
        person: words.fold_address(channel, one[1])
        for person, one in found.items()
        if not isinstance(one, str)
    }
    reached = set(folded.values())
    barred = suppressed(tx, channel, reached) | _refused_by_others(tx, channel, purpose, reached)
    answers: dict[int, Permission | Barred] = {}
    for asked in dict.fromkeys(person_ids):
        person = who.get(asked, asked)
        one = found.get(person, "no_address")
        if isinstance(one, str):
            answers[asked] = Barred(person, one)
            continue
        cause = barred.get(folded[person])
        word, address = one
        answers[asked] = (
            Barred(person, cause) if cause else Permission(person, word.record_id, address)
        )
    return answers


def _said(tx: Tx, people: Sequence[int], channel: str, purpose: str) -> dict[int, list[words.Word]]:
    """The newest word of each record of these people, and where it is reached."""
    rows = tx.rows(
        f"""
        SELECT po.person_id, po.record_id, s.trust, c.granted, c.address,
               extract(epoch FROM c.occurred_at)::float8, {_ADDRESS[channel]}
        FROM customers_personof po
        JOIN customers_record r ON r.id = po.record_id
        JOIN places_source s ON s.id = r.source_id
        LEFT JOIN LATERAL (
          SELECT granted, address, occurred_at FROM customers_consent
          WHERE record_id = po.record_id AND channel = %s AND purpose = %s
          ORDER BY occurred_at DESC, granted, id DESC LIMIT 1
        ) c ON true
        LEFT JOIN LATERAL (
          SELECT mail, phone, postcode, address FROM customers_detail
          WHERE record_id = po.record_id ORDER BY recorded_at DESC, id DESC LIMIT 1
        ) d ON true
        WHERE po.person_id = ANY(%s)
        """,
        [channel, purpose, list(people)],
    )
    said: dict[int, list[words.Word]] = {}
    for person, record, trust, granted, said_of, at, address in rows:
        word = words.Word(record, trust, granted, said_of or "", at, address or "")
        said.setdefault(person, []).append(word)
    return said


_KEY_KIND = {"mail": "mail", "sms": "phone", "phone": "phone"}


def _refused_by_others(tx: Tx, channel: str, purpose: str, addresses: set[str]) -> dict[str, str]:
    """Addresses at which somebody's newest word is a no, whoever else they belong to."""
    if channel not in _KEY_KIND or not addresses:
        return {}
    rows = tx.rows(
        """
        WITH given AS (SELECT unnest(%(folded)s::text[]) AS folded),
        held AS (
          SELECT g.folded, k.record_id FROM given g JOIN customers_searchkey k
            ON k.kind = %(kind)s AND k.key = ltrim(g.folded, '+')
          UNION
          SELECT g.folded, c.record_id FROM given g JOIN customers_consent c
            ON c.address = g.folded AND c.channel = %(channel)s AND NOT c.granted
        )
        SELECT DISTINCT h.folded FROM held h CROSS JOIN LATERAL (
          SELECT granted, address AS said_of FROM customers_consent
          WHERE record_id = h.record_id AND channel = %(channel)s AND purpose = %(purpose)s
          ORDER BY occurred_at DESC, granted, id DESC LIMIT 1
        ) c
        WHERE NOT c.granted AND c.said_of IN ('', h.folded)
        """,
        {
            "folded": sorted(addresses),
            "kind": _KEY_KIND[channel],
            "channel": channel,
            "purpose": purpose,
        },
    )
    return {row[0]: "refused" for row in rows}
