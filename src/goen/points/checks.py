"""What must hold between lots, accounts, coupons and the ledger: queries that name what is broken.

What an account's lots have free is what it says itself, and what its account in the ledger can
still give.
"""

from goen.kit.db import Tx
from goen.points.rules import EFFECTS

_SIGN = " ".join(f"WHEN '{kind}' THEN {sign}" for kind, sign in EFFECTS.items())

LOTS = """
SELECT a.id, a.free, coalesce(l.free, 0)::bigint, coalesce(b.posted - b.pending, 0)
FROM points_account a
LEFT JOIN (SELECT account_id, sum(free) AS free FROM points_lot GROUP BY 1) l
  ON l.account_id = a.id
LEFT JOIN ledger_account la
  ON la.unit = 'point:' || a.programme_id AND la.holder = 'points:' || a.id
LEFT JOIN ledger_balance b ON b.account_id = la.id
WHERE coalesce(l.free, 0) <> coalesce(b.posted - b.pending, 0) OR coalesce(l.free, 0) <> a.free
ORDER BY 1 LIMIT 20
"""

OWED = """
SELECT a.id, a.owed, coalesce(m.owed, 0)::bigint
FROM points_account a
LEFT JOIN ledger_account la
  ON la.unit = 'point:' || a.programme_id AND la.holder = 'points:' || a.id || ':owed'
LEFT JOIN LATERAL (
  SELECT coalesce((SELECT sum(qty) FROM ledger_move WHERE source_id = la.id), 0)
       - coalesce((SELECT sum(qty) FROM ledger_move WHERE target_id = la.id), 0) AS owed
) m ON la.id IS NOT NULL
WHERE a.owed <> coalesce(m.owed, 0) ORDER BY 1 LIMIT 20
"""

USES = f"""
SELECT l.uid, l.free, (l.qty + coalesce(u.qty, 0))::bigint
FROM points_lot l
LEFT JOIN (SELECT lot_id, sum(qty * CASE kind {_SIGN} END) AS qty FROM points_use GROUP BY 1) u
  ON u.lot_id = l.id
WHERE l.free <> l.qty + coalesce(u.qty, 0) ORDER BY l.id LIMIT 20
"""

PENDING = """
WITH held AS (
  SELECT p.request, t.holder, sum(p.qty) AS qty
  FROM ledger_pending p JOIN ledger_account t ON t.id = p.target_id
  WHERE t.holder LIKE 'points:%%' AND t.unit LIKE 'point:%%' GROUP BY 1, 2
), said AS (
  SELECT request, 'points:' || account_id AS holder, pending AS qty
  FROM points_earning WHERE pending > 0
)
SELECT coalesce(said.request, held.request), coalesce(said.qty, 0)::bigint,
       coalesce(held.qty, 0)::bigint
FROM said FULL JOIN held USING (request, holder)
WHERE said.qty IS DISTINCT FROM held.qty LIMIT 20
"""

COUPONS = """
SELECT c.number, c.uses, coalesce(m.qty, 0)::bigint
FROM points_coupon c
LEFT JOIN ledger_account la
  ON la.unit = 'coupon:' || c.kind_id AND la.holder = 'coupon:' || c.id
LEFT JOIN LATERAL (
  SELECT sum(m.qty) AS qty FROM ledger_move m
  WHERE m.target_id = la.id AND m.reason = 'coupon_issued'
) m ON TRUE
WHERE c.uses <> coalesce(m.qty, 0) ORDER BY c.id LIMIT 20
"""


def broken(tx: Tx) -> list[str]:
    """Sentences naming each account, lot or coupon that the ledger does not know so."""
    found = [
        f"point account {account} says {said}, has {lots} free in its lots,"
        f" the ledger can give {ledger}"
        for account, said, lots, ledger in tx.rows(LOTS)
    ]
    found += [
        f"point account {account} owes {owed}, by its moves {moved}"
        for account, owed, moved in tx.rows(OWED)
    ]
    found += [f"lot {uid} has {free} free, by its uses {used}" for uid, free, used in tx.rows(USES)]
    found += [
        f"points earned by {request}: {said} pending, the ledger holds {held}"
        for request, said, held in tx.rows(PENDING)
    ]
    found += [
        f"coupon {number} is for {uses} uses, the ledger was given {issued}"
        for number, uses, issued in tx.rows(COUPONS)
    ]
    return found
