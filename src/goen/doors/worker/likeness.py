"""Looks for records that may be one person, beside whatever the analyst does.

Promises: registering waits for it no longer than one look at a number takes; one who looks at a
time; after a look it rests many times as long as that took. In a large shop a look is a process of
its own: a million records take minutes and gigabytes, which the analyst's answers do not wait for.
Only when the shop has said so does it join anybody, never while everything automatic is stopped.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import click
import structlog
from django.db import connection

from goen.customers import candidates
from goen.customers.joining import Said
from goen.doors.worker.beside import beside
from goen.kit import clock, settings
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.marketing import automation
from goen.marketing.automation import Decided
from goen.points import together

REST_S = 20.0
REST_TIMES = 20
MANY = 50_000
"""From so many details of records on a look is a process of its own."""
ACTOR = Actor("system", "likeness")
log = structlog.get_logger("goen.likeness")


@contextmanager
def looking(stop: threading.Event) -> Iterator[None]:
    """Records are compared beside whatever is done in the meantime."""
    with beside(lambda: _look(stop), name="likeness", until=stop):
        yield


def _look(stop: threading.Event) -> None:
    while not stop.is_set():
        began = time.monotonic()
        try:
            look_beside(stop, at=clock.now())
        except Exception as error:  # noqa: BLE001  the loop outlives a database that went away
            log.warning("looking waits", error=repr(error))
            connection.close()
        stop.wait(max(REST_S, REST_TIMES * (time.monotonic() - began)))
    connection.close()


def look_beside(stop: threading.Event, *, at: datetime, many: int = MANY) -> None:
    """One look; where there is much to compare by a process that ends with it, or with `stop`."""
    with tx() as t:
        upto = candidates.newest(t)
        apart = upto >= many and candidates.are_new(t, upto)
    if not apart:
        look(at=at)
        return
    with subprocess.Popen(_COMPARER, stdin=subprocess.PIPE) as process:
        while process.poll() is None:
            if stop.wait(0.2):
                process.terminate()
    if process.returncode and not stop.is_set():
        log.warning("a look ended early", status=process.returncode)


_COMPARER = (sys.executable, "-m", "goen.doors.cli.main", "comparer")


@click.command()
def comparer() -> None:
    """Look once for records that may be one person. Ends with its input: with who asked."""
    os.nice(5)
    threading.Thread(target=_end_with_input, daemon=True).start()
    look(at=clock.now())


def _end_with_input() -> None:
    """Whoever started this was killed: nobody is left to keep a second one from looking."""
    sys.stdin.buffer.read()
    os._exit(1)


def look(*, at: datetime) -> int | None:
    """Compare what is new; answers how many pairs wait that did not before, None if nothing was."""
    with tx() as t:
        upto = candidates.newest(t)
    with tx() as t:
        given = candidates.read(t, upto)
    if given is None:
        join_the_surest(at=at)  # the shop may have said so only now
        return None
    began = time.monotonic()
    found = candidates.compare(given)
    with tx() as t:
        waiting = candidates.keep(t, found, recorded_at=at)
    took = round(time.monotonic() - began, 2)
    log.info("compared", records=found.records, pairs=found.compared, new=waiting, seconds=took)
    join_the_surest(at=at)
    return waiting


def join_the_surest(*, at: datetime) -> int:
    """Join pairs of the likeliness that the shop set; answers how many. Off by default."""
    with tx() as t:
        least = float(settings.read(t, "identity.auto_link_score"))
        if not (least and automation.is_on(t)):
            return 0
        # Of a pair that somebody took apart again people decide.
        pairs = [
            one
            for one in candidates.waiting(t, least=least)
            if not (one.household or one.decided_by)
        ]
    joined = 0
    for pair in pairs:
        with tx() as t:
            reason = f"score {pair.probability:.4f}, set to join from {least}"
            done = together.decide(
                t, pair.id, "joined", Said(reason, rule="by_score"), actor=ACTOR, recorded_at=at
            )
            if isinstance(done, candidates.Waiting):
                joined += 1
                inputs = {"probability": pair.probability, "least": least}
                subject = f"person:{min(pair.person_a, pair.person_b)}"
                one = Decided("identity-1", subject, outcome="joined", inputs=inputs)
                automation.decided(t, [one], at=at)
    return joined
