"""Points and coupons of an order: kept when it is placed, spent and earned when goods leave."""

from dataclasses import replace

from django.db import connection
from django.test.utils import CaptureQueriesContext

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders.fulfilling import fulfil
from goen.orders.order import Fulfilment, Placed, TakeBack, TakenBack
from goen.orders.sale import SaleLine, SaleTender
from goen.orders.selling import sell
from goen.orders.taking_back import take_back
from goen.points import accounts, coupons, programmes
from goen.points.coupons import Issued, NewCoupon, NewKind
from goen.points.programmes import NewProgramme
from goen.points.queries import balance_of_records
from tests import world
from tests.orders.placed import (
    AT,
    audit,
    cancelled,
    money,
    one_placed,
    order,
    placed,
    refused,
    ship,
    slipped,
)
from tests.points import wallet

CARD = ("card", "G1040001")


def shop(**more: object) -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "CHA-01", 10)
    world.stocked(t, "NUNO-01", 10)
    wallet.programme(t, **more)
    wallet.given(t, 1_000)
    return t


def points(t: Tx) -> int:
    found = balance_of_records(t, [wallet.record(t)], day=wallet.TODAY, viewer=world.VIEWER)
    return found.spendable


def coupon(t: Tx, uses: int = 1) -> str:
    by = {"actor": world.ACTOR, "recorded_at": world.NOW}
    kind = NewKind("welcome", {"ja": "ようこそ", "en": "Welcome"}, "amount", 200)
    assert isinstance(coupons.put_kind(t, kind, **by), int)
    wish = NewCoupon(ids.new_id(), "welcome", world.NOW, "WELCOME-1", None, uses)
    (issued,) = coupons.issue(t, [wish], **by)
    assert isinstance(issued, Issued)
    return issued.number


def test_points_are_kept_then_spent_first_and_earned_on_the_rest(tx_db: None) -> None:
    t = shop()
    tenders = (SaleTender("card", 3_162), SaleTender("points", 750))
    uid = one_placed(t, order(("CHA-01", 2), ("NUNO-01", 1), tenders=tenders, member=CARD))
    assert points(t) == 250
    slipped(ship(t, uid, (1, 1)), "part", 1_296)
    assert (money(t, "points"), money(t, "card"), points(t)) == (750, 546, 250 + 5)
    slipped(ship(t, uid), "done", 2_616)
    assert (money(t, "points"), money(t, "card"), points(t)) == (750, 3_162, 250 + 31)
    assert audit(t) == []


def test_an_order_paid_with_points_takes_few_statements(tx_db: None) -> None:
    t = shop()
    tenders = (SaleTender("points", 250), SaleTender("card", 2_916))
    new = order(("CHA-01", 1), ("NUNO-01", 1), fee=550, tenders=tenders, member=CARD)
    one_placed(t, replace(new, sale=replace(new.sale, uid=ids.new_id())))
    with CaptureQueriesContext(connection) as asked:
        one_placed(t, new)
    assert len(asked) <= 12


def test_points_of_a_cancelled_part_go_back_last_and_to_their_lots(tx_db: None) -> None:
    t = shop()
    tenders = (SaleTender("points", 900), SaleTender("card", 3_012))
    uid = one_placed(t, order(("CHA-01", 2), ("NUNO-01", 1), tenders=tenders, member=CARD))
    slipped(cancelled(t, uid, (1, 2)), "placed", 2_592)
    assert points(t) == 100
    slipped(cancelled(t, uid), "cancelled", 1_320)
    assert (points(t), money(t, "card"), wallet.lots(t)[0][1:3]) == (1_000, 0, (1_000, 1_000))
    assert audit(t) == []


def test_more_points_than_there_are_are_refused_and_nothing_is_kept(tx_db: None) -> None:
    t = shop()
    tenders = (SaleTender("points", 1_296),)
    few, none = placed(
        t,
        order(("CHA-01", 1), tenders=tenders, member=CARD),
        order(("CHA-01", 1), tenders=tenders),
    )
    assert refused(few, "points_short").field == "tenders[0].amount_minor"
    refused(none, "points_no_account")
    assert (t.value("SELECT count(*) FROM orders_order"), points(t), audit(t)) == (0, 1_000, [])


def test_points_earned_wait_for_their_day(tx_db: None) -> None:
    t = shop(confirm_days=10)
    uid = one_placed(t, order(("CHA-01", 1), member=CARD))
    slipped(ship(t, uid), "done")
    assert (points(t), t.value("SELECT sum(pending)::int FROM points_earning")) == (1_000, 12)
    assert audit(t) == []


def test_a_coupon_is_kept_and_used_with_the_first_goods(tx_db: None) -> None:
    t = shop()
    number = coupon(t)
    new = order(("CHA-01", 2), fee=550, total=2_942, coupons=(number,), expected_total_minor=2_942)
    uid = one_placed(t, new)
    (second,) = placed(t, order(("CHA-01", 1), total=1_096, coupons=(number,)))
    refused(second, "coupon_used_up")
    slipped(ship(t, uid, (1, 1)), "part", 1_196 + 550)
    slipped(ship(t, uid), "done", 1_196)
    assert t.value("SELECT count(*) FROM ledger_move WHERE reason LIKE 'coupon%%'") == 2
    assert audit(t) == []


