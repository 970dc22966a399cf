"""Reading the goods: names, and what is true of an SKU on a day."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from goen.catalogue.masters import barcode_key, search_key
from goen.kit.db import Row, Tx

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SkuShown:
    """An SKU as pages and tills show it; price and rate are those of the day asked for."""

    sku_id: int
    code: str
    name: Texts
    product_id: int
    category_id: int | None
    category_name: Texts | None
    unit: str
    barcodes: tuple[str, ...]
    price_minor: int | None
    currency: str | None
    tax_class: str | None
    rate_bp: int | None
    age20: bool


@dataclass(frozen=True, slots=True)
class CategoryShown:
    """A department; `depth` is 0 at the top of the tree."""

    category_id: int
    name: Texts
    depth: int


@dataclass(frozen=True, slots=True)
class Item:
    """What a sale needs of an SKU on its day. Missing masters are None, never a guess."""

    sku_id: int
    code: str
    price_minor: int | None
    tax_class: str | None
    rate_bp: int | None
    unit_cost: Decimal | None


_SHOWN = """
SELECT s.id, s.code, s.name, s.product_id, c.id, c.name, s.unit,
       ARRAY(SELECT b.code FROM catalogue_barcode b WHERE b.sku_id = s.id
             ORDER BY b.valid_from DESC, b.id),
       price.amount_minor, price.currency, tax.tax_class, rate.rate_bp, s.age20
FROM catalogue_sku s
JOIN catalogue_product p ON p.id = s.product_id
LEFT JOIN catalogue_category c ON c.id = p.category_id
LEFT JOIN LATERAL (
  SELECT x.amount_minor, l.currency FROM catalogue_price x
  JOIN catalogue_pricelist l ON l.id = x.price_list_id
  WHERE x.sku_id = s.id AND x.valid_from <= %(on)s ORDER BY x.valid_from DESC, l.id LIMIT 1
) price ON true
LEFT JOIN LATERAL (
  SELECT x.tax_class FROM catalogue_skutax x
  WHERE x.sku_id = s.id AND x.valid_from <= %(on)s ORDER BY x.valid_from DESC LIMIT 1
) tax ON true
LEFT JOIN LATERAL (
  SELECT x.rate_bp FROM catalogue_taxrate x
  WHERE x.tax_class = tax.tax_class AND x.valid_from <= %(on)s ORDER BY x.valid_from DESC LIMIT 1
) rate ON true
"""


def skus(tx: Tx, sku_ids: Sequence[int], *, on: date) -> dict[int, SkuShown]:
    """SKUs by id, with price and tax as of a day."""
    rows = tx.rows(_SHOWN + "WHERE s.id = ANY(%(ids)s)", {"on": on, "ids": list(sku_ids)})
    return {row[0]: _shown(row) for row in rows}


def measures(tx: Tx, sku_ids: Collection[int]) -> dict[int, str]:
    """The units of what is weighed or poured, among some SKUs; what is counted is left out."""
    sql = "SELECT id, unit FROM catalogue_sku WHERE id = ANY(%s) AND unit <> 'piece'"
    return dict(tx.rows(sql, [list(sku_ids)]))


def by_code(tx: Tx, code: str, *, on: date) -> SkuShown | None:
    """The SKU with this code or barcode; None if there is none, or more than one."""
    found = ids_by_code(tx, [code]).get(code)
    return None if found is None else skus(tx, [found], on=on).get(found)


def ids_by_code(tx: Tx, codes: Sequence[str]) -> dict[str, int]:
    """SKU ids by SKU code or barcode, as scanned; unknown and ambiguous codes are left out."""
    unique = list(dict.fromkeys(codes))
    rows = tx.rows(
        """
        SELECT given.code, coalesce(s.id, min(b.sku_id)), count(DISTINCT b.sku_id)
        FROM unnest(%s::text[], %s::text[]) AS given (code, barcode)
        LEFT JOIN catalogue_sku s ON s.code = given.code
        LEFT JOIN catalogue_barcode b ON s.id IS NULL AND b.code = given.barcode
        GROUP BY given.code, s.id
        """,
        [unique, [barcode_key(code) for code in unique]],
    )
    return {code: sku for code, sku, many in rows if sku is not None and many <= 1}


def search(tx: Tx, text: str, *, on: date, limit: int = 20) -> list[SkuShown]:
    """SKUs whose name or code contains the text, or whose barcode begins with it."""
    ids = search_ids(tx, text, limit=limit)
    found = skus(tx, ids, on=on)
    return [found[sku] for sku in ids]


def search_ids(tx: Tx, text: str, *, limit: int = 5000) -> list[int]:
    """Ids of the SKUs a text finds."""
    words = search_key(text).split()
    if not words:
        return []
    rows = tx.rows(
        """
        SELECT id FROM catalogue_sku
        WHERE search LIKE ALL(%s) OR id IN (
          SELECT sku_id FROM catalogue_barcode WHERE code LIKE %s)
        ORDER BY length(search), id LIMIT %s
        """,
        [[f"%{_like(word)}%" for word in words], f"{_like(barcode_key(text))}%", limit],
    )
    return [row[0] for row in rows]


_ITEMS = """
SELECT g.code, g.day, s.id, s.code,
  (SELECT amount_minor FROM catalogue_price x WHERE x.sku_id = s.id
     AND x.valid_from <= g.day ORDER BY x.valid_from DESC LIMIT 1),
  tax.tax_class,
  (SELECT rate_bp FROM catalogue_taxrate x WHERE x.tax_class = tax.tax_class
     AND x.valid_from <= g.day ORDER BY x.valid_from DESC LIMIT 1),
  (SELECT unit_cost FROM catalogue_cost x WHERE x.sku_id = s.id
     AND x.valid_from <= g.day ORDER BY x.valid_from DESC LIMIT 1)
