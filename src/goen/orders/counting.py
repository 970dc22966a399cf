"""Counting a shelf that orders have promises on: the count is booked, broken promises are opened.

What doors call to count. Stock books what was found; what it thereby takes from orders becomes
exceptions in the same transaction.
"""

from collections.abc import Sequence
from datetime import datetime

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders import exceptions
from goen.stock import counts
from goen.stock.counts import Counted, NewCount


def count(
    tx: Tx, asked: Sequence[NewCount], *, actor: Actor, recorded_at: datetime
) -> list[Counted | Refusal]:
    """Book counts as `stock.counts.count` does, and open what they broke."""
    answers = counts.count(tx, asked, actor=actor, recorded_at=recorded_at)
    broken = [(a.uid, a.broken) for a in answers if isinstance(a, Counted) and a.broken]
    exceptions.open_broken(tx, broken, recorded_at=recorded_at)
    return answers
