"""What goes on between shelves in the simulated shop: safety stock, transfers, a count, holds.

The same each time: ids and numbers follow from the shop's last day, and what is in the books
already stays as it is.
"""

from datetime import datetime, time, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx
from goen.orders.counting import count
from goen.places import queries as places
from goen.stock import history, sheets
from goen.stock.availability import NewSafety, put_safety
from goen.stock.counts import NewCount
from goen.stock.holds import NewHold, hold
from goen.stock.transfers import NewTransfer, Receipt, receive, send
from sim.masters import WAREHOUSE
from sim.miyabido import ZONE, World

_ROOM = uuid5(NAMESPACE_URL, "https://miyabido.example/stockroom")
COUNTED = "tea"
"""The category that was counted three days before the last."""
FED, LOAD = (23, 16, 9), 40
"""How many days before the last a van left the warehouse; how many articles it carries at most."""
VIEWER = Viewer("sim", "hq")


def live(tx: Tx, world: World, *, recorded_at: datetime) -> None:
    """Some weeks of a stockroom's life, after the sales are in."""
    _keep_back(tx, world, recorded_at)
    _feed(tx, world, recorded_at)
    _transfer(tx, world, recorded_at)
    _count(tx, world, recorded_at)
    _set_aside(tx, world, recorded_at)


def _at(world: World, days_ago: int, hour: int) -> datetime:
    day = world.window[1] - timedelta(days=days_ago)
    return datetime.combine(day, time(hour), ZONE)


def _id(world: World, name: str) -> UUID:
    return uuid5(_ROOM, f"{world.window[1]}:{name}")


def _actor(world: World, place: str) -> Actor:
    """Somebody who works there, as the login page would have them."""
    staff = next(one for one in world.staff if one.place_code == place)
    return Actor("staff", staff.code)


def _keep_back(tx: Tx, world: World, recorded_at: datetime) -> None:
    codes = [sku.code for sku in world.skus]
    since = world.window[0]
    rows = [NewSafety(since, safety=2, place=world.places[0].code)]
    rows += [NewSafety(since, safety=5, item=code) for code in codes[::20]]
    rows += [NewSafety(since, buffer=2, item=code, channel="mall") for code in codes[5::20]]
    later = world.window[1] + timedelta(days=9)
    rows += [NewSafety(later, safety=10, item=codes[0])]
    put_safety(tx, rows, actor=Actor("staff", world.staff[0].code), recorded_at=recorded_at)


def _feed(tx: Tx, world: World, recorded_at: datetime) -> None:
    """Once a week a van brings every shelf some of what the warehouse has, the next morning."""
    codes = [sku.code for sku in world.skus]
    shelves = [place.code for place in world.places if place.code != WAREHOUSE]
    vans, receipts = [], []
    for n, days_ago in enumerate(FED):
        for m, shelf in enumerate(shelves):
            at = n * len(shelves) + m
            lines = tuple((code, 6) for code in codes[at :: len(FED) * len(shelves)][:LOAD])
            uid = _id(world, f"van {n} {shelf}")
            vans.append(NewTransfer(uid, WAREHOUSE, shelf, lines, _at(world, days_ago, 17)))
            came = _at(world, days_ago - 1, 9)
            receipts.append((shelf, Receipt(_id(world, f"van in {n} {shelf}"), uid, lines, came)))
    send(tx, vans, actor=_actor(world, WAREHOUSE), recorded_at=recorded_at)
    for shelf, receipt in receipts:
        crew = WAREHOUSE if shelf == "web" else shelf
        receive(tx, [receipt], actor=_actor(world, crew), recorded_at=recorded_at)


def _transfer(tx: Tx, world: World, recorded_at: datetime) -> None:
    """One that came, one that came in part, one on its way since the last evening."""
    first, second, *_ = [place.code for place in world.places]
    warehouse = WAREHOUSE
    codes = [sku.code for sku in world.skus]
    plans = (
        ("came", warehouse, first, ((codes[3], 4), (codes[40], 3)), 9),
        ("part", warehouse, second, ((codes[17], 4), (codes[60], 2)), 4),
        ("moving", warehouse, first, ((codes[80], 3), (codes[81], 3), (codes[90], 2)), 0),
    )
    for name, source, target, lines, days_ago in plans:
        uid = _id(world, name)
        new = NewTransfer(uid, source, target, lines, _at(world, days_ago, 17))
        send(tx, [new], actor=_actor(world, warehouse), recorded_at=recorded_at)
    came = Receipt(_id(world, "came in"), _id(world, "came"), plans[0][3], _at(world, 8, 10))
    part = Receipt(
        _id(world, "part in"), _id(world, "part"), ((codes[17], 3),), _at(world, 3, 10),
        lost=((codes[17], 1, "damaged"),),
    )  # fmt: skip
    receive(tx, [came], actor=_actor(world, first), recorded_at=recorded_at)
    receive(tx, [part], actor=_actor(world, second), recorded_at=recorded_at)


def _count(tx: Tx, world: World, recorded_at: datetime) -> None:
    """Every tenth product of a category was off by one or two."""
    uid, at = _id(world, "count"), _at(world, 3, 9)
    if history.counted(tx, uid) is not None:
        return
    place = next(one for one in places.places(tx) if one.code == world.places[0].code)
    ids = catalogue.ids_by_code(tx, sheets.shelf(tx, place.id, category=COUNTED))
    known = sheets.expected(tx, place.id, list(ids.values()), counted_at=at)
    lines = tuple(
        (code, max(0, known[sku].booked + {0: -2, 6: 1}.get(n % 10, 0)))
        for n, (code, sku) in enumerate(sorted(ids.items()))
    )
    if lines:
        new = NewCount(uid, place.code, at, lines)
        count(tx, [new], actor=_actor(world, place.code), recorded_at=recorded_at)


def _set_aside(tx: Tx, world: World, recorded_at: datetime) -> None:
    """Goods kept in the stores for members, until within a week."""
    cards = [record.card_no for record in world.records() if record.card_no][:6]
    stores = [place.code for place in world.places if place.kind == "store"]
    codes = [sku.code for sku in world.skus]
    wishes = []
    for n, card in enumerate(cards):
        person = customers.find_credential(tx, card, viewer=VIEWER)
        if person is None:
            continue
        kind = "special_order" if n % 3 == 2 else "set_aside"
        ends = _at(world, -1 - n, 20)
        at = _at(world, n % 4, 12)
        holder = f"record:{person.record_ids[0]}"
        lines = ((codes[(n * 31 + 7) % len(codes)], 1 + n % 2),)
        uid = _id(world, f"hold {n}")
        wishes.append(NewHold(uid, stores[n % len(stores)], kind, holder, lines, at, ends))
    actor = _actor(world, stores[0])
    hold(tx, wishes, actor=actor, recorded_at=recorded_at)
