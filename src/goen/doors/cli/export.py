"""`goen export`: everything the company knows, as files that any program reads.

Promises: every table of the shop as it is at one moment, row for row and unaltered, as UTF-8 CSV
with a heading; what the columns mean lies beside it; nothing that opens a door (passwords, keys,
tokens) leaves; that somebody began to take them stands in the trail before the first row is read.
"""

import os
import re
import shutil
from pathlib import Path

import click
import psycopg
from psycopg import sql

from goen.doors.cli.backup_words import worded
from goen.doors.cli.steps import Step, tell
from goen.kit import clock, databases, home, postgres, trail
from goen.kit.actors import Actor
from goen.kit.backups import Unfit
from goen.kit.db import tx

_NOT_THE_COMPANY_S = re.compile(
    r"(django|auth|axes)_.*|kit_(key|relay|parkednotice|progress)|customers_(salt|session|signin)"
    r"|insight_question|places_(session|passkey|authenticator|recoverycode|invitation|knock)"
)
"""The machinery's own tables, and those that are about nothing but getting in."""
_OPENS_A_DOOR = re.compile(r"password|secret|token|hash|digest|salt|public_key|totp")
_MEANINGS = "docs/data-dictionary.md"


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path) -> None:
    """Write all data of the shop into DIR as CSV: sales, lines, people, consents, events, measures.

    A file for each table, with a page that says what every column means. Contact data are in it:
    keep it as you keep your customers' letters.

    \b
    goen --shop demo export /mnt/export
    """
    try:
        _make_room(folder)
        _note("begin", folder, {})
        files, rows = exported(home.current_shop_name(), folder)
    except (Unfit, psycopg.Error, OSError) as problem:
        raise click.ClickException(worded(problem)) from None
    _note("take", folder, {"rows": rows})
    click.echo(f"{folder}: {files:,} {tell('ファイル', 'files')}, {rows:,} {tell('行', 'rows')}")


def _note(verb: str, folder: Path, detail: dict[str, object]) -> None:
    """Whoever is stopped half-way has read people all the same."""
    who = Actor("system", os.environ.get("USER") or "goen")
    with tx() as t:
        trail.note(t, who, verb, "export", str(folder), at=clock.now(), detail=detail)


def _make_room(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Unfit("not_empty", folder=folder)
    except (FileExistsError, NotADirectoryError, PermissionError) as problem:
        raise Unfit("not_writable", folder=folder, why=problem.strerror) from None


def exported(name: str, folder: Path) -> tuple[int, int]:
    """Write the files of a shop into an empty folder; answers how many files and rows."""
    rows = 0
    database = postgres.database_name(name)
    with (
        Step(tell("書き出し", "Writing")) as step,
        databases.one_moment(database) as (reading, _),
    ):
        reading.execute("SET LOCAL TimeZone = 'UTC'")
        tables = [
            one for one in databases.counted(reading) if not _NOT_THE_COMPANY_S.fullmatch(one)
        ]
        for done, table in enumerate(tables, start=1):
            rows += _write(reading, table, folder / f"{table}.csv")
            step.advance(done, len(tables), table)
        step.note = ""
    shutil.copy(home.checkout() / _MEANINGS, folder)
    return len(tables), rows


def _write(reading: psycopg.Connection, table: str, to: Path) -> int:
    columns = reading.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
        [table],
    ).fetchall()
    kept = [sql.Identifier(one) for (one,) in columns if not _OPENS_A_DOOR.search(one)]
    copying = sql.SQL(
        "COPY (SELECT {} FROM {}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')"
    ).format(sql.SQL(", ").join(kept), sql.Identifier(table))
    with to.open("wb") as file, reading.cursor() as cursor:
        to.chmod(0o600)
        with cursor.copy(copying) as copy:
            for block in copy:
                file.write(block)
        return cursor.rowcount
