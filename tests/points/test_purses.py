"""Spending, keeping, earning and all the ways back, with lots and ledger always agreeing."""

from datetime import date, timedelta

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.points import accounts, confirming, expiring, purses, queries
from goen.points.purses import Planned
from tests.points.wallet import (
    BY,
    TODAY,
    account,
    earned,
    given,
    later,
    lots,
    post,
    programme,
    purse,
    record,
    sound,
    spent,
)
from tests.world import NOW, VIEWER, open_shop


@pytest.fixture
def t(tx_db: None) -> Tx:
    open_shop(Tx())
    return Tx()


def moves(t: Tx) -> list[tuple[str, int]]:
    return t.rows("SELECT reason, qty FROM ledger_move ORDER BY id")  # type: ignore[return-value]


def test_points_that_end_first_are_spent_first(t: Tx) -> None:
    programme(t)
    given(t, 100, ends=later(90))
    given(t, 100, ends=later(10))
    earned(t, 100)
    spent(t, 150)
    assert [(qty, free) for _, qty, free, _ in lots(t)] == [(100, 50), (100, 0), (100, 100)]
    assert sound(t)


def test_more_than_there_is_is_refused_with_what_is_there(t: Tx) -> None:
    programme(t)
    given(t, 300)
    assert purse(t).spend(ids.new_id(), 700, day=TODAY) == Refusal(
        "points_short", "", {"wanted": 700, "free": 300}
    )
    assert purse(t).spendable == 300


def test_a_lot_that_ended_is_not_spent_even_if_nobody_swept_it(t: Tx) -> None:
    programme(t)
    given(t, 300, ends=later(-1))
    given(t, 50, ends=TODAY)
    assert purse(t).spendable == 50
    refused = purse(t).spend(ids.new_id(), 51, day=TODAY)
    assert refused == Refusal("points_short", "", {"wanted": 51, "free": 50})
    assert isinstance(purse(t).spend(ids.new_id(), 50, day=TODAY), Planned)


def test_who_may_only_earn_cannot_spend(t: Tx) -> None:
    """P-20: the family earns on the main member's account and cannot spend from it."""
    programme(t)
    account(t)
    accounts.join(t, record(t, "M-002"), account(t), may_spend=False, **BY)
    earned(t, 500, "M-002")
    assert purse(t).spendable == purse(t, "M-002").spendable == 500
    refused = purse(t, "M-002").spend(ids.new_id(), 100, day=TODAY)
    assert refused == Refusal("points_not_spendable", "", {"programme": "miyabi"})
    assert isinstance(purse(t).spend(ids.new_id(), 100, day=TODAY), Planned)


def test_two_records_of_one_account_share_their_purse(t: Tx) -> None:
    """G-05: what one card plans, the other card of the household sees."""
    programme(t)
    given(t, 500)
    accounts.join(t, record(t, "M-002"), account(t), **BY)
    cards = [(record(t, key), "JPY") for key in ("M-001", "M-002")]
    pair = purses.lock(t, cards, day=TODAY)
    first, second = pair[cards[0]], pair[cards[1]]
    assert first.account_id == second.account_id
    assert isinstance(first.spend(ids.new_id(), 400, day=TODAY), Planned)
    assert isinstance(second.spend(ids.new_id(), 400, day=TODAY), Refusal)
    assert second.spendable == 100


def test_nothing_before_the_programme_s_first_day(t: Tx) -> None:
    programme(t, points_from=TODAY)
    given(t, 100)
    assert purse(t).earn(ids.new_id(), 10, day=later(-1)).wishes == ()
    assert isinstance(purse(t).spend(ids.new_id(), 10, day=later(-1)), Refusal)
    assert purse(t).earn(ids.new_id(), 10, day=TODAY).earned == 10


def test_kept_points_are_settled_in_parts_and_the_rest_goes_back_to_its_lots(t: Tx) -> None:
    programme(t)
    given(t, 300, ends=later(10))
    given(t, 300, ends=later(20))
    order = spent(t, 500, later=True)
    assert [free for *_, free, _ in lots(t)] == [0, 100]
    assert sound(t)
    post(t, [purse(t).settle_spend(ids.new_id(), order, 200)])
    assert purse(t).spendable == 100
    post(t, [purse(t).release_spend(ids.new_id(), order, 250, day=TODAY)])
    assert [free for *_, free, _ in lots(t)] == [50, 300]
    again = purse(t).release_spend(ids.new_id(), order, 999, day=TODAY)
    assert again.back == 50, "only what is still kept"
    assert moves(t)[-1] == ("points_spent", 200)
    assert sound(t)


