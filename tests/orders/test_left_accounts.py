"""Who left an account: points of earlier documents still come back there, and go back from there.

Goods come back, orders are sent and cancelled after the record left or reached another account.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.db import connection

from goen.kit import ids
from goen.kit.db import Tx, tx
from goen.kit.refusals import Refusal
from goen.orders import selling, taking_back
from goen.orders.order import PartBack, TakeBack, TakenBack
from goen.orders.sale import Sale, SaleTender, Sold
from goen.points import accounts
from goen.points.accounts import Left, Opened
from tests import world
from tests.conftest import FreshDatabase
from tests.orders.placed import audit, cancelled, one_placed, order, ship, slipped
from tests.points import wallet

BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
MEMBER = "G1040001"
CARD = ("card", MEMBER)
WHERE = ["nowhere", "alone", "with another"]


def shop(**more: object) -> tuple[Tx, int]:
    """A family's account with 1000 points; who buys is one of two on it."""
    t = Tx()
    world.open_shop(t)
    for sku in ("UTSUWA-01", "CHA-01", "NUNO-01"):
        world.stocked(t, sku, 20)
    wallet.programme(t, **more)
    wallet.given(t, 1_000)
    family = wallet.account(t)
    assert isinstance(accounts.join(t, wallet.record(t, "M-002"), family, **BY), Opened)
    return t, family


def gone(t: Tx, family: int, where: str) -> int | None:
    """Who buys leaves the family, and reaches another account or none."""
    one = wallet.record(t)
    assert accounts.leave(t, one, family, **BY) == Left(one, family)
    return moved(t, one, where)


def moved(t: Tx, one: int, where: str) -> int | None:
    if where == "nowhere":
        return None
    if where == "alone":
        return wallet.account(t)
    other = wallet.account(t, "M-003")
    assert isinstance(accounts.join(t, one, other, **BY), Opened)
    return other


def free(t: Tx, account: int | None) -> int:
    sql = "SELECT coalesce(sum(free), 0)::int FROM points_lot WHERE account_id = %s"
    return int(t.value(sql, [account]))


def taken(t: Tx, document: UUID, qty: int = 0) -> TakenBack:
    parts = (PartBack(1, qty),) if qty else ()
    wish = TakeBack(ids.new_id(), document, "shibuya", "changed_mind", world.NOW, parts)
    (answer,) = taking_back.take_back(t, [wish], **BY)
    assert isinstance(answer, TakenBack), answer
    assert audit(t) == []
    return answer


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("days", [0, 10])
def test_a_sale_comes_back_to_the_account_it_was_on(tx_db: None, where: str, days: int) -> None:
    """What was spent returns to the very account, what was earned goes from it."""
    t, family = shop(confirm_days=days)
    tenders = (SaleTender("points", 1_000), SaleTender("card", 7_800))
    (sold,) = world.sold(t, world.sale(("UTSUWA-01", 2), member=MEMBER, tenders=tenders))
    assert isinstance(sold, Sold), sold
    assert free(t, family) == (0 if days else 78)
    other = gone(t, family, where)
    first = taken(t, sold.uid, 1)
    assert (first.points_back, first.refund.points) == (0, 44)
    second = taken(t, sold.uid)
    assert (second.points_back, second.refund.points) == (1_000, 34)
    assert (free(t, family), free(t, other)) == (1_000, 0)
    assert t.value("SELECT coalesce(sum(pending), 0)::int FROM points_earning") == 0


@pytest.mark.parametrize("where", WHERE)
@pytest.mark.parametrize("days", [0, 10])
def test_an_order_sent_before_and_after_comes_back_to_both(
    tx_db: None, where: str, days: int
) -> None:
    t, family = shop(confirm_days=days)
    tenders = (SaleTender("points", 900), SaleTender("card", 3_012))
    uid = one_placed(t, order(("CHA-01", 2), ("NUNO-01", 1), tenders=tenders, member=CARD))
    slipped(ship(t, uid, (1, 1)), "part", 1_296)
    assert free(t, family) == (100 if days else 103)
    other = gone(t, family, where)
    slipped(ship(t, uid), "done", 2_616)
    assert free(t, other) == (0 if days or other is None else 27)
    assert taken(t, uid).points_back == 900
    assert (free(t, family), free(t, other)) == (1_000, 0)
    assert t.value("SELECT coalesce(sum(pending), 0)::int FROM points_earning") == 0


