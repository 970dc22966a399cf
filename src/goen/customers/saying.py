"""A person speaks for themselves: their word about being written to, at every record of theirs.

Promises: whatever holds for one of their records holds for all afterwards, also when they part;
the same uid again changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from goen.customers import consent_rules
from goen.customers.consents import Kept, NewConsent, note
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Said:
    """What a person said, once: a yes or a no for a channel, and what proves it."""

    uid: UUID
    channel: str
    granted: bool
    way: str
    occurred_at: datetime
    purpose: str = consent_rules.MARKETING
    wording: tuple[str, int] | None = None
    place_id: int | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)


def say(
    tx: Tx, person_id: int, said: Said, *, actor: Actor, recorded_at: datetime
) -> list[Kept | Refusal]:
    """Keep a person's word at each of their records; answers each, the oldest record first."""
    rows = tx.rows(
        "SELECT record_id FROM customers_personof WHERE person_id = %s ORDER BY record_id",
        [person_id],
    )
    words = [
        NewConsent(
            uid=uuid5(said.uid, str(record)),
            record_id=record,
            channel=said.channel,
            granted=said.granted,
            way=said.way,
            occurred_at=said.occurred_at,
            purpose=said.purpose,
            wording=said.wording,
            place_id=said.place_id,
            evidence=said.evidence,
        )
        for (record,) in rows
    ]
    return note(tx, words, actor=actor, recorded_at=recorded_at)