FROM (
  SELECT given.code, given.day, coalesce(
    (SELECT id FROM catalogue_sku WHERE code = given.code),
    (SELECT min(b.sku_id) FROM catalogue_barcode b WHERE b.code = given.barcode
     HAVING count(DISTINCT b.sku_id) = 1)) AS sku_id
  FROM unnest(%s::text[], %s::text[], %s::date[]) AS given (code, barcode, day) OFFSET 0
) g
JOIN catalogue_sku s ON s.id = g.sku_id
LEFT JOIN LATERAL (
  SELECT tax_class FROM catalogue_skutax x WHERE x.sku_id = s.id
    AND x.valid_from <= g.day ORDER BY x.valid_from DESC LIMIT 1
) tax ON true
"""

_WITH_RATES = """
UNION ALL SELECT NULL, valid_from, NULL, NULL, NULL, tax_class, rate_bp, NULL
FROM catalogue_taxrate
"""


def items(
    tx: Tx, wanted: Collection[tuple[str, date]], *, rates: bool
) -> tuple[dict[tuple[str, date], Item], dict[str, list[tuple[date, int]]]]:
    """What sales need on their days of what is named by a code of its own or a barcode.

    Unknown and ambiguous codes are left out. With `rates`, in the same statement, the dated rates
    of every tax class, oldest first.
    """
    pairs = sorted(set(wanted))
    codes = [code for code, _ in pairs]
    rows = tx.rows(
        _ITEMS + (_WITH_RATES if rates else ""),
        [codes, [barcode_key(code) for code in codes], [day for _, day in pairs]],
    )
    found = {(row[0], row[1]): Item(*row[2:]) for row in rows if row[0] is not None}
    return found, _dated((row[5], row[1], row[6]) for row in rows if row[0] is None)


def rates(tx: Tx) -> dict[str, list[tuple[date, int]]]:
    """The dated rates of every tax class, oldest first."""
    return _dated(tx.rows("SELECT tax_class, valid_from, rate_bp FROM catalogue_taxrate"))


def _dated(rows: Iterable[Row]) -> dict[str, list[tuple[date, int]]]:
    found: dict[str, list[tuple[date, int]]] = {}
    for tax_class, since, rate in sorted(rows):
        found.setdefault(tax_class, []).append((since, rate))
    return found


def categories(tx: Tx) -> list[CategoryShown]:
    """Every department, each before those within it."""
    rows = tx.rows(
        """
        WITH RECURSIVE tree (id, name, depth, place) AS (
          SELECT id, name, 0, ARRAY[id] FROM catalogue_category WHERE parent_id IS NULL
          UNION ALL
          SELECT c.id, c.name, t.depth + 1, t.place || c.id
          FROM catalogue_category c JOIN tree t ON c.parent_id = t.id
        )
        SELECT id, name, depth FROM tree ORDER BY place
        """
    )
    return [CategoryShown(*row) for row in rows]


def price_lists(tx: Tx) -> list[str]:
    """Codes of the price lists, oldest first."""
    return [row[0] for row in tx.rows("SELECT code FROM catalogue_pricelist ORDER BY id")]


def _shown(row: Row) -> SkuShown:
    return SkuShown(*(*row[:7], tuple(row[7]), *row[8:]))


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
