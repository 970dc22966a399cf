"""Reading the ledger: balances, live holds, and what became of moves.

Balances of floored accounts come from the checked cache, of any account from its moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from goen.kit.db import Tx
from goen.ledger import checkpoints
from goen.ledger.rules import Ref


@dataclass(frozen=True, slots=True)
class HoldShown:
    """A live hold: `qty` is what is still held; `source` and `target` are holders."""

    ref: Ref
    unit: str
    source: str
    target: str
    qty: int
    reason: str


@dataclass(frozen=True, slots=True)
class MoveShown:
    """A move, and how much of it was taken back so far. `reverses` says that it takes back."""

    ref: Ref
    origin: str
    unit: str
    source: str
    target: str
    qty: int
    taken_back: int
    reason: str
    reverses: Ref | None


def balance(tx: Tx, unit: str, holder: str, lot: str = "") -> int:
    """Σ moves of an account, from its last checkpoint on; 0 for one that was never opened."""
    account = tx.value(
        "SELECT id FROM ledger_account WHERE unit = %s AND holder = %s AND lot = %s",
        [unit, holder, lot],
    )
    return 0 if account is None else checkpoints.balance(tx, account)


def free(tx: Tx, units: Sequence[str], holder: str) -> dict[str, int]:
    """What a holder's floored accounts can still give, by unit."""
    found = tx.rows(
        """
        SELECT a.unit, sum(b.posted - b.pending - b.floor)::bigint
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.unit = ANY(%s) AND a.holder = %s GROUP BY a.unit
        """,
        [list(units), holder],
    )
    return dict(found)


def holds(tx: Tx, requests: Sequence[UUID]) -> list[HoldShown]:
    """The live holds of these requests, in their order."""
    rows = tx.rows(
        """
        SELECT p.request, p.line, s.unit, s.holder, t.holder, p.qty, p.reason
        FROM ledger_pending p JOIN ledger_account s ON s.id = p.source_id
        JOIN ledger_account t ON t.id = p.target_id
        WHERE p.request = ANY(%s) ORDER BY p.request, p.line
        """,
        [list(requests)],
    )
    return [HoldShown((request, line), *rest) for request, line, *rest in rows]


def tracks(tx: Tx, origins: Sequence[str]) -> list[MoveShown]:
    """The moves of these origins in the order they were made, with what was taken back of each."""
    rows = tx.rows(
        """
        SELECT m.request, m.line, m.origin, s.unit, s.holder, t.holder, m.qty,
               coalesce(r.taken_back, 0), m.reason, o.request, o.line
        FROM ledger_move m JOIN ledger_account s ON s.id = m.source_id
        JOIN ledger_account t ON t.id = m.target_id
        LEFT JOIN ledger_reversed r ON r.move_id = m.id
        LEFT JOIN ledger_move o ON o.id = m.reverses_id
        WHERE m.origin = ANY(%s) ORDER BY m.id
        """,
        [list(origins)],
    )
    return [
        MoveShown(*((request, line), *rest, None if of is None else (of, of_line)))
        for request, line, *rest, of, of_line in rows
    ]
