"""Tests beside each other: `make test` runs a process per core (pytest-xdist); here is what holds.

Every process has a server, a template and a browser of its own, so tests never meet in a database.
Which test runs where is decided one by one; tests that share something dear stay together
(`xdist_group`). A test marked `quiet` measures time: while it runs, nothing else does. What a test
wants to tell (`remark`) stands in the summary, whichever process it ran in. Without `-n` all of
this is the same in one process.
"""

import contextlib
import fcntl
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

_REMARK = "remark"


def run_folder(home: Path) -> Path:
    """What the processes of one run share: the home of the first of them, which made the others."""
    return Path(os.environ.setdefault("GOEN_TEST_RUN", str(home)))


def fresh_seed() -> int:
    """A number nobody chose: new for each run, the same in all its processes."""
    return int(os.environ.setdefault("GOEN_TEST_SEED", str(random.randrange(10**6))))


def first_port() -> int:
    """Runs and processes beside each other keep apart: two servers on one port share its calls."""
    return 18_700 + os.getpid() % 500 * 20


@pytest.fixture
def remark(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Say one line that is shown at the end of the run, also when the test passes."""
    return lambda line: record_property(_REMARK, line)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Fast ones first, slow ones next, the browser last. Of the slow ones those that stay together
    begin, so that others run beside them and nobody waits for them at the end."""
    items.sort(
        key=lambda item: (
            "browser" in item.keywords,
            "slow" in item.keywords,
            "xdist_group" not in item.keywords,
        )
    )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Everybody shares the floor; who is `quiet` has it alone."""
    with _floor(alone="quiet" in item.keywords):
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The remarks, one line each."""
    for report in terminalreporter.stats.get("passed", []):
        for name, line in report.user_properties:
            if name == _REMARK:
                terminalreporter.write_line(str(line))


@contextlib.contextmanager
def _floor(*, alone: bool) -> Iterator[None]:
    """Whoever waits for the floor closes the door, so that newcomers do not overtake for ever."""
    folder = Path(os.environ["GOEN_TEST_RUN"])
    with (folder / "door").open("w") as door, (folder / "floor").open("w") as floor:
        fcntl.flock(door, fcntl.LOCK_EX)
        fcntl.flock(floor, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        fcntl.flock(door, fcntl.LOCK_UN)
        yield
