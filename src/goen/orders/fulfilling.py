"""Fulfilling orders: goods leave for the shopper, and what was kept becomes the shop's.

Whole, by parts, in several parcels, from the places the goods are kept at. With the goods, and in
the same posting, go their part of the money (points first), the points spent and earned with it,
and with the first goods the delivery fee and the coupons. Goods that a till took meanwhile are
not there: the act is refused and nothing moves. A shipment from before the last count of its place
is in that count already, so it does not change the shelf again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Release, Settle, Wish
from goen.orders import acting, slips
from goen.orders.acting import Act, Desk
from goen.orders.order import FEE, Answer, Fulfilment, Ready
from goen.orders.slips import NewSlip, NewSlipLine
from goen.orders.standing import Change, Kept, LinePart, Live, Part, Stands, split
from goen.payments import keeping
from goen.points import rules as points
from goen.points.purses import Planned
from goen.stock import rules as stock

HOWS = ("ship", "hand_over")

Chosen = dict[int, list[tuple[Kept, int]]]
"""What of which holds leaves, by line."""


def fulfil(
    tx: Tx, fulfilments: Sequence[Fulfilment], *, actor: Actor, recorded_at: datetime
) -> list[Answer]:
    """Ship goods or hand them over; answers what was charged. The same id again changes nothing.

    Refuses with `hold_gone` what is not kept any more, and with `kept_elsewhere` what is not kept
    at the named place.
    """
    return acting.act(
        tx,
        fulfilments,
        _plan,
        actor=actor,
        recorded_at=recorded_at,
        places=[wish.place for wish in fulfilments],
        leaving=True,
        pointed=True,
    )


def ready(tx: Tx, wishes: Sequence[Ready], *, actor: Actor, recorded_at: datetime) -> list[Answer]:
    """Say that all that is open of orders lies ready at the stores where they are collected."""
    return acting.act(tx, wishes, _plan_ready, actor=actor, recorded_at=recorded_at)


def _plan(wish: Fulfilment, desk: Desk) -> Act | Refusal:
    order, live = desk.orders[wish.order], desk.live[wish.order]
    if wish.how not in HOWS:
        known = {"given": wish.how, "known": ", ".join(HOWS)}
        return Refusal("unknown_how", "how", known)
    chosen = _chosen(wish, desk, order, live)
    if isinstance(chosen, Refusal):
        return chosen
    units = {line_no: sum(n for _, n in takes) for line_no, takes in chosen.items()}
    fee = order.line(FEE)
    if fee is not None and fee.open:
        units[FEE] = 1
    part = order.fulfilling(units)
    places = [one.place_id for takes in chosen.values() for one, _ in takes]
    place_id = acting.only(places)
    slip = NewSlip(
        uid=wish.uid,
        order=order,
        kind=wish.how,
        occurred_at=wish.occurred_at,
        business_date=acting.day(desk, order, place_id, wish.occurred_at),
        fingerprint=slips.fingerprint(wish),
        state=_state(order, units),
        lines=tuple(line for one in part.lines for line in _lines(order, one, chosen)),
        taxes=part.taxes,
        total_minor=part.total_minor,
        changes={line_no: Change(fulfilled=n) for line_no, n in units.items()},
        place_id=place_id,
        staff_id=desk.staff[wish.staff] if wish.staff else None,
        carrier=wish.carrier,
        tracking_no=wish.tracking_no,
    )
    paid = _paid(order, live, part, slip)
    pointed = _points(desk, slip, paid.points)
    wishes = (*_goods(wish, desk, order, chosen), *paid.wishes, *_coupons(order, live))
    wishes += tuple(one for plan in pointed for one in plan.wishes)
    gone = {one.hold.ref: n for takes in chosen.values() for one, n in takes}
    return Act(slip, wishes, acting.without(live, gone), pointed, _changed(chosen))


def _chosen(wish: Fulfilment, desk: Desk, order: Stands, live: Live) -> Chosen | Refusal:
    """Which holds the goods come from, line by line."""
    place = None if wish.place is None else desk.place(wish.place)
    if wish.place is not None and place is None:
        return Refusal("unknown_place", "place", {"given": wish.place})
    here = [one for one in live.goods if place is None or one.place_id == place.facts.id]
    units = _units(wish, order, here)
    if isinstance(units, Refusal):
        return units
    refusal = _not_kept(order, units, live.goods, here, wish.place or "")
    return refusal or {
        line_no: acting.chosen([one for one in here if one.line_no == line_no], qty)
        for line_no, qty in sorted(units.items())
    }


def _units(wish: Fulfilment, order: Stands, here: Sequence[Kept]) -> dict[int, int] | Refusal:
    """What is to leave: as asked, else all that is open; of a named place what is kept there."""
    units = acting.asked(order, wish.parts)
    if isinstance(units, Refusal) or units:
        return units
    units = {line.line_no: line.open for line in order.goods if line.open}
    if not units:
        return acting.nothing_open(order)
    there = {line_no: _kept(here, line_no) for line_no in units if _kept(here, line_no)}
    return there if wish.place is not None and there else units


def _not_kept(
    order: Stands, units: Mapping[int, int], kept: Sequence[Kept], here: Sequence[Kept], place: str
) -> Refusal | None:
    """Why goods cannot leave: a till took them, or they are kept at another place."""
    for line_no, qty in units.items():
        if _kept(kept, line_no) < qty:
            return acting.hold_gone(order, "voided")
        if _kept(here, line_no) < qty:
            detail = {"line": line_no, "place": place, "kept": _kept(here, line_no)}
            return Refusal("kept_elsewhere", "place", detail)
    return None


def _kept(kept: Sequence[Kept], line_no: int) -> int:
    return sum(one.hold.qty for one in kept if one.line_no == line_no)


def _state(order: Stands, units: Mapping[int, int]) -> str:
    left = any(line.open - units.get(line.line_no, 0) for line in order.goods)
    return "part" if left else "done"


def _lines(order: Stands, part: LinePart, chosen: Chosen) -> list[NewSlipLine]:
    """A slip's lines of a line: one for each place that its units come from."""
    if part.line_no == FEE:
        return [NewSlipLine(part)]
    by_place: dict[int, int] = {}
    for one, n in chosen[part.line_no]:
        by_place[one.place_id] = by_place.get(one.place_id, 0) + n
    parts = split(order, part, list(by_place.values()))
    return [NewSlipLine(one, place) for one, place in zip(parts, by_place, strict=True)]


