"""How acts on orders go: gates entered, orders locked and read, each act planned, all written.

The order of locks is one for every act: gates of places, orders, points accounts, the ledger as
last. Acts of a batch are planned one after another on what the earlier ones leave; one that the
ledger refuses is taken out and the others are planned anew. The same id again changes nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Protocol, TypeVar
from uuid import UUID

from goen.kit import batches, clock, outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting, Ref, Refused, Short, Wish
from goen.orders import alternatives, exceptions, slips, standing
from goen.orders.order import Answer, Part, Slipped
from goen.orders.slips import NewSlip
from goen.orders.standing import Kept, LinePart, Live, Stands
from goen.payments import keeping
from goen.points import purses
from goen.points.purses import Planned, Purse, Purses
from goen.stock import gate
from goen.stock import queries as stock_queries
from goen.stock import rules as stock
from goen.stock.shape import PlaceFacts


class Wanted(Protocol):
    """An act as asked for."""

    @property
    def uid(self) -> UUID: ...
    @property
    def order(self) -> UUID: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def staff(self) -> str | None: ...


W = TypeVar("W", bound=Wanted)


@dataclass(frozen=True, slots=True)
class Place:
    """What an act needs to know of a place."""

    code: str
    facts: PlaceFacts
    goods_from: date | None


@dataclass(slots=True)
class Desk:
    """Everything a batch needs; orders and what is kept for them change as acts are planned."""

    places: Mapping[int, Place]
    staff: Mapping[str, int]
    orders: dict[UUID, Stands]
    live: dict[UUID, Live]
    purses: Purses = field(default_factory=Purses)
    counted: Mapping[int, Mapping[int, datetime]] = field(default_factory=dict)

    def place(self, code: str) -> Place | None:
        """A place by its code."""
        return next((place for place in self.places.values() if place.code == code), None)

    def purse(self, order: Stands) -> Purse | None:
        """The account on which whoever ordered earns now, in the money of the order."""
        return self.purses.reached.get((order.record_id or 0, order.currency))

    def spender(self, order: Stands) -> Purse | None:
        """Whose points are kept for the order: who ordered may have left that account since."""
        return self.purses.spender([order.uid])


@dataclass(frozen=True, slots=True)
class Act:
    """An act planned: its slip, what it wishes of the ledger, and what is kept afterwards."""

    slip: NewSlip
    wishes: tuple[Wish, ...]
    live: Live
    points: tuple[Planned, ...] = ()
    changed: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """SKUs whose stock changes, by place."""


_ANSWERS = {"reroute": "rerouted", "cancel": "cancelled"}
"""Acts that may put a broken promise right, and how that is said."""


class _Refused(Exception):  # noqa: N818  carried from the ledger to the rollback, never shown
    def __init__(self, refusals: Mapping[UUID, Refusal]) -> None:
        self.refusals = refusals


def act(
    tx: Tx,
    wishes: Sequence[W],
    plan: Callable[[W, Desk], Act | Refusal],
    *,
    actor: Actor,
    recorded_at: datetime,
    places: Sequence[str | None] = (),
    leaving: bool = False,
    pointed: bool = False,
) -> list[Answer]:
    """Do what is wished, each whole or not at all; answers in the given order.

    `places` are more places by code; `leaving` says that goods leave, so that counts matter, and
    `pointed` that points may.
    """
    first = batches.first_of_each(wishes)
    answers: dict[UUID, Answer] = {}
    for wish in first.values():
        refusal = _malformed(wish, recorded_at)
        if refusal is not None:
            answers[wish.uid] = refusal
    asked = [wish for wish in first.values() if wish.uid not in answers]
    if asked:
        desk = _desk(tx, asked, [code for code in places if code is not None], leaving=leaving)
        answers |= slips.known(tx, {wish.uid: slips.fingerprint(wish) for wish in asked})
        fresh = [wish for wish in asked if wish.uid not in answers]
        answers |= _done(
            tx, fresh, plan, desk, actor=actor, recorded_at=recorded_at, pointed=pointed
        )
    return batches.in_order(wishes, answers, again=lambda one: replace(one, repeated=True))


def _malformed(wish: Wanted, recorded_at: datetime) -> Refusal | None:
    if wish.occurred_at.tzinfo is None:
        return Refusal("time_without_zone", "occurred_at")
    if not clock.is_plausible(wish.occurred_at, recorded_at):
        return Refusal("implausible_time", "occurred_at", {"given": str(wish.occurred_at)})
    for name in ("reason", "carrier", "tracking_no", "place", "to_place", "staff"):
        if "\0" in (getattr(wish, name, None) or ""):
            return Refusal("malformed", name, {"why": "U+0000"})
    return None


_GATES = f"""
SELECT p.id, p.code, p.timezone, p.day_change_hour, p.goods_from, {gate.BESIDE}
FROM places_place p
WHERE p.code = ANY(%(codes)s) OR p.id IN (
  SELECT substring(a.holder FROM '^place:([0-9]+):sellable$')::bigint
  FROM (SELECT unnest(%(uids)s::uuid[])
        UNION ALL SELECT s.uid FROM orders_slip s JOIN orders_order o ON o.id = s.order_id
                  WHERE o.uid = ANY(%(uids)s) AND s.kind = 'reroute') AS named (request)
  JOIN ledger_pending h USING (request) JOIN ledger_account a ON a.id = h.source_id)
