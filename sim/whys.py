"""Why things were bought, as the shopper said it or the staff noted it, for a few receipts. Pure.

One receipt in twenty has a reason in the shopper's words, fewer one of the staff's. Whoever bought
up the article of the first story told a clerk what for.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sim.miyabido import World
from sim.people import key_of
from sim.world import Member

STATED, NOTED, LEADING_NOTED = 0.05, 0.03, 3
_CODES = ("self_use", "refill", "recommended", "event", "considered", "offer")
_WEIGHTS = (24, 20, 10, 6, 8, 10)
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/whys")


class Why(NamedTuple):
    """One reason for one receipt. `basis` is stated or staff."""

    uid: UUID
    document: UUID
    member: Member | None
    source: str
    basis: str
    code: str
    note: str = ""


def whys(world: World) -> Iterator[Why]:
    """Every reason of the last four weeks."""
    gifts = {sku.code for sku in world.skus if "gift" in sku.tags}
    leading = key_of(0, world.cast.leading)
    noted = 0
    for receipt in world.receipts(since=world.window[0]):
        if receipt.source == "mall":
            continue
        uid = uuid5(_UIDS, str(receipt.uid))
        if receipt.member is not None and receipt.member.value == leading:
            if noted < LEADING_NOTED:
                noted += 1
                yield Why(uid, receipt.uid, receipt.member, receipt.source, "staff", "self_use",
                          "職場で配るため、まとめて買われています")  # fmt: skip
            continue
        rng = Random(f"{world.seed}:why:{receipt.uid}")
        draw = rng.random()
        if draw >= STATED + NOTED:
            continue
        basis = "stated" if draw < STATED or receipt.source == "ec" else "staff"
        is_gift = rng.random() < 0.6 and any(line.sku_code in gifts for line in receipt.lines)
        code = "gift" if is_gift else rng.choices(_CODES, _WEIGHTS)[0]
        yield Why(uid, receipt.uid, receipt.member, receipt.source, basis, code)
