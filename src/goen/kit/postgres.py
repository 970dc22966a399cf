"""The database server that Goen brings along.

Promises: `ensure_running` may be called by anyone at any time, and afterwards the server answers;
a server that was killed leaves nothing behind that stops the next start; the server listens on a
socket in a folder of its owner's and on no network; the data are only ever opened by the major
version that wrote them. With DATABASE_URL the server is somebody else's and is only asked.
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, sql

from goen.kit import processes
from goen.kit.home import DEMO, home, log_dir
from goen.kit.postgres_binaries import Binaries, Owner, clean_environment, find, owner

_ROLE = "goen"
_PORT = 5432
_STARTS_WITHIN_S = 90
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "checkpoint_timeout": "15min",
    # Ids are random: a page's first change after a checkpoint writes all of it to the log, so
    # checkpoints come by time and not because a load filled the log, and pages are compressed.
    "max_wal_size": "4GB",
    "wal_compression": "on",
    "jit": "off",
    # Long reading is the lake's task; parallel workers want more /dev/shm than containers give.
    "max_parallel_workers_per_gather": "0",
    "log_min_messages": "warning",
    "log_line_prefix": "%m [%p] ",
    # A failing statement is reported by its caller; with its text the log would hold people's data.
    "log_min_error_statement": "panic",
    "cluster_name": "goen",
}
_NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class NotStarted(RuntimeError):  # noqa: N818  named by its reason
    """The database server did not come up; the text says why and what to do."""


def _sized(memory_mb: int) -> dict[str, str]:
    """Settings that follow the machine: an eighth of its memory, 256 MB to 4 GB, is ours."""
    shared = min(4096, max(256, memory_mb // 8))
    return {"shared_buffers": f"{shared}MB", "effective_cache_size": f"{shared * 4}MB"}


def _memory_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def external_url() -> str | None:
    """The address of a server somebody else runs, if one was given."""
    return os.environ.get("GOEN_DATABASE_URL") or os.environ.get("DATABASE_URL") or None


def cluster_dir() -> Path:
    """Where the server lives: in the state folder, or beside it when its user cannot go there."""
    who = owner()
    inside = home() / "postgres"
    if who.can_enter(inside):
        return inside
    digest = hashlib.sha256(str(inside).encode()).hexdigest()[:8]
    return Path("/var/lib/goen") / f"postgres-{digest}"


def socket_dir() -> Path:
    """A short folder for the socket, because a socket's path may have 107 bytes at most."""
    digest = hashlib.sha256(str(cluster_dir()).encode()).hexdigest()[:10]
    return Path("/tmp") / f"goen-{digest}"  # noqa: S108  it is 0700 and its owner is checked


def ensure_running(*, durable: bool = True) -> None:
    """Start the server unless it runs; returns when it answers. Safe to repeat and to race."""
    if external_url():
        return
    _refuse_foreign_sockets()
    if is_answering():
        return
    with _lock():
        if is_answering():
            return
        who, cluster = owner(), cluster_dir()
        _prepare_folder(cluster, who)
        binaries = find(cluster=cluster, who=who)
        if not (cluster / "data" / "PG_VERSION").is_file():
            _create(cluster, binaries, who)
        if not is_up():
            stop()  # alive, but its socket was swept away
            _forget_the_dead(cluster)
        _start(cluster, binaries, who, durable=durable)


def stop(*, fast_s: float = 20) -> None:
    """Stop our own server in good order; one that does not stop in time is ended the hard way."""
    pid = None if external_url() else server_pid()
    if pid is None:
        return
    for how, patience_s in ((signal.SIGINT, fast_s), (signal.SIGQUIT, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, how)
        if processes.wait_gone(pid, timeout_s=patience_s):
            return


def server_pid() -> int | None:
    """The process of our running server, or None. A pid that became somebody else's is None."""
    data = cluster_dir() / "data"
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        if processes.is_alive(pid) and str(data) in processes.command_line(pid):
            return pid
    return None


def is_up() -> bool:
    """Whether our server lives and its socket is there; cheaper than asking it."""
    return server_pid() is not None and (socket_dir() / f".s.PGSQL.{_PORT}").exists()


def is_answering(*, timeout_s: int = 5) -> bool:
    """Whether a statement gets an answer now."""
    try:
        with psycopg.connect(_server_conninfo(timeout_s), autocommit=True) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return False
    return True


def database_name(shop_name: str) -> str:
    """The shop's database: its own, a sibling of the one in DATABASE_URL when that is given."""
    url = external_url()
    if url is None:
        return "goen_" + shop_name.replace("-", "_")
    given = str(conninfo.conninfo_to_dict(url).get("dbname") or "goen")
    return given if shop_name == DEMO else f"{given}_" + shop_name.replace("-", "_")


def database_conninfo(shop_name: str) -> str:
    """How psycopg reaches the shop's database."""
    return conninfo.make_conninfo(_server_conninfo(), dbname=database_name(shop_name))


def ensure_database(shop_name: str) -> None:
    """Create the shop's database unless it is there."""
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'")
    name = sql.Identifier(database_name(shop_name))
    with (
        contextlib.suppress(psycopg.OperationalError),
        psycopg.connect(database_conninfo(shop_name)),
    ):
        return
    with (
        psycopg.connect(_server_conninfo(), autocommit=True) as connection,
        contextlib.suppress(psycopg.errors.DuplicateDatabase),
    ):
        connection.execute(statement.format(name))


def django_database(shop_name: str, *, pool_size: int = 16) -> dict[str, Any]:
    """The entry for Django's DATABASES. The pool opens at first use, once per process."""
    parts = conninfo.conninfo_to_dict(_server_conninfo())
    known = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    options = {key: value for key, value in parts.items() if key not in {*known, "dbname"}}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name(shop_name),
        **{theirs: str(parts.get(ours) or "") for ours, theirs in known.items()},
        "CONN_MAX_AGE": 0,  # a pool keeps connections itself
        "OPTIONS": {
            **options,
            "pool": {"min_size": 1, "max_size": pool_size, "timeout": 15},
            "server_side_binding": True,
            "prepare_threshold": 5,
        },
    }


