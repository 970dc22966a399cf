"""A loop in a thread of its own, beside whatever a program does in the meantime."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOPS_WITHIN_S = 30.0


@contextmanager
def beside(
    work: Callable[[], None],
    *,
    name: str,
    until: threading.Event,
    within_s: float = STOPS_WITHIN_S,
) -> Iterator[None]:
    """Let `work` run; at the end `until` is set, which it obeys, within `within_s` seconds."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        until.set()
        thread.join(within_s)
