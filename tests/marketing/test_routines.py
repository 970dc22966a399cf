"""On which days a routine is asked for: against a plain look at every day (R-083)."""

from calendar import monthrange
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goen.marketing.routines import (
    LAST,
    Period,
    Rhythm,
    asked_on,
    days_of,
    due_by,
    first_asked,
    is_business_day,
    periods,
    state_of,
)

DAY = timedelta(days=1)
RHYTHMS = st.builds(
    Rhythm,
    st.sampled_from(["week", "month"]),
    weekday=st.integers(0, 6),
    month_day=st.integers(1, 31),
    moves=st.booleans(),
    days=st.integers(0, 6),
)
CALM = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no finding."""
DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


def named(rhythm: Rhythm, day: date) -> bool:
    """Whether the rhythm names a day: said once more, day by day."""
    if rhythm.every == "week":
        return day.isoweekday() == rhythm.weekday + 1
    length = monthrange(day.year, day.month)[1]
    return day.day == rhythm.month_day or (day.day == length and rhythm.month_day > length)


@CALM
@given(RHYTHMS, DAYS)
def test_every_day_the_rhythm_names_and_no_other(rhythm: Rhythm, since: date) -> None:
    found = list(islice(days_of(rhythm, since), 8))
    looked = [day for n in range(300) if named(rhythm, day := since + n * DAY)]
    assert found == looked[:8]


@CALM
@given(RHYTHMS, DAYS)
def test_turns_are_in_order_and_each_is_over_before_the_next_begins(
    rhythm: Rhythm, since: date
) -> None:
    found = list(islice(periods([(since, rhythm)], since), 6))
    for one, after in pairwise(found):
        assert one.asked_on <= one.period_on < after.period_on
        assert one.asked_on <= one.due_on <= one.ends_on
        assert one.ends_on == max(one.due_on, after.asked_on - DAY)
        assert one.due_on - one.asked_on == rhythm.days * DAY
        if rhythm.moves:
            assert is_business_day(one.asked_on)
        else:
            assert one.asked_on == one.period_on


@pytest.mark.parametrize(
    ("day", "japan", "open_"),
    [
        (date(2026, 11, 20), True, True),
        (date(2026, 11, 21), True, False),  # Saturday
        (date(2026, 11, 23), True, False),  # Labour Thanksgiving Day
        (date(2026, 11, 23), False, True),
        (date(2026, 12, 31), True, False),
        (date(2027, 1, 4), True, True),
    ],
)
def test_a_business_day_is_one_where_the_shop_is(day: date, japan: bool, open_: bool) -> None:
    assert is_business_day(day, japan=japan) is open_


@pytest.mark.parametrize(
    ("rhythm", "day", "asked"),
    [
        (Rhythm("week", moves=True), date(2026, 11, 23), date(2026, 11, 20)),
        (Rhythm("week"), date(2026, 11, 23), date(2026, 11, 23)),
        (Rhythm("month", month_day=LAST, moves=True), date(2026, 12, 31), date(2026, 12, 30)),
        (Rhythm("month", month_day=LAST, moves=True), date(2026, 5, 31), date(2026, 5, 29)),
    ],
)
def test_a_day_of_rest_moves_to_the_business_day_before(
    rhythm: Rhythm, day: date, asked: date
) -> None:
    assert asked_on(rhythm, day) == asked


def test_the_last_day_is_every_month_s_own() -> None:
    last = list(islice(days_of(Rhythm("month", month_day=LAST), date(2028, 1, 1)), 4))
    assert last == [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31), date(2028, 4, 30)]


def test_rules_that_change_hold_from_their_day_on() -> None:
    """Mondays until the 30th, then Wednesdays: each turn goes by the rule of its own day."""
    monday, wednesday = Rhythm("week", weekday=0, days=1), Rhythm("week", weekday=2, days=3)
    rules = [(date(2026, 11, 16), monday), (date(2026, 11, 30), wednesday)]
    found = list(islice(periods(rules, date(2026, 11, 16)), 4))
    assert [(one.period_on, one.rule) for one in found] == [
        (date(2026, 11, 16), 0), (date(2026, 11, 23), 0), (date(2026, 12, 2), 1),
        (date(2026, 12, 9), 1),
    ]  # fmt: skip
    assert found[1].ends_on == date(2026, 12, 1), "it runs until the next is asked for"
    again = [*rules, (date(2026, 11, 30), Rhythm("week", weekday=4))]
    assert [one.period_on for one in islice(periods(again, date(2026, 11, 24)), 1)] == [
        date(2026, 12, 4)
    ], "a rule that nothing was asked for by is gone"


@CALM
@given(RHYTHMS, DAYS, st.integers(0, 90))
def test_what_is_due_by_a_day_is_all_that_was_asked_for(
    rhythm: Rhythm, since: date, days: int
) -> None:
    today, rules = since + days * DAY, [(since, rhythm)]
    found = due_by(rules, since, today=today, most=100)
    every: list[Period] = list(islice(periods(rules, since), 20))
    assert found == [one for one in every if one.asked_on <= today]
    after = first_asked(rules, since, asked_from=today)
    assert after == next(one for one in every if one.asked_on >= today)


@pytest.mark.parametrize(
    ("closed_as", "closed_on", "today", "state"),
    [
        ("", None, date(2026, 11, 20), "open"),
        ("", None, date(2026, 11, 21), "missed"),
        ("done", date(2026, 11, 20), date(2026, 12, 9), "done"),
        ("done", date(2026, 11, 21), date(2026, 12, 9), "late"),
        ("excused", date(2026, 11, 25), date(2026, 12, 9), "excused"),
    ],
)
def test_missed_is_neither_done_nor_excused_after_the_due_day(
    closed_as: str, closed_on: date | None, today: date, state: str
) -> None:
    due = date(2026, 11, 20)
    assert state_of(due_on=due, closed_as=closed_as, closed_on=closed_on, today=today) == state
