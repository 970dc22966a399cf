"""An order from afar is placed whole or not at all, with its goods, money and fee kept."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goen.customers import addresses
from goen.kit import ids
from goen.kit.actors import Viewer
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders.order import Delivery, Placed
from goen.orders.sale import SaleLine, SaleTender
from tests import world
from tests.orders.placed import (
    HOME,
    audit,
    free,
    kept_money,
    money,
    one_placed,
    order,
    placed,
    refused,
    ship,
    slipped,
)


def shop() -> Tx:
    t = Tx()
    world.open_shop(t)
    world.stocked(t, "CHA-01", 5)
    world.stocked(t, "NUNO-01", 3)
    return t


def test_an_order_keeps_its_goods_and_money_and_is_told(tx_db: None) -> None:
    t = shop()
    new = order(("CHA-01", 2), ("NUNO-01", 1), fee=550, member=("card", "G1040001"))
    (answer,) = placed(t, new)
    assert isinstance(answer, Placed)
    assert (answer.total_minor, answer.repeated) == (4_462, False)
    assert (free(t, "CHA-01"), money(t, "card"), kept_money(t)) == (3, 0, 4_462)
    row = t.row(
        "SELECT o.kind, o.state, o.total_minor::int, d.method, d.fee_minor::int, d.fee_rate_bp,"
        " o.record_id IS NOT NULL FROM orders_order o JOIN orders_delivery d ON d.order_id = o.id"
    )
    assert row == ("order", "placed", 4_462, "ship", 550, 1_000, True)
    taxes = t.rows("SELECT tax_class, gross_minor::int, tax_minor::int FROM orders_tax ORDER BY 1")
    assert taxes == [("reduced", 2_592, 192), ("standard", 1_870, 170)]
    kind, body = t.rows("SELECT kind, body FROM kit_notice ORDER BY id DESC LIMIT 1")[0]
    place_id = t.value("SELECT id FROM places_place WHERE code = 'shibuya'")
    assert (kind, body["order"], body["place"]) == ("OrderPlaced", answer.order_id, place_id)
    assert len(body["skus"]) == 2
    assert audit(t) == []


def test_the_fee_is_taxed_as_the_amounts_are(tx_db: None) -> None:
    t = shop()
    lines = (SaleLine("CHA-01", 1, 1_000), SaleLine("NUNO-01", 1, 1_000))
    total = 1_080 + 1_000 + 505 + 150
    new = order(lines=lines, total=total, fee=505, price_tax="excluded", expected_total_minor=total)
    uid = one_placed(t, new)
    taxes = t.rows("SELECT tax_class, gross_minor::int, tax_minor::int FROM orders_tax ORDER BY 1")
    assert taxes == [("reduced", 1_080, 80), ("standard", 1_655, 150)]
    slipped(ship(t, uid, (1, 1)), "part", 1_080 + 555)
    slipped(ship(t, uid), "done", 1_100)
    assert audit(t) == []


def test_where_names_may_not_be_seen_addresses_are_not(tx_db: None) -> None:
    t = shop()
    one_placed(t, order(("CHA-01", 1)))
    id_ = t.value("SELECT address_id FROM orders_delivery")
    seen = addresses.read(t, [id_], world.VIEWER)[id_]
    assert (seen.name, seen.address) == (HOME.name, HOME.address)
    masked = addresses.read(t, [id_], Viewer("test", "viewer", sees_names=False))[id_]
    assert (masked.name, masked.address, masked.phone) == ("", "", "")


def test_the_same_order_again_is_the_same_order_whatever_changed_since(tx_db: None) -> None:
    t = shop()
    new = order(("CHA-01", 5))
    answers = placed(t, new, new) + placed(t, new) + placed(t, new, new)
    assert [a.repeated for a in answers if isinstance(a, Placed)] == [False] + [True] * 4
    world.sold(t, world.sale(("CHA-01", 1)))
    t.execute("UPDATE catalogue_price SET amount_minor = amount_minor + 1")
    (again,) = placed(t, new)
    assert isinstance(again, Placed)
    assert again.repeated
    other = replace(new, delivery=replace(new.delivery, fee_minor=1))
    (answer,) = placed(t, other)
    refused(answer, "id_reused")
    (same_number,) = placed(t, order(("NUNO-01", 1), total=1_321, source_no=str(new.uid)))
    assert isinstance(same_number, Placed)
    assert (same_number.uid, same_number.repeated) == (new.uid, True)
    assert t.value("SELECT count(*) FROM customers_address") == 1
    assert audit(t) == []


def test_who_is_short_leaves_no_trace_and_hears_what_can_be_had(tx_db: None) -> None:
    t = shop()
    world.stocked(t, "CHA-01", 9, "kichijoji")
    world.stocked(t, "CHA-01", 2, "web")
    before = t.rows("SELECT id FROM kit_notice")
    few, many = placed(t, order(("CHA-01", 1)), order(("NUNO-01", 1), ("CHA-01", 5), fee=550))
    assert isinstance(few, Placed)
    detail = refused(many, "short").detail
    assert (detail["item"], detail["wanted"], detail["free"]) == ("CHA-01", 5, 4)
    assert [(a["place"], a["free"]) for a in detail["alternatives"]] == [("kichijoji", 9)]  # type: ignore[attr-defined]
    for table in ("orders_order", "orders_line", "orders_delivery", "payments_tender",
                  "customers_address"):  # fmt: skip
        assert t.value(f"SELECT count(*) FROM {table}") == 1
    assert len(t.rows("SELECT id FROM kit_notice")) == len(before) + 1
    assert (free(t, "NUNO-01"), audit(t)) == (3, [])


def test_every_alternative_can_be_ordered_as_it_is(tx_db: None) -> None:
    t = shop()
    t.execute(
        "UPDATE catalogue_sku SET product_id = (SELECT product_id FROM catalogue_sku"
        " WHERE code = 'KASHI-01') WHERE code = 'KASHI-02'"
    )
    world.stocked(t, "KASHI-01", 1)
    world.stocked(t, "KASHI-01", 4, "kichijoji")
    world.stocked(t, "KASHI-02", 3)
    world.stocked(t, "KASHI-02", 1, "kichijoji")
    (answer,) = placed(t, order(("KASHI-01", 3)))
    ways = refused(answer, "short").detail["alternatives"]
    assert isinstance(ways, list)
    assert [(w.get("item"), w["place"]) for w in ways] == [
        (None, "kichijoji"),
        ("KASHI-02", "shibuya"),
    ]
    for way in ways:
        item = way.get("item", "KASHI-01")
        assert isinstance(placed(t, order((item, 3), source=way["place"]))[0], Placed)


def test_two_lines_of_one_article_are_kept_apart(tx_db: None) -> None:
    t = shop()
    uid = one_placed(t, order(("CHA-01", 2), ("CHA-01", 1)))
    held = t.rows(
        "SELECT line, qty::int, strength FROM ledger_pending"
        " WHERE request = %s AND reason = 'order' ORDER BY line",
        [uid],
    )
    assert held == [(0, 2, 50), (1, 1, 50)]


@pytest.mark.parametrize(
    ("delivery", "code", "field"),
    [
        (Delivery("fly", HOME), "unknown_method", "delivery.method"),
        (Delivery("ship"), "address_missing", "delivery.address"),
        (Delivery("ship", replace(HOME, name=" ")), "address_missing", "delivery.address"),
        (Delivery("collect"), "collect_at_missing", "delivery.collect_at"),
        (Delivery("ship", HOME, "shibuya"), "collect_at_missing", "delivery.collect_at"),
        (Delivery("collect", None, "nowhere"), "unknown_place", "delivery.collect_at"),
        (Delivery("ship", HOME, None, "nowhere"), "unknown_place", "delivery.from_place"),
        (Delivery("ship", HOME, fee_minor=-1), "bad_amount", "delivery.fee_minor"),
        (Delivery("ship", HOME, fee_minor=1, fee_tax_class="x"), "no_tax_rate",
         "delivery.fee_tax_class"),
        (Delivery("ship", replace(HOME, address="a\0b")), "malformed", "delivery.address"),
    ],
)  # fmt: skip
def test_how_it_is_delivered_must_make_sense(
    tx_db: None, delivery: Delivery, code: str, field: str
) -> None:
    t = shop()
    (answer,) = placed(t, replace(order(("CHA-01", 1)), delivery=delivery))
    assert refused(answer, code).field == field
    assert (free(t, "CHA-01"), t.value("SELECT count(*) FROM orders_order")) == (5, 0)


def test_what_is_paid_must_be_what_it_comes_to_with_the_fee(tx_db: None) -> None:
    t = shop()
    cases = (
        (order(("CHA-01", 1), fee=550, tenders=(SaleTender("card", 1_296),)), "tender_total"),
        (order(("CHA-01", 1), fee=550, tenders=()), "tender_missing"),
        (order(("CHA-01", 1), fee=550, expected_total_minor=1_296), "total_changed"),
        (order(("CHA-01", 1), sources=((3, "shibuya"),)), "unknown_line"),
        (order(("CHA-01", 1), sources=((0, "nowhere"),)), "unknown_place"),
        (order(("NOTHING", 1), total=1), "unknown_item"),
        (order(("CHA-01", 1), place="nowhere"), "unknown_place"),
        (order(("CHA-01", 1), occurred_at=world.NOW + timedelta(days=1)), "implausible_time"),
    )  # fmt: skip
    answers = placed(t, *(new for new, _ in cases))
    for answer, (_, code) in zip(answers, cases, strict=True):
        refused(answer, code)


def test_goods_must_be_in_the_books_by_then(tx_db: None) -> None:
    t = shop()
    t.execute("UPDATE places_place SET goods_from = %s", [date(2026, 11, 21)])
    (answer,) = placed(t, order(("CHA-01", 1)))
    assert refused(answer, "before_cut_over").detail["place"] == "shibuya"


def test_a_web_shop_without_goods_of_its_own_sells_those_of_a_store(tx_db: None) -> None:
    t = shop()
    t.execute("UPDATE places_place SET goods_from = NULL WHERE code = 'web'")
    uid = one_placed(t, order(("CHA-01", 2)))
    assert t.value("SELECT history FROM orders_order") is False
    slipped(ship(t, uid), "done")
    (negative,) = placed(t, order(lines=(SaleLine("CHA-01", -1, -100),), total=0, tenders=()))
    refused(negative, "bad_quantity")
    assert audit(t) == []


def test_where_money_is_not_in_the_books_none_is_kept(tx_db: None) -> None:
    t = shop()
    t.execute("UPDATE places_place SET payments_from = NULL")
    uid = one_placed(t, order(("CHA-01", 2), tenders=()))
    assert kept_money(t) == 0
    slipped(ship(t, uid, (1, 1)), "part", 1_296)
    slipped(ship(t, uid), "done", 1_296)
    assert audit(t) == []


def test_a_single_order_takes_few_statements(tx_db: None) -> None:
    t = shop()
    new = order(("CHA-01", 1), ("NUNO-01", 1), fee=550, member=("card", "G1040001"))
    one_placed(t, replace(new, sale=replace(new.sale, uid=ids.new_id())))
    with CaptureQueriesContext(connection) as asked:
        one_placed(t, new)
    assert len(asked) <= 7


def test_a_retry_of_what_was_refused_may_go_through_later(tx_db: None) -> None:
    t = shop()
    new = order(("CHA-01", 6))
    assert isinstance(placed(t, new)[0], Refusal)
    world.stocked(t, "CHA-01", 1)
    assert isinstance(placed(t, new)[0], Placed)
