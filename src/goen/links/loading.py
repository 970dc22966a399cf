"""Loading a looked-at file into the books, a batch at a time.

Promises: every row that is read is loaded, repeated (it was in the books) or parked with a reason,
and the three add up; a batch and how far it came are one transaction, so a load that is killed
goes on where it stopped; a second load of the same file changes nothing. Receipts enter through
`orders.sell`, as history: no quantity moves.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import structlog
from django.db import DatabaseError

from goen.catalogue import masters as catalogue
from goen.kit import clock, home, ids, progress, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.home import Shop
from goen.kit.refusals import Refusal
from goen.links import opening, parked, plans, queries, taking
from goen.links.plans import Plan
from goen.links.queries import LoadShown
from goen.links.shelf import Receipt, Shelf
from goen.orders import selling
from goen.orders.sale import Sale, SaleLine

log = structlog.get_logger(__name__)

BATCH = 2000
"""Receipts in one transaction."""

SLICE_S = 2.0
"""How long the worker stays with a load before it looks after the rest of its work."""

MOST_ATTEMPTS = 3
_NOON_S = 12 * 3600
_LABEL = {"ja": "{file} の取り込み", "en": "Loading {file}"}
_COUNTING = {"ja": "{file} を数えています", "en": "Counting {file}"}

Rows = Sequence[tuple[int, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Entry:
    """A sale and the rows of the file it was made of."""

    sale: Sale
    rows: Rows


@dataclass(frozen=True, slots=True)
class Unusable:
    """A row that cannot become part of a sale."""

    row_no: int
    code: str
    field: str
    cells: tuple[str, ...]


def run_next(*, actor: Actor) -> bool:
    """Do a slice of whatever waits: count a file, or load some of it. False when nothing waits."""
    with tx() as t:
        load = queries.next_waiting(t)
        if load is None:
            return False
        t.execute("UPDATE links_load SET attempts = attempts + 1 WHERE id = %s", [load.id])
    if load.attempts >= MOST_ATTEMPTS:
        fail(load, load.error or "stopped several times; its log says why")
        return True
    try:
        if load.state == "counting":
            _count(load)
        else:
            work_on(load, actor=actor, until=time.monotonic() + SLICE_S)
    except (OSError, sqlite3.Error, DatabaseError) as error:
        log.warning("load interrupted", load=str(load.uid), error=repr(error))
        with tx() as t:
            t.execute(
                "UPDATE links_load SET error = %s WHERE id = %s", [repr(error)[:500], load.id]
            )
    return True


def _count(load: LoadShown) -> None:
    progress.start(load.progress_name, _named(_COUNTING, load))
    taking.count(load, report=lambda done: progress.advance(load.progress_name, done))
    progress.finish(load.progress_name)


def work_on(
    load: LoadShown,
    *,
    actor: Actor,
    until: float | None = None,
    report: Callable[[int, int], None] = lambda _done, _total: None,
) -> bool:
    """Load batches until the time is over; True when the load has ended."""
    if not taking.shelf_of(load.uid).exists():
        taking.count(load)
    plan, shop = plans.from_json(load.mapping), home.current_shop()
    with Shelf(taking.shelf_of(load.uid)) as shelf:
        counts = shelf.counts()
        total, position = int(counts["receipts"]), load.position
        if position == 0:
            progress.start(load.progress_name, _named(_LABEL, load), total)
            _prepare(load, shelf, plan, shop, actor)
        while position < total:
            receipts = shelf.receipts(after=position, limit=BATCH)
            entries = [_entry(receipt, plan, shop) for receipt in receipts]
            position = receipts[-1].seq
            book(load.id, position, entries, (), actor=actor)
            progress.advance(load.progress_name, position, total)
            report(position, total)
            if until is not None and time.monotonic() > until:
                break
    if position >= total:
        finish(load, read=int(counts["rows"]), actor=actor)
    return position >= total


def _prepare(load: LoadShown, shelf: Shelf, plan: Plan, shop: Shop, actor: Actor) -> None:
    """Masters and the rows that cannot be used; all of it may be repeated."""
    at = clock.now()
    with tx() as t:
        opening.open_shop(t, shop, actor=actor, recorded_at=at)
        opening.put_source(t, plan.source, actor=actor, recorded_at=at)
        opening.put_places(t, shelf.names("store"), plan, shop, actor=actor, recorded_at=at)
        opening.put_staff(t, filter(None, shelf.names("staff")), actor=actor, recorded_at=at)
        if plan.margin is not None:
            catalogue.put_margin(
                t, category_code=None, rate=plan.margin, actor=actor, recorded_at=at
            )
    opening.put_goods(shelf, actor=actor, recorded_at=at)
    opening.put_customers(shelf.customers(), plan.source, actor=actor, recorded_at=at)
    last = 0
    while rows := shelf.parked(after=last):
        with tx() as t:
            park(t, load.id, [Unusable(*row) for row in rows])
        last = rows[-1][0]


def book(
    load_id: int,
    position: int,
    entries: Sequence[Entry],
    unusable: Sequence[Unusable],
    *,
    actor: Actor,
) -> None:
    """One batch in one transaction: sales, what they were answered, and how far we came."""
    with tx() as t:
        recorded_at = clock.now()
        before = t.value("SELECT position FROM links_load WHERE id = %s FOR UPDATE", [load_id])
        if before is None or before >= position:
            return  # somebody else has done this batch
        answers = selling.sell(t, [e.sale for e in entries], actor=actor, recorded_at=recorded_at)
        loaded = repeated = 0
        aside = list(unusable)
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(answer, Refusal):
                aside += _unusable(entry, answer)
            elif answer.repeated:
                repeated += len(entry.rows)
            else:
                loaded += len(entry.rows)
        park(t, load_id, aside)
        t.execute(
            "UPDATE links_load SET position = %s, loaded = loaded + %s, repeated = repeated + %s,"
            " attempts = 0, error = '' WHERE id = %s",
            [position, loaded, repeated, load_id],
        )


_CODES = {"id_reused": "receipt_changed", "implausible_time": "date_in_future"}
_FIELDS = {"uid": "receipt", "occurred_at": "date"}


def _unusable(entry: Entry, refusal: Refusal) -> list[Unusable]:
    """A refused receipt parks all its rows: a document is loaded whole or not at all."""
    code = _CODES.get(refusal.code, refusal.code)
    field = _FIELDS.get(refusal.field, refusal.field.rpartition(".")[2])
    return [Unusable(row_no, code, field, cells) for row_no, cells in entry.rows]


def park(t: Tx, load_id: int, rows: Iterable[Unusable]) -> None:
    """Keep rows that could not be used; the same row is kept once."""
    given = list(rows)
    if not given:
        return
    t.execute(
        """
        INSERT INTO links_parkedrow (load_id, row_no, code, field, raw)
        SELECT %s, row_no, code, field, raw::jsonb
        FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[])
          AS g (row_no, code, field, raw)
        ON CONFLICT (load_id, row_no) DO NOTHING
        """,
        [
            load_id,
            [row.row_no for row in given],
            [row.code for row in given],
            [row.field for row in given],
            [json.dumps(row.cells, ensure_ascii=False) for row in given],
        ],
    )


def finish(load: LoadShown, *, read: int, actor: Actor) -> None:
    """The end: the sum is proved by the table's own check, the files are deleted."""
    with tx() as t:
        at = clock.now()
        row = t.row(
            """
            UPDATE links_load l SET read = %s, state = 'done', finished_at = %s, error = '',
              preview = preview - 'crowded',
              parked = (SELECT count(*) FROM links_parkedrow p WHERE p.load_id = l.id)
            WHERE l.id = %s AND state <> 'done' RETURNING read, loaded, repeated, parked
            """,
            [read, at, load.id],
        )
        if row is not None:
            names = ("read", "loaded", "repeated", "parked")
            detail = dict(zip(names, row, strict=True))
            trail.note(t, actor, "load", load.kind, load.uid, at=at, detail=detail)
            source = str(load.mapping.get("source", load.kind))
            parked.empty_of_erased(t, load.id, source, recorded_at=at)
    progress.finish(load.progress_name)
    taking.forget_files(load.uid)


