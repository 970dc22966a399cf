"""Every refusal a door may hear has its sentence, in both languages, with the same slots."""

import re
from pathlib import Path

import pytest
from django.utils import translation

import goen
from goen.doors.refusals import SENTENCES, as_json, sentence
from goen.kit.refusals import Refusal

ROOT = Path(goen.__file__).parent
WORDED_HERE = ("behaviour", "orders", "stock", "kit", "doors/register", "doors/api")
NAMED_BY_FIELD = ("place", "channel", "source", "till", "staff", "member", "record_key")


def _codes() -> set[str]:
    files = [file for part in WORDED_HERE for file in (ROOT / part).rglob("*.py")]
    text = "".join(file.read_text() for file in files)
    plain = set(re.findall(r'Refusal\(\s*"(\w+)"', text))
    built = {f"unknown_{what}" for what in re.findall(r'_unknown\("(\w+)"', text)}
    return plain | built | {f"unknown_{field}" for field in NAMED_BY_FIELD}


@pytest.mark.parametrize("code", sorted(_codes()))
def test_every_code_has_a_sentence(code: str) -> None:
    assert code in SENTENCES


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_both_languages_use_the_same_slots(code: str) -> None:
    ja, en = (set(re.findall(r"\{(\w+)", text)) for text in SENTENCES[code])
    assert ja == en


def test_money_is_shown_as_money_in_the_reader_s_language() -> None:
    refusal = Refusal("total_changed", "expected_total_minor", {"expected": 1000, "total": 1080})
    with translation.override("ja"):
        assert "¥1,080" in sentence(refusal)
    with translation.override("en"):
        assert "The right total is $10.80" in sentence(refusal, currency="USD")


def test_a_code_nobody_worded_still_names_field_and_code() -> None:
    with translation.override("en"):
        assert sentence(Refusal("new_rule", "lines[0]")) == (
            "This cannot go on (new_rule). Check lines[0]."
        )


def test_a_program_gets_code_field_and_values() -> None:
    told = as_json(Refusal("unknown_item", "lines[0].item", {"given": "X-1"}))
    assert told["code"] == "unknown_item"
    assert told["field"] == "lines[0].item"
    assert told["detail"] == {"given": "X-1"}
