"""What can be done about goods that an order no longer has, the best way first.

Ways, as plain values that go into a document: `keep_again` where the place has them by now,
`transfer` to where they are to be collected, `reroute` to a place that has them, `substitute` by
another SKU of the same product, and always `cancel`, which gives the money back.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from goen.kit.db import Tx
from goen.stock import rules as stock

Way = dict[str, object]
MOST = 3
"""Places or SKUs named per way."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Units of an SKU that are not kept at a place; of an order, or of a hold of its own."""

    sku_id: int
    qty: int
    place_id: int
    order_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Shelf:
    """What a place can still sell of an SKU."""

    sku_id: int
    code: str
    name: Mapping[str, str]
    place_id: int
    place: str
    kind: str
    free: int


def ways(tx: Tx, missing: Sequence[Missing]) -> list[list[Way]]:
    """Ways out of each, by what shelves can give now; nothing is kept by asking."""
    if not missing:
        return []
    shelves = _shelves(tx, sorted({m.sku_id for m in missing}))
    places: dict[int, str] = dict(tx.rows("SELECT id, code FROM places_place"))
    orders = _deliveries(tx, sorted({m.order_id for m in missing if m.order_id is not None}))
    return [
        _ranked(one, shelves.get(one.sku_id, []), places, orders.get(one.order_id or 0, "ship"))
        for one in missing
    ]


_SHELVES = """
SELECT asked.id, s.id, s.code, s.name, p.id, p.code, p.kind,
       (b.posted - b.pending - b.floor)::bigint AS free
FROM catalogue_sku asked JOIN catalogue_sku s ON s.product_id = asked.product_id
CROSS JOIN places_place p
JOIN ledger_account a ON a.unit = 'goods:' || s.id AND a.holder = 'place:' || p.id || ':sellable'
  AND a.lot = ''
JOIN ledger_balance b ON b.account_id = a.id
WHERE asked.id = ANY(%s) AND b.posted - b.pending - b.floor > 0
ORDER BY free DESC, p.id, s.id
"""


def _shelves(tx: Tx, sku_ids: Sequence[int]) -> dict[int, list[_Shelf]]:
    """Places that have an SKU or another of its product, by the SKU asked, the fullest first."""
    found: dict[int, list[_Shelf]] = defaultdict(list)
    for asked, *shelf in tx.rows(_SHELVES, [list(sku_ids)]):
        found[asked].append(_Shelf(*shelf))
    return found


def _deliveries(tx: Tx, order_ids: Sequence[int]) -> dict[int, str]:
    """How orders reach the shopper."""
    if not order_ids:
        return {}
    sql = "SELECT order_id, method FROM orders_delivery WHERE order_id = ANY(%s)"
    return dict(tx.rows(sql, [list(order_ids)]))


def _ranked(
    one: Missing, shelves: Sequence[_Shelf], places: Mapping[int, str], method: str
) -> list[Way]:
    """Enough of the very SKU in one place before another SKU, before giving up."""
    here = places[one.place_id]
    same = [s for s in shelves if s.sku_id == one.sku_id and s.free >= one.qty]
    away = [s for s in same if s.place_id != one.place_id]
    found: list[Way] = [
        {"way": "keep_again", "place": here, "free": s.free}
        for s in same
        if s.place_id == one.place_id
    ]
    if method == "collect":
        found += [
            {"way": "transfer", "from": s.place, "to": here, "free": s.free} for s in away[:MOST]
        ]
    able = [s for s in away if s.kind in stock.METHODS[method]]
    found += [{"way": "reroute", "place": s.place, "free": s.free} for s in able[:MOST]]
    others = [s for s in shelves if s.sku_id != one.sku_id and s.free >= one.qty]
    found += [
        {
            "way": "substitute", "item": s.code, "name": dict(s.name), "place": s.place,
            "free": s.free,
        }
        for s in others[:MOST]
    ]  # fmt: skip
    return [*found, {"way": "cancel"}]
