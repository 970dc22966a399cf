"""Whatever is broken by SQL between lots, accounts, coupons and the ledger is named."""

import pytest

from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx
from goen.points import coupons
from goen.points.coupons import NewCoupon, NewKind
from tests.points.wallet import BY, earned, given, post, programme, purse, sound, spent
from tests.points.wallet import TODAY as DAY
from tests.world import NOW, open_shop


@pytest.fixture
def t(tx_db: None) -> Tx:
    """Points of every sort: given, earned, spent, kept, pending, owed; and a coupon."""
    t = Tx()
    open_shop(t)
    programme(t)
    given(t, 500)
    first = earned(t, 100, "M-002")
    spent(t, 100, "M-002")
    post(t, [purse(t, "M-002").take_back_earn(ids.new_id(), [first], 100, day=DAY)])
    spent(t, 50)
    spent(t, 70, later=True)
    programme(t, confirm_days=3)
    earned(t, 40)
    kind = NewKind("k", {"ja": "k", "en": "k"}, "amount", 100)
    assert isinstance(coupons.put_kind(t, kind, **BY), int)
    coupons.issue(t, [NewCoupon(ids.new_id(), "k", NOW, "K-1", uses=2)], **BY)
    assert sound(t)
    return t


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("UPDATE points_lot SET free = free - 1 WHERE free > 0", "free in its lots"),
        ("UPDATE points_lot SET free = free - 1 WHERE free > 0", "by its uses"),
        ("UPDATE points_account SET free = free + 1 WHERE free = 380", "says 381, has 380 free"),
        ("UPDATE points_use SET qty = qty + 1 WHERE kind = 'keep'", "by its uses"),
        ("UPDATE points_account SET owed = owed + 1 WHERE owed > 0", "owes 101"),
        ("UPDATE points_earning SET pending = pending - 1", "39 pending, the ledger holds 40"),
        ("DELETE FROM ledger_pending WHERE reason = 'points_earned'", "the ledger holds 0"),
        ("UPDATE points_coupon SET uses = 3", "coupon K-1 is for 3 uses"),
        ("DELETE FROM points_use; DELETE FROM points_lot", "has 0 free in its lots"),
    ],
)
def test_what_is_broken_is_named(t: Tx, sql: str, named: str) -> None:
    for one in sql.split("; "):
        t.execute(one)
    broken = audited(t)["broken"]
    assert isinstance(broken, list)
    assert any(named in sentence for sentence in broken), broken
