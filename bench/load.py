"""Callers over HTTP that cost little: one process, one loop, sockets kept open, bytes made before.

`calls` starts it beside the bench and answers what came back. Each caller sends the next request
when the answer to the last is there. A request is one of the given bodies with an id of its own.
"""

import json
import random
import select
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

ID = b"00000000-0000-7000-8000-000000000000"
"""Stands in a body where the id goes."""
_ENOUGH = 2**16


@dataclass(frozen=True, slots=True)
class Answers:
    """What came back while it was counted: how many of each status, how fast."""

    by_status: dict[int, int]
    took_s: float
    p50_ms: float
    p99_ms: float

    @property
    def done(self) -> int:
        """Facts that are new in the books."""
        return self.by_status.get(201, 0)

    @property
    def rate(self) -> float:
        """Those in a second."""
        return self.done / self.took_s


def calls(
    address: str,
    path: str,
    bodies: Sequence[bytes],
    *,
    secret: str,
    clients: int,
    seconds: float,
    at_most: int = 0,
    seed: int = 0,
) -> Answers:
    """Send from so many callers at once for so long, or `at_most` requests."""
    told = {
        "address": address, "path": path, "secret": secret, "clients": clients,
        "seconds": seconds, "at_most": at_most, "seed": seed,
        "bodies": [body.decode() for body in bodies],
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(told).encode(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.decode()[-2000:])
    said = json.loads(done.stdout)
    by_status = {int(status): count for status, count in said.pop("by_status").items()}
    return Answers(by_status=by_status, **said)


class _Caller:
    """One socket, and what of an answer came so far."""

    __slots__ = ("got", "since", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.got = b""
        self.since = 0.0

    def status(self) -> int:
        """The status of the answer once it is there whole, else 0."""
        came = self.socket.recv(_ENOUGH)
        if not came:
            raise ConnectionError("the shop hung up")
        self.got += came
        head, found, rest = self.got.partition(b"\r\n\r\n")
        if not found:
            return 0
        at = head.lower().find(b"content-length:")
        if at < 0:  # sent in chunks, of which the last is empty
            if not rest.endswith(b"0\r\n\r\n"):
                return 0
        elif len(rest) < int(head[at + 15 :].split(b"\r\n", 1)[0]):
            return 0
        status = int(self.got[9:12])
        self.got = b""
        return status


class _Requests:
    """Whole requests, ready but for the id."""

    def __init__(self, told: dict[str, str], bodies: Sequence[str], seed: int) -> None:
        self._rng = random.Random(seed)
        self._parts = []
        for body in bodies:
            head = (
                f"POST {told['path']} HTTP/1.1\r\nHost: {told['address']}\r\n"
                f"Authorization: Bearer {told['secret']}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body.encode())}\r\n\r\n"
            )
            first, _, last = (head.encode() + body.encode()).partition(ID)
            self._parts.append((first, last))
        self._mine = f"-8{seed & 0xFFF:03x}-{self._rng.getrandbits(20):05x}"
        self._n = 0

    def next(self) -> bytes:
        """A request with a fresh id, ordered by time as callers make them."""
        self._n += 1
        ms = int(time.time() * 1000)
        id_ = f"{ms >> 16:08x}-{ms & 0xFFFF:04x}-7000{self._mine}{self._n:07x}"
        first, last = self._rng.choice(self._parts)
        return first + id_.encode() + last


def main() -> None:
    """Read what to do from standard input; write what came back."""
    told = json.load(sys.stdin)
    requests = _Requests(told, told["bodies"], told["seed"])
    host, _, port = told["address"].partition(":")
    callers = {}
    poll = select.epoll()
    for _ in range(told["clients"]):
        caller = _Caller((host, int(port)))
        callers[caller.socket.fileno()] = caller
        poll.register(caller.socket, select.EPOLLIN)
    left = told["at_most"] or sys.maxsize
    warm_s = 0.0 if told["at_most"] else min(1.0, told["seconds"] / 3)
    statuses: Counter[int] = Counter()
    waits: list[float] = []
    began = time.perf_counter()
    counted_from, until = began + warm_s, began + warm_s + told["seconds"]
    for caller in callers.values():
        left -= 1
        caller.since = time.perf_counter()
        caller.socket.sendall(requests.next())
    open_ = len(callers)
    while open_:
        for fileno, _ in poll.poll():
            caller = callers[fileno]
            status = caller.status()
            if not status:
                continue
            now = time.perf_counter()
            if counted_from <= now < until:
                statuses[status] += 1
                waits.append(now - caller.since)
            if now >= until or left <= 0:
                open_ -= 1
                continue
            left -= 1
            caller.since = now
            caller.socket.sendall(requests.next())
    took_s = min(time.perf_counter(), until) - counted_from
    waits.sort()
    json.dump(
        {
            "by_status": dict(statuses),
            "took_s": took_s,
            "p50_ms": _part(waits, 0.5) * 1000,
            "p99_ms": _part(waits, 0.99) * 1000,
        },
        sys.stdout,
    )


def _part(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


if __name__ == "__main__":
    main()
