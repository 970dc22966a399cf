"""Carries letters to the mail server: several connections, one thread to the database.

Promises: what is taken is committed before it leaves; a letter that could not leave soon after it
was taken goes back to the queue, so that consent is never old; one process at a time sends for a
shop (`alone`), and says of what an earlier one left behind that its fate is unclear.
"""

import fcntl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime

from liquid.exceptions import LiquidError

from goen.kit import mail, mailbox
from goen.kit.db import tx
from goen.kit.mail import Connection, Outcome, Transport
from goen.marketing import mailing
from goen.marketing.mailing import Block, Letter

FRESH_S = 20.0
"""A letter that has not left so long after it was taken is asked for anew."""

LOOK_S = 60.0
"""How often to look for what an earlier process left behind: its last word may come late."""

Now = Callable[[], datetime]


class Busy(Exception):  # noqa: N818  named by its reason
    """Another process sends for this shop."""


@contextmanager
def alone(shop: str) -> Iterator[None]:
    """Only one sends for a shop; raises `Busy` while another does. Death lets go."""
    with (mailbox.folder(shop) / "sending.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as taken:
            raise Busy(shop) from taken
        yield


class Postman:
    """Sends for one shop. One thread's own; its connections have threads of theirs."""

    def __init__(self, now: Now) -> None:
        self._now = now
        self._mine = threading.local()
        self._pool: ThreadPoolExecutor | None = None
        self._size = 0
        self._open: list[Connection] = []
        self._lock = threading.Lock()
        self._began = now()
        self._look_at = 0.0
        self._stumbled: set[int] = set()

    def begin(self) -> None:
        """Anew after something broke: what was in the air then is looked for."""
        self._began = self._now()
        self._look_at = 0.0

    def turn(self) -> int:
        """Send one block of every sending that is due; answers how many letters were tried.

        A sending at which something broke comes last in the next turn: it harms itself only.
        """
        with tx() as t:
            if time.monotonic() >= self._look_at:
                mailing.left_behind(t, before=self._began, at=self._now())
                self._look_at = time.monotonic() + LOOK_S
            runs, by = mailing.due(t, at=self._now()), mail.transport(t)
        return sum(self._tried(run_id, by) for run_id in sorted(runs, key=self._is_last))

    def _is_last(self, run_id: int) -> bool:
        return run_id in self._stumbled

    def _tried(self, run_id: int, by: Transport) -> int:
        self._stumbled.add(run_id)
        sent = self._block(run_id, by)
        self._stumbled.discard(run_id)
        return sent

    def close(self) -> None:
        """Let what is in the air land, and hang up."""
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool, self._size = None, 0
        for connection in self._open:
            connection.close()
        self._open.clear()

    def _block(self, run_id: int, by: Transport) -> int:
        with tx() as t:
            block = mailing.take(t, run_id, by, at=self._now())
        if block is None or not block.letters:
            return 0
        outcomes = self._carry(block, by)
        with tx() as t:
            mailing.settle(t, run_id, outcomes, at=self._now())
        return len(outcomes)

    def _carry(self, block: Block, by: Transport) -> Sequence[tuple[Letter, Outcome]]:
        taken = time.monotonic()
        if self._pool is None or self._size != by.connections:
            self.close()
            self._pool, self._size = ThreadPoolExecutor(by.connections, "mail"), by.connections
            self._mine = threading.local()

        def send(letter: Letter) -> tuple[Letter, Outcome]:
            if time.monotonic() - taken > FRESH_S:
                return letter, Outcome("later", "not begun in time")
            try:
                composed = mailing.compose(block, letter)
            except LiquidError as error:  # one letter that cannot be written harms no other
                return letter, Outcome("refused", f"not written: {type(error).__name__}")
            return letter, self._connection(by).send(composed, at=self._now())

        return list(self._pool.map(send, block.letters))

    def _connection(self, by: Transport) -> Connection:
        """This thread's connection; another one when the settings have changed."""
        found: Connection | None = getattr(self._mine, "connection", None)
        if found is None or found.by != by:
            if found is not None:
                found.close()
            found = self._mine.connection = Connection(by)
            with self._lock:
                self._open.append(found)
        return found
