"""A database server of the bench's own: durable (fsync on), and gone afterwards."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

SHOP = "bench"


@contextlib.contextmanager
def running() -> Iterator[Path]:
    """Start a server and a migrated shop; Django points at it. Yields the state folder."""
    folder = Path(tempfile.mkdtemp(prefix="goen-bench-", dir="/tmp"))
    folder.chmod(0o711)  # as root the database runs as somebody else, who must pass through
    for name in ("DATABASE_URL", "GOEN_DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        "GOEN_HOME": str(folder),
        "GOEN_SHOP": SHOP,
        "DJANGO_SETTINGS_MODULE": "goen.doors.settings",
    }
    from goen.doors.cli.migrate import bring_up_to_date
    from goen.kit import home, postgres

    try:
        title = {"ja": "計測", "en": "Bench"}
        home.add_shop(name=SHOP, title=title, kind="own", first_port=19_700)
        bring_up_to_date(lambda _done, _total: None)
        yield folder
    finally:
        sockets = postgres.socket_dir()
        postgres.stop(fast_s=10)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(sockets, ignore_errors=True)


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """The shop behind granian, as `goen up` runs it for a shop of the owner's."""
    from goen.kit import home

    port = home.shop(SHOP).port
    command = [
        sys.executable, "-m", "granian", "goen.doors.web:application", "--interface", "wsgi",
        "--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "8",
        "--no-ws", "--http", "1", "--log-level", "error",
    ]  # fmt: skip
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            _wait(port, process)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        with (
            contextlib.suppress(OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5),
        ):
            return
        time.sleep(0.05)
    raise RuntimeError("the shop did not answer")
