"""What must hold in the ledger, as queries that name what is broken. Used by `goen audit`."""

from goen.kit.db import Tx

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


def broken(tx: Tx) -> list[str]:
    """Sentences naming each broken balance, hold or floor; empty when all is well."""
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


def count_moves(tx: Tx) -> int:
    """How many moves there are."""
    return int(tx.value("SELECT count(*) FROM ledger_move") or 0)
