"""What scenarios need of the worker: people enter, go on, and leave what is over.

Promises: the switch is asked in every turn; one turn takes a few hundred people, so that nobody
waits for it; a step and what it does are one transaction; a scenario at which something broke rests
and harms itself only, nor does it keep the worker from anything else.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog

from goen.kit.db import Tx, tx
from goen.marketing import scenarios_entering, scenarios_walking

EVERY_S = 2.0
"""How often to look when nothing was to be done."""
REST_S = 60.0
"""How long something that broke is left alone."""
log = structlog.get_logger("goen.scenarios")


class Scenarios:
    """When scenarios were last looked at, by this worker's own watch."""

    def __init__(self) -> None:
        self._next = 0.0
        self._rests: dict[str, float] = {}

    def turn(self, *, at: datetime) -> int:
        """One cycle; answers how many people were decided on."""
        if time.monotonic() < self._next:
            return 0
        with tx() as t:
            due = scenarios_entering.due(t, at=at)
        done = sum(
            self._tried(f"enter {one}", partial(scenarios_entering.enter, scenario_id=one, at=at))
            for one in due
        )
        done += self._tried("walk", partial(scenarios_walking.walk, at=at))
        done += self._tried("close", partial(scenarios_walking.close, at=at))
        if not done:
            self._next = time.monotonic() + EVERY_S
        return done

    def _tried(self, what: str, do: Callable[[Tx], int]) -> int:
        if time.monotonic() < self._rests.get(what, 0.0):
            return 0
        try:
            with tx() as t:
                return do(t)
        except Exception as error:  # noqa: BLE001  what broke must not stop the others
            log.warning("a scenario rests", what=what, error=repr(error))
            self._rests[what] = time.monotonic() + REST_S
            return 0
