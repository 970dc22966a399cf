"""Many callers, one transaction: requests that wait at the same time are done together.

One thread and one connection of the process take whatever is queued, without waiting for more,
and run the verb once for all of it. A verb that answers many independent requests locks each row
once for all of them, so a popular article is sold faster than one transaction per unit allows.

Promises: each caller gets the answer to their own request, or their own error. Requests of one
group are done in the order they came. A batch that fails is rolled back and done again one by
one, so that a request which nobody can do takes no other down. A caller who stops waiting before
their turn leaves nothing behind; one who stops later finds by the same id whether it was done.
Requests with equal ids are the verb's to merge, as in any list it is given.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import structlog
from django.db import Error, connection

from goen.kit.db import Tx, own_connection, tx

log = structlog.get_logger(__name__)
Request = TypeVar("Request")
Answer = TypeVar("Answer")

BOUNDS = (1, 2, 4, 8, 16, 32, 64, 128)
"""Upper bounds of the classes in which sizes of batches are counted; above is one more."""
_AGAIN = frozenset({"40001", "40P01"})
"""Two transactions stood in each other's way: the same once more may go through."""
_TRIES = 3
_PAUSE_S = 0.05


class Unreachable(Exception):  # noqa: N818  named by its reason
    """The database did not answer, again and again. The same id may be sent later."""


@dataclass(slots=True)
class Counted:
    """What a gatherer did so far. Written by its thread alone; read by whoever watches."""

    requests: int = 0
    batches: int = 0
    failed: int = 0
    """Requests that ended in an error."""
    undone: int = 0
    """Batches that failed as a whole and were done one by one."""
    late: int = 0
    """Requests nobody waited for any more when their turn came."""
    work_s: float = 0.0
    """Time spent in transactions."""
    waited_s: float = 0.0
    """Time that requests waited for their turn, summed over all."""
    sizes: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    """How many batches were of each class of `BOUNDS`."""


@dataclass(slots=True, eq=False)
class _Waiting(Generic[Request, Answer]):
    """One request, and the caller who waits at its lock."""

    request: Request
    group: Hashable
    since: float
    done: threading.Lock
    answer: Answer | None = None
    error: BaseException | None = None
    left: bool = False


_Batch = Sequence[_Waiting[Request, Answer]]
_all: "list[Gatherer[object, object]]" = []


