"""Programmes, accounts, grants, days that end, and what is read of it all."""

from datetime import date, timedelta

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.points import accounts, expiring, grants, programmes, queries
from goen.points.accounts import Left, Opened
from goen.points.grants import Granted, NewGrant
from goen.points.programmes import NewProgramme
from goen.points.queries import Liability
from tests.points.wallet import (
    BY,
    CODE,
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


def test_a_programme_is_put_and_changed(t: Tx) -> None:
    first = programme(t, per_minor=100)
    assert programme(t, per_minor=200) == first
    (found,) = programmes.all_of(t)
    assert (found.code, found.per_minor, found.unit) == (CODE, 200, f"point:{first}")


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"basis": "none"}, "unknown_choice", "basis"),
        ({"owed_policy": "zero"}, "unknown_choice", "owed_policy"),
        ({"timezone": "Mars/Base"}, "unknown_choice", "timezone"),
        ({"per_minor": 0}, "out_of_bounds", "per_minor"),
        ({"expires_months": -1}, "out_of_bounds", "expires_months"),
        ({"confirm_days": -1}, "out_of_bounds", "confirm_days"),
        ({"grace_days": 10_000}, "out_of_bounds", "grace_days"),
        ({"code": "other"}, "currency_has_points", "currency"),
        ({"currency": "USD"}, "currency_has_points", "currency"),
    ],
)
def test_a_programme_that_cannot_be(
    t: Tx, values: dict[str, object], code: str, field: str
) -> None:
    programme(t)
    asked = {"code": CODE, "name": {"ja": "点", "en": "Points"}} | values
    refused = programmes.put(t, NewProgramme(**asked), **BY)  # type: ignore[arg-type]
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, field)


def test_an_account_is_opened_once(t: Tx) -> None:
    programme(t)
    wanted = [record(t, "M-001"), 10**9, record(t, "M-002")]
    first, unknown, second = accounts.open_for(t, wanted, programme=CODE, **BY)
    assert isinstance(first, Opened)
    assert isinstance(second, Opened)
    assert unknown == Refusal("unknown_record", "record", {"given": 10**9})
    assert first.account_id != second.account_id
    again, *_ = accounts.open_for(t, wanted, programme=CODE, **BY)
    assert again == Opened(first.record_id, first.account_id, repeated=True)
    nowhere = accounts.open_for(t, [record(t)], programme="nope", **BY)
    assert nowhere == [Refusal("unknown_programme", "programme", {"given": "nope"})]


def test_a_card_joins_another_s_account_unless_it_has_points_of_its_own(t: Tx) -> None:
    """P-20, P-30i."""
    programme(t)
    shared = account(t)
    account(t, "M-002")
    joined = accounts.join(t, record(t, "M-002"), shared, **BY)
    assert joined == Opened(record(t, "M-002"), shared)
    assert accounts.join(t, record(t, "M-002"), shared, **BY) == Opened(
        record(t, "M-002"), shared, repeated=True
    )
    given(t, 100, "M-003")
    refused = accounts.join(t, record(t, "M-003"), shared, **BY)
    assert refused == Refusal("has_points_elsewhere", "record", {"given": record(t, "M-003")})
    nobody = accounts.join(t, record(t), 10**9, **BY)
    assert nobody == Refusal("unknown_point_account", "account", {"given": 10**9})


def test_points_are_given_once(t: Tx) -> None:
    programme(t)
    uid = ids.new_id()
    assert given(t, 500, uid=uid) == Granted(uid, account(t), 500)
    assert given(t, 500, uid=uid) == Granted(uid, account(t), 500, repeated=True)
    assert given(t, 600, uid=uid) == Refusal("id_reused", "uid", {"given": str(uid)})
    assert lots(t) == [("granted", 500, 500, date(2027, 11, 20))]
    assert sound(t)


def test_the_same_grant_twice_in_one_call_is_one(t: Tx) -> None:
    programme(t)
    one = NewGrant(ids.new_id(), account(t), 100, "campaign", NOW)
    first, second = grants.grant(t, [one, one], **BY)
    assert isinstance(first, Granted)
    assert isinstance(second, Granted)
    assert (first.repeated, second.repeated) == (False, True)
    assert purse(t).spendable == 100


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"account_id": 10**9}, "unknown_point_account", "account"),
        ({"qty": 0}, "out_of_bounds", "qty"),
        ({"reason": "because"}, "unknown_choice", "reason"),
        ({"occurred_at": NOW.replace(tzinfo=None)}, "time_without_zone", "occurred_at"),
    ],
)
def test_a_grant_that_cannot_be(t: Tx, change: dict[str, object], code: str, field: str) -> None:
    programme(t)
    values = {
        "uid": ids.new_id(), "account_id": account(t), "qty": 1, "reason": "manual",
        "occurred_at": NOW,
    }  # fmt: skip
    (refused,) = grants.grant(t, [NewGrant(**(values | change))], **BY)  # type: ignore[arg-type]
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, field)


def test_points_taken_over_pay_what_is_owed_like_any_others(t: Tx) -> None:
    programme(t)
    first = earned(t, 300)
    spent(t, 300)
    post(t, [purse(t).take_back_earn(ids.new_id(), [first], 300, day=TODAY)])
    given(t, 500)
    assert (purse(t).owed, purse(t).spendable) == (0, 200)
    assert sound(t)


