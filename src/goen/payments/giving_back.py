"""Money that goes back: by which tender, by which moves, and the rows that say so.

A refund leaves the tender's account for sales, taking back the very moves that brought it in: the
ledger never lets more go back than came. Cash leaves the drawer of the place that gives it back.
Money of a document from before the ledger knew of payments has no move to take back and simply
leaves. What went back by each tender is kept beside the tenders, for documents old and new.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from goen.kit.arrays import columns
from goen.kit.db import Tx
from goen.ledger.rules import Account, Move, Ref
from goen.payments.tenders import sales_holder, tender_holder


@dataclass(frozen=True, slots=True)
class NewRefund:
    """What a slip gives back by one tender of a document; `tender` is its line there."""

    slip: UUID
    document: UUID
    tender: int
    kind: str
    amount_minor: int
    currency: str


@dataclass(slots=True)
class PaidIn:
    """A move that brought in money of a document, and how much of it is not yet back."""

    ref: Ref
    kind: str
    left: int


def kind_of(holder: str) -> str | None:
    """The kind of tender that a holder is of; None for any other account."""
    head, mark, kind = holder.rpartition(":tender:")
    return kind if mark and head.startswith("place:") else None


def given_back(
    amounts: Sequence[tuple[str, int]],
    paid_in: Sequence[PaidIn],
    *,
    sold_at: int,
    given_at: int,
    currency: str,
) -> tuple[Move, ...]:
    """Moves of (kind, amount) back to sales; uses up what is left of `paid_in`, oldest first."""
    moves = []
    for kind, wanted in amounts:
        amount = wanted
        place = given_at if kind == "cash" else sold_at
        source = Account(currency, tender_holder(place, kind))
        target = Account(currency, sales_holder(sold_at))
        for one in paid_in:
            part = min(one.left, amount) if one.kind == kind else 0
            if part:
                moves.append(Move(source, target, part, "refund", reverses=one.ref))
                one.left -= part
                amount -= part
        if amount:
            moves.append(Move(source, target, amount, "refund"))
    return tuple(moves)


def record(tx: Tx, refunds: Sequence[NewRefund]) -> None:
    """Keep what went back by which tender."""
    if not refunds:
        return
    rows = [
        (r.slip, r.document, r.tender, r.kind, r.amount_minor, r.currency)
        for r in refunds
        if r.amount_minor
    ]
    if rows:
        tx.execute(
            """
            INSERT INTO payments_refund (slip, document, tender, kind, amount_minor, currency)
            SELECT * FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::text[], %s::bigint[],
                                 %s::text[])
            """,
            columns(rows),
        )


def refunded(tx: Tx, documents: Sequence[UUID]) -> dict[tuple[UUID, int], int]:
    """What went back so far, by (document, tender)."""
    rows = tx.rows(
        """
        SELECT document, tender, sum(amount_minor)::bigint FROM payments_refund
        WHERE document = ANY(%s) GROUP BY 1, 2
        """,
        [list(documents)],
    )
    return {(document, tender): amount for document, tender, amount in rows}


def of_slips(tx: Tx, slips: Sequence[UUID]) -> dict[UUID, list[tuple[int, str, int]]]:
    """What slips gave back, as (tender, kind, amount) in the order of the document's tenders."""
    found: dict[UUID, list[tuple[int, str, int]]] = {}
    for slip, *rest in tx.rows(
        """
        SELECT slip, tender, kind, amount_minor FROM payments_refund
        WHERE slip = ANY(%s) ORDER BY slip, tender
        """,
        [list(slips)],
    ):
        found.setdefault(slip, []).append((rest[0], rest[1], rest[2]))
    return found
