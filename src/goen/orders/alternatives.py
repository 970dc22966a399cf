"""Why goods cannot be kept, with what can be ordered instead, just as it stands.

Alternatives are other places that may send the goods and have enough of them, then other SKUs of
the same product that some place has enough of; the very SKU first, then the best stocked.
"""

from collections.abc import Sequence

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.rules import Short
from goen.stock import rules as stock

MOST = 5
"""Alternatives named."""

_SHELVES = """
SELECT s.id = asked.id, s.code, s.name, p.code, p.name,
       (b.posted - b.pending - b.floor)::bigint AS free
FROM catalogue_sku asked JOIN catalogue_sku s ON s.product_id = asked.product_id
CROSS JOIN places_place p
JOIN ledger_account a ON a.unit = 'goods:' || s.id AND a.holder = 'place:' || p.id || ':sellable'
  AND a.lot = ''
JOIN ledger_balance b ON b.account_id = a.id
WHERE asked.id = %s AND p.kind = ANY(%s) AND b.posted - b.pending - b.floor >= %s
  AND NOT (s.id = asked.id AND p.id = %s)
ORDER BY s.id = asked.id DESC, free DESC, p.id, s.id LIMIT %s
"""


def of(tx: Tx, sku_id: int, *, qty: int, place_id: int, method: str) -> list[dict[str, object]]:
    """What has `qty` now: {place, name, free}, with {item, item_name} where it is another SKU."""
    kinds = list(stock.METHODS[method])
    found = []
    for same, code, item_name, place, name, free in tx.rows(
        _SHELVES, [sku_id, kinds, qty, place_id, MOST]
    ):
        one: dict[str, object] = {"place": place, "name": name, "free": free}
        found.append(one if same else {"item": code, "item_name": item_name, **one})
    return found


def short(tx: Tx, answer: Short, items: Sequence[tuple[int, int, str]], *, method: str) -> Refusal:
    """There is not enough of a line's goods where they were to come from; `items` are its lines.

    They are (SKU id, place id, code as given), in the order of the document.
    """
    sku_id = stock.sku_of(answer.account.unit)
    place_id = int(answer.account.holder.split(":")[1])
    n = next(i for i, one in enumerate(items) if one[:2] == (sku_id, place_id))
    detail = {
        "item": items[n][2],
        "wanted": answer.wanted,
        "free": answer.free,
        "alternatives": of(tx, sku_id, qty=answer.wanted, place_id=place_id, method=method),
    }
    return Refusal("short", f"lines[{n}].qty", detail)
