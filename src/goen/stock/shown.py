"""What a hold looks like from outside: read without locks, true of the moment asked."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class LineShown:
    """What of an SKU is still kept."""

    item: str
    qty: int


@dataclass(frozen=True, slots=True)
class HoldShown:
    """A hold and what is still kept. `state` is `live` or how it ended."""

    uid: UUID
    place: str
    kind: str
    holder: str
    state: str
    occurred_at: datetime
    expires_at: datetime | None
    lines: tuple[LineShown, ...]


def hold(tx: Tx, uid: UUID, *, at: datetime) -> HoldShown | None:
    """One hold, or None. What is over counts as expired, whether or not it was swept."""
    row = tx.row(
        """
        SELECT h.uid, p.code, h.kind, h.holder, h.occurred_at, h.expires_at, h.request
        FROM stock_hold h JOIN places_place p ON p.id = h.place_id WHERE h.uid = %s
        """,
        [uid],
    )
    if row is None:
        return None
    _, place, kind, holder, occurred_at, expires_at, request = row
    over = expires_at is not None and expires_at <= at
    parts = [] if over else tx.rows(_PARTS, [request])
    state = "live" if parts else "expired" if over else _how(tx, request)
    lines = tuple(LineShown(*part) for part in parts)
    return HoldShown(uid, place, kind, holder, state, occurred_at, expires_at, lines)


def _how(tx: Tx, request: UUID) -> str:
    """How it ended last, in the ledger's word."""
    how = tx.value(
        "SELECT how FROM ledger_closed WHERE request = %s"
        " ORDER BY closed_at DESC, pending_id DESC LIMIT 1",
        [request],
    )
    return str(how or "voided")


_PARTS = """
SELECT s.code, p.qty FROM ledger_pending p JOIN ledger_account a ON a.id = p.source_id
JOIN catalogue_sku s ON a.unit = 'goods:' || s.id
WHERE p.request = %s ORDER BY p.line
"""