class Gatherer(Generic[Request, Answer]):
    """Gathers requests for `work`, which answers a list of one group inside a transaction.

    `work` gets at most `cap` requests at once; `told` hears of each batch its size and how long its
    requests waited, in sum. The thread begins with the first request, in whatever process that
    arrives, so that a server may fork before.
    """

    def __init__(
        self,
        name: str,
        work: Callable[[Tx, Hashable, Sequence[Request]], Sequence[Answer]],
        *,
        cap: int = 200,
        told: Callable[[int, float], object] = lambda _size, _waited_s: None,
    ) -> None:
        assert cap > 0, cap
        self.name = name
        self.counted = Counted()
        self._work = work
        self._cap = cap
        self._told = told
        self._starting = threading.Lock()
        self._pid = 0
        _all.append(self)  # type: ignore[arg-type]

    def submit(self, request: Request, *, group: Hashable = None, timeout_s: float = 30) -> Answer:
        """Wait for a request's answer. Raises what its transaction raised, or `TimeoutError`."""
        if self._pid != os.getpid():
            self._begin()
        done = threading.Lock()
        done.acquire()
        mine: _Waiting[Request, Answer] = _Waiting(request, group, time.perf_counter(), done)
        self._queue.put(mine)
        try:
            answered = done.acquire(timeout=timeout_s)
        finally:
            mine.left = True  # an interrupt ends the waiting, too
        if not answered:
            raise TimeoutError(f"{self.name}: no answer within {timeout_s:g} s")
        if mine.error is not None:
            raise mine.error
        return mine.answer  # type: ignore[return-value]

    def close(self, *, timeout_s: float = 10) -> None:
        """Do what is queued, then end the thread and its connection. Later ones begin anew."""
        with self._starting:
            if self._pid != os.getpid():
                return
            self._pid = 0
            self._queue.put(None)
            self._thread.join(timeout_s)

    def _begin(self) -> None:
        with self._starting:
            if self._pid == os.getpid():
                return
            self._queue: SimpleQueue[_Waiting[Request, Answer] | None] = SimpleQueue()
            self._thread = threading.Thread(
                target=self._run, args=(self._queue,), name=f"gather {self.name}", daemon=True
            )
            self._thread.start()
            self._pid = os.getpid()

    def _run(self, queue: "SimpleQueue[_Waiting[Request, Answer] | None]") -> None:
        with own_connection():
            while (first := queue.get()) is not None:
                batch, last = self._taken(first, queue)
                for group in _by_group(batch):
                    try:
                        self._do(group)
                    except Exception:  # whoever listens must not end the thread
                        log.exception("gathering", name=self.name)
                if last:
                    return

    def _taken(
        self,
        first: _Waiting[Request, Answer],
        queue: "SimpleQueue[_Waiting[Request, Answer] | None]",
    ) -> tuple[list[_Waiting[Request, Answer]], bool]:
        """Whatever else is there by now, and whether the end was among it."""
        batch = [first]
        with suppress(Empty):
            while len(batch) < self._cap:
                more = queue.get_nowait()
                if more is None:
                    return batch, True
                batch.append(more)
        return batch, False

    def _do(self, batch: _Batch[Request, Answer]) -> None:
        wanted = [waiting for waiting in batch if not waiting.left]
        self.counted.late += len(batch) - len(wanted)
        if not wanted:
            return
        began = time.perf_counter()
        error = self._together(wanted)
        if error is not None and len(wanted) > 1 and not isinstance(error, Unreachable):
            self.counted.undone += 1
            self._one_by_one(wanted)
        else:
            for waiting in wanted:
                self._give(waiting, error)
        self._count(wanted, began)

    def _one_by_one(self, wanted: _Batch[Request, Answer]) -> None:
        error: BaseException | None = None
        for waiting in wanted:
            if not isinstance(error, Unreachable):  # nobody after that would reach it either
                error = self._together([waiting])
            self._give(waiting, error)

    def _together(self, wanted: _Batch[Request, Answer]) -> BaseException | None:
        """One transaction for all; the answers lie with the requests when there is no error."""
        for tried in range(1, _TRIES + 1):
            before = None
            try:
                connection.ensure_connection()
                before = connection.connection
                with tx() as t:
                    answers = self._work(t, wanted[0].group, [one.request for one in wanted])
                assert len(answers) == len(wanted), (self.name, len(answers), len(wanted))
                for waiting, answer in zip(wanted, answers, strict=True):
                    waiting.answer = answer
                return None
            except Exception as error:  # noqa: BLE001  one request's error must not end the thread
                lost = isinstance(error, Error) and _is_lost(before)
                if lost:
                    connection.close()  # the next use opens another
                    time.sleep(_PAUSE_S * tried)
                elif not _may_go_through(error):
                    return error
                last: BaseException = error
        return Unreachable(str(last)) if lost else last

    def _give(self, waiting: _Waiting[Request, Answer], error: BaseException | None) -> None:
        if error is not None:
            self.counted.failed += 1
            if isinstance(error, Unreachable):
                error = Unreachable(str(error))  # its own for each: a traceback grows by raising
        waiting.error = error
        waiting.done.release()

    def _count(self, wanted: _Batch[Request, Answer], began: float) -> None:
        counted, size = self.counted, len(wanted)
        counted.requests += size
        counted.batches += 1
        counted.work_s += time.perf_counter() - began
        waited_s = sum(began - waiting.since for waiting in wanted)
        counted.waited_s += waited_s
        self._told(size, waited_s)
        counted.sizes[next((n for n, b in enumerate(BOUNDS) if size <= b), len(BOUNDS))] += 1


def everyone() -> dict[str, Counted]:
    """What each gatherer of this process did so far, by its name."""
    return {gatherer.name: gatherer.counted for gatherer in _all}


def _by_group(batch: _Batch[Request, Answer]) -> Sequence[_Batch[Request, Answer]]:
    """The batch by groups, in the order in which each was first there."""
    groups: dict[Hashable, list[_Waiting[Request, Answer]]] = {}
    for waiting in batch:
        groups.setdefault(waiting.group, []).append(waiting)
    return list(groups.values())


def _is_lost(before: object) -> bool:
    """Whether that connection broke; leaving the transaction may have opened another by now."""
    now = connection.connection
    return before is None or now is not before or not connection.is_usable()


def _may_go_through(error: BaseException) -> bool:
    return getattr(error.__cause__, "sqlstate", None) in _AGAIN


@atexit.register
def _drain() -> None:
    """A process that ends first does what it was asked to."""
    for gatherer in _all:
        gatherer.close()
