"""A product's page says what it was compared with, what goes with it, and who only looked."""

import pytest

from goen.doors.console import compared
from goen.insight.questions import CONSIDERING
from goen.insight.sight import store
from goen.kit import clock
from goen.kit.db import Tx
from tests.doors.register.counter import clerk

pytestmark = pytest.mark.usefixtures("tx_db")


def sku(code: str) -> int:
    return Tx().value("SELECT id FROM catalogue_sku WHERE code = %s", [code])


def test_lost_and_won_pairs_and_who_looked() -> None:
    clerk()
    t, bowl, cloth, tea = Tx(), sku("UTSUWA-01"), sku("NUNO-01"), sku("CHA-01")
    rows = [(bowl, cloth, 6, 4), (cloth, bowl, 2, 2)]
    for lost, won, purchases, people in rows:
        t.execute(
            "INSERT INTO insight_comparison (lost_sku, won_sku, purchases, people)"
            " VALUES (%s, %s, %s, %s)",
            [lost, won, purchases, people],
        )
    t.execute("INSERT INTO insight_skuinterest VALUES (%s, 40, 10)", [bowl])
    t.execute(
        "INSERT INTO insight_goeswith (sku_id, beside_sku, documents, people, confidence, lift)"
        " VALUES (%s, %s, 9, 7, 0.25, 2.5)",
        [bowl, tea],
    )
    value = {"days": 14, "purchases": 200, "with_looks": 50, "losers": 8}
    store(t, CONSIDERING, value, 1, clock.now())
    found = compared.of_product(t, bowl, "飯碗", made_from="/products/1")
    (rival,) = found["rivals"]
    assert (rival.sku_id, rival.lost, rival.won, rival.people, rival.width) == (cloth, 6, 2, 4, 75)
    (beside,) = found["beside"]
    assert (beside.sku_id, beside.people, beside.lift) == (tea, 7, 2.5)
    assert found["looked_share"] == 0.25
    assert found["considering"].share == 0.25
    assert f"{bowl}" in found["looked_segment"]


def test_without_anything_known_nothing_is_said() -> None:
    clerk()
    found = compared.of_product(Tx(), sku("CHA-01"), "煎茶", made_from="/")
    assert (found["rivals"], found["beside"], found["looked"]) == ([], [], None)
