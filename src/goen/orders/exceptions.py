"""What a person must decide about an order, each thing once, with a proposed way out.

A promise that a till, a count or another act broke becomes one exception per broken hold, and a
`break` slip on its order that says which units are no longer kept. Whoever breaks promises hands
over what the ledger answered, in the same transaction. Nothing here locks an order: whoever took
the goods has the shelf locked, and orders are locked before shelves.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from goen.kit import ids, outbox
from goen.kit.actors import Actor
from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Ref
from goen.orders import proposals, standing
from goen.orders.proposals import Missing
from goen.stock import rules as stock

Broken = tuple[UUID, Sequence[Ref]]
"""The request that took the goods, and the holds it broke."""

HOWS = ("rerouted", "cancelled", "kept_again", "dismissed")
"""What may be decided: the goods come from elsewhere, are given up, are kept after all, nothing."""

PROMISE_BROKEN = "promise_broken"


@dataclass(frozen=True, slots=True)
class NewException:
    """A thing to decide. (`request`, `n`) names what it came of: the same is opened once."""

    code: str
    request: UUID
    n: int = 0
    order_id: int | None = None
    line_no: int | None = None
    sku_id: int | None = None
    place_id: int | None = None
    qty: int | None = None
    detail: Mapping[str, object] = field(default_factory=dict)
    proposal: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was decided about an exception: `how` is one of `HOWS`."""

    exception: int
    how: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The exception is closed. `repeated` when it already was, in the same way."""

    exception: int
    how: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Loss:
    """A promise that was broken: what was kept for whom, and by whom it was taken."""

    taker: UUID
    n: int
    qty: int
    sku_id: int
    place_id: int
    order_id: int | None
    order_uid: UUID | None
    line_no: int | None
    hold: UUID | None
    hold_kind: str | None
    holder: str | None
    origin: str
    occurred_at: datetime
    business_date: date
    actor: str

    @property
    def cause(self) -> str:
        """What kind of act took the goods: `order`, `count`, `transfer`."""
        return self.origin.partition(":")[0]


def open_for(tx: Tx, new: Sequence[NewException], *, recorded_at: datetime) -> list[int]:
    """Open exceptions; answers the ids of those that were not there before."""
    if not new:
        return []
    rows = [
        (
            e.code, e.request, e.n, e.order_id, e.line_no, e.sku_id, e.place_id, e.qty,
            _json(e.detail), _json(e.proposal),
        )
        for e in sorted(new, key=lambda e: (e.request, e.n))
    ]  # fmt: skip
    opened = tx.rows(
        """
        INSERT INTO orders_exception (code, request, n, order_id, line_no, sku_id, place_id, qty,
                                      detail, proposal, opened_at, closed_by, resolution)
        SELECT given.*, %s, '', ''
        FROM unnest(%s::text[], %s::uuid[], %s::int[], %s::bigint[], %s::smallint[], %s::bigint[],
                    %s::bigint[], %s::bigint[], %s::jsonb[], %s::jsonb[]) AS given
        ON CONFLICT DO NOTHING RETURNING id
        """,
        [recorded_at, *columns(rows)],
    )
    return [row[0] for row in opened]


def open_broken(tx: Tx, broken: Sequence[Broken], *, recorded_at: datetime) -> None:
    """One exception per broken promise, and a `break` slip on its order; repeatable.

    Call it after the posting that broke them, in the same transaction; without any it costs
    nothing.
    """
    refs = [(taker, n, *ref) for taker, found in broken for n, ref in enumerate(found)]
    if not refs:
        return
    losses = _losses(tx, refs)
    ways = proposals.ways(tx, [_missing(loss) for loss in losses])
    new = [
        NewException(
            PROMISE_BROKEN, loss.taker, loss.n, loss.order_id, loss.line_no, loss.sku_id,
            loss.place_id, loss.qty, _detail(loss), {"ways": way},
        )
        for loss, way in zip(losses, ways, strict=True)
    ]  # fmt: skip
    if open_for(tx, new, recorded_at=recorded_at):
        _break(tx, losses, recorded_at=recorded_at)
        outbox.write(tx, [_notice(loss) for loss in losses], recorded_at=recorded_at)


_LOSSES = """
SELECT given.taker, given.n, c.qty, a.unit, a.holder, coalesce(o.id, r.id), coalesce(o.uid, r.uid),
       CASE WHEN o.id IS NOT NULL THEN given.line + 1 ELSE x.line_no END,
       h.uid, h.kind, h.holder, m.origin, m.occurred_at, m.business_date, m.actor
