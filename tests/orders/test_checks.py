"""Each thing that must hold about orders, broken once by SQL: the audit names what it is."""

from uuid import UUID

import pytest
from django.db import transaction

from goen.doors.cli.audit import audited
from goen.kit.db import Tx
from goen.ledger import posting
from goen.ledger.rules import Account, Hold, Posted, Posting
from goen.orders import taking_back
from goen.orders.cancelling import cancel
from goen.orders.fulfilling import fulfil
from goen.orders.order import (
    Cancellation,
    Fulfilment,
    Part,
    PartBack,
    Reroute,
    TakeBack,
    TakenBack,
)
from goen.orders.rerouting import reroute
from goen.orders.sale import SaleTender
from goen.points import coupons
from goen.points.coupons import NewCoupon, NewKind
from tests import world
from tests.orders.placed import AT, BY, laid_ready, one_placed, order, slipped

BAR, CHA, CLOTH, BOWL = "KASHI-01", "CHA-01", "NUNO-01", "UTSUWA-01"


def uid(n: int) -> UUID:
    return UUID(int=n)


OPEN, SENT, BACK, MOVED, BROKEN, GONE, READY, SALE, TILL = (uid(n) for n in range(1, 10))
SHIPPED, REST, SHIPPED_BACK, FIRST, LAST, ELSEWHERE, GIVEN_UP, SALE_BACK = (
    uid(n) for n in range(101, 109)
)


def took_back(t: Tx, slip: UUID, of: UUID, *parts: PartBack) -> None:
    wish = TakeBack(slip, of, "shibuya", "other", world.NOW, parts)
    (answer,) = taking_back.take_back(t, [wish], **BY)
    assert isinstance(answer, TakenBack), answer


def coupon(t: Tx) -> str:
    kind = NewKind("welcome", {"ja": "ようこそ", "en": "Welcome"}, "amount", 100)
    coupons.put_kind(t, kind, **BY)
    coupons.issue(t, [NewCoupon(uid(900), "welcome", AT, "WELCOME", uses=9)], **BY)
    return "WELCOME"


@pytest.fixture
def shop(tx_db: None) -> Tx:
    """Orders in every state, with everything that can happen to one."""
    t = Tx()
    world.open_shop(t)
    for item in (BAR, CHA, CLOTH, BOWL):
        world.stocked(t, item, 20)
        world.stocked(t, item, 20, "kichijoji")
    shown = {"coupons": (coupon(t),)}
    one_placed(t, order((CHA, 2), (CLOTH, 1), fee=550, uid=OPEN, total=4_362, **shown))
    one_placed(t, order((CHA, 2), (CLOTH, 2), fee=550, uid=SENT))
    some = (Part(1, 1), Part(2, 1))
    slipped(fulfil(t, [Fulfilment(SHIPPED, SENT, "ship", AT, some)], **BY)[0], "part")
    slipped(cancel(t, [Cancellation(REST, SENT, "shopper", AT)], **BY)[0], "done")
    one_placed(t, order((CHA, 3), fee=550, uid=BACK, total=4_338, **shown))
    slipped(fulfil(t, [Fulfilment(SHIPPED_BACK, BACK, "ship", AT)], **BY)[0], "done")
    took_back(t, FIRST, BACK, PartBack(1, 1))
    took_back(t, LAST, BACK, PartBack(1, 2, "damaged"), PartBack(0, 1))
    one_placed(t, order((CLOTH, 2), uid=MOVED))
    slipped(reroute(t, [Reroute(ELSEWHERE, MOVED, "kichijoji", AT)], **BY)[0], "placed")
    one_placed(t, order((BOWL, 1), (BAR, 1), uid=BROKEN))
    one_placed(t, order((BAR, 1), uid=GONE, total=62, **shown))
    slipped(cancel(t, [Cancellation(GIVEN_UP, GONE, "shopper", AT)], **BY)[0], "cancelled")
    one_placed(t, order((BAR, 1), to="kichijoji", uid=READY))
    slipped(laid_ready(t, READY), "ready")
    both = (SaleTender("cash", 1_000, 2_000), SaleTender("card", 1_640))
    world.sold(t, world.sale((CLOTH, 2), uid=SALE, tenders=both))
    took_back(t, SALE_BACK, SALE, PartBack(1, 1))
    world.sold(t, world.sale((BOWL, 20), uid=TILL))
    return t


def test_a_shop_with_orders_in_every_state_is_sound(shop: Tx) -> None:
    assert audited(shop)["broken"] == []
    states = dict(shop.rows("SELECT state, count(*) FROM orders_order GROUP BY 1"))
    assert states == {"placed": 3, "ready": 1, "done": 4, "cancelled": 1}
    assert shop.value("SELECT count(*) FROM orders_exception") == 1


def of(order_uid: UUID) -> str:
    return f"(SELECT id FROM orders_order WHERE uid = '{order_uid}')"


