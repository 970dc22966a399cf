"""What the simulated shop said to its people enters by the verbs, each at the moment it happened.

Whoever is reached is drawn by the product; how they answer follows from who they are. Repeating
changes nothing. Django must be set up before this is imported.
"""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TypeVar

from goen.catalogue import queries as catalogue
from goen.customers import queries as customers
from goen.insight import arms, targets
from goen.kit import clock
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.marketing import axes, clashes, lists, measures
from goen.marketing.axes import NewAxis
from goen.marketing.measure import NewMeasure, NewPlacement, NewRemark
from goen.marketing.measures_reading import standing
from goen.orders.selling import sell
from goen.points import coupons
from goen.points.coupons import NewKind
from sim import aims, campaigns, load_mail, opening
from sim.campaigns import (
    ACCEPTED,
    ACCEPTED_WHY,
    AXES,
    BIRTHDAY,
    CARD,
    COUPON,
    COUPON_FROM_MINOR,
    COUPON_MINOR,
    OPPOSED,
    PLANS,
    Good,
    Plan,
)
from sim.load_mail import sale_of
from sim.miyabido import ZONE, World

T = TypeVar("T")
_BATCH = 500


def load(world: World) -> None:
    """Appeal points, then each measure: written, listed, launched, answered, ended."""
    with tx() as t:
        _put_axes(t, world)
    for plan in PLANS:
        with tx() as t:
            _live(t, world, plan)
        if plan.code == BIRTHDAY.code:
            with tx() as t:
                load_mail.send(t, world, plan, _reached(t, world, plan), actor=_marketer(world))
        elif plan.comes:
            _answer(world, plan)
    with tx() as t:
        over = _at(world, CARD.ends - 1, 4)
        measures.end_due(t, actor=Actor("system", "worker"), recorded_at=over)
        _learn(t, world, CARD)
        _aim(t, world)


def _at(world: World, days_ago: int, hour: int) -> datetime:
    return datetime.combine(world.end - timedelta(days=days_ago), time(hour), ZONE)


def _marketer(world: World) -> Actor:
    """Whoever does marketing, as the login page would have them."""
    return Actor("staff", next(one.code for one in world.staff if one.role == "marketer"))


def _put_axes(t: Tx, world: World) -> None:
    by = {"actor": _marketer(world), "recorded_at": _at(world, 90, 10)}
    for one in AXES:
        _ok(axes.put(t, NewAxis(one.code, one.name, one.about, _skus(t, world, one.goods)), **by))
    for code, other in OPPOSED:
        _ok(axes.oppose(t, code, other, **by))
    since = world.end - timedelta(days=30)
    name = {"ja": "誕生月の300円引き", "en": "300 yen off in the month of your birthday"}
    kind = NewKind(COUPON, name, "amount", COUPON_MINOR, least_minor=COUPON_FROM_MINOR,
                   valid_from=since)  # fmt: skip
    _ok(coupons.put_kind(t, kind, **by))


def _skus(t: Tx, world: World, goods: Sequence[Good]) -> tuple[int, ...]:
    codes = [sku.code for sku in campaigns.shelf(world, goods)]
    return tuple(catalogue.ids_by_code(t, codes)[code] for code in codes)


def _live(t: Tx, world: World, plan: Plan) -> None:
    """From the first draft to the launch. What is launched already stays as it is."""
    found = standing(t, plan.uid)
    if found is not None and found.state != "draft":
        return
    marketer = _marketer(world)
    new = _measure(t, world, plan)
    if found is None:
        _ok(measures.draft(t, new, actor=marketer, recorded_at=_at(world, plan.written, 11)))
    if plan.launched is None:
        return
    at = _at(world, plan.launched, 15)
    if plan.conditions:
        _ok(
            lists.freeze(
                t, uid=plan.uid_of("list"), measure_uid=plan.uid, conditions=new.conditions,
                channel=plan.channel, control_share=plan.control_share, actor=marketer,
                recorded_at=at,
            )
        )  # fmt: skip
    if plan in ACCEPTED[1:]:
        _accept(t, world, plan, at)
    _ok(measures.launch(t, plan.uid, actor=marketer, recorded_at=at))


