"""What must hold in the ledger, as queries that name what is broken. Used by `goen audit`."""

from goen.kit.db import Tx
from goen.ledger import checkpoints, turnover

BALANCES = """
WITH moved AS (
  SELECT account_id, sum(change)::bigint AS total FROM (
    SELECT target_id AS account_id, qty AS change FROM ledger_move
    UNION ALL SELECT source_id, -qty FROM ledger_move
  ) both_sides GROUP BY account_id
)
SELECT a.unit, a.holder, a.lot, b.posted, coalesce(m.total, 0)
FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
LEFT JOIN moved m USING (account_id)
WHERE b.posted IS DISTINCT FROM coalesce(m.total, 0)
ORDER BY a.id LIMIT 20
"""

PENDINGS = """
SELECT a.unit, a.holder, b.pending, coalesce(p.total, 0)
FROM ledger_balance b JOIN ledger_account a ON a.id = b.account_id
LEFT JOIN (SELECT source_id, sum(qty)::bigint AS total FROM ledger_pending GROUP BY source_id) p
  ON p.source_id = b.account_id
WHERE b.pending IS DISTINCT FROM coalesce(p.total, 0)
ORDER BY a.id LIMIT 20
"""

FLOORS = """
SELECT a.unit, a.holder FROM ledger_account a LEFT JOIN ledger_balance b ON b.account_id = a.id
WHERE (a.floor IS NULL) <> (b.account_id IS NULL) OR a.floor IS DISTINCT FROM b.floor
ORDER BY a.id LIMIT 20
"""

HOLDS = """
SELECT request, line, max(held), sum(qty)::bigint FROM (
  SELECT request, line, held, qty FROM ledger_closed
  UNION ALL SELECT request, line, held, qty FROM ledger_pending
) parts GROUP BY request, line HAVING sum(qty) <> max(held) OR min(held) <> max(held)
ORDER BY request, line LIMIT 20
"""

SETTLED = """
SELECT c.request, c.line, c.qty, c.closed_by, m.qty, m.request
FROM ledger_closed c LEFT JOIN ledger_move m ON m.id = c.move_id
WHERE c.how = 'posted' AND (c.qty, c.closed_by) IS DISTINCT FROM (m.qty, m.request)
ORDER BY c.pending_id LIMIT 20
"""

TAKEN_BACK = """
WITH back AS (
  SELECT reverses_id AS id, sum(qty)::bigint AS qty FROM ledger_move
  WHERE reverses_id IS NOT NULL GROUP BY reverses_id
)
SELECT m.request, m.line, m.qty, coalesce(b.qty, 0), coalesce(r.taken_back, 0), r.qty
FROM back b FULL JOIN ledger_reversed r ON r.move_id = b.id
JOIN ledger_move m ON m.id = coalesce(b.id, r.move_id)
WHERE coalesce(b.qty, 0) <> coalesce(r.taken_back, 0) OR b.qty > m.qty OR r.qty <> m.qty
ORDER BY m.id LIMIT 20
"""


def broken(tx: Tx) -> list[str]:
    """Sentences naming each broken balance, floor, hold, taking back or sum kept; or nothing."""
    kept = [*checkpoints.broken(tx), *turnover.broken(tx)]
    return [*_accounts(tx), *_holds(tx), *_taken_back(tx), *kept]


def _accounts(tx: Tx) -> list[str]:
    found = [
        f"balance of {unit} at {holder}{' lot ' + lot if lot else ''} is {posted},"
        f" its moves say {moved}"
        for unit, holder, lot, posted, moved in tx.rows(BALANCES)
    ]
    found += [
        f"pending of {unit} at {holder} is {pending}, its live holds say {held}"
        for unit, holder, pending, held in tx.rows(PENDINGS)
    ]
    found += [
        f"account of {unit} at {holder} and its balance row disagree about the floor"
        for unit, holder in tx.rows(FLOORS)
    ]
    return found


def _holds(tx: Tx) -> list[str]:
    found = [
        f"hold {request}/{line} was of {held}, what ended and what is live of it come to {parts}"
        for request, line, held, parts in tx.rows(HOLDS)
    ]
    found += [
        f"hold {request}/{line} was settled for {qty} by {by}, its move says {moved} by {mover}"
        for request, line, qty, by, moved, mover in tx.rows(SETTLED)
    ]
    return found


def _taken_back(tx: Tx) -> list[str]:
    return [
        f"move {request}/{line} of {qty} was taken back for {back}, the note says {noted} of {of}"
        for request, line, qty, back, noted, of in tx.rows(TAKEN_BACK)
    ]


def count_moves(tx: Tx) -> int:
    """How many moves there are."""
    return int(tx.value("SELECT count(*) FROM ledger_move") or 0)