FROM unnest(%s::uuid[], %s::int[], %s::uuid[], %s::int[]) AS given (taker, n, request, line)
JOIN ledger_closed c ON c.request = given.request AND c.line = given.line
  AND c.closed_by = given.taker AND c.how = 'voided'
JOIN ledger_account a ON a.id = c.source_id
JOIN LATERAL (SELECT origin, occurred_at, business_date, actor FROM ledger_move
              WHERE request = given.taker LIMIT 1) m ON true
LEFT JOIN orders_order o ON o.uid = given.request
LEFT JOIN orders_slip s ON s.uid = given.request
LEFT JOIN orders_slipline x ON x.slip_id = s.id AND x.n = given.line
LEFT JOIN orders_order r ON r.id = s.order_id
LEFT JOIN stock_hold h ON h.request = given.request
ORDER BY given.taker, given.n
"""


def _losses(tx: Tx, refs: Sequence[tuple[UUID, int, UUID, int]]) -> list[_Loss]:
    """Whose promises these were. A hold that nobody knows is a bug of whoever made it."""
    rows = tx.rows(_LOSSES, columns(refs))
    assert len(rows) == len(refs), "a broken hold left no trace"
    found = []
    for taker, n, qty, unit, holder, *rest in rows:
        place = stock.shelf_of(holder)
        assert place is not None, f"only goods on a shelf are promised, not {holder}"
        found.append(_Loss(taker, n, qty, stock.sku_of(unit), place, *rest))
    assert all(f.order_id is not None or f.hold is not None for f in found), found
    return found


def _missing(loss: _Loss) -> Missing:
    return Missing(loss.sku_id, loss.qty, loss.place_id, loss.order_id)


def _detail(loss: _Loss) -> dict[str, object]:
    """What took the goods, and for whom they were kept where that is no order."""
    detail: dict[str, object] = {"taken_by": loss.origin, "cause": loss.cause}
    if loss.hold is not None:
        detail |= {"hold": str(loss.hold), "kind": loss.hold_kind, "holder": loss.holder}
    return detail


def _break(tx: Tx, losses: Sequence[_Loss], *, recorded_at: datetime) -> None:
    """A slip per order and taker: these units are kept no longer. They are still to be had."""
    by_order: dict[tuple[UUID, int], list[_Loss]] = defaultdict(list)
    for loss in losses:
        if loss.order_id is not None:
            by_order[loss.taker, loss.order_id].append(loss)
    slips = [
        (_break_uid(taker, order), order, one[0].place_id, one[0].cause, one[0].occurred_at,
         one[0].business_date, one[0].actor)
        for (taker, order), one in sorted(by_order.items())
    ]  # fmt: skip
    if not slips:
        return
    made: dict[UUID, int] = dict(tx.rows(_SLIPS, [recorded_at, *columns(slips)]))
    lines = [
        (made[_break_uid(taker, order)], n, loss.line_no, loss.qty, loss.place_id)
        for (taker, order), one in by_order.items()
        if _break_uid(taker, order) in made
        for n, loss in enumerate(one)
    ]
    if lines:
        tx.execute(_LINES, columns(lines))


_SLIPS = """
INSERT INTO orders_slip (uid, order_id, kind, place_id, reason, carrier, tracking_no, total_minor,
                         occurred_at, business_date, fingerprint, recorded_at, actor)
SELECT uid, order_id, 'break', place_id, reason, '', '', 0, occurred_at, business_date, '', %s,
       actor
FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::date[],
            %s::text[])
  AS given (uid, order_id, place_id, reason, occurred_at, business_date, actor)
ON CONFLICT DO NOTHING RETURNING uid, id
"""

_LINES = """
INSERT INTO orders_slipline (slip_id, n, line_no, qty, place_id, "to", amount_minor,
                             discount_minor, share_minor)
