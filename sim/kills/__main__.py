"""`make kills`: thirty kills under load, and nothing acknowledged is missing or doubled.

A shop of its own is started as an owner would; shoppers send sales, holds, orders and acts on
orders and note every answer; at random moments the database (or one of its backends), the web
server (or one of its workers) or the worker is killed with SIGKILL. Then the books are read: every
acknowledged id is there once, with its units, and the audit finds nothing.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sim.kills.load import Log, Shopper

SHOP = "kills"
PORT = 29_400
GOEN = (sys.executable, "-m", "goen.doors.cli.main")
DATABASE = ("postmaster", "backend")
SERVERS = ("web", "web worker", "worker")
AGAIN = 20
"""Answers that say the shop is back."""


class Installation:
    """A state folder of its own with one running shop."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "GOEN_HOME": str(folder), "GOEN_SHOP": SHOP}
        for name in ("DATABASE_URL", "GOEN_DATABASE_URL", "GOEN_SUPERVISED"):
            self.environment.pop(name, None)

    def run(self, *command: str) -> str:
        """What a program of ours prints."""
        done = subprocess.run(
            command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def open(self) -> tuple[int, str]:
        """Make the shop and start it; answers its port and a key."""
        add = (
            "from goen.kit.home import add_shop;"
            f"add_shop(name={SHOP!r}, title={{'ja': '試射', 'en': 'Kills'}}, kind='own',"
            f" first_port={PORT})"
        )
        start = "from goen.kit import postgres; postgres.ensure_running()"
        self.run(sys.executable, "-c", f"{add}; {start}")
        key = self.run(sys.executable, "-m", "sim.kills.shop").split()[-1]
        self.run(*GOEN, "up", "--no-demo")
        shop = json.loads((self.folder / "shops" / SHOP / "shop.json").read_text())
        return int(shop["port"]), key

    def audit(self) -> dict:
        """What the audit says."""
        done = subprocess.run(
            [*GOEN, "audit", "--json"],
            env=self.environment, check=False, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return json.loads(done.stdout)

    def victim(self, what: str, rng: random.Random) -> int | None:
        """The pid of what is to be killed; None while it does not run."""
        state = json.loads((self.folder / "run" / "supervisor.json").read_text())
        services = state["services"]
        if what == "postmaster":
            return int(state["database"] or 0) or None
        if what == "backend":
            return _any_child(state["database"], rng, b"[local]")
        if what == "web worker":
            return _any_child(services[f"{SHOP}/web"]["pid"], rng)
        return services[f"{SHOP}/{what}"]["pid"]


def main(kills: int = 30, shoppers: int = 12, seed: int = 1, pause_s: float = 1.5) -> bool:
    """Shoot, then read the books; True when nothing is missing or doubled."""
    folder = Path(tempfile.mkdtemp(prefix="goen-kills-", dir="/tmp"))
    folder.chmod(0o711)
    here = Installation(folder)
    try:
        port, key = here.open()
        log = Log(folder / "acknowledged.jsonl")
        log.path.touch()
        stop = threading.Event()
        crowd = [Shopper(n, port=port, key=key, log=log, stop=stop) for n in range(shoppers)]
        for one in crowd:
            one.start()
        done = _shoot(here, kills, random.Random(seed), pause_s, log)
        time.sleep(3)
        stop.set()
        for one in crowd:
            one.join(120)
        return _verdict(here, log, crowd, done)
    finally:
        subprocess.run([*GOEN, "down"], env=here.environment, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _shoot(
    here: Installation, kills: int, rng: random.Random, pause_s: float, log: Log
) -> list[str]:
    """Half at the database, half at the servers, in any order."""
    targets = [rng.choice(DATABASE if n % 2 else SERVERS) for n in range(kills)]
    rng.shuffle(targets)
    done = []
    for n, what in enumerate(targets, start=1):
        time.sleep(pause_s * (0.3 + rng.random()))
        while True:
            pid = here.victim(what, rng)
            try:
                if pid:
                    os.kill(pid, signal.SIGKILL)
                    break
            except ProcessLookupError:
                pass
            time.sleep(0.05)
        done.append(what)
        back_s = _answered_again(log)
        print(f"{n:>3} killed {what:<11} back after {back_s:4.1f} s {dict(log.counts)}", flush=True)
    return done


def _answered_again(log: Log) -> float:
    """Seconds until a shopper was answered again; shots fall on a shop that works."""
    time.sleep(0.3)  # what was on its way when it fell
    began, before = time.monotonic(), sum(log.counts.values())
    while sum(log.counts.values()) < before + AGAIN and time.monotonic() < began + 60:
        time.sleep(0.05)
    return time.monotonic() - began + 0.3


def _verdict(here: Installation, log: Log, crowd: Sequence[Shopper], done: Sequence[str]) -> bool:
    reading = (sys.executable, "-m", "sim.kills.verdict", str(log.path))
    found = json.loads(here.run(*reading))
    audit = here.audit()
    problems = sorted({one.problem for one in crowd if one.problem})
    databases = sum(what in DATABASE for what in done)
    print(f"kills: {len(done)} ({databases} of the database, {len(done) - databases} of servers)")
    print(f"acknowledged: {sum(log.counts.values())} {dict(log.counts)}")
    again = dict(sum((one.unanswered for one in crowd), Counter[str]()))
    print(f"asked again: {again}, given up: {sum(one.given_up for one in crowd)}")
    print(f"missing: {found['missing']}, doubled: {found['doubled']}, wrong: {found['wrong']}")
    print(f"audit: {'ok' if audit['ok'] else audit['broken']} ({audit['moves']} moves)")
    for problem in problems:
        print(f"problem: {problem}")
    clean = not (found["missing"] or found["doubled"] or found["wrong"] or problems)
    return clean and bool(audit["ok"])


def _any_child(pid: int, rng: random.Random, marked: bytes = b"") -> int | None:
    children = []
    for task in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(task.read_text().rpartition(")")[2].split()[1])
            named = (task.parent / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == pid and marked in named:
            children.append(int(task.parent.name))
    return rng.choice(sorted(children)) if children else None


if __name__ == "__main__":
    raise SystemExit(0 if main(*(int(n) for n in sys.argv[1:3])) else 1)
