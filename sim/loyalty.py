"""The simulated shop's points: a programme, everybody's account, what they brought, a coupon.

Points are in the ledger from the day the shop went live. Members bring the points they had in the
systems before, and records of one person share an account. Repeating changes nothing.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from datetime import date, datetime, time
from hashlib import blake2b
from itertools import islice
from uuid import NAMESPACE_URL, uuid5

from goen.customers import queries as customers
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.points import accounts, coupons, grants, programmes
from goen.points.accounts import Opened
from goen.points.coupons import Issued, NewCoupon, NewKind
from goen.points.grants import Granted, NewGrant
from goen.points.programmes import NewProgramme
from goen.points.rules import months_later
from sim.miyabido import ZONE, World
from sim.names import SYSTEMS, key_of
from sim.papers import PAPERS
from sim.purses import WELCOME, WELCOME_FROM_MINOR, WELCOME_MINOR, brought

ACTOR = Actor("import", "miyabido")
PROGRAMME = "goen"
_LOYAL = uuid5(NAMESPACE_URL, "https://miyabido.example/points")
_SYSTEMS = ("pos", "ec")
_BATCH = 1_000


def open_programme(tx: Tx, world: World, *, recorded_at: datetime) -> None:
    """100 yen are a point that lives for a year; a welcome coupon for whoever has it."""
    by = {"actor": ACTOR, "recorded_at": recorded_at}
    points = NewProgramme(
        PROGRAMME, {"ja": "ご縁ポイント", "en": "Goen points"}, points_from=world.window[0]
    )
    assert isinstance(programmes.put(tx, points, **by), int)
    terms = NewKind(
        "welcome", {"ja": "はじめての500円引き", "en": "500 yen off, to begin with"}, "amount",
        WELCOME_MINOR, alone=True, least_minor=WELCOME_FROM_MINOR, valid_from=world.window[0],
    )  # fmt: skip
    assert isinstance(coupons.put_kind(tx, terms, **by), int)
    opened = datetime.combine(world.window[0], time(9), ZONE)
    uses = max(1_000, len(world.people) // 10)
    wishes = [NewCoupon(uuid5(_LOYAL, WELCOME), "welcome", opened, WELCOME, uses=uses)]
    for paper in PAPERS:
        first, last = paper.days(world.end)
        kind = NewKind(paper.kind, paper.name, "amount", paper.off_minor, valid_from=first,
                       least_minor=paper.least_minor, valid_to=last)  # fmt: skip
        assert isinstance(coupons.put_kind(tx, kind, **by), int)
        uid = uuid5(_LOYAL, paper.number)
        wishes.append(NewCoupon(uid, paper.kind, opened, paper.number, uses=uses))
    issued = coupons.issue(tx, wishes, **by)
    assert all(isinstance(one, Issued) for one in issued), issued


def open_accounts(world: World, *, recorded_at: datetime, of: Container[int] | None = None) -> None:
    """An account for every person the shop's own systems know, with the points of before.

    Some at a time, each time in a transaction of its own. With `of`, for these people only.
    """
    keys = list(_keys(world, of))
    with tx() as t:
        ids = customers.records_of_keys(t, keys)
        people = customers.person_of_records(t, list(ids.values()))
    records: dict[int, list[int]] = defaultdict(list)
    for key in sorted(ids):
        records[people[ids[key]]].append(ids[key])
    named = {id_: key for key, id_ in ids.items()}
    for batch in _batches(records.values()):
        with tx() as t:
            _open_some(t, world, batch, named, recorded_at=recorded_at)


def _keys(world: World, of: Container[int] | None) -> Iterator[tuple[str, str]]:
    """(source, key) of every record of the shop's own systems."""
    end = world.end.toordinal()
    for person, system in world.people.each():
        if of is not None and person not in of:
            continue
        if SYSTEMS[system] in _SYSTEMS and world.people.registered[person, system] <= end:
            yield SYSTEMS[system], key_of(system, person)


def _open_some(
    t: Tx,
    world: World,
    batch: list[list[int]],
    named: dict[int, tuple[str, str]],
    *,
    recorded_at: datetime,
) -> None:
    by = {"actor": ACTOR, "recorded_at": recorded_at}
    answers = accounts.open_for(t, [own[0] for own in batch], programme=PROGRAMME, **by)
    opened = [one for one in answers if isinstance(one, Opened)]
    assert len(opened) == len(batch), answers
    for own, account in zip(batch, opened, strict=True):
        for other in own[1:]:
            accounts.join(t, other, account.account_id, **by)
    wishes = [
        grant
        for own, account in zip(batch, opened, strict=True)
        for grant in _brought(world, account.account_id, ":".join(named[own[0]]))
    ]
    given = grants.grant(t, wishes, **by)
    assert all(isinstance(one, Granted) for one in given), given


def _brought(world: World, account_id: int, name: str) -> Iterator[NewGrant]:
    """Most members bring points, some that end soon: drawn from their name, for ever the same."""
    qty, months = brought(name), 1 + blake2b(name.encode(), digest_size=4).digest()[2] % 12
    if qty == 0:
        return
    opened = datetime.combine(world.window[0], time(9), ZONE)
    ends: date = months_later(world.window[0], months)
    uid = uuid5(_LOYAL, f"{world.window[0]} {name}")
    yield NewGrant(uid, account_id, qty, "take_over", opened, ends)


def _batches(things: Iterable[list[int]]) -> Iterator[list[list[int]]]:
    walk = iter(things)
    while batch := list(islice(walk, _BATCH)):
        yield batch
