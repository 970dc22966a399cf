"""`goen up` and `goen down`.

Promises: `up` ends when the first shop answers and leaves everything running; called again it
changes nothing and prints the addresses again, unless the code is newer than what runs; a first
start that was interrupted goes on where it stopped; after `down` none of our processes is left.
"""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click

from goen.doors.cli import status, supervisor
from goen.doors.cli.services import MARK, log_path, stop_strays
from goen.doors.cli.steps import Step, tell
from goen.doors.cli.welcome import print_welcome
from goen.kit import home, postgres, processes, replacing
from goen.kit.postgres_binaries import NoPostgres

OWN = "main"
OWN_TITLE = {"ja": "わたしの店", "en": "My shop"}
"""The empty shop that an installation without a demonstration begins with."""
_ANSWERS_WITHIN_S = 90
_STOPS_WITHIN_S = 60
_PYTHON_SIM = (sys.executable, "-m", "sim", "load", "--shop", home.DEMO)


@click.command()
@click.option(
    "--port", type=click.IntRange(1, 65535), help="The first shop's port. [default: 8700]"
)
@click.option("--no-demo", is_flag=True, help="Do not set up the demonstration shop.")
@click.option(
    "--people",
    type=click.IntRange(100, 1_000_000),
    default=20_000,
    envvar="GOEN_DEMO_PEOPLE",
    show_default=True,
    help="How many people the demonstration shop is begun with.",
)
def up(port: int | None, no_demo: bool, people: int) -> None:
    """Start and print the addresses."""
    since = float(os.environ.pop("GOEN_SINCE", time.time()))
    try:
        with _one_at_a_time():
            first_time = _bring_up(port, people=0 if no_demo else people)
    except (postgres.NotStarted, NoPostgres, _Failed) as problem:
        raise click.ClickException(str(problem)) from None
    print_welcome(took_s=time.time() - since if first_time else None)


@click.command()
def down() -> None:
    """Stop everything."""
    with _one_at_a_time(), Step(tell("停止", "Stopping")):
        _bring_down()


class _Failed(Exception):  # noqa: N818  named by its reason
    """A step failed; the text is for the person at the terminal."""


def _bring_up(port: int | None, *, people: int) -> bool:
    """Start whatever does not run; True when this was the demo's first time.

    Without `people` there is to be no demo; one that was begun keeps its size.
    """
    demo = people > 0
    if _is_up_to_date(port, demo=demo):
        _wait_for_first_shop()
        return False
    if supervisor.is_running():
        with Step(tell("新しい版で再起動", "Restarting with newer code")):
            _bring_down()
    stop_strays()
    with Step(tell("データベース", "Database")):
        postgres.ensure_running()
    replacing.settle_all()
    if not demo and not home.shops():
        home.add_shop(name=OWN, title=OWN_TITLE, kind="own", first_port=port or home.FIRST_PORT)
    first_time = demo and _prepare_demo(port, people=people)
    _start_supervisor()
    _wait_for_first_shop()
    return first_time


def _is_up_to_date(port: int | None, *, demo: bool) -> bool:
    """Whether a supervisor of this very code already serves what is asked for."""
    if not supervisor.is_running() or (demo and not _welcome_path().is_file()):
        return False
    if demo and port is not None and home.shop(home.DEMO).port != port:
        return False
    with contextlib.suppress(OSError, ValueError, KeyError):
        state = json.loads(supervisor.state_path().read_text())
        return bool(state["code"] == supervisor.code_stamp())
    return False


def _welcome_path() -> Path:
    """Written by the demo's loader when the first stage is complete."""
    return home.shop_dir(home.DEMO) / "welcome.json"


def _prepare_demo(port: int | None, *, people: int) -> bool:
    """Register the demo, give it tables and its last four weeks; True if that was needed."""
    shop = home.add_shop(
        name=home.DEMO,
        title=home.DEMO_SHOP.title,
        kind="demo",
        loader=("python", "-m", "sim", "load", "--shop", home.DEMO, "--stage", "rest"),
        first_port=port or home.FIRST_PORT,
    )
    wanted = port or shop.port
    if wanted != shop.port or not home.port_is_free(wanted):
        others = {one.port for one in home.shops() if one.name != shop.name}
        free = home.next_free_port(first=wanted, but_not=others)
        home.change_shop(name=shop.name, port=free)
    if _welcome_path().is_file():
        return False
    goen = (sys.executable, "-m", "goen.doors.cli.main", "migrate", "--progress")
    _run_step(tell("データベースの表", "Tables"), goen)
    first = (*_PYTHON_SIM, "--stage", "first", "--people", str(people))
    _run_step(tell("デモの店（直近4週間）", "Demo shop (4 weeks)"), first)
    return True


def _run_step(label: str, command: tuple[str, ...]) -> None:
    """A program that prints `progress DONE TOTAL LABEL` lines, drawn as a bar."""
    log = log_path("up")
    environment = {
        **os.environ,
        "GOEN_HOME": str(home.home()),
        "GOEN_SHOP": home.DEMO,
        MARK: str(home.home()),
    }
    with log.open("a") as sink, Step(label) as step:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            cwd=home.home(),
            env=environment,
        )
        assert process.stdout is not None
        for line in process.stdout:
            word, *rest = line.split(maxsplit=3)
            if word == "progress" and len(rest) >= 2:
                step.advance(int(rest[0]), int(rest[1]), " ".join(rest[2:]).strip())
        if process.wait() != 0:
            step.note = ""
            raise _Failed(f"{label}: {tell('失敗しました', 'failed')} ({log})\n{_tail(log)}")
        step.note = ""


def _start_supervisor() -> None:
    log = log_path("supervisor")
    with log.open("ab") as sink:
        subprocess.Popen(
            [sys.executable, "-m", "goen.doors.cli.supervisor"],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd=home.home(),
            env={**os.environ, "GOEN_HOME": str(home.home()), "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
    until = time.monotonic() + 10
    while not supervisor.is_running():
        if time.monotonic() > until:
            raise _Failed(f"the supervisor did not start: {log}\n{_tail(log)}")
        time.sleep(0.05)


def _wait_for_first_shop() -> None:
    """The registry is read again each time: the supervisor may have to move a shop."""
    if not home.shops():
        return
    until = time.monotonic() + _ANSWERS_WITHIN_S
    with Step(tell("店が応答するまで", "The shop answers")) as step:
        while not status.answers(home.shops()[0], timeout_s=5):
            step.tick()
            if time.monotonic() > until or not supervisor.is_running():
                log = log_path(f"{home.shops()[0].name}/web")
                raise _Failed(f"{home.shops()[0].url} does not answer: {log}\n{_tail(log)}")
            time.sleep(0.1)


def _bring_down() -> None:
    pid = _supervisor_pid()
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        if not processes.wait_gone(pid, timeout_s=_STOPS_WITHIN_S):
            os.kill(pid, signal.SIGKILL)
    stop_strays()
    postgres.stop()


def _supervisor_pid() -> int | None:
    """Its pid, only while it holds its lock."""
    if not supervisor.is_running():
        return None
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError, KeyError):
            return int(json.loads(supervisor.state_path().read_text())["pid"])
        time.sleep(0.1)
    return None


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two people who type `up` at once get one start."""
    with (home.run_dir() / "up.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _tail(log: Path, lines: int = 12) -> str:
    if not log.is_file():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
