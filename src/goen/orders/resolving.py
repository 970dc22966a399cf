"""Ways out of a broken promise, each in one step: the act on the order, and the exception closed.

The exception is locked first, so that two people cannot both help themselves; then the act goes
its own way. The same id again is answered as before. What was put right by other means meanwhile
is not put right again: of all the units only the rest, and of nothing the exception is dismissed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from goen.kit.actors import Actor
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.orders import cancelling, exceptions, rerouting, standing
from goen.orders.exceptions import Resolution, Resolved
from goen.orders.order import Answer, Cancellation, Part, Reroute, Slipped


@dataclass(frozen=True, slots=True)
class Fix:
    """What is done about an exception. `uid` is the caller's id and that of the slip it writes.

    `to_place` is where the goods come from instead; `reason` why they are cancelled.
    """

    uid: UUID
    exception: int
    occurred_at: datetime
    to_place: str = ""
    reason: str = ""
    note: str = ""
    staff: str | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """The exception is closed, by an act on its order where one was needed."""

    resolved: Resolved
    slip: Slipped | None = None


@dataclass(frozen=True, slots=True)
class _Promise:
    """The units that an exception is about."""

    order: UUID
    parts: tuple[Part, ...]
    place: str


class _NotDone(Exception):  # noqa: N818  carried to the rollback, never shown
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def reroute_it(
    tx: Tx, fix: Fix, *, actor: Actor, recorded_at: datetime
) -> Fixed | Refusal:  # fmt: skip
    """Keep the missing units at another place."""

    def act(promise: _Promise) -> Answer:
        wish = Reroute(
            fix.uid, promise.order, fix.to_place, fix.occurred_at, promise.parts, fix.staff
        )
        return rerouting.reroute(tx, [wish], actor=actor, recorded_at=recorded_at)[0]

    return _fixed(tx, fix, "rerouted", act, actor=actor, recorded_at=recorded_at)


def keep_again(tx: Tx, fix: Fix, *, actor: Actor, recorded_at: datetime) -> Fixed | Refusal:
    """Keep the missing units where they were: goods have come in, or were found."""

    def act(promise: _Promise) -> Answer:
        wish = Reroute(
            fix.uid, promise.order, promise.place, fix.occurred_at, promise.parts, fix.staff
        )
        return rerouting.reroute(tx, [wish], actor=actor, recorded_at=recorded_at)[0]

    return _fixed(tx, fix, "kept_again", act, actor=actor, recorded_at=recorded_at)


def cancel_it(tx: Tx, fix: Fix, *, actor: Actor, recorded_at: datetime) -> Fixed | Refusal:
    """Give the missing units up, with the money that was kept for them."""

    def act(promise: _Promise) -> Answer:
        wish = Cancellation(
            fix.uid, promise.order, fix.reason or exceptions.PROMISE_BROKEN, fix.occurred_at,
            promise.parts, fix.staff,
        )  # fmt: skip
        return cancelling.cancel(tx, [wish], actor=actor, recorded_at=recorded_at)[0]

    return _fixed(tx, fix, "cancelled", act, actor=actor, recorded_at=recorded_at)


def dismiss(tx: Tx, fix: Fix, *, actor: Actor, recorded_at: datetime) -> Fixed | Refusal:
    """Close an exception that needs no act: it was seen to by other means."""
    wish = Resolution(fix.exception, "dismissed", fix.note)
    (answer,) = exceptions.resolve(tx, [wish], actor=actor, recorded_at=recorded_at)
    return answer if isinstance(answer, Refusal) else Fixed(answer)


WAYS: dict[str, Callable[..., Fixed | Refusal]] = {
    "rerouted": reroute_it,
    "kept_again": keep_again,
    "cancelled": cancel_it,
    "dismissed": dismiss,
}


def fix(
    tx: Tx, how: str, wish: Fix, *, actor: Actor, recorded_at: datetime
) -> Fixed | Refusal:  # fmt: skip
    """Do what was decided, by its name in `exceptions.HOWS`."""
    if how not in WAYS:
        return exceptions.unknown_way(how)
    return WAYS[how](tx, wish, actor=actor, recorded_at=recorded_at)


def _fixed(
    tx: Tx,
    fix: Fix,
    how: str,
    act: Callable[[_Promise], Answer],
    *,
    actor: Actor,
    recorded_at: datetime,
) -> Fixed | Refusal:
    """Act and close; nothing is closed that was not put right."""
    said = exceptions.lock(tx, [fix.exception])
    resolution = Resolution(fix.exception, how, fix.note)
    refusal = exceptions.refusal(resolution, said)
    if refusal is not None:
        return refusal
    promise = _promise(tx, fix.exception)
    if promise is None:
        return Refusal("not_of_an_order", "exception", {"given": fix.exception})
    (part,) = promise.parts
    qty = tx.value(_DONE, [fix.uid, part.line_no])
    if qty is None and said[fix.exception]:
        return exceptions.already(fix.exception, how)
    if qty is None:
        qty = min(part.qty, _missing(tx, promise))
    if qty < 1:
        return Refusal("nothing_missing", "exception", {"given": fix.exception})
    promise = replace(promise, parts=(replace(part, qty=qty),))
    try:
        with savepoint():
            (closed,) = exceptions.resolve(tx, [resolution], actor=actor, recorded_at=recorded_at)
            assert isinstance(closed, Resolved), closed
            slip = act(promise)
            if isinstance(slip, Refusal):
                raise _NotDone(slip)
            return Fixed(closed, slip)
    except _NotDone as no:
        return no.refusal


_DONE = """
SELECT sum(x.qty)::bigint FROM orders_slip s JOIN orders_slipline x ON x.slip_id = s.id
WHERE s.uid = %s AND x.line_no = %s
"""
"""What a repetition did when it was no repetition."""


def _promise(tx: Tx, exception: int) -> _Promise | None:
    row = tx.row(
        """
        SELECT o.uid, e.line_no, e.qty, p.code
        FROM orders_exception e JOIN orders_order o ON o.id = e.order_id
        JOIN places_place p ON p.id = e.place_id
        WHERE e.id = %s AND e.line_no IS NOT NULL AND e.qty IS NOT NULL
        """,
        [exception],
    )
    return None if row is None else _Promise(row[0], (Part(row[1], row[2]),), row[3])


def _missing(tx: Tx, promise: _Promise) -> int:
    """Open units of the line that are kept nowhere now."""
    order = standing.read(tx, [promise.order])[promise.order]
    line_no = promise.parts[0].line_no
    line = order.line(line_no)
    assert line is not None, promise
    kept = standing.live(tx, [order])[order.uid].goods
    return line.open - sum(one.hold.qty for one in kept if one.line_no == line_no)
