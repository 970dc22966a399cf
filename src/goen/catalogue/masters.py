"""Keeping the goods: many at once, put by code; what is dated is added from its day on."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from stdnum import ean

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NewCategory:
    """A department of goods."""

    code: str
    name: Texts


@dataclass(frozen=True, slots=True)
class NewSku:
    """An SKU with its barcodes, dated tax-included prices, tax classes and costs (without tax)."""

    code: str
    name: Texts
    product_code: str = ""
    product_name: Texts = field(default_factory=dict)
    category_code: str | None = None
    unit: str = "piece"
    age20: bool = False
    barcodes: tuple[str, ...] = ()
    prices: tuple[tuple[date, int], ...] = ()
    tax: tuple[tuple[date, str], ...] = ()
    costs: tuple[tuple[date, Decimal], ...] = ()


def put_categories(
    tx: Tx, new: Sequence[NewCategory], *, actor: Actor, recorded_at: datetime
) -> dict[str, int]:
    """Make or rename departments; answers their ids by code."""
    unique = list({c.code: c for c in new}.values())
    rows = tx.rows(
        """
        INSERT INTO catalogue_category (code, name)
        SELECT code, name::jsonb FROM unnest(%s::text[], %s::text[]) AS given (code, name)
        ON CONFLICT (code) DO UPDATE SET name = excluded.name RETURNING code, id
        """,
        [[c.code for c in unique], [_json(c.name) for c in unique]],
    )
    _noted(tx, actor, "category", len(new), recorded_at)
    return dict(rows)


def put_tax_rates(
    tx: Tx, rates: Sequence[tuple[str, date, int]], *, actor: Actor, recorded_at: datetime
) -> None:
    """Set the rates of tax classes from days on, in basis points."""
    tx.execute(
        """
        INSERT INTO catalogue_taxrate (tax_class, valid_from, rate_bp)
        SELECT * FROM unnest(%s::text[], %s::date[], %s::int[])
        ON CONFLICT (tax_class, valid_from) DO UPDATE SET rate_bp = excluded.rate_bp
        """,
        [[r[0] for r in rates], [r[1] for r in rates], [r[2] for r in rates]],
    )
    _noted(tx, actor, "tax_rate", len(rates), recorded_at)


def put_price_list(tx: Tx, *, code: str, entity: str, currency: str, tax_included: bool) -> int:
    """Make a price list of a company."""
    return int(
        tx.value(
            """
            INSERT INTO catalogue_pricelist (code, entity_id, currency, tax_included)
            SELECT %s, id, %s, %s FROM places_entity WHERE code = %s
            ON CONFLICT (code) DO UPDATE SET currency = excluded.currency RETURNING id
            """,
            [code, currency, tax_included, entity],
        )
    )


def put_margin(
    tx: Tx, *, category_code: str | None, rate: Decimal, actor: Actor, recorded_at: datetime
) -> None:
    """Assume a margin rate (0…1) where no cost is known: of a category, or of the whole shop."""
    tx.execute(
        """
        INSERT INTO catalogue_margin (category_id, rate, changed_by, changed_at)
        VALUES ((SELECT id FROM catalogue_category WHERE code = %s), %s, %s, %s)
        ON CONFLICT (category_id) DO UPDATE SET rate = excluded.rate,
          changed_by = excluded.changed_by, changed_at = excluded.changed_at
        """,
        [category_code, rate, str(actor), recorded_at],
    )
    detail = {"rate": str(rate)}
    trail.note(
        tx, actor, "assume", "margin", category_code or "shop", at=recorded_at, detail=detail
    )


def put_skus(
    tx: Tx,
    new: Sequence[NewSku],
    *,
    price_list: str | None,
    actor: Actor,
    recorded_at: datetime,
) -> dict[str, int]:
    """Make or rename SKUs with their products; answers their ids by code.

    An SKU without `product_code` is a product of its own. Costs are in the list's currency.
    """
    skus = list({sku.code: sku for sku in new}.values())
    _put_products(tx, skus)
    rows = tx.rows(
        """
        INSERT INTO catalogue_sku (code, product_id, name, unit, age20, search)
        SELECT g.code, p.id, g.name::jsonb, g.unit, g.age20, g.search
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::boolean[], %s::text[])
          AS g (code, product_code, name, unit, age20, search)
        JOIN catalogue_product p ON p.code = g.product_code
        ON CONFLICT (code) DO UPDATE SET name = excluded.name, search = excluded.search
        RETURNING code, id, xmax = 0
        """,
        [
            [s.code for s in skus],
            [s.product_code or s.code for s in skus],
            [_json(s.name) for s in skus],
            [s.unit for s in skus],
            [s.age20 for s in skus],
            [search_key(" ".join([*s.name.values(), s.code])) for s in skus],
        ],
    )
    ids: dict[str, int] = {code: id_ for code, id_, _ in rows}
    _mark_products(tx, [id_ for _, id_, is_new in rows if is_new])
    _put_barcodes(tx, skus, ids)
    _put_prices(tx, skus, ids, price_list)
    _put_taxes(tx, skus, ids)
    _put_costs(tx, skus, ids, price_list)
    _noted(tx, actor, "sku", len(skus), recorded_at)
    return ids


def search_key(words: str) -> str:
    """The folded form goods are found by: NFKC, lower case, hiragana as katakana."""
    folded = unicodedata.normalize("NFKC", words).lower()
    return "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in folded)


def barcode_key(code: str) -> str:
    """One form per printed code: UPC-12 and codes that lost a leading zero become 13 digits."""
    digits = unicodedata.normalize("NFKC", code).strip().replace("-", "").replace(" ", "")
    if digits.isdigit() and len(digits) in {11, 12} and ean.is_valid(digits.zfill(13)):
        return digits.zfill(13)
    return digits


def _put_products(tx: Tx, skus: Sequence[NewSku]) -> None:
    by_code = {s.product_code or s.code: s for s in skus}
    tx.execute(
        """
        INSERT INTO catalogue_product (code, name, category_id)
        SELECT g.code, g.name::jsonb, c.id
        FROM unnest(%s::text[], %s::text[], %s::text[]) AS g (code, name, category)
        LEFT JOIN catalogue_category c ON c.code = g.category
        ON CONFLICT (code) DO UPDATE SET name = excluded.name,
          category_id = coalesce(excluded.category_id, catalogue_product.category_id),
          xid = pg_current_xact_id()
        WHERE (catalogue_product.name, catalogue_product.category_id) IS DISTINCT FROM
          (excluded.name, coalesce(excluded.category_id, catalogue_product.category_id))
        """,
        [
            list(by_code),
            [_json(s.product_name or s.name) for s in by_code.values()],
            [s.category_code for s in by_code.values()],
        ],
    )


def _mark_products(tx: Tx, new_skus: Sequence[int]) -> None:
    """A product with a new SKU has changed, for those who copy the goods."""
    tx.execute(
        """
        UPDATE catalogue_product p SET xid = pg_current_xact_id() FROM catalogue_sku s
        WHERE s.product_id = p.id AND s.id = ANY(%s) AND p.xid <> pg_current_xact_id()
        """,
        [list(new_skus)],
    )


def _put_barcodes(tx: Tx, skus: Sequence[NewSku], ids: Mapping[str, int]) -> None:
    rows = [(barcode_key(code), ids[s.code]) for s in skus for code in s.barcodes]
    tx.execute(
        """
        INSERT INTO catalogue_barcode (code, sku_id, valid_from)
        SELECT code, sku_id, %s FROM unnest(%s::text[], %s::bigint[]) AS g (code, sku_id)
        ON CONFLICT DO NOTHING
        """,
        [date(2000, 1, 1), [r[0] for r in rows], [r[1] for r in rows]],
    )


def _put_prices(
    tx: Tx, skus: Sequence[NewSku], ids: Mapping[str, int], price_list: str | None
) -> None:
    rows = [(ids[s.code], since, amount) for s in skus for since, amount in s.prices]
    assert price_list or not rows, "prices need a price list"
    tx.execute(
        """
        INSERT INTO catalogue_price (price_list_id, sku_id, valid_from, amount_minor)
        SELECT l.id, g.sku_id, g.valid_from, g.amount
        FROM unnest(%s::bigint[], %s::date[], %s::bigint[]) AS g (sku_id, valid_from, amount)
        JOIN catalogue_pricelist l ON l.code = %s
        ON CONFLICT (sku_id, price_list_id, valid_from)
          DO UPDATE SET amount_minor = excluded.amount_minor
        """,
        [[r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows], price_list],
    )


def _put_taxes(tx: Tx, skus: Sequence[NewSku], ids: Mapping[str, int]) -> None:
    rows = [(ids[s.code], since, tax_class) for s in skus for since, tax_class in s.tax]
    tx.execute(
        """
        INSERT INTO catalogue_skutax (sku_id, valid_from, tax_class)
        SELECT * FROM unnest(%s::bigint[], %s::date[], %s::text[])
        ON CONFLICT (sku_id, valid_from) DO UPDATE SET tax_class = excluded.tax_class
        """,
        [[r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]],
    )


def _put_costs(
    tx: Tx, skus: Sequence[NewSku], ids: Mapping[str, int], price_list: str | None
) -> None:
    rows = [(ids[s.code], since, cost) for s in skus for since, cost in s.costs]
    tx.execute(
        """
        INSERT INTO catalogue_cost (sku_id, valid_from, unit_cost, currency)
        SELECT g.sku_id, g.valid_from, g.cost,
               coalesce((SELECT currency FROM catalogue_pricelist WHERE code = %s), 'JPY')
        FROM unnest(%s::bigint[], %s::date[], %s::numeric[]) AS g (sku_id, valid_from, cost)
        ON CONFLICT (sku_id, valid_from) DO UPDATE SET unit_cost = excluded.unit_cost
        """,
        [price_list, [r[0] for r in rows], [r[1] for r in rows], [r[2] for r in rows]],
    )


def _noted(tx: Tx, actor: Actor, kind: str, count: int, recorded_at: datetime) -> None:
    trail.note(tx, actor, "put", kind, "many", at=recorded_at, detail={"count": count})


def _json(texts: Mapping[str, str]) -> str:
    return json.dumps(dict(texts), ensure_ascii=False)
