"""What is added to a measure later: evidence, a cost, a note, a learning, a decision.

Promises: a remark is never changed or taken away, by whomever; the same id again is the same one.
"""

import json
from datetime import datetime
from uuid import UUID

from goen.kit import batches, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.measure import NewRemark, Noted
from goen.marketing.measures_reading import standing, unknown
from goen.marketing.rules import REMARK_KINDS

MOST_TEXT = 4_000
MOST_COST = 10**12


def remark(
    tx: Tx, uid: UUID, new: NewRemark, *, actor: Actor, recorded_at: datetime
) -> Noted | Refusal:
    """Add a remark to a measure in whatever state."""
    one = standing(tx, uid)
    if one is None:
        return unknown(uid)
    refused = _refusal(new)
    if refused is not None:
        return refused
    row = tx.row(
        """
        INSERT INTO marketing_remark (uid, measure_id, kind, text, cost_minor, detail,
                                      recorded_at, actor)
        VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s) ON CONFLICT (uid) DO NOTHING RETURNING id
        """,
        [
            new.uid, one.id, new.kind, new.text.strip(), new.cost_minor,
            json.dumps(new.detail, ensure_ascii=False), recorded_at, str(actor),
        ],
    )  # fmt: skip
    if row is None:
        return _met(tx, one.id, new)
    trail.note(tx, actor, "remark", "measure", uid, at=recorded_at, detail={"kind": new.kind})
    return Noted(row[0])


def _refusal(new: NewRemark) -> Refusal | None:
    if new.kind not in REMARK_KINDS:
        detail = {"given": new.kind, "known": ", ".join(REMARK_KINDS)}
        return Refusal("unknown_choice", "kind", detail)
    if not new.text.strip():
        return Refusal("text_missing", "text")
    if len(new.text) > MOST_TEXT:
        return Refusal("too_long", "text", {"most": MOST_TEXT})
    if not 0 <= new.cost_minor <= MOST_COST:
        bounds = {"given": new.cost_minor, "least": 0, "most": MOST_COST}
        return Refusal("out_of_bounds", "cost_minor", bounds)
    return None


def _met(tx: Tx, measure_id: int, new: NewRemark) -> Noted | Refusal:
    sql = "SELECT id, measure_id, kind, text FROM marketing_remark WHERE uid = %s"
    row = tx.row(sql, [new.uid])
    assert row is not None
    same = row[1:] == (measure_id, new.kind, new.text.strip())
    return Noted(row[0], repeated=True) if same else batches.id_reused(new.uid)
