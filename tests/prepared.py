"""The tests' server with every migration done, kept under build/ until anything about it changes.

Migrating takes several seconds; copying a stopped server's folder takes one. What is kept is named
by what it was made from (migrations, settings, PostgreSQL's programs), so a change makes it anew,
and only the newest is kept. Nothing is ever written to what is kept.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import django

from goen.kit import home, postgres

_NAME = f"test-server-{os.geteuid()}-"


def start(migrated: Callable[[], None]) -> None:
    """Start this run's server from what is kept; else `migrated` makes it, and it is kept."""
    build = home.checkout() / "build"
    kept = build / f"{_NAME}{_made_from()}"
    with _one_at_a_time(build):
        if kept.is_dir():
            _copy(kept, postgres.cluster_dir())
        else:
            postgres.ensure_running(durable=False)
            migrated()
            postgres.stop()
            _keep(kept)
    postgres.ensure_running(durable=False)


def _made_from() -> str:
    """Changes with everything that the server's content depends on."""
    digest = hashlib.sha256(f"{django.VERSION} {os.environ.get('PATH')}".encode())
    source = home.checkout() / "src" / "goen"
    paths = [*source.glob("*/migrations/*.py"), source / "doors/settings.py"]
    paths += [source / "kit/postgres.py", source / "kit/postgres_binaries.py", Path(__file__)]
    for path in sorted(paths):
        digest.update(f"{path.relative_to(home.checkout())}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@contextlib.contextmanager
def _one_at_a_time(build: Path) -> Iterator[None]:
    """Who comes second waits, and copies what the first one made."""
    build.mkdir(exist_ok=True)
    with (build / f"{_NAME}lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _keep(kept: Path) -> None:
    for old in kept.parent.glob(f"{_NAME}*"):
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)
    draft = kept.with_name(f"{_NAME}draft")
    _copy(postgres.cluster_dir(), draft)
    draft.rename(kept)


def _copy(source: Path, target: Path) -> None:
    """With owners and modes: as root the server's files are somebody else's."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)
