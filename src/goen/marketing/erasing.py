"""Erasing a person with everything that measures wrote down about them in words.

Promises: what servers answered to mail (they repeat the address) and what staff noted of a task
are gone with the rest; scenarios that they were in are over for them; who was written to, when, and
what came of it stays as numbers.
"""

from datetime import datetime
from uuid import UUID

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders import erasing
from goen.orders.erasing import Erased, Preview, preview

__all__ = ["Erased", "Preview", "erase", "preview"]

_WORDS = (
    "UPDATE marketing_delivery SET answer = '' WHERE record_id = ANY(%s) AND answer <> ''",
    "UPDATE marketing_task SET note = '' WHERE record_id = ANY(%s) AND note <> ''",
)
_LEAVE = """
UPDATE marketing_journey SET state = 'left', cause = 'erased', ended_at = %s, step_id = NULL,
  due_at = NULL, waiting_for = '', waiting_since = NULL, waiting_scenario_id = NULL
WHERE record_id = ANY(%s) AND state IN ('going', 'waiting')
"""


def erase(
    tx: Tx,
    person_id: int,
    *,
    answer: str = "",
    request: UUID | None = None,
    actor: Actor,
    recorded_at: datetime,
) -> Erased | Refusal:
    """As `orders.erasing.erase`."""
    done = erasing.erase(
        tx, person_id, answer=answer, request=request, actor=actor, recorded_at=recorded_at
    )
    if isinstance(done, Erased) and not done.repeated:
        for sql in _WORDS:
            tx.execute(sql, [list(done.record_ids)])
        tx.execute(_LEAVE, [recorded_at, list(done.record_ids)])
    return done
