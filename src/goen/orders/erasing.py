"""Erasing a person with everything that orders know of them: addresses once delivered to.

Promises: refused while an order is on its way (it could not arrive); documents, amounts, tax and
moves stay to the last yen, as the law wants; what will be gone is counted before it is.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.behaviour import events, reasons
from goen.customers import erasing, joining
from goen.customers.erasing import Erased
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

__all__ = ["Erased", "Preview", "erase", "preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What erasing would take and leave. `open_orders` are in the way."""

    records: int
    credentials: int
    addresses: int
    documents: int
    open_orders: int
    points: int
    repeated: bool


_PREVIEW = """
WITH mine AS (SELECT record_id FROM customers_personof WHERE person_id = %(person)s),
bought AS (
  SELECT o.id, o.state FROM orders_order o JOIN mine USING (record_id)
)
SELECT (SELECT count(*) FROM mine),
  (SELECT count(*) FROM customers_credential JOIN mine USING (record_id)),
  (SELECT count(*) FROM orders_delivery d JOIN bought b ON b.id = d.order_id
   WHERE d.address_id IS NOT NULL),
  (SELECT count(*) FROM bought),
  (SELECT count(*) FROM bought WHERE state IN ('placed', 'ready', 'part')),
  (SELECT coalesce(sum(l.free), 0)::bigint FROM points_lot l WHERE l.account_id IN
    (SELECT m.account_id FROM points_membership m JOIN mine USING (record_id))),
  NOT EXISTS (SELECT FROM mine LEFT JOIN customers_erasure e USING (record_id)
              WHERE e.record_id IS NULL)
"""


def preview(tx: Tx, person_id: int) -> Preview | None:
    """What erasing a person would do; None where there is no such person now."""
    row = tx.row(_PREVIEW, {"person": person_id})
    return None if row is None or row[0] == 0 else Preview(*row)


def erase(
    tx: Tx,
    person_id: int,
    *,
    answer: str = "",
    request: UUID | None = None,
    actor: Actor,
    recorded_at: datetime,
) -> Erased | Refusal:
    """Erase a person's contact data everywhere; the same again changes nothing."""
    joining.take_turns(tx)  # nobody becomes part of this person behind the look at their orders
    found = preview(tx, person_id)
    if found is None:
        return Refusal("unknown_person", "person", {"given": person_id})
    if found.open_orders:
        return Refusal("orders_on_their_way", "person", {"count": found.open_orders})
    done = erasing.erase(
        tx,
        person_id,
        answer=answer,
        request=request,
        address_ids=_addresses(tx, person_id),
        actor=actor,
        recorded_at=recorded_at,
    )
    if isinstance(done, Erased) and not done.repeated:
        reasons.forget_words(tx, done.record_ids)
        events.forget_words(tx, done.record_ids)
    return done


def _addresses(tx: Tx, person_id: int) -> list[int]:
    rows = tx.rows(
        """
        SELECT d.address_id FROM orders_delivery d JOIN orders_order o ON o.id = d.order_id
        JOIN customers_personof po ON po.record_id = o.record_id
        WHERE po.person_id = %s AND d.address_id IS NOT NULL
        """,
        [person_id],
    )
    return [row[0] for row in rows]
