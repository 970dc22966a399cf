"""What a count would find: the book of an instant beside what was counted, before it is booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from goen.kit.db import Tx
from goen.stock import queries, rules


@dataclass(frozen=True, slots=True)
class Expected:
    """What the books say of an SKU at an instant. `newer` is a later count that is here already."""

    booked: int
    held: int
    newer: datetime | None

    def difference(self, qty: int) -> int:
        """How many more were found than booked; nothing where a newer count knows better."""
        return 0 if self.newer else qty - self.booked

    def missing(self, qty: int) -> int:
        """Units promised to somebody that are not there."""
        return 0 if self.newer else max(0, self.held - qty)


def expected(
    tx: Tx, place_id: int, sku_ids: Sequence[int], *, counted_at: datetime
) -> dict[int, Expected]:
    """The book of each SKU at a place at an instant."""
    booked = queries.booked_at(tx, [(place_id, sku, counted_at) for sku in sku_ids])
    last = queries.last_counted(tx, [(place_id, sku) for sku in sku_ids]).get(place_id, {})
    rows = tx.rows(
        """
        SELECT a.unit, b.pending FROM ledger_account a
        JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.unit = ANY(%s) AND a.holder = %s
        """,
        [[rules.unit(sku) for sku in sku_ids], rules.sellable_holder(place_id)],
    )
    held = {rules.sku_of(unit): qty for unit, qty in rows}
    found = {}
    for sku in sku_ids:
        newest = last.get(sku)
        newer = newest if newest is not None and newest > counted_at else None
        found[sku] = Expected(booked[place_id, sku, counted_at], held.get(sku, 0), newer)
    return found


def shelf(tx: Tx, place_id: int, *, category: str = "", language: str = "ja") -> list[str]:
    """Codes of the SKUs that ever lay on a place's shelf, as a count walks along it."""
    rows = tx.rows(
        """
        SELECT s.code FROM ledger_account a
        JOIN catalogue_sku s ON a.unit = 'goods:' || s.id
        JOIN catalogue_product p ON p.id = s.product_id
        LEFT JOIN catalogue_category c ON c.id = p.category_id
        WHERE a.holder = %s AND (%s = '' OR c.code = %s)
        ORDER BY c.id, coalesce(nullif(s.name ->> %s, ''), s.name ->> 'ja'), s.id
        """,
        [rules.sellable_holder(place_id), category, category, language],
    )
    return [code for (code,) in rows]
