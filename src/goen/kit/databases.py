"""Whole databases: written into a file, read from one, named anew, and the count of transactions.

Promises: a dump is made by programs at least as new as the server that holds the data; a password
never stands in a command line; two databases change their names together or not at all.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo, sql

from goen.kit import postgres
from goen.kit.home import DEMO
from goen.kit.postgres_binaries import Binaries, clean_environment, find, owner, wheel_folders

_COUNTS_AT_ONCE = 200_000
_COUNTING = "DO $$BEGIN FOR i IN 1..%d LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END$$"


class NotWritten(RuntimeError):  # noqa: N818  named by its reason
    """A dump could not be made or read; the text is the program's own."""


class NoProgram(RuntimeError):  # noqa: N818  named by its reason
    """No pg_dump or pg_restore that is new enough: (program, wanted major version)."""


@dataclass(frozen=True)
class _Program:
    path: Path
    environment: Mapping[str, str]


def conninfo_of(database: str) -> str:
    """How psycopg reaches a database of our server by its own name."""
    return conninfo.make_conninfo(postgres.database_conninfo(DEMO), dbname=database)


@contextmanager
def server() -> Iterator[psycopg.Connection[Any]]:
    """A connection to the server that is to no shop's database; each statement by itself."""
    with psycopg.connect(conninfo_of("postgres"), autocommit=True) as connection:
        yield connection


def server_major() -> int:
    """The server's major version."""
    with server() as connection:
        return connection.info.server_version // 10_000


def exists(database: str) -> bool:
    """Whether there is a database of that name."""
    with server() as connection:
        asked = connection.execute("SELECT FROM pg_database WHERE datname = %s", [database])
        return asked.fetchone() is not None


def size_bytes(database: str) -> int:
    """What a database takes on the server's disk."""
    with server() as connection:
        row = connection.execute("SELECT pg_database_size(%s)", [database]).fetchone()
        assert row is not None
        return int(row[0])


def create(database: str) -> None:
    """An empty database, like one of a new shop."""
    statement = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'"
    with server() as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(database)))


def drop(database: str) -> None:
    """Away with a database, whoever is connected to it. One that is not there is fine."""
    with server() as connection:
        name = sql.Identifier(database)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def rename(*pairs: tuple[str, str]) -> None:
    """Give databases other names, all in one transaction. Whoever is connected is sent away."""
    with server() as connection, connection.transaction():
        for old, new in pairs:
            connection.execute(
                # Who cleans up in there is the server's own, and leaves when it is renamed: only a
                # superuser may send it away, and on somebody else's server we are none.
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = %s AND backend_type = 'client backend'",
                [old],
            )
            names = map(sql.Identifier, (old, new))
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))


def dump(database: str, into: Path, *, snapshot: str) -> None:
    """Write a database as it was in an exported snapshot, in pg_dump's own format."""
    program = _program("pg_dump", least=server_major())
    _run(
        program, database,
        "--format=custom", "--compress=3", "--no-owner", "--no-privileges",
        f"--snapshot={snapshot}", f"--file={into}",
    )  # fmt: skip


def load(dumped: Path, database: str, *, major: int) -> None:
    """Read a dump of a server of version `major` into an empty database; the first error stops."""
    program = _program("pg_restore", least=max(major, server_major()))
    _run(
        program, database,
        "--exit-on-error", "--no-owner", "--no-privileges", "--jobs=2", str(dumped),
    )  # fmt: skip


def transactions() -> int:
    """The number that the server's next transaction gets."""
    with server() as connection:
        asked = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        row = asked.fetchone()
        assert row is not None
        return int(row[0])


def count_up_to(wanted: int, report: Callable[[int, int], None] = lambda _d, _t: None) -> int:
    """Have the server give out transaction numbers until `wanted`; answers how many that were.

    Rows carry the number of the transaction that wrote them, and readers go by it. On a server that
    has counted less far, what comes from elsewhere would seem to be of the future.
    """
    first = now = transactions()
    with server() as connection:
        connection.execute("SET synchronous_commit = off")
        while now < wanted:
            connection.execute(_COUNTING % min(_COUNTS_AT_ONCE, wanted - now))
            now = transactions()
            report(min(now, wanted) - first, wanted - first)
    return now - first


@contextmanager
def one_moment(database: str) -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A transaction that sees the database as it is now, and the name others may see it by."""
    with psycopg.connect(conninfo_of(database)) as reading:
        reading.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        row = reading.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield reading, row[0]


def counted(reading: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table of a database has, as its transaction sees it."""
    names = reading.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
        " ORDER BY c.relname"
    ).fetchall()
    return {name: _count(reading, name) for (name,) in names}


def migrated(reading: psycopg.Connection[Any]) -> list[str]:
    """The migrations a database has had, such as `orders.0001_initial`."""
    rows = reading.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    return [name for (name,) in rows]


def _program(name: str, *, least: int) -> _Program:
    for folder in _folders(name):
        program = _Program(folder / name, Binaries(folder, least).environment())
        if (folder / name).is_file() and _major(program) >= least:
            return program
    raise NoProgram(name, least)


def _folders(name: str) -> Iterator[Path]:
    """Beside the server's own programs first, then on PATH, then in the wheel."""
    if postgres.external_url() is None:
        yield find(cluster=postgres.cluster_dir(), who=owner()).folder
    on_path = shutil.which(name)
    if on_path:
        yield Path(on_path).parent
    yield from wheel_folders()


def _count(reading: psycopg.Connection[Any], table: str) -> int:
    counting = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    row = reading.execute(counting).fetchone()
    assert row is not None
    return int(row[0])


def _major(program: _Program) -> int:
    try:
        asked = subprocess.run(
            [str(program.path), "--version"], check=False, capture_output=True, text=True,
            env=clean_environment(program.environment),
        )  # fmt: skip
    except OSError:
        return 0
    number = re.search(r"\(PostgreSQL\) (\d+)", asked.stdout)
    return int(number[1]) if number else 0


def _run(program: _Program, database: str, *arguments: str) -> None:
    parts = conninfo.conninfo_to_dict(conninfo_of(database))
    secret = {"PGPASSWORD": str(parts.pop("password"))} if parts.get("password") else {}
    done = subprocess.run(
        [str(program.path), f"--dbname={conninfo.make_conninfo('', **parts)}", *arguments],
        check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
        env=clean_environment({**program.environment, **secret}),
    )  # fmt: skip
    if done.returncode != 0:
        raise NotWritten(done.stderr.strip()[-2_000:])
