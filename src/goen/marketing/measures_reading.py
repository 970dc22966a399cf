"""What the verbs of a measure look at before they write: the measure as it is, under lock."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit import clock, settings
from goen.kit.db import Tx
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Standing:
    """A measure as it stands: its state and its newest version, ids as the tables have them."""

    id: int
    uid: UUID
    number: int
    state: str
    launched_at: datetime | None
    actor: str
    n: int
    content: dict[str, Any]
    recorded_at: datetime
    written_by: str

    @property
    def is_launched(self) -> bool:
        """Whether it has spoken; then it is only added to."""
        return self.launched_at is not None


CONTENT = (
    "title", "kind", "trigger", "reason", "evidence", "expected", "expected_minor", "starts_on",
    "ends_on", "window_days", "control_share", "skus", "builds_on", "segment_id", "conditions",
    "made_from", "coupon_kind",
)  # fmt: skip
"""What a version says, column by column."""

_STANDING = f"""
SELECT m.id, m.uid, m.number, m.state, m.launched_at, m.actor, v.n, v.recorded_at, v.actor,
       {", ".join(f"v.{name}" for name in CONTENT)}
FROM marketing_measure m
JOIN LATERAL (
  SELECT * FROM marketing_version WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) v ON true
WHERE m.uid = %s
"""


def standing(tx: Tx, uid: UUID, *, lock: bool = False) -> Standing | None:
    """The measure, or None. With `lock` nobody else changes it until the transaction ends."""
    if lock:
        tx.row("SELECT id FROM marketing_measure WHERE uid = %s FOR UPDATE", [uid])
    row = tx.row(_STANDING, [uid])
    if row is None:
        return None
    content = dict(zip(CONTENT, row[9:], strict=True))
    content["control_share"] = float(content["control_share"])
    measure_id, uid, number, state, launched_at, actor, n, recorded_at, written_by = row[:9]
    return Standing(
        measure_id, uid, number, state, launched_at, actor, n, content, recorded_at, written_by
    )


def unknown(uid: UUID) -> Refusal:
    """There is no such measure."""
    return Refusal("unknown_measure", "uid", {"given": str(uid)})


def not_now(one: Standing) -> Refusal:
    """The measure is in another state than the verb needs."""
    return Refusal("measure_not_so", "state", {"number": one.number, "state": one.state})


def day_of(tx: Tx, at: datetime) -> date:
    """The shop's day at an instant."""
    zone: str = settings.read(tx, "shop.timezone")
    return at.astimezone(clock.zone(zone)).date()
