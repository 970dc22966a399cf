"""`goen worker`: delivers what happened, here and to other systems, and loads what was handed in.

Runs until it is told to stop.
"""

import signal
import threading
import time

import click
import structlog

from goen.doors.worker import hooks, post
from goen.doors.worker.automatic import Automatic
from goen.doors.worker.measures import Tended
from goen.doors.worker.scenarios import Scenarios
from goen.kit import clock, outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.outbox import Notice
from goen.ledger import checkpoints, turnover
from goen.ledger.sweep import sweep
from goen.links import loading, parked, taking
from goen.points import confirming, expiring

IDLE_S = 0.5
CLOSE_LOOK_S = 600
"""How often to look whether checkpoints and turnover are due."""
SWEEP_MOST = 500
"""Holds given up in one transaction: their accounts are locked until it ends."""
ACTOR = Actor("system", "worker")
log = structlog.get_logger("goen.journal")


def journal(tx: Tx, notice: Notice) -> None:
    """The shop's running log: one line per thing that happened, ids only."""
    log.info(notice.kind, key=notice.key, notice=notice.id)


def sweep_holds() -> int:
    """Give up holds whose time is over; answers how many."""
    with tx() as t:
        return sweep(t, recorded_at=clock.now(), limit=SWEEP_MOST)


def tend_points() -> int:
    """Confirm points whose day has come and expire those whose days are over; answers how many."""
    with tx() as t:
        confirmed = confirming.confirm_due(t, at=clock.now(), limit=SWEEP_MOST)
    with tx() as t:
        return confirmed + expiring.expire_due(t, at=clock.now(), limit=SWEEP_MOST)


def close_books() -> None:
    """Once a day, write down what accounts without a balance row come to, and what moved."""
    with tx() as t:
        if checkpoints.is_due(t, at=clock.now()):
            checkpoints.close(t, recorded_at=clock.now())
    with tx() as t:
        if turnover.is_due(t, at=clock.now()):
            turnover.close(t, recorded_at=clock.now())


def forget_files() -> None:
    """Empty rows of files whose time is over, and delete files that nobody came back to."""
    at = clock.now()
    with tx() as t:
        taking.forget_left(t, recorded_at=at)
        while parked.empty_old(t, actor=ACTOR, recorded_at=at):
            pass


@click.command()
def worker() -> None:
    """Deliver notices, sweep holds, end points, close books and load files until stopped."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    next_close = time.monotonic() + CLOSE_LOOK_S
    measures = Tended()
    automatic, flows = Automatic(), Scenarios()
    with hooks.carrying(stop), post.sending(stop):
        while not stop.is_set():
            delivered = outbox.relay("journal", journal)
            swept = sweep_holds()
            tended = tend_points() + measures.turn()
            if time.monotonic() >= next_close:
                close_books()
                forget_files()
                next_close = time.monotonic() + CLOSE_LOOK_S
            acted = automatic.turn(at=clock.now()) + flows.turn(at=clock.now())
            loaded = loading.run_next(actor=ACTOR)
            if not (delivered or swept or tended or acted or loaded):
                stop.wait(IDLE_S)
