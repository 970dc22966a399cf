"""A letter that somebody asked for on a page, sent beside the answer, never before it.

How long an answer takes must not say who is known.
"""

import threading

import structlog

from goen.kit import clock, mail
from goen.kit.mail import Mail, Transport

log = structlog.get_logger(__name__)


def send_aside(by: Transport, letter: Mail) -> None:
    """Send on a thread of its own; what became of it is in the log, without the address."""
    threading.Thread(target=send_now, args=(by, letter), daemon=True).start()


def send_now(by: Transport, letter: Mail) -> None:
    """Send, and wait until the server has answered."""
    outcome = mail.send(by, letter, at=clock.now())
    if outcome.state != "sent":
        log.warning("a letter was not sent", state=outcome.state, answer=outcome.answer)