def test_a_coupon_is_free_again_when_all_is_cancelled(tx_db: None) -> None:
    t = shop()
    number = coupon(t)
    uid = one_placed(t, order(("CHA-01", 2), total=2_392, coupons=(number,)))
    slipped(cancelled(t, uid), "cancelled", 2_392)
    again = order(("CHA-01", 2), total=2_392, coupons=(number,))
    assert isinstance(placed(t, again)[0], Placed)
    assert audit(t) == []


def test_a_coupon_is_free_again_when_part_came_back_and_the_rest_is_cancelled(tx_db: None) -> None:
    t = shop()
    number = coupon(t)
    uid = one_placed(t, order(("CHA-01", 2), coupons=(number,), total=2_392))
    slipped(ship(t, uid, (1, 1)), "part", 1_196)
    back = TakeBack(ids.new_id(), uid, "shibuya", "unwanted", world.NOW)
    (answer,) = take_back(t, [back], actor=world.ACTOR, recorded_at=world.NOW)
    assert isinstance(answer, TakenBack), answer
    refused(placed(t, order(("NUNO-01", 1), coupons=(number,), total=1_120))[0], "coupon_used_up")
    slipped(cancelled(t, uid), "done", 1_196)
    assert audit(t) == []
    one_placed(t, order(("NUNO-01", 1), coupons=(number,), total=1_120))


def test_orders_of_one_member_in_two_currencies_go_to_two_accounts(tx_db: None) -> None:
    t = shop()
    assert isinstance(
        programmes.put(
            t,
            NewProgramme(
                "dollar", {"ja": "ドル", "en": "Dollars"}, "USD", points_from=world.OPENED
            ),
            **wallet.BY,
        ),
        int,
    )
    accounts.open_for(t, [wallet.record(t)], programme="dollar", **wallet.BY)
    dollars = {"lines": (SaleLine("CHA-01", 1, 900),), "total": 900, "currency": "USD"}
    wishes = [order(("NUNO-01", 1), member=CARD), order(member=CARD, **dollars)]
    at = [ids.new_id(), ids.new_id()]
    orders = [one_placed(t, wish) for wish in wishes]
    acts = [Fulfilment(uid, of, "ship", AT) for uid, of in zip(at, orders, strict=True)]
    for answer in fulfil(t, acts, **wallet.BY):
        slipped(answer, "done")
    found = t.rows(
        "SELECT p.currency, l.qty::int FROM points_lot l JOIN points_account a"
        " ON a.id = l.account_id JOIN points_programme p ON p.id = a.programme_id"
        " WHERE l.kind = 'earned' ORDER BY 1"
    )
    assert found == [("JPY", 13), ("USD", 9)]
    sales = [
        world.sale(("NUNO-01", 1), member=CARD[1]),
        world.sale(member=CARD[1], **dollars),
    ]
    assert [one.points_earned for one in sell(t, sales, **wallet.BY)] == [13, 9]
    assert audit(t) == []


def test_points_that_are_all_of_the_payment_come_back_whole(tx_db: None) -> None:
    t = shop()
    uid = one_placed(
        t, order(("CHA-01", 1), total=900, lines=(SaleLine("CHA-01", 3, 900),), member=CARD,
                 tenders=(SaleTender("points", 900),))
    )  # fmt: skip
    slipped(ship(t, uid, (1, 1)), "part", 300)
    slipped(cancelled(t, uid, (1, 1)), "part", 300)
    slipped(ship(t, uid), "done", 300)
    assert points(t) == 100 + 300
    back = TakeBack(ids.new_id(), uid, "shibuya", "unwanted", world.NOW)
    (answer,) = take_back(t, [back], actor=world.ACTOR, recorded_at=world.NOW)
    assert isinstance(answer, TakenBack), answer
    assert (answer.points_back, points(t), money(t, "points")) == (600, 1_000, 0)
    assert audit(t) == []


def test_an_order_that_costs_nothing_goes_all_its_ways(tx_db: None) -> None:
    t = shop()
    lines = (SaleLine("CHA-01", 2, 2_592, None, 2_592, "staff"), SaleLine("NUNO-01", 1, 0))
    uid = one_placed(t, order(lines=lines, total=0, tenders=(), member=CARD))
    slipped(ship(t, uid, (1, 1)), "part", 0)
    slipped(cancelled(t, uid, (2, 1)), "part", 0)
    slipped(ship(t, uid), "done", 0)
    back = TakeBack(ids.new_id(), uid, "shibuya", "unwanted", world.NOW)
    (answer,) = take_back(t, [back], actor=world.ACTOR, recorded_at=world.NOW)
    assert isinstance(answer, TakenBack), answer
    assert answer.slip.total_minor == 0
    assert audit(t) == []
