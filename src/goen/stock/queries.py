"""Reading stock."""

from collections.abc import Sequence

from goen.kit.db import Tx
from goen.ledger import queries as ledger
from goen.stock import rules


def available(tx: Tx, sku_ids: Sequence[int], place_id: int) -> dict[int, int]:
    """What a place can still sell of each SKU; 0 where nothing was ever booked."""
    units = {rules.unit(sku): sku for sku in sku_ids}
    found = ledger.free(tx, list(units), rules.sellable_holder(place_id))
    return {sku: found.get(unit, 0) for unit, sku in units.items()}


def elsewhere(tx: Tx, sku_id: int, *, but_not: int) -> list[dict[str, object]]:
    """Other places that can sell an SKU now, the best stocked first."""
    rows = tx.rows(
        """
        SELECT p.code, p.name, (b.posted - b.pending - b.floor)::bigint AS free
        FROM places_place p
        JOIN ledger_account a ON a.unit = %s AND a.holder = 'place:' || p.id || ':sellable'
        JOIN ledger_balance b ON b.account_id = a.id
        WHERE p.id <> %s AND b.posted - b.pending - b.floor > 0
        ORDER BY free DESC, p.id LIMIT 5
        """,
        [rules.unit(sku_id), but_not],
    )
    return [{"place": code, "name": name, "free": free} for code, name, free in rows]
