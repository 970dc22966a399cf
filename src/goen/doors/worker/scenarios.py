"""What scenarios need of the worker: people enter, go on, and leave what is over.

Promises: the switch is asked in every turn; one turn takes a few hundred people, so that nobody
waits for it; a step and what it does are one transaction.
"""

import time
from datetime import datetime

from goen.kit.db import tx
from goen.marketing import scenarios_entering, scenarios_walking

EVERY_S = 2.0
"""How often to look when nothing was to be done."""


class Scenarios:
    """When scenarios were last looked at, by this worker's own watch."""

    def __init__(self) -> None:
        self._next = 0.0

    def turn(self, *, at: datetime) -> int:
        """One cycle; answers how many people were decided on."""
        if time.monotonic() < self._next:
            return 0
        with tx() as t:
            due = scenarios_entering.due(t, at=at)
        entered = 0
        for scenario_id in due:
            with tx() as t:
                entered += scenarios_entering.enter(t, scenario_id, at=at)
        with tx() as t:
            walked = scenarios_walking.walk(t, at=at)
        with tx() as t:
            closed = scenarios_walking.close(t, at=at)
        done = entered + walked + closed
        if not done:
            self._next = time.monotonic() + EVERY_S
        return done
