"""Many at once on one balance: exactly as much is spent as there is, and everything once."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from uuid import UUID

import pytest
from django.db import connection

from goen.doors.cli.audit import audited
from goen.kit import clock, ids
from goen.kit.db import tx
from goen.kit.refusals import Refusal
from goen.orders import selling
from goen.orders.sale import Sale, SaleTender, Sold
from goen.points import coupons, expiring, purses, queries
from goen.points.coupons import NewCoupon, NewKind
from tests import world
from tests.conftest import FreshDatabase
from tests.points.wallet import BY, TODAY, given, later, post, programme, purse, record, spent
from tests.world import NOW, VIEWER, sale

T = TypeVar("T")


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t)
        programme(t)
        given(t, 1_000)
    return fresh_db


def at_once(*asked: Callable[[], T]) -> list[T]:
    """Each on a thread and a connection of its own, let go together."""
    start = threading.Barrier(min(len(asked), 16))

    def run(one: Callable[[], T]) -> T:
        if len(asked) <= 16:
            start.wait(30)
        try:
            return one()
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        return [one.result(timeout=120) for one in [pool.submit(run, one) for one in asked]]


def spending(points: int, *, uid: UUID | None = None) -> Sale:
    tenders = (SaleTender("points", points), SaleTender("cash", 1_320 - points))
    return sale(("NUNO-01", 1), member="G1040001", tenders=tenders, uid=uid or ids.new_id())


def sell(one: Sale) -> Sold | Refusal:
    with tx() as t:
        (answer,) = selling.sell(t, [one], actor=world.ACTOR, recorded_at=clock.now())
    return answer


def balance() -> int:
    with tx() as t:
        found = queries.balance_of_records(t, [record(t)], day=TODAY, viewer=VIEWER)
    return found.spendable


def proved() -> bool:
    with tx() as t:
        assert audited(t)["broken"] == []
    return True


def keep_programme_quiet(per_minor: int = 10**9) -> None:
    """Nothing is earned, so that only spending counts."""
    with tx() as t:
        programme(t, per_minor=per_minor)


@pytest.mark.slow
def test_of_fifty_who_spend_a_hundred_of_a_thousand_ten_succeed(shop: FreshDatabase) -> None:
    """R-070."""
    keep_programme_quiet()
    answers = at_once(*(partial(sell, spending(100)) for _ in range(50)))
    done = [a for a in answers if isinstance(a, Sold)]
    refused = Counter(a.code for a in answers if isinstance(a, Refusal))
    assert (len(done), refused) == (10, Counter({"points_short": 40}))
    assert balance() == 0
    assert proved()


def test_till_and_web_spend_the_same_points_at_once_and_one_tries_again(
    shop: FreshDatabase,
) -> None:
    """G-03: one 700 is spent, the other hears of 300; the retry is the same entry."""
    keep_programme_quiet()
    till, web = spending(700), spending(700)
    answers = at_once(lambda: sell(till), lambda: sell(web))
    (won,) = [a for a in answers if isinstance(a, Sold)]
    (lost,) = [a for a in answers if isinstance(a, Refusal)]
    assert lost == Refusal("points_short", "tenders[0].amount_minor", {"wanted": 700, "free": 300})
    winner = till if won.uid == till.uid else web
    again = at_once(*(lambda: sell(winner) for _ in range(5)))
    assert {(a.uid, a.repeated, a.points_left) for a in again if isinstance(a, Sold)} == {
        (won.uid, True, 300)
    }
    assert balance() == 300
    assert proved()


def test_the_same_sale_five_times_at_once_spends_and_earns_once(shop: FreshDatabase) -> None:
    one = spending(320)
    answers = at_once(*(lambda: sell(one) for _ in range(5)))
    assert sum(not a.repeated for a in answers if isinstance(a, Sold)) == 1
    assert balance() == 1_000 - 320 + 10
    assert proved()


def test_what_one_channel_earned_another_sees_when_it_is_answered(shop: FreshDatabase) -> None:
    """R-069: no lag at all: the answer is after the commit, on another connection too."""
    answer = sell(sale(("UTSUWA-01", 3), member="G1040001"))
    assert isinstance(answer, Sold)
    (seen,) = at_once(balance)
    assert seen == 1_000 + 132
    assert at_once(lambda: sell(spending(1_132)))[0].points_spent == 1_132  # type: ignore[union-attr]


def test_two_clean_up_workers_give_points_back_once(shop: FreshDatabase) -> None:
    """G-11, P-31: an order was abandoned with 1,000 points; both workers find it at once."""
    with tx() as t:
        order = spent(t, 1_000, later=True)
    assert balance() == 0

    def clean_up() -> int:
        with tx() as t:
            one = purse(t)
            plan = one.release_spend(ids.new_id(), order, 1_000, day=TODAY)
            post(t, [plan])
        return plan.back

    assert sorted(at_once(clean_up, clean_up)) == [0, 1_000]
    assert balance() == 1_000
    assert proved()


def test_an_order_and_a_cancellation_at_once_keep_the_balance(shop: FreshDatabase) -> None:
    """P-31a: the account is locked before its lots are read."""
    with tx() as t:
        orders = [spent(t, 100, later=True) for _ in range(5)]

    def give_up(order: UUID) -> None:
        with tx() as t:
            post(t, [purse(t).release_spend(ids.new_id(), order, 100, day=TODAY)])

    keep_programme_quiet()
    at_once(
        *(partial(give_up, order) for order in orders),
        *(partial(sell, spending(50)) for _ in range(5)),
    )  # fmt: skip
    assert balance() == 1_000 - 250
    assert proved()


def test_two_sweeps_at_once_expire_each_lot_once(shop: FreshDatabase) -> None:
    with tx() as t:
        for days in range(1, 21):
            given(t, 10, "M-002", ends=later(-days))

    def sweep() -> int:
        with tx() as t:
            return expiring.expire_due(t, at=NOW, limit=100)

    assert sum(at_once(sweep, sweep, sweep)) == 20
    assert proved()


@pytest.mark.slow
def test_of_fifty_who_use_a_coupon_for_ten_ten_succeed(shop: FreshDatabase) -> None:
    with tx() as t:
        kind = NewKind("ten", {"ja": "10回", "en": "Ten"}, "amount", 320)
        assert isinstance(coupons.put_kind(t, kind, **BY), int)
        coupons.issue(t, [NewCoupon(ids.new_id(), "ten", NOW, "TEN", None, 10)], **BY)

    def use() -> Sold | Refusal:
        return sell(sale(("NUNO-01", 1), total=1_000, coupons=("TEN",), uid=ids.new_id()))

    answers = at_once(*(use for _ in range(50)))
    refused = Counter(a.code for a in answers if isinstance(a, Refusal))
    assert refused == Counter({"coupon_used_up": 40})
    assert proved()


def test_accounts_are_locked_in_one_order(shop: FreshDatabase) -> None:
    """Two who lock the same two accounts from either end do not wait for each other for ever."""
    with tx() as t:
        given(t, 100, "M-002")
        pair = [(record(t, key), "JPY") for key in ("M-001", "M-002")]

    def lock(wanted: list[tuple[int, str]]) -> int:
        with tx() as t:
            return len(purses.lock(t, wanted))

    done = at_once(*(lambda w=w: lock(w) for w in [pair, pair[::-1]] * 4))
    assert done == [2] * 8
