"""Records as their systems told them, and what was said by hand of who is whom, for pages.

A masked role reads which fields there are, never what they say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from goen.kit.actors import Viewer
from goen.kit.db import Tx

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One record in its system's own words, with the person it is now."""

    record_id: int
    person_id: int
    source_name: Texts
    source_key: str
    unit: str
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


@dataclass(frozen=True, slots=True)
class SaidShown:
    """What somebody said by hand of two records, or a score did; `closed_at` when taken back."""

    record_a: int
    record_b: int
    kind: str
    rule: str
    reason: str
    score: float | None
    actor: str
    created_at: datetime
    closed_at: datetime | None
    closed_by: str


def told(tx: Tx, record_ids: Sequence[int], *, viewer: Viewer) -> dict[int, Told]:
    """Records by id, each as its own system has it."""
    rows = tx.rows(
        """
        SELECT r.id, po.person_id, s.name, r.source_key, r.unit, coalesce(d.family_name, ''),
          coalesce(d.given_name, ''), coalesce(d.family_kana, ''), coalesce(d.given_kana, ''),
          d.birth_date, coalesce(d.gender, ''), coalesce(d.mail, ''), coalesce(d.phone, ''),
          coalesce(d.postcode, ''), coalesce(d.address, ''), d.joined_on
        FROM customers_record r JOIN places_source s ON s.id = r.source_id
        JOIN customers_personof po ON po.record_id = r.id
        LEFT JOIN LATERAL (
          SELECT * FROM customers_detail WHERE record_id = r.id
          ORDER BY recorded_at DESC, id DESC LIMIT 1
        ) d ON true
        WHERE r.id = ANY(%s) ORDER BY r.id
        """,
        [list(record_ids)],
    )
    found = [Told(*row) for row in rows]
    if not viewer.sees_names:
        found = [_masked(one) for one in found]
    return {one.record_id: one for one in found}


def _masked(one: Told) -> Told:
    return replace(
        Told(one.record_id, one.person_id, one.source_name, "", one.unit), joined_on=one.joined_on
    )


def history(tx: Tx, record_ids: Sequence[int], *, viewer: Viewer) -> list[SaidShown]:
    """What was said of these records and any others, the latest first; taken back or not."""
    rows = tx.rows(
        """
        SELECT record_a_id, record_b_id, kind, rule, reason, score, actor, created_at, closed_at,
          closed_by
        FROM customers_edge
        WHERE kind IN ('manual', 'cannot')
          AND (record_a_id = ANY(%(records)s) OR record_b_id = ANY(%(records)s))
        ORDER BY id DESC
        """,
        {"records": list(record_ids)},
    )
    found: list[Any] = [SaidShown(*row) for row in rows]
    return [one if viewer.sees_names else replace(one, reason="") for one in found]
