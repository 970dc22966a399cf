"""A till sale with points and coupons: spent, earned, used up, answered the same again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from goen.doors.cli.audit import audited
from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.ledger import queries as ledger
from goen.orders import checking, selling
from goen.orders.sale import CouponShown, Quote, Sale, SaleTender, Sold
from goen.points import coupons
from goen.points.coupons import NewCoupon, NewKind
from tests import world
from tests.points.wallet import account, given, later, programme, purse, record
from tests.world import ACTOR, NOW, sale

BY = {"actor": ACTOR, "recorded_at": NOW}


@pytest.fixture
def t(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    programme(t)
    account(t)
    return t


def sell(t: Tx, *sales: Sale) -> list[Sold | Refusal]:
    return selling.sell(t, list(sales), **BY)


def sold(t: Tx, one: Sale) -> Sold:
    (answer,) = sell(t, one)
    assert isinstance(answer, Sold), answer
    return answer


def paying(points: int, total: int, kind: str = "cash") -> tuple[SaleTender, ...]:
    rest = (SaleTender(kind, total - points),) if total > points else ()
    return (SaleTender("points", points), *rest)


def coupon(t: Tx, number: str = "WELCOME", *, key: str | None = None, uses: int = 1,
           **more: object) -> str:  # fmt: skip
    values: dict[str, object] = {
        "code": f"kind-{number}", "name": {"ja": "ようこそ", "en": "Welcome"},
        "method": "amount", "value": 300,
    }  # fmt: skip
    kind = coupons.put_kind(t, NewKind(**(values | more)), **BY)  # type: ignore[arg-type]
    assert isinstance(kind, int), kind
    owner = record(t, key) if key else None
    wish = NewCoupon(ids.new_id(), f"kind-{number}", NOW, number, owner, uses)
    (issued,) = coupons.issue(t, [wish], **BY)
    assert isinstance(issued, coupons.Issued), issued
    return number


def uses_left(t: Tx, number: str) -> int:
    terms = coupons.read(t, [number])[number]
    return ledger.free(t, [terms.account.unit], terms.account.holder)[terms.account.unit]


def sound(t: Tx) -> bool:
    assert audited(t)["broken"] == []
    return True


def test_a_member_earns_on_what_is_paid(t: Tx) -> None:
    one = sale(("NUNO-01", 1), member="G1040001")
    answer = sold(t, one)
    assert (answer.points_earned, answer.points_spent, answer.points_left) == (13, 0, 13)
    again = sold(t, one)
    assert (again.repeated, again.points_earned, again.points_left) == (True, 13, 13)
    assert purse(t).spendable == 13
    assert sound(t)


def test_a_sale_too_small_to_earn_is_answered_the_same_again(t: Tx) -> None:
    small = sale(("ROUND-115", 1), member="G1040001", total=15,
                 discount_minor=100, discount_code="damaged")  # fmt: skip
    assert (sold(t, small).points_earned, sold(t, small).points_left) == (0, 0)
    other_id = replace(small, uid=ids.new_id(), source_no=str(small.uid))
    assert (sold(t, other_id).repeated, sold(t, other_id).points_left) == (True, 0)


def test_a_sale_without_a_member_asks_nothing_of_points(t: Tx) -> None:
    """Speed: nobody's till waits for what they do not use."""
    with CaptureQueriesContext(connection) as asked:
        sold(t, sale(("NUNO-01", 1)))
    assert [q["sql"] for q in asked if "points_" in q["sql"] or "coupon" in q["sql"]] == []


def test_points_pay_and_nothing_is_earned_on_what_they_paid(t: Tx) -> None:
    given(t, 1_000)
    one = sale(("NUNO-01", 1), member="G1040001", tenders=paying(1_000, 1_320))
    answer = sold(t, one)
    assert (answer.points_earned, answer.points_spent, answer.points_left) == (3, 1_000, 3)
    again = sold(t, one)
    assert (again.points_earned, again.points_spent, again.points_left) == (3, 1_000, 3)
    assert t.value("SELECT sum(amount_minor) FROM payments_tender WHERE kind = 'points'") == 1_000
    assert sound(t)


