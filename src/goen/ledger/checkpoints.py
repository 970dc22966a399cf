"""Checkpoints: where a reader of an account without a balance row begins.

Accounts of the world (sold, sales, issued) keep no balance: everybody moves through them and
nobody shall wait. What their moves come to is written down now and then, for every account that
moved, as of one watermark: all transactions below it are in it, none above. Later readers add
what came since.
"""

from datetime import datetime, timedelta

from goen.kit.db import Tx

LONGEST = timedelta(days=1)
"""No transaction is open for longer: what is not below the watermark was recorded since then."""

_CLOSE = """
WITH mark AS (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS below),
last AS (
  SELECT coalesce(max(below::text::numeric), 0)::text::xid8 AS below, max(made_at) AS made_at
  FROM ledger_checkpoint
), fresh AS (
  SELECT m.source_id, m.target_id, m.qty FROM ledger_move m, mark, last
  WHERE m.xid >= last.below AND m.xid < mark.below
    AND (last.made_at IS NULL OR m.recorded_at >= last.made_at - %(longest)s)
), moved AS (
  SELECT account_id, sum(change)::bigint AS posted FROM (
    SELECT target_id AS account_id, qty AS change FROM fresh
    UNION ALL SELECT source_id, -qty FROM fresh
  ) sides JOIN ledger_account a ON a.id = account_id WHERE a.floor IS NULL GROUP BY account_id
)
INSERT INTO ledger_checkpoint (account_id, below, posted, made_at)
SELECT moved.account_id, mark.below, moved.posted + coalesce((
         SELECT c.posted FROM ledger_checkpoint c WHERE c.account_id = moved.account_id
         ORDER BY c.below DESC LIMIT 1), 0), %(at)s
FROM moved, mark
"""

BALANCE = """
WITH last AS (
  SELECT c.below, c.posted, c.made_at FROM ledger_checkpoint c
  WHERE c.account_id = %(account)s ORDER BY c.below DESC LIMIT 1
), since AS (
  SELECT CASE m.target_id WHEN %(account)s THEN m.qty ELSE -m.qty END AS change
  FROM ledger_move m LEFT JOIN last ON true
  WHERE (m.target_id = %(account)s OR m.source_id = %(account)s)
    AND (last.below IS NULL
         OR (m.xid >= last.below AND m.recorded_at >= last.made_at - %(longest)s))
)
SELECT coalesce((SELECT posted FROM last), 0) + coalesce((SELECT sum(change) FROM since), 0)
"""

BROKEN = """
WITH last AS (
  SELECT DISTINCT ON (account_id) account_id, below, posted FROM ledger_checkpoint
  ORDER BY account_id, below DESC
), moved AS (
  SELECT account_id, sum(change)::bigint AS posted FROM (
    SELECT m.target_id AS account_id, m.qty AS change
    FROM ledger_move m JOIN last ON last.account_id = m.target_id AND m.xid < last.below
    UNION ALL
    SELECT m.source_id, -m.qty
    FROM ledger_move m JOIN last ON last.account_id = m.source_id AND m.xid < last.below
  ) sides GROUP BY account_id
)
SELECT a.unit, a.holder, last.posted, coalesce(moved.posted, 0)
FROM last JOIN ledger_account a ON a.id = last.account_id
LEFT JOIN moved ON moved.account_id = last.account_id
WHERE last.posted <> coalesce(moved.posted, 0) ORDER BY a.id LIMIT 20
"""


def close(tx: Tx, *, recorded_at: datetime) -> int:
    """Write down what every unguarded account that moved comes to; answers how many did."""
    tx.execute("LOCK TABLE ledger_checkpoint IN SHARE ROW EXCLUSIVE MODE")
    return tx.execute(_CLOSE, {"at": recorded_at, "longest": LONGEST})


def is_due(tx: Tx, *, at: datetime, every: timedelta = timedelta(days=1)) -> bool:
    """Whether the last checkpoints are older than that; with none at all they are."""
    made_at = tx.value("SELECT max(made_at) FROM ledger_checkpoint")
    return made_at is None or at - made_at >= every


def balance(tx: Tx, account_id: int) -> int:
    """Σ moves of any account, from its last checkpoint on."""
    return int(tx.value(BALANCE, {"account": account_id, "longest": LONGEST}))


def broken(tx: Tx) -> list[str]:
    """Sentences naming each checkpoint that its moves do not come to."""
    return [
        f"checkpoint of {unit} at {holder} says {posted}, its moves say {moved}"
        for unit, holder, posted, moved in tx.rows(BROKEN)
    ]
