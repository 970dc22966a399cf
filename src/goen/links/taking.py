"""Taking a file in: it is kept, looked at, counted, and thrown away again if nobody wants it.

Promises: nothing of the shop's books is written here; the file lies in a folder only its owner can
read and is deleted when its load has ended, or when nobody came back to it.
"""

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from goen.kit import clock, home, settings
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.links import plans, queries, shelf, tables
from goen.links.plans import Plan
from goen.links.queries import LoadShown

SMALL = 3_000_000
"""Bytes that are counted while the person waits; more becomes work in the background."""

FORGOTTEN_DAYS = 7


def folder() -> Path:
    """Where files wait to be read."""
    found = home.shop_dir(home.current_shop_name()) / "loads"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def file_of(uid: UUID) -> Path:
    """The kept copy of a load's file."""
    return folder() / f"{uid}.file"


def shelf_of(uid: UUID) -> Path:
    """Its rows, sorted into receipts."""
    return folder() / f"{uid}.rows"


def take(
    tx: Tx,
    uid: UUID,
    path: Path,
    *,
    file_name: str,
    actor: Actor,
    recorded_at: datetime,
    sheet: str = "",
) -> Plan | Refusal:
    """Keep a file and propose how to read it. The same `uid` again proposes anew."""
    layout = tables.look(path, sheet=sheet)
    if isinstance(layout, Refusal):
        return layout
    plan = plans.propose(layout, tables.head(path, layout))
    _keep(tx, uid, path, file_name, plan, actor, recorded_at)
    return plan


def take_counted(
    tx: Tx,
    uid: UUID,
    path: Path,
    plan: Plan,
    counts: Mapping[str, object],
    *,
    actor: Actor,
    recorded_at: datetime,
) -> None:
    """Keep a file that a person has looked at already; its shelf stands under the same `uid`."""
    _keep(tx, uid, path, path.name, plan, actor, recorded_at)
    _note_counts(tx, uid, counts)


def _keep(
    tx: Tx, uid: UUID, path: Path, file_name: str, plan: Plan, actor: Actor, recorded_at: datetime
) -> None:
    kept = file_of(uid)
    if path != kept:
        shutil.copyfile(path, kept)
        kept.chmod(0o600)
    tx.execute(
        """
        INSERT INTO links_load (uid, kind, file_name, sha256, mapping, preview, target, position,
          attempts, read, loaded, repeated, parked, state, actor, started_at, error)
        VALUES (%s, 'sales', %s, %s, %s::jsonb, '{}'::jsonb, '', 0, 0, 0, 0, 0, 0, 'received',
          %s, %s, '')
        ON CONFLICT (uid) DO UPDATE SET mapping = excluded.mapping, preview = '{}'::jsonb,
          state = 'received' WHERE links_load.state IN ('received', 'counting', 'previewed')
        """,
        [uid, file_name, tables.digest(kept), _json(plan), str(actor), recorded_at],
    )


def unfinished(tx: Tx, sha256: str, plan: Plan) -> LoadShown | None:
    """A load of this file, read the same way, that began, did not end and can go on."""
    for load in queries.same_file(tx, sha256):
        same = plans.same_facts(plans.from_json(load.mapping), plan)
        if same and load.state in {"direct", "failed"} and is_here(load.uid):
            return load
    return None


def choose(tx: Tx, uid: UUID, plan: Plan) -> None:
    """Keep what a person decided; earlier counts no longer hold."""
    tx.execute(
        "UPDATE links_load SET mapping = %s::jsonb, preview = '{}'::jsonb, state = 'received'"
        " WHERE uid = %s AND state IN ('received', 'counting', 'previewed')",
        [_json(plan), uid],
    )
    shelf_of(uid).unlink(missing_ok=True)


def keep_plan(tx: Tx, uid: UUID, plan: Plan) -> None:
    """Keep choices that do not change what was counted, such as the margin."""
    tx.execute(
        "UPDATE links_load SET mapping = %s::jsonb WHERE uid = %s AND state = 'previewed'",
        [_json(plan), uid],
    )


def count_later(tx: Tx, uid: UUID) -> None:
    """Have the worker read the whole file and count it."""
    tx.execute(
        "UPDATE links_load SET state = 'counting', attempts = 0"
        " WHERE uid = %s AND state IN ('received', 'previewed')",
        [uid],
    )


def count(load: LoadShown, *, report: Callable[[int], None] = lambda _: None) -> None:
    """Read the whole file onto its shelf and keep the counts. Call it outside a transaction."""
    shop = home.current_shop()
    plan = plans.from_json(load.mapping)
    counts = shelf.build(
        file_of(load.uid),
        shelf_of(load.uid),
        plan,
        currency=plan.currency or shop.currency,
        today=clock.now().astimezone(clock.zone(shop.timezone)).date(),
        report=report,
    )
    with tx() as t:
        still = t.value(
            "SELECT mapping = %s::jsonb FROM links_load WHERE uid = %s FOR UPDATE",
            [json.dumps(load.mapping), load.uid],
        )
        if still:
            _note_counts(t, load.uid, counts)
        else:  # somebody chose other columns meanwhile
            shelf_of(load.uid).unlink(missing_ok=True)


