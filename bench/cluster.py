"""A database server of the bench's own: durable (fsync on), and gone afterwards."""

import contextlib
import os
import shutil
import subprocess
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
def serving(*, gather: bool = True, workers: int = 2) -> Iterator[str]:
    """The shop behind granian, as `goen up` runs the demo shop."""
    from goen.doors.cli import services
    from goen.kit import home

    port = home.shop(SHOP).port
    command = services.web(port=port, workers=workers, log_level="error")
    environment = {**os.environ, "GOEN_GATHER": "1" if gather else "0"}
    with (
        (home.log_dir() / "bench.web.log").open("ab") as log,
        subprocess.Popen(
            command, start_new_session=True, env=environment, stdout=log, stderr=log
        ) as process,
    ):
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