def _measure(t: Tx, world: World, plan: Plan) -> NewMeasure:
    return NewMeasure(
        uid=plan.uid,
        title=plan.title,
        reason=plan.reason,
        evidence=plan.evidence,
        expected=plan.expected,
        expected_minor=round(plan.expected_minor * plan.scale(world)),
        starts_on=world.end - timedelta(days=plan.starts),
        ends_on=world.end - timedelta(days=plan.ends),
        window_days=plan.window_days,
        control_share=plan.control_share,
        skus=_skus(t, world, plan.goods),
        conditions={"all": plan.for_whom(world)} if plan.conditions else {},
        coupon_kind=plan.coupon,
        placements=tuple(
            NewPlacement(
                plan.uid_of(f"placement {n}"), one.channel, one.axis, one.medium, one.says,
                cost_minor=round(one.cost_minor * plan.scale(world)), place=one.place,
            )
            for n, one in enumerate(plan.speaks)
        ),
    )  # fmt: skip


def _accept(t: Tx, world: World, plan: Plan, at: datetime) -> None:
    """What contradicts it is listed before the launch; head office accepts that for a while."""
    found = standing(t, plan.uid)
    assert found is not None
    listed = clashes.keep(t, clashes.find(t, at=at, measure_id=found.id), recorded_at=at)
    boss = Actor("staff", next(one.code for one in world.staff if one.role == "hq"))
    until = world.end + timedelta(days=campaigns.ACCEPTED_DAYS)
    for finding in listed:
        _ok(clashes.accept(t, finding, why=ACCEPTED_WHY, until=until, actor=boss, recorded_at=at))


def _answer(world: World, plan: Plan) -> None:
    """Those it reached come once more, some of them."""
    with tx() as t:
        visits = list(campaigns.answers(world, plan, _reached(t, world, plan)))
    for start in range(0, len(visits), _BATCH):
        with tx() as t:
            number = plan.paper.number if plan.paper else ""
            sales = [
                sale_of(one, number if one.with_coupon else "")
                for one in visits[start : start + _BATCH]
            ]
            for sold in sell(t, sales, actor=opening.ACTOR, recorded_at=clock.now()):
                _ok(sold)


def _reached(t: Tx, world: World, plan: Plan) -> list[tuple[str, str]]:
    """Who is in the arm that hears of it, as their systems know them, always in one order."""
    keys = [(one.source, one.source_key) for one in world.records()]
    of_record = {id_: key for key, id_ in customers.records_of_keys(t, keys).items()}
    assigned = arms.read(t, f"measure:{plan.uid}")
    reached = {of_record.get(one.record_id) for one in assigned if one.arm == "treated"}
    return sorted(key for key in reached if key is not None)


def _learn(t: Tx, world: World, plan: Plan) -> None:
    """What came of it, once its effect was counted."""
    at = _at(world, plan.ends - plan.window_days - 2, 16)
    learnt = NewRemark(plan.uid_of("learnt"), "learning", plan.learnt)
    _ok(measures.remark(t, plan.uid, learnt, actor=_marketer(world), recorded_at=at))


def _aim(t: Tx, world: World) -> None:
    """A goal for the end of next month, set once."""
    month, value = aims.aim(world)
    if any(one.month == month for one in targets.current(t)):
        return
    boss = Actor("staff", next(one.code for one in world.staff if one.role == "hq"))
    refused = targets.put(
        t, month=month, value_minor=value, why=aims.WHY, actor=boss, recorded_at=_at(world, 18, 10)
    )
    assert refused is None, refused


def _ok(answer: T | Refusal) -> T:
    """A refusal here is a bug of ours, not of the shop."""
    assert not isinstance(answer, Refusal), answer
    return answer
