"""What people did besides buying: visits to the web shop, searches, views, carts, questions, use.

A pure function of the world, beside its receipts. A session before a purchase holds a view of
every article bought, and views or carts of some that were not: `left` says which, so the truth of
"considered, not bought" is known. Other sessions end without a purchase.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

from sim import afar
from sim.miyabido import ZONE, World
from sim.names import SYSTEMS

DAYS = 56
SEARCHES, LEAVES_IN_CART, ASKS, USES = 0.45, 0.22, 0.05, 0.03
ONLY_LOOKS = (0.5, 0.24, 0.15, 0.11)
"""How often a member looks in four weeks without buying: not at all, once, twice, three times."""
_MEMBERS = SYSTEMS.index("ec")
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/touches")


class Touch(NamedTuple):
    """One thing somebody did. `kind` is visit, search, view, cart, ask or use."""

    uid: UUID
    kind: str
    at: datetime
    sku_code: str = ""
    words: str = ""
    place_code: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """What one person did in one go, the purchase it ended in (if any), and what was left.

    `source` and `key` are how a system knows the person; a card is known to the source `pos`.
    """

    uid: UUID
    source: str
    key: str
    touches: tuple[Touch, ...]
    bought: UUID | None = None
    left: frozenset[str] = frozenset()


def sessions(world: World, *, days: int = DAYS) -> Iterator[Session]:
    """Every session of the last days: those that ended in a purchase, then those that did not."""
    first = max(world.start, world.end - timedelta(days=days - 1))
    for receipt in world.receipts(since=first):
        codes = tuple(line.sku_code for line in receipt.lines)
        if receipt.member is None or receipt.source == "mall":
            continue
        who = (receipt.source, receipt.member.value)
        if receipt.source == "ec":
            yield _shopped(world, who, receipt.uid, receipt.occurred_at, codes)
        else:
            asked = _at_the_shelf(world, who, receipt.uid, receipt.place_code,
                                  receipt.occurred_at, codes)  # fmt: skip
            if asked is not None:
                yield asked
    for order in afar.ordered(world):
        codes = tuple(item.sku_code for item in order.items)
        yield _shopped(world, ("ec", order.record.source_key), order.uid, order.at, codes)
    yield from _only_looked(world, first)


def _shopped(
    world: World, who: tuple[str, str], document: UUID, at: datetime, codes: Sequence[str]
) -> Session:
    """A visit that ended in an order: what was bought and what was looked at beside it."""
    rng = Random(f"{world.seed}:touch:{document}")
    others = _beside(world, rng, at, codes, rng.choice((0, 1, 1, 2, 3)))
    walk = _Walk(document, at - timedelta(minutes=rng.uniform(5, 26)), rng)
    walk.step("visit")
    if rng.random() < SEARCHES:
        walk.step("search", words=_words(world, rng, codes[0]))
    looked = [*codes, *others]
    rng.shuffle(looked)
    for code in looked:
        walk.step("view", code)
    in_cart = [code for code in others if rng.random() < LEAVES_IN_CART]
    for code in (*codes, *in_cart):
        walk.step("cart", code)
    touches = _squeezed(walk.touches, at)
    return Session(walk.uid, *who, touches, document, frozenset(others))


def _at_the_shelf(
    world: World, who: tuple[str, str], document: UUID, place: str, at: datetime,
    codes: Sequence[str],
) -> Session | None:  # fmt: skip
    """A question to the staff about something that was not bought, or a word about its use."""
    rng = Random(f"{world.seed}:shelf:{document}")
    draw = rng.random()
    if draw < ASKS:
        (other,) = _beside(world, rng, at, codes, 1)
        walk = _Walk(document, at - timedelta(minutes=rng.uniform(2, 9)), rng)
        walk.step("ask", other, place=place)
        return Session(walk.uid, *who, tuple(walk.touches), document, frozenset({other}))
    later = at + timedelta(days=rng.randint(3, 9))
    if draw < ASKS + USES and later.date() <= world.end:
        walk = _Walk(document, later, rng)
        walk.step("use", codes[0], words=rng.choice(_USED))
        return Session(walk.uid, *who, tuple(walk.touches))
    return None


def _only_looked(world: World, first: date) -> Iterator[Session]:
    """Members of the web shop who came to look; the actor of the first story looks for boxes."""
    weeks = ((world.end - first).days + 1) / 28
    for person, system in world.people.each():
        since = int(world.people.registered[person, system])
        if system != _MEMBERS or since > world.end.toordinal():
            continue
        rng = Random(f"{world.seed}:look:{person}")
        leading = person == world.cast.leading
        times = 3 if leading else round(rng.choices(range(4), ONLY_LOOKS)[0] * weeks)
        key = world.record(person, system).source_key
        for n in range(times):
            day = world.end - timedelta(days=rng.randrange((world.end - first).days + 1))
            if day.toordinal() < since:
                continue
            at = datetime.combine(day, time(rng.randint(7, 22), rng.randint(0, 59)), ZONE)
            yield _looked(world, rng, key, uuid5(_UIDS, f"look:{key}:{n}"), at, leading=leading)


def _looked(
    world: World, rng: Random, key: str, uid: UUID, at: datetime, *, leading: bool
) -> Session:
    walk = _Walk(uid, at, rng)
    walk.step("visit")
    if leading:
        hit = world.story_sku("hit")
        walk.step("search", words=f"{hit.name['ja']} 箱")
        walk.step("view", hit.code)
        return Session(walk.uid, "ec", key, tuple(walk.touches), left=frozenset({hit.code}))
    first = rng.choice(world.on_sale(at.date())).code
    seen = [first, *_beside(world, rng, at, (first,), rng.randint(0, 3))]
    if rng.random() < SEARCHES:
        walk.step("search", words=_words(world, rng, first))
    for code in seen:
        walk.step("view", code)
    if rng.random() < LEAVES_IN_CART:
        walk.step("cart", seen[-1])
    return Session(walk.uid, "ec", key, tuple(walk.touches), left=frozenset(seen))


class _Walk:
    """Steps one after the other, each with an id of its own."""

    def __init__(self, document: UUID, at: datetime, rng: Random) -> None:
        self.uid = uuid5(_UIDS, f"session:{document}")
        self.touches: list[Touch] = []
        self._at, self._rng = at, rng

    def step(self, kind: str, sku_code: str = "", *, words: str = "", place: str = "") -> None:
        """The next thing done, half a minute or so after the last."""
        uid = uuid5(_UIDS, f"{self.uid}:{len(self.touches)}")
        self.touches.append(Touch(uid, kind, self._at, sku_code, words, place))
        self._at += timedelta(seconds=self._rng.uniform(8, 75))


def _squeezed(touches: list[Touch], end: datetime) -> tuple[Touch, ...]:
    """All before the purchase, in their order, however many there were."""
    first, last = touches[0].at, touches[-1].at
    room = (end - first) * 0.95
    if last - first <= room:
        return tuple(touches)
    part = room / (last - first)
    return tuple(one._replace(at=first + (one.at - first) * part) for one in touches)


def _beside(world: World, rng: Random, at: datetime, codes: Sequence[str], count: int) -> list[str]:
    """Other articles of the same departments: what one looks at beside."""
    departments = {world.by_code[code].category_code for code in codes}
    goods = [sku for sku in world.on_sale(at.date()) if sku.code not in codes]
    near = [sku.code for sku in goods if sku.category_code in departments]
    near = near or [sku.code for sku in goods]
    return rng.sample(near, min(count, len(near)))


def _words(world: World, rng: Random, code: str) -> str:
    """What somebody types who looks for an article: its name, or its department."""
    sku = world.by_code[code]
    department = next(c.name["ja"] for c in world.categories if c.code == sku.category_code)
    return rng.choice(
        (sku.name["ja"], sku.name["ja"].split()[0], department, f"{department} ギフト")
    )


_USED = ("毎朝使っています", "贈って喜ばれました", "使い切りました", "思ったより小さめでした")
