"""Stock for pages: which SKUs, how much of them at each place, and what it all comes to.

Promises: one statement however many SKUs; the total of the group is the sum of its places and of
what is on its way, and of nothing else; SKUs that never lay on a shelf are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from goen.catalogue import queries as catalogue
from goen.kit.db import Tx
from goen.stock import rules

ORDERS = ("name", "free", "held")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which SKUs a page wants: a text, a category, those at one place; in which order."""

    text: str = ""
    category: str = ""
    place_id: int | None = None
    only: tuple[int, ...] | None = None
    order: str = "name"
    language: str = "ja"


@dataclass(frozen=True, slots=True)
class PlaceTotal:
    """What one place has of all SKUs that were asked for; what is weighed or poured is left out."""

    place_id: int
    posted: int
    pending: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The group's stock: its places, and what is between them."""

    places: tuple[PlaceTotal, ...]
    in_transit: int
    skus: int

    @property
    def posted(self) -> int:
        return sum(p.posted for p in self.places)

    @property
    def pending(self) -> int:
        return sum(p.pending for p in self.places)

    @property
    def group(self) -> int:
        return self.posted + self.in_transit


_CHOSEN = """
WITH shelf AS MATERIALIZED (
  SELECT substr(a.unit, 7)::bigint AS sku_id, split_part(a.holder, ':', 2)::bigint AS place_id,
         b.posted, b.pending
  FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
  WHERE a.holder LIKE 'place:%%:sellable' AND a.unit LIKE 'goods:%%'
), chosen AS (
  SELECT s.id, s.unit, s.name, s.code FROM catalogue_sku s
  JOIN catalogue_product p ON p.id = s.product_id
  LEFT JOIN catalogue_category c ON c.id = p.category_id
  WHERE (%(ids)s::bigint[] IS NULL OR s.id = ANY(%(ids)s))
    AND (%(category)s = '' OR c.code = %(category)s)
    AND EXISTS (SELECT FROM shelf h WHERE h.sku_id = s.id
                AND (%(place)s::bigint IS NULL OR h.place_id = %(place)s))
)
"""

_PAGE = """
SELECT c.id, count(*) OVER () FROM chosen c
JOIN (
  SELECT sku_id, sum(posted - pending) AS free, sum(pending) AS held FROM shelf
  WHERE %(place)s::bigint IS NULL OR place_id = %(place)s GROUP BY sku_id
) t ON t.sku_id = c.id
ORDER BY CASE %(order)s WHEN 'free' THEN t.free WHEN 'held' THEN -t.held ELSE 0 END,
         coalesce(nullif(c.name ->> %(language)s, ''), c.name ->> 'ja'), c.id
LIMIT %(limit)s OFFSET %(start)s
"""


def page(tx: Tx, asked: Asked, *, limit: int, start: int = 0) -> tuple[list[int], int]:
    """The SKUs of a page, and how many there are in all."""
    tx.plan_afresh()
    rows = tx.rows(_CHOSEN + _PAGE, {**_given(tx, asked), "limit": limit, "start": start})
    return [row[0] for row in rows], rows[0][1] if rows else 0


_TOTALS = """
SELECT h.place_id, sum(h.posted) FILTER (WHERE c.unit = 'piece')::bigint,
       sum(h.pending) FILTER (WHERE c.unit = 'piece')::bigint, (SELECT count(*) FROM chosen)
FROM shelf h JOIN chosen c ON c.id = h.sku_id
WHERE %(place)s::bigint IS NULL OR h.place_id = %(place)s
GROUP BY h.place_id HAVING bool_or(c.unit = 'piece') ORDER BY h.place_id
"""


def totals(tx: Tx, asked: Asked) -> Totals:
    """What the SKUs asked for come to, by place and for the group."""
    tx.plan_afresh()
    given = _given(tx, asked)
    rows = tx.rows(_CHOSEN + _TOTALS, given)
    moving = tx.value(
        _CHOSEN + "SELECT coalesce(sum(b.posted), 0)::bigint FROM ledger_account a"
        " JOIN ledger_balance b ON b.account_id = a.id AND b.posted > 0"
        " JOIN stock_transfer t ON a.holder = 'transfer:' || t.uid"
        " JOIN chosen c ON a.unit = 'goods:' || c.id AND c.unit = 'piece'"
        " WHERE a.holder LIKE 'transfer:%%'"
        "   AND (%(place)s::bigint IS NULL OR t.target_id = %(place)s)",
        given,
    )
    places = tuple(PlaceTotal(*row[:3]) for row in rows)
    return Totals(places, int(moving or 0), rows[0][3] if rows else 0)


def _given(tx: Tx, asked: Asked) -> dict[str, object]:
    ids: Sequence[int] | None = asked.only
    if asked.text:
        found = catalogue.search_ids(tx, asked.text)
        ids = found if ids is None else [one for one in found if one in set(ids)]
    return {
        "ids": None if ids is None else list(ids),
        "category": asked.category,
        "place": asked.place_id,
        "order": asked.order,
        "language": asked.language,
    }


def on_the_way(tx: Tx, sku_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """What is on its way to a place, by (SKU, place)."""
    rows = tx.rows(
        """
        SELECT substr(a.unit, 7)::bigint, t.target_id, sum(b.posted)::bigint
        FROM unnest(%s::text[]) AS given (unit)
        JOIN ledger_account a ON a.unit = given.unit AND a.holder LIKE 'transfer:%%'
        JOIN ledger_balance b ON b.account_id = a.id AND b.posted > 0
        JOIN stock_transfer t ON t.uid = substr(a.holder, 10)::uuid
        GROUP BY 1, 2
        """,
        [[rules.unit(sku) for sku in sku_ids]],
    )
    return {(sku, place): qty for sku, place, qty in rows}


def damaged(tx: Tx, sku_id: int) -> dict[int, int]:
    """What places have of an SKU and cannot sell, by place."""
    rows = tx.rows(
        """
        SELECT split_part(a.holder, ':', 2)::bigint, b.posted
        FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id AND b.posted > 0
        WHERE a.unit = %s AND a.holder LIKE 'place:%%:damaged'
        """,
        [rules.unit(sku_id)],
    )
    return dict(rows)
