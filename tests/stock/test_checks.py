"""What stock and the ledger say of each other: fine after use; broken by SQL, it is named."""

import pytest

from goen.doors.cli.audit import audited
from goen.kit.db import Tx
from tests import world
from tests.stock.shelf import ITEM, OTHER, counted, counting, held, sent, transfer, wish


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, ITEM, 9)
    held(t, wish((ITEM, 2)))
    sent(t, transfer((ITEM, 3)))
    counted(t, counting((ITEM, 5), (OTHER, 0)))
    return t


def test_a_used_shop_adds_up(shop: Tx) -> None:
    assert audited(shop)["broken"] == []


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DELETE FROM stock_hold", "is not what its hold says"),
        ("UPDATE stock_hold SET expires_at = NULL", "is not what its hold says"),
        ("UPDATE ledger_pending SET strength = 99", "is not what its hold says"),
        ("DELETE FROM stock_transfer", "which does not exist"),
        ("UPDATE stock_count SET difference = 7 WHERE difference <> 0", "the ledger moved -1"),
        ("UPDATE stock_count SET difference = 7 WHERE difference = 0", "the ledger moved 0"),
        ("DELETE FROM stock_count", "the ledger moved -1"),
    ],
)
def test_what_is_broken_is_named(shop: Tx, statement: str, named: str) -> None:
    assert shop.execute(statement) > 0
    broken = audited(shop)["broken"]
    assert len(broken) == 1
    assert named in broken[0]
