"""Mail that the shop's own settings keep from leaving: waited for, then gone on without (R-082)."""

from datetime import timedelta

import pytest

from goen.kit import settings
from goen.kit.db import Tx
from goen.marketing import scenarios_reading
from goen.marketing.scenarios_reading import Unsent
from goen.marketing.scenarios_rules import Hold, Leave, Skip, unsent
from tests import world
from tests.marketing import posting, scenes
from tests.marketing.measuring import BY
from tests.marketing.scenes import step

NOW = world.NOW
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def shop(tx_db: None) -> Tx:
    t = Tx()
    world.open_shop(t)
    posting.open_post(t)
    scenes.nobody_held_out(t)
    return t


def without_address(t: Tx) -> None:
    assert settings.write(t, "mail.postal_address", "", **BY) is None


@pytest.mark.parametrize(
    ("since", "goes_on", "patience", "move"),
    [
        (None, True, 14, Hold("mail", NOW + HOUR)),
        (NOW - 3 * DAY + HOUR, True, 14, Hold("mail", NOW + HOUR)),
        (NOW - 3 * DAY, True, 14, Skip("footer_missing")),
        (NOW - 3 * DAY, False, 14, Leave("footer_missing")),
        (NOW - DAY, True, 1, Skip("footer_missing")),
    ],
)
def test_it_is_tried_for_three_days_or_as_long_as_the_scenario_waits(
    since: object, goes_on: bool, patience: int, move: object
) -> None:
    given = {"at": NOW, "since": since, "patience_days": patience, "goes_on": goes_on}
    assert unsent("footer_missing", **given) == move  # type: ignore[arg-type]


def test_an_unknown_reason_is_told_as_one() -> None:
    move = unsent("odd", at=NOW, since=NOW - 4 * DAY, patience_days=14, goes_on=True)
    assert move == Skip("mail_unsent")


def test_then_they_go_on_as_if_it_had_found_no_answer(shop: Tx) -> None:
    """Not opened: the store says hello instead, as the flow has it for those who do not answer."""
    who = posting.persons(shop, posting.willing(shop, 1))
    flow = [
        step("mail"), step("wait", days=1), step("ask", test="opened", go_on="no"), step("task"),
    ]  # fmt: skip
    number = scenes.begun(shop, flow, measure=scenes.among(who))
    scenes.enter(shop, number)
    without_address(shop)
    for hours in (0, 1, 71):
        scenes.walk(shop, NOW + timedelta(hours=hours))
        assert scenes.where(shop, number) == {who[0]: "waiting:mail:1"}, hours
    found = scenarios_reading.unsent(shop, scenes.id_of(shop, number))
    assert (found.waiting, found.since, found.by_cause) == (1, NOW, {})
    scenes.walk(shop, NOW + 3 * DAY)
    assert scenes.where(shop, number) == {who[0]: "going:3"}, "the mail is passed over"
    scenes.walk(shop, NOW + 5 * DAY)
    assert scenes.where(shop, number) == {who[0]: "done"}
    assert [what for _, _, what in scenes.outcomes(shop, number)] == [
        "skipped:footer_missing", "done", "no", "done",
    ]  # fmt: skip
    after = scenarios_reading.unsent(shop, scenes.id_of(shop, number))
    assert after == Unsent(0, None, None, {"footer_missing": 1})


def test_whom_nothing_else_reaches_leaves_with_the_reason(shop: Tx) -> None:
    who = posting.persons(shop, posting.willing(shop, 1))
    number = scenes.begun(shop, [step("mail"), step("wait", days=1)], measure=scenes.among(who))
    scenes.enter(shop, number)
    without_address(shop)
    for at in (NOW, NOW + 3 * DAY):
        scenes.walk(shop, at)
    assert scenes.where(shop, number) == {who[0]: "left:footer_missing"}
    told = shop.rows("SELECT outcome FROM marketing_decision WHERE rule = 'scenario-1' ORDER BY id")
    assert [one for (one,) in told][-2:] == ["waits:mail", "left:footer_missing"]


def test_who_waited_for_others_before_is_tried_as_long_as_anybody(shop: Tx) -> None:
    who = posting.persons(shop, posting.willing(shop, 1))
    first = scenes.begun(
        shop, [step("wait", days=9), step("task")], measure=scenes.among(who), priority=1
    )
    second = scenes.begun(shop, [step("mail"), step("task")], measure=scenes.among(who), priority=2)
    for number in (first, second):
        scenes.enter(shop, number)
    without_address(shop)
    scenes.walk(shop, NOW)
    assert scenes.where(shop, second) == {who[0]: "waiting:priority:1"}
    scenes.walk(shop, NOW + 9 * DAY)  # the first is over, the second tries
    scenes.walk(shop, NOW + 9 * DAY)
    assert scenes.where(shop, second) == {who[0]: "waiting:mail:1"}
    scenes.walk(shop, NOW + 11 * DAY)
    assert scenes.where(shop, second) == {who[0]: "waiting:mail:1"}, "two days is not three"
    scenes.walk(shop, NOW + 12 * DAY)
    assert scenes.where(shop, second) == {who[0]: "done"}