def fail(load: LoadShown, error: str) -> None:
    """Give up until a person says to go on; what was loaded stays."""
    with tx() as t:
        t.execute(
            "UPDATE links_load SET state = 'failed', error = %s WHERE id = %s", [error, load.id]
        )
    progress.finish(load.progress_name, error)


def _entry(receipt: Receipt, plan: Plan, shop: Shop) -> Entry:
    taxed = _taxed(receipt, plan)
    lines = tuple(
        SaleLine(line.product, line.qty, line.amount_minor, line.tax_class or plan.tax_class)
        if taxed
        else SaleLine(line.product, line.qty, line.amount_minor)
        for line in receipt.lines
    )
    sale = Sale(
        uid=sale_id(plan.source, receipt),
        place=opening.place_of(receipt.store),
        channel=opening.channel_of(receipt.store, plan.channel),
        occurred_at=instant(receipt, shop.timezone),
        lines=lines,
        source=plan.source,
        source_no=receipt.doc,
        staff=receipt.staff or None,
        record_key=(plan.source, receipt.customer) if receipt.customer else None,
        price_tax=plan.price_tax if taxed else "unknown",
        currency=shop.currency,
    )
    return Entry(sale, [(line.row_no, line.raw) for line in receipt.lines])


def sale_id(source: str, receipt: Receipt) -> UUID:
    """The same document of the same system is the same sale, in whatever file it comes."""
    return ids.import_id(source=source, document=receipt.doc, kind=f"sale by {receipt.kind}")


def _taxed(receipt: Receipt, plan: Plan) -> bool:
    """Tax is known when a person said so and every line has a class that had a rate that day."""
    return plan.price_tax != "unknown" and all(
        _had_rate(line.tax_class or plan.tax_class, receipt.day) for line in receipt.lines
    )


def _had_rate(tax_class: str | None, day: date) -> bool:
    return any(tax_class == known and since <= day for known, since, _ in opening.TAX_RATES)


def instant(receipt: Receipt, timezone_name: str) -> datetime:
    """When it happened; noon of the day where the file knows no time."""
    second = _NOON_S if receipt.second is None else receipt.second
    zone = (
        clock.zone(timezone_name)
        if receipt.offset_min is None
        else timezone(timedelta(minutes=receipt.offset_min))
    )
    midnight = datetime(receipt.day.year, receipt.day.month, receipt.day.day, tzinfo=zone)
    hours, rest = divmod(second, 3600)
    return midnight.replace(hour=hours, minute=rest // 60, second=rest % 60).astimezone(UTC)


def _named(label: dict[str, str], load: LoadShown) -> dict[str, str]:
    return {code: text.format(file=load.file_name) for code, text in label.items()}
