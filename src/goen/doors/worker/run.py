"""`goen worker`: delivers what happened, and loads what was handed in. Runs until it is told."""

import signal
import threading

import click
import structlog

from goen.kit import outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.outbox import Notice
from goen.links import loading

IDLE_S = 0.5
ACTOR = Actor("system", "worker")
log = structlog.get_logger("goen.journal")


def journal(tx: Tx, notice: Notice) -> None:
    """The shop's running log: one line per thing that happened, ids only."""
    log.info(notice.kind, key=notice.key, notice=notice.id)


@click.command()
def worker() -> None:
    """Deliver notices and load files until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    while not stop.is_set():
        delivered = outbox.relay("journal", journal)
        loaded = loading.run_next(actor=ACTOR)
        if not delivered and not loaded:
            stop.wait(IDLE_S)
