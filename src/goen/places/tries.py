"""How often somebody may guess who is known already: five wrong ones in a quarter of an hour.

Promises: guesses by several requests at once are counted one after the other, so that none slips
through; only wrong ones count.
"""

from datetime import datetime, timedelta

from goen.kit.db import Tx
from goen.kit.refusals import Refusal

MOST = 5
WITHIN = timedelta(minutes=15)


def wait(tx: Tx, staff_id: int, *, at: datetime) -> Refusal | None:
    """`too_many_tries` while somebody has guessed wrong too often; locks them until the end.

    Call it before what is guessed is looked at, and `wrong` after a wrong guess.
    """
    tx.execute("SELECT 1 FROM places_staff WHERE id = %s FOR UPDATE", [staff_id])
    count = tx.value(
        "SELECT count(*) FROM places_try WHERE staff_id = %s AND at > %s", [staff_id, at - WITHIN]
    )
    minutes = int(WITHIN.total_seconds() // 60)
    return Refusal("too_many_tries", "code", {"minutes": minutes}) if count >= MOST else None


def wrong(tx: Tx, staff_id: int, kind: str, *, at: datetime) -> None:
    """Count a wrong guess; what is too old to count is forgotten."""
    tx.execute("DELETE FROM places_try WHERE staff_id = %s AND at <= %s", [staff_id, at - WITHIN])
    tx.execute(
        "INSERT INTO places_try (staff_id, kind, at) VALUES (%s, %s, %s)", [staff_id, kind, at]
    )


def right(tx: Tx, staff_id: int) -> None:
    """Forget the wrong guesses of somebody who got in."""
    tx.execute("DELETE FROM places_try WHERE staff_id = %s", [staff_id])
