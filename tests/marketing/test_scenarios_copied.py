"""A scenario again as a draft of its own, also of one that has begun (R-082)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from goen.kit import ids
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import queries, scenarios, scenarios_copying
from goen.marketing.scenario import Kept, ScenarioShown
from goen.marketing.scenarios_loading import read
from tests import world
from tests.marketing import posting, scenes
from tests.marketing.measuring import BY
from tests.marketing.scenes import step

TODAY = (world.NOW + timedelta(days=40)).date()


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    posting.open_post(t)
    scenes.nobody_held_out(t)
    return t


def copied(t: Tx, number: int, uid: UUID | None = None) -> Any:
    given: dict[str, Any] = {"title": "お礼の写し", "today": TODAY, **BY}
    return scenarios_copying.copy(t, number, uid or ids.new_id(), **given)


def told(one: ScenarioShown) -> list[tuple[str, dict[str, Any]]]:
    """What the steps say, with branches by the place they lead to."""
    place = {str(each.uid): each.n for each in one.steps}
    return [
        (each.kind, {k: place.get(v, v) if k == "else_to" else v for k, v in each.says.items()})
        for each in one.steps
    ]


def test_of_one_that_has_begun_a_draft_is_made_that_says_the_same(shop: Tx) -> None:
    who = posting.persons(shop, posting.willing(shop, 2))
    late = ids.new_id()
    flow = [
        step("mail", coupon=False), step("wait", days=2, hour=10),
        step("ask", test="opened", go_on="yes", else_to=str(late)), step("mail", subject="続き"),
        step("task", late),
    ]  # fmt: skip
    number = scenes.begun(
        shop, flow, measure=scenes.among(who), priority=7, reentry_days=90, patience_days=5,
        exit_when="",
    )  # fmt: skip
    scenes.enter(shop, number)
    answer = copied(shop, number)
    assert isinstance(answer, Kept)
    first, second = read(shop, number), read(shop, answer.number)
    assert first is not None
    assert second is not None
    assert (first.state, second.state) == ("running", "draft")
    assert told(second) == told(first)
    assert not {each.uid for each in first.steps} & {each.uid for each in second.steps}
    assert {each.message_id for each in first.steps if each.message_id}.isdisjoint(
        {each.message_id for each in second.steps}
    ), "its mails are its own"
    for name in ("trigger", "priority", "reentry_days", "patience_days", "exit_when", "conditions"):
        assert getattr(second, name) == getattr(first, name), name
    before, after = queries.measure(shop, number), queries.measure(shop, answer.number)
    assert before is not None
    assert after is not None
    assert (after.reason, after.evidence, after.builds_on) == (
        before.reason, before.evidence, (number,),
    )  # fmt: skip
    assert after.starts_on == TODAY
    assert before.starts_on is not None
    assert before.ends_on is not None
    assert after.ends_on == TODAY + (before.ends_on - before.starts_on)
    assert [one.axis for one in after.placements] == [one.axis for one in before.placements]
    assert scenarios.lacks(shop, answer.number, at=world.NOW + timedelta(days=40)) == []
    scenes.enter(shop, number, at=world.NOW)
    assert scenes.where(shop, answer.number) == {}, "nobody enters a draft"


def test_the_same_press_again_is_the_same_copy(shop: Tx) -> None:
    number, uid = scenes.drafted(shop, [step("task")]), ids.new_id()
    first, again = copied(shop, number, uid), copied(shop, number, uid)
    assert (first.number, again.number, again.repeated) == (number + 1, number + 1, True)
    one = read(shop, number + 1)
    assert one is not None
    assert len(one.steps) == 1


def test_nothing_is_left_of_a_copy_that_is_refused(
    shop: Tx, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert copied(shop, 99).code == "unknown_scenario"
    number = scenes.drafted(shop, [step("task"), step("task")])
    monkeypatch.setattr("goen.marketing.scenarios_steps.MOST_STEPS", 1)
    answer = copied(shop, number)
    assert isinstance(answer, Refusal)
    assert answer.code == "out_of_bounds"
    assert queries.measure(shop, number + 1) is None
