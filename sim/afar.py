"""Orders from afar: what the web shop's members ordered in the last two weeks, and what became
of each. A pure function of the world, beside its receipts; the planted stories keep their goods.

Most were sent the next day, some in two parcels; some are collected in a store. Of the last days
some still wait, one of them too long; a few were given up or came back; and one firm's order lost
its goods to a shopper at the till.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sim.masters import CREWS, WAREHOUSE
from sim.miyabido import ZONE, World
from sim.people import STORES
from sim.world import Record, Sku

DAYS = 14
A_DAY = (4, 7)
FEE_MINOR = 550
FREE_FROM_MINOR = 6_000
COLLECTS, SPLITS, GIVES_UP, RETURNS = 0.26, 0.14, 0.06, 0.08
FORGOTTEN, FORGETS = range(3, 6), 0.12
"""How many days ago an order was that nobody sent; how often that happened in a small shop (in a
larger one somebody looks)."""
PEOPLE = 2_000
"""The shop that has so many orders a day; a larger one has more in proportion."""
CARRIERS = (("ヤマト運輸", "4{:011d}"), ("佐川急便", "3{:011d}"), ("日本郵便", "6{:011d}"))
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/orders")


class Item(NamedTuple):
    """A line: an article, how many, and its price with tax on that day."""

    sku_code: str
    qty: int
    unit_price_minor: int


class Deed(NamedTuple):
    """What was done about an order: `what` is ship, ready, hand_over, cancel or take_back.

    `lines` are the positions it is about, from 0; all of them where empty.
    """

    what: str
    at: datetime
    staff: str
    lines: tuple[int, ...] = ()
    place: str = ""
    carrier: str = ""
    tracking_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order of a member of the web shop, and the deeds that followed by the end of the world."""

    number: str
    at: datetime
    record: Record
    items: tuple[Item, ...]
    collect_at: str | None
    pays: str
    deeds: tuple[Deed, ...]
    from_place: str | None = None

    @property
    def uid(self) -> UUID:
        """The caller's id."""
        return uuid5(_UIDS, self.number)

    @property
    def goods_minor(self) -> int:
        """What the goods come to."""
        return sum(item.qty * item.unit_price_minor for item in self.items)

    @property
    def fee_minor(self) -> int:
        """For the delivery; nothing above an amount, or for what is collected."""
        free = self.collect_at is not None or self.goods_minor >= FREE_FROM_MINOR
        return 0 if free else FEE_MINOR

    def uid_of(self, n: int) -> UUID:
        """The id of its n-th deed."""
        return uuid5(_UIDS, f"{self.number}:{n}")


def ordered(world: World) -> list[Ordered]:
    """Every order of the last two weeks, in order of time."""
    rng = Random(f"{world.seed}:afar:{world.end}")
    members = _members(world)
    goods = _goods(world)
    if not members or not goods:
        return []
    first = max(world.window[0] + timedelta(days=2), world.end - timedelta(days=DAYS - 1))
    found = []
    for day in _days(first, world.end):
        for at in sorted(_moments(rng, day, len(world.people))):
            number = f"EO-{day:%m%d}{len(found) + 1:03d}"
            found.append(_one(world, rng, number, at, rng.choice(members), goods))
    return found