def test_who_has_no_account_gains_no_statement_and_no_points(t: Tx) -> None:
    anonymous = sold(t, sale(("NUNO-01", 1)))
    stranger = sold(t, sale(("NUNO-01", 1), member="G1040003"))
    for answer in (anonymous, stranger):
        assert (answer.points_earned, answer.points_left) == (0, None)
    assert t.value("SELECT count(*) FROM points_lot") == 0
    assert sound(t)


@pytest.mark.parametrize(
    ("member", "points", "expected"),
    [
        ("G1040001", 700, Refusal("points_short", "tenders[1].amount_minor",
                                  {"wanted": 700, "free": 300})),
        ("G1040003", 300, Refusal("points_no_account", "tenders[1].kind")),
        (None, 300, Refusal("points_no_account", "tenders[1].kind")),
    ],
)  # fmt: skip
def test_points_that_cannot_be_spent_leave_no_trace(
    t: Tx, member: str | None, points: int, expected: Refusal
) -> None:
    given(t, 300)
    before = t.value("SELECT count(*) FROM ledger_move")
    tenders = tuple(reversed(paying(points, 1_320)))
    refused, fine = sell(
        t,
        sale(("NUNO-01", 1), member=member, tenders=tenders),
        sale(("KASHI-01", 1)),
    )
    assert refused == expected
    assert isinstance(fine, Sold), "the others of the batch are sold"
    assert t.value("SELECT count(*) FROM orders_order") == 1
    assert t.value("SELECT count(*) FROM ledger_move") == before + 3
    assert sound(t)


def test_two_sales_of_one_batch_do_not_spend_the_same_points(t: Tx) -> None:
    """G-03 in one call: 700 and 700 of 1,000; the second is refused with the balance."""
    given(t, 1_000)
    both = [sale(("NUNO-01", 1), member="G1040001", tenders=paying(700, 1_320)) for _ in range(2)]
    first, second = sell(t, *both)
    assert isinstance(first, Sold)
    assert second == Refusal(
        "points_short", "tenders[0].amount_minor", {"wanted": 700, "free": 306}
    )
    assert sound(t)


def test_points_of_a_time_before_ours_are_kept_as_told(t: Tx) -> None:
    """They were another system's: the tender stands, no balance of ours moves."""
    programme(t, points_from=later(0))
    old = sale(("NUNO-01", 1), member="G1040001", at=NOW - timedelta(days=30),
               tenders=paying(500, 1_320))  # fmt: skip
    answer = sold(t, old)
    assert (answer.points_earned, answer.points_spent, answer.points_left) == (0, 0, 0)
    assert sound(t)


def test_history_earns_nothing(t: Tx) -> None:
    programme(t, points_from=later(-2_000))
    old = sale(("NUNO-01", 1), member="G1040001", at=NOW - timedelta(days=700), tenders=())
    assert sold(t, old).points_earned == 0
    assert purse(t).spendable == 0


def test_what_is_earned_without_tax(t: Tx) -> None:
    programme(t, basis="net")
    assert sold(t, sale(("NUNO-01", 1), member="G1040001")).points_earned == 12
    half = sale(("NUNO-01", 1), member="G1040001", tenders=paying(12, 1_320))
    assert sold(t, half).points_earned == 11


def test_a_coupon_comes_off_and_is_used_up(t: Tx) -> None:
    coupon(t, key="M-001")
    one = sale(("NUNO-01", 1), ("KASHI-01", 1), member="G1040001", total=1_182,
               coupons=("WELCOME",))  # fmt: skip
    answer = sold(t, one)
    assert (answer.total_minor, answer.points_earned) == (1_182, 11)
    assert t.row("SELECT discount_minor, discount_code FROM orders_order") == (300, "coupon")
    assert t.rows("SELECT n, number, amount_minor FROM orders_couponuse") == [(0, "WELCOME", 300)]
    assert uses_left(t, "WELCOME") == 0
    assert sold(t, one).repeated
    twice = sale(("NUNO-01", 1), member="G1040001", total=1_020, coupons=("WELCOME",))
    assert sell(t, twice) == [Refusal("coupon_used_up", "coupons[0]", {"given": "WELCOME"})]
    assert selling.quote(t, twice, recorded_at=NOW) == Refusal(
        "coupon_used_up", "coupons[0]", {"given": "WELCOME"}
    )
    assert t.value("SELECT count(*) FROM orders_order") == 1
    assert sound(t)


