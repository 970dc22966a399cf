"""Measures of another system are taken over as they were: over, with their people and their why."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import lists_reading, measures, measures_inherited, verdicts
from goen.marketing.measure import Drafted, NewMeasure, NewPlacement
from goen.marketing.measures_inherited import Inherited
from tests import world
from tests.marketing.measuring import BY

FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)


@pytest.fixture
def t(tx_db: None) -> Tx:
    world.open_shop(Tx())
    return Tx()


def told(t: Tx, **other: object) -> Inherited:
    records = [row[0] for row in t.rows("SELECT id FROM customers_record ORDER BY id LIMIT 3")]
    plain = {
        "reason": "理由は分かりません", "evidence": "前の記録", "expected": "分かりません",
        "starts_on": FIRST, "ends_on": LAST, "window_days": 1,
        "placements": (NewPlacement(ids.new_id(), "dm"),),
    }  # fmt: skip
    return Inherited(NewMeasure(ids.new_id(), "秋のはがき", **(plain | other)), "dm", records)


def test_it_is_over_has_its_people_and_may_be_told_again(t: Tx) -> None:
    one = told(t)
    done = measures_inherited.inherit(t, one, **BY)
    assert done == Drafted(one.new.uid, 1, 1)
    again = measures_inherited.inherit(t, replace(one, record_ids=[]), **BY)
    assert again == Drafted(one.new.uid, 1, 1, repeated=True)
    ((state, launched, ended),) = t.rows(
        "SELECT state, launched_at, ended_at FROM marketing_measure"
    )
    assert state == "ended"
    assert (launched, ended) == (
        datetime(2026, 8, 31, 15, tzinfo=UTC), datetime(2026, 9, 30, 15, tzinfo=UTC)
    )  # fmt: skip
    (found,) = lists_reading.of_measure(t, one.new.uid)
    assert (found.counts.treated, found.counts.control, found.channel) == (3, 0, "dm")
    arms = t.rows("SELECT DISTINCT origin, arm FROM insight_arm")
    assert arms == [(f"measure:{one.new.uid}", "treated")]
    assert t.value("SELECT count(*) FROM kit_trail WHERE verb = 'inherit'") == 1


def test_its_window_is_that_of_its_own_days(t: Tx) -> None:
    """Written down long after: the first version counts as the launched one."""
    measures_inherited.inherit(t, told(t), **BY)
    found = verdicts.verdict(t, 1, at=world.NOW, wait=False)
    assert found is not None
    assert found.asked is not None
    assert (found.asked.first_on, found.asked.last_on) == (FIRST, LAST + timedelta(days=1))
    assert (found.asked.people, found.asked.is_final) == (3, True)


@pytest.mark.parametrize(
    ("other", "code", "field"),
    [
        ({"reason": " "}, "why_missing", "reason"),
        ({"evidence": ""}, "evidence_missing", "evidence"),
        ({"expected": ""}, "expected_missing", "expected"),
        ({"starts_on": None}, "days_missing", "starts_on"),
        ({"ends_on": date(2026, 11, 20)}, "bad_period", "ends_on"),
    ],
)
def test_no_why_and_no_end_is_no_measure(t: Tx, other: dict, code: str, field: str) -> None:
    """R-121 holds for what is taken over too."""
    refused = measures_inherited.inherit(t, told(t, **other), **BY)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.field) == (code, field)
    assert t.value("SELECT count(*) FROM marketing_measure") == 0


def test_a_measure_of_some_stores_is_compared_by_store(t: Tx) -> None:
    """P-29: where every part of it is for a place, the people of these places are the treated."""
    places = (
        NewPlacement(ids.new_id(), "flyer", place="shibuya"),
        NewPlacement(ids.new_id(), "flyer", place="kichijoji"),
    )
    measures_inherited.inherit(t, told(t, placements=places), **BY)
    whole = (*places[:1], NewPlacement(ids.new_id(), "sns"))
    measures_inherited.inherit(
        t, told(t, placements=tuple(replace(p, uid=ids.new_id()) for p in whole)), **BY
    )
    found = [verdicts.verdict(t, n, at=world.NOW, wait=False) for n in (1, 2)]
    ids_ = dict(t.rows("SELECT code, id FROM places_place"))
    assert [one.asked.place_ids for one in found if one and one.asked] == [
        tuple(sorted((ids_["shibuya"], ids_["kichijoji"]))), ()
    ]  # fmt: skip


def test_it_is_only_added_to_like_every_launched_measure(t: Tx) -> None:
    one = told(t)
    measures_inherited.inherit(t, one, **BY)
    refused = measures.revise(t, replace(one.new, reason="べつの理由"), n=1, **BY)
    assert isinstance(refused, Refusal)
