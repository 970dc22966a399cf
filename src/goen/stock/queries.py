"""Reading stock."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

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


def last_counted(tx: Tx, wanted: Iterable[tuple[int, int]]) -> dict[int, dict[int, datetime]]:
    """When each (place, SKU) was last counted, by place and SKU.

    Ask in a statement after the one that entered the places' gates.
    """
    pairs = sorted(set(wanted))
    if not pairs:
        return {}
    rows = tx.rows(
        """
        SELECT given.place_id, given.sku_id, last.counted_at
        FROM unnest(%s::bigint[], %s::bigint[]) AS given (place_id, sku_id)
        CROSS JOIN LATERAL (
          SELECT c.counted_at FROM stock_count c
          WHERE c.place_id = given.place_id AND c.sku_id = given.sku_id
          ORDER BY c.counted_at DESC LIMIT 1) last
        """,
        [[place for place, _ in pairs], [sku for _, sku in pairs]],
    )
    return rules.last_of([(place, sku, at) for place, sku, at in rows])


def booked_at(
    tx: Tx, wanted: Sequence[tuple[int, int, datetime]]
) -> dict[tuple[int, int, datetime], int]:
    """What the books say stood on a place's shelf of an SKU at an instant: (place, SKU, at)."""
    rows = tx.rows(
        """
        SELECT given.place_id, given.sku_id, given.at,
          coalesce((SELECT sum(m.qty) FROM ledger_move m
                    WHERE m.target_id = a.id AND m.occurred_at <= given.at), 0)::bigint
          - coalesce((SELECT sum(m.qty) FROM ledger_move m
                      WHERE m.source_id = a.id AND m.occurred_at <= given.at), 0)::bigint
        FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS given (place_id, sku_id, at)
        LEFT JOIN ledger_account a ON a.unit = 'goods:' || given.sku_id
          AND a.holder = 'place:' || given.place_id || ':sellable' AND a.lot = ''
        """,
        [[w[0] for w in wanted], [w[1] for w in wanted], [w[2] for w in wanted]],
    )
    return {(place, sku, at): qty for place, sku, at, qty in rows}


def in_transit(tx: Tx, transfer: UUID) -> dict[int, int]:
    """What of a transfer is still on its way, by SKU."""
    rows = tx.rows(
        """
        SELECT a.unit, b.posted FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
        WHERE a.holder = %s AND b.posted > 0 ORDER BY a.id
        """,
        [f"transfer:{transfer}"],
    )
    return {rules.sku_of(unit): qty for unit, qty in rows}
