"""Complete Journey counted twice: its own files with Arrow, and what is in the books with SQL.

Promises: nothing here knows how the load works; no figure is written down, all are counted.
"""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goen.insight import lake, promotions
from goen.kit import home
from goen.kit.db import Tx
from goen.links.completejourney_campaigns import measure_id
from goen.links.completejourney_files import SOURCE
from goen.links.reconciling import Compared

LARGE = 1000
"""From above this quantity a line is fuel or looks like it."""
Counts = Mapping[str, int]
Rows = list[Compared]


def compare(tx: Tx, load_id: int, data: Path) -> list[Compared]:
    """Every subject of the data beside ours, in the order of the page."""
    source = of_source(data)
    return [
        *_sales(tx, load_id, source),
        *_masters(tx, data, source),
        *_campaigns(tx, data, source),
        _promotions(data),
    ]


def of_source(data: Path) -> dict[str, int]:
    """The lines of the data by what is asked of them."""
    columns = ["household_id", "store_id", "basket_id", "product_id", "quantity", "sales_value"]
    lines = pq.read_table(data / "transactions.parquet", columns=columns)
    products = pq.read_table(data / "products.parquet", columns=["product_id", "department"])
    known = pc.is_in(lines["product_id"], products["product_id"].combine_chunks())
    zero, large = pc.equal(lines["quantity"], 0), pc.greater(lines["quantity"], LARGE)
    cents = pc.cast(pc.round(pc.multiply(lines["sales_value"], 100)), pa.int64())
    usable = lines["basket_id"].filter(pc.and_(known, pc.invert(zero)))
    found = {
        "lines": lines.num_rows,
        "amount": pc.sum(cents).as_py() or 0,
        "unknown": _many(pc.invert(known)),
        "zero": _many(zero),
        "large": _many(large),
        "described": products.num_rows,
        "sold": _distinct(lines["product_id"].filter(known)),
        "usable_baskets": _distinct(usable),
        "households": _distinct(lines["household_id"]),
        "stores": _distinct(lines["store_id"]),
        "baskets": _distinct(lines["basket_id"]),
    }
    for name in ("FUEL", "MISCELLANEOUS"):
        own = products["product_id"].filter(pc.equal(products["department"], name))
        among = pc.is_in(lines["product_id"], own.combine_chunks())
        found[f"large_{name}"] = _many(pc.and_(large, among))
    return found


def _many(mask: pa.ChunkedArray) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _distinct(column: pa.ChunkedArray) -> int:
    return int(pc.count_distinct(column).as_py())


_BOOKS = """
SELECT count(*), coalesce(sum(l.amount_minor), 0), count(*) FILTER (WHERE l.qty = 0),
       count(*) FILTER (WHERE l.qty > %(large)s),
       count(*) FILTER (WHERE l.qty > %(large)s AND c.code = 'FUEL'),
       count(*) FILTER (WHERE l.qty > %(large)s AND c.code = 'MISCELLANEOUS'),
       count(DISTINCT o.id)
FROM orders_order o JOIN orders_line l ON l.order_id = o.id
JOIN places_source s ON s.id = o.source_id
JOIN catalogue_sku k ON k.id = l.sku_id JOIN catalogue_product p ON p.id = k.product_id
LEFT JOIN catalogue_category c ON c.id = p.category_id
WHERE s.code = %(source)s
"""
_PARKED = """
SELECT code, count(*), count(*) FILTER (WHERE raw ->> 4 = '0'),
       coalesce(sum(round((raw ->> 5)::numeric * 100)), 0)::bigint
FROM links_parkedrow WHERE load_id = %s GROUP BY 1 ORDER BY 1
"""


def _sales(tx: Tx, load_id: int, source: Counts) -> Rows:
    """Lines, money and receipts; what is not in the books is parked with its reason."""
    books = tx.row(_BOOKS, {"large": LARGE, "source": SOURCE})
    assert books is not None
    lines, amount, zero, large, fuel, misc, baskets = map(int, books)
    parked = tx.rows(_PARKED, [load_id])
    reasons = tuple((code, many) for code, many, _, _ in parked)
    zeros = tuple((code, of_zero) for code, _, of_zero, _ in parked if of_zero)
    cents = tuple((code, minor) for code, _, _, minor in parked if minor)
    unknown = tuple((code, many) for code, many in reasons if code == "product_unknown")
    lost = source["baskets"] - source["usable_baskets"]
    return [
        Compared("lines", source["lines"], lines, reasons),
        Compared("amount", source["amount"], amount, cents),
        Compared("baskets", source["baskets"], baskets, (("only_parked", lost),) if lost else ()),
        Compared("unknown", source["unknown"], 0, unknown),
        Compared("zero", source["zero"], zero, zeros),
        Compared("large", source["large"], large),
        Compared("large_fuel", source["large_FUEL"], fuel),
        Compared("large_misc", source["large_MISCELLANEOUS"], misc),
    ]