def test_points_end_after_their_last_day_and_not_on_it(t: Tx) -> None:
    programme(t)
    given(t, 100, ends=TODAY)
    given(t, 200, ends=later(1))
    given(t, 300)
    assert expiring.expire_due(t, at=NOW, limit=10) == 0
    assert expiring.expire_due(t, at=NOW + timedelta(days=1), limit=10) == 1
    assert expiring.expire_due(t, at=NOW + timedelta(days=1), limit=10) == 0
    assert [free for *_, free, _ in lots(t)] == [0, 200, 300]
    assert t.row("SELECT qty, reason FROM ledger_move ORDER BY id DESC LIMIT 1") == (
        100, "points_expired",
    )  # fmt: skip
    assert sound(t)


def test_the_day_ends_where_the_programme_is(t: Tx) -> None:
    """15:30 UTC is half past midnight in Tokyo."""
    programme(t)
    given(t, 100, ends=TODAY)
    night = NOW.replace(hour=14, minute=59)
    assert expiring.expire_due(t, at=night, limit=10) == 0
    assert expiring.expire_due(t, at=NOW.replace(hour=15, minute=30), limit=10) == 1


def test_balances_of_a_person_are_read_together(t: Tx) -> None:
    """G-04, P-30e: 2,500 on the card (500 of them end in ten days) and 1,200 on the web: lots
    keep their own ends, and apart they are again what they were."""
    programme(t)
    given(t, 2_000, "M-001", ends=later(300))
    given(t, 500, "M-001", ends=later(10))
    given(t, 1_200, "M-002", ends=later(200))
    together = [record(t, "M-001"), record(t, "M-002")]
    found = queries.balance_of_records(t, together, day=TODAY, viewer=VIEWER)
    assert (found.spendable, found.next_end) == (3_700, (later(10), 500))
    card, web = found.accounts
    assert (card.spendable, card.ending, web.spendable) == (2_500, 500, 1_200)
    alone = queries.balance_of_records(t, together[1:], day=TODAY, viewer=VIEWER)
    assert (alone.spendable, alone.next_end) == (1_200, (later(200), 1_200))
    nobody = queries.balance_of_records(t, [record(t, "M-003")], day=TODAY, viewer=VIEWER)
    assert (nobody.spendable, nobody.next_end, nobody.accounts) == (0, None, ())


def test_an_account_that_two_records_share_counts_once(t: Tx) -> None:
    programme(t)
    given(t, 100)
    accounts.join(t, record(t, "M-002"), account(t), **BY)
    both = [record(t, "M-001"), record(t, "M-002")]
    found = queries.balance_of_records(t, both, day=TODAY, viewer=VIEWER)
    assert (found.spendable, found.accounts[0].record_ids) == (100, sorted(both))


def test_kept_and_ended_points_are_not_in_the_balance(t: Tx) -> None:
    programme(t)
    given(t, 100, ends=later(-1))
    given(t, 100)
    spent(t, 30, later=True)
    found = queries.balance_of_records(t, [record(t)], day=TODAY, viewer=VIEWER)
    assert (found.spendable, found.accounts[0].kept) == (70, 30)
    assert [(lot.qty, lot.free) for lot in queries.lots(t, account(t), day=TODAY, viewer=VIEWER)
            ] == [(100, 70)]  # fmt: skip


def test_a_history_is_read_page_by_page(t: Tx) -> None:
    programme(t)
    given(t, 100)
    order = earned(t, 20)
    spent(t, 50)
    first = queries.history(t, account(t), viewer=VIEWER, limit=2)
    assert [(e.qty, e.reason) for e in first] == [(-50, "points_spent"), (20, "points_earned")]
    assert (first[1].origin, first[1].actor) == (f"order:{order}", "system:test")
    rest = queries.history(t, account(t), viewer=VIEWER, before=first[-1].id, limit=2)
    assert [(e.qty, e.reason) for e in rest] == [(100, "points_granted")]


def test_what_the_shop_owes_in_points_by_the_month_they_end(t: Tx) -> None:
    """P-31j."""
    programme(t, expires_months=None)
    given(t, 100, ends=date(2026, 12, 1))
    given(t, 50, "M-002", ends=date(2026, 12, 31))
    given(t, 70, ends=date(2027, 1, 5))
    given(t, 500)
    spent(t, 120, later=True)
    assert queries.liability(t, CODE) == [
        Liability(date(2026, 12, 1), 50, 100),
        Liability(date(2027, 1, 1), 50, 20),
        Liability(None, 500, 0),
    ]


def test_nobody_leaves_while_an_order_keeps_points_of_the_account(t: Tx) -> None:
    """P-20."""
    programme(t)
    shared = account(t)
    mother, son = record(t), record(t, "M-002")
    assert accounts.leave(t, son, shared, **BY) == Left(son, shared, repeated=True)
    assert accounts.leave(t, mother, shared, **BY) == Left(mother, shared)  # nothing on it yet
    for one in (mother, son):
        accounts.join(t, one, shared, **BY)
    given(t, 500)
    spent(t, 100, later=True)
    kept = accounts.leave(t, son, shared, **BY)
    assert kept == Refusal("points_are_kept", "record", {"given": son})


def test_who_leaves_takes_no_points_and_the_last_one_stays(t: Tx) -> None:
    programme(t)
    shared = account(t)
    mother, son = record(t), record(t, "M-002")
    accounts.join(t, son, shared, **BY)
    given(t, 500)
    assert accounts.leave(t, son, shared, **BY) == Left(son, shared)
    assert accounts.leave(t, son, shared, **BY) == Left(son, shared, repeated=True)
    alone = accounts.leave(t, mother, shared, **BY)
    assert alone == Refusal("last_of_account", "record", {"given": mother})
    assert t.value("SELECT sum(free) FROM points_lot WHERE account_id = %s", [shared]) == 500
