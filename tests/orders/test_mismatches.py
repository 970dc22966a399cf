"""R-133: goods, money and documents of each order side by side; what does not match is listed."""

from datetime import timedelta

from django.db import transaction

from goen.kit.db import Tx
from goen.orders import mismatches
from goen.orders.mismatches import MEANINGS, Tracks
from tests import world
from tests.orders.test_checks import (
    BACK,
    BROKEN,
    GONE,
    MOVED,
    OPEN,
    SALE,
    SALE_BACK,
    SENT,
    SHIPPED,
    TILL,
    of,
    shop,
    slip,
)

__all__ = ["shop"]
SINCE = world.NOW.date() - timedelta(days=30)


def listed(t: Tx) -> dict[object, tuple[str, ...]]:
    return {one.uid: one.mismatches for one in mismatches.mismatched(t, since=SINCE)}


def tracks(t: Tx, uid: object) -> Tracks:
    found = mismatches.tracks_of(t, uid)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_only_the_broken_promise_is_listed_in_a_sound_shop(shop: Tx) -> None:
    assert listed(shop) == {BROKEN: ("open_without_goods",)}
    assert tracks(shop, BROKEN).goods.missing == 1
    assert mismatches.mismatched(shop, since=SINCE, code="shipped_not_charged") == []


def test_the_three_tracks_of_an_order_that_was_sent_in_part(shop: Tx) -> None:
    one = tracks(shop, SENT)
    goods = one.goods
    assert (goods.ordered, goods.sent, goods.cancelled, goods.moved, goods.open) == (4, 2, 2, 2, 0)
    money = one.money
    assert (money.charged, money.booked, money.given_up, money.kept) == (3_166, 3_166, 2_616, 0)
    assert (one.documents.total, one.documents.tenders, one.documents.slips) == (5_782, 5_782, 2)
    assert one.mismatches == ()


def test_the_three_tracks_of_what_came_back_and_of_a_till_sale(shop: Tx) -> None:
    back = tracks(shop, BACK)
    assert (back.goods.sent, back.goods.back, back.goods.moved_back) == (3, 3, 3)
    assert (back.money.charged, back.money.to_give_back, back.money.given_back) == (4_338,) * 3
    sale = tracks(shop, SALE)
    assert (sale.goods.sent, sale.goods.moved, sale.goods.back) == (2, 2, 1)
    assert (sale.money.booked, sale.money.given_back, sale.mismatches) == (2_640, 1_320, ())
    assert mismatches.tracks_of(shop, SHIPPED) is None


BREAKS = {
    "shipped_not_charged": (
        SENT, f"UPDATE ledger_move SET qty = 1 WHERE reason = 'tender' AND request = '{SHIPPED}'",
    ),
    "charged_not_shipped": (
        SENT, f"UPDATE orders_slip SET total_minor = 1 WHERE uid = '{SHIPPED}'",
    ),
    "invoice_not_payment": (
        TILL, f"UPDATE payments_tender SET amount_minor = 1 WHERE document = '{TILL}'",
    ),
    "open_without_goods": (OPEN, f"DELETE FROM ledger_pending WHERE request = '{OPEN}' AND line=0"),
    "kept_without_line": (
        OPEN, f"UPDATE orders_line SET qty = 1 WHERE line_no = 1 AND order_id = {of(OPEN)}",
    ),
    "money_not_kept": (
        MOVED, f"DELETE FROM ledger_pending WHERE request = '{MOVED}' AND reason = 'tender'",
    ),
    "slip_not_moved": (
        SENT, f"UPDATE ledger_move SET qty = 2 WHERE request = '{SHIPPED}' AND reason = 'order'"
        f" AND source_id IN (SELECT id FROM ledger_account WHERE unit = 'goods:' || (SELECT id"
        " FROM catalogue_sku WHERE code = 'CHA-01'))",
    ),
    "returned_not_refunded": (
        SALE, f"UPDATE payments_refund SET amount_minor = 1 WHERE slip = '{SALE_BACK}'",
    ),
    "refunded_not_returned": (
        SALE, f"UPDATE orders_slip SET total_minor = 1 WHERE id = {slip(SALE_BACK)}",
    ),
}  # fmt: skip


def test_every_mismatch_is_found_and_has_its_words(shop: Tx) -> None:
    assert BREAKS.keys() == MEANINGS.keys()
    for code, (uid, statement) in BREAKS.items():
        with transaction.atomic():
            assert shop.execute(statement) == 1, statement
            found = listed(shop)
            transaction.set_rollback(True)
        assert code in found.get(uid, ()), (code, found)
        assert MEANINGS[code]["ja"]
        assert MEANINGS[code]["en"]


def test_old_documents_are_left_to_the_audit_but_open_orders_never(shop: Tx) -> None:
    later = world.NOW.date() + timedelta(days=1)
    shop.execute(f"UPDATE orders_slip SET total_minor = 1 WHERE uid = '{SHIPPED}'")
    assert GONE not in listed(shop)
    assert [one.uid for one in mismatches.mismatched(shop, since=later)] == [BROKEN]


def test_of_many_documents_the_newest_are_looked_at_and_open_orders_always(shop: Tx) -> None:
    shop.execute(f"UPDATE orders_slip SET total_minor = 1 WHERE uid = '{SHIPPED}'")
    every = mismatches.mismatched(shop, since=SINCE)
    assert mismatches.mismatched(shop, since=SINCE, newest=10_000) == every
    still_open = mismatches.mismatched(shop, since=SINCE, newest=0)
    assert {one.uid for one in still_open} < {one.uid for one in every}
    assert all(one.state in {"placed", "ready", "part"} for one in still_open)
    assert mismatches.has_more(shop, since=SINCE, newest=0)
    assert not mismatches.has_more(shop, since=SINCE, newest=10_000)
