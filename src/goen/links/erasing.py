"""Erasing a person with everything that files and other systems told of them.

Promises: what other systems said of them beside their purchases is gone, and so is what stood of
them in rows that could not be used; how many rows a file had, and why they were put aside, stays.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.customers.erasing import names_of
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.links import brought, parked
from goen.marketing import erasing
from goen.marketing.erasing import Erased

__all__ = ["Erased", "Preview", "erase", "preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What erasing would take and leave: `books` as orders know it, and rows of files."""

    books: erasing.Preview
    parked_rows: int


def preview(tx: Tx, person_id: int) -> Preview | None:
    """What erasing a person would do; None where there is no such person now."""
    books = erasing.preview(tx, person_id)
    if books is None:
        return None
    return Preview(books, parked.row_count(tx, names_of(tx, person_id)))


def erase(
    tx: Tx,
    person_id: int,
    *,
    answer: str = "",
    request: UUID | None = None,
    actor: Actor,
    recorded_at: datetime,
) -> Erased | Refusal:
    """As `orders.erasing.erase`."""
    names = names_of(tx, person_id)
    done = erasing.erase(
        tx, person_id, answer=answer, request=request, actor=actor, recorded_at=recorded_at
    )
    if isinstance(done, Erased):
        brought.forget_traits(tx, done.record_ids)
        parked.empty_of(tx, names, actor=actor, recorded_at=recorded_at)
    return done
