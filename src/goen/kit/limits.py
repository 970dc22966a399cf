"""How often a caller may ask: a token bucket for each, in the memory of this process.

A bucket holds `burst` tokens and gains `rate` of them a second; each request takes one. Processes
do not know of each other, so a shop served by two of them lets twice as much through.
"""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Limiter:
    """The buckets of a process, by who calls: a key's number, or an address."""

    MOST = 20_000
    """Buckets kept: beyond them the full ones are forgotten, which changes nothing."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._lock = threading.Lock()
        self._buckets: dict[Hashable, _Bucket] = {}

    def take(self, caller: Hashable, *, rate: float, burst: float) -> float:
        """Take a token: 0 when there was one, else the seconds until there is."""
        now = self.now()
        with self._lock:
            if len(self._buckets) >= self.MOST and caller not in self._buckets:
                self._forget(now, rate, burst)
            bucket = self._buckets.setdefault(caller, _Bucket(burst, now))
            bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * rate)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0.0
            return (1 - bucket.tokens) / rate

    def _forget(self, now: float, rate: float, burst: float) -> None:
        """Drop what is full again; if nobody is, everybody begins anew rather than fill memory."""
        kept = {
            caller: one
            for caller, one in self._buckets.items()
            if one.tokens + (now - one.at) * rate < burst
        }
        self._buckets = kept if len(kept) < self.MOST else {}