ORDER BY p.id
"""

_STAFF = "SELECT code, id FROM places_staff WHERE code = ANY(%s)"


def _desk(tx: Tx, wishes: Sequence[Wanted], codes: Sequence[str], *, leaving: bool) -> Desk:
    """Enter gates, lock orders, read what is kept for them."""
    uids = sorted({wish.order for wish in wishes})
    places = _enter(tx, uids, codes)
    orders = standing.lock(tx, uids)
    live = standing.live(tx, list(orders.values())) if orders else {}
    kept = {one.place_id for goods in live.values() for one in goods.goods}
    if not kept <= places.keys():  # goods were moved elsewhere just before the lock
        places |= _enter(tx, uids, codes)
    staff = sorted({wish.staff for wish in wishes if wish.staff is not None})
    desk = Desk(places, dict(tx.rows(_STAFF, [staff])) if staff else {}, orders, live)
    if leaving:
        pairs = [
            (one.place_id, stock.sku_of(one.hold.unit))
            for goods in live.values()
            for one in goods.goods
        ]
        desk.counted = stock_queries.last_counted(tx, pairs)
    return desk


def _enter(tx: Tx, uids: Sequence[UUID], codes: Sequence[str]) -> dict[int, Place]:
    rows = tx.rows(_GATES, {"codes": sorted(set(codes)), "uids": list(uids)})
    return {
        id_: Place(code, PlaceFacts(id_, zone, hour), goods_from)
        for id_, code, zone, hour, goods_from, _ in rows
    }


def _done(
    tx: Tx,
    fresh: Sequence[W],
    plan: Callable[[W, Desk], Act | Refusal],
    desk: Desk,
    *,
    actor: Actor,
    recorded_at: datetime,
    pointed: bool,
) -> dict[UUID, Answer]:
    """Plan and write; whoever the ledger refuses is left out the next time."""
    refused: dict[UUID, Answer] = {}
    while True:
        now = replace(desk, orders=dict(desk.orders), live=dict(desk.live))
        remaining = [wish for wish in fresh if wish.uid not in refused]
        if pointed:
            now.purses = _purses(tx, [desk.orders.get(wish.order) for wish in remaining])
        acts, answers = _planned(remaining, plan, now)
        if not acts:
            return refused | answers
        try:
            with savepoint():
                written = _written(tx, acts, actor=actor, recorded_at=recorded_at)
        except _Refused as refusal:
            refused |= refusal.refusals
        else:
            return refused | answers | written


def _purses(tx: Tx, orders: Sequence[Stands | None]) -> Purses:
    owned = [one for one in orders if one is not None and one.record_id is not None]
    members = {(order.record_id or 0, order.currency) for order in owned}
    return purses.lock_of(tx, members, [one.uid for one in owned]) if owned else Purses()


def _planned(
    wishes: Sequence[W], plan: Callable[[W, Desk], Act | Refusal], desk: Desk
) -> tuple[list[Act], dict[UUID, Answer]]:
    acts: list[Act] = []
    answers: dict[UUID, Answer] = {}
    for wish in wishes:
        if wish.order not in desk.orders:
            answers[wish.uid] = standing.unknown(wish.order)
        elif wish.staff is not None and wish.staff not in desk.staff:
            answers[wish.uid] = Refusal("unknown_staff", "staff", {"given": wish.staff})
        else:
            one = plan(wish, desk)
            if isinstance(one, Refusal):
                answers[wish.uid] = one
            else:
                acts.append(one)
                desk.orders[wish.order] = one.slip.after
                desk.live[wish.order] = one.live
    return acts, answers


def _written(
    tx: Tx, acts: Sequence[Act], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, Answer]:
    ids = slips.write(tx, [one.slip for one in acts], actor=actor, recorded_at=recorded_at)
    taken = {one.slip.uid for one in acts} - ids.keys()
    if taken:
        raise _Refused({uid: batches.id_reused(uid) for uid in taken})
    outbox.write(tx, [n for one in acts for n in _notices(one)], recorded_at=recorded_at)
    plans = [_posting(one) for one in acts if one.wishes]
    posted = posting.post(tx, plans, actor=actor, recorded_at=recorded_at)
    of = {one.slip.uid: one for one in acts}
    refusals = {
        answer.request: _refusal(tx, of[answer.request], answer)
        for answer in posted
        if not isinstance(answer, Posted) or answer.repeated
    }
    if refusals:
        raise _Refused(refusals)
    purses.write(tx, [plan for one in acts for plan in one.points], recorded_at=recorded_at)
    answered = {one.slip.order.id: _ANSWERS[one.slip.kind] for one in acts
                if one.slip.kind in _ANSWERS}  # fmt: skip
    if answered:
        exceptions.close_answered(tx, answered, actor=actor, recorded_at=recorded_at)
    return {
        one.slip.uid: Slipped(
            one.slip.uid,
            one.slip.order.uid,
            ids[one.slip.uid],
            one.slip.state,
            one.slip.total_minor,
        )
        for one in acts
    }


def _posting(one: Act) -> Posting:
    slip = one.slip
    origin = f"order:{slip.order.uid}"
    return Posting(slip.uid, origin, one.wishes, slip.occurred_at, slip.business_date)


def _refusal(tx: Tx, one: Act, answer: Posted | Refused) -> Refusal:
    """Why the ledger did not: somebody took the goods, or there are none where they should come."""
    if isinstance(answer, Posted):  # the id of something else in the ledger
        return batches.id_reused(answer.request)
    order = one.slip.order
    if isinstance(answer, Short):
        sku_id = stock.sku_of(answer.account.unit)
        code = tx.value("SELECT code FROM catalogue_sku WHERE id = %s", [sku_id])
        items = [(sku_id, one.slip.place_id or 0, code)]
        method = order.method or "ship"
        return replace(alternatives.short(tx, answer, items, method=method), field="to_place")
    return hold_gone(order, "voided")


def _notices(one: Act) -> list[outbox.Notice]:
    """One notice of the act, and one for each further place whose stock changed."""
    slip, order = one.slip, one.slip.order
    body: dict[str, object] = {
        "order": order.id,
        "uid": str(order.uid),
        "slip": str(slip.uid),
        "kind": slip.kind,
        "state": slip.state,
        "channel": order.channel_id,
        "record": order.record_id,
    }
    stocks = [{"place": place, "skus": sorted(set(skus))} for place, skus in one.changed.items()]
    if stocks:
        body |= stocks[0]
    key = f"place:{order.place.id}"
    return [
        outbox.Notice("OrderChanged", key, body),
        *(outbox.Notice("StockChanged", f"place:{other['place']}", other) for other in stocks[1:]),
    ]


def hold_gone(order: Stands, how: str) -> Refusal:
    """The goods of an order are not kept any more: somebody had them in the hand."""
    return Refusal("hold_gone", "order", {"given": str(order.uid), "how": how})


def nothing_open(order: Stands) -> Refusal:
    """There is nothing left to do about this order."""
    return Refusal("nothing_open", "order", {"given": str(order.uid), "state": order.state})


def asked(order: Stands, parts: Sequence[Part], *, fee: bool = False) -> dict[int, int] | Refusal:
    """Units asked for by line number, of those that are open; the fee only where it may be."""
    units: dict[int, int] = {}
    for n, part in enumerate(parts):
        line = order.line(part.line_no)
        if line is None or (part.line_no == 0 and not fee):
            return Refusal("unknown_line", f"parts[{n}].line_no", {"given": part.line_no})
        if part.qty < 1:
            return Refusal("bad_quantity", f"parts[{n}].qty", {"given": part.qty})
        units[part.line_no] = units.get(part.line_no, 0) + part.qty
        if units[part.line_no] > line.open:
            detail = {"line": part.line_no, "given": units[part.line_no], "left": line.open}
            return Refusal("over_open", f"parts[{n}].qty", detail)
    return units


def chosen(kept: Sequence[Kept], qty: int) -> list[tuple[Kept, int]]:
    """Which of what is kept gives `qty`, in order; fewer if there are fewer."""
    found = []
    for one in kept:
        part = min(one.hold.qty, qty)
        if part:
            found.append((one, part))
            qty -= part
    return found


def without(live: Live, gone: Mapping[Ref, int], more: Sequence[Kept] = ()) -> Live:
    """What is kept afterwards: less of some holds, and new ones."""
    left = [
        replace(one, hold=replace(one.hold, qty=one.hold.qty - gone.get(one.hold.ref, 0)))
        for one in live.goods
    ]
    return replace(live, goods=(*(one for one in left if one.hold.qty), *more))


def tenders(order: Stands) -> tuple[keeping.Tender, ...]:
    """How an order is paid; money is kept behind its goods, one hold for each tender."""
    given = [(tender.kind, tender.amount_minor) for tender in order.tenders]
    return keeping.tenders(given, first=len(order.goods))


def bare(line_no: int, qty: int) -> LinePart:
    """Units of a line on a slip that charges nothing."""
    return LinePart(line_no, qty, 0, 0, 0, 0, None, None)


def only(places: Sequence[int]) -> int | None:
    """The place, if it is one."""
    return places[0] if len(set(places)) == 1 else None


def day(desk: Desk, order: Stands, place_id: int | None, at: datetime) -> date:
    """The business day of an act: of the place where goods move, else of where it was sold."""
    found = desk.places.get(place_id or 0)
    return (order.place if found is None else found.facts).day(at)
