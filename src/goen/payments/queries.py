"""Reading how documents were paid."""

from dataclasses import dataclass
from uuid import UUID

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class TenderShown:
    """One way a document was paid, with the change given back."""

    kind: str
    amount_minor: int
    tendered_minor: int
    change_minor: int


def tenders_of(tx: Tx, document: UUID) -> tuple[TenderShown, ...]:
    """The tenders of a document, in the order given."""
    rows = tx.rows(
        "SELECT kind, amount_minor, tendered_minor FROM payments_tender"
        " WHERE document = %s ORDER BY line",
        [document],
    )
    return tuple(TenderShown(kind, amount, given, given - amount) for kind, amount, given in rows)