def test_a_coupon_comes_after_the_discount_that_was_given(t: Tx) -> None:
    coupon(t, "TEN", method="percent", value=1_000)
    one = sale(("NUNO-01", 1), total=1_098, discount_minor=100, discount_code="damaged",
               coupons=("TEN",))  # fmt: skip
    assert sold(t, one).total_minor == 1_098
    assert t.row("SELECT discount_minor, discount_code FROM orders_order") == (222, "damaged")
    assert sound(t)


REFUSED = [
    ({"key": "M-001"}, "coupon_of_another", "G1040002"),
    ({"key": "M-001"}, "coupon_of_another", None),
    ({"valid_to": later(-1)}, "coupon_over", None),
    ({"valid_from": later(1)}, "coupon_too_early", None),
    ({"least_minor": 2_000}, "coupon_least", None),
    ({"currency": "USD"}, "coupon_currency", None),
]


@pytest.mark.parametrize(("terms", "code", "member"), REFUSED)
def test_a_coupon_that_cannot_be_used_is_named(
    t: Tx, terms: dict[str, object], code: str, member: str | None
) -> None:
    coupon(t, "FIRST")
    coupon(t, **terms)  # type: ignore[arg-type]
    one = sale(("NUNO-01", 1), member=member, total=720, coupons=("FIRST", "WELCOME"))
    (refused,) = sell(t, one)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, "coupons[1]")
    assert (uses_left(t, "FIRST"), uses_left(t, "WELCOME")) == (1, 1)


@pytest.mark.parametrize(
    ("shown", "code", "field"),
    [
        (("NOPE",), "unknown_coupon", "coupons[0]"),
        (("WELCOME", "WELCOME"), "coupon_twice", "coupons[1]"),
        (("SOLO", "WELCOME"), "coupon_alone", "coupons[0]"),
        (("A\0",), "malformed", "coupons[0]"),
        (("WELCOME",) * 21, "too_many", "coupons"),
    ],
)
def test_coupons_that_do_not_go_together(
    t: Tx, shown: tuple[str, ...], code: str, field: str
) -> None:
    coupon(t)
    coupon(t, "SOLO", alone=True)
    (refused,) = sell(t, sale(("NUNO-01", 1), total=720, coupons=shown))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, field)


def test_a_quote_shows_coupons_and_points_to_come(t: Tx) -> None:
    coupon(t)
    given(t, 500)
    asked = sale(("NUNO-01", 1), member="G1040001", coupons=("WELCOME",), tenders=())
    found = selling.quote(t, asked, recorded_at=NOW)
    assert isinstance(found, Quote)
    assert found.coupons == (CouponShown("WELCOME", 300),)
    assert (found.total_minor, found.points_earned, found.points_free) == (1_020, 10, 500)
    with_points = replace(asked, tenders=(SaleTender("points", 500),))
    found = selling.quote(t, with_points, recorded_at=NOW)
    assert isinstance(found, Quote)
    assert found.points_earned == 5
    anonymous = selling.quote(t, replace(asked, member=None), recorded_at=NOW)
    assert isinstance(anonymous, Quote)
    assert (anonymous.points_earned, anonymous.points_free) == (0, None)
    assert uses_left(t, "WELCOME") == 1


def test_a_sale_without_coupons_is_known_by_the_content_it_always_had() -> None:
    """What was sold before there were coupons is still known by its retry."""
    one = sale(("NUNO-01", 1), uid=ids.import_id(source="s", document="d", kind="k"))
    assert checking.fingerprint(one) == "14fce8f7ca2936cbffefdfaa"
    assert checking.fingerprint(replace(one, coupons=("A",))) != checking.fingerprint(one)
