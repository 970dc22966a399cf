"""What Goen does by itself: one switch that stops it all, and a line for every decision.

Promises: whatever acts without a person asks `is_on` in each of its cycles, so that the switch
halts it within one; each decision says by which rule it was made, on what, and what came of it,
and is never changed. Switching is kept in the trail.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from goen.kit import settings
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

SWITCH = "automation.on"


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision nobody took: `rule` with its version, what it is about, what it saw, what it did.

    `subject` is an opaque id such as `person:12`; `inputs` are figures and codes, no contact data.
    """

    rule: str
    subject: str
    outcome: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DecisionShown:
    """A decision as kept."""

    id: int
    at: datetime
    rule: str
    subject: str
    inputs: Mapping[str, Any]
    outcome: str


def is_on(tx: Tx) -> bool:
    """Whether anything may act by itself now."""
    return bool(settings.read(tx, SWITCH))


def switch(tx: Tx, *, on: bool, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """Stop everything automatic, or let it go on. Saying the same again changes nothing."""
    if is_on(tx) == on:
        return None
    return settings.write(tx, SWITCH, on, actor=actor, recorded_at=recorded_at)


def decided(tx: Tx, decisions: Sequence[Decided], *, at: datetime) -> None:
    """Write down what was decided without a person."""
    if not decisions:
        return
    tx.execute(
        """
        INSERT INTO marketing_decision (at, rule, subject, inputs, outcome)
        SELECT %s, rule, subject, inputs::jsonb, outcome
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])
          AS given (rule, subject, inputs, outcome)
        """,
        [
            at,
            [one.rule for one in decisions],
            [one.subject for one in decisions],
            [json.dumps(one.inputs, ensure_ascii=False, default=str) for one in decisions],
            [one.outcome for one in decisions],
        ],
    )


def decisions(
    tx: Tx, *, rule: str = "", subject: str = "", before: int | None = None, limit: int = 50
) -> list[DecisionShown]:
    """What was decided, the latest first; `rule` is a beginning, `before` the id to go on from."""
    conditions, params = ["true"], []
    if rule:
        conditions.append("starts_with(rule, %s)")
        params.append(rule)
    if subject:
        conditions.append("subject = %s")
        params.append(subject)
    if before is not None:
        conditions.append("id < %s")
        params.append(str(before))
    rows = tx.rows(
        "SELECT id, at, rule, subject, inputs, outcome FROM marketing_decision"
        f" WHERE {' AND '.join(conditions)} ORDER BY id DESC LIMIT %s",
        [*params, limit],
    )
    return [DecisionShown(*row) for row in rows]
