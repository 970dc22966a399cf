"""`orders.sell`: once each, all or nothing, Goen's own prices, and tax once per rate."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders import queries
from goen.orders.sale import SaleLine, SaleTender, Sold
from tests import world

pytestmark = pytest.mark.usefixtures("tx_db")


@pytest.fixture
def shop() -> Tx:
    tx = Tx()
    world.open_shop(tx)
    world.stocked(tx, "KASHI-01", 100)
    return tx


def counts(tx: Tx) -> tuple[int, int, int, int]:
    return tuple(
        tx.value(f"SELECT count(*) FROM {t}")
        for t in ("orders_order", "orders_line", "ledger_move", "payments_tender")
    )


def test_a_sale_is_booked_with_goods_and_money(shop: Tx) -> None:
    (answer,) = world.sold(shop, world.sale(("KASHI-01", 2), ("NUNO-01", 1)))
    assert isinstance(answer, Sold)
    assert answer.total_minor == 2 * 162 + 1_320
    receipt = queries.receipt(shop, answer.uid)
    assert receipt is not None
    assert [(t.tax_class, t.gross_minor, t.tax_minor) for t in receipt.taxes] == [
        ("standard", 1_320, 120),
        ("reduced", 324, 24),
    ]


def test_the_same_sale_five_times_is_one(shop: Tx) -> None:
    """R-070 for sales: a retry never sells twice."""
    sale = world.sale(("KASHI-01", 1))
    first, *again = [world.sold(shop, sale)[0] for _ in range(5)]
    assert isinstance(first, Sold)
    assert not first.repeated
    assert all(answer == replace(first, repeated=True) for answer in again)
    assert counts(shop)[0] == 1
    assert [a.repeated for a in world.sold(shop, *[world.sale(("KASHI-01", 1))] * 3)] == [
        False,
        True,
        True,
    ]


def test_another_sale_under_the_same_id_is_refused(shop: Tx) -> None:
    sale = world.sale(("KASHI-01", 1))
    world.sold(shop, sale)
    (answer,) = world.sold(shop, replace(world.sale(("KASHI-01", 2)), uid=sale.uid))
    assert answer == Refusal("id_reused", "uid", {"given": str(sale.uid)})


def test_a_document_of_another_system_is_taken_once(shop: Tx) -> None:
    """R-127: the same mall order twice is one slip, even under another id."""
    one = world.sale(("KASHI-01", 1), source="mall", source_no="A-1")
    (first,) = world.sold(shop, one)
    (second,) = world.sold(shop, replace(one, uid=uuid4()))
    assert isinstance(first, Sold)
    assert second == replace(first, repeated=True)


def test_a_till_number_is_used_once(shop: Tx) -> None:
    one = world.sale(("KASHI-01", 1), till="S1", till_seq=1)
    world.sold(shop, one)
    (answer,) = world.sold(shop, world.sale(("KASHI-01", 2), till="S1", till_seq=1))
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.field) == ("till_seq_taken", "till_seq")


REFUSED = [
    ({"place": "nowhere"}, "unknown_place", "place"),
    ({"channel": "fax"}, "unknown_channel", "channel"),
    ({"source": "x"}, "unknown_source", "source"),
    ({"till": "Z9", "till_seq": 1}, "unknown_till", "till"),
    ({"staff": "nobody"}, "unknown_staff", "staff"),
    ({"member": ("card", "G9999999")}, "unknown_member", "member"),
    ({"record_key": ("pos", "M-999")}, "unknown_record_key", "record_key"),
    ({"till": "K1", "till_seq": 1}, "till_elsewhere", "till"),
    ({"till": "S1"}, "till_seq_missing", "till_seq"),
    ({"occurred_at": world.NOW.replace(tzinfo=None)}, "time_without_zone", "occurred_at"),
    ({"occurred_at": world.NOW + timedelta(hours=1)}, "implausible_time", "occurred_at"),
    ({"lines": ()}, "no_lines", "lines"),
    ({"tenders": (SaleTender("shells", 162),)}, "unknown_tender", "tenders[0].kind"),
    ({"lines": (SaleLine("KASHI-01", 0),)}, "bad_quantity", "lines[0].qty"),
    ({"lines": (SaleLine("KASHI-01", -1),)}, "bad_quantity", "lines[0].qty"),
    ({"lines": (SaleLine("KASHI-01", 1, -5),)}, "bad_amount", "lines[0].amount_minor"),
    ({"lines": (SaleLine("KASHI-01", 1), SaleLine("?", 1))}, "unknown_item", "lines[1].item"),
    ({"lines": (SaleLine("KASHI-01", 1, None, "odd"),)}, "no_tax_rate", "lines[0].tax_class"),
    ({"expected_total_minor": 161}, "total_changed", "expected_total_minor"),
    ({"tenders": ()}, "tender_missing", "tenders"),
    ({"tenders": (SaleTender("cash", 162, 100),)}, "tender_too_small", "tenders[0].tendered_minor"),
    (
        {"tenders": (SaleTender("card", 162, 200),)},
        "change_only_for_cash",
        "tenders[0].tendered_minor",
    ),
    ({"tenders": (SaleTender("card", 100),)}, "tender_total", "tenders"),
]


@pytest.mark.parametrize(("change", "code", "field"), REFUSED)
def test_a_refusal_names_the_field_and_nothing_moves(
    shop: Tx, change: dict[str, object], code: str, field: str
) -> None:
    before = counts(shop)
    (answer,) = world.sold(shop, replace(world.sale(("KASHI-01", 1)), **change))
    assert isinstance(answer, Refusal), answer
    assert (answer.code, answer.field) == (code, field)
    assert counts(shop) == before


def test_one_bad_sale_does_not_hold_up_the_others(shop: Tx) -> None:
    good, bad = world.sale(("KASHI-01", 1)), world.sale(("KASHI-01", 1), place="nowhere")
    answers = world.sold(shop, bad, good)
    assert [type(a) for a in answers] == [Refusal, Sold]


def test_change_is_given_for_cash(shop: Tx) -> None:
    cash = (SaleTender("cash", 162, 1_000),)
    (answer,) = world.sold(shop, replace(world.sale(("KASHI-01", 1)), tenders=cash))
    assert isinstance(answer, Sold)
    assert answer.change_minor == 838


TAX = [  # G-08, the undiscounted cases: item, qty, price list's tax, gross, tax (L-22)
    ("ROUND-115", 3, "included", 345, 31),
    ("ROUND-105", 3, "included", 315, 23),
]


@pytest.mark.parametrize(("item", "qty", "price_tax", "gross", "tax"), TAX)
def test_tax_is_rounded_once_per_rate(
    shop: Tx, item: str, qty: int, price_tax: str, gross: int, tax: int
) -> None:
    """G-08, L-22: three lines of one are taxed as one sum, not three times one."""
    one_by_one = world.sale(*[(item, 1)] * qty, price_tax=price_tax)
    (answer,) = world.sold(shop, one_by_one)
    assert isinstance(answer, Sold), answer
    receipt = queries.receipt(shop, answer.uid)
    assert receipt is not None
    assert [(t.gross_minor, t.tax_minor) for t in receipt.taxes] == [(gross, tax)]


@pytest.mark.parametrize(
    ("amount", "tax_class", "total", "tax"),
    [(105, "standard", 346, 31), (98, "reduced", 317, 23)],
)
def test_tax_on_top_is_rounded_once_per_rate(
    shop: Tx, amount: int, tax_class: str, total: int, tax: int
) -> None:
    """G-08: 105 × 3 at 10 % on top is 31, not 30; 98 × 3 at 8 % is 23, not 21."""
    lines = tuple(SaleLine("KASHI-01", 1, amount, tax_class) for _ in range(3))
    sale = world.sale(("KASHI-01", 1), total=total, price_tax="excluded")
    (answer,) = world.sold(shop, replace(sale, lines=lines))
    assert isinstance(answer, Sold), answer
    assert answer.total_minor == total
    assert [t.tax_minor for t in queries.receipt(shop, answer.uid).taxes] == [tax]


def test_what_another_system_charged_is_kept_and_ours_stands_beside(shop: Tx) -> None:
    sale = world.sale(("KASHI-01", 1), total=150)
    (answer,) = world.sold(shop, replace(sale, lines=(SaleLine("KASHI-01", 1, 150),)))
    assert isinstance(answer, Sold), answer
    assert shop.rows("SELECT amount_minor, list_minor FROM orders_line") == [(150, 162)]


def test_goods_in_the_hand_are_sold_even_when_the_books_say_none(shop: Tx) -> None:
    (answer,) = world.sold(shop, world.sale(("UTSUWA-01", 2)))
    assert isinstance(answer, Sold)
    reasons = shop.rows("SELECT reason, qty FROM ledger_move ORDER BY id DESC LIMIT 3")
    assert ("sold_unbooked", 2) in reasons
    assert shop.value("SELECT min(posted) FROM ledger_balance") == 0


def test_goods_not_yet_handed_over_are_refused_with_alternatives(shop: Tx) -> None:
    world.stocked(shop, "UTSUWA-01", 3, place="kichijoji")
    before = counts(shop)
    wish = world.sale(("KASHI-01", 1), ("UTSUWA-01", 1), handed_over=False)
    fine = world.sale(("KASHI-01", 1), handed_over=False)
    refused, sold = world.sold(shop, wish, fine)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == ("short", "lines[1].qty")
    assert [a["place"] for a in refused.detail["alternatives"]] == ["kichijoji"]
    assert isinstance(sold, Sold)
    after = counts(shop)
    assert [a - b for a, b in zip(after, before, strict=True)] == [1, 1, 2, 1]


def test_before_the_cut_over_a_sale_is_history_and_moves_nothing(shop: Tx) -> None:
    old = world.sale(("KASHI-01", 1), at=world.NOW - timedelta(days=700))
    (answer,) = world.sold(shop, replace(old, tenders=()))
    assert isinstance(answer, Sold), answer
    assert shop.value("SELECT history FROM orders_order") is True
    assert shop.value("SELECT count(*) FROM ledger_move WHERE reason = 'sale'") == 0
