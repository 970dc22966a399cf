"""What the lists say of all accounts is what one finds by going through every lot and move."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.points import accounts, listing, programmes, queries
from goen.points.accounts import Opened
from goen.points.listing import AccountsAsked, Month, Totals
from goen.points.queries import Liability
from tests.points.wallet import (
    BY,
    CODE,
    TODAY,
    account,
    earned,
    given,
    later,
    post,
    programme,
    purse,
    record,
    sound,
    spent,
)
from tests.world import VIEWER, open_shop


@pytest.fixture
def t(tx_db: None) -> Tx:
    """Two programmes; points that end soon, that never do, that are over, that are kept."""
    t = Tx()
    open_shop(t)
    programme(t, expires_months=None)
    programme(t, code="us", currency="USD")
    (other,) = accounts.open_for(t, [record(t)], programme="us", **BY)
    assert isinstance(other, Opened)
    given(t, 100, ends=later(10))
    given(t, 30, ends=later(-1))
    given(t, 500)
    order = spent(t, 120, later=True)
    post(t, [purse(t).settle_spend(order, order, 40)])
    given(t, 70, "M-002", ends=later(-1))
    given(t, 8, "M-002", ends=later(-2))
    shared = account(t)
    accounts.open_for(t, [record(t, "M-002")], programme="us", **BY)
    assert sound(t)
    assert shared
    return t


def _id(t: Tx, code: str) -> int:
    return int(t.value("SELECT id FROM points_programme WHERE code = %s", [code]))


def totals_by_hand(t: Tx, programme_id: int, day: date) -> Totals:
    """Every account, lot, hold and earning, one after the other."""
    known = dict(
        t.rows("SELECT id, owed FROM points_account WHERE programme_id = %s", [programme_id])
    )
    live: Counter[int] = Counter()
    over = 0
    for id_, free, ends in t.rows("SELECT account_id, free, expires_on FROM points_lot"):
        if id_ in known and ends is not None and ends < day:
            over += free
        elif id_ in known:
            live[id_] += free
    kept = sum(
        qty
        for unit, qty in t.rows(
            "SELECT a.unit, b.pending FROM ledger_balance b JOIN ledger_account a"
            " ON a.id = b.account_id WHERE a.holder LIKE 'points:%%'"
        )
        if unit == f"point:{programme_id}"
    )
    waiting = sum(
        qty for id_, qty in t.rows("SELECT account_id, pending FROM points_earning") if id_ in known
    )
    owed = [qty for qty in known.values() if qty]
    return Totals(
        len(known), sum(1 for qty in live.values() if qty), sum(live.values()), kept, waiting,
        sum(owed), len(owed), over,
    )  # fmt: skip


def liability_by_hand(t: Tx, programme_id: int) -> list[Liability]:
    free: Counter[date | None] = Counter()
    kept: Counter[date | None] = Counter()
    sign = {"keep": 1, "settle": -1, "release": -1}
    for lot, ends, left in t.rows(
        "SELECT l.id, l.expires_on, l.free FROM points_lot l JOIN points_account a"
        " ON a.id = l.account_id WHERE a.programme_id = %s",
        [programme_id],
    ):
        month = ends and ends.replace(day=1)
        free[month] += left
        for kind, qty in t.rows("SELECT kind, qty FROM points_use WHERE lot_id = %s", [lot]):
            kept[month] += sign.get(kind, 0) * qty
    months = sorted(free, key=lambda month: month or date.max)
    return [Liability(m, free[m], kept[m]) for m in months if free[m] or kept[m]]


@pytest.mark.parametrize("code", [CODE, "us"])
def test_what_is_outstanding_is_what_the_lots_say(t: Tx, code: str) -> None:
    for day in (later(-3), TODAY, later(11)):
        assert listing.totals(t, _id(t, code), day=day) == totals_by_hand(t, _id(t, code), day)
    assert queries.liability(t, code) == liability_by_hand(t, _id(t, code))


def test_pending_and_owed_points_are_added_up(t: Tx) -> None:
    first = earned(t, 100, "M-002")
    spent(t, 60, "M-002")
    post(t, [purse(t, "M-002").take_back_earn(ids.new_id(), [first], 100, day=TODAY)])
    programme(t, confirm_days=3)
    earned(t, 40)
    found = listing.totals(t, _id(t, CODE), day=TODAY)
    assert (found.owed, found.owing, found.pending) == (60, 1, 40)
    assert found == totals_by_hand(t, _id(t, CODE), TODAY)
    assert sound(t)


def test_months_are_the_moves_of_the_months(t: Tx) -> None:
    earned(t, 25, day=TODAY - timedelta(days=40))
    spent(t, 10)
    (chosen, _) = programmes.all_of(t)
    by_hand: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for source, target, reason, day, qty in t.rows(
        "SELECT s.holder, t.holder, reason, business_date, qty FROM ledger_move m"
        " JOIN ledger_account s ON s.id = source_id JOIN ledger_account t ON t.id = target_id"
        " WHERE s.unit = %s",
        [chosen.unit],
    ):
        row = by_hand[day.replace(day=1)]
        row[1 if reason == "points_granted" else 0] += qty * (source == "world:issued")
        row[2] += qty * (target == "world:redeemed")
        row[3] += qty * (target == "world:expired")
    expected = [Month(month, *row) for month, row in sorted(by_hand.items()) if any(row)]
    assert listing.months(t, chosen, since=date(2026, 1, 1)) == expected
    assert [one.earned for one in expected] == [25, 0]


def test_accounts_stand_in_the_order_of_their_points(t: Tx) -> None:
    asked = AccountsAsked(_id(t, CODE))
    found, total = listing.page(t, asked, day=TODAY, viewer=VIEWER)
    most = [one.spendable for one in found]
    assert (most, total) == ([480, 0], 2)
    second, total = listing.page(t, asked, day=TODAY, viewer=VIEWER, limit=1, start=1)
    assert ([one.account_id for one in second], total) == ([found[1].account_id], 2)
    nobody, total = listing.page(t, asked, day=TODAY, viewer=VIEWER, start=50)
    assert (nobody, total) == ([], 2)


def test_accounts_are_filtered(t: Tx) -> None:
    mine, other = account(t), account(t, "M-002")

    def of(only: str, *records: int) -> list[int]:
        asked = AccountsAsked(_id(t, CODE), records or None, only)
        found, total = listing.page(t, asked, day=TODAY, viewer=VIEWER)
        assert total == len(found)
        return [one.account_id for one in found]

    assert of("", record(t)) == [mine]
    assert of("", record(t), record(t, "M-002")) == [mine, other]
    assert of("", 0) == []
    assert of("ending") == []  # what was to end soon is kept for an order
    given(t, 5, ends=later(30))
    given(t, 5, "M-002", ends=later(3))
    given(t, 5, "M-002", ends=later(31))
    assert of("ending") == [other, mine]
    assert of("ending", record(t)) == [mine]
    assert of("owed") == of("shared") == []
    t.execute("UPDATE points_account SET owed = 1 WHERE id = %s", [other])
    assert of("owed") == [other]
    t.execute("UPDATE points_membership SET account_id = %s WHERE account_id = %s", [mine, other])
    assert of("shared") == [mine]