def _server_conninfo(timeout_s: int = 5) -> str:
    url = external_url()
    if url is not None:
        return conninfo.make_conninfo(url, connect_timeout=timeout_s)
    return conninfo.make_conninfo(
        host=str(socket_dir()),
        port=_PORT,
        user=_ROLE,
        dbname="postgres",
        connect_timeout=timeout_s,
    )


@contextlib.contextmanager
def _lock() -> Iterator[None]:
    with (home() / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _prepare_folder(cluster: Path, who: Owner) -> None:
    cluster.parent.mkdir(parents=True, exist_ok=True)
    cluster.mkdir(mode=0o700, exist_ok=True)
    sockets = socket_dir()
    with contextlib.suppress(FileExistsError):
        sockets.mkdir(mode=0o700)
    _refuse_foreign_sockets()
    if os.geteuid() == 0:
        os.chown(cluster, who.uid, who.gid)
        os.chown(sockets, who.uid, who.gid)


def _refuse_foreign_sockets() -> None:
    """Anybody may write to /tmp: a server behind a folder that is not ours is not ours either."""
    sockets = socket_dir()
    with contextlib.suppress(FileNotFoundError):
        if sockets.lstat().st_uid not in {os.geteuid(), owner().uid} or sockets.is_symlink():
            raise NotStarted(f"{sockets} belongs to somebody else; remove it, then try again")


def _create(cluster: Path, binaries: Binaries, who: Owner) -> None:
    """Make the data folder under another name first: a killed initdb leaves no half a cluster."""
    draft = cluster / "data.draft"
    shutil.rmtree(draft, ignore_errors=True)
    done = who.run(
        [str(binaries.folder / "initdb"), "-D", str(draft), "-U", _ROLE, "-A", "trust",
         "-E", "UTF8", "--locale=C", "--no-instructions"],
        folder=cluster,
        environment=binaries.environment(),
    )  # fmt: skip
    if done.returncode != 0:
        raise NotStarted(f"initdb of PostgreSQL {binaries.major} failed:\n{done.stdout}")
    draft.rename(cluster / "data")
    (cluster / "folder").write_text(str(binaries.folder))


def _forget_the_dead(cluster: Path) -> None:
    """A killed server's pid may by now be another program's; its notes would stop the start."""
    sockets = socket_dir()
    name = f".s.PGSQL.{_PORT}"
    for stale in (cluster / "data" / "postmaster.pid", sockets / f"{name}.lock", sockets / name):
        stale.unlink(missing_ok=True)


def _start(cluster: Path, binaries: Binaries, who: Owner, *, durable: bool) -> None:
    settings = _SETTINGS | _sized(_memory_mb()) | ({} if durable else _NOT_DURABLE)
    command = [str(binaries.folder / "postgres"), "-D", str(cluster / "data"), "-p", str(_PORT),
               "-k", str(socket_dir())]  # fmt: skip
    for key, value in settings.items():
        command += ["-c", f"{key}={value}"]
    log = log_dir() / "postgres.log"
    until = time.monotonic() + _STARTS_WITHIN_S
    process = _spawn(command, binaries, who, log)
    while not is_answering(timeout_s=2):
        if time.monotonic() > until:
            raise NotStarted(f"the database did not answer within {_STARTS_WITHIN_S} s: {log}")
        if process.poll() is not None:
            # Children of a killed server may need a moment to let go of its memory.
            if time.monotonic() > until - _STARTS_WITHIN_S + 10:
                raise NotStarted(f"the database stopped at once ({log}):\n{_tail(log)}")
            time.sleep(0.3)
            process = _spawn(command, binaries, who, log)
        time.sleep(0.05)


def _spawn(
    command: list[str], binaries: Binaries, who: Owner, log: Path
) -> subprocess.Popen[bytes]:
    """Start the server in a session of its own: it outlives whoever needed it first."""
    with log.open("ab") as sink:
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd="/",
            env=clean_environment(binaries.environment()),
            start_new_session=True,
            **who.as_popen(),
        )


def _tail(log: Path, lines: int = 8) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
