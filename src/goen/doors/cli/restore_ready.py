"""What `goen restore` makes ready: a shop's folder and database, beside what is there.

Promises: nothing of the shop that stands is touched; the rows are as many as the manifest tells
before anything is brought up to date; a copy under another name writes to nobody.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import psycopg

from goen.doors.cli.main import start_django
from goen.doors.cli.steps import Step, padded, tell
from goen.kit import clock, databases, home
from goen.kit.actors import Actor
from goen.kit.backups import DATABASE, LAKE, SECRET, SHOP, Manifest, Unfit
from goen.kit.replacing import Change

AHEAD = 1_000_000
"""Numbers left unused on a server that counted less far: others may have read on meanwhile."""
_SHOWN = (
    ("orders_order", "販売と返品", "sales and returns"),
    ("orders_line", "明細", "lines"),
    ("ledger_move", "台帳の動き", "moves in the ledger"),
    ("customers_person", "顧客", "people"),
    ("customers_consent", "同意の記録", "consents told"),
    ("behaviour_event", "行動", "events"),
    ("marketing_measure", "施策", "measures"),
)


def folder_ready(folder: Path, manifest: Manifest, change: Change) -> None:
    """The shop's files as they will lie, with a name, a port and a loader that fit here."""
    new = Path(change.new_folder)
    shutil.rmtree(new, ignore_errors=True)
    shutil.copytree(folder / SHOP, new)
    new.chmod(0o700)
    if (folder / LAKE).is_dir():
        shutil.copytree(folder / LAKE, new / LAKE)
    secret = (folder / SECRET).read_text().strip()
    installation = home.home() / SECRET
    if not installation.is_file() or installation.read_text().strip() != secret:
        (new / SECRET).write_text(secret)
        (new / SECRET).chmod(0o600)
    told = json.loads((new / "shop.json").read_text(encoding="utf-8"))
    home.write_json(new / "shop.json", _fitted(told, manifest, change.shop))


def _fitted(told: dict[str, Any], manifest: Manifest, name: str) -> dict[str, Any]:
    others = {shop.name: shop.port for shop in home.shops()}
    port = others.pop(name, None)
    if port is None:
        port = home.next_free_port(first=told["port"], but_not=set(others.values()))
    place = str(home.home() / "shops" / name)
    loader = [
        name if part == manifest.shop else str(part).replace(manifest.folder, place)
        for part in told["loader"]
    ]
    title = told["title"]
    if name != manifest.shop:
        title = {"ja": f"{title['ja']}（写し）", "en": f"{title['en']} (copy)"}
    return {**told, "name": name, "title": title, "port": port, "loader": loader}


def database_ready(folder: Path, manifest: Manifest, change: Change) -> None:
    with Step(tell("データベース", "Database")) as step:
        databases.drop(change.new_database)
        databases.create(change.new_database)
        databases.load(folder / DATABASE, change.new_database, major=manifest.postgres)
        if databases.transactions() < manifest.transactions:
            databases.count_up_to(manifest.transactions + AHEAD, step.advance)
        with psycopg.connect(databases.conninfo_of(change.new_database), autocommit=True) as new:
            new.execute("ANALYZE")
            found = databases.counted(new)
        for table, told in manifest.tables.items():
            if found.get(table) != told:
                raise Unfit("other_counts", table=table, told=told, found=found.get(table))
    _show(manifest.tables, found)


def _show(told: Mapping[str, int], found: Mapping[str, int]) -> None:
    for table, ja, en in _SHOWN:
        if table in told:
            label = padded(tell(ja, en))
            click.echo(
                f"    {label} {found[table]:>12,}  ({tell('目録', 'manifest')} {told[table]:,})"
            )


def brought_up(manifest: Manifest, change: Change) -> list[str]:
    """Today's tables, a lake that fits, and the audit; what it names."""
    with _django_on(change.new_database):
        from django.core.management import call_command

        from goen.doors.cli.audit import audited
        from goen.insight import checks, lake
        from goen.kit import trail
        from goen.kit.db import tx

        with Step(tell("データベースの表", "Tables")):
            call_command("migrate", verbosity=0)
        folder, who = Path(change.new_folder) / LAKE, _actor()
        folder.mkdir(mode=0o700, exist_ok=True)
        with Step(tell("監査", "Audit")) as step, tx() as t:
            if not lake.manifest(folder).version or checks.broken(t, folder):
                lake.rebuild(t, folder, recorded_at=clock.now())
            result = audited(t, folder=folder)
            step.note = f"ok: {result['moves']:,}" if result["ok"] else tell("不一致", "broken")
        with tx() as t:
            detail = {"taken_at": manifest.taken_at, "shop": manifest.shop}
            trail.note(t, who, "restore", "shop", change.shop, at=clock.now(), detail=detail)
            if change.shop != manifest.shop:
                _silence(t)
    broken = result["broken"]
    assert isinstance(broken, list)
    return broken


def _silence(t: Any) -> None:
    """A copy beside the shop it is of must not write to the same people a second time."""
    from goen.kit import settings
    from goen.links import subscribing

    settings.write(t, "mail.host", "", actor=_actor(), recorded_at=clock.now())
    for one in subscribing.subscribers(t):
        subscribing.end(t, one.uid, actor=_actor(), recorded_at=clock.now())


def _actor() -> Actor:
    return Actor("system", os.environ.get("USER") or "goen")


@contextmanager
def _django_on(database: str) -> Iterator[None]:
    """Django's verbs work on this database until the block ends."""
    start_django()
    from django.db import connection, connections

    def point_at(name: str) -> None:
        connections.close_all()
        connection.close_pool()  # type: ignore[attr-defined]
        connection.settings_dict["NAME"] = name

    before = connection.settings_dict["NAME"]
    point_at(database)
    try:
        yield
    finally:
        point_at(before)
