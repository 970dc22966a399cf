"""What is proposed to one person, and why: shown in many places, one at a time, by one read.

Promises: everywhere it is the same proposal with the same reason; who is in the hold-out is shown
none, for ever; that it was shown is kept once a place and occasion; a proposal that was answered
or is over is shown no more. What is proposed is made in `proposals_making`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Row, Tx
from goen.kit.refusals import Refusal

DISMISSALS = ("not_now", "has_it", "not_wanted", "not_them", "other")
"""Why a proposal is put aside: not now; they have it; they do not want it; not their taste."""
PLACES = ("till", "member", "receipt", "console", "mail")
Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ProposalShown:
    """One proposal. `reason` has the figures of the kind; who sees it decides what is said of them.

    `stake_minor` is what it may bring; it is for the shop's own pages only. `arm` is `treated` or
    `holdout`.
    """

    uid: UUID
    person_id: int
    record_id: int
    kind: str
    sku_id: int
    sku_code: str
    name: Texts
    beside_name: Texts | None
    reason: Mapping[str, Any]
    stake_minor: int
    arm: str
    made_at: datetime
    expires_on: date


_SELECT = """
SELECT p.uid, p.person_id, p.record_id, p.kind, p.sku_id, s.code, s.name, b.name, p.reason,
       p.stake_minor, p.arm, p.made_at, p.expires_on
FROM marketing_proposal p JOIN catalogue_sku s ON s.id = p.sku_id
LEFT JOIN catalogue_sku b ON b.id = (p.reason ->> 'beside')::bigint
"""


def current(tx: Tx, person_id: int, *, viewer: Viewer, on: date) -> ProposalShown | None:
    """What is proposed to a person on a day; None where nothing is, and for the hold-out."""
    return of_people(tx, [person_id], viewer=viewer, on=on).get(person_id)


def of_people(
    tx: Tx, person_ids: Sequence[int], *, viewer: Viewer, on: date
) -> dict[int, ProposalShown]:
    """What is proposed to each of these people; those without, or held out, are left out."""
    assert viewer.role, "who reads about people is known"
    rows = tx.rows(
        f"{_SELECT} WHERE p.person_id = ANY(%s) AND p.ended_at IS NULL AND p.arm = 'treated'"
        " AND p.expires_on >= %s",
        [list(person_ids), on],
    )
    return {row[1]: _shown(row) for row in rows}


def held_out(tx: Tx, person_id: int) -> bool:
    """Whether a person belongs to those who are shown no proposal, to measure by."""
    sql = (
        "SELECT EXISTS (SELECT FROM marketing_proposal"
        " WHERE person_id = %s AND ended_at IS NULL AND arm = 'holdout')"
    )
    return bool(tx.value(sql, [person_id]))


def one(tx: Tx, uid: UUID) -> ProposalShown | None:
    """A proposal by its id, whatever became of it."""
    row = tx.row(f"{_SELECT} WHERE p.uid = %s", [uid])
    return _shown(row) if row else None


def shown(
    tx: Tx, proposal: UUID, where: str, subject: str, *, actor: Actor, recorded_at: datetime
) -> None:
    """It was shown somewhere. Once for each `subject`: a receipt, a day, a mail."""
    assert where in PLACES, where
    tx.execute(
        """
        INSERT INTO marketing_showing (proposal_id, "where", subject, shown_at, actor)
        SELECT id, %s, %s, %s, %s FROM marketing_proposal WHERE uid = %s
        ON CONFLICT DO NOTHING
        """,
        [where, subject, recorded_at, str(actor), proposal],
    )


def dismiss(
    tx: Tx, proposal: UUID, why: str, *, actor: Actor, recorded_at: datetime
) -> Refusal | None:
    """Put a proposal aside, with the reason. One that is over stays as it ended."""
    if why not in DISMISSALS:
        return Refusal("unknown_dismissal", "why", {"given": why})
    ended = tx.execute(
        "UPDATE marketing_proposal SET ended_at = %s, ended_how = 'dismissed', ended_why = %s"
        " WHERE uid = %s AND ended_at IS NULL",
        [recorded_at, why, proposal],
    )
    if ended:
        detail = {"why": why}
        trail.note(tx, actor, "dismiss", "proposal", proposal, at=recorded_at, detail=detail)
        return None
    known = tx.value("SELECT ended_how FROM marketing_proposal WHERE uid = %s", [proposal])
    return None if known == "dismissed" else Refusal("proposal_over", "proposal", {})


def restore(tx: Tx, proposal: UUID, *, actor: Actor, recorded_at: datetime) -> Refusal | None:
    """Take a dismissal back, unless something else is proposed by now."""
    row = tx.row(
        "SELECT person_id, ended_how FROM marketing_proposal WHERE uid = %s FOR UPDATE", [proposal]
    )
    if row is None or row[1] != "dismissed":
        return Refusal("proposal_over", "proposal", {})
    taken = tx.value(
        "SELECT EXISTS (SELECT FROM marketing_proposal WHERE person_id = %s AND ended_at IS NULL)",
        [row[0]],
    )
    if taken:
        return Refusal("proposal_over", "proposal", {})
    tx.execute(
        "UPDATE marketing_proposal SET ended_at = NULL, ended_how = '', ended_why = ''"
        " WHERE uid = %s",
        [proposal],
    )
    trail.note(tx, actor, "restore", "proposal", proposal, at=recorded_at)
    return None


@dataclass(frozen=True, slots=True)
class PastProposal:
    """What became of a proposal, and where it was shown."""

    shown: ProposalShown
    ended_at: datetime | None
    ended_how: str
    ended_why: str
    taken_document: UUID | None
    places: tuple[str, ...]


def past(tx: Tx, person_id: int, *, viewer: Viewer, limit: int = 10) -> list[PastProposal]:
    """What was proposed to a person and what became of it, the latest first."""
    assert viewer.role
    rows = tx.rows(
        _SELECT.replace(
            "p.expires_on\nFROM",
            "p.expires_on, p.ended_at, p.ended_how, p.ended_why, p.taken_document,\n"
            '  ARRAY(SELECT DISTINCT w."where" FROM marketing_showing w'
            " WHERE w.proposal_id = p.id ORDER BY 1)\nFROM",
        )
        + " WHERE p.person_id = %s ORDER BY p.made_at DESC, p.id DESC LIMIT %s",
        [person_id, limit],
    )
    return [PastProposal(*(_shown(row[:13]), *row[13:17], tuple(row[17]))) for row in rows]


def _shown(row: Row) -> ProposalShown:
    reason = row[8] if isinstance(row[8], dict) else json.loads(row[8])
    return ProposalShown(*(*row[:8], reason, *row[9:]))
