"""Slips: what was done about orders, written once each, with what the order stands at since.

A slip is known by the caller's id, which is also the request of its posting: the same id with the
same content is answered again, with another content it is refused. Whoever writes one has locked
the order (`standing.lock`) and looked for the id after that. Slips are never changed.
"""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import msgspec

from goen.kit import batches
from goen.kit.actors import Actor
from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders.order import Slipped
from goen.orders.sale import TaxTotal
from goen.orders.standing import Change, LinePart, Stands


@dataclass(frozen=True, slots=True)
class NewSlipLine:
    """Units of a line on a slip: where they are (or go, for a reroute), and what they come to."""

    part: LinePart
    place_id: int | None = None
    to: str = ""


@dataclass(frozen=True, slots=True)
class NewSlip:
    """One act on one order, ready to be written. Its lines are numbered from 0 as they stand.

    `order` is what the order stood at before; `changes` say, by line number, what its counters
    grow by; `state` is the order's afterwards.
    """

    uid: UUID
    order: Stands
    kind: str
    occurred_at: datetime
    business_date: date
    fingerprint: str
    state: str
    lines: tuple[NewSlipLine, ...] = ()
    taxes: tuple[TaxTotal, ...] = ()
    total_minor: int = 0
    changes: Mapping[int, Change] = field(default_factory=dict)
    place_id: int | None = None
    till_id: int | None = None
    staff_id: int | None = None
    reason: str = ""
    carrier: str = ""
    tracking_no: str = ""

    @property
    def after(self) -> Stands:
        """What the order stands at afterwards."""
        return self.order.after(self.changes, self.state)


def fingerprint(request: object) -> str:
    """What the caller said, in short: tells a retry from another request under the same id."""
    return hashlib.blake2b(msgspec.json.encode(request), digest_size=12).hexdigest()


def known(tx: Tx, asked: Mapping[UUID, str]) -> dict[UUID, Slipped | Refusal]:
    """Answers to requests whose id is in the books; `asked` are fingerprints by id.

    Look after `standing.lock`, so that a concurrent sender of the same is seen. The state is the
    order's now.
    """
    rows = tx.rows(
        """
        SELECT s.uid, o.uid, s.id, o.state, s.total_minor, s.fingerprint
        FROM orders_slip s JOIN orders_order o ON o.id = s.order_id WHERE s.uid = ANY(%s)
        """,
        [list(asked)],
    )
    return {
        uid: Slipped(uid, order, id_, state, total, repeated=True)
        if asked[uid] == said
        else batches.id_reused(uid)
        for uid, order, id_, state, total, said in rows
    }


_SLIPS = """
WITH slip AS (
  INSERT INTO orders_slip (uid, order_id, kind, place_id, till_id, staff_id, reason, carrier,
    tracking_no, total_minor, occurred_at, business_date, fingerprint, recorded_at, actor)
  SELECT given.*, %s, %s
  FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::text[], %s::text[], %s::text[], %s::bigint[], %s::timestamptz[], %s::date[], %s::text[])
    AS given
  ON CONFLICT (uid) DO NOTHING RETURNING uid, id
), line AS (
  INSERT INTO orders_slipline (slip_id, n, line_no, qty, place_id, "to", amount_minor,
    discount_minor, share_minor, net, cost)
  SELECT slip.id, given.n, given.line_no, given.qty, given.place_id, given.goes, given.amount,
    given.discount, given.share, given.net, given.cost
  FROM unnest(%s::uuid[], %s::int[], %s::int[], %s::bigint[], %s::bigint[], %s::text[],
    %s::bigint[], %s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[])
    AS given (uid, n, line_no, qty, place_id, goes, amount, discount, share, net, cost)
  JOIN slip USING (uid)
), tax AS (
  INSERT INTO orders_sliptax (slip_id, tax_class, rate_bp, gross_minor, tax_minor)
  SELECT slip.id, given.tax_class, given.rate_bp, given.gross, given.tax
  FROM unnest(%s::uuid[], %s::text[], %s::int[], %s::bigint[], %s::bigint[])
    AS given (uid, tax_class, rate_bp, gross, tax)
  JOIN slip USING (uid)
), begun AS (
  INSERT INTO orders_standing (order_id, line_no, qty, fulfilled, cancelled, taken_back)
  SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[])
), grown AS (
  UPDATE orders_standing s SET fulfilled = s.fulfilled + given.fulfilled,
    cancelled = s.cancelled + given.cancelled, taken_back = s.taken_back + given.taken_back
  FROM unnest(%s::bigint[], %s::int[], %s::bigint[], %s::bigint[], %s::bigint[])
    AS given (order_id, line_no, fulfilled, cancelled, taken_back)
  WHERE s.order_id = given.order_id AND s.line_no = given.line_no RETURNING s.order_id
), stated AS (
  UPDATE orders_order o SET state = given.state
  FROM unnest(%s::bigint[], %s::text[]) AS given (id, state)
  WHERE o.id = given.id AND o.state <> given.state
)
SELECT uid, id, (SELECT count(*) FROM grown) FROM slip
"""


