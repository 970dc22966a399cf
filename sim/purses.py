"""Points and coupons that members used in the last four weeks: which receipt, and how much.

A pure function of the world. Nobody spends more than half of what they brought, once, so that it
never depends on what else they earned; the actors of the stories pay as the stories say.
"""

from collections.abc import Mapping
from hashlib import blake2b
from random import Random
from typing import NamedTuple
from uuid import UUID

from sim.miyabido import World
from sim.people import key_of
from sim.world import Receipt

WELCOME = "GOEN-500"
WELCOME_MINOR, WELCOME_FROM_MINOR = 500, 3_000
SPENDS, USES = 0.3, 0.07
_STEP, _LEAST = 50, 100
_SYSTEMS = {"pos": 0, "ec": 1}


class Used(NamedTuple):
    """What came off a receipt's money: points (one yen each), or a coupon."""

    points: int = 0
    coupon: str = ""


def brought(name: str) -> int:
    """The points that whoever is known by this name had in the systems before; 0 for some."""
    digest = blake2b(name.encode(), digest_size=4).digest()
    return max(0, (digest[0] << 8 | digest[1]) % 900 - 200)


def used(world: World) -> Mapping[UUID, Used]:
    """By receipt, over the four weeks."""
    found: dict[UUID, Used] = {}
    spent: set[int] = set()
    numbers = _people(world)
    for receipt in world.receipts(since=world.window[0]):
        person = numbers.get(receipt.member.value) if receipt.member else None
        if person is None or person < world.cast.size:
            continue
        one = _one(world, receipt, person, has_spent=person in spent)
        if one is not None:
            found[receipt.uid] = one
            spent.add(person)
    return found


def _people(world: World) -> dict[str, int]:
    """Keys of the shop's own systems, and whose they are."""
    return {
        key_of(system, person): person
        for person, system in world.people.each()
        if system in _SYSTEMS.values()
    }


def _one(world: World, receipt: Receipt, person: int, *, has_spent: bool) -> Used | None:
    rng = Random(f"{world.seed}:purse:{receipt.uid}")
    money = max((tender.amount_minor for tender in receipt.tenders), default=0)
    if receipt.total_minor >= WELCOME_FROM_MINOR and rng.random() < USES:
        return Used(coupon=WELCOME)
    most = min(brought(_name(world, person, shown=receipt.source)), money) // 2 // _STEP * _STEP
    if has_spent or most < _LEAST or rng.random() >= SPENDS:
        return None
    return Used(points=rng.randrange(_LEAST, most + 1, _STEP))


def _name(world: World, person: int, *, shown: str) -> str:
    """Whom an account was opened for: the web's member first, where both are known as one.

    Where they are two, it is the one who was `shown` by the system of the receipt.
    """
    knows = world.people.registered[person, :2] <= world.end.toordinal()
    joined = bool(world.people.same_mail[person])
    system = (1 if knows[1] else 0) if joined or not all(knows) else _SYSTEMS[shown]
    return f"{'ec' if system else 'pos'}:{key_of(system, person)}"