@pytest.mark.parametrize("where", WHERE)
def test_points_kept_are_spent_and_given_up_where_they_were_kept(tx_db: None, where: str) -> None:
    """Nobody leaves while points are kept; should it be so anyhow, they are the account's."""
    t, family = shop()
    tenders = (SaleTender("points", 1_000), SaleTender("card", 2_912))
    new = order(("CHA-01", 2), ("NUNO-01", 1), tenders=tenders, member=CARD)
    uid, one = one_placed(t, new), wallet.record(t)
    assert isinstance(accounts.leave(t, one, family, **BY), Refusal)
    t.execute("DELETE FROM points_membership WHERE record_id = %s", [one])
    other = moved(t, one, where)
    slipped(cancelled(t, uid, (1, 2)), "placed", 2_592)
    slipped(cancelled(t, uid), "cancelled", 1_320)
    assert (free(t, family), free(t, other), audit(t)) == (1_000, 0, [])


@pytest.mark.parametrize("where", WHERE)
def test_points_kept_are_spent_where_they_were_kept(tx_db: None, where: str) -> None:
    t, family = shop()
    tenders = (SaleTender("points", 1_000), SaleTender("card", 296))
    uid = one_placed(t, order(("CHA-01", 1), tenders=tenders, member=CARD))
    one = wallet.record(t)
    t.execute("DELETE FROM points_membership WHERE record_id = %s", [one])
    other = moved(t, one, where)
    slipped(ship(t, uid), "done", 1_296)
    assert (free(t, family), free(t, other)) == (0, 0 if other is None else 2)
    assert taken(t, uid).points_back == 1_000
    assert (free(t, family), free(t, other)) == (1_000, 0)


def selling_while(change: Callable[[Tx], object], *tenders: SaleTender) -> Sold | Refusal:
    """A sale that waits for the account while the record's way to it changes."""
    begun = threading.Event()

    def sell(one: Sale) -> Sold | Refusal:
        try:
            with tx() as t:
                begun.set()
                (answer,) = selling.sell(t, [one], **BY)
                return answer
        finally:
            connection.close()

    one = world.sale(("NUNO-01", 1), member=MEMBER, tenders=tenders)
    with ThreadPoolExecutor(1) as pool:
        with tx() as t:
            change(t)
            asked = pool.submit(sell, one)
            assert begun.wait(30)
            _until_somebody_waits(t)
        return asked.result(timeout=60)


def _until_somebody_waits(t: Tx) -> None:
    for _ in range(600):
        if t.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            return
        time.sleep(0.05)
    raise AssertionError("nobody waits for the account")


def test_a_sale_that_waited_knows_who_left_meanwhile(fresh_db: FreshDatabase) -> None:
    with tx():
        t, family = shop()
        one = wallet.record(t)
    tenders = SaleTender("points", 500), SaleTender("cash", 820)
    answer = selling_while(lambda t: accounts.leave(t, one, family, **BY), *tenders)
    assert isinstance(answer, Refusal)
    assert answer.code == "points_no_account"
    with tx() as t:
        assert (free(t, family), audit(t)) == (1_000, [])


def test_a_sale_that_waited_earns_where_the_record_is_now(fresh_db: FreshDatabase) -> None:
    with tx():
        t, family = shop()
        one = wallet.record(t)
        accounts.leave(t, one, family, **BY)
        own = wallet.account(t)
    answer = selling_while(lambda t: accounts.join(t, one, family, **BY), SaleTender("cash", 1_320))
    assert isinstance(answer, Sold), answer
    with tx() as t:
        assert (free(t, family), free(t, own), audit(t)) == (1_013, 0, [])
