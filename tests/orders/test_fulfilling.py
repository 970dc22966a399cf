"""Goods leave for the shopper: whole, in parts, from several places, late, or not at all."""

from dataclasses import replace
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders import standing
from goen.orders.fulfilling import fulfil
from goen.orders.order import Fulfilment, Part, Slipped
from goen.orders.sale import SaleLine, SaleTender
from goen.stock.counts import NewCount, count
from tests import world
from tests.orders.placed import (
    AT,
    BY,
    audit,
    cancelled,
    free,
    kept_money,
    laid_ready,
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
    world.stocked(t, "NUNO-01", 5, "kichijoji")
    return t


def state(t: Tx, uid: object) -> str:
    return str(t.value("SELECT state FROM orders_order WHERE uid = %s", [uid]))


def test_a_whole_order_is_shipped_and_charged(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2), ("NUNO-01", 1), fee=550))
    assert (free(t, "CHA-01"), free(t, "NUNO-01"), money(t, "card")) == (8, 9, 0)
    assert kept_money(t) == 4_462
    answer = ship(t, uid, carrier="yamato", tracking_no="4400-1")
    assert isinstance(answer, Slipped)
    assert (answer.state, answer.total_minor, answer.repeated) == ("done", 4_462, False)
    assert (money(t, "card"), kept_money(t), free(t, "CHA-01")) == (4_462, 0, 8)
    assert audit(t) == []


def test_parts_come_to_the_whole_and_the_fee_goes_with_the_first(tx_db: None) -> None:
    t = shop()
    lines = (SaleLine("CHA-01", 3, 1_000, discount_minor=1, discount_code="other"),
             SaleLine("NUNO-01", 2, 101))  # fmt: skip
    uid = one_placed(t, order(lines=lines, total=1_100 + 550, fee=550))
    first = ship(t, uid, (1, 1), (2, 1))
    assert isinstance(first, Slipped)
    assert (first.state, first.total_minor) == ("part", 333 + 51 + 550)
    second = ship(t, uid, (2, 1))
    assert isinstance(second, Slipped)
    assert (second.state, second.total_minor) == ("part", 50)
    last = ship(t, uid)
    assert isinstance(last, Slipped)
    assert (last.state, last.total_minor) == ("done", 666)
    assert (money(t, "card"), kept_money(t)) == (1_650, 0)
    taxes = t.rows(
        "SELECT tax_class, sum(gross_minor)::int, sum(tax_minor)::int FROM orders_sliptax"
        " GROUP BY 1 ORDER BY 1"
    )
    assert taxes == t.rows(
        "SELECT tax_class, gross_minor::int, tax_minor::int FROM orders_tax ORDER BY 1"
    )
    figures = t.row(
        "SELECT sum(amount_minor)::int, sum(discount_minor)::int, sum(net), sum(cost)"
        " FROM orders_slipline WHERE line_no > 0"
    )
    assert figures == t.row(
        "SELECT sum(amount_minor)::int, sum(discount_minor)::int, sum(net), sum(cost)"
        " FROM orders_line"
    )
    assert audit(t) == []


def test_some_is_sent_and_the_rest_is_cancelled(tx_db: None) -> None:
    t = shop()
    tenders = (SaleTender("card", 3_000), SaleTender("qr", 3_834))
    uid = one_placed(t, order(("CHA-01", 4), ("NUNO-01", 1), fee=330, tenders=tenders, total=0))
    shipped = ship(t, uid, (1, 2))
    slipped(shipped, total=2 * 1_296 + 330)
    assert (money(t, "card"), money(t, "qr")) == (2_922, 0)
    given_up = cancelled(t, uid, (2, 1))
    assert isinstance(given_up, Slipped)
    assert (given_up.state, given_up.total_minor, free(t, "NUNO-01")) == ("part", 1_320, 10)
    rest = cancelled(t, uid)
    assert isinstance(rest, Slipped)
    assert (rest.state, rest.total_minor) == ("done", 2 * 1_296)
    assert (money(t, "card"), money(t, "qr"), kept_money(t)) == (2_922, 0, 0)
    assert (free(t, "CHA-01"), free(t, "NUNO-01")) == (8, 10)
    assert audit(t) == []


