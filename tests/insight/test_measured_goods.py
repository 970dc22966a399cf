"""What is weighed or poured is never compared with pieces by its amount."""

from datetime import timedelta
from pathlib import Path

from goen.insight import analyst, queries
from goen.insight.analyst import Analyst
from goen.kit.db import tx
from tests import world
from tests.conftest import FreshDatabase

WEIGHED = "CHA-01"


def test_grams_stand_by_their_receipts_and_one_big_sale_is_no_concentration(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    """9,000 grams in two receipts rank below five pieces in one, and rest on nobody."""
    with tx() as t:
        world.open_shop(t, live=False)
        t.execute("UPDATE catalogue_sku SET unit = 'g' WHERE code = %s", [WEIGHED])
        for n, items in enumerate(
            [(WEIGHED, 5_000), (WEIGHED, 4_000), ("NUNO-01", 5), ("UTSUWA-01", 1)]
        ):
            at = world.NOW - timedelta(hours=n + 1)
            world.sold(t, world.sale(items, member="G1040001", at=at))
    analyst.work_once(Analyst(tmp_path))
    with tx() as t:
        codes = dict(t.rows("SELECT id, code FROM catalogue_sku"))
        found = queries.products(t, window="4w")
    assert found is not None
    ranked = [(codes[row.sku_id], row.rank, row.units) for row in found.rows]
    assert ranked == [("NUNO-01", 1, 5), (WEIGHED, 2, 9_000), ("UTSUWA-01", 3, 1)]
    assert not next(row for row in found.rows if codes[row.sku_id] == WEIGHED).flagged
