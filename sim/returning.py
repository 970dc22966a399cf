"""What shoppers brought back within the last four weeks: which line of which sale, where and why.

A pure function of the world. Most go back to where they bought, some to another store; what came
from the web is sent back or brought to a store. The stories keep their goods.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from sim import purses
from sim.masters import CREWS, WAREHOUSE
from sim.miyabido import ZONE, World
from sim.people import STORES, key_of
from sim.world import Receipt

IN_STORE, ONLINE, ELSEWHERE, BY_PARCEL = 0.012, 0.03, 0.25, 0.45
_REASONS = ("changed_mind", "size", "faulty")
_FOOD = ("changed_mind", "faulty")
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/returns")


@dataclass(frozen=True, slots=True)
class Return:
    """One unit of one line (from 0) of a sale came back to a place."""

    uid: UUID
    document: UUID
    line: int
    place_code: str
    staff_code: str
    reason: str
    at: datetime


def returns(world: World) -> Iterator[Return]:
    """Every one, in the order of the sales."""
    stories = {world.skus[n].code for n in world.goods.story.values()}
    actors = {key_of(n, person) for person in range(world.cast.size) for n in range(2)}
    paid_apart = purses.used(world).keys()
    for receipt in world.receipts(since=world.window[0]):
        if receipt.source not in {"pos", "ec"} or receipt.uid in paid_apart:
            continue
        if receipt.member is not None and receipt.member.value in actors:
            continue
        if stories & {line.sku_code for line in receipt.lines}:
            continue
        one = _one(world, receipt)
        if one is not None:
            yield one


def _one(world: World, receipt: Receipt) -> Return | None:
    rng = Random(f"{world.seed}:return:{receipt.uid}")
    online = receipt.source == "ec"
    if rng.random() >= (ONLINE if online else IN_STORE):
        return None
    back: date = receipt.occurred_at.date() + timedelta(days=rng.randint(3 if online else 1, 9))
    if back > world.end or (back.month, back.day) == (1, 1):
        return None
    line = rng.randrange(len(receipt.lines))
    place, crew = _where(rng, receipt)
    at = datetime.combine(back, time(rng.randint(11, 18), rng.randint(0, 59)), ZONE)
    edible = world.by_code[receipt.lines[line].sku_code].tax_class == "reduced"
    reason = rng.choice(_FOOD if edible else _REASONS)
    uid = uuid5(_UIDS, str(receipt.uid))
    return Return(uid, receipt.uid, line, place, rng.choice(crew), reason, at)


def _where(rng: Random, receipt: Receipt) -> tuple[str, tuple[str, ...]]:
    """The place that takes it back, and who works there."""
    if receipt.source == "ec":
        if rng.random() < BY_PARCEL:
            return receipt.place_code, CREWS[WAREHOUSE]
        store = rng.choice(STORES)
    elif rng.random() < ELSEWHERE:
        store = rng.choice([one for one in STORES if one != receipt.place_code])
    else:
        store = receipt.place_code
    return store, CREWS[store]
