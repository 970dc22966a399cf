"""What one cell means: days (J-12), times, amounts, codes (J-13), customers, tax."""

from datetime import date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.links import values
from goen.links.values import Moment

NOV_20 = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2026/11/20", "ymd", Moment(NOV_20, None)),
        ("20261120", "ymd", Moment(NOV_20, None)),
        ("令和8年11月20日", "ymd", Moment(NOV_20, None)),
        ("令和元年5月1日", "ymd", Moment(date(2019, 5, 1), None)),
        ("R8.11.20", "ymd", Moment(NOV_20, None)),
        ("11/20/2026", "mdy", Moment(NOV_20, None)),
        ("20/11/2026", "dmy", Moment(NOV_20, None)),
        ("20-Nov-2026", "ymd", Moment(NOV_20, None)),
        ("Nov 20, 2026", "ymd", Moment(NOV_20, None)),
        ("26/11/20", "ymd", Moment(NOV_20, None)),
        ("46346", "ymd", Moment(NOV_20, None)),
        ("２０２６／１１／２０", "ymd", Moment(NOV_20, None)),
        ("2026年11月20日（金）14:05", "ymd", Moment(NOV_20, time(14, 5))),
        ("2026/11/20 午後2時5分", "ymd", Moment(NOV_20, time(14, 5))),
        ("2026-11-20 2:05 PM", "ymd", Moment(NOV_20, time(14, 5))),
        ("20261120140533", "ymd", Moment(NOV_20, time(14, 5, 33))),
        ("2026-11-20T14:05:00+09:00", "ymd", Moment(NOV_20, time(14, 5), 540)),
        ("2026-11-20T05:05:00Z", "ymd", Moment(NOV_20, time(5, 5), 0)),
        ("2026/11/20 25:30", "ymd", Moment(date(2026, 11, 21), time(1, 30))),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str, order: str, expected: Moment) -> None:
    assert values.moment(text, order=order) == expected


@pytest.mark.parametrize(
    "text", ["", "合計", "2026/13/01", "2026/02/30", "11/20/2026", "12", "2026/11/20 29時", "12:00"]
)
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    assert values.moment(text) is None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2099, 12, 31)), st.times())
def test_every_day_survives_every_way_of_writing_it(day: date, clock: time) -> None:
    at = datetime.combine(day, clock.replace(microsecond=0))
    ways = ("%Y/%m/%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y年%m月%d日 %H時%M分%S秒", "%Y%m%d%H%M%S")
    for way in ways:
        assert values.moment(at.strftime(way)) == Moment(at.date(), at.time())


@given(st.dates(min_value=date(2019, 5, 2), max_value=date(2099, 1, 1)))
def test_a_japanese_year_is_the_same_day(day: date) -> None:
    year = day.year - 2018
    assert values.moment(f"令和{year}年{day.month}月{day.day}日") == Moment(day, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("¥1,234", "1234"),
        ("\\1,234", "1234"),
        ("￥１，２３４", "1234"),
        ("1,234円（税込）", "1234"),
        ("△1,234", "-1234"),
        ("▲500", "-500"),
        ("−5", "-5"),
        ("-¥540", "-540"),
        ("(1,200)", "-1200"),
        ("$12.30", "12.30"),
        ("12個", "12"),
        (".5", "0.5"),
    ],
)
def test_a_number_is_read_as_people_write_it(text: str, expected: str) -> None:
    assert values.number(text) == Decimal(expected)


@pytest.mark.parametrize("text", ["", "abc", "1-2", "1,23", "2026/11/20", "12:30", "A001", "-"])
def test_what_is_no_number_is_not_zero(text: str) -> None:
    assert values.number(text) is None


@given(st.integers(min_value=-(10**12), max_value=10**12))
def test_every_amount_survives_every_way_of_writing_it(amount: int) -> None:
    size = f"{abs(amount):,}"
    sign = "-" if amount < 0 else ""
    wide = size.translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
    for text in (f"{sign}{size}", f"{sign}¥{size}", f"{sign}{wide}円", f"{sign}{abs(amount)}"):
        assert values.number(text) == amount
    if amount < 0:
        assert values.number(f"△{size}") == amount == values.number(f"({size})")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4901234567894", "4901234567894"),
        ("４９０１２３４５６７８９４", "4901234567894"),
        ("012345678905", "0012345678905"),
        ("12345678905", "12345678905"),
        ("4901234567894.0", "4901234567894"),
        ("ＡＢ－１２", "AB-12"),
        ("123456789012", "0123456789012"),
        ("123456789013", "123456789013"),
    ],
)
def test_a_code_gets_its_lost_zero_back(text: str, expected: str) -> None:
    assert values.product_code(text) == expected


@pytest.mark.parametrize(("digits", "holds"), [("4901234567894", True), ("4569951116179", True)])
def test_real_barcodes_hold(digits: str, holds: bool) -> None:
    assert values.is_gtin(digits) is holds


@given(st.text(alphabet="0123456789", min_size=12, max_size=12), st.integers(1, 9))
def test_a_wrong_check_digit_is_no_barcode(digits: str, off: int) -> None:
    right = next(digits + str(n) for n in range(10) if values.is_gtin(digits + str(n)))
    wrong = digits + str((int(right[-1]) + off) % 10)
    assert not values.is_gtin(wrong)


@pytest.mark.parametrize(
    "text", ["", "0", "00000", "-", "ゲスト", "ｹﾞｽﾄ", "Guest", "非会員", "N/A", "NULL", "  "]
)
def test_nobody_stays_nobody(text: str) -> None:
    assert not values.customer_key(text)


def test_a_key_is_kept_with_its_zeros() -> None:
    assert values.customer_key("００１２") == "0012"
    assert values.customer_key("1001.0") == "1001"
    assert not values.customer_key("9999", nobody=frozenset({"9999"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("8%", "reduced"),
        ("軽減8％", "reduced"),
        ("0.08", "reduced"),
        ("10", "standard"),
        ("標準", "standard"),
        ("非課税", "exempt"),
        ("0", "zero"),
        ("", None),
        ("5%", None),
    ],
)
def test_a_tax_class_is_known_or_unknown(text: str, expected: str | None) -> None:
    assert values.tax_class(text) == expected
