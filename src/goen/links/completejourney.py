"""A year of a real grocer's receipts (Complete Journey), from the package that holds them.

Promises: 1,469,307 lines are read and every one is loaded or parked with its reason; the unit is a
household; `sales_value` is the amount as given and no discount is taken off again; what a margin is
assumed to be is said per department, because the data know no cost; campaigns, coupons, promotions
and what is known of households come in beside the receipts, and everything is counted twice: in
the data and in the books. The data are for research and education and never leave the package:
nothing of them is copied into this project.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow.parquet as pq

from goen.catalogue import masters as catalogue
from goen.catalogue.masters import NewCategory, NewSku
from goen.customers import records
from goen.customers.records import NewRecord
from goen.kit import clock, home, ids, progress
from goen.kit.actors import Actor
from goen.kit.db import tx
from goen.links import (
    completejourney_campaigns,
    completejourney_counts,
    completejourney_files,
    completejourney_promotions,
    loading,
    opening,
    queries,
    reconciling,
    tables,
)
from goen.links.completejourney_files import CURRENCY, SOURCE, TIMEZONE, Product
from goen.links.loading import Entry, Unusable
from goen.links.queries import LoadShown
from goen.links.reconciling import Compared
from goen.orders.sale import Sale, SaleLine
from goen.places import masters as places
from goen.places.masters import NewPlace

CHANNEL = "store"
_MAPPING = {"layout": {"columns": completejourney_files.COLUMNS}}
LABEL = {"ja": "Complete Journey の取り込み", "en": "Loading Complete Journey"}

OTHER_MARGIN = Decimal("0.28")
MARGINS = {
    "GROCERY": Decimal("0.26"),
    "DRUG GM": Decimal("0.30"),
    "FUEL": Decimal("0.08"),
    "PRODUCE": Decimal("0.33"),
    "MEAT": Decimal("0.28"),
    "MEAT-PCKGD": Decimal("0.27"),
    "SEAFOOD": Decimal("0.28"),
    "SEAFOOD-PCKGD": Decimal("0.28"),
    "DELI": Decimal("0.40"),
    "PASTRY": Decimal("0.50"),
    "SALAD BAR": Decimal("0.45"),
    "NUTRITION": Decimal("0.35"),
    "COSMETICS": Decimal("0.35"),
    "FLORAL": Decimal("0.45"),
    "SPIRITS": Decimal("0.22"),
    "MISCELLANEOUS": Decimal("0.15"),
}
"""Assumed gross margins by department: round figures for a grocer, not taken from the data."""


def begin(data: Path, *, actor: Actor) -> LoadShown:
    """Find the unfinished load of these data, or begin one."""
    sha256 = tables.digest(data / "transactions.parquet")
    with tx() as t:
        open_loads = [one for one in queries.same_file(t, sha256) if one.state != "done"]
        if open_loads:
            return open_loads[0]
        uid = ids.new_id()
        t.execute(
            """
            INSERT INTO links_load (uid, kind, file_name, sha256, mapping, preview, target,
              position, attempts, read, loaded, repeated, parked, state, actor, started_at, error)
            VALUES (%s, %s, 'transactions.parquet', %s, %s::jsonb, '{}'::jsonb, '', 0, 0, 0, 0,
              0, 0, 'direct', %s, %s, '')
            """,
            [uid, SOURCE, sha256, json.dumps(_MAPPING), str(actor), clock.now()],
        )
        made = queries.load(t, uid)
    assert made is not None
    return made


def load_all(
    load: LoadShown, data: Path, *, actor: Actor, report: Callable[[int, int], None]
) -> None:
    """Masters first, then the baskets in batches from where an earlier run stopped."""
    lines = pq.ParquetFile(data / "transactions.parquet").metadata.num_rows
    if load.position == 0:
        progress.start(load.progress_name, LABEL, lines)
    products = completejourney_files.products(data)
    put_masters(data, products, actor=actor)
    known = {product.code for product in products}
    for position, entries, unusable in batches(data, known, after=load.position):
        loading.book(load.id, position, entries, unusable, actor=actor)
        progress.advance(load.progress_name, position, lines)
        report(position, lines)
    put_around(data, actor=actor)
    loading.finish(load, read=lines, actor=actor)
    reconcile(load, data)


def put_around(data: Path, *, actor: Actor) -> None:
    """Everything that is no sale; each part may be repeated and changes nothing then."""
    completejourney_campaigns.put_traits(data)
    completejourney_campaigns.put_measures(data, actor=actor)
    completejourney_campaigns.put_coupons(data)
    completejourney_campaigns.put_redemptions(data, basket_id)
    completejourney_promotions.put_promotions(data)


def reconcile(load: LoadShown, data: Path) -> list[Compared]:
    """Count the data and the books anew, and keep both beside each other."""
    with tx() as t:
        rows = completejourney_counts.compare(t, load.id, data)
        reconciling.keep(t, load.id, rows, recorded_at=clock.now())
    return rows


def put_masters(data: Path, products: list[Product], *, actor: Actor) -> None:
    """Stores, households, departments with their assumed margins, and products."""
    at, shop = clock.now(), home.current_shop()
    stores, households = completejourney_files.stores_and_households(data)
    with tx() as t:
        opening.open_shop(t, shop, actor=actor, recorded_at=at)
        name = {"ja": "Complete Journey", "en": "Complete Journey"}
        places.put_source(t, code=SOURCE, name=name, actor=actor, recorded_at=at)
        places.put_channel(
            t,
            code=CHANNEL,
            kind="store",
            name=opening.CHANNELS["store"],
            actor=actor,
            recorded_at=at,
        )
        for store in stores:
            place = NewPlace(
                store,
                opening.ENTITY,
                "store",
                {"ja": f"{store}号店", "en": f"Store {store}"},
                timezone=TIMEZONE,
            )
            places.put_place(t, place, actor=actor, recorded_at=at)
        _put_departments(t, products, actor, at)
    for chunk in opening.chunks(products):
        with tx() as t:
            catalogue.put_skus(
                t,
                [_sku(product) for product in chunk],
                price_list=opening.PRICE_LIST,
                actor=actor,
                recorded_at=at,
            )
    for some in opening.chunks(households):
        with tx() as t:
            new = [NewRecord(SOURCE, key, entity=opening.ENTITY, unit="household") for key in some]
            records.register(t, new, actor=actor, recorded_at=at)


def _put_departments(t: Any, products: list[Product], actor: Actor, at: datetime) -> None:
    departments = sorted({product.department for product in products})
    named = [NewCategory(d, {"ja": d.title(), "en": d.title()}) for d in departments]
    catalogue.put_categories(t, named, actor=actor, recorded_at=at)
    catalogue.put_margin(t, category_code=None, rate=OTHER_MARGIN, actor=actor, recorded_at=at)
    for department in departments:
        rate = MARGINS.get(department)
        if rate is not None:
            catalogue.put_margin(
                t, category_code=department, rate=rate, actor=actor, recorded_at=at
            )


def _sku(product: Product) -> NewSku:
    return NewSku(
        product.code,
        {"ja": product.name, "en": product.name},
        category_code=product.department,
        unit=product.unit,
    )


Batch = tuple[int, list[Entry], list[Unusable]]


def batches(data: Path, known: set[str], *, after: int) -> Iterator[Batch]:
    """Baskets by the two thousand, with the number of lines behind each batch."""
    entries: list[Entry] = []
    unusable: list[Unusable] = []
    position = after
    for basket, rows in groupby(completejourney_files.rows(data, after), key=lambda row: row[1][0]):
        given = list(rows)
        entry = _basket(str(basket), given, known, unusable)
        if entry is not None:
            entries.append(entry)
        position = given[-1][0]
        if len(entries) >= loading.BATCH:
            yield position, entries, unusable
            entries, unusable = [], []
    if position > after:
        yield position, entries, unusable


def _basket(
    basket: str,
    rows: list[tuple[int, tuple[Any, ...]]],
    known: set[str],
    unusable: list[Unusable],
) -> Entry | None:
    """One basket as a sale; lines that cannot be used go aside, the rest is the receipt."""
    lines, used = [], []
    for row_no, row in rows:
        product, qty, amount = str(row[3]), row[4], round(row[5] * 100)
        code, field = _refused(product, qty, amount, known)
        if code:
            unusable.append(Unusable(row_no, code, field, tuple(map(str, row))))
        else:
            lines.append(SaleLine(product, qty, amount))
            used.append((row_no, tuple(map(str, row))))
    if not lines:
        return None
    _, household, store, *_, instant = rows[0][1]
    sale = Sale(
        uid=basket_id(basket),
        place=str(store),
        channel=CHANNEL,
        occurred_at=instant.replace(tzinfo=UTC),
        lines=tuple(lines),
        source=SOURCE,
        source_no=basket,
        record_key=(SOURCE, str(household)),
        price_tax="unknown",
        currency=CURRENCY,
    )
    return Entry(sale, used)


def _refused(product: str, qty: int, amount: int, known: set[str]) -> tuple[str, str]:
    """Why a line is not loaded: nobody knows what was sold, or nothing was."""
    if product not in known:
        return "product_unknown", "product_code"
    if qty == 0:
        return ("quantity_zero_paid" if amount else "quantity_zero"), "quantity"
    return "", ""


def basket_id(basket: str) -> UUID:
    """The same basket is the same sale on every load."""
    return ids.import_id(source=SOURCE, document=basket, kind="sale by number")
