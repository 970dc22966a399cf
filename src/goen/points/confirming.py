"""Points that were pending become the shopper's on their day, a batch at a time.

Their lot lives from that day. Accounts that others are busy with are left for the next time.
"""

from datetime import datetime
from uuid import UUID, uuid5

from goen.kit.db import Tx
from goen.ledger import posting
from goen.ledger.rules import Posting, Settle
from goen.points import reading, writing
from goen.points.expiring import ACTOR
from goen.points.plans import Plan, Planned, Pot
from goen.points.programmes import today
from goen.points.reading import Earning

_DUE = """
SELECT e.account_id, e.request FROM points_earning e
JOIN points_account a ON a.id = e.account_id JOIN points_programme p ON p.id = a.programme_id
WHERE e.pending > 0 AND e.confirm_on <= (%s::timestamptz AT TIME ZONE p.timezone)::date
ORDER BY e.confirm_on LIMIT %s
"""
_ORIGINS = "SELECT request, origin FROM ledger_pending WHERE request = ANY(%s)"


def confirm_due(tx: Tx, *, at: datetime, limit: int) -> int:
    """Confirm at most `limit` earnings whose day has come; answers how many."""
    due = tx.rows(_DUE, [at, limit])
    if not due:
        return 0
    found = reading.lock_accounts(tx, {row[0] for row in due}, wait=False)
    origins: dict[UUID, str] = dict(tx.rows(_ORIGINS, [[request for _, request in due]]))
    planned, postings = [], []
    for one in found:
        pot = Pot(tx, one.account_id, one.programme, one.owed, None)
        day = today(one.programme, at)
        asked = [request for account, request in due if account == one.account_id]
        for earning in pot.pending(asked):
            plan = _confirm(pot, earning)
            planned.append(plan)
            origin = origins[earning.request]
            postings.append(Posting(plan.request, origin, plan.wishes, at, day))
    posting.post(tx, postings, actor=ACTOR, recorded_at=at)
    if planned:
        writing.write(tx, planned, recorded_at=at)
    return len(planned)


def _confirm(pot: Pot, earning: Earning) -> Planned:
    """All that is still pending of an earning, as a lot."""
    plan, qty = Plan(pot, uuid5(earning.request, f"confirmed {pot.account_id}")), earning.pending
    for ref, part in pot.shared("pending", [earning.request], qty):
        plan.wish(Settle(ref, part))
    plan.less_pending(earning, qty)
    ends = pot.programme.expires_on(earning.confirm_on)
    plan.bring("earned", qty, earning.earned_on, ends, earned_by=earning.request)
    return plan.done(earned=qty)