def bulk(world: World) -> Ordered | None:
    """What a firm orders on the last day from a store's shelf, where a till sells it meanwhile."""
    members = _members(world)
    goods = _goods(world)
    if not members or not goods:
        return None
    sku = goods[len(goods) // 2]
    at = datetime.combine(world.end, time(11, 20), ZONE)
    item = Item(sku.code, 1, _price(sku, world.end))
    record = members[len(members) // 2]
    number = f"EO-{world.end:%m%d}900"
    return Ordered(number, at, record, (item,), None, "transfer", (), from_place="shibuya")


def _members(world: World) -> list[Record]:
    """Members of the web shop, as it knows them, from before the two weeks."""
    until = (world.end - timedelta(days=DAYS)).toordinal()
    return [
        world.record(person, system)
        for person, system in world.people.each()
        if system == 1 and world.people.registered[person, system] <= until
    ][: max(400, len(world.people) // 5)]


def _goods(world: World) -> list[Sku]:
    """What may be ordered: no story's article, nothing for adults only."""
    return [sku for sku in world.on_sale(world.end) if not sku.age20]


def _days(first: date, last: date) -> Iterator[date]:
    for n in range((last - first).days + 1):
        yield first + timedelta(days=n)


def _moments(rng: Random, day: date, people: int) -> Iterator[datetime]:
    for _ in range(round(rng.randint(*A_DAY) * max(1.0, people / PEOPLE))):
        minutes = rng.randint(7 * 60, 22 * 60)
        yield datetime.combine(day, time(), ZONE) + timedelta(minutes=minutes)


def _price(sku: Sku, day: date) -> int:
    return [dated.value for dated in sku.prices if dated.valid_from <= day][-1]


def _one(
    world: World, rng: Random, number: str, at: datetime, record: Record, goods: list[Sku]
) -> Ordered:
    chosen = rng.sample(goods, min(len(goods), rng.choice((1, 2, 2, 3, 4))))
    items = tuple(
        Item(sku.code, rng.choice((1, 1, 1, 2, 3)), _price(sku, at.date())) for sku in chosen
    )
    collect_at = rng.choice(STORES) if rng.random() < COLLECTS else None
    pays = rng.choices(("card", "qr", "transfer"), (7, 2, 1))[0]
    forgets = FORGETS / max(1.0, len(world.people) / PEOPLE)
    waits = (world.end - at.date()).days in FORGOTTEN and rng.random() < forgets
    sent = [] if waits else _sent(rng, at, len(items))
    deeds = _collected(rng, at, collect_at) if collect_at else sent
    if rng.random() < GIVES_UP:
        deeds = [Deed("cancel", at + timedelta(hours=2), "H03", reason="shopper")]
    closing = datetime.combine(world.end, time(21), ZONE)
    done = tuple(deed for deed in deeds if deed.at <= closing)
    source = None if collect_at else WAREHOUSE
    return Ordered(number, at, record, items, collect_at, pays, done, from_place=source)


def _sent(rng: Random, at: datetime, lines: int) -> list[Deed]:
    """Sent the next day, some of it two days later; a little of it comes back."""
    sent = _next_day(at, 1, 10 + rng.randint(0, 5), rng.randint(0, 59))
    carrier, pattern = rng.choice(CARRIERS)
    staff = rng.choice(CREWS[WAREHOUSE])

    def parcel(when: datetime, which: tuple[int, ...]) -> Deed:
        number = pattern.format(rng.randint(0, 10**11 - 1))
        return Deed("ship", when, staff, which, "", carrier, number)

    if lines > 1 and rng.random() < SPLITS:
        rest = tuple(range(1, lines))
        return [parcel(sent, (0,)), parcel(sent + timedelta(days=2), rest)]
    deeds = [parcel(sent, ())]
    if rng.random() < RETURNS:
        came = sent + timedelta(days=rng.randint(2, 4), hours=2)
        reason = rng.choice(("size", "changed_mind", "faulty"))
        store = rng.choice(STORES)
        clerk = rng.choice(CREWS[store])
        deeds.append(Deed("take_back", came, clerk, (0,), store, reason=reason))
    return deeds


def _collected(rng: Random, at: datetime, store: str) -> list[Deed]:
    """Laid ready the next morning, fetched within four days."""
    crew = CREWS[store]
    ready = _next_day(at, 1, 10, rng.randint(20, 59))
    fetched = _next_day(at, rng.randint(1, 4), 15 + rng.randint(0, 4), rng.randint(0, 59))
    return [
        Deed("ready", ready, rng.choice(crew)),
        Deed("hand_over", fetched, rng.choice(crew)),
    ]


def _next_day(at: datetime, days: int, hour: int, minute: int) -> datetime:
    day = at.date() + timedelta(days=days)
    return datetime.combine(day, time(hour, minute), ZONE)
