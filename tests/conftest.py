"""Real PostgreSQL for every test that wants one, and no trace left behind.

A server of the tests' own (a home under /tmp, fsync off) starts when the first test asks for it.
It has a template with all migrations done. `tx_db` is one rolled-back transaction; `fresh_db` is a
database of its own for threads and other processes; `serving` is a running shop on top of it.
"""

import atexit
import contextlib
import functools
import http.client
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests import beside

HOME = Path(tempfile.mkdtemp(prefix="goen-test-", dir="/tmp"))
HOME.chmod(0o711)  # as root the database runs as somebody else, who must pass through
beside.run_folder(HOME)
beside.fresh_seed()
os.environ["GOEN_HOME"] = str(HOME)
os.environ["GOEN_SHOP"] = "demo"
os.environ["DJANGO_SETTINGS_MODULE"] = "goen.doors.settings"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's driver runs a loop in our thread
for name in ("DATABASE_URL", "GOEN_DATABASE_URL", "GOEN_WEB_APP", "GOEN_SUPERVISED"):
    os.environ.pop(name, None)

import django  # noqa: E402  the settings read the lines above

from goen.kit import home, postgres  # noqa: E402

django.setup()

from django.db import connection, connections, transaction  # noqa: E402

from goen.places import masters  # noqa: E402
from tests import prepared  # noqa: E402

# A password's hash costs 0.15 s by design, and every test's shop has the same clerk: made once.
masters.make_password = functools.cache(masters.make_password)  # type: ignore[assignment]

TEMPLATE = "goen_template"
_NO_CHROMIUM = "no Chromium on PATH"


def pytest_configure(config: pytest.Config) -> None:
    """What holds between tests that run at the same time stands in a file of its own."""
    config.pluginmanager.register(beside)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line says that the browser was missing, whatever the verbosity."""
    reasons = [str(report.longrepr) for report in terminalreporter.stats.get("skipped", [])]
    count = sum(_NO_CHROMIUM in reason for reason in reasons)
    if count:
        terminalreporter.write_line(
            f"{count} browser tests skipped: {_NO_CHROMIUM}"
            " (as root `make test` installs Debian's; else: apt install chromium)"
        )


@atexit.register
def _clean_up() -> None:
    sockets = postgres.socket_dir()
    postgres.stop(fast_s=5)
    shutil.rmtree(HOME, ignore_errors=True)
    shutil.rmtree(sockets, ignore_errors=True)


@dataclass(frozen=True)
class FreshDatabase:
    """A migrated, empty database: what a process needs to reach it, and a direct way in."""

    shop: str
    conninfo: str

    def environment(self) -> dict[str, str]:
        """For a subprocess that works on this database."""
        return {**os.environ, "GOEN_SHOP": self.shop, "GOEN_HOME": str(HOME)}

    def connect(self) -> psycopg.Connection:
        """A connection of the test's own, each statement on its own."""
        return psycopg.connect(self.conninfo, autocommit=True)


@pytest.fixture(scope="session")
def template_database() -> str:
    """The server runs and the template has every migration."""
    prepared.start(_migrated)
    return TEMPLATE


def _migrated() -> None:
    from django.core.management import call_command

    _server(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"), TEMPLATE)
    _point_django_at(TEMPLATE)
    call_command("migrate", verbosity=0)
    connections.close_all()
    connection.close_pool()


@pytest.fixture(scope="session")
def _shared_database(template_database: str) -> Iterator[str]:
    with _copy_of(template_database) as name:
        yield name


@pytest.fixture
def tx_db(_shared_database: str) -> Iterator[None]:
    """One transaction on Django's connection, rolled back at the end."""
    _point_django_at(_shared_database)
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    connection.close()


@pytest.fixture
def fresh_db(template_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FreshDatabase]:
    """A database of its own, also Django's for this test; commits are real."""
    with _copy_of(template_database) as name:
        shop = name.removeprefix("goen_")
        home.add_shop(name=shop, title={"ja": "試し", "en": "Trial"}, kind="own", first_port=18_700)
        monkeypatch.setenv("GOEN_SHOP", shop)
        _point_django_at(name)
        yield FreshDatabase(shop, postgres.database_conninfo(shop))
        connections.close_all()
        connection.close_pool()
        shutil.rmtree(home.shop_dir(shop))


@pytest.fixture
def serving(fresh_db: FreshDatabase) -> Iterator[str]:
    """The address of a shop served by granian on `fresh_db`; its log is beside the others."""
    port = home.next_free_port(first=beside.first_port(), but_not=set())
    command = [
        sys.executable, "-m", "granian", "goen.doors.web:application", "--interface", "wsgi",
        "--port", str(port), "--no-ws", "--blocking-threads", "8", "--log-level", "warning",
    ]  # fmt: skip
    log = home.log_dir() / f"{fresh_db.shop}.web.log"
    with (
        log.open("wb") as sink,
        subprocess.Popen(
            command, env=fresh_db.environment(), stdout=sink, stderr=sink, start_new_session=True
        ) as process,
    ):
        try:
            _wait_for_web(port, process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 9)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; without one the test is skipped."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = [os.environ.get("GOEN_CHROMIUM", ""), *(shutil.which(name) or "" for name in names)]
    for path in found:
        if path:
            return path
    pytest.skip(_NO_CHROMIUM)


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[object]:
    """A running Chromium; open pages with `browser.new_page()` or `new_context()`."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()


@contextlib.contextmanager
def _copy_of(template: str) -> Iterator[str]:
    name = "goen_t" + secrets.token_hex(4)
    _server(sql.SQL("CREATE DATABASE {} TEMPLATE {}"), name, template)
    try:
        yield name
    finally:
        if connection.settings_dict["NAME"] == name:
            connections.close_all()
            connection.close_pool()
        _server(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)"), name)


def _point_django_at(name: str) -> None:
    """All threads: Django's handler hands the same settings to every new connection."""
    if connection.settings_dict["NAME"] != name:
        connections.close_all()
        connection.close_pool()
        connection.settings_dict["NAME"] = name


def _server(statement: sql.SQL, *names: str) -> None:
    with psycopg.connect(postgres.database_conninfo("demo"), dbname="postgres") as server:
        server.autocommit = True
        server.execute(statement.format(*map(sql.Identifier, names)))


def _wait_for_web(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        asking = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.suppress(OSError, http.client.HTTPException):
            asking.request("GET", "/healthz")
            if asking.getresponse().status == 200:
                return
        time.sleep(0.05)
    pytest.fail(f"the shop did not answer:\n{log.read_text()}")
