"""What shoppers brought back enters by its verb. Repeating changes nothing.

Django must be set up before this is imported.
"""

from itertools import islice

from goen.kit import clock
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders import taking_back
from goen.orders.order import PartBack, TakeBack
from sim import opening, returning
from sim.miyabido import World
from sim.returning import Return

_BATCH = 200


def load(world: World) -> int:
    """Every return of the four weeks, after their sales; answers how many."""
    walk, count = returning.returns(world), 0
    while batch := list(islice(walk, _BATCH)):
        with tx() as t:
            wishes = [_wish(one) for one in batch]
            by = {"actor": opening.ACTOR, "recorded_at": clock.now()}
            answers = taking_back.take_back(t, wishes, **by)
        refused = [answer for answer in answers if isinstance(answer, Refusal)]
        assert not refused, refused[:3]
        count += len(batch)
    return count


def _wish(one: Return) -> TakeBack:
    to = "damaged" if one.reason == "faulty" else "sellable"
    part = PartBack(one.line + 1, 1, to)
    return TakeBack(
        one.uid, one.document, one.place_code, one.reason, one.at, (part,), staff=one.staff_code
    )
