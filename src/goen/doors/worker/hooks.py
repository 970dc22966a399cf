"""Carries webhooks: hears notices, sends what is due, notes what became of it.

Promises: one thread speaks to the database, others only to the subscribers, so a slow one holds
nobody up; a failure of the database is waited out; when told to stop, what is in the air lands.
"""

import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import datetime

import structlog
from django.db import connection

from goen.doors.worker.beside import beside
from goen.kit import clock, outbox
from goen.kit.db import tx
from goen.links import sending, subscribing, webhooks
from goen.links.webhooks import Parcel

IDLE_S = 0.1
QUIET_S = 1.0
"""How long to wait before listening again: while somebody is to be told, and while nobody is."""
SLOTS = 32
HEARD_AT_ONCE = 100
log = structlog.get_logger(__name__)


class Courier:
    """What is in the air. Not for several threads; two processes may each have one."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(SLOTS, thread_name_prefix="webhook")
        self._flying: dict[Future[str], Parcel] = {}
        self._idle_s = IDLE_S

    def turn(self, *, at: datetime) -> int:
        """Note what landed, hear what is new, send what is due; 0 when there was nothing."""
        landed = self._land(at=at)
        heard = outbox.relay(webhooks.CONSUMER, webhooks.fan_out, limit=HEARD_AT_ONCE)
        with tx() as t:
            self._idle_s = IDLE_S if subscribing.anybody(t) else QUIET_S
            parcels = webhooks.claim(t, limit=SLOTS - len(self._flying), at=at)
        for one in parcels:
            flight = self._pool.submit(sending.send, one.address, one.body, one.headers)
            self._flying[flight] = one
        return landed + heard + len(parcels)

    def wait(self, stop: threading.Event) -> None:
        """Until something landed, or it is time to listen again."""
        if self._flying:
            wait(self._flying, timeout=self._idle_s, return_when=FIRST_COMPLETED)
        else:
            stop.wait(self._idle_s)

    def close(self, *, at: datetime) -> None:
        """Let everything land and note it."""
        self._pool.shutdown(wait=True)
        self._land(at=at)

    def _land(self, *, at: datetime) -> int:
        done = [flight for flight in self._flying if flight.done()]
        if done:
            with tx() as t:
                webhooks.settle(t, [(self._flying[f], f.result()) for f in done], at=at)
        for flight in done:  # only now: had the note failed, it would be made again
            del self._flying[flight]
        return len(done)


@contextmanager
def carrying(stop: threading.Event) -> Iterator[None]:
    """Webhooks go out beside whatever is done in the meantime."""
    within_s = 2 * sending.TIMEOUT_S
    with beside(lambda: _carry(stop), name="webhooks", until=stop, within_s=within_s):
        yield


def _carry(stop: threading.Event) -> None:
    courier = Courier()
    while not stop.is_set():
        try:
            if not courier.turn(at=clock.now()):
                courier.wait(stop)
        except Exception as error:  # noqa: BLE001  the loop outlives a database that went away
            log.warning("webhooks wait", error=repr(error))
            connection.close()
            stop.wait(1)
    courier.close(at=clock.now())
    connection.close()
