"""`goen mailbox`: takes the letters that leave no house. Runs until it is told to stop."""

import logging
import signal
import threading

import click
import structlog

from goen.kit import home, mailbox_server

log = structlog.get_logger("goen.mailbox")


@click.command()
def mailbox() -> None:
    """Keep the letters of a shop that has no mail server, for its page to show."""
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # the library tells every word
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    mailbox_server.serve(
        home.current_shop_name(), stop, ready=lambda port: log.info("listening", port=port)
    )
