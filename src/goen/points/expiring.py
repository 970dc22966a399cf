"""Points whose last day is over leave the account, a batch at a time.

Who spends looks at the days of lots itself, so a lot that nobody swept yet is never spent; the
sweep keeps the ledger honest. Several workers may sweep at once: accounts that others are busy
with are left for the next time.
"""

from datetime import datetime
from uuid import uuid5

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.ledger import posting
from goen.ledger.rules import Move, Posting
from goen.points import reading, rules, writing
from goen.points.plans import Plan, Pot
from goen.points.programmes import today

ACTOR = Actor("system", "points")
_DUE = """
SELECT l.account_id FROM points_lot l
JOIN points_account a ON a.id = l.account_id JOIN points_programme p ON p.id = a.programme_id
WHERE l.free > 0 AND l.expires_on < (%s::timestamptz AT TIME ZONE p.timezone)::date
ORDER BY l.expires_on LIMIT %s
"""


def expire_due(tx: Tx, *, at: datetime, limit: int) -> int:
    """Expire at most `limit` lots that ended before the programme's day; answers how many."""
    due = {row[0] for row in tx.rows(_DUE, [at, limit])}
    found = reading.lock_accounts(tx, due, wait=False) if due else []
    lots = reading.free_lots(tx, [one.account_id for one in found]) if found else {}
    planned, postings, gone = [], [], []
    for one in found:
        pot = Pot(tx, one.account_id, one.programme, one.owed, None)
        pot.load(lots.get(one.account_id, ()))
        day = today(one.programme, at)
        for lot in [lot for lot in pot.lots() if lot.is_over(day)]:
            request, qty = uuid5(lot.uid, "expired"), lot.free
            plan = Plan(pot, request)
            where = rules.accounts(one.programme, one.account_id)
            plan.wish(Move(where.member, where.expired, qty, "points_expired"))
            plan.use(lot, "expire", qty)
            planned.append(plan.done())
            gone.append(lot.uid)
            wishes = planned[-1].wishes
            postings.append(Posting(request, f"lot:{lot.uid}", wishes, at, day))
    posting.post(tx, postings, actor=ACTOR, recorded_at=at)
    if planned:
        writing.write(tx, planned, recorded_at=at)
        tx.execute("UPDATE points_lot SET expired_at = %s WHERE uid = ANY(%s)", [at, gone])
    return len(planned)
