"""Every reason a file or a row can be left out has its sentence in both languages."""

import re
from pathlib import Path

from goen import links
from goen.doors import load_words
from goen.links import guessing

SOURCES = "\n".join(
    path.read_text(encoding="utf-8")
    for path in Path(links.__path__[0]).glob("*.py")
    if path.stem != "subscribing"  # is about addresses, not about files
)


def test_every_refusal_of_a_file_is_worded() -> None:
    codes = set(re.findall(r'Refusal\(\s*"(\w+)"', SOURCES))
    assert codes <= load_words.REFUSED.keys(), codes - load_words.REFUSED.keys()


def test_every_reason_of_a_parked_row_is_worded() -> None:
    codes = set(re.findall(r'_Stop\(\s*"(\w+)"', SOURCES))
    codes |= set(re.findall(r'"(quantity_\w+|receipt_changed|date_in_future)"', SOURCES))
    codes |= {"receipt_too_long", "product_unknown", "cells_differ"}
    assert codes <= load_words.PARKED.keys(), codes - load_words.PARKED.keys()


def test_every_field_has_a_name() -> None:
    assert set(guessing.FIELDS) <= load_words.FIELDS.keys()


def test_no_sentence_keeps_an_open_slot() -> None:
    detail = dict.fromkeys(("why", "known", "sheet", "column", "most", "on", "name", "size"), "x")
    for code in load_words.REFUSED:
        for pick in (0, 1):
            said = load_words.refused(
                code, detail, "date", lambda ja, en, pick=pick: (ja, en)[pick]
            )
            assert "{" not in said, said
