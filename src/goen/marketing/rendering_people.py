"""What a mail may say of each of its readers, read for many at once.

Contact data pass through here into a letter and are kept nowhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from goen.customers import queries as customers
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.marketing import proposals
from goen.marketing.proposals import ProposalShown
from goen.marketing.rendering_formats import day_in, number_in, text_in
from goen.marketing.rendering_words import why_proposed

MAILER = Viewer("mail", "system", "marketing")

_POINTS = """
WITH mine AS (
  SELECT p.person_id, m.account_id FROM customers_personof p
  JOIN points_membership m ON m.record_id = p.record_id WHERE p.person_id = ANY(%(people)s)
  GROUP BY 1, 2
), lots AS (
  SELECT mine.person_id, l.expires_on, sum(l.free) AS free
  FROM mine JOIN points_lot l USING (account_id)
  WHERE l.free > 0 AND (l.expires_on IS NULL OR l.expires_on >= %(day)s) GROUP BY 1, 2
), next AS (
  SELECT DISTINCT ON (person_id) person_id, expires_on, free FROM lots
  WHERE expires_on IS NOT NULL ORDER BY person_id, expires_on
)
SELECT person_id, sum(lots.free)::bigint, min(next.expires_on), min(next.free)::bigint
FROM lots LEFT JOIN next USING (person_id) GROUP BY 1
"""
_STORES = """
SELECT r.person_id, p.name FROM insight_personrank r JOIN places_place p ON p.id = r.main_place
WHERE r.person_id = ANY(%s) AND p.kind = 'store'
"""


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader: their fields, and the proposal the mail shows them, if it does."""

    values: Mapping[str, str]
    proposal: UUID | None = None


def readers(
    tx: Tx, person_ids: Sequence[int], *, language: str, day: date, with_proposals: bool
) -> dict[int, Reader]:
    """The fields that each person has; what they lack is left out."""
    people = list(person_ids)
    values: dict[int, dict[str, str]] = {one: {} for one in people}
    for person_id, shown in customers.shown(tx, people, viewer=MAILER).items():
        values[person_id] |= _names(shown, language)
    for person_id, free, ends_on, ending in tx.rows(_POINTS, {"people": people, "day": day}):
        values[person_id]["points"] = number_in(free)
        if ends_on is not None:
            values[person_id]["points_ending"] = number_in(ending)
            values[person_id]["points_end_on"] = day_in(ends_on, language)
    for person_id, name in tx.rows(_STORES, [people]):
        values[person_id]["store"] = text_in(name, language)
    proposed: dict[int, UUID] = {}
    if with_proposals:
        for person_id, found in proposals.of_people(tx, people, viewer=MAILER, on=day).items():
            proposed[person_id] = found.uid
            values[person_id] |= _proposal(found, language)
    return {one: Reader(values[one], proposed.get(one)) for one in values}


def _names(shown: customers.Shown, language: str) -> dict[str, str]:
    family, whole = shown.family_name, f"{shown.family_name} {shown.given_name}".strip()
    if not whole:
        return {}
    name = f"{whole} 様" if language == "ja" else whole
    return {"name": name, "family_name": family} if family else {"name": name}


def _proposal(found: ProposalShown, language: str) -> dict[str, str]:
    beside = text_in(found.beside_name, language)
    return {
        "proposal": text_in(found.name, language),
        "proposal_reason": why_proposed(found.kind, beside, language),
        "proposal_until": day_in(found.expires_on, language),
    }