def slip(slip_uid: UUID) -> str:
    return f"(SELECT id FROM orders_slip WHERE uid = '{slip_uid}')"


SKU = f"(SELECT id FROM catalogue_sku WHERE code = '{CHA}')"
# what is done to the books, and the sentence (or its beginning) by which the audit names it
BREAKS = {
    "a delivery fee changed": (
        f"UPDATE orders_delivery SET fee_minor = 500 WHERE order_id = {of(OPEN)}",
        f"document {OPEN} says 4362, its lines say 4312",
    ),
    "a delivery fee's rate changed": (
        f"UPDATE orders_delivery SET fee_rate_bp = 800 WHERE order_id = {of(OPEN)}",
        f"document {OPEN} taxes 0 as standard at 800 bp, its lines say 550",
    ),
    "a delivery lost": (
        f"DELETE FROM orders_delivery WHERE order_id = {of(MOVED)}",
        f"document {MOVED} is an order without a delivery",
    ),
    "a tender of an order changed": (
        f"UPDATE payments_tender SET amount_minor = 1 WHERE document = '{OPEN}'",
        f"document {OPEN} comes to 4362, its tenders to 1",
    ),
    "a counter changed": (
        f"UPDATE orders_standing SET qty = 4, fulfilled = 2 WHERE line_no = 1"
        f" AND order_id = {of(SENT)}",
        f"order {SENT} line 1 stands at 2 fulfilled, 1 cancelled, 0 taken back;"
        " its slips say 1, 1, 0",
    ),
    "units taken off a counter": (
        f"UPDATE orders_standing SET taken_back = 0 WHERE order_id = {of(SALE)}",
        f"order {SALE} line 1 stands at 2 fulfilled, 0 cancelled, 0 taken back;"
        " its slips say 2, 0, 1",
    ),
    "a standing lost": (
        f"DELETE FROM orders_standing WHERE order_id = {of(SENT)} AND line_no = 0",
        f"order {SENT} line 0 stands at None fulfilled",
    ),
    "a state changed": (
        f"UPDATE orders_order SET state = 'done' WHERE uid = '{OPEN}'",
        f"order {OPEN} is done, with 3 open and 0 fulfilled",
    ),
    "an ended order opened": (
        f"UPDATE orders_order SET state = 'placed' WHERE uid = '{GONE}'",
        f"order {GONE} is placed, with 0 open and 0 fulfilled",
    ),
    "a slip's total changed": (
        f"UPDATE orders_slip SET total_minor = 3165 WHERE uid = '{SHIPPED}'",
        f"slip {SHIPPED} comes to 3165, its lines to 3166",
    ),
    "a slip's tax lost": (
        f"DELETE FROM orders_sliptax WHERE tax_class = 'reduced' AND slip_id = {slip(SHIPPED)}",
        f"slip {SHIPPED} taxes 0 as reduced at 800 bp, its lines say 1296",
    ),
    "a cancellation of less": (
        f"UPDATE orders_slip SET total_minor = 2000 WHERE uid = '{REST}'",
        f"order {SENT} of 5782 ended with 3166 charged and 2000 given up",
    ),
    "a return of less": (
        f"UPDATE orders_slip SET total_minor = 1 WHERE uid = '{LAST}'",
        f"document {BACK} was charged 4338, all of it came back for ",
    ),
    "goods of a slip moved in another number": (
        f"UPDATE ledger_move SET qty = 2 WHERE request = '{SHIPPED_BACK}'"
        " AND source_id IN (SELECT id FROM ledger_account WHERE unit LIKE 'goods:%%')",
        f"document {SHIPPED_BACK} sold 3 of goods:",
    ),
    "units of a slip changed": (
        f"UPDATE orders_slipline SET qty = 2 WHERE line_no = 1 AND slip_id = {slip(SHIPPED)}",
        f"document {SHIPPED} sold 2 of goods:",
    ),
    "units of a return changed": (
        f"UPDATE orders_slipline SET qty = 2 WHERE slip_id = {slip(FIRST)}",
        f"document {FIRST} sold -2 of goods:",
    ),
    "a hold lost": (
        f"DELETE FROM ledger_pending WHERE request = '{OPEN}' AND line = 0",
        f"order {OPEN} line 1 has 2 open, 0 are kept and 0 were broken",
    ),
    "a hold of a reroute lost": (
        f"DELETE FROM ledger_pending WHERE request = '{ELSEWHERE}'",
        f"order {MOVED} line 1 has 2 open, 0 are kept and 0 were broken",
    ),
    "more held than is open": (
        f"UPDATE ledger_pending SET qty = 3, held = 3 WHERE request = '{OPEN}' AND line = 0",
        f"order {OPEN} line 1 has 2 open, 3 are kept and 0 were broken",
    ),
    "a line's units changed": (
        f"UPDATE orders_line SET qty = 1 WHERE line_no = 1 AND order_id = {of(OPEN)}",
        f"order {OPEN} line 1 has 1 open, 2 are kept and 0 were broken",
    ),
    "a hold for another line": (
        f"UPDATE ledger_pending SET line = 7 WHERE request = '{OPEN}' AND line = 0",
        f"hold {OPEN}/7 of 2 goods:",
    ),
    "a break slip lost": (
        "UPDATE orders_slipline SET qty = 2 WHERE slip_id ="
        " (SELECT id FROM orders_slip WHERE kind = 'break')",
        f"order {BROKEN} line 1 lost 2 by its slips, 1 by its exceptions",
    ),
    "an exception lost": (
        "DELETE FROM orders_exception",
        f"hold {BROKEN}/0 of 1 was broken by {TILL}, and nobody was told",
    ),
    "a return of what another sold": (
        f"UPDATE ledger_move SET reverses_id = (SELECT id FROM ledger_move WHERE reason = 'sale'"
        f" AND request = '{TILL}') WHERE request = '{SALE_BACK}' AND reason = 'take_back'",
        f"return {SALE_BACK} took back 1 of goods:",
    ),
    "a slip that moved for another": (
        f"UPDATE ledger_move SET origin = 'order:{OPEN}' WHERE request = '{SHIPPED}'"
        " AND reason = 'tender'",
        f"slip {SHIPPED} moved for order:{OPEN}, and is about order {SENT}",
    ),
    "money of a slip changed": (
        f"UPDATE ledger_move SET qty = 3165 WHERE request = '{SHIPPED}' AND reason = 'tender'",
        f"document {SHIPPED} was paid 3166, the ledger booked 3165",
    ),
    "money kept lost": (
        f"DELETE FROM ledger_pending WHERE request = '{MOVED}' AND reason = 'tender'",
        f"order {MOVED} has 2640 still to charge, the ledger keeps 0",
    ),
    "a refund's row changed": (
        f"UPDATE payments_refund SET amount_minor = 1319 WHERE slip = '{SALE_BACK}'",
        f"return {SALE_BACK} comes to 1320, 1319 went back by its tenders, the ledger moved 1320",
    ),
    "a refund's row lost": (
        f"DELETE FROM payments_refund WHERE slip = '{SALE_BACK}'",
        f"return {SALE_BACK} comes to 1320, 0 went back by its tenders, the ledger moved 1320",
    ),
    "a refund by the wrong tender": (
        f"UPDATE payments_refund SET tender = 0 WHERE slip = '{SALE_BACK}'",
        f"document {SALE} gave back by tender 0 1320 of the 1000 it was paid",
    ),
    "a coupon's hold lost": (
        f"DELETE FROM ledger_pending WHERE request = '{OPEN}' AND target_id ="
        " (SELECT id FROM ledger_account WHERE holder = 'world:used')",
        f"order:{OPEN} uses 1 coupons, the ledger says 0",
    ),
    "a coupon's use lost": (
        f"DELETE FROM orders_couponuse WHERE order_id = {of(OPEN)}",
        f"order:{OPEN} uses 0 coupons, the ledger says 1",
    ),
    "a coupon that took more": (
        f"UPDATE orders_couponuse SET amount_minor = 101 WHERE order_id = {of(OPEN)}",
        f"document {OPEN} has 101 off by coupons, 100 off in all",
    ),
}