def test_an_order_is_collected_in_a_store(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 1), to="shibuya"))
    done = laid_ready(t, uid)
    slipped(done, "ready")
    again = laid_ready(t, uid)
    refused(again, "nothing_open")
    answer = ship(t, uid, how="hand_over", staff="st01")
    slipped(answer, "done")
    kinds = t.rows("SELECT kind, place_id IS NOT NULL, staff_id IS NOT NULL FROM orders_slip")
    assert kinds == [("ready", True, False), ("hand_over", True, True)]
    assert audit(t) == []


def test_what_is_not_to_be_collected_cannot_lie_ready(tx_db: None) -> None:
    t = shop()
    answer = laid_ready(t, one_placed(t, order(("CHA-01", 1))))
    refused(answer, "not_to_collect")
    away = laid_ready(
        t, one_placed(t, order(("CHA-01", 1), to="kichijoji", sources=((0, "shibuya"),)))
    )
    assert isinstance(away, Refusal)
    assert (away.code, away.detail["kept"]) == ("kept_elsewhere", 0)


def test_an_order_leaves_in_two_parcels_from_two_places(tx_db: None) -> None:
    """R-138: each parcel has its carrier and number, and the order knows what is still to go."""
    t = shop()
    uid = one_placed(
        t, order(("CHA-01", 1), ("NUNO-01", 1), ("NUNO-01", 2), sources=((2, "kichijoji"),))
    )
    nothing = ship(t, uid, (1, 1), place="kichijoji")
    refused(nothing, "kept_elsewhere")
    first = ship(t, uid, place="kichijoji", tracking_no="B")
    slipped(first, "part", 2_640)
    rest = ship(t, uid, tracking_no="A")
    slipped(rest, "done")
    rows = t.rows(
        "SELECT s.tracking_no, x.line_no, p.code, x.qty FROM orders_slipline x"
        " JOIN orders_slip s ON s.id = x.slip_id JOIN places_place p ON p.id = x.place_id"
        " ORDER BY s.id, x.n"
    )
    assert rows == [("B", 3, "kichijoji", 2), ("A", 1, "shibuya", 1), ("A", 2, "shibuya", 1)]
    assert audit(t) == []


def test_one_line_may_leave_from_two_places_at_once(tx_db: None) -> None:
    t = shop()
    lines = (SaleLine("NUNO-01", 4, 101),)
    uid = one_placed(t, order(lines=lines, total=101))
    assert isinstance(rerouted(t, uid, "kichijoji", (1, 3)), Slipped)
    assert (free(t, "NUNO-01"), free(t, "NUNO-01", "kichijoji")) == (9, 2)
    answer = ship(t, uid)
    slipped(answer, total=101)
    rows = t.rows(
        "SELECT x.n, p.code, x.qty, x.amount_minor FROM orders_slipline x"
        " JOIN orders_slip s ON s.id = x.slip_id JOIN places_place p ON p.id = x.place_id"
        " WHERE s.kind = 'ship' ORDER BY x.n"
    )
    assert [row[:3] for row in rows] == [(0, "shibuya", 1), (1, "kichijoji", 3)]
    assert sum(row[3] for row in rows) == 101
    assert audit(t) == []


def test_goods_that_a_till_sold_are_not_there(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2), ("NUNO-01", 1)))
    world.sold(t, world.sale(("CHA-01", 9)))
    answer = ship(t, uid)
    refused(answer, "hold_gone")
    other = ship(t, uid, (2, 1))
    slipped(other, "part")
    world.stocked(t, "CHA-01", 4, "kichijoji")
    assert isinstance(rerouted(t, uid, "kichijoji"), Slipped)
    assert free(t, "CHA-01", "kichijoji") == 2
    last = ship(t, uid)
    slipped(last, "done")


def test_the_same_slip_five_times_is_one(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2)))
    wish = Fulfilment(ids.new_id(), uid, "ship", AT, (Part(1, 1),))
    answers = fulfil(t, [wish] * 3, **BY) + fulfil(t, [wish, wish], **BY)
    assert [a.repeated for a in answers if isinstance(a, Slipped)] == [False] + [True] * 4
    (other,) = fulfil(t, [replace(wish, parts=())], **BY)
    refused(other, "id_reused")
    (stolen,) = fulfil(t, [replace(wish, uid=uid)], **BY)
    refused(stolen, "id_reused")
    assert t.row("SELECT fulfilled, cancelled FROM orders_standing") == (1, 0)
    assert audit(t) == []


