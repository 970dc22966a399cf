"""Settings: declared, bounded, and every change in the trail."""

import pytest

from goen.kit import settings
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from tests.world import NOW

pytestmark = pytest.mark.usefixtures("tx_db")
HQ = Actor("staff", "hq", 1)
SHARE = "concentration.top1_share"


def write(name: str, value: object) -> Refusal | None:
    return settings.write(Tx(), name, value, actor=HQ, recorded_at=NOW)


def changes() -> list[tuple[object, ...]]:
    return Tx().rows("SELECT actor, subject, detail FROM kit_trail WHERE verb = 'change'")


def test_before_anybody_changes_one_the_default_holds():
    t = Tx()
    assert settings.read(t, SHARE) == 0.5
    assert settings.read_all(t) == {n: d.default for n, d in settings.DECLARED.items()}


def test_a_change_is_read_and_noted_with_what_was_before():
    assert write(SHARE, 0.6) is None
    assert write(SHARE, 0.7) is None
    t = Tx()
    assert settings.read(t, SHARE) == settings.read_all(t)[SHARE] == 0.7
    assert changes() == [
        ("staff:hq", SHARE, {"before": 0.5, "after": 0.6}),
        ("staff:hq", SHARE, {"before": 0.6, "after": 0.7}),
    ]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("no.such", 1, "unknown_setting"),
        (SHARE, "0.5", "wrong_type"), (SHARE, None, "wrong_type"),
        (SHARE, True, "wrong_type"), ("shop.currency", 5, "wrong_type"),
        (SHARE, 0.04, "out_of_bounds"), (SHARE, 1.01, "out_of_bounds"),
        (SHARE, float("nan"), "out_of_bounds"), (SHARE, float("inf"), "out_of_bounds"),
        ("concentration.least_units", 0, "out_of_bounds"),
        ("concentration.least_units", 10.5, "wrong_type"),
    ],
)  # fmt: skip
def test_what_is_not_declared_or_out_of_bounds_is_refused_and_nothing_changes(name, value, code):
    refused = write(name, value)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, name)
    assert changes() == []


def test_a_setting_that_is_not_declared_cannot_be_read():
    with pytest.raises(KeyError):
        settings.read(Tx(), "no.such")


def test_every_setting_lies_within_its_own_bounds_and_is_explained_twice():
    for declared in settings.DECLARED.values():
        assert declared.ja
        assert declared.en
        if declared.least is not None:
            assert declared.least <= declared.default <= declared.most