def test_what_is_broken_is_named(shop: Tx) -> None:
    """One shop for all of them: each is undone before the next."""
    unnamed = {}
    for what, (statement, named) in BREAKS.items():
        with transaction.atomic():
            assert shop.execute(statement) == 1, statement
            broken = audited(shop)["broken"]
            transaction.set_rollback(True)
        assert isinstance(broken, list)
        if not any(said.startswith(named) for said in broken):
            unnamed[what] = broken
    assert unnamed == {}
    assert audited(shop)["broken"] == []


def test_goods_that_no_document_knows_are_named(shop: Tx) -> None:
    """Held for an order that never was, and moved out of the house without one."""
    shelf = shop.row(
        "SELECT unit, holder FROM ledger_account WHERE holder LIKE 'place:%%:sellable'"
        " AND unit = 'goods:' || (SELECT id FROM catalogue_sku WHERE code = %s) ORDER BY id",
        [CHA],
    )
    assert shelf is not None
    source, target = Account(*shelf, floor=0), Account(shelf[0], "world:sold")
    plan = Posting(uid(800), f"order:{uid(800)}", (Hold(source, target, 1, "order"),),
                   world.NOW, world.NOW.date())  # fmt: skip
    (answer,) = posting.post(shop, [plan], **BY)
    assert isinstance(answer, Posted)
    assert audited(shop)["broken"] == [
        f"hold {uid(800)}/0 of 1 {shelf[0]} is for no line of order:{uid(800)}"
    ]
