"""What the system knows about a process.

Promises: a zombie counts as gone; a pid is never taken for its former owner's when the caller
compares the command line.
"""

import os
import subprocess
import time
from pathlib import Path

_PROC = Path("/proc/self/stat")


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be buried does not."""
    return _state(pid) not in {"", "Z", "X"}


def command_line(pid: int) -> str:
    """The program and its arguments, or nothing when the process is gone."""
    if not _PROC.exists():
        return _ps(pid, "command=")
    try:
        return (
            Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        )
    except OSError:
        return ""


def wait_gone(pid: int, *, timeout_s: float) -> bool:
    """Wait until the process is gone; False when it outlived the patience."""
    until = time.monotonic() + timeout_s
    while is_alive(pid):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def _state(pid: int) -> str:
    if not _PROC.exists():
        return _ps(pid, "state=")[:1]
    try:
        about = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return ""
    return about.rpartition(")")[2].split()[0]


def _ps(pid: int, column: str) -> str:
    """For systems without /proc."""
    asked = subprocess.run(
        ["ps", "-o", column, "-p", str(pid)], check=False, capture_output=True, text=True,
        env={**os.environ, "LC_ALL": "C"},
    )  # fmt: skip
    return asked.stdout.strip()
