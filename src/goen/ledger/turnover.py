"""Turnover: what moved through the accounts of places and of the world, by day and reason.

Moves grow with every sale; who asks what sold in four weeks, or by month, would read them all.
So what they come to is written down now and then, as of one watermark: all transactions below
it are in it, none above. Later readers add the moves that came since: figures are never stale.
"""

from datetime import datetime, timedelta

from goen.kit.db import Tx

MOST_SINCE = 50_000
"""Moves that readers may have to add themselves before the next closing is due."""

_FEW = "(a.holder LIKE 'place:%%' OR a.holder LIKE 'world:%%')"
"""Accounts that are few and move much; a member's points are read from their own moves."""

_SIDES = """
  SELECT m.target_id AS account_id, m.business_date, m.reason, m.qty AS came, 0::bigint AS went
  FROM ledger_move m WHERE {since}
  UNION ALL
  SELECT m.source_id, m.business_date, m.reason, 0, m.qty FROM ledger_move m WHERE {since}
"""

TURNED = f"""
  SELECT account_id, business_date, reason, came, went FROM ledger_turnover
  WHERE below <= %(mark)s::xid8
  UNION ALL {_SIDES.format(since="m.xid >= %(mark)s::xid8")}
"""
"""Rows (account_id, business_date, reason, came, went) that add up to an account's moves.

For accounts of places and of the world alone: of others only what came since is in it. Wants
`mark`, of `mark`, among the statement's values.
"""

_CLOSE = f"""
INSERT INTO ledger_turnover (account_id, business_date, reason, came, went, below, made_at)
SELECT a.id, s.business_date, s.reason, sum(s.came), sum(s.went), %(below)s::xid8, %(at)s
FROM ({_SIDES.format(since="m.xid >= %(mark)s::xid8 AND m.xid < %(below)s::xid8")}) s
JOIN ledger_account a ON a.id = s.account_id AND {_FEW}
GROUP BY a.id, s.business_date, s.reason
"""

BROKEN = f"""
WITH mark AS (SELECT below FROM ledger_turnover ORDER BY below DESC LIMIT 1), said AS (
  SELECT account_id, business_date, reason, sum(came) AS came, sum(went) AS went
  FROM ledger_turnover GROUP BY 1, 2, 3
), moved AS (
  SELECT account_id, business_date, reason, sum(came) AS came, sum(went) AS went
  FROM ({_SIDES.format(since="m.xid < (SELECT below FROM mark)")}) s
  JOIN ledger_account a ON a.id = s.account_id AND {_FEW} GROUP BY 1, 2, 3
)
SELECT a.unit, a.holder, business_date, reason, coalesce(said.came, 0), coalesce(said.went, 0),
       coalesce(moved.came, 0), coalesce(moved.went, 0)
FROM said FULL JOIN moved USING (account_id, business_date, reason)
JOIN ledger_account a ON a.id = account_id
WHERE (said.came, said.went) IS DISTINCT FROM (moved.came, moved.went)
ORDER BY a.id, business_date, reason LIMIT 20
"""


def mark(tx: Tx) -> str:
    """Below which transaction moves are written down; later ones a reader adds."""
    last = "SELECT t.below::text FROM ledger_turnover t ORDER BY t.below DESC LIMIT 1"
    return str(tx.value(last) or "0")


def close(tx: Tx, *, recorded_at: datetime) -> int:
    """Write down what moved since the last time; answers how many rows that are."""
    tx.execute("LOCK TABLE ledger_turnover IN SHARE ROW EXCLUSIVE MODE")
    below = tx.value("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
    return tx.execute(_CLOSE, {"mark": mark(tx), "below": below, "at": recorded_at})


def is_due(tx: Tx, *, at: datetime, every: timedelta = timedelta(days=1)) -> bool:
    """Whether the last closing is older than that, or much moved since; with none at all it is."""
    made_at = tx.value("SELECT made_at FROM ledger_turnover ORDER BY below DESC LIMIT 1")
    if made_at is None or at - made_at >= every:
        return True
    since = "SELECT count(*) FROM (SELECT FROM ledger_move WHERE xid >= %s::xid8 LIMIT %s) since"
    return int(tx.value(since, [mark(tx), MOST_SINCE])) >= MOST_SINCE


def broken(tx: Tx) -> list[str]:
    """Sentences naming each turnover that its moves do not come to."""
    return [
        f"turnover of {unit} at {holder} by {reason} on {day} says +{came} -{went},"
        f" its moves say +{moved_in} -{moved_out}"
        for unit, holder, day, reason, came, went, moved_in, moved_out in tx.rows(BROKEN)
    ]