def test_points_given_back_return_to_their_very_lots(t: Tx) -> None:
    programme(t)
    given(t, 300, ends=later(10))
    given(t, 300, ends=later(20))
    order = spent(t, 500)
    before = purse(t).give_back_spend(ids.new_id(), order, 150, day=TODAY)
    assert before.back == 150
    post(t, [before])
    assert [free for *_, free, _ in lots(t)] == [0, 250]
    post(t, [purse(t).give_back_spend(ids.new_id(), [order], 350, day=TODAY)])
    assert [free for *_, free, _ in lots(t)] == [300, 300]
    assert purse(t).give_back_spend(ids.new_id(), order, 1, day=TODAY).back == 0
    assert sound(t)


def test_what_was_settled_in_parts_comes_back_too(t: Tx) -> None:
    programme(t)
    given(t, 300, ends=later(10))
    given(t, 300, ends=later(20))
    order, one, two = spent(t, 500, later=True), ids.new_id(), ids.new_id()
    post(t, [purse(t).settle_spend(one, order, 400)])
    post(t, [purse(t).settle_spend(two, order, 100)])
    post(t, [purse(t).give_back_spend(ids.new_id(), [one, two], 450, day=TODAY)])
    assert purse(t).spendable == 550
    post(t, [purse(t).give_back_spend(ids.new_id(), [one, two], 50, day=TODAY)])
    assert [free for *_, free, _ in lots(t)] == [300, 300]
    assert sound(t)


def test_a_lot_that_ended_meanwhile_comes_back_for_the_days_of_grace(t: Tx) -> None:
    """P-31f."""
    programme(t, grace_days=14)
    given(t, 300, ends=later(1))
    given(t, 300, ends=later(90))
    order = spent(t, 400)
    post(t, [purse(t).give_back_spend(ids.new_id(), order, 400, day=later(5))], day=later(5))
    assert lots(t) == [
        ("granted", 300, 0, later(1)),
        ("granted", 300, 300, later(90)),
        ("renewed", 300, 300, later(19)),
    ]
    assert purse(t, day=later(19)).spendable == 600
    assert purse(t, day=later(20)).spendable == 300
    assert sound(t)


def test_what_was_kept_over_the_last_day_comes_back_for_the_days_of_grace(t: Tx) -> None:
    programme(t, grace_days=14)
    given(t, 300, ends=later(1))
    order = spent(t, 200, later=True)
    assert expiring.expire_due(t, at=NOW + timedelta(days=3), limit=10) == 1
    assert purse(t).spendable == 0
    post(t, [purse(t).release_spend(ids.new_id(), order, 200, day=TODAY)])
    assert lots(t) == [("granted", 300, 0, later(1)), ("renewed", 200, 200, later(14))]
    assert expiring.expire_due(t, at=NOW + timedelta(days=3), limit=10) == 0
    assert sound(t)


def test_earned_points_go_back_from_their_lot_first_and_then_from_any(t: Tx) -> None:
    programme(t)
    given(t, 100, ends=later(5))
    order = earned(t, 300)
    spent(t, 250)
    assert [free for *_, free, _ in lots(t)] == [0, 150]
    given(t, 500)
    done = purse(t).take_back_earn(ids.new_id(), [order], 200, day=TODAY)
    assert isinstance(done, Planned)
    assert (done.back, done.owed) == (200, 0)
    post(t, [done])
    assert [free for *_, free, _ in lots(t)] == [0, 0, 450]
    assert purse(t).take_back_earn(ids.new_id(), [order], 999, day=TODAY).back == 100  # type: ignore[union-attr]
    assert sound(t)


def test_cancelled_after_it_was_spent_is_owed_and_paid_by_what_comes_next(t: Tx) -> None:
    """G-10 with policy `owed`, P-31e: never silent, never negative."""
    programme(t, owed_policy="owed")
    first = earned(t, 10_000)
    second = spent(t, 10_000)
    done = purse(t).take_back_earn(ids.new_id(), [first], 10_000, day=TODAY)
    assert isinstance(done, Planned)
    assert (done.owed, done.short_minor) == (10_000, 0)
    post(t, [done])
    assert (purse(t).owed, purse(t).spendable) == (10_000, 0)
    earned(t, 400)
    assert (purse(t).owed, purse(t).spendable) == (9_600, 0)
    post(t, [purse(t).give_back_spend(ids.new_id(), second, 10_000, day=TODAY)])
    assert (purse(t).owed, purse(t).spendable) == (0, 400)
    assert sound(t)