SELECT given.*, '', 0, 0, 0
FROM unnest(%s::bigint[], %s::int[], %s::smallint[], %s::bigint[], %s::bigint[]) AS given
"""


def _break_uid(taker: UUID, order_id: int) -> UUID:
    return ids.import_id(source="goen", document=str(taker), kind="break", line=order_id)


def _notice(loss: _Loss) -> outbox.Notice:
    body = {
        "order": loss.order_id,
        "uid": loss.order_uid or loss.hold,
        "place": loss.place_id,
        "skus": [loss.sku_id],
        "line": loss.line_no,
        "qty": loss.qty,
        "cause": loss.cause,
    }
    return outbox.Notice("PromiseBroken", f"place:{loss.place_id}", body)


def resolve(
    tx: Tx, wishes: Sequence[Resolution], *, actor: Actor, recorded_at: datetime
) -> list[Resolved | Refusal]:
    """Close exceptions, each once; the same again changes nothing, another way is refused."""
    said = lock(tx, [wish.exception for wish in wishes])
    answers: list[Resolved | Refusal] = []
    for wish in wishes:
        answer = _answer(wish, said)
        answers.append(answer)
        if isinstance(answer, Resolved) and not answer.repeated:
            said[wish.exception] = wish.how
            tx.execute(
                """
                UPDATE orders_exception
                SET closed_at = %s, closed_by = %s, resolution = %s, detail = detail || %s::jsonb
                WHERE id = %s
                """,
                [recorded_at, str(actor), wish.how, _json(_noted(wish)), wish.exception],
            )
    return answers


def lock(tx: Tx, exceptions: Sequence[int]) -> dict[int, str]:
    """Lock exceptions; answers how each was resolved, '' while it is open. Before any order."""
    rows = tx.rows(
        "SELECT id, resolution FROM orders_exception WHERE id = ANY(%s) ORDER BY id FOR UPDATE",
        [list(exceptions)],
    )
    return dict(rows)


def close_answered(tx: Tx, done: Mapping[int, str], *, actor: Actor, recorded_at: datetime) -> None:
    """Close broken promises whose units are kept again or given up; `done` is how, by order id.

    What somebody is resolving right now is left to them: orders are locked here already.
    """
    rows = tx.rows(
        """
        SELECT e.id, e.order_id, e.line_no, o.uid FROM orders_exception e
        JOIN orders_order o ON o.id = e.order_id
        WHERE e.order_id = ANY(%s) AND e.code = %s AND e.closed_at IS NULL
        ORDER BY e.id FOR UPDATE OF e SKIP LOCKED
        """,
        [sorted(done), PROMISE_BROKEN],
    )
    if not rows:
        return
    orders = standing.read(tx, {row[3] for row in rows})
    live = standing.live(tx, list(orders.values()))
    for exception, order_id, line_no, uid in rows:
        line = orders[uid].line(line_no)
        kept = sum(one.hold.qty for one in live[uid].goods if one.line_no == line_no)
        if line is not None and line.open <= kept:
            wish = Resolution(exception, done[order_id])
            resolve(tx, [wish], actor=actor, recorded_at=recorded_at)


def _answer(wish: Resolution, said: Mapping[int, str]) -> Resolved | Refusal:
    refused = refusal(wish, said)
    return refused or Resolved(wish.exception, wish.how, repeated=bool(said[wish.exception]))


def refusal(wish: Resolution, said: Mapping[int, str]) -> Refusal | None:
    """Why an exception cannot be resolved so; `said` is what `lock` answered."""
    if wish.how not in HOWS:
        return unknown_way(wish.how)
    if wish.exception not in said:
        return Refusal("unknown_exception", "exception", {"given": wish.exception})
    how = said[wish.exception]
    return already(wish.exception, how) if how not in {"", wish.how} else None


def unknown_way(how: str) -> Refusal:
    """Nothing is resolved like this."""
    return Refusal("unknown_resolution", "how", {"given": how, "known": ", ".join(HOWS)})


def already(exception: int, how: str) -> Refusal:
    """Somebody else was here first."""
    return Refusal("already_resolved", "exception", {"given": exception, "how": how})


def _noted(wish: Resolution) -> dict[str, object]:
    return {"note": wish.note} if wish.note else {}


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
