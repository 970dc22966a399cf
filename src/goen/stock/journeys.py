"""Goods between places, for pages: what was sent, what came, what did not and why."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class TransferShown:
    """A transfer with what was sent, came and was lost, in units."""

    uid: UUID
    source_id: int
    target_id: int
    at: datetime
    actor: str
    skus: int
    sent: int
    came: int
    lost: int

    @property
    def open(self) -> int:
        """What is still on its way."""
        return self.sent - self.came - self.lost


_TRANSFERS = """
SELECT t.uid, t.source_id, t.target_id, t.occurred_at, t.actor,
       count(DISTINCT s.unit) FILTER (WHERE m.reason = 'transfer_sent'),
       coalesce(sum(m.qty) FILTER (WHERE m.reason = 'transfer_sent'), 0)::bigint,
       coalesce(sum(m.qty) FILTER (WHERE m.reason = 'transfer_received'), 0)::bigint,
       coalesce(sum(m.qty) FILTER (
         WHERE m.reason NOT IN ('transfer_sent', 'transfer_received')), 0)::bigint
FROM ({}) t
LEFT JOIN ledger_move m ON m.origin = 'transfer:' || t.uid AND m.reason LIKE 'transfer%%'
LEFT JOIN ledger_account s ON s.id = m.source_id
GROUP BY t.id, t.uid, t.source_id, t.target_id, t.occurred_at, t.actor ORDER BY t.id DESC
"""


def on_the_way(tx: Tx, *, place_id: int | None = None, limit: int = 200) -> list[TransferShown]:
    """Transfers of which something has not come yet, newest first."""
    chosen = """
      SELECT t.* FROM stock_transfer t
      WHERE (%s::bigint IS NULL OR t.source_id = %s OR t.target_id = %s) AND t.uid IN (
        SELECT substr(a.holder, 10)::uuid FROM ledger_account a
        JOIN ledger_balance b ON b.account_id = a.id AND b.posted > 0
        WHERE a.holder LIKE 'transfer:%%')
      ORDER BY t.id DESC LIMIT %s
    """
    rows = tx.rows(_TRANSFERS.format(chosen), [place_id, place_id, place_id, limit])
    return [TransferShown(*row) for row in rows]


def transfers(tx: Tx, *, limit: int) -> list[TransferShown]:
    """The newest transfers."""
    chosen = "SELECT * FROM stock_transfer ORDER BY id DESC LIMIT %s"
    return [TransferShown(*row) for row in tx.rows(_TRANSFERS.format(chosen), [limit])]


def transfer(tx: Tx, uid: UUID) -> TransferShown | None:
    """One transfer."""
    rows = tx.rows(_TRANSFERS.format("SELECT * FROM stock_transfer WHERE uid = %s"), [uid])
    return TransferShown(*rows[0]) if rows else None


@dataclass(slots=True)
class TransferLine:
    """One SKU of a transfer."""

    sku_id: int
    sent: int = 0
    came: int = 0
    lost: dict[str, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """What is still on its way."""
        return self.sent - self.came - sum(self.lost.values())


@dataclass(slots=True)
class TransferStep:
    """One posting of a transfer: sent, or received in part."""

    request: UUID
    at: datetime
    actor: str
    came: int = 0
    lost: int = 0


def transfer_lines(tx: Tx, uid: UUID) -> tuple[list[TransferLine], list[TransferStep]]:
    """What became of a transfer: by SKU, and by posting in their order."""
    lines: dict[int, TransferLine] = {}
    steps: dict[UUID, TransferStep] = {}
    for sku, reason, qty, request, at, actor in tx.rows(
        """
        SELECT substr(s.unit, 7)::bigint, m.reason, m.qty, m.request, m.occurred_at, m.actor
        FROM ledger_move m JOIN ledger_account s ON s.id = m.source_id
        WHERE m.origin = 'transfer:' || %s AND m.reason LIKE 'transfer%%' ORDER BY m.id
        """,
        [str(uid)],
    ):
        line = lines.setdefault(sku, TransferLine(sku))
        step = steps.setdefault(request, TransferStep(request, at, actor))
        why = reason.removeprefix("transfer_")
        if why == "sent":
            line.sent += qty
        elif why == "received":
            line.came += qty
            step.came += qty
        else:
            line.lost[why] = line.lost.get(why, 0) + qty
            step.lost += qty
    return list(lines.values()), list(steps.values())
