"""One command starts everything; whatever is killed comes back; nothing stays behind."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from goen.kit import processes

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]  # one installation for all

GOEN = (sys.executable, "-m", "goen.doors.cli.main")
FIRST_PORT = 28_800 + os.getpid() % 150 * 25
"""Above those of shops that tests serve; other runs beside this one have others."""


@dataclass(frozen=True)
class Installation:
    """A state folder of its own and the command that works on it."""

    folder: Path

    def goen(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*GOEN, *arguments], check=False, capture_output=True, text=True, timeout=150,
            env={**os.environ, "GOEN_HOME": str(self.folder), "LC_ALL": "C.UTF-8", **extra},
        )  # fmt: skip

    def python(self, code: str) -> None:
        environment = {**os.environ, "GOEN_HOME": str(self.folder)}
        subprocess.run([sys.executable, "-c", code], check=True, env=environment)

    def add_shop(self, name: str, *loader: str) -> None:
        self.python(
            "from goen.kit.home import add_shop;"
            f"add_shop(name={name!r}, title={{'ja': '店', 'en': 'Shop'}}, kind='own',"
            f" first_port={FIRST_PORT}, loader={loader!r})"
        )

    def status(self) -> dict:
        return json.loads(self.goen("status", "--json").stdout)

    def state(self) -> dict:
        return json.loads((self.folder / "run" / "supervisor.json").read_text())

    def pid_of(self, name: str) -> int | None:
        """What the supervisor runs under this name now; None while it is not alive."""
        try:
            state = self.state()
        except FileNotFoundError:
            return None
        pids = {"supervisor": state["pid"], "database": state["database"]}
        pid = pids.get(name) or state["services"].get(name, {}).get("pid")
        return pid if pid and processes.is_alive(pid) else None

    def port_of(self, name: str) -> int:
        return json.loads((self.folder / "shops" / name / "shop.json").read_text())["port"]

    def answers(self, name: str) -> bool:
        asking = http.client.HTTPConnection("127.0.0.1", self.port_of(name), timeout=2)
        try:
            asking.request("GET", "/healthz")
            return asking.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False


@contextmanager
def _installation() -> Iterator[Installation]:
    folder = Path(tempfile.mkdtemp(prefix="goen-up-", dir="/tmp"))
    folder.chmod(0o711)
    here = Installation(folder)
    yield here
    here.goen("down")
    assert _ours(folder) == []
    shutil.rmtree(folder)


@pytest.fixture
def empty() -> Iterator[Installation]:
    """Nothing has been started yet."""
    with _installation() as here:
        yield here


@pytest.fixture(scope="module")
def _two_shops() -> Iterator[Installation]:
    with _installation() as here:
        here.add_shop("one")
        here.add_shop("two")
        yield here


@pytest.fixture
def running(_two_shops: Installation) -> Installation:
    """Two shops, up and answering; what the test before killed or stopped is up again."""
    started = _two_shops.goen("up", "--no-demo")
    assert started.returncode == 0, started.stdout + started.stderr
    _eventually(lambda: all(map(_two_shops.answers, ("one", "two"))), within_s=60)
    return _two_shops


def _ours(folder: Path) -> list[str]:
    """Every process that was started for this state folder and still lives."""
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        pid = int(one.name)
        try:
            text = (one / "environ").read_bytes() + (one / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in text and processes.is_alive(pid) and pid != os.getpid():
            found.append(processes.command_line(pid))
    return found


def _eventually(holds: Callable[[], object], *, within_s: float) -> float:
    """Wait for it; how long it took."""
    since = time.monotonic()
    while not holds():
        assert time.monotonic() - since < within_s, "did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - since


def test_up_prints_addresses_and_a_second_up_is_quick_and_changes_nothing(running):
    before = running.state()
    since = time.monotonic()
    again = running.goen("up", "--no-demo")
    assert time.monotonic() - since < 10
    assert again.returncode == 0
    assert f"http://127.0.0.1:{running.port_of('one')}/" in again.stdout
    after = running.state()
    assert (after["pid"], after["database"]) == (before["pid"], before["database"])
    assert after["services"]["one/web"]["pid"] == before["services"]["one/web"]["pid"]


def test_status_says_what_runs_and_down_leaves_nothing(running):
    _eventually(
        lambda: {running.status()[key] for key in ("worker", "analyst")} == {"running"}, within_s=60
    )
    seen = running.status()
    assert {"url", "database", "worker", "analyst", "version", "shops"} <= seen.keys()
    assert seen["url"] == f"http://127.0.0.1:{running.port_of('one')}/"
    assert seen["database"] == "running"
    assert [one["web"] for one in seen["shops"]] == ["running"] * len(seen["shops"])
    assert running.goen("down").returncode == 0
    assert _ours(running.folder) == []
    stopped = running.goen("status", "--json")
    assert stopped.returncode == 1
    assert json.loads(stopped.stdout)["database"] == "stopped"


@pytest.mark.parametrize("name", ["one/web", "two/worker", "two/analyst", "database"])
def test_what_is_killed_is_back_soon_and_the_shop_answers(running, name):
    _eventually(lambda: running.pid_of(name), within_s=60)
    time.sleep(2)  # a program that has just started may be busy starting
    killed = running.pid_of(name)
    os.kill(killed, signal.SIGKILL)
    back = lambda: running.pid_of(name) not in {None, killed}  # noqa: E731
    took = _eventually(back, within_s=30)
    took += _eventually(lambda: running.answers("one") and running.answers("two"), within_s=60)
    print(f"{name}: back after {took:.1f} s")
    assert took < 20  # about 2 s on an idle machine


def test_a_killed_web_worker_is_replaced_by_its_master(running):
    master = running.pid_of("one/web")
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    for child in map(int, children):
        os.kill(child, signal.SIGKILL)
    _eventually(lambda: running.answers("one"), within_s=30)


def test_after_the_supervisor_is_killed_up_recovers_without_orphans(running):
    killed = running.pid_of("supervisor")
    web = running.pid_of("one/web")
    os.kill(killed, signal.SIGKILL)
    assert processes.wait_gone(web, timeout_s=30)
    assert running.goen("up", "--no-demo").returncode == 0
    _eventually(lambda: running.answers("one") and running.answers("two"), within_s=60)
    assert running.pid_of("supervisor") not in {None, killed}
    assert sum("granian" in line for line in _ours(running.folder)) <= 4


def test_everything_killed_at_once_leaves_no_port_taken(running):
    state = running.state()
    port = running.port_of("one")
    pids = [state["pid"], *(one["pid"] for one in state["services"].values())]
    for pid in filter(None, pids):
        os.kill(pid, signal.SIGKILL)
    assert running.goen("up", "--no-demo").returncode == 0
    assert running.port_of("one") == port
    assert running.answers("one")


def test_a_shop_registered_later_is_served_and_its_loader_runs_once(running):
    note = running.folder / "ran"
    running.add_shop("late", "python", "-c", f"open({str(note)!r}, 'a').write('x')")
    _eventually(lambda: running.answers("late"), within_s=60)
    _eventually((running.folder / "shops" / "late" / "loaded").exists, within_s=30)
    assert running.goen("down").returncode == 0
    assert running.goen("up", "--no-demo").returncode == 0
    _eventually(lambda: running.answers("late"), within_s=60)
    assert note.read_text() == "x"


def test_a_taken_port_is_passed_over(empty):
    empty.add_shop("one")
    port = empty.port_of("one")
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        busy.bind(("127.0.0.1", port))
        busy.listen()
        assert empty.goen("up", "--no-demo").returncode == 0
        assert empty.port_of("one") > port
        assert empty.answers("one")
        assert empty.status()["url"] == f"http://127.0.0.1:{empty.port_of('one')}/"


def test_without_a_shop_up_opens_an_empty_one_and_says_how_to_come_in(empty):
    up = ("up", "--no-demo", "--port", str(FIRST_PORT + 20))
    started = empty.goen(*up)
    assert started.returncode == 0
    assert "load sales FILE" in started.stdout
    assert empty.goen(*up).returncode == 0
    assert f"http://127.0.0.1:{empty.port_of('main')}/invite/" in started.stdout
    assert empty.answers("main")


def test_a_served_shop_gives_way_to_a_backup_and_is_served_again(empty, tmp_path):
    """R-036: as docs/operations.md tells of another machine: up, then restore, then go on."""
    assert empty.goen("up", "--no-demo", "--port", str(FIRST_PORT + 20)).returncode == 0
    taken = empty.goen("--shop", "main", "backup", str(tmp_path))
    assert taken.returncode == 0, taken.stdout + taken.stderr
    (folder,) = tmp_path.iterdir()
    copied = empty.goen("--shop", "trial", "restore", str(folder))
    assert copied.returncode == 0, copied.stdout + copied.stderr
    _eventually(lambda: empty.answers("trial"), within_s=60)
    worker = empty.pid_of("main/worker")
    refused = empty.goen("restore", str(folder), GOEN_SHOP="")
    assert "--force" in refused.stderr
    restored = empty.goen("restore", "--force", str(folder), GOEN_SHOP="")
    assert restored.returncode == 0, restored.stdout + restored.stderr
    _eventually(lambda: empty.answers("main"), within_s=60)
    _eventually(lambda: empty.pid_of("main/worker") not in {None, worker}, within_s=60)


def test_everything_runs_without_postgresql_java_or_node_on_path(empty):
    empty.add_shop("one")
    started = empty.goen("up", "--no-demo", PATH="/nowhere")
    assert started.returncode == 0, started.stdout + started.stderr
    assert empty.status()["shops"][0]["web"] == "running"


def test_help_and_status_do_not_load_django():
    code = (
        "import sys; from goen.doors.cli import main, status, up;"
        "sys.exit(any(name.split('.')[0] == 'django' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_shop_nobody_registered_is_named_before_anything_starts(empty):
    empty.add_shop("one")
    asked = empty.goen("--shop", "other", "audit")
    assert asked.returncode == 1
    assert "no shop named 'other'; there are: one" in asked.stderr
    assert empty.goen("--shop", "No Name", "audit").returncode == 2
