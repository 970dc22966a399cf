"""Proposals of the last days in the simulated shop: made, shown at the till, some of them taken.

The shop switches its automatic work on a week before the last day; until all of that week is told
it rests, so that nothing of today is proposed first. What is proposed is the product's own choice;
who takes it follows from who they are. Without an analyst at work there is nothing to propose.
Django must be set up before this is imported.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from datetime import time as clock_time
from random import Random
from uuid import NAMESPACE_URL, UUID, uuid5

from goen.customers import queries as customers
from goen.insight import analyst, lake, tastes
from goen.kit import clock, home
from goen.kit.actors import Actor, Viewer
from goen.kit.db import Tx, tx
from goen.marketing import automation, proposals, proposals_making
from goen.marketing.proposals import ProposalShown
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold
from goen.orders.selling import sell
from sim import opening
from sim.masters import CREWS
from sim.miyabido import ZONE, World
from sim.people import key_of
from sim.world import Record

DAYS = 6
TAKES, LOOKS, REFUSES = 0.05, 0.10, 0.03
WAITS_S = 90.0
_AT_ONCE = 400
_VIEWER = Viewer("sim", "hq")
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/proposals")
_WHY = ("not_now", "has_it", "not_wanted", "not_them")


def hold_back(t: Tx, world: World) -> None:
    """Nothing acts by itself yet. Whoever switched it meanwhile has their way."""
    if t.value("SELECT count(*) FROM kit_setting WHERE name = %s", [automation.SWITCH]):
        return
    at = _at(world, DAYS + 20, 9)
    refused = automation.switch(t, on=False, actor=opening.ACTOR, recorded_at=at)
    assert refused is None, refused


def load(world: World) -> None:
    """Switch the automatic work on, as of a week ago, and tell what came of it. Done once."""
    with tx() as t:
        if automation.is_on(t):
            return
    _wait_for_candidates()
    at = _at(world, DAYS, 8)
    boss = Actor("staff", next(one.code for one in world.staff if one.role == "hq"))
    with tx() as t:
        automation.switch(t, on=True, actor=boss, recorded_at=at)
        _make(t, world, at)


def _wait_for_candidates() -> None:
    """Until the analyst has looked at all that was loaded; not where nobody does."""
    since, until = clock.now(), time.monotonic() + WAITS_S
    while _somebody_works() and time.monotonic() < until:
        with tx() as t:
            found = tastes.as_of(t)
        if found is not None and found > since:
            return
        time.sleep(0.5)


def _somebody_works() -> bool:
    try:
        with analyst.only_one(lake.folder_of(home.current_shop_name())):
            return False
    except analyst.Busy:
        return True


def _make(t: Tx, world: World, at: datetime) -> None:
    records = {(one.source, one.source_key): one for one in world.records()}
    by_id = {id_: records[key] for key, id_ in customers.records_of_keys(t, list(records)).items()}
    actors = {key_of(n, person) for person in range(world.cast.size) for n in range(2)}
    after = 0
    while people := tastes.people_with_candidates(t, after=after, limit=_AT_ONCE):
        after = people[-1]
        proposals_making.make(t, people, on=at.date(), recorded_at=at)
        shown = proposals.of_people(t, people, viewer=_VIEWER, on=at.date())
        known = [one for one in shown.values() if one.record_id in by_id]
        free = [one for one in known if by_id[one.record_id].source_key not in actors]
        _tell(t, world, free, by_id)


def _tell(t: Tx, world: World, made: Sequence[ProposalShown], by_id: Mapping[int, Record]) -> None:
    """At the till: some take it along, some only hear of it, some say why not."""
    clerk = Actor("staff", CREWS["shibuya"][1])
    for one, rng, at in _moments(world, made, by_id):
        draw = rng.random()
        if draw >= TAKES + LOOKS + REFUSES:
            continue
        record = by_id[one.record_id]
        uid = uuid5(_UIDS, f"{world.end}:{record.source_key}")
        by = {"actor": clerk, "recorded_at": at}
        proposals.shown(t, one.uid, "till", str(uid), **by)
        if draw < TAKES:
            (sold,) = sell(t, [_sale(world, one, record, uid, rng, at)], actor=opening.ACTOR,
                           recorded_at=clock.now())  # fmt: skip
            assert isinstance(sold, Sold), sold
        elif draw > TAKES + LOOKS:
            proposals.dismiss(t, one.uid, rng.choice(_WHY), **by)


def _moments(
    world: World, made: Sequence[ProposalShown], by_id: Mapping[int, Record]
) -> Iterator[tuple[ProposalShown, Random, datetime]]:
    """Card members only: a visit some day since."""
    for one in sorted(made, key=lambda each: each.person_id):
        record = by_id[one.record_id]
        if record.source != "pos":
            continue
        rng = Random(f"{world.seed}:proposal:{record.source_key}")
        at = _at(world, rng.randrange(DAYS), rng.randint(10, 18))
        yield one, rng, at + timedelta(minutes=rng.randint(0, 59))


def _sale(
    world: World, one: ProposalShown, record: Record, uid: UUID, rng: Random, at: datetime
) -> Sale:
    """The article proposed, paid by card."""
    sku = next(sku for sku in world.skus if sku.code == one.sku_code)
    price = [dated.value for dated in sku.prices if dated.valid_from <= at.date()][-1]
    place = record.place_code or "shibuya"
    return Sale(
        uid=uid,
        place=place,
        channel="store",
        occurred_at=at,
        lines=(SaleLine(sku.code, 1),),
        tenders=(SaleTender("card", price),),
        source="pos",
        source_no=receipt_no(place, uid),
        staff=rng.choice(CREWS[place]),
        member=("card", record.source_key),
        expected_total_minor=price,
    )


def receipt_no(place: str, uid: UUID) -> str:
    """The number that a hand-held terminal prints: the third device of every store."""
    return f"{place[:3]}-3-{uid.int % 10**7:07}"


def _at(world: World, days_ago: int, hour: int) -> datetime:
    return datetime.combine(world.end - timedelta(days=days_ago), clock_time(hour), ZONE)
