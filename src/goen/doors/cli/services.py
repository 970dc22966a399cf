"""What runs for a shop, and how one such program is kept running.

Promises: a program that ends is started again, at once after a long life and ever later (up to
thirty seconds) when it keeps failing; a program that ends takes everything it started with it;
nothing outlives the supervisor, and what a killed supervisor could not stop is found by its mark.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from goen.kit import processes
from goen.kit.home import Shop, home, loaded_marker, log_dir, run_dir

MARK = "GOEN_SUPERVISED"
_LONG_LIFE_S = 10
_LONGEST_WAIT_S = 30
_FAILING_FROM_S = 1.0
_PARENT_DIED = 1  # PR_SET_PDEATHSIG


@dataclass(frozen=True)
class Plan:
    """One program that ought to run."""

    name: str  # shop/kind
    shop: str
    command: tuple[str, ...]
    once: bool = False
    nice: int = 0


def plans(shop: Shop, *, migrated: bool) -> list[Plan]:
    """What ought to run for a shop: first its tables, then everything."""
    goen = (sys.executable, "-m", "goen.doors.cli.main")
    if not migrated:
        return [_plan(shop, "migrate", *goen, "migrate", once=True)]
    wanted = [
        _plan(shop, "web", *_web(shop)),
        _plan(shop, "worker", *goen, "worker"),
        _plan(shop, "analyst", *goen, "analyst", nice=5),
        _plan(shop, "mailbox", *goen, "mailbox", nice=5),
    ]
    if shop.loader and not loaded_marker(shop.name).exists():
        wanted.append(_plan(shop, "loader", *_resolved(shop.loader), once=True, nice=10))
    return wanted


def _plan(shop: Shop, kind: str, *command: str, once: bool = False, nice: int = 0) -> Plan:
    return Plan(f"{shop.name}/{kind}", shop.name, command, once, nice)


def _web(shop: Shop) -> tuple[str, ...]:
    return web(port=shop.port, workers=2 if shop.kind == "demo" else 1)


def web(*, port: int, workers: int, log_level: str = "warning") -> tuple[str, ...]:
    """The web server of a shop. Callers whose requests are gathered each wait in a thread."""
    application = os.environ.get("GOEN_WEB_APP") or "goen.doors.web:application"
    return (
        sys.executable, "-m", "granian", application, "--interface", "wsgi",
        "--host", "127.0.0.1", "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "64",
        "--no-ws", "--http", "1", "--log-level", log_level,
        "--respawn-failed-workers", "--respawn-interval", "0.1", "--workers-kill-timeout", "5",
    )  # fmt: skip


def _resolved(loader: tuple[str, ...]) -> tuple[str, ...]:
    """A registered loader says `python` or `goen`: those of the environment that runs now."""
    ours = {
        "python": (sys.executable,),
        "goen": (sys.executable, "-m", "goen.doors.cli.main"),
    }
    return (*ours.get(loader[0], loader[:1]), *loader[1:])


class Service:
    """One plan and the process that carries it out."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.done = False
        self.starts = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._wait_s = 0.0
        self._not_before = 0.0

    @property
    def is_failing(self) -> bool:
        """Ended soon after its start, several times in a row."""
        return self._wait_s >= _FAILING_FROM_S

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def tend(self) -> bool:
        """Look after it once; True when something happened."""
        if self._process is not None:
            return self._bury()
        if self.done or time.monotonic() < self._not_before:
            return False
        self._process = self._spawn()
        self._started = time.monotonic()
        self.starts += 1
        return True

    def ask_to_stop(self) -> None:
        """SIGTERM to the program and all it started."""
        self._signal(signal.SIGTERM)

    def make_stop(self, *, until: float) -> None:
        """Wait until then, afterwards end it the hard way."""
        if self._process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(max(0.0, until - time.monotonic()))
        self._signal(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _bury(self) -> bool:
        assert self._process is not None
        code = self._process.poll()
        if code is None:
            return False
        self._signal(signal.SIGKILL)  # what it started must not keep its port or its locks
        lived_s = time.monotonic() - self._started
        self._process = None
        if self.plan.once and code == 0:
            self.done = True
        elif lived_s > _LONG_LIFE_S:
            self._wait_s = 0.0
        else:
            self._wait_s = min(_LONGEST_WAIT_S, self._wait_s * 2 or 0.25)
        self._not_before = time.monotonic() + self._wait_s
        print(f"{self.plan.name} ended with {code} after {lived_s:.1f} s", flush=True)
        return True

    def _spawn(self) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "GOEN_HOME": str(home()),
            "GOEN_SHOP": self.plan.shop,
            "PYTHONUNBUFFERED": "1",
            MARK: str(home()),
            **_counts(self.plan),
        }
        with log_path(self.plan.name).open("ab") as sink:
            return subprocess.Popen(
                self.plan.command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                cwd=home(),
                env=environment,
                start_new_session=True,
                preexec_fn=_child_setup(self.plan.nice),  # noqa: PLW1509  we have one thread
            )

    def _signal(self, which: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, which)


def _counts(plan: Plan) -> dict[str, str]:
    """An empty folder in which a shop's web processes count together for `/metrics`."""
    if plan.name != f"{plan.shop}/web":
        return {}
    folder = run_dir() / "counts" / plan.shop
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {"PROMETHEUS_MULTIPROC_DIR": str(folder)}


def log_path(name: str) -> Path:
    """The log of one service."""
    return log_dir() / (name.replace("/", ".") + ".log")


def _child_setup(nice: int) -> Callable[[], object]:
    """Have the system end the child when its supervisor dies, however it dies."""
    try:
        libc = ctypes.CDLL(None)
        prctl = libc.prctl
    except (OSError, AttributeError):  # not Linux: then only the mark finds it
        return lambda: os.nice(nice)

    def setup() -> None:
        prctl(_PARENT_DIED, signal.SIGTERM)
        os.nice(nice)

    return setup


def stop_strays() -> int:
    """End what an earlier supervisor of this state folder left behind; how many there were."""
    found = list(_strays())
    for how, patience_s in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 5.0)):
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, how)
        until = time.monotonic() + patience_s
        while any(map(processes.is_alive, found)) and time.monotonic() < until:
            time.sleep(0.05)
        if not any(map(processes.is_alive, found)):
            break
    return len(found)


def _strays() -> Iterator[int]:
    mark = f"{MARK}={home()}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
