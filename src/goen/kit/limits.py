"""How often a caller may ask: a token bucket for each, in the memory of this process.

A bucket holds `burst` tokens and gains `rate` of them a second; each request takes one. Processes
do not know of each other, so a shop served by two of them lets twice as much through.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Limiter:
    """The buckets of a process, by the caller's number. Callers are few: keys are issued."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._lock = threading.Lock()
        self._buckets: dict[int, _Bucket] = {}

    def take(self, caller: int, *, rate: float, burst: float) -> float:
        """Take a token: 0 when there was one, else the seconds until there is."""
        now = self.now()
        with self._lock:
            bucket = self._buckets.setdefault(caller, _Bucket(burst, now))
            bucket.tokens = min(burst, bucket.tokens + (now - bucket.at) * rate)
            bucket.at = now
            if bucket.tokens >= 1:
                bucket.tokens -= 1
                return 0.0
            return (1 - bucket.tokens) / rate