def test_a_batch_does_what_it_can(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2)))
    other = one_placed(t, order(("CHA-01", 1)))
    wishes = [
        Fulfilment(ids.new_id(), uid, "ship", AT, (Part(1, 1),)),
        Fulfilment(ids.new_id(), uid, "ship", AT, (Part(1, 2),)),
        Fulfilment(ids.new_id(), uid, "ship", AT, (Part(1, 1),)),
        Fulfilment(ids.new_id(), ids.new_id(), "ship", AT),
        Fulfilment(ids.new_id(), other, "throw", AT),
        Fulfilment(ids.new_id(), other, "ship", AT, (Part(7, 1),)),
        Fulfilment(ids.new_id(), other, "ship", AT, (Part(1, 0),)),
        Fulfilment(ids.new_id(), other, "ship", AT, staff="nobody"),
        Fulfilment(ids.new_id(), other, "ship", AT, place="nowhere"),
        Fulfilment(ids.new_id(), other, "ship", AT + timedelta(days=9)),
        Fulfilment(ids.new_id(), other, "ship", AT, carrier="a\0b"),
        Fulfilment(ids.new_id(), uid, "ship", AT),
    ]
    answers = fulfil(t, wishes, **BY)
    codes = [a.code if isinstance(a, Refusal) else a.state for a in answers]
    assert codes == [
        "part", "over_open", "done", "unknown_order", "unknown_how", "unknown_line",
        "bad_quantity", "unknown_staff", "unknown_place", "implausible_time", "malformed",
        "nothing_open",
    ]  # fmt: skip
    assert audit(t) == []


def test_a_shipment_from_before_the_count_does_not_change_the_shelf_again(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2)))
    counted = NewCount(ids.new_id(), "shibuya", AT + timedelta(minutes=30), (("CHA-01", 8),))
    count(t, [counted], **BY)
    assert free(t, "CHA-01") == 6
    answer = ship(t, uid, at=AT + timedelta(minutes=10))
    slipped(answer, "done")
    assert free(t, "CHA-01") == 8
    assert audit(t) == []


def test_what_an_order_stands_at_is_read_without_a_lock(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 3), fee=550))
    ship(t, uid, (1, 1))
    cancelled(t, uid, (1, 1))
    (stands,) = standing.read(t, [uid]).values()
    assert [(line.line_no, line.open, line.out) for line in stands.lines] == [(1, 1, 1), (0, 0, 1)]
    assert (stands.captured_minor, stands.due_minor) == (1_296 + 550, 2 * 1_296 + 550)
    assert stands.method == "ship"
    assert stands.state == "part"


def test_money_is_captured_as_it_was_kept_whatever_the_place_s_days_are_now(tx_db: None) -> None:
    t = shop()
    before, after = one_placed(t, order(("CHA-01", 1))), one_placed(t, order(("CHA-01", 1)))
    t.execute("UPDATE places_place SET payments_from = NULL WHERE code = 'web'")
    none = one_placed(t, order(("CHA-01", 1)))
    slipped(ship(t, before), "done", 1_296)
    assert (money(t, "card"), kept_money(t)) == (1_296, 1_296)
    slipped(cancelled(t, after), "cancelled", 1_296)
    assert kept_money(t) == 0
    t.execute("UPDATE places_place SET payments_from = '2026-01-01' WHERE code = 'web'")
    slipped(ship(t, none), "done", 1_296)
    assert money(t, "card") == 1_296


def test_acts_ask_no_more_of_many_lines_than_of_one(tx_db: None) -> None:
    t = shop()
    lines = (("CHA-01", 1), ("NUNO-01", 1), ("CHA-01", 2))
    one, many = one_placed(t, order(("CHA-01", 1))), one_placed(t, order(*lines, fee=550))
    with CaptureQueriesContext(connection) as of_one:
        slipped(ship(t, one), "done")
    with CaptureQueriesContext(connection) as of_many:
        slipped(ship(t, many), "done")
    assert len(of_many) == len(of_one) <= 22
    one, many = one_placed(t, order(("CHA-01", 1))), one_placed(t, order(*lines, fee=550))
    with CaptureQueriesContext(connection) as of_one:
        slipped(cancelled(t, one), "cancelled")
    with CaptureQueriesContext(connection) as of_many:
        slipped(cancelled(t, many), "cancelled")
    assert len(of_many) == len(of_one) <= 21
