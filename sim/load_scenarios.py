"""The simulated shop's scenarios, walked through the days they have been going on by the product.

Whoever enters, waits, is written to and leaves is decided by Goen, day by day, under the clock of
that day, in one transaction, so that the shop's own worker never sees it half done; it goes on from
there. How people answer follows from who they are. Django must be set up before this is imported.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from goen.customers import queries as customers
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import (
    axes,
    clashes,
    measures,
    scenarios,
    scenarios_entering,
    scenarios_walking,
    tracking,
)
from goen.marketing.axes import NewAxis
from goen.marketing.measures_reading import standing
from goen.marketing.scenarios_templates import measure_of, steps_of, template
from goen.marketing.tracking import Asking
from goen.orders.selling import sell
from sim import campaigns, opening
from sim.flows import AXIS, AXIS_ABOUT, AXIS_NAME, BEGUN, FLOWS, Flow
from sim.load_mail import CLICKS, OPENS, _carry, sale_of
from sim.miyabido import ZONE, World

T = TypeVar("T")
_UIDS = uuid5(NAMESPACE_URL, "https://miyabido.example/scenarios")
_AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15"
_BATCH = 500
Mailed = tuple[int, date]
"""A record, and the day its last mail of the flow was sent."""


def load(world: World) -> None:
    """Both scenarios with their history. Killed anywhere and started again it is all there;
    repeating changes nothing."""
    with tx() as t:
        numbers = _known(t) or _live(t, world)
    for flow, number in numbers.items():
        _answer(world, flow, number)


def _known(t: Tx) -> dict[Flow, int]:
    """The numbers of those that were brought before; the answers may be missing."""
    found = {flow: standing(t, _uid(flow)) for flow in FLOWS}
    return {flow: one.number for flow, one in found.items() if one is not None}


def _live(t: Tx, world: World) -> dict[Flow, int]:
    """Begin both, and walk through their days: all of it in one transaction, or nothing."""
    numbers = {flow: _begin(t, world, flow) for flow in FLOWS}
    for ago in range(BEGUN, -1, -1):
        at = _at(world, ago, time(10, 5))
        if at > clock.now():
            break
        _one_day(t, world, at)
    return numbers


def _uid(flow: Flow) -> UUID:
    return uuid5(_UIDS, flow.code)


def _at(world: World, days_ago: int, clock_time: time) -> datetime:
    return datetime.combine(world.end - timedelta(days=days_ago), clock_time, ZONE)


def _begin(t: Tx, world: World, flow: Flow) -> int:
    """Written, made of its template, and begun on its day."""
    code = next(one.code for one in world.staff if one.role == "marketer")
    at = _at(world, BEGUN, time(9))
    actor = Actor("staff", code)
    _ok(axes.put(t, NewAxis(AXIS, AXIS_NAME, AXIS_ABOUT), actor=actor, recorded_at=at))
    made = template(flow.template)
    assert made is not None
    new = replace(
        measure_of(made, _uid(flow), language="ja", axis=AXIS, today=at.date()),
        evidence=flow.evidence, expected_minor=flow.expected_minor,
    )  # fmt: skip
    drafted = _ok(measures.draft(t, new, actor=actor, recorded_at=at))
    number = drafted.number
    _ok(scenarios.draft(t, new.uid, made.scenario, actor=actor, recorded_at=at))
    for step in steps_of(made, new.uid, language="ja"):
        _ok(scenarios.put_step(t, number, step, actor=actor, recorded_at=at))
    _accept(t, world, new.uid, at)
    _ok(scenarios.begin(t, number, actor=actor, recorded_at=at))
    return number


def _accept(t: Tx, world: World, uid: UUID, at: datetime) -> None:
    """What another measure says to everybody meanwhile is known, and accepted for the while."""
    found = standing(t, uid)
    assert found is not None
    listed = clashes.keep(t, clashes.find(t, at=at, measure_id=found.id), recorded_at=at)
    boss = Actor("staff", next(one.code for one in world.staff if one.role == "hq"))
    until = world.end + timedelta(days=campaigns.ACCEPTED_DAYS)
    why = "お一人ずつの出来事から届くご案内で、売り出しの訴求とは時期も相手も重ならない。"
    for finding in listed:
        _ok(clashes.accept(t, finding, why=why, until=until, actor=boss, recorded_at=at))


def _one_day(t: Tx, world: World, at: datetime) -> None:
    """Who enters and who goes on that day; their mail leaves and is read."""
    for scenario_id in scenarios_entering.due(t, at=at):
        scenarios_entering.enter(t, scenario_id, at=at)
    for again in range(6):
        if not scenarios_walking.walk(t, at=at + again * timedelta(minutes=11)):
            break
    runs = t.rows(
        "SELECT r.id, r.starts_at FROM marketing_run r"
        " JOIN marketing_scenario s ON s.measure_id = r.measure_id"
        " WHERE r.state = 'waiting' ORDER BY r.id"
    )
    for run_id, starts_at in runs:
        for token in _carry(t, run_id, at=starts_at):
            _read(t, world, token)


def _read(t: Tx, world: World, token: str) -> None:
    """Some open it, some of them follow its link."""
    one = tracking.delivered(t, token)
    assert one is not None
    assert one.sent_at is not None
    rng = Random(f"{world.seed}:flow:{one.record_id}:{one.sent_at:%j}")
    at = one.sent_at + timedelta(hours=rng.uniform(0.2, 9.0))
    if rng.random() >= OPENS or at > clock.now():
        return
    tracking.opened(t, token, Asking(agent=_AGENT), at=at)
    if rng.random() < CLICKS / OPENS:
        tracking.clicked(t, token, 0, Asking(agent=_AGENT), at=at + timedelta(seconds=40))


_LAST_MAIL = """
SELECT d.record_id, max(d.sent_at) FROM marketing_stepdone x
JOIN marketing_journey j ON j.id = x.journey_id
JOIN marketing_step st ON st.id = x.step_id
JOIN marketing_scenario s ON s.id = j.scenario_id
JOIN marketing_measure m ON m.id = s.measure_id
JOIN marketing_delivery d ON d.id = x.delivery_id AND d.state = 'sent' AND d.sent_at < %s
WHERE m.number = %s AND st.n = (SELECT max(n) FROM marketing_step
                                WHERE scenario_id = s.id AND kind = 'mail')
GROUP BY d.record_id ORDER BY d.record_id
"""


def _answer(world: World, flow: Flow, number: int) -> None:
    """Of those who got the last mail so many come once more."""
    with tx() as t:
        mailed = [
            (record, at.astimezone(ZONE).date())
            for record, at in t.rows(_LAST_MAIL, [_at(world, 0, time.max), number])
        ]
        visits = list(_visits(t, world, flow, mailed))
    for start in range(0, len(visits), _BATCH):
        with tx() as t:
            sales = [sale_of(one) for one in visits[start : start + _BATCH]]
            for sold in sell(t, sales, actor=opening.ACTOR, recorded_at=clock.now()):
                _ok(sold)


def _visits(t: Tx, world: World, flow: Flow, mailed: list[Mailed]) -> Iterator[campaigns.Visit]:
    keys = [(one.source, one.source_key) for one in world.records()]
    of_record = {id_: key for key, id_ in customers.records_of_keys(t, keys).items()}
    for record, day in mailed:
        key = of_record.get(record)
        if key is not None:
            yield from campaigns.answers(world, flow.answered(world.end, day), [key])


def _ok(answer: T | Refusal) -> T:
    """A refusal here is a bug of ours, not of the shop."""
    assert not isinstance(answer, Refusal), answer
    return answer
