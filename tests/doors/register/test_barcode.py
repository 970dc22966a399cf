"""The barcode on a receipt says its number: read back bar by bar."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.doors.register import barcode

SYMBOLS = barcode._WIDTHS


def read(text: str) -> str:
    """What a scanner would make of the bars."""
    drawn = barcode.bars(text)
    assert drawn is not None
    modules, spans = drawn
    line = ["0"] * modules
    for start, width in spans:
        line[start : start + width] = "1" * width
    inner = "".join(line)[10:-10]
    known = {_picture(widths): n for n, widths in enumerate(SYMBOLS[:106])}
    assert inner.endswith(_picture(SYMBOLS[106]))
    body = inner[:-13]
    values = [known[body[n : n + 11]] for n in range(0, len(body), 11)]
    start, *letters, check = values
    assert start == 104
    assert check == (start + sum(n * v for n, v in enumerate(letters, start=1))) % 103
    return "".join(chr(value + 32) for value in letters)


def _picture(widths: str) -> str:
    return "".join(("1", "0")[n % 2] * int(width) for n, width in enumerate(widths))


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=24))
def test_every_number_reads_back(text: str) -> None:
    assert read(text) == text


def test_symbols_are_those_of_the_standard() -> None:
    """Eleven modules each, an even number of them black, none twice; the stop has thirteen."""
    assert len(SYMBOLS) == 107
    assert len(set(SYMBOLS)) == 107
    for widths in SYMBOLS[:106]:
        assert sum(map(int, widths)) == 11
        assert sum(map(int, widths[::2])) % 2 == 0
    assert sum(map(int, SYMBOLS[106])) == 13


@pytest.mark.parametrize("text", ["", "レシート", "x" * 25, "a\n"])
def test_what_has_no_barcode(text: str) -> None:
    assert barcode.bars(text) is None
