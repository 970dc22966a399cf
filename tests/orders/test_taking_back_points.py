"""Points and coupons of what comes back: spent ones return, earned ones go, by the rules chosen."""

from datetime import timedelta
from uuid import UUID

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger.queries import balance
from goen.orders import returns, taking_back
from goen.orders.order import PartBack, TakeBack, TakenBack
from goen.orders.refunds import TenderBack
from goen.orders.sale import SaleTender, Sold
from goen.points import coupons
from goen.points.coupons import Issued, NewCoupon, NewKind
from goen.points.queries import balance_of_records
from tests import world
from tests.orders.placed import audit
from tests.points import wallet

pytestmark = pytest.mark.usefixtures("tx_db")
BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
MEMBER = "G1040001"


def shop(**more: object) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "UTSUWA-01", 50)
    wallet.programme(t, **more)
    wallet.account(t)
    return t


def bought(t: Tx, qty: int, *tenders: SaleTender, **more: object) -> UUID:
    at = world.NOW - timedelta(hours=3)
    values = {"member": MEMBER, "at": at} | more
    if tenders:
        values["tenders"] = tenders
    (answer,) = world.sold(t, world.sale(("UTSUWA-01", qty), **values))  # type: ignore[arg-type]
    assert isinstance(answer, Sold), answer
    return answer.uid


def back(t: Tx, order: UUID, qty: int = 0) -> TakenBack | Refusal:
    parts = (PartBack(1, qty),) if qty else ()
    wish = TakeBack(ids.new_id(), order, "shibuya", "changed_mind", world.NOW, parts)
    (answer,) = taking_back.take_back(t, [wish], **BY)  # type: ignore[arg-type]
    return answer


def taken(t: Tx, order: UUID, qty: int = 0) -> TakenBack:
    answer = back(t, order, qty)
    assert isinstance(answer, TakenBack), answer
    assert audit(t) == []
    return answer


def points(t: Tx) -> tuple[int, int]:
    """What can be spent, and what is owed."""
    found = balance_of_records(t, [wallet.record(t)], day=wallet.TODAY, viewer=world.VIEWER)
    return found.spendable, sum(one.owed for one in found.accounts)


def test_points_paid_with_come_back_last_and_earned_ones_go() -> None:
    """P-31f: spent points return to their lots; what was earned on the rest goes with it."""
    t = shop()
    wallet.given(t, 1_000)
    order = bought(t, 2, SaleTender("points", 1_000), SaleTender("card", 7_800))
    assert points(t) == (78, 0)
    first = taken(t, order, 1)
    assert first.tenders == (TenderBack(1, "card", 4_400),)
    assert (first.points_back, first.refund.points) == (0, 44)
    second = taken(t, order, 1)
    assert second.tenders == (TenderBack(1, "card", 3_400), TenderBack(0, "points", 1_000))
    assert (second.points_back, second.refund.points) == (1_000, 34)
    assert points(t) == (1_000, 0)
    paper = returns.one(t, second.slip.uid)
    assert paper is not None
    assert (paper.points.back, paper.points.taken, paper.points.owed) == (1_000, 34, 0)


def test_g10_earned_points_that_are_spent_are_owed() -> None:
    """G-10: the policy `owed`: later points pay first."""
    t = shop(owed_policy="owed")
    order = bought(t, 2)
    bought(t, 1, SaleTender("points", 88), SaleTender("card", 4_312))
    answer = taken(t, order)
    assert (answer.refund.points, answer.points_owed) == (88, 45)
    assert points(t) == (0, 45)
    assert sum(one.amount_minor for one in answer.tenders) == 8_800


def test_g10_or_come_off_the_refund() -> None:
    """G-10: the policy `deduct`: what is gone is kept of the money, and the note says so."""
    t = shop(owed_policy="deduct")
    order = bought(t, 2)
    bought(t, 1, SaleTender("points", 88), SaleTender("card", 4_312))
    answer = taken(t, order)
    assert answer.slip.total_minor == 8_800
    assert answer.tenders == (TenderBack(0, "card", 8_755),)
    paper = returns.one(t, answer.slip.uid)
    assert paper is not None
    assert (paper.kept_minor, paper.refunded_minor) == (45, 8_755)
    assert points(t) == (0, 0)


def test_g10_or_nothing_goes_back() -> None:
    """G-10: the policy `block`: refused, and nothing of it moved."""
    t = shop(owed_policy="block")
    order = bought(t, 2)
    bought(t, 1, SaleTender("points", 88), SaleTender("card", 4_312))
    answer = back(t, order)
    assert isinstance(answer, Refusal)
    assert answer.code == "points_already_spent"
    assert t.value("SELECT count(*) FROM orders_slip") == 0
    assert audit(t) == []


def test_pending_points_never_become_the_shopper_s() -> None:
    t = shop(confirm_days=7)
    order = bought(t, 2)
    answer = taken(t, order, 1)
    assert answer.refund.points == 44
    assert t.rows("SELECT qty, pending FROM points_earning") == [(88, 44)]
    taken(t, order)
    assert t.rows("SELECT qty, pending FROM points_earning") == [(88, 0)]


def test_whatever_the_rules_are_by_now_all_that_was_earned_goes_back() -> None:
    t = shop()
    order = bought(t, 2)
    wallet.programme(t, per_minor=1_000)
    assert points(t) == (88, 0)
    assert taken(t, order).refund.points == 88
    assert points(t) == (0, 0)


def test_a_coupon_comes_back_with_the_last_of_the_goods() -> None:
    t = shop()
    kind = NewKind("welcome", {"ja": "ようこそ", "en": "Welcome"}, "amount", 200)
    kind_id = coupons.put_kind(t, kind, **BY)  # type: ignore[arg-type]
    wish = NewCoupon(ids.new_id(), "welcome", world.NOW, "WELCOME-1")
    (issued,) = coupons.issue(t, [wish], **BY)  # type: ignore[arg-type]
    assert isinstance(issued, Issued)
    coupon_id = t.value("SELECT id FROM points_coupon")

    def uses() -> int:
        return balance(t, f"coupon:{kind_id}", f"coupon:{coupon_id}")

    order = bought(t, 2, SaleTender("card", 8_600), coupons=("WELCOME-1",))
    assert uses() == 0
    assert taken(t, order, 1).slip.total_minor == 4_300
    assert uses() == 0
    assert taken(t, order, 1).slip.total_minor == 4_300
    assert uses() == 1


def test_goods_come_back_to_a_place_whose_shelf_is_not_in_the_books_yet() -> None:
    """The sale is undone; the place's first count finds the goods."""
    t = shop()
    order = bought(t, 1)
    t.execute("UPDATE places_place SET goods_from = NULL WHERE code = 'kichijoji'")
    place = t.value("SELECT id FROM places_place WHERE code = 'kichijoji'")
    wish = TakeBack(ids.new_id(), order, "kichijoji", "other", world.NOW)
    (answer,) = taking_back.take_back(t, [wish], **BY)  # type: ignore[arg-type]
    assert isinstance(answer, TakenBack), answer
    sku = t.value("SELECT id FROM catalogue_sku WHERE code = 'UTSUWA-01'")
    assert balance(t, f"goods:{sku}", f"place:{place}:sellable") == 0
    assert balance(t, f"goods:{sku}", f"place:{place}:unexplained") == 1
    assert audit(t) == []