def write(
    tx: Tx, slips: Sequence[NewSlip], *, actor: Actor, recorded_at: datetime
) -> dict[UUID, int]:
    """Write slips with their lines and taxes, and what the orders stand at, in one statement.

    Answers the ids. Of several slips of one order the later begins where the earlier ended
    (`NewSlip.after`). An id that another order has taken meanwhile is not answered: undo, and
    refuse it.
    """
    if not slips:
        return {}
    rows = [_slip_row(slip) for slip in slips]
    lines = [
        (slip.uid, n, line.part.line_no, line.part.qty, line.place_id, line.to,
         line.part.amount_minor, line.part.discount_minor, line.part.share_minor, line.part.net,
         line.part.cost)
        for slip in slips
        for n, line in enumerate(slip.lines)
    ]  # fmt: skip
    taxes = [
        (slip.uid, t.tax_class, t.rate_bp, t.gross_minor, t.tax_minor)
        for slip in slips
        for t in slip.taxes
    ]
    begun, more, states = _standings(slips)
    given = [
        *columns(rows, 13),
        *columns(lines, 11),
        *columns(taxes, 5),
        *columns(begun, 6),
        *columns(more, 5),
        *columns(states, 2),
    ]
    written = tx.rows(_SLIPS, [recorded_at, str(actor), *given])
    assert all(grown == len(more) for *_, grown in written), "a line without a standing"
    return {uid: id_ for uid, id_, _ in written}


def _slip_row(slip: NewSlip) -> tuple[object, ...]:
    return (
        slip.uid, slip.order.id, slip.kind, slip.place_id, slip.till_id, slip.staff_id,
        slip.reason, slip.carrier, slip.tracking_no, slip.total_minor, slip.occurred_at,
        slip.business_date, slip.fingerprint,
    )  # fmt: skip


Rows = list[tuple[object, ...]]


def _standings(slips: Sequence[NewSlip]) -> tuple[Rows, Rows, Rows]:
    """Counters that begin with the first slip of an order, that grow by later ones, and states.

    The CHECKs judge the counters.
    """
    first: dict[int, Stands] = {}
    last: dict[int, Stands] = {}
    grown: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0, 0])
    for slip in slips:
        first.setdefault(slip.order.id, slip.order)
        last[slip.order.id] = slip.after
        for line_no, change in slip.changes.items():
            by = (change.fulfilled, change.cancelled, change.taken_back)
            sums = grown[slip.order.id, line_no]
            grown[slip.order.id, line_no] = [a + b for a, b in zip(sums, by, strict=True)]
    begun: Rows = [
        (id_, line.line_no, line.qty, line.fulfilled, line.cancelled, line.taken_back)
        for id_, order in last.items()
        if not first[id_].begun
        for line in order.lines
        if line.qty > 0
    ]
    more: Rows = [(*key, *by) for key, by in grown.items() if first[key[0]].begun]
    states: Rows = [
        (id_, o.state) for id_, o in sorted(last.items()) if o.state != first[id_].state
    ]
    return begun, more, states
