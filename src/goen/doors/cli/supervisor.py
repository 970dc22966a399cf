"""The supervisor: one small process that keeps the database and every shop's programs running.

Promises: at most one runs per state folder; a shop registered while it runs is served within a
second; what is killed is back within about two; SIGTERM stops everything, the database last; what
it knows is in run/supervisor.json for `goen status` to read.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from goen.doors.cli.services import Plan, Service, plans, stop_strays
from goen.kit import postgres
from goen.kit.home import (
    Shop,
    change_shop,
    checkout,
    loaded_marker,
    log_dir,
    next_free_port,
    port_is_free,
    run_dir,
    shops,
    write_json,
)
from goen.kit.postgres_binaries import NoPostgres

_BEAT_S = 0.1
_REGISTRY_EVERY_S = 0.5
_LOGS_EVERY_S = 10
_LARGEST_LOG = 10_000_000
_STOPS_WITHIN_S = 8


def state_path() -> Path:
    """What the supervisor last saw."""
    return run_dir() / "supervisor.json"


def lock_path() -> Path:
    """Held for as long as a supervisor lives."""
    return run_dir() / "supervisor.lock"


def is_running() -> bool:
    """Whether a supervisor looks after this state folder now."""
    with lock_path().open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def code_stamp() -> float:
    """When the newest file of this code was changed; a supervisor of older code is replaced."""
    roots = (checkout() / "src", checkout() / "sim")
    files = (path for root in roots for path in root.rglob("*") if "__pycache__" not in path.parts)
    return max((path.stat().st_mtime for path in files if path.is_file()), default=0.0)


class Supervisor:
    """Everything that runs, by name."""

    def __init__(self) -> None:
        self.services: dict[str, Service] = {}
        self.stopping = False
        self._code = code_stamp()
        self._migrated: set[str] = set()
        self._database_not_before = 0.0
        self._written: object = None

    def run(self) -> None:
        """Until somebody asks to stop."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._on_stop)
        strays = stop_strays()
        print(f"supervisor {os.getpid()} starts; {strays} strays stopped", flush=True)
        registry_at = logs_at = 0.0
        while not self.stopping:
            now = time.monotonic()
            if now >= registry_at:
                registry_at = now + _REGISTRY_EVERY_S
                self._follow_registry()
            if now >= logs_at:
                logs_at = now + _LOGS_EVERY_S
                _truncate_logs()
            if self._tend_database():
                self._tend_services()
            self._write_state()
            time.sleep(_BEAT_S)
        self._stop(list(self.services.values()))
        postgres.stop()
        state_path().unlink(missing_ok=True)
        print("supervisor stopped", flush=True)

    def _on_stop(self, *_: object) -> None:
        self.stopping = True

    def _follow_registry(self) -> None:
        wanted = {plan.name: plan for plan in self._wanted()}
        gone = [one for name, one in self.services.items() if wanted.get(name) != one.plan]
        self._stop([one for one in gone if not one.done])
        for one in gone:
            del self.services[one.plan.name]
        for name, plan in wanted.items():
            if name not in self.services:
                self.services[name] = Service(plan)

    def _wanted(self) -> Iterator[Plan]:
        for shop in shops():
            migrated = shop.name in self._migrated
            starts_now = migrated and f"{shop.name}/web" not in self.services
            yield from plans(_moved_if_taken(shop) if starts_now else shop, migrated=migrated)

    def _tend_database(self) -> bool:
        """True while services may run."""
        if postgres.external_url() or postgres.is_up():
            return True
        if time.monotonic() < self._database_not_before:
            return False
        try:
            postgres.ensure_running()
        except (postgres.NotStarted, NoPostgres, OSError) as problem:
            self._database_not_before = time.monotonic() + 5
            print(f"database: {problem}", flush=True)
            return False
        print(f"database started, pid {postgres.server_pid()}", flush=True)
        return True

    def _tend_services(self) -> None:
        for service in self.services.values():
            if not service.tend() or not service.done:
                continue
            if service.plan.name.endswith("/migrate"):
                self._migrated.add(service.plan.shop)
            elif service.plan.name.endswith("/loader"):
                loaded_marker(service.plan.shop).touch()

    def _stop(self, services: list[Service]) -> None:
        for service in services:
            service.ask_to_stop()
        until = time.monotonic() + _STOPS_WITHIN_S
        for service in services:
            service.make_stop(until=until)

    def _write_state(self) -> None:
        state = {
            "pid": os.getpid(),
            "code": self._code,
            "database": postgres.server_pid(),
            "services": {
                name: {
                    "pid": one.pid,
                    "starts": one.starts,
                    "done": one.done,
                    "failing": one.is_failing,
                }
                for name, one in self.services.items()
            },
        }
        if state != self._written:
            write_json(state_path(), state)
            self._written = state


def _moved_if_taken(shop: Shop) -> Shop:
    """The shop at its port, or at the next free one when somebody else listens there."""
    if port_is_free(shop.port):
        return shop
    port = next_free_port(first=shop.port, but_not={one.port for one in shops()})
    print(f"{shop.name}: port {shop.port} is taken, moving to {port}", flush=True)
    return change_shop(name=shop.name, port=port)


def _truncate_logs() -> None:
    """Keep one older part beside each log; writers append, so cutting to zero is safe."""
    for path in log_dir().glob("*.log"):
        if path.stat().st_size > _LARGEST_LOG:
            shutil.copyfile(path, path.with_suffix(".log.1"))
            os.truncate(path, 0)


def main() -> None:
    """Take the lock and look after everything; a second one leaves at once."""
    with lock_path().open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("a supervisor is already running", file=sys.stderr)
            sys.exit(1)
        with contextlib.suppress(KeyboardInterrupt):
            Supervisor().run()


if __name__ == "__main__":
    main()
