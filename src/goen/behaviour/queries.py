"""Reading what explains a purchase."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class ReasonShown:
    """A reason as kept. `confidence` is only there when it was inferred."""

    basis: str
    code: str
    note: str
    confidence: float | None


def reasons_of(tx: Tx, documents: Sequence[UUID]) -> dict[UUID, list[ReasonShown]]:
    """The reasons of documents of sale, oldest first; documents without one are left out."""
    if not documents:
        return {}
    found: dict[UUID, list[ReasonShown]] = defaultdict(list)
    for document, basis, code, note, confidence in tx.rows(
        """
        SELECT document, basis, code, note, confidence::float8
        FROM behaviour_reason WHERE document = ANY(%s::uuid[]) ORDER BY id
        """,
        [list(documents)],
    ):
        found[document].append(ReasonShown(basis, code, note, confidence))
    return dict(found)
