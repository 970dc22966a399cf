"""`goen restore`: a shop as a backup has it.

Promises: every file is proved against the manifest before anything is touched; the shop is made
ready beside what is there, counted, brought up to date and audited, and only then takes its
place; whatever ends this earlier leaves the old shop as it was. A copy under another name writes
to nobody.
"""

import os
import shutil
import time
from pathlib import Path

import click
import psycopg

from goen.doors.cli import restore_ready
from goen.doors.cli.backup_words import worded
from goen.doors.cli.status import works
from goen.doors.cli.steps import Step, tell
from goen.kit import backups, clock, databases, home, postgres, replacing
from goen.kit.backups import Manifest, Unfit
from goen.kit.databases import NoProgram, NotWritten
from goen.kit.postgres import NotStarted
from goen.kit.postgres_binaries import NoPostgres
from goen.kit.replacing import Change

_STOPS_WITHIN_S = 60
_FILLED_BY_TABLES = {"django_migrations", "django_content_type", "auth_permission"}


@click.command()
@click.argument(
    "folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option("--force", is_flag=True, help="Also where there is a shop: it is kept aside.")
def restore(folder: Path, force: bool) -> None:
    """Bring a shop back from a folder that `goen backup` wrote.

    The shop gets the name it had, or the one given with --shop; as another shop it is a copy,
    which sends no mail and tells no other system.

    \b
    goen restore /mnt/backups/demo-20261122T030000Z
    goen --shop trial restore /mnt/backups/demo-20261122T030000Z
    """
    since = time.monotonic()
    try:
        postgres.ensure_running()
        with replacing.alone():
            broken = restored(folder, force=force)
    except (
        Unfit,
        NotWritten,
        NoProgram,
        NotStarted,
        NoPostgres,
        psycopg.Error,
        OSError,
    ) as problem:
        known = isinstance(problem, (NotStarted, NoPostgres))
        raise click.ClickException(str(problem) if known else worded(problem)) from None
    for sentence in broken:
        click.echo(f"broken: {sentence}")
    click.echo(f"{time.monotonic() - since:.1f} s")
    raise SystemExit(1 if broken else 0)


def restored(folder: Path, *, force: bool) -> list[str]:
    """Restore a backup; answers what the audit found broken in it."""
    manifest = backups.read(folder)
    name = os.environ.get("GOEN_SHOP") or manifest.shop
    with Step(tell("控えの確認", "Checking the backup")):
        backups.check(folder, manifest)
        _refuse_later(manifest)
    os.environ["GOEN_SHOP"] = name
    replacing.settle(name)
    has_data = _has_data(name)
    if has_data and not force:
        raise Unfit("shop_has_data", shop=name)
    _refuse_without_room(manifest)
    change = _change(name)
    try:
        restore_ready.folder_ready(folder, manifest, change)
        restore_ready.database_ready(folder, manifest, change)
        broken = restore_ready.brought_up(manifest, change)
        with Step(tell("切り替え", "Taking its place")):
            replacing.replace(change, stopped=lambda: _wait_until_stopped(name))
    except BaseException:
        if replacing.is_settled(name):
            databases.drop(change.new_database)
            shutil.rmtree(change.new_folder, ignore_errors=True)
        raise
    _clear_or_tell(change, has_data=has_data)
    return broken


def _refuse_later(manifest: Manifest) -> None:
    ours = databases.server_major()
    if manifest.postgres > ours:
        raise Unfit("too_new_postgres", theirs=manifest.postgres, ours=ours)
    known = {
        f"{path.parents[1].name}.{path.stem}"
        for path in (home.checkout() / "src" / "goen").rglob("migrations/0*.py")
    }
    packages = {name.partition(".")[0] for name in known}
    theirs = {one for one in manifest.migrations if one.partition(".")[0] in packages}
    if not theirs <= known:
        raise Unfit("too_new", version=manifest.version)


def _refuse_without_room(manifest: Manifest) -> None:
    """Both shops lie side by side until the new one takes its place."""
    files = {n: size for n, (size, _) in manifest.files.items() if n != backups.DATABASE}
    wanted = sum(files.values())
    if postgres.external_url() is None:
        wanted += manifest.database_bytes
    free = shutil.disk_usage(home.home()).free
    if free < wanted:
        raise Unfit("disk_full", folder=home.home(), wanted=wanted, free=free)


def _has_data(name: str) -> bool:
    """Whether anything was ever put into the shop's database."""
    database = postgres.database_name(name)
    if not databases.exists(database):
        return False
    with psycopg.connect(databases.conninfo_of(database)) as reading:
        found = databases.counted(reading)
    return any(count for table, count in found.items() if table not in _FILLED_BY_TABLES)


def _change(name: str) -> Change:
    database, stamp = postgres.database_name(name), f"{clock.now():%Y%m%d_%H%M%S}"
    old = home.home() / "shops" / name
    stands = (old / "shop.json").is_file()
    return Change(
        shop=name,
        database=database,
        # A dot: no shop's own database can be called that. Names have 63 characters at most.
        new_database=f"{database[:52]}.restoring",
        old_database=f"{database[:47]}_{stamp}" if databases.exists(database) else "",
        new_folder=str(replacing.drafts() / name),
        old_folder=str(replacing.aside(name, stamp)) if stands else "",
    )


def _wait_until_stopped(name: str) -> None:
    """The supervisor stops what is no more registered."""
    until = time.monotonic() + _STOPS_WITHIN_S
    while any(works(name, one) for one in ("web", "worker", "analyst", "mailbox", "loader")):
        if time.monotonic() > until:
            raise Unfit("still_running", shop=name)
        time.sleep(0.2)


def _clear_or_tell(change: Change, *, has_data: bool) -> None:
    """An empty shop that gave way is nothing; one with data is kept, and where is said."""
    if not has_data:
        if change.old_database:
            databases.drop(change.old_database)
        if change.old_folder:
            shutil.rmtree(change.old_folder, ignore_errors=True)
    elif change.old_database:
        said = tell("これまでのデータ", "What was there before")
        click.echo(f"{said}: {change.old_database}, {change.old_folder or '-'}")
    click.echo(f"{change.shop}: {home.shop(change.shop).url}")
