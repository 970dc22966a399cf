"""How people, periods and files are put into words."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.http import QueryDict
from django.utils import translation

from goen.customers.queries import Shown
from goen.doors.console.exports import as_csv
from goen.doors.console.home import short_money
from goen.doors.console.people import name_of, second_mark_of, short_name_of
from goen.doors.console.templatetags import goen
from goen.doors.console.windows import asked_for

KEN = Shown(
    7, "person", "高橋", "健", "タカハシ", "ケン", None, "", "", "0312345678", "", "", None, (),
    ("G1040001",), (1,),
)  # fmt: skip
NAMELESS = replace(KEN, family_name="", given_name="")


def test_a_person_has_a_title_in_japanese_and_none_in_english() -> None:
    with translation.override("ja"):
        assert name_of(KEN, 7) == "高橋 健 様"
        assert short_name_of(KEN, 7) == "高橋様"
    with translation.override("en"):
        assert name_of(KEN, 7) == "高橋 健"


def test_nobody_is_nameless() -> None:
    with translation.override("ja"):
        assert name_of(None, 7) == "お客様 7"
        assert name_of(NAMELESS, 7) == "会員 G1040001 様"
        assert second_mark_of(NAMELESS) == "電話 …5678"
        assert name_of(replace(NAMELESS, cards=(), number="A-12"), 7) == "会員 A-12 様"
        assert name_of(replace(NAMELESS, unit="household"), 7) == "世帯 7"
        assert name_of(replace(NAMELESS, unit="household", number="288"), 7) == "世帯 288"
        assert second_mark_of(replace(KEN, cards=())) == "電話 …5678"


@pytest.mark.parametrize(
    ("query", "window", "days", "refused"),
    [
        ("", "4w", None, False),
        ("window=12m", "12m", None, False),
        ("window=zz", "4w", None, False),
        ("from=2026-11-01&to=2026-11-01", "", 1, False),
        ("from=2026-11-02&to=2026-11-01", "4w", None, True),
        ("from=2026-11-02", "4w", None, True),
        ("from=2026-13-02&to=x", "4w", None, True),
    ],
)
def test_a_window_is_read_from_the_address(
    query: str, window: str, days: int | None, refused: bool
) -> None:
    asked = asked_for(QueryDict(query))
    assert asked.window == window
    assert (asked.period.days if asked.period else None) == days
    assert bool(asked.error) is refused
    assert asked.period is None or asked.period.first_on == date(2026, 11, 1)


def test_a_cell_that_looks_like_a_formula_is_made_harmless() -> None:
    answer = as_csv("x", ["a", "b"], [["=1+1", -5], ["@sum", None], ["普通", "-"]])
    lines = answer.content.decode("utf-8-sig").split("\r\n")
    assert lines == ["a,b", "'=1+1,-5", "'@sum,", "普通,'-", ""]


@pytest.mark.parametrize(
    ("minor", "currency", "ja", "en"),
    [
        (18_420, "JPY", "¥18,420", "¥18,420"),
        (1_284_000, "JPY", "128万円", "¥1.28M"),
        (128_412_345, "JPY", "1.28億円", "¥128M"),
        (12_345_67, "USD", "$12,345.67", "$12,345.67"),
        (890_000_000, "USD", "$8.90M", "$8.90M"),
    ],
)
def test_large_money_is_short(minor: int, currency: str, ja: str, en: str) -> None:
    with translation.override("ja"):
        assert short_money(minor, currency) == ja
    with translation.override("en"):
        assert short_money(minor, currency) == en


def test_what_is_poured_is_said_in_its_measure() -> None:
    with translation.override("en"):
        assert goen.qty(19_800, "gallon/1000") == "19.8 gal"
        assert goen.qty(1_200, "piece") == "1,200"
    with translation.override("ja"):
        assert goen.qty(19_800, "gallon/1000") == "19.8ガロン"
        assert goen.qty(None, "piece") == "—"


@pytest.mark.parametrize("language", ["ja", "en"])
def test_after_midnight_a_page_says_the_new_day(language: str) -> None:
    """Half past midnight in Tokyo is still the day before in Greenwich."""
    at = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)
    with translation.override(language):
        assert goen.full_date(at) == goen.full_date(date(2026, 11, 23))
        assert goen.full_day(at) == goen.full_day(date(2026, 11, 23))
        assert goen.hour(at) == "00:30"
