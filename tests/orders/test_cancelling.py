"""Open units are given up, whole or in part; goods, money and fee are free again."""

from goen.kit import ids
from goen.kit.db import Tx
from goen.orders.cancelling import cancel
from goen.orders.order import Cancellation, Slipped
from goen.orders.sale import SaleLine, SaleTender
from tests import world
from tests.orders.placed import (
    AT,
    BY,
    audit,
    cancelled,
    free,
    kept_money,
    money,
    one_placed,
    order,
    refused,
    rerouted,
    ship,
    slipped,
)


def shop() -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "CHA-01", 10)
    world.stocked(t, "NUNO-01", 10)
    return t


def test_a_whole_order_is_given_up_with_its_fee(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2), fee=550))
    answer = slipped(cancelled(t, uid), "cancelled", 2_592 + 550)
    assert (free(t, "CHA-01"), kept_money(t), money(t, "card")) == (10, 0, 0)
    refused(cancelled(t, uid), "nothing_open")
    refused(ship(t, uid), "nothing_open")
    told = t.rows("SELECT body FROM kit_notice WHERE kind = 'OrderChanged'")
    assert [(b["slip"], b["state"], len(b["skus"])) for (b,) in told] == [
        (str(answer.uid), "cancelled", 1)
    ]
    assert audit(t) == []


def test_the_fee_stays_until_nothing_is_left(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2), ("NUNO-01", 1), fee=550))
    slipped(cancelled(t, uid, (1, 2)), "placed", 2_592)
    slipped(cancelled(t, uid, (2, 1)), "cancelled", 1_320 + 550)
    assert (kept_money(t), audit(t)) == (0, [])


def test_the_fee_alone_can_be_given_up(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2), fee=550))
    slipped(cancelled(t, uid, (0, 1)), "placed", 550)
    slipped(ship(t, uid), "done", 2_592)
    assert (money(t, "card"), kept_money(t), audit(t)) == (2_592, 0, [])


def test_the_last_way_of_paying_is_given_up_first(tx_db: None) -> None:
    t = shop()
    tenders = (SaleTender("card", 1_000), SaleTender("qr", 592), SaleTender("card", 1_000))
    uid = one_placed(t, order(("CHA-01", 2), tenders=tenders))
    cancelled(t, uid, (1, 1))
    slipped(ship(t, uid), "done", 1_296)
    assert (money(t, "card"), money(t, "qr"), kept_money(t)) == (1_000, 296, 0)
    assert audit(t) == []


def test_cancelling_and_sending_in_any_steps_comes_to_what_was_ordered(tx_db: None) -> None:
    t = shop()
    lines = (SaleLine("CHA-01", 7, 101), SaleLine("NUNO-01", 3, 100))
    uid = one_placed(t, order(lines=lines, total=180, discount_minor=21, discount_code="other"))
    steps = [
        ship(t, uid, (1, 1)), cancelled(t, uid, (1, 2)), ship(t, uid, (2, 1)),
        cancelled(t, uid, (1, 1), (2, 1)), ship(t, uid, (1, 2)), cancelled(t, uid, (2, 1)),
        ship(t, uid),
    ]  # fmt: skip
    totals = [one.total_minor for one in steps if isinstance(one, Slipped)]
    assert (len(totals), sum(totals), kept_money(t)) == (7, 180, 0)
    assert audit(t) == []


def test_what_a_till_took_is_given_up_before_what_is_kept(tx_db: None) -> None:
    t = shop()
    world.stocked(t, "CHA-01", 5, "kichijoji")
    uid = one_placed(t, order(("CHA-01", 4)))
    rerouted(t, uid, "kichijoji", (1, 1))
    world.sold(t, world.sale(("CHA-01", 9)))
    slipped(cancelled(t, uid, (1, 3)), "placed", 3 * 1_296)
    assert free(t, "CHA-01", "kichijoji") == 4
    slipped(ship(t, uid), "done", 1_296)


def test_the_same_cancellation_again_is_the_same(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 4)))
    wish = Cancellation(ids.new_id(), uid, "shopper", AT)
    answers = [cancel(t, [wish], **BY)[0] for _ in range(5)]
    assert [a.repeated for a in answers if isinstance(a, Slipped)] == [False] + [True] * 4
    assert (free(t, "CHA-01"), audit(t)) == (10, [])
