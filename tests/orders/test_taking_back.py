"""`orders.taking_back`: goods, money, tax and points come back, whole or not at all."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import queries as ledger
from goen.orders import returns, taking_back
from goen.orders.order import PartBack, TakeBack, TakenBack
from goen.orders.refunds import Issuer, TenderBack
from goen.orders.sale import Sale, SaleLine, SaleTender, Sold, TaxTotal
from goen.stock import counts
from goen.stock import queries as stock
from tests import world

pytestmark = pytest.mark.usefixtures("tx_db")
LATER = world.NOW - timedelta(minutes=30)


@pytest.fixture
def shop() -> Tx:
    tx = Tx()
    world.open_shop(tx)
    for code, *_ in world.GOODS:
        world.stocked(tx, code, 100)
    return tx


def bought(tx: Tx, sale: Sale) -> UUID:
    (answer,) = world.sold(tx, sale)
    assert isinstance(answer, Sold), answer
    return answer.uid


def wish(order: UUID, *parts: tuple[int, int], place: str = "shibuya", **more: object) -> TakeBack:
    values: dict[str, object] = {
        "uid": ids.new_id(),
        "order": order,
        "place": place,
        "reason": "changed_mind",
        "occurred_at": LATER,
        "parts": tuple(PartBack(line, qty) for line, qty in parts),
    }
    return TakeBack(**(values | more))  # type: ignore[arg-type]


def back(tx: Tx, *wishes: TakeBack) -> list[TakenBack | Refusal]:
    return taking_back.take_back(tx, wishes, actor=world.ACTOR, recorded_at=world.NOW)


def taken(tx: Tx, one: TakeBack) -> TakenBack:
    (answer,) = back(tx, one)
    assert isinstance(answer, TakenBack), answer
    return answer


def refused(tx: Tx, one: TakeBack) -> tuple[str, str]:
    (answer,) = back(tx, one)
    assert isinstance(answer, Refusal), answer
    return answer.code, answer.field


def sku(tx: Tx, code: str) -> int:
    return int(tx.value("SELECT id FROM catalogue_sku WHERE code = %s", [code]))


def place(tx: Tx, code: str) -> int:
    return int(tx.value("SELECT id FROM places_place WHERE code = %s", [code]))


def shelf(tx: Tx, code: str, where: str = "shibuya", holder: str = "sellable") -> int:
    unit = f"goods:{sku(tx, code)}"
    return ledger.balance(tx, unit, f"place:{place(tx, where)}:{holder}")


def money(tx: Tx, kind: str, where: str = "shibuya") -> int:
    return ledger.balance(tx, "JPY", f"place:{place(tx, where)}:tender:{kind}")


def test_a_bowl_comes_back_and_nothing_is_left_of_its_sale(shop: Tx) -> None:
    order = bought(shop, world.sale(("UTSUWA-01", 1)))
    assert (shelf(shop, "UTSUWA-01"), money(shop, "card")) == (99, 4_400)
    answer = taken(shop, wish(order))
    assert answer.slip.total_minor == 4_400
    assert answer.refund.taxes == (TaxTotal("standard", 1_000, 4_400, 400),)
    assert answer.tenders == (TenderBack(0, "card", 4_400),)
    assert (shelf(shop, "UTSUWA-01"), money(shop, "card")) == (100, 0)
    assert shop.rows("SELECT line_no, fulfilled, taken_back FROM orders_standing") == [(1, 1, 1)]
    assert refused(shop, wish(order)) == ("nothing_out", "order")
    assert refused(shop, wish(order, (1, 1))) == ("returned_too_many", "parts[0].qty")


def test_goods_undo_the_very_moves_that_sold_them(shop: Tx) -> None:
    order = bought(shop, world.sale(("KASHI-01", 3)))
    taken(shop, wish(order, (1, 2)))
    taken(shop, wish(order, (1, 1)))
    assert shop.rows(
        "SELECT r.qty, r.taken_back FROM ledger_reversed r JOIN ledger_move m ON m.id = r.move_id"
        " WHERE m.reason = 'sale'"
    ) == [(3, 3)]


def test_g08_the_share_of_the_discount_comes_back_with_its_goods(shop: Tx) -> None:
    """G-08: of 300 off 1,080 at 8 % and 2,200 at 10 %, the food gives back 981."""
    sale = replace(
        world.sale(total=2_980),
        lines=(SaleLine("KASHI-01", 1, 1_080), SaleLine("NUNO-01", 1, 2_200)),
        discount_minor=300,
        discount_code="markdown",
    )
    order = bought(shop, sale)
    food = taken(shop, wish(order, (1, 1)))
    assert food.slip.total_minor == 981
    assert food.refund.taxes == (TaxTotal("reduced", 800, 981, 72),)
    cloth = taken(shop, wish(order, (2, 1)))
    assert cloth.slip.total_minor == 1_999
    assert cloth.refund.taxes == (TaxTotal("standard", 1_000, 1_999, 181),)


def test_g12_the_rate_is_that_of_the_sale(shop: Tx) -> None:
    """G-12: what was sold at 8 % comes back at 8 %, whatever the rate is today."""
    order = bought(shop, world.sale(("CHA-01", 1)))
    shop.execute("UPDATE catalogue_taxrate SET rate_bp = 0 WHERE tax_class = 'reduced'")
    answer = taken(shop, wish(order))
    assert answer.refund.taxes == (TaxTotal("reduced", 800, 1_296, 96),)


def test_three_returns_give_the_tax_of_one(shop: Tx) -> None:
    """L-22: 3 × 115 hold 31 of tax; three returns give 11, 10 and 10 of it back."""
    order = bought(shop, world.sale(("ROUND-115", 3)))
    steps = [taken(shop, wish(order, (1, 1))) for _ in range(3)]
    assert [t.tax_minor for step in steps for t in step.refund.taxes] == [11, 10, 10]
    assert [step.slip.total_minor for step in steps] == [115, 115, 115]


def test_the_rounding_of_the_sale_is_kept(shop: Tx) -> None:
    """A shop that changes its rounding gives back by the one it sold with."""
    order = bought(shop, world.sale(("ROUND-115", 3)))
    shop.execute("UPDATE places_entity SET rounding = 'ceil'")
    assert [t.tax_minor for t in taken(shop, wish(order)).refund.taxes] == [31]


def test_damaged_goods_are_not_sold_again(shop: Tx) -> None:
    order = bought(shop, world.sale(("UTSUWA-01", 2)))
    parts = (PartBack(1, 1, "damaged"), PartBack(1, 1, "sellable"))
    taken(shop, wish(order, parts=parts))
    assert shelf(shop, "UTSUWA-01") == 99
    assert shelf(shop, "UTSUWA-01", holder="damaged") == 1
    lines = shop.rows('SELECT n, line_no, qty, "to", amount_minor FROM orders_slipline ORDER BY n')
    assert lines == [(0, 1, 1, "damaged", 4_400), (1, 1, 1, "sellable", 4_400)]


def test_another_store_takes_back_and_pays_out_of_its_own_drawer(shop: Tx) -> None:
    sale = world.sale(("UTSUWA-01", 1), tenders=(SaleTender("cash", 4_400, 5_000),))
    order = bought(shop, sale)
    answer = taken(shop, wish(order, place="kichijoji", till="K1", staff="st01"))
    assert answer.tenders == (TenderBack(0, "cash", 4_400),)
    assert shelf(shop, "UTSUWA-01", "kichijoji") == 1
    assert shelf(shop, "UTSUWA-01", "shibuya") == 99
    assert (money(shop, "cash"), money(shop, "cash", "kichijoji")) == (4_400, -4_400)


def test_money_goes_back_by_the_last_way_first_or_as_asked(shop: Tx) -> None:
    tenders = (SaleTender("cash", 400), SaleTender("card", 4_000))
    order = bought(shop, world.sale(("UTSUWA-01", 2), total=8_800, tenders=(
        SaleTender("cash", 4_800), SaleTender("card", 4_000))))  # fmt: skip
    first = taken(shop, wish(order, (1, 1)))
    assert first.tenders == (TenderBack(1, "card", 4_000), TenderBack(0, "cash", 400))
    assert refused(shop, wish(order, tenders=((1, 1), (0, 4_399)))) == (
        "refund_over_tender", "tenders[0].amount_minor",
    )  # fmt: skip
    assert refused(shop, wish(order, tenders=((0, 4_399),))) == ("refund_total", "tenders")
    other = bought(shop, world.sale(("UTSUWA-01", 1), tenders=tenders))
    asked = taken(shop, wish(other, tenders=((0, 400), (1, 4_000))))
    assert [t.kind for t in asked.tenders] == ["cash", "card"]
    assert money(shop, "card") == 0


def test_the_same_id_is_one_return(shop: Tx) -> None:
    order = bought(shop, world.sale(("UTSUWA-01", 2)))
    one = wish(order, (1, 1))
    first, again = back(shop, one, one)
    assert isinstance(first, TakenBack)
    assert isinstance(again, TakenBack)
    assert not first.slip.repeated
    third = taken(shop, one)
    assert again.slip.repeated
    assert third == replace(first, slip=replace(first.slip, repeated=True))
    assert refused(shop, replace(one, reason="defective")) == ("id_reused", "uid")
    assert shelf(shop, "UTSUWA-01") == 99


def test_several_returns_of_one_order_in_one_batch_follow_each_other(shop: Tx) -> None:
    order = bought(shop, world.sale(("ROUND-115", 3)))
    answers = back(shop, *(wish(order, (1, 1)) for _ in range(4)))
    codes = [a.code if isinstance(a, Refusal) else a.slip.total_minor for a in answers]
    assert codes == [115, 115, 115, "returned_too_many"]
    assert shelf(shop, "ROUND-115") == 100


def test_one_refused_return_leaves_the_others(shop: Tx) -> None:
    order = bought(shop, world.sale(("UTSUWA-01", 1)))
    answers = back(shop, wish(uuid4()), wish(order, (2, 1)), wish(order))
    codes = [a.code if isinstance(a, Refusal) else a.slip.total_minor for a in answers]
    assert codes == ["unknown_order", "no_such_line", 4_400]


REFUSED = [
    ({"place": "osaka"}, "unknown_place", "place"),
    ({"till": "X9"}, "unknown_till", "till"),
    ({"till": "K1"}, "till_elsewhere", "till"),
    ({"staff": "st99"}, "unknown_staff", "staff"),
    ({"reason": " "}, "reason_missing", "reason"),
    ({"reason": "a\0"}, "malformed", "reason"),
    ({"parts": (PartBack(1, 0),)}, "bad_quantity", "parts[0].qty"),
    ({"parts": (PartBack(1, 1, "gone"),)}, "unknown_condition", "parts[0].to"),
    ({"parts": (PartBack(0, 1),)}, "no_such_line", "parts[0].line_no"),
    ({"parts": (PartBack(1, 2), PartBack(1, 1))}, "returned_too_many", "parts[1].qty"),
    ({"occurred_at": world.NOW + timedelta(days=2)}, "implausible_time", "occurred_at"),
    ({"tenders": ((5, 8_800),)}, "no_such_tender", "tenders[0]"),
]


@pytest.mark.parametrize(("change", "code", "field"), REFUSED)
def test_what_cannot_come_back_is_refused_and_nothing_moves(
    shop: Tx, change: dict[str, object], code: str, field: str
) -> None:
    order = bought(shop, world.sale(("UTSUWA-01", 2)))
    before = shop.value("SELECT count(*) FROM ledger_move")
    assert refused(shop, replace(wish(order), **change)) == (code, field)
    assert shop.value("SELECT count(*) FROM orders_slip") == 0
    assert shop.value("SELECT count(*) FROM ledger_move") == before


def test_goods_of_before_the_cut_over_come_in_and_their_money_goes_out(shop: Tx) -> None:
    """A sale of last year is history: no move to undo, but goods and cash are real."""
    old = world.NOW - timedelta(days=400)
    sale = world.sale(("UTSUWA-01", 1), at=old, tenders=(SaleTender("cash", 4_400),))
    order = bought(shop, sale)
    assert shelf(shop, "UTSUWA-01") == 100
    answer = taken(shop, wish(order))
    assert answer.tenders == (TenderBack(0, "cash", 4_400),)
    assert shelf(shop, "UTSUWA-01") == 101
    assert money(shop, "cash") == -4_400
    assert shop.value("SELECT count(*) FROM ledger_move WHERE reverses_id IS NOT NULL") == 0
    assert refused(shop, wish(order, (1, 1)))[0] == "returned_too_many"


def test_a_sale_whose_tenders_nobody_told_gives_cash_back(shop: Tx) -> None:
    old = world.NOW - timedelta(days=400)
    order = bought(shop, replace(world.sale(("UTSUWA-01", 2), at=old), tenders=()))
    assert taken(shop, wish(order, (1, 1))).tenders == (TenderBack(0, "cash", 4_400),)
    assert taken(shop, wish(order)).tenders == (TenderBack(0, "cash", 4_400),)


def test_a_return_from_before_a_count_is_absorbed_by_it(shop: Tx) -> None:
    """The bowl stood on the shelf when it was counted; the return is only told later."""
    order = bought(shop, world.sale(("UTSUWA-01", 1), at=world.NOW - timedelta(hours=3)))
    count = counts.NewCount(
        ids.new_id(), "shibuya", world.NOW - timedelta(minutes=10), (("UTSUWA-01", 100),)
    )
    counts.count(shop, [count], actor=world.ACTOR, recorded_at=world.NOW)
    assert shelf(shop, "UTSUWA-01") == 100
    taken(shop, wish(order))
    assert shelf(shop, "UTSUWA-01") == 100
    assert shelf(shop, "UTSUWA-01", holder="unexplained") == 0


def test_a_preview_says_the_same_and_writes_nothing(shop: Tx) -> None:
    order = bought(shop, world.sale(("UTSUWA-01", 1)))
    one = wish(order)
    seen = taking_back.preview(shop, one, recorded_at=world.NOW)
    assert isinstance(seen, TakenBack)
    assert shop.value("SELECT count(*) FROM orders_slip") == 0
    done = taken(shop, one)
    assert replace(done, slip=replace(done.slip, slip_id=0)) == seen


def test_a_return_is_told(shop: Tx) -> None:
    order = bought(shop, world.sale(("UTSUWA-01", 1), ("KASHI-01", 1)))
    taken(shop, wish(order, (1, 1), place="kichijoji"))
    key, body = shop.row("SELECT key, body FROM kit_notice WHERE kind = 'GoodsReturned'")
    assert key == f"place:{place(shop, 'kichijoji')}"
    assert body["skus"] == [sku(shop, "UTSUWA-01")]
    assert body["order"] == str(order)
    assert (body["place"], body["total"]) == (place(shop, "kichijoji"), 4_400)


ISSUER = Issuer("株式会社みやび堂", "T5010401000007")


def test_l23_a_return_invoice_from_ten_thousand_yen(shop: Tx) -> None:
    """L-23: below 10,000 yen with tax none is needed; its figures are those of the slip."""
    order = bought(shop, world.sale(("UTSUWA-01", 3), ("CHA-01", 1)))
    small = taken(shop, wish(order, (1, 2)))
    large = taken(shop, wish(bought(shop, world.sale(("UTSUWA-01", 3))), (1, 3)))
    for answer, required in ((small, False), (large, True)):
        paper = returns.one(shop, answer.slip.uid)
        assert paper is not None
        invoice = paper.invoice(ISSUER)
        assert invoice.required is required
        assert invoice.rates == answer.refund.taxes
        assert invoice.total_minor == answer.slip.total_minor
        assert invoice.sold_on == paper.sold_on
        assert [one.amount_minor for one in paper.lines] == [answer.slip.total_minor]


def test_the_document_of_a_return_says_everything(shop: Tx) -> None:
    order = bought(shop, world.sale(("CHA-01", 2), source_no="S1-0000007"))
    answer = taken(shop, wish(order, (1, 1), place="kichijoji", till="K1", staff="st01"))
    paper = returns.one(shop, answer.slip.uid)
    assert paper is not None
    assert (paper.number, paper.till_code, paper.place_name["en"]) == (
        "S1-0000007", "K1", "Kichijoji",
    )  # fmt: skip
    assert paper.sold_place_name["en"] == "Shibuya"
    assert [(one.sku_code, one.qty, one.to) for one in paper.lines] == [("CHA-01", 1, "sellable")]
    assert (paper.total_minor, paper.refunded_minor, paper.kept_minor) == (1_296, 1_296, 0)
    assert returns.of_order(shop, order) == [paper]
    assert returns.at(shop, place(shop, "kichijoji"), day=paper.business_date) == [paper]
    assert stock.available(shop, [sku(shop, "CHA-01")], place(shop, "kichijoji")) == {
        sku(shop, "CHA-01"): 1
    }
