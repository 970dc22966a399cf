"""Reasons are kept beside the sale: whose word it is, once per uid, refused when not listed."""

from dataclasses import replace

import pytest

from goen.behaviour.queries import ReasonShown, reasons_of
from goen.behaviour.reasons import LONGEST_NOTE, NewReason, note_reason
from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from tests.world import ACTOR, NOW

SOUND = NewReason(ids.new_id(), ids.new_id(), None, "stated", "gift")


def _note(reason: NewReason) -> Refusal | None:
    return note_reason(Tx(), reason, actor=ACTOR, recorded_at=NOW)


@pytest.mark.usefixtures("tx_db")
def test_the_same_reason_twice_is_one_reason() -> None:
    assert _note(SOUND) is None
    assert _note(SOUND) is None
    found = reasons_of(Tx(), [SOUND.document])
    assert found == {SOUND.document: [ReasonShown("stated", "gift", "", None)]}


@pytest.mark.usefixtures("tx_db")
def test_what_staff_noted_is_not_mixed_with_what_the_shopper_said() -> None:
    _note(SOUND)
    _note(replace(SOUND, uid=ids.new_id(), basis="staff", code="other", note=" 袖丈で迷う "))
    stated, noted = reasons_of(Tx(), [SOUND.document])[SOUND.document]
    assert (stated.basis, noted.basis, noted.note) == ("stated", "staff", "袖丈で迷う")


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"code": "because"}, "unknown_reason", "code"),
        ({"basis": "guessed"}, "unknown_basis", "basis"),
        ({"note": "あ" * (LONGEST_NOTE + 1)}, "too_long", "note"),
        ({"code": "other", "note": " "}, "note_missing", "note"),
    ],
)
@pytest.mark.usefixtures("tx_db")
def test_what_is_not_sound_is_refused_and_not_kept(
    wrong: dict[str, str], code: str, field: str
) -> None:
    refused = _note(replace(SOUND, **wrong))
    assert refused is not None
    assert (refused.code, refused.field) == (code, field)
    assert reasons_of(Tx(), [SOUND.document]) == {}