def test_cancelled_after_it_was_spent_comes_off_the_refund(t: Tx) -> None:
    """G-10 with policy `deduct`."""
    programme(t, owed_policy="deduct")
    first = earned(t, 10_000)
    spent(t, 9_000)
    done = purse(t).take_back_earn(ids.new_id(), [first], 10_000, day=TODAY)
    assert isinstance(done, Planned)
    assert (done.owed, done.short_minor, done.back) == (0, 9_000, 10_000)
    post(t, [done])
    assert (purse(t).owed, purse(t).spendable) == (0, 0)
    assert purse(t).take_back_earn(ids.new_id(), [first], 1, day=TODAY).back == 0  # type: ignore[union-attr]
    assert sound(t)


def test_cancelled_after_it_was_spent_is_refused(t: Tx) -> None:
    """G-10 with policy `block`: nothing moved, a person decides."""
    programme(t, owed_policy="block")
    first = earned(t, 10_000)
    spent(t, 9_000)
    before = moves(t)
    one = purse(t)
    refused = one.take_back_earn(ids.new_id(), [first], 10_000, day=TODAY)
    assert refused == Refusal("points_already_spent", "", {"wanted": 10_000, "free": 1_000})
    assert (one.spendable, moves(t)) == (1_000, before)


def test_earned_points_that_expired_are_not_taken_a_second_time(t: Tx) -> None:
    programme(t, expires_months=1)
    order = earned(t, 300)
    given(t, 500, ends=later(900))
    assert expiring.expire_due(t, at=NOW + timedelta(days=40), limit=10) == 1
    done = purse(t).take_back_earn(ids.new_id(), [order], 300, day=later(40))
    assert isinstance(done, Planned)
    post(t, [done])
    assert (done.back, done.owed, purse(t).spendable) == (300, 0, 500)
    again = purse(t).take_back_earn(ids.new_id(), [order], 300, day=later(40))
    assert isinstance(again, Planned)
    assert again.wishes == ()
    assert sound(t)


def test_pending_points_are_not_spendable_until_their_day(t: Tx) -> None:
    programme(t, confirm_days=7, expires_months=12)
    order = earned(t, 300)
    found = queries.balance_of_records(t, [record(t)], day=TODAY, viewer=VIEWER)
    assert (found.spendable, found.pending) == (0, 300)
    assert sound(t)
    assert confirming.confirm_due(t, at=NOW + timedelta(days=6), limit=10) == 0
    done = purse(t).take_back_earn(ids.new_id(), [order], 100, day=TODAY)
    assert isinstance(done, Planned)
    post(t, [done])
    assert sound(t)
    assert confirming.confirm_due(t, at=NOW + timedelta(days=7), limit=10) == 1
    assert confirming.confirm_due(t, at=NOW + timedelta(days=7), limit=10) == 0
    assert lots(t) == [("earned", 200, 200, date(2027, 11, 27))]
    assert t.value("SELECT count(DISTINCT origin) FROM ledger_move") == 1
    last = purse(t).take_back_earn(ids.new_id(), [order], 300, day=TODAY)
    assert isinstance(last, Planned)
    assert last.back == 200
    post(t, [last])
    assert purse(t).spendable == 0
    assert sound(t)


def test_what_is_owed_is_paid_when_pending_points_are_confirmed(t: Tx) -> None:
    programme(t)
    first = earned(t, 300)
    spent(t, 300)
    post(t, [purse(t).take_back_earn(ids.new_id(), [first], 300, day=TODAY)])
    programme(t, confirm_days=7)
    earned(t, 500)
    assert purse(t).owed == 300
    confirming.confirm_due(t, at=NOW + timedelta(days=7), limit=10)
    assert (purse(t).owed, purse(t).spendable) == (0, 200)
    assert sound(t)


def test_several_plans_of_one_request_see_each_other(t: Tx) -> None:
    """A return gives spent points back first; then earned ones go back from them too."""
    programme(t)
    given(t, 100)
    order = ids.new_id()
    one = purse(t)
    post(t, [one.spend(order, 100, day=TODAY), one.earn(order, 30, day=TODAY)])
    spent(t, 30)
    slip, two = ids.new_id(), purse(t)
    back = two.give_back_spend(slip, order, 100, day=TODAY)
    away = two.take_back_earn(slip, [order], 30, day=TODAY)
    post(t, [back, away])
    assert (purse(t).spendable, purse(t).owed) == (70, 0)
    assert sound(t)