def _masters(tx: Tx, data: Path, source: Counts) -> Rows:
    """Who, where and what: households, stores, products, and what is known of households."""
    never = source["described"] - source["sold"]
    records = _value(
        tx,
        "SELECT count(*) FROM customers_record r JOIN places_source s ON s.id = r.source_id"
        " WHERE s.code = %s",
        SOURCE,
    )
    places = _value(tx, "SELECT count(*) FROM places_place WHERE kind = %s", "store")
    skus = _value(tx, "SELECT count(*) FROM catalogue_sku")
    known = _value(tx, "SELECT count(DISTINCT record_id) FROM links_broughttrait")
    erased = _value(
        tx,
        "SELECT count(*) FROM customers_erasure e JOIN customers_record r ON r.id = e.record_id"
        " JOIN places_source s ON s.id = r.source_id WHERE s.code = %s AND r.source_key = ANY(%s)",
        SOURCE,
        _described(data),
    )
    return [
        Compared("households", source["households"], records),
        Compared("stores", source["stores"], places),
        Compared("products", source["described"], skus, (("never_sold", never),) if never else ()),
        Compared(
            "demographics", _length(data, "demographics"), known,
            (("erased", erased),) if erased else (),
        ),
    ]  # fmt: skip


def _described(data: Path) -> list[str]:
    path = data / "demographics.parquet"
    if not path.is_file():
        return []
    return [str(key) for key in pq.read_table(path, columns=["household_id"])[0].to_pylist()]


_USES = """
SELECT u.tie, count(*) FROM links_broughtredemption u
JOIN links_broughtcoupon c ON c.id = u.coupon_id JOIN places_source s ON s.id = c.source_id
WHERE s.code = %s GROUP BY 1
"""


def _campaigns(tx: Tx, data: Path, source: Counts) -> Rows:
    """Measures, who they were sent to, coupons, uses and how surely a use has its receipt."""
    uids = [measure_id(number) for number in _campaign_numbers(data)]
    origins = [f"measure:{uid}" for uid in uids]
    measures = _value(tx, "SELECT count(*) FROM marketing_measure WHERE uid = ANY(%s)", uids)
    sent = _value(tx, "SELECT count(*) FROM insight_arm WHERE origin = ANY(%s)", origins)
    items = _value(
        tx,
        "SELECT count(*) FROM links_broughtcouponitem i JOIN links_broughtcoupon c"
        " ON c.id = i.coupon_id WHERE c.measure = ANY(%s)",
        uids,
    )
    ties: dict[str, int] = dict(tx.rows(_USES, [SOURCE]))
    used = _length(data, "coupon_redemptions")
    less_sure = tuple((f"tie_{t}", ties[t]) for t in ("discount", "day", "none") if ties.get(t))
    return [
        Compared("campaigns", len(uids), measures),
        Compared("targetings", _length(data, "campaigns"), sent),
        Compared("coupons", _length(data, "coupons"), items),
        Compared("redemptions", used, sum(ties.values())),
        Compared("tied", used, ties.get("article", 0), less_sure),
    ]


def _promotions(data: Path) -> Compared:
    rows, never = promotions.counts(lake.folder_of(home.current_shop_name()))
    apart = (("never_sold", never),) if never else ()
    return Compared("promotions", _length(data, "promotions"), rows - never, apart)


def _campaign_numbers(data: Path) -> list[int]:
    path = data / "campaign_descriptions.parquet"
    return pq.read_table(path)["campaign_id"].to_pylist() if path.is_file() else []


def _length(data: Path, name: str) -> int:
    path = data / f"{name}.parquet"
    return int(pq.ParquetFile(path).metadata.num_rows) if path.is_file() else 0


def _value(tx: Tx, sql: str, *given: object) -> int:
    return int(tx.value(sql, list(given)))
