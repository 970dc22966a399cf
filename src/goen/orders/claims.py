"""A receipt becomes somebody's: a sale to nobody known, claimed by who holds its paper.

Promises: a sale is claimed once, whoever asks at the same time; somebody's sale is never another's;
points are those that it would have earned, on what of it did not come back; a return afterwards
takes them back; nothing else of the sale changes. Lock order: the order, the points accounts, the
ledger as last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from goen.customers import queries as customers
from goen.kit import outbox, settings, trail
from goen.kit.actors import Actor
from goen.kit.batches import id_reused
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.ledger import posting
from goen.ledger.rules import Posted, Posting
from goen.orders import returnable, standing
from goen.orders.standing import Stands
from goen.points import purses
from goen.points import rules as points
from goen.points.purses import Planned


@dataclass(frozen=True, slots=True)
class NewClaim:
    """Who claims which sale; `uid` is the caller's and makes a repeat harmless."""

    uid: UUID
    order: UUID
    record_id: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """The sale is theirs. `points` is what it earned; `repeated` when it was theirs by this."""

    uid: UUID
    order: UUID
    points: int
    repeated: bool = False


def claim(tx: Tx, new: NewClaim, *, actor: Actor, recorded_at: datetime) -> Claimed | Refusal:
    """Make a sale the record's. Refused when it is somebody's, too old, or wholly back."""
    order = standing.lock(tx, [new.order]).get(new.order)
    if order is None:
        return standing.unknown(new.order)
    before = _before(tx, new)
    if before is not None:
        return before
    refused = _refusal(tx, order, new.record_id, recorded_at)
    if refused is not None:
        return refused
    try:
        with savepoint():
            return _write(tx, new, order, actor, recorded_at)
    except _Reused:
        return id_reused(new.uid)


class _Reused(Exception):  # noqa: N818  carried to the rollback, never shown
    """The claim's id is that of something else in the ledger."""


def can_be_claimed(tx: Tx, order: UUID, record_id: int | None, *, at: datetime) -> Refusal | None:
    """Why a sale cannot be claimed (by this record, if given); None if it can. Locks nothing."""
    found = standing.read(tx, [order]).get(order)
    return standing.unknown(order) if found is None else _refusal(tx, found, record_id, at)


def days(tx: Tx) -> int:
    """For how many days after its sale a receipt can be claimed; 0: never."""
    return int(settings.read(tx, "claim.days"))


def of_orders(tx: Tx, order_ids: Sequence[int]) -> dict[int, UUID]:
    """The claims of orders, by the orders' ids."""
    rows = tx.rows("SELECT order_id, uid FROM orders_claim WHERE order_id = ANY(%s)",
                   [list(order_ids)])  # fmt: skip
    return dict(rows)


def _before(tx: Tx, new: NewClaim) -> Claimed | Refusal | None:
    """The answer of before, if this id was used."""
    row = tx.row(
        "SELECT o.uid, c.record_id, c.points FROM orders_claim c"
        " JOIN orders_order o ON o.id = c.order_id WHERE c.uid = %s",
        [new.uid],
    )
    if row is None:
        return None
    same = (row[0], row[1]) == (new.order, new.record_id)
    return Claimed(new.uid, new.order, row[2], repeated=True) if same else id_reused(new.uid)


def _refusal(tx: Tx, order: Stands, record_id: int | None, at: datetime) -> Refusal | None:
    if order.record_id is not None:
        theirs = record_id is not None and _is_one(tx, order.record_id, record_id)
        return Refusal("claimed_by_you" if theirs else "claimed_already", "order")
    if order.kind != "sale":
        return Refusal("not_claimable", "order")
    most = days(tx)
    if order.occurred_at + timedelta(days=most) < at:
        return Refusal("claim_too_late", "order", {"days": most})
    if not any(line.out > 0 for line in order.goods):
        return Refusal("claim_came_back", "order")
    return None


def _is_one(tx: Tx, record: int, other: int) -> bool:
    """Whether two records are one person."""
    persons = customers.person_of_records(tx, [record, other])
    return persons[record] == persons[other]


def _write(tx: Tx, new: NewClaim, order: Stands, actor: Actor, recorded_at: datetime) -> Claimed:
    """The owner, the claim, the points; the ledger as last."""
    tx.execute(
        "UPDATE orders_order SET record_id = %s WHERE id = %s AND record_id IS NULL",
        [new.record_id, order.id],
    )
    planned = _points(tx, new, order)
    earned = planned.earned if planned else 0
    tx.execute(
        """
        INSERT INTO orders_claim (uid, order_id, record_id, points, claimed_at, actor)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        [new.uid, order.id, new.record_id, earned, recorded_at, str(actor)],
    )
    detail = {"record": new.record_id, "points": earned}
    trail.note(tx, actor, "claim", "sale", order.uid, at=recorded_at, detail=detail)
    outbox.write(tx, [_notice(new, order)], recorded_at=recorded_at)
    if planned is not None and planned.wishes:
        _post(tx, new, order, planned, actor, recorded_at)
    return Claimed(new.uid, new.order, earned)


def _points(tx: Tx, new: NewClaim, order: Stands) -> Planned | None:
    """What the sale would have earned, by the rules of its day, on what is still out."""
    if order.history:
        return None
    key = (new.record_id, order.currency)
    purse = purses.lock(tx, [key], day=order.business_date).get(key)
    if purse is None:
        return None
    can = returnable.read(tx, [order])[order.uid]
    worth = points.earned(
        purse.programme,
        total_minor=can.worth.total_minor,
        tax_minor=sum(tax.tax_minor for tax in can.worth.taxes),
        points_minor=can.points_minor,
    )
    return purse.earn(new.uid, max(worth, 0), day=order.business_date)


def _post(
    tx: Tx, new: NewClaim, order: Stands, planned: Planned, actor: Actor, recorded_at: datetime
) -> None:
    moves = Posting(
        new.uid, f"order:{order.uid}", planned.wishes, recorded_at, _day(order, recorded_at)
    )
    (posted,) = posting.post(tx, [moves], actor=actor, recorded_at=recorded_at)
    assert isinstance(posted, Posted), posted
    if posted.repeated:
        raise _Reused
    purses.write(tx, [planned], recorded_at=recorded_at)


def _day(order: Stands, at: datetime) -> date:
    return order.place.day(at)


def _notice(new: NewClaim, order: Stands) -> outbox.Notice:
    body = {
        "order": order.id,
        "uid": str(order.uid),
        "claim": str(new.uid),
        "place": order.place.id,
        "channel": order.channel_id,
        "record": new.record_id,
    }
    return outbox.Notice("SaleClaimed", f"order:{order.uid}", body)
