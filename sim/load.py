"""The simulated shop enters Goen through the same verbs as a real one, and only through them.

`load_first` brings masters, everybody's records, an opening stock, the last four weeks and the
orders from afar of the last two, so that the shop can open its doors; `load_rest` brings the
months before as history, newest first. Both may be killed anywhere and started again: every id is
the same each time, and what is in the books already is answered as repeated. Django must be set
up before this is imported.
"""

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from goen.kit import clock, home, progress
from goen.kit.db import own_connection, tx
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.orders.selling import sell
from sim import afar as orders_afar
from sim import load_afar, load_months, load_proposals, loyalty, opening, purses, stockroom
from sim.miyabido import World
from sim.purses import Used
from sim.world import Receipt

Report = Callable[[int, int, str], None]
_BATCH = 2_000
_LIVE_BATCH = 500
"""Sales that move something lock it until their batch is in."""
_WORK = "sim"
_LABEL = {"ja": "これまでの販売を読み込んでいます", "en": "Loading earlier sales"}
T = TypeVar("T")


def load_first(
    world: World, *, shop: str, report: Report, afar: bool = True, everybody: bool = True
) -> None:
    """Everything the shop needs to open; ends with its `welcome.json`.

    Without `afar`, only what `world.receipts` tells: no orders from afar, no points, no coupons.
    Without `everybody`, who did not buy in the four weeks is left for `load_people`.
    """
    of = None if everybody else _needed(world)
    with own_connection():
        _open(world, report=report, used=purses.used(world) if afar else {}, of=of)
        if afar:
            load_afar.load(world)
            with tx() as t:
                stockroom.live(t, world, recorded_at=clock.now())
                load_proposals.hold_back(t, world)
        with tx() as t:
            welcome = opening.welcome(t, world, recorded_at=clock.now())
    home.write_json(home.shop_dir(shop) / "welcome.json", welcome)


def load_people(world: World) -> None:
    """Everybody whom `load_first` left for later, with their points."""
    early = _needed(world)
    late = set(range(len(world.people))) - early
    with own_connection():
        for batch in _batches(world.records(of=late), _BATCH):
            with tx() as t:
                opening.put_records(t, batch, entity=world.entity.code, recorded_at=clock.now())
        loyalty.open_accounts(world, recorded_at=clock.now(), of=late)


def _needed(world: World) -> set[int]:
    """Who the four weeks' sales, orders and goods set aside are about."""
    ordering = {one.record.true_person for one in orders_afar.ordered(world)}
    firm = orders_afar.bulk(world)
    kept = {one.true_person for one in islice(world.records(), 200)}
    return world.shoppers() | ordering | kept | ({firm.record.true_person} if firm else set())


def _open(
    world: World, *, report: Report, used: Mapping[UUID, Used], of: Container[int] | None
) -> None:
    last = world.end.toordinal()
    people = sum(
        bool(world.people.registered[who] <= last)
        for who in world.people.each()
        if of is None or who[0] in of
    )
    total, done = people + load_months.count_between(world, *world.window), 0
    at = clock.now()
    with tx() as t:
        opening.put_masters(t, world, recorded_at=at)
    for batch in _batches(world.records(of=of), _BATCH):
        with tx() as t:
            opening.put_records(t, batch, entity=world.entity.code, recorded_at=clock.now())
        done += len(batch)
        report(done, total, "people")
    with tx() as t:
        loyalty.open_programme(t, world, recorded_at=at)
    loyalty.open_accounts(world, recorded_at=at, of=of)
    with tx() as t:
        opening.stock_places(t, world, recorded_at=at)
    for batch in _batches(world.sent(since=world.window[0]), _LIVE_BATCH):
        _sell([_paid(sale_of(one), used.get(one.uid)) for one in batch])
        done += len(batch)
        report(done, total, "sales")


def load_rest(world: World, *, shop: str, report: Report, jobs: int = 1) -> None:
    """The months before the four weeks, newest first, a month remembered when it is complete.

    With more `jobs` than one, so many processes bring a month each at the same time.
    """
    last = world.window[0] - timedelta(days=1)
    memory = home.shop_dir(shop) / "months.json"
    complete: list[str] = json.loads(memory.read_text()) if memory.is_file() else []
    months = [month for month in reversed(world.months()) if month <= last]
    sizes = {month: load_months.count_of(world, month) for month in months}
    total = sum(sizes.values())
    before = sum(size for month, size in sizes.items() if str(month) in complete)
    progress.start(_WORK, _LABEL, total)

    def told(done: int, month: date) -> None:
        progress.advance(_WORK, before + done)
        report(before + done, total, str(month)[:7])

    missing = [month for month in months if str(month) not in complete]
    bringing = load_months.bring(world, missing, shop=shop, jobs=jobs, sell=sell_all, told=told)
    with own_connection():
        for month in bringing:
            complete.append(str(month))
            home.write_json(memory, complete)
    progress.advance(_WORK, total)
    progress.finish(_WORK)


def sell_all(receipts: Iterable[Receipt]) -> Iterator[int]:
    """Sell in batches; answers after each how many those were."""
    for batch in _batches(receipts, _BATCH):
        _sell([sale_of(receipt) for receipt in batch])
        yield len(batch)


def _sell(sales: list[Sale]) -> None:
    """One batch in one transaction. A refusal here is a bug of ours, not of the shop."""
    with tx() as t:
        answers = sell(t, sales, actor=opening.ACTOR, recorded_at=clock.now())
        refused = [answer for answer in answers if not isinstance(answer, Sold)]
        assert not refused, refused[:3]


def sale_of(receipt: Receipt) -> Sale:
    """A receipt as the selling verb takes it; Goen prices it, and the total has to agree."""
    member = receipt.member
    by_card = member is not None and member.kind == "card"
    return Sale(
        uid=receipt.uid,
        place=receipt.place_code,
        channel=receipt.channel_code,
        occurred_at=receipt.occurred_at,
        lines=tuple(SaleLine(line.sku_code, line.qty) for line in receipt.lines),
        tenders=tuple(SaleTender(*tender) for tender in receipt.tenders),
        source=receipt.source,
        source_no=receipt.source_no,
        till=receipt.till_code,
        till_seq=receipt.till_seq,
        staff=receipt.staff_code,
        member=(member.kind, member.value) if member and by_card else None,
        record_key=(receipt.source, member.value) if member and not by_card else None,
        expected_total_minor=receipt.total_minor,
    )


def _paid(sale: Sale, used: Used | None) -> Sale:
    """The same sale with points or a coupon in place of some of the money."""
    if used is None:
        return sale
    off = used.points or used.off_minor
    big = max(sale.tenders, key=lambda tender: tender.amount_minor)
    given = big.tendered_minor if big.kind == "cash" else None
    less = SaleTender(big.kind, big.amount_minor - off, given)
    tenders = tuple(less if one is big else one for one in sale.tenders)
    if used.points:
        return replace(sale, tenders=(SaleTender("points", used.points), *tenders))
    assert sale.expected_total_minor is not None
    total = sale.expected_total_minor - off
    return replace(sale, tenders=tenders, coupons=(used.coupon,), expected_total_minor=total)


def _batches(things: Iterable[T], size: int) -> Iterator[list[T]]:
    walk = iter(things)
    while batch := list(islice(walk, size)):
        yield batch


def settings_path(shop: str) -> Path:
    """Where a shop's seed, size and end date are kept, so that both stages agree."""
    return home.shop_dir(shop) / "sim.json"
