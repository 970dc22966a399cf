"""`orders.sell` with discounts: what is charged, booked, taxed and refused."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.orders import checking, queries, selling
from goen.orders.sale import Quote, RateShare, Sale, SaleLine, SaleTender, Sold
from tests import world

pytestmark = pytest.mark.usefixtures("tx_db")


@pytest.fixture
def shop() -> Tx:
    tx = Tx()
    world.open_shop(tx)
    world.stocked(tx, "KASHI-01", 100)
    return tx


FOOD = SaleLine("KASHI-01", 2, 1_080)
CLOTH = SaleLine("NUNO-01", 1, 2_200)


def discounted(total: int, *lines: SaleLine, off: int = 0, **more: object) -> Sale:
    code = "coupon" if off else ""
    return replace(
        world.sale(total=total), lines=lines, discount_minor=off, discount_code=code, **more
    )


def test_300_off_8_and_10_percent(shop: Tx) -> None:
    """G-08, L-34: 99 and 201; the tax of each rate is computed once on what remains."""
    (answer,) = world.sold(shop, discounted(2_980, FOOD, CLOTH, off=300))
    assert isinstance(answer, Sold), answer
    receipt = queries.receipt(shop, answer.uid)
    assert receipt is not None
    assert (receipt.subtotal_minor, receipt.discount_minor, receipt.total_minor) == (
        3_280, 300, 2_980,
    )  # fmt: skip
    assert receipt.shares == (
        RateShare("standard", 1_000, 201),
        RateShare("reduced", 800, 99),
    )
    assert [(t.gross_minor, t.tax_minor) for t in receipt.taxes] == [(1_999, 181), (981, 72)]
    assert shop.rows(
        "SELECT amount_minor, discount_minor, share_minor, discount_code FROM orders_line"
        " ORDER BY line_no"
    ) == [(981, 0, 99, ""), (1_999, 0, 201, "")]
    assert shop.value("SELECT sum(qty) FROM ledger_move WHERE reason = 'tender'") == 2_980


def test_a_line_s_discount_comes_first_and_our_own_price_stands_beside(shop: Tx) -> None:
    marked = SaleLine("KASHI-01", 2, discount_minor=24, discount_code="markdown")
    (answer,) = world.sold(shop, discounted(200, marked, off=100))
    assert isinstance(answer, Sold), answer
    assert shop.rows(
        "SELECT list_minor, discount_minor, discount_code, share_minor, amount_minor, net"
        " FROM orders_line"
    ) == [(324, 24, "markdown", 100, 200, Decimal("185.1852"))]
    receipt = queries.receipt(shop, answer.uid)
    assert receipt is not None
    assert receipt.lines[0].cost_minor == 324


def test_a_discount_on_prices_without_tax_lowers_the_tax(shop: Tx) -> None:
    """L-22: 105 × 3 less 15 is 300; 10 % on top of that once."""
    lines = tuple(SaleLine("KASHI-01", 1, 105, "standard") for _ in range(3))
    (answer,) = world.sold(shop, discounted(330, *lines, off=15, price_tax="excluded"))
    assert isinstance(answer, Sold), answer


def test_everything_off_needs_no_tender(shop: Tx) -> None:
    sale = replace(discounted(0, FOOD, CLOTH, off=3_280), tenders=())
    (answer,) = world.sold(shop, sale)
    assert isinstance(answer, Sold), answer
    assert answer.total_minor == 0


def test_a_quote_says_what_the_discounts_make_of_it(shop: Tx) -> None:
    answer = selling.quote(shop, discounted(0, FOOD, CLOTH, off=300), recorded_at=world.NOW)
    assert isinstance(answer, Quote)
    assert answer.total_minor == 2_980
    assert [line.share_minor for line in answer.lines] == [99, 201]


OFF = {"discount_minor": 300, "discount_code": "coupon"}
REFUSED = [
    ({"discount_minor": 3_281, "discount_code": "coupon"}, "discount_too_large", "discount_minor"),
    ({"discount_minor": -1, "discount_code": "coupon"}, "bad_amount", "discount_minor"),
    ({"discount_minor": 300}, "unknown_discount", "discount_code"),
    ({"discount_minor": 300, "discount_code": "mood"}, "unknown_discount", "discount_code"),
    ({"discount_minor": 10**14, "discount_code": "coupon"}, "too_large", "discount_minor"),
    ({"discount_code": "a\0"}, "malformed", "discount_code"),
    (
        {"lines": (FOOD, replace(CLOTH, discount_minor=2_201, discount_code="markdown"))},
        "discount_too_large",
        "lines[1].discount_minor",
    ),
    (
        {"lines": (FOOD, replace(CLOTH, discount_minor=-1, discount_code="markdown"))},
        "bad_amount",
        "lines[1].discount_minor",
    ),
    (
        {"lines": (replace(FOOD, discount_minor=1), CLOTH)},
        "unknown_discount",
        "lines[0].discount_code",
    ),
    (
        {"lines": (replace(CLOTH, discount_minor=2_000, discount_code="staff"),)} | OFF,
        "discount_too_large",
        "discount_minor",
    ),
]


@pytest.mark.parametrize(("change", "code", "field"), REFUSED)
def test_a_discount_that_does_not_fit_is_refused_and_nothing_is_booked(
    shop: Tx, change: dict[str, object], code: str, field: str
) -> None:
    (answer,) = world.sold(shop, replace(discounted(3_280, FOOD, CLOTH), **change))
    assert isinstance(answer, Refusal), answer
    assert (answer.code, answer.field) == (code, field)
    assert shop.value("SELECT count(*) FROM orders_order") == 0


def test_a_retry_with_another_discount_is_another_sale(shop: Tx) -> None:
    sale = discounted(2_980, FOOD, CLOTH, off=300, uid=uuid4())
    world.sold(shop, sale)
    (again,) = world.sold(shop, sale)
    assert isinstance(again, Sold)
    assert again.repeated
    (other,) = world.sold(shop, replace(sale, discount_minor=200))
    assert isinstance(other, Refusal)
    assert other.code == "id_reused"


def test_what_was_sold_before_there_were_discounts_is_known_by_its_retry() -> None:
    """The digest of a sale without discounts stays what it was."""
    sale = Sale(
        UUID("0197f3a2-6d0e-7c1b-9d6e-2f1f5b8f1a01"),
        "shibuya",
        "store",
        datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
        (SaleLine("KASHI-01", 2), SaleLine("NUNO-01", 1, 1_320, "standard")),
        (SaleTender("cash", 1_644, 2_000),),
        member=("card", "G1040001"),
    )
    assert checking.fingerprint(sale) == "fe14aaa558c0ef862bbf1bbd"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE orders_line SET discount_minor = -1, discount_code = 'other'",
        "UPDATE orders_line SET discount_minor = 1",
        "UPDATE orders_line SET discount_code = 'other'",
        "UPDATE orders_line SET share_minor = -1",
        "UPDATE orders_line SET share_minor = 1, amount_minor = -1",
        "UPDATE orders_order SET discount_minor = -1, discount_code = 'other'",
        "UPDATE orders_order SET discount_minor = 1",
    ],
)
def test_the_database_holds_what_discounts_promise(shop: Tx, statement: str) -> None:
    world.sold(shop, world.sale(("KASHI-01", 1)))
    with pytest.raises(IntegrityError), transaction.atomic():
        shop.execute(statement)
