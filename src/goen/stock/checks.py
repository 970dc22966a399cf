"""What must hold between stock's rows and the ledger, as queries that name what is broken."""

from goen.kit.db import Tx

HOLDS = """
SELECT p.request, p.line FROM ledger_pending p LEFT JOIN stock_hold h ON h.request = p.request
WHERE p.origin LIKE 'hold:%%' AND (h.id IS NULL OR p.origin <> 'hold:' || h.uid
  OR p.expires_at IS DISTINCT FROM h.expires_at OR p.strength <> h.strength)
ORDER BY p.id LIMIT 20
"""

TRANSFERS = """
SELECT a.unit, a.holder, b.posted FROM ledger_account a
JOIN ledger_balance b ON b.account_id = a.id
LEFT JOIN stock_transfer t ON a.holder = 'transfer:' || t.uid
WHERE a.holder LIKE 'transfer:%%' AND b.posted <> 0 AND t.id IS NULL
ORDER BY a.id LIMIT 20
"""

COUNTS = """
WITH moved AS (
  SELECT m.request AS uid, a.unit, sum(CASE WHEN t.id = a.id THEN m.qty ELSE -m.qty END) AS qty
  FROM ledger_move m JOIN ledger_account t ON t.id = m.target_id
  JOIN ledger_account s ON s.id = m.source_id
  JOIN ledger_account a ON a.holder LIKE 'place:%%:sellable' AND a.id IN (s.id, t.id)
  WHERE m.reason = 'count' GROUP BY 1, 2
), said AS (
  SELECT uid, 'goods:' || sku_id AS unit, difference FROM stock_count WHERE difference <> 0
)
SELECT coalesce(said.uid, moved.uid), coalesce(said.unit, moved.unit),
       coalesce(said.difference, 0), coalesce(moved.qty, 0)::bigint
FROM said FULL JOIN moved ON moved.uid = said.uid AND moved.unit = said.unit
WHERE said.difference IS DISTINCT FROM moved.qty LIMIT 20
"""


def broken(tx: Tx) -> list[str]:
    """Sentences naming each hold, transfer or count that the ledger does not know so."""
    found = [
        f"line {line} held under {request} is not what its hold says"
        for request, line in tx.rows(HOLDS)
    ]
    found += [
        f"{qty} of {unit} are on their way by {holder}, which does not exist"
        for unit, holder, qty in tx.rows(TRANSFERS)
    ]
    found += [
        f"count {uid} found {difference} of {unit} too many, the ledger moved {moved}"
        for uid, unit, difference, moved in tx.rows(COUNTS)
    ]
    return found
