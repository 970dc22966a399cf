"""What is typed of a company or a place is right, or refused by its field."""

import pytest

from goen.kit.refusals import Refusal
from goen.places import checking


def check_digit(base12: str) -> int:
    """As the National Tax Agency writes it, digit by digit."""
    total = 0
    for n, digit in enumerate(reversed(base12), start=1):
        total += int(digit) * (1 if n % 2 == 1 else 2)
    return 9 - total % 9


@pytest.mark.parametrize("base", ["010401050387", "999901000123", "000000000001", "123456789012"])
def test_of_ten_first_digits_one_is_right(base: str) -> None:
    fine = [n for n in range(10) if checking.registration_no(f"T{n}{base}") is None]
    assert fine == [check_digit(base)]


@pytest.mark.parametrize("text", ["8010401050387", "T801040105038", "T80104010503870", "Tx", "T"])
def test_what_has_another_shape_is_no_registration_number(text: str) -> None:
    refused = checking.registration_no(text)
    assert refused is not None
    assert refused.field == "registration_no"


def test_a_company_need_not_be_registered() -> None:
    assert checking.registration_no("") is None


def test_a_name_is_in_both_languages() -> None:
    assert checking.name({"ja": "渋谷店", "en": "Shibuya"}) is None
    for texts, field in (({"ja": "渋谷店", "en": " "}, "name_en"), ({"en": "x"}, "name_ja"),
                         ({"ja": "あ" * 201, "en": "x"}, "name_ja")):  # fmt: skip
        refused = checking.name(texts)
        assert refused is not None
        assert refused.field == field


def test_codes_telephones_and_hours() -> None:
    codes = ("shibuya", "S-1", "", "渋谷", "a b", "x" * 33)
    assert [checking.code(one) is None for one in codes] == [True] * 2 + [False] * 4
    phones = ("", "03-1234-5678", "+81 3 1234 5678", "0312345678", "x", "03", "03-1234-5678x")
    assert [checking.phone(one) is None for one in phones] == [True] * 4 + [False] * 3
    assert checking.day_change_hour("5") == 5
    for text in ("12", "-1", "五", ""):
        assert isinstance(checking.day_change_hour(text), Refusal)
