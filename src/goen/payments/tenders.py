"""How a document was paid: rows of tenders, and the money moves they plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from goen.kit.db import Tx
from goen.ledger.rules import Account, Move

KINDS = ("cash", "card", "qr", "emoney", "transfer", "cod", "invoice", "points", "other")


@dataclass(frozen=True, slots=True)
class NewTender:
    """A part of a payment. `tendered_minor` is what the shopper gave; the rest is change."""

    document: UUID
    line: int
    kind: str
    amount_minor: int
    tendered_minor: int
    currency: str


def tender_holder(place_id: int, kind: str) -> str:
    """Who holds the money paid at a place in one way."""
    return f"place:{place_id}:tender:{kind}"


def sales_holder(place_id: int) -> str:
    """Whose money it was that a place sold for."""
    return f"place:{place_id}:sales"


def paid(tenders: Sequence[tuple[str, int]], *, place_id: int, currency: str) -> tuple[Move, ...]:
    """Moves of money by a sale; `tenders` are (kind, amount)."""
    sales = Account(currency, sales_holder(place_id))
    return tuple(
        Move(sales, Account(currency, tender_holder(place_id, kind)), amount, "tender")
        for kind, amount in tenders
        if amount > 0
    )


def record(tx: Tx, tenders: Sequence[NewTender]) -> None:
    """Keep how documents were paid."""
    if not tenders:
        return
    tx.execute(
        """
        INSERT INTO payments_tender (document, line, kind, amount_minor, tendered_minor, currency)
        SELECT * FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::bigint[], %s::bigint[],
                             %s::text[])
        """,
        [
            [t.document for t in tenders],
            [t.line for t in tenders],
            [t.kind for t in tenders],
            [t.amount_minor for t in tenders],
            [t.tendered_minor for t in tenders],
            [t.currency for t in tenders],
        ],
    )


def forget(tx: Tx, documents: Sequence[UUID]) -> None:
    """Take back tenders recorded in this transaction for what did not come about."""
    if documents:
        tx.execute("DELETE FROM payments_tender WHERE document = ANY(%s)", [list(documents)])