def _note_counts(tx: Tx, uid: UUID, counts: Mapping[str, object]) -> None:
    tx.execute(
        "UPDATE links_load SET preview = %s::jsonb, attempts = 0,"
        " state = CASE WHEN state IN ('received', 'counting') THEN 'previewed' ELSE state END"
        " WHERE uid = %s",
        [json.dumps(counts, ensure_ascii=False), uid],
    )


def start(
    tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime, state: str = "queued"
) -> list[Refusal]:
    """Let a looked-at file be loaded into this shop: by the worker, or `direct`ly by the caller."""
    load = queries.load(tx, uid)
    assert load is not None, uid
    assert state in {"queued", "direct"}, state
    plan = plans.from_json(load.mapping)
    refusals = plans.check(plan, currency=home.current_shop().currency)
    refusals += _loaded_otherwise(tx, load, plan)
    if refusals:
        return refusals
    tx.execute(
        "UPDATE links_load SET state = %s, attempts = 0, started_at = %s, actor = %s"
        " WHERE uid = %s AND state IN ('received', 'previewed', 'failed', 'direct')",
        [state, recorded_at, str(actor), uid],
    )
    return []


def _loaded_otherwise(tx: Tx, load: LoadShown, plan: Plan) -> list[Refusal]:
    """The same file under other columns would count the same sales twice."""
    for other in queries.same_file(tx, load.sha256):
        if other.uid != load.uid and not plans.same_facts(plans.from_json(other.mapping), plan):
            return [
                Refusal("loaded_otherwise", "file", {"on": other.started_at.date().isoformat()})
            ]
    return []


def hand_over(tx: Tx, uid: UUID, *, target: str) -> None:
    """Note that another shop's own processes load the file; our copy is theirs now."""
    tx.execute(
        "UPDATE links_load SET state = 'handed_over', target = %s, preview = preview - 'crowded'"
        " WHERE uid = %s",
        [target, uid],
    )
    forget_files(uid)


def discard(tx: Tx, uid: UUID) -> None:
    """Throw a file away that was only looked at."""
    gone = tx.execute(
        "UPDATE links_load SET state = 'discarded', finished_at = started_at,"
        " preview = preview - 'crowded'"
        " WHERE uid = %s AND state IN ('received', 'counting', 'previewed', 'failed')",
        [uid],
    )
    if gone:
        forget_files(uid)


def discard_forgotten(tx: Tx, *, recorded_at: datetime) -> None:
    """Throw away files that nobody came back to: they hold what people bought."""
    before = recorded_at - timedelta(days=FORGOTTEN_DAYS)
    for (uid,) in tx.rows(
        "SELECT uid FROM links_load WHERE state IN ('received', 'previewed') AND started_at < %s",
        [before],
    ):
        discard(tx, uid)


def is_here(uid: UUID) -> bool:
    """Whether the file of a load, or what was read of it, is still kept."""
    return shelf_of(uid).exists() or file_of(uid).exists()


def forget_left(tx: Tx, *, recorded_at: datetime) -> int:
    """Delete files that no load will read any more; answers how many.

    Those of loads that stopped are kept as long as rows are (`loads.parked_days`): until then
    somebody may say that they go on. Those that no load knows were left by a process that ended.
    """
    discard_forgotten(tx, recorded_at=recorded_at)
    days = settings.read(tx, "loads.parked_days")
    stopped = recorded_at - timedelta(days=days) if days else None
    wanted = tx.rows(
        """
        SELECT uid::text FROM links_load
        WHERE state IN ('received', 'counting', 'previewed', 'queued')
           OR (state IN ('direct', 'failed') AND (%(since)s::timestamptz IS NULL
               OR started_at >= %(since)s))
        """,
        {"since": stopped},
    )
    known = {uid for (uid,) in wanted}
    young = (recorded_at - timedelta(days=FORGOTTEN_DAYS)).timestamp()
    left = [
        path
        for path in folder().iterdir()
        if path.name.partition(".")[0] not in known and path.stat().st_mtime < young
    ]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def forget_files(uid: UUID) -> None:
    """Delete the kept copy and its shelf."""
    for path in (file_of(uid), shelf_of(uid), shelf_of(uid).with_suffix(".draft")):
        path.unlink(missing_ok=True)


def _json(plan: Plan) -> str:
    return json.dumps(plans.to_json(plan), ensure_ascii=False)
