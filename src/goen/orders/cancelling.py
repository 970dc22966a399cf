"""Cancelling orders: open units are given up, whole or in part, and all that was kept for them.

Goods can be sold to others again, money is not asked for (the last way of paying first), and points
go back to their very lots. Coupons can be used again when nothing of an order is left: all of it
was given up or came back. What was sent cannot be cancelled: it is taken back. Units whose goods
were taken by a till are given up before those that are still kept.
"""

from collections.abc import Sequence
from datetime import datetime

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Ref, Release, Wish
from goen.orders import acting, slips
from goen.orders.acting import Act, Desk
from goen.orders.order import FEE, Answer, Cancellation
from goen.orders.returnable import coupons_back
from goen.orders.slips import NewSlip, NewSlipLine
from goen.orders.standing import Change, Kept, Live, Part, Stands
from goen.payments import keeping
from goen.points.purses import Planned
from goen.stock import rules as stock


def cancel(
    tx: Tx, cancellations: Sequence[Cancellation], *, actor: Actor, recorded_at: datetime
) -> list[Answer]:
    """Give up open units; answers what they would have come to. The same id changes nothing."""
    return acting.act(tx, cancellations, _plan, actor=actor, recorded_at=recorded_at, pointed=True)


def _plan(wish: Cancellation, desk: Desk) -> Act | Refusal:
    order, live = desk.orders[wish.order], desk.live[wish.order]
    units = _units(wish, order)
    if isinstance(units, Refusal):
        return units
    part = order.cancelling(units)
    freed = _freed(order, live, units)
    place_id = acting.only([one.place_id for one, _ in freed])
    state = _state(order, units)
    slip = NewSlip(
        uid=wish.uid,
        order=order,
        kind="cancel",
        occurred_at=wish.occurred_at,
        business_date=acting.day(desk, order, place_id, wish.occurred_at),
        fingerprint=slips.fingerprint(wish),
        state=state,
        lines=tuple(NewSlipLine(one) for one in part.lines),
        taxes=part.taxes,
        total_minor=part.total_minor,
        changes={line_no: Change(cancelled=n) for line_no, n in units.items()},
        place_id=place_id,
        staff_id=desk.staff[wish.staff] if wish.staff else None,
        reason=wish.reason,
    )
    gone: dict[Ref, int] = {one.hold.ref: n for one, n in freed}
    wishes: tuple[Wish, ...] = tuple(Release(ref, n) for ref, n in gone.items())
    money, points = _given_up(desk, live, part, slip)
    wishes += (*money, *_coupons(slip.after, live))
    wishes += tuple(one for plan in points for one in plan.wishes)
    changed: dict[int, list[int]] = {}
    for one, _ in freed:
        changed.setdefault(one.place_id, []).append(stock.sku_of(one.hold.unit))
    return Act(slip, wishes, acting.without(live, gone), points, changed)


def _units(wish: Cancellation, order: Stands) -> dict[int, int] | Refusal:
    """What is given up; the fee goes with the last goods when none were sent."""
    units = acting.asked(order, wish.parts, fee=True)
    if isinstance(units, Refusal):
        return units
    if not wish.parts:
        units = {line.line_no: line.open for line in order.goods if line.open}
    fee = order.line(FEE)
    if fee is not None and fee.open and _is_nothing_left(order, units):
        units[FEE] = fee.open
    return units or acting.nothing_open(order)


def _is_nothing_left(order: Stands, units: dict[int, int]) -> bool:
    return not any(line.fulfilled or line.open - units.get(line.line_no, 0) for line in order.goods)


def _state(order: Stands, units: dict[int, int]) -> str:
    if any(line.open - units.get(line.line_no, 0) for line in order.goods):
        return order.state
    return "done" if any(line.fulfilled for line in order.goods) else "cancelled"


def _freed(order: Stands, live: Live, units: dict[int, int]) -> list[tuple[Kept, int]]:
    """What of which holds is given up: all that is kept beyond what stays open."""
    freed = []
    for line in order.goods:
        kept = [one for one in live.goods if one.line_no == line.line_no]
        left = line.open - units.get(line.line_no, 0)
        freed += acting.chosen(kept[::-1], max(0, sum(one.hold.qty for one in kept) - left))
    return freed


def _coupons(after: Stands, live: Live) -> tuple[Wish, ...]:
    """Coupons can be used again when the shopper has nothing of the order and gets nothing."""
    if any(line.open or line.out for line in after.goods):
        return ()
    return (*(Release(hold.ref) for hold in live.coupons), *coupons_back(live.used))


def _given_up(
    desk: Desk, live: Live, part: Part, slip: NewSlip
) -> tuple[tuple[Wish, ...], tuple[Planned, ...]]:
    """Money that is not asked for, and points that go back to their lots."""
    order = slip.order
    before = order.total_minor - order.due_minor
    parts = keeping.given_up(acting.tenders(order), before=before, amount=part.total_minor)
    money = keeping.released(parts, order.uid) if live.money else ()
    back, purse = keeping.of_points(parts), desk.spender(order)
    if not back or purse is None:
        return money, ()
    return money, (purse.release_spend(slip.uid, order.uid, back, day=slip.business_date),)