def _goods(wish: Fulfilment, desk: Desk, order: Stands, chosen: Chosen) -> tuple[Wish, ...]:
    """Kept goods leave; of those that left before their last count the promise is given up."""
    wishes: list[Wish] = []
    for line_no, takes in chosen.items():
        line = order.line(line_no)
        assert line is not None
        sku = line.priced.sku_id
        for one, n in takes:
            counted = desk.counted.get(one.place_id, {})
            last = counted.get(sku)
            if last is None or wish.occurred_at > last:
                wishes.append(Settle(one.hold.ref, n))
                continue
            wishes.append(Release(one.hold.ref, n))
            wishes += stock.taken(
                [(sku, n)],
                place_id=one.place_id,
                handed_over=True,
                occurred_at=wish.occurred_at,
                counted=counted,
            )
    return tuple(wishes)


@dataclass(frozen=True, slots=True)
class _Paid:
    """What a step charges: its wishes of money, and how much of it is points."""

    wishes: tuple[Wish, ...]
    points: int


def _paid(order: Stands, live: Live, part: Part, slip: NewSlip) -> _Paid:
    given = acting.tenders(order)
    parts = keeping.captured(given, before=order.captured_minor, amount=part.total_minor)
    assert not given or sum(one.amount_minor for one in parts) == part.total_minor, slip.uid
    wishes = keeping.settled(parts, order.uid) if live.money else ()
    return _Paid(wishes, keeping.of_points(parts))


def _points(desk: Desk, slip: NewSlip, spent: int) -> tuple[Planned, ...]:
    """Points that were kept are spent, and points are earned on what was charged."""
    order, plans = slip.order, []
    purse, spender = desk.purse(order), desk.spender(order)
    if spent and spender is not None:  # else they are not ours: what was told of them is money
        plans.append(spender.settle_spend(slip.uid, order.uid, spent))
    if purse is None:
        return tuple(plans)
    earned = _worth(purse.programme, slip.after) - _worth(purse.programme, order)
    if earned > 0:
        plans.append(purse.earn(slip.uid, earned, day=slip.business_date))
    return tuple(plans)


def _worth(programme: points.Programme, order: Stands) -> int:
    """Points on all that was charged so far."""
    charged = order.captured
    parts = keeping.captured(acting.tenders(order), before=0, amount=charged.total_minor)
    return points.earned(
        programme,
        total_minor=charged.total_minor,
        tax_minor=sum(tax.tax_minor for tax in charged.taxes),
        points_minor=keeping.of_points(parts),
    )


def _coupons(order: Stands, live: Live) -> tuple[Wish, ...]:
    """Coupons are used up with the first goods."""
    if any(line.fulfilled for line in order.goods):
        return ()
    return tuple(Settle(hold.ref) for hold in live.coupons)


def _changed(chosen: Chosen) -> dict[int, list[int]]:
    changed: dict[int, list[int]] = {}
    for takes in chosen.values():
        for one, _ in takes:
            changed.setdefault(one.place_id, []).append(stock.sku_of(one.hold.unit))
    return changed


def _plan_ready(wish: Ready, desk: Desk) -> Act | Refusal:
    order, live = desk.orders[wish.order], desk.live[wish.order]
    if order.method != "collect" or order.collect_at is None:
        return Refusal("not_to_collect", "order", {"given": str(order.uid)})
    open_lines = [line for line in order.goods if line.open]
    if not open_lines or order.state == "ready":
        return acting.nothing_open(order)
    here = [one for one in live.goods if one.place_id == order.collect_at]
    place = desk.places.get(order.collect_at)
    units = {line.line_no: line.open for line in open_lines}
    refusal = _not_kept(order, units, live.goods, here, place.code if place else "")
    if refusal is not None:
        return refusal
    lines = tuple(
        NewSlipLine(acting.bare(line.line_no, line.open), order.collect_at) for line in open_lines
    )
    slip = NewSlip(
        uid=wish.uid,
        order=order,
        kind="ready",
        occurred_at=wish.occurred_at,
        business_date=acting.day(desk, order, order.collect_at, wish.occurred_at),
        fingerprint=slips.fingerprint(wish),
        state="ready",
        lines=lines,
        place_id=order.collect_at,
        staff_id=desk.staff[wish.staff] if wish.staff else None,
    )
    return Act(slip, (), live)
