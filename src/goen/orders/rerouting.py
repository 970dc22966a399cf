"""Rerouting orders: open units are to come from another place, in one posting.

Goods are kept at the new place before those at the old one are given up, so that nobody comes in
between; what the new place does not have is refused, with what can be had instead. Units whose
goods were taken by a till are kept anew in the same way, also where they were. Where an order is
collected stays as it was.
"""

from collections.abc import Sequence
from datetime import datetime

from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.queries import HoldShown
from goen.ledger.rules import Ref, Release, Wish
from goen.orders import acting, slips
from goen.orders.acting import Act, Desk, Place
from goen.orders.order import Answer, Reroute
from goen.orders.slips import NewSlip, NewSlipLine
from goen.orders.standing import Kept, Live, Stands
from goen.stock import rules as stock


def reroute(
    tx: Tx, reroutes: Sequence[Reroute], *, actor: Actor, recorded_at: datetime
) -> list[Answer]:
    """Keep open units at another place instead; the same id again changes nothing."""
    return acting.act(
        tx,
        reroutes,
        _plan,
        actor=actor,
        recorded_at=recorded_at,
        places=[wish.to_place for wish in reroutes],
    )


def _plan(wish: Reroute, desk: Desk) -> Act | Refusal:
    order, live = desk.orders[wish.order], desk.live[wish.order]
    to = desk.place(wish.to_place)
    if to is None:
        return Refusal("unknown_place", "to_place", {"given": wish.to_place})
    day = to.facts.day(wish.occurred_at)
    if to.goods_from is None or day < to.goods_from:
        return Refusal("before_cut_over", "to_place", {"place": to.code, "day": str(day)})
    units = _units(wish, order, live, to)
    if isinstance(units, Refusal):
        return units
    slip = NewSlip(
        uid=wish.uid,
        order=order,
        kind="reroute",
        occurred_at=wish.occurred_at,
        business_date=day,
        fingerprint=slips.fingerprint(wish),
        state="part" if any(line.fulfilled for line in order.goods) else "placed",
        lines=tuple(
            NewSlipLine(acting.bare(line_no, n), to.facts.id) for line_no, n in units.items()
        ),
        place_id=to.facts.id,
        staff_id=desk.staff[wish.staff] if wish.staff else None,
    )
    freed = _freed(order, live, units, to)
    gone: dict[Ref, int] = {one.hold.ref: n for one, n in freed}
    new = _kept(wish, order, units, to)
    wishes: tuple[Wish, ...] = stock.promised(
        [(stock.sku_of(one.hold.unit), one.hold.qty) for one in new], place_id=to.facts.id
    )
    wishes += tuple(Release(ref, n) for ref, n in gone.items())
    changed: dict[int, list[int]] = {}
    for one in [*new, *(kept for kept, _ in freed)]:
        changed.setdefault(one.place_id, []).append(stock.sku_of(one.hold.unit))
    return Act(slip, wishes, acting.without(live, gone, new), (), changed)


def _units(wish: Reroute, order: Stands, live: Live, to: Place) -> dict[int, int] | Refusal:
    """What is to be kept anew: of what is asked for, all that is not kept there already."""
    units = acting.asked(order, wish.parts)
    if isinstance(units, Refusal):
        return units
    if not wish.parts:
        units = {line.line_no: line.open for line in order.goods if line.open}
    if not units:
        return acting.nothing_open(order)
    missing = {}
    for line in order.goods:
        there = sum(
            one.hold.qty
            for one in live.goods
            if (one.line_no, one.place_id) == (line.line_no, to.facts.id)
        )
        n = min(units.get(line.line_no, 0), line.open - there)
        if n > 0:
            missing[line.line_no] = n
    return missing or Refusal("kept_there_already", "to_place", {"given": to.code})


def _freed(order: Stands, live: Live, units: dict[int, int], to: Place) -> list[tuple[Kept, int]]:
    """What is given up elsewhere: units that are kept nowhere come first."""
    freed = []
    for line_no, n in units.items():
        line = order.line(line_no)
        assert line is not None
        kept = [one for one in live.goods if one.line_no == line_no]
        nowhere = line.open - sum(one.hold.qty for one in kept)
        elsewhere = [one for one in kept if one.place_id != to.facts.id]
        freed += acting.chosen(elsewhere, max(0, n - nowhere))
    return freed


def _kept(wish: Reroute, order: Stands, units: dict[int, int], to: Place) -> list[Kept]:
    """The new holds, each known as (slip, its line there)."""
    found = []
    for n, (line_no, qty) in enumerate(units.items()):
        line = order.line(line_no)
        assert line is not None
        unit, holder = stock.unit(line.priced.sku_id), stock.sellable_holder(to.facts.id)
        hold = HoldShown((wish.uid, n), unit, holder, stock.SOLD, qty, "order")
        found.append(Kept(line_no, to.facts.id, hold))
    return found
