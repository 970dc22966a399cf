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
from sim.names import SYSTEMS, key_of
from sim.papers import FLYER
from sim.world import Receipt

WELCOME = "GOEN-500"
WELCOME_MINOR, WELCOME_FROM_MINOR = 500, 3_000
SPENDS, USES = 0.3, 0.07
_STEP, _LEAST = 50, 100
_SYSTEMS = ("pos", "ec")


class Used(NamedTuple):
    """What came off a receipt's money: points (one yen each), or a coupon."""

    points: int = 0
    coupon: str = ""
    off_minor: int = WELCOME_MINOR
    """What the coupon takes off."""


def brought(name: str) -> int:
    """The points that whoever is known by this name had in the systems before; 0 for some."""
    digest = blake2b(name.encode(), digest_size=4).digest()
    return max(0, (digest[0] << 8 | digest[1]) % 900 - 200)


def used(world: World) -> Mapping[UUID, Used]:
    """By receipt, over the four weeks."""
    found: dict[UUID, Used] = {}
    spent: set[str] = set()
    names = accounts(world)
    for receipt in world.receipts(since=world.window[0]):
        number = _cut_out(world, receipt)
        if number:
            found[receipt.uid] = Used(coupon=number, off_minor=FLYER.off_minor)
            continue
        name = names.get(receipt.member.value) if receipt.member else None
        if name is None:
            continue
        one = _one(world, receipt, name, has_spent=name in spent)
        if one is not None:
            found[receipt.uid] = one
            spent.add(name)
    return found


def _cut_out(world: World, receipt: Receipt) -> str:
    """The flyer's code, where it was shown: by anybody, in its places and days."""
    first, last = FLYER.days(world.end)
    day = receipt.occurred_at.date()
    if receipt.place_code not in FLYER.places or not first <= day <= last:
        return ""
    if receipt.total_minor < FLYER.least_minor or max(
        tender.amount_minor for tender in receipt.tenders
    ) <= FLYER.off_minor:  # fmt: skip
        return ""
    rng = Random(f"{world.seed}:flyer:{receipt.uid}")
    return FLYER.number if rng.random() < FLYER.redeems else ""


def accounts(world: World) -> dict[str, str]:
    """Keys of the shop's own systems, but the stories' actors', and the name of their account.

    Records that share a proven mail have one account, in the name of the web's member.
    """
    last, people = world.end.toordinal(), world.people
    found: dict[str, str] = {}
    for person, system in people.each():
        if SYSTEMS[system] not in _SYSTEMS or person < world.cast.size:
            continue
        one = system
        if people.same_mail[person] and system == 0 and people.registered[person, 1] <= last:
            one = 1
        found[key_of(system, person)] = f"{SYSTEMS[one]}:{key_of(one, person)}"
    return found


def _one(world: World, receipt: Receipt, name: str, *, has_spent: bool) -> Used | None:
    rng = Random(f"{world.seed}:purse:{receipt.uid}")
    money = max((tender.amount_minor for tender in receipt.tenders), default=0)
    if receipt.total_minor >= WELCOME_FROM_MINOR and rng.random() < USES:
        return Used(coupon=WELCOME)
    most = min(brought(name), money) // 2 // _STEP * _STEP
    if has_spent or most < _LEAST or rng.random() >= SPENDS:
        return None
    return Used(points=rng.randrange(_LEAST, most + 1, _STEP))
