"""Taking goods back: from any sale or order, at any place, in any number of steps.

What comes back is the document minus what remains of it, so that a full return ends at exactly
zero: in goods, which undo the very moves that sold them; in money, by the last way of paying first
(or as asked) and never more by one than was paid by it; in tax, at the rates and with the rounding
of the sale; in points, those spent on it and those earned by it; and in its coupon. Lock order:
the places' gates, the orders, the points accounts, the ledger as last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from goen.kit import batches, outbox
from goen.kit.actors import Actor
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted
from goen.orders import return_plans, returnable, returns, slips, standing
from goen.orders.order import TakeBack, TakenBack
from goen.orders.return_plans import Known, Masters, Place, Plan
from goen.orders.standing import Stands
from goen.payments import giving_back
from goen.points import purses
from goen.stock import gate
from goen.stock import queries as stock_queries
from goen.stock.shape import PlaceFacts


class _Reused(Exception):  # noqa: N818  carried to the rollback, never shown
    """Ids that something else has taken, here or in the ledger."""

    def __init__(self, uids: Collection[UUID]) -> None:
        self.uids = uids


def take_back(
    tx: Tx, wishes: Sequence[TakeBack], *, actor: Actor, recorded_at: datetime
) -> list[TakenBack | Refusal]:
    """Take goods back, each return whole or not at all; the same id again changes nothing."""
    unique = batches.first_of_each(wishes)
    answers: dict[UUID, TakenBack | Refusal] = {}
    for wish in unique.values():
        refused = return_plans.malformed(wish, recorded_at)
        if refused is not None:
            answers[wish.uid] = refused
    asked = [w for w in unique.values() if w.uid not in answers]
    if asked:
        answers |= _done(tx, asked, actor=actor, recorded_at=recorded_at)
    return batches.in_order(wishes, answers, again=_again)


def _again(answer: TakenBack) -> TakenBack:
    return replace(answer, slip=replace(answer.slip, repeated=True))


def preview(tx: Tx, wish: TakeBack, *, recorded_at: datetime) -> TakenBack | Refusal:
    """What a return would give back, by the same rules; writes nothing."""
    refused = return_plans.malformed(wish, recorded_at)
    if refused is not None:
        return refused
    masters = _masters(tx, [wish])
    read = _read(tx, masters, standing.read(tx, [wish.order]), [wish])
    plan = return_plans.plan(wish, read)
    return plan if isinstance(plan, Refusal) else plan.answer(0)


def _done(
    tx: Tx, asked: Sequence[TakeBack], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, TakenBack | Refusal]:
    masters = _masters(tx, asked)
    stands = standing.lock(tx, [wish.order for wish in asked])
    known = slips.known(tx, {wish.uid: slips.fingerprint(wish) for wish in asked})
    answers: dict[UUID, TakenBack | Refusal] = {
        uid: one if isinstance(one, Refusal) else returns.answer(tx, one)
        for uid, one in known.items()
    }
    remaining = [wish for wish in asked if wish.uid not in known]
    while plans := _plans(tx, remaining, masters, stands, answers):
        try:
            with savepoint():
                ids = _write(tx, plans, actor=actor, recorded_at=recorded_at)
        except _Reused as reused:
            answers |= {uid: batches.id_reused(uid) for uid in reused.uids}
            remaining = [wish for wish in remaining if wish.uid not in answers]
        else:
            return answers | {p.slip.uid: p.answer(ids[p.slip.uid]) for p in plans}
    return answers


def _plans(
    tx: Tx,
    fresh: Sequence[TakeBack],
    masters: Masters,
    stands: Mapping[UUID, Stands],
    answers: dict[UUID, TakenBack | Refusal],
) -> list[Plan]:
    """Plans that fit together; one that is refused is planned without, from the beginning."""
    remaining = list(fresh)
    while remaining:
        read = _read(tx, masters, stands, remaining)
        plans = []
        for wish in remaining:
            plan = return_plans.plan(wish, read)
            if isinstance(plan, Refusal):
                answers[wish.uid] = plan
                break
            plans.append(plan)
        else:
            return plans
        remaining = [wish for wish in remaining if wish.uid not in answers]
    return []


_PLACES = f"""
SELECT p.code, p.id, p.timezone, p.day_change_hour, p.goods_from, p.payments_from, {gate.BESIDE}
FROM places_place p WHERE p.code = ANY(%s) ORDER BY p.id
"""

_NAMED = """
SELECT 'till', code, id, place_id FROM places_till WHERE code = ANY(%s)
UNION ALL SELECT 'staff', code, id, NULL FROM places_staff WHERE code = ANY(%s)
"""


def _masters(tx: Tx, wishes: Sequence[TakeBack]) -> Masters:
    """The places that take back, with their gates entered, and the tills and staff named."""
    places = {
        code: Place(PlaceFacts(id_, zone, hour), goods_from, payments_from)
        for code, id_, zone, hour, goods_from, payments_from, _ in tx.rows(
            _PLACES, [sorted({w.place for w in wishes})]
        )
    }
    tills = sorted({w.till for w in wishes if w.till is not None})
    staff = sorted({w.staff for w in wishes if w.staff is not None})
    named = tx.rows(_NAMED, [tills, staff]) if tills or staff else []
    return Masters(
        places,
        {code: (id_, place) for kind, code, id_, place in named if kind == "till"},
        {code: id_ for kind, code, id_, _ in named if kind == "staff"},
    )


def _read(
    tx: Tx, masters: Masters, stands: Mapping[UUID, Stands], wishes: Sequence[TakeBack]
) -> Known:
    """What the orders of these wishes can give back; locks the accounts they were on."""
    wanted = {wish.order for wish in wishes}
    orders = [order for uid, order in stands.items() if uid in wanted]
    read = Known(masters, returnable.read(tx, orders))
    of = [uid for o in orders if o.record_id is not None for uid in read.orders[o.uid].requests]
    read.purses = purses.lock_of(tx, (), of) if of else purses.Purses()
    read.counts = stock_queries.last_counted(
        tx,
        [
            (masters.places[wish.place].facts.id, line.priced.sku_id)
            for wish in wishes
            if wish.place in masters.places and wish.order in stands
            for line in stands[wish.order].goods
        ],
    )
    return read


def _write(
    tx: Tx, plans: Sequence[Plan], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, int]:
    ids = slips.write(tx, [p.slip for p in plans], actor=actor, recorded_at=recorded_at)
    taken = {plan.slip.uid for plan in plans} - ids.keys()
    if taken:
        raise _Reused(taken)
    giving_back.record(tx, [row for plan in plans for row in plan.refunds])
    outbox.write(tx, [plan.notice for plan in plans], recorded_at=recorded_at)
    posted = posting.post(tx, [p.posting for p in plans], actor=actor, recorded_at=recorded_at)
    refused = [one for one in posted if not isinstance(one, Posted)]
    assert not refused, f"the order was locked, the ledger said otherwise: {refused}"
    again = {one.request for one in posted if isinstance(one, Posted) and one.repeated}
    if again:
        raise _Reused(again)
    purses.write(
        tx, [one for plan in plans for one in plan.points.planned], recorded_at=recorded_at
    )
    return ids
