"""What measures and routines need while nobody looks: measures end after their last day,
contradictions that came later are found, and routines ask for the tasks whose day has come.

Promises: a contradiction is looked for every hour, so a day never passes without; a look that
waits for nobody takes one short transaction.
"""

import time

from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.marketing import clashes, measures, routines_making

END_S = 60
"""How often to see whether a last day is over, and whether a routine's day has come."""
LOOK_S = 3_600
"""How often to look for contradictions among everything live."""
ACTOR = Actor("system", "worker")


class Tended:
    """When the measures were last tended, by this worker's own watch."""

    def __init__(self) -> None:
        self._next_end = 0.0
        self._next_look = 0.0

    def turn(self) -> int:
        """One turn of the worker's loop; answers how many measures ended and tasks were made."""
        now, ended, made = time.monotonic(), 0, 0
        if now >= self._next_end:
            self._next_end = now + END_S
            with tx() as t:
                ended = len(measures.end_due(t, actor=ACTOR, recorded_at=clock.now()))
            with tx() as t:
                made = routines_making.make_due(t, at=clock.now())
        if ended or now >= self._next_look:
            self._next_look = now + LOOK_S
            with tx() as t:
                clashes.look(t, recorded_at=clock.now())
        return ended + made
