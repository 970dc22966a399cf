"""`goen backup`: everything of a shop in one folder, while the shop is open.

Promises: the database is written as it was at one moment; files and lake are taken just before, so
they never know more than it does; a folder with a backup's name is complete; a full disk is said
before anything is written.
"""

import os
import shutil
import time
from datetime import datetime
from pathlib import Path

import click
import psycopg

from goen import __version__
from goen.doors.cli.backup_words import sized, worded
from goen.doors.cli.steps import Step, tell
from goen.doors.cli.welcome import disk_bytes
from goen.insight import lake, lake_copy
from goen.kit import backups, clock, databases, home, postgres, trail
from goen.kit.actors import Actor
from goen.kit.backups import DATABASE, LAKE, SECRET, SHOP, Manifest, Unfit
from goen.kit.databases import NoProgram, NotWritten
from goen.kit.db import tx

_DUMP_SHARE = 0.6
"""A dump is smaller than its database: a sixth of the demo's; with room to spare."""
_SPARE_BYTES = 64_000_000


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--keep", type=click.IntRange(1), metavar="N", help="Keep the newest N of the shop there."
)
def backup(folder: Path, keep: int | None) -> None:
    """Write everything of the shop into a new folder below DIR, while the shop is open.

    \b
    goen --shop demo backup /mnt/backups --keep 14
    """
    since, name = time.monotonic(), home.current_shop_name()
    try:
        done, manifest = taken(name, folder, at=clock.now())
    except (Unfit, NotWritten, NoProgram, psycopg.Error, OSError) as problem:
        raise click.ClickException(worded(problem)) from None
    with tx() as t:
        who = Actor("system", os.environ.get("USER") or "goen")
        trail.note(t, who, "take", "backup", done.name, at=clock.now())
    gone = backups.keep_newest(folder, name, count=keep) if keep else []
    size = sum(bytes_ for bytes_, _ in manifest.files.values())
    rows = sum(manifest.tables.values())
    click.echo(str(done))
    click.echo(
        f"{sized(size)}, {rows:,} {tell('行', 'rows')}, {time.monotonic() - since:.1f} s"
        + (f", {tell('削除した古い控え', 'older ones removed')}: {len(gone)}" if gone else "")
    )


def taken(name: str, into: Path, *, at: datetime) -> tuple[Path, Manifest]:
    """A complete backup of a shop below a folder; what was begun and failed is removed again."""
    database, shop = postgres.database_name(name), home.shop_dir(name)
    size = databases.size_bytes(database)
    wanted = int(size * _DUMP_SHARE) + disk_bytes(shop) + _SPARE_BYTES
    draft = backups.begin(into, name, at=at, wanted_bytes=wanted)
    try:
        with Step(tell("ファイルとデータレイク", "Files and lake")):
            lake_copy.copy(lake.folder_of(name), draft / LAKE)
            _copy_files(shop, draft)
            secret = draft / SECRET
            secret.write_text(home.secret_key())
            secret.chmod(0o600)
        with Step(tell("データベース", "Database")) as step:
            with databases.one_moment(database) as (reading, snapshot):
                tables = databases.counted(reading)
                migrations = databases.migrated(reading)
                databases.dump(database, draft / DATABASE, snapshot=snapshot)
            step.note = sized((draft / DATABASE).stat().st_size)
        with Step(tell("目録", "Manifest")):
            _copy_handed_in(shop, draft)
            return backups.finish(
                draft,
                shop=name,
                taken_at=at.isoformat(),
                version=__version__,
                postgres=databases.server_major(),
                transactions=databases.transactions(),
                migrations=tuple(migrations),
                tables=tables,
                database_bytes=size,
                folder=str(shop),
            )
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _copy_files(shop: Path, draft: Path) -> None:
    backups.copy_files(shop, draft / SHOP, but_not=frozenset({LAKE, SECRET}))


def _copy_handed_in(shop: Path, draft: Path) -> None:
    """Files that came since the first copy and that the database as written may name.

    Not what programs remember beside them (which months are in, that all are): written after the
    database was, it would know more, and what is missing would never be brought.
    """
    notes = {path.name for path in shop.iterdir() if not path.is_dir()}
    backups.copy_files(shop, draft / SHOP, but_not=frozenset({LAKE, SECRET} | notes))
