"""Files in the shape of Complete Journey's, small enough to count by eye."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

NIGHT = datetime(2017, 1, 2, 4, 30)  # noqa: DTZ001  as the data write it: UTC without a zone
NOON = datetime(2017, 7, 1, 16, 0)  # noqa: DTZ001
AUTUMN = datetime(2017, 9, 9, 16, 0)  # noqa: DTZ001

# basket, household, store, product, quantity, value, coupon's discount, at
LINES = [
    (1, 900, 330, 10, 1, 0.5, 0.0, NIGHT),
    (1, 900, 330, 11, 2, 2.78, 0.5, NIGHT),
    (1, 900, 330, 99, 1, 1.0, 0.0, NIGHT),
    (2, 901, 331, 10, 0, 0.0, 0.0, NOON),
    (3, 900, 330, 12, 9_000, 25.0, 0.0, NOON),
    (3, 900, 330, 11, 0, 0.99, 0.0, NOON),
    (4, 902, 330, 10, 3, 1.5, 0.0, AUTUMN),
    (5, 902, 330, 10, 1, 0.5, 0.3, AUTUMN),
]
PRODUCTS = {
    "product_id": [10, 11, 12, 13],
    "department": ["GROCERY", "PASTRY", "FUEL", "TOYS"],
    "brand": ["National", "Private", "National", "National"],
    "product_category": ["FRZN ICE", "BREAD", "COUPON/MISC ITEMS", "TOYS"],
    "product_type": ["ICE - CRUSHED/CUBED", None, "GASOLINE-REG UNLEADED", "TOY"],
    "package_size": ["22 LB", None, None, None],
}


def _day(month: int, day: int) -> datetime:
    return datetime(2017, month, day)  # noqa: DTZ001  days are midnights without a zone


AROUND: dict[str, dict[str, Any]] = {
    "campaign_descriptions": {
        "campaign_id": [8, 1],
        "campaign_type": ["Type A", "Type B"],
        "start_date": [_day(5, 8), _day(1, 1)],
        "end_date": [_day(6, 25), _day(9, 9)],
    },
    "campaigns": {"campaign_id": [8, 8, 1], "household_id": [900, 902, 901]},
    "coupons": {
        "coupon_upc": [51, 51, 51, 52],
        "product_id": [11, 13, 13, 10],
        "campaign_id": [1, 1, 1, 8],
    },
    "coupon_redemptions": {
        "household_id": [900, 902, 900, 901, 900],
        "coupon_upc": [51, 51, 52, 52, 51],
        "campaign_id": [1, 1, 8, 8, 1],
        "redemption_date": [_day(1, 1), _day(9, 9), _day(7, 1), _day(7, 1), _day(8, 8)],
    },
    "promotions": {
        "product_id": [10, 10, 13, 12],
        "store_id": [330, 331, 330, 330],
        "display_location": ["0", "7", "0", "A"],
        "mailer_location": ["A", "0", "D", "0"],
        "week": [1, 2, 2, 53],
    },
    "demographics": {
        "household_id": [900, 902],
        "age": ["35-44", "65+"],
        "income": ["25-34K", None],
        "home_ownership": [None, "Homeowner"],
        "marital_status": [None, None],
        "household_size": ["2", "5+"],
        "household_comp": ["1 Adult Kids", "2 Adults Kids"],
        "kids_count": ["1", "3+"],
    },
}


def write(folder: Path, *, around: bool = True) -> Path:
    """Receipts and products, and everything beside them unless told otherwise."""
    names = ("basket_id", "household_id", "store_id", "product_id", "quantity", "sales_value",
             "coupon_disc")  # fmt: skip
    columns: dict[str, Any] = {name: [r[at] for r in LINES] for at, name in enumerate(names)}
    columns["transaction_timestamp"] = pa.array([r[7] for r in LINES], pa.timestamp("ns"))
    pq.write_table(pa.table(columns), folder / "transactions.parquet")
    pq.write_table(pa.table(PRODUCTS), folder / "products.parquet")
    for name, table in AROUND.items() if around else ():
        pq.write_table(pa.table(table), folder / f"{name}.parquet")
    return folder
