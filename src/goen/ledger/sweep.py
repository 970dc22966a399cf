"""Giving up holds whose time is over, a batch at a time.

A posting gives up what stands in its way itself, so a hold that nobody swept yet never blocks a
unit; the sweep keeps what is shown as free honest. It waits for nobody: accounts and holds that
others are busy with are left for the next time.
"""

from datetime import datetime

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.ledger import holding, writing
from goen.ledger.reading import Found
from goen.ledger.rules import Books, decide

ACTOR = Actor("system", "sweep")


def sweep(tx: Tx, *, recorded_at: datetime, limit: int) -> int:
    """Give up at most `limit` holds that ended by `recorded_at`; answers how many."""
    due = holding.due(tx, at=recorded_at, limit=limit)
    if not due.held:
        return 0
    decision = decide(Books(holds=due.held), [], at=recorded_at)
    found = Found(due.accounts, due.ids)
    writing.write(tx, decision.done, found, actor=ACTOR, recorded_at=recorded_at)
    return len(decision.done)
