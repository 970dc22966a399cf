"""`goen analyst`: keeps the figures fresh and answers questions. Runs until it is told."""

import os
import signal
import threading
import time

import click
import structlog

from goen.doors.worker import likeness
from goen.insight import analyst as work
from goen.insight import lake
from goen.kit import home

QUICK_S = 0.05
"""Between looks for a question: a page is waiting."""
BREATH = 2.0
"""After a refresh, wait this many times as long as it took, so that others get the machine."""
log = structlog.get_logger("goen.analyst")


@click.command()
def analyst() -> None:
    """Publish, compute and answer until stopped; waits while another analyst has the lake."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    os.nice(5)
    folder = lake.folder_of(home.current_shop_name())
    while not stop.is_set():
        try:
            with work.only_one(folder), likeness.looking(stop):
                _serve(work.Analyst(folder), stop)
        except work.Busy:
            stop.wait(1)


def _serve(found: work.Analyst, stop: threading.Event) -> None:
    rest_until = 0.0
    while not stop.is_set():
        work.answer_all(found)
        if time.monotonic() >= rest_until:
            began = time.monotonic()
            if work.keep_fresh(found):
                took = time.monotonic() - began
                log.info("refreshed", seconds=round(took, 2))
                rest_until = time.monotonic() + BREATH * took
            else:
                rest_until = time.monotonic() + 0.5
        stop.wait(QUICK_S)
