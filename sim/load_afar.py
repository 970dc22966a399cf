"""The simulated orders from afar enter by the verbs that an order's life consists of.

Every id is the same each time, so a second load changes nothing. Django must be set up before.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from itertools import groupby
from typing import TypeVar

from goen.kit import clock
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import cancelling, fulfilling, placing, taking_back
from goen.orders.order import (
    Address,
    Cancellation,
    Delivery,
    Fulfilment,
    NewOrder,
    Part,
    PartBack,
    Ready,
    TakeBack,
)
from goen.orders.sale import Sale, SaleLine, SaleTender
from goen.orders.selling import sell
from goen.stock import queries as stock
from sim import afar, opening
from sim.afar import Deed, Ordered
from sim.miyabido import ZONE, World

T = TypeVar("T")
_BATCH = 500
Wish = Fulfilment | Ready | Cancellation | TakeBack


def load(world: World) -> None:
    """Place every order, then do what was done about them, and break the one promise."""
    orders = afar.ordered(world)
    by = {"actor": opening.ACTOR, "recorded_at": clock.now()}
    for some in _batches(orders):
        with tx() as t:
            _all(placing.place(t, [new_order(one) for one in some], **by))
    deeds = sorted(
        ((deed.at, one, n, deed) for one in orders for n, deed in enumerate(one.deeds)),
        key=lambda told: (told[0], told[1].number, told[2]),
    )
    for some_deeds in _batches(deeds):
        with tx() as t:
            for what, told in groupby(some_deeds, key=lambda one: one[3].what):
                _do(t, what, [_wish(one, n, deed) for _, one, n, deed in told])
    _break_a_promise(world)


def _batches(things: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(things), _BATCH):
        yield things[start : start + _BATCH]


def new_order(one: Ordered, qty: int = 0) -> NewOrder:
    """An order as the placing verb takes it; `qty` makes it a bulk order of its first article."""
    record = one.record
    items = [(item.sku_code, qty or item.qty, item.unit_price_minor) for item in one.items]
    fee = 0 if qty else one.fee_minor
    total = sum(n * price for _, n, price in items) + fee
    sale = Sale(
        uid=one.uid,
        place="web",
        channel="ec",
        occurred_at=one.at,
        lines=tuple(SaleLine(code, n) for code, n, _ in items),
        tenders=(SaleTender(one.pays, total),),
        source="ec",
        source_no=one.number,
        record_key=("ec", record.source_key),
        expected_total_minor=total,
        handed_over=False,
    )
    if one.collect_at:
        return NewOrder(sale, Delivery("collect", collect_at=one.collect_at))
    name = f"{record.family_name} {record.given_name}".strip() or "ご担当者"
    address = Address(name, record.postcode, record.address or "（架空）", record.phone)
    delivery = Delivery("ship", address, from_place=one.from_place, fee_minor=fee)
    return NewOrder(sale, delivery)


def _wish(one: Ordered, n: int, deed: Deed) -> Wish:
    """A deed as its verb takes it."""
    uid, parts = one.uid_of(n), tuple(Part(i + 1, one.items[i].qty) for i in deed.lines)
    match deed.what:
        case "ready":
            return Ready(uid, one.uid, deed.at, deed.staff)
        case "cancel":
            return Cancellation(uid, one.uid, deed.reason, deed.at, staff=deed.staff)
        case "take_back":
            to = "damaged" if deed.reason == "faulty" else "sellable"
            back = tuple(PartBack(part.line_no, 1, to) for part in parts)
            place = deed.place
            return TakeBack(uid, one.uid, place, deed.reason, deed.at, back, staff=deed.staff)
    return Fulfilment(
        uid, one.uid, deed.what, deed.at, parts,
        carrier=deed.carrier, tracking_no=deed.tracking_no, staff=deed.staff,
    )  # fmt: skip


def _do(t: Tx, what: str, wishes: Sequence[Wish]) -> None:
    by = {"actor": opening.ACTOR, "recorded_at": clock.now()}
    verb = {
        "ready": fulfilling.ready,
        "cancel": cancelling.cancel,
        "take_back": taking_back.take_back,
    }.get(what, fulfilling.fulfil)
    _all(verb(t, wishes, **by))  # type: ignore[operator]


def _break_a_promise(world: World) -> None:
    """A firm orders nearly all that a store has; then somebody buys there what is left, and more.

    How many that is depends on the shelf, so it is told once.
    """
    one = afar.bulk(world)
    if one is None:
        return
    by = {"actor": opening.ACTOR, "recorded_at": clock.now()}
    with tx() as t:
        if t.value("SELECT id FROM orders_order WHERE uid = %s", [one.uid]) is not None:
            return
        item, shelf = one.items[0], one.from_place
        sku = t.value("SELECT id FROM catalogue_sku WHERE code = %s", [item.sku_code])
        place = t.value("SELECT id FROM places_place WHERE code = %s", [shelf])
        free = stock.available(t, [sku], place)[sku]
        if shelf is None or free < 4:
            return
        _all(placing.place(t, [new_order(one, qty=free - 1)], **by))
        at = datetime.combine(world.end, time(17, 45), ZONE) + timedelta(seconds=20)
        bought = Sale(
            uid=one.uid_of(99),
            place=shelf,
            channel="store",
            occurred_at=at,
            lines=(SaleLine(item.sku_code, 3),),
            tenders=(SaleTender("card", 3 * item.unit_price_minor),),
            source="pos",
            source_no=f"{one.number}-T",
            staff="S02",
        )
        _all(sell(t, [bought], **by))


def _all(answers: Sequence[T | Refusal]) -> None:
    """A refusal here is a bug of ours, not of the shop."""
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert not refused, refused[:3]
