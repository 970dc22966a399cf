"""Sends mail beside whatever the worker does, and hears what comes back.

Promises: one process sends for a shop; a failure of the database is waited out; when told to stop,
what is in the air lands.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from django.db import connection

from goen.doors.worker.beside import beside
from goen.kit import clock, home
from goen.marketing import mailing_returned, messages_check
from goen.marketing.mailing_carrying import Busy, Postman, alone

IDLE_S = 0.25
BUSY_S = 1.0
HEAR_S = 5.0
"""How often to look for mail that came back."""
log = structlog.get_logger(__name__)


@contextmanager
def sending(stop: threading.Event) -> Iterator[None]:
    """Mail goes out beside whatever is done in the meantime."""
    with beside(lambda: _send(stop), name="mail", until=stop):
        yield


def _send(stop: threading.Event) -> None:
    shop = home.current_shop_name()
    postman = Postman(clock.now)
    while not stop.is_set():
        try:
            with alone(shop), _checking(stop):
                _turns(shop, postman, stop)
        except Busy:
            stop.wait(BUSY_S)
        except Exception as error:  # noqa: BLE001  the loop outlives a database that went away
            log.warning("mail waits", error=repr(error))
            connection.close()
            stop.wait(BUSY_S)
    connection.close()


def _turns(shop: str, postman: Postman, stop: threading.Event) -> None:
    next_look = 0.0
    postman.begin()
    try:
        while not stop.is_set():
            sent = postman.turn()
            heard = 0
            if time.monotonic() >= next_look:
                heard = mailing_returned.hear(shop, at=clock.now())
                next_look = time.monotonic() + HEAR_S
            if not (sent or heard):
                stop.wait(IDLE_S)
    finally:
        postman.close()


@contextmanager
def _checking(stop: threading.Event) -> Iterator[None]:
    """Mails are checked beside the sending: what takes minutes keeps no letter waiting."""
    over = threading.Event()
    with beside(lambda: _check(stop, over), name="mail-check", until=over):
        yield


def _check(stop: threading.Event, over: threading.Event) -> None:
    def is_over() -> bool:
        return stop.is_set() or over.is_set()

    while not is_over():
        try:
            if not messages_check.run_next(at=clock.now(), stop=is_over):
                over.wait(IDLE_S)
        except Exception as error:  # noqa: BLE001  the loop outlives a database that went away
            log.warning("checks wait", error=repr(error))
            connection.close()
            over.wait(BUSY_S)
    connection.close()
