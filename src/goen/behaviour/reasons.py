"""Why something was bought, noted beside the sale and never in its way.

Promises: a reason says who it comes from (the shopper, staff, or an inference) and these are never
mixed; the same uid twice is one reason; an unknown code is refused and nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

CODES = ("gift", "self_use", "refill", "recommended", "event", "considered", "offer", "other")
BASES = ("stated", "staff", "inferred")
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class NewReason:
    """One reason for one document of sale; `record_id` where the shopper is known.

    An inferred one names the `rule` it follows from and how sure that is (0 to 1); no other does.
    """

    uid: UUID
    document: UUID
    record_id: int | None
    basis: str
    code: str
    note: str = ""
    confidence: float | None = None
    rule: str = ""


def forget_words(tx: Tx, record_ids: Sequence[int]) -> int:
    """Free words about people whose data are erased are gone; which reason it was stays."""
    return tx.execute(
        "UPDATE behaviour_reason SET note = '' WHERE record_id = ANY(%s) AND note <> ''",
        [list(record_ids)],
    )


def note_reason(
    tx: Tx, reason: NewReason, *, actor: Actor, recorded_at: datetime
) -> Refusal | None:
    """Keep a reason. Repeating the uid changes nothing; a code or basis not listed is refused."""
    refused = _refused(reason)
    if refused:
        return refused
    written = tx.execute(
        """
        INSERT INTO behaviour_reason
          (uid, document, record_id, basis, code, note, confidence, rule, recorded_at, actor)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (uid) DO NOTHING
        """,
        [
            reason.uid, reason.document, reason.record_id, reason.basis, reason.code,
            reason.note.strip(), reason.confidence, reason.rule, recorded_at, str(actor),
        ],
    )  # fmt: skip
    if written:
        detail = {"code": reason.code, "basis": reason.basis}
        trail.note(tx, actor, "reason", "sale", reason.document, at=recorded_at, detail=detail)
    return None


def note_inferred(
    tx: Tx, reasons: Sequence[NewReason], *, actor: Actor, recorded_at: datetime
) -> list[NewReason]:
    """Keep what rules inferred, many at once; answers those that were new.

    The row itself says by which rule and how sure: it is its own trail.
    """
    if not reasons:
        return []
    assert not any(map(_refused, reasons)), "an inferred reason names a known code and its rule"
    written = tx.rows(
        """
        INSERT INTO behaviour_reason
          (uid, document, record_id, basis, code, note, confidence, rule, recorded_at, actor)
        SELECT uid, document, record, 'inferred', code, '', confidence, rule, %s, %s
        FROM unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::float8[], %s::text[])
          AS given (uid, document, record, code, confidence, rule)
        ON CONFLICT (uid) DO NOTHING RETURNING uid
        """,
        [
            recorded_at,
            str(actor),
            [one.uid for one in reasons],
            [one.document for one in reasons],
            [one.record_id for one in reasons],
            [one.code for one in reasons],
            [one.confidence for one in reasons],
            [one.rule for one in reasons],
        ],
    )
    new = {row[0] for row in written}
    return [one for one in reasons if one.uid in new]


def _refused(reason: NewReason) -> Refusal | None:
    if reason.code not in CODES:
        return Refusal("unknown_reason", "code", {"code": reason.code})
    if reason.basis not in BASES:
        return Refusal("unknown_basis", "basis", {"basis": reason.basis})
    if (reason.basis == "inferred") != (reason.confidence is not None and bool(reason.rule)):
        return Refusal("rule_missing", "rule", {"basis": reason.basis})
    if len(reason.note) > LONGEST_NOTE:
        return Refusal("too_long", "note", {"most": LONGEST_NOTE})
    if reason.code == "other" and not reason.note.strip():
        return Refusal("note_missing", "note")
    return None
