"""The business day of an instant, and which claimed times are believed."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goen.kit import clock

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("local", "change", "day"),
    [
        ((2026, 11, 20, 23, 59), 0, date(2026, 11, 20)),
        ((2026, 11, 21, 0, 0), 0, date(2026, 11, 21)),
        ((2026, 11, 21, 4, 59), 5, date(2026, 11, 20)),
        ((2026, 11, 21, 5, 0), 5, date(2026, 11, 21)),
        ((2027, 1, 1, 2, 0), 5, date(2026, 12, 31)),
    ],
)
def test_a_shop_open_past_midnight_still_counts_yesterday(local, change, day):
    instant = datetime(*local, tzinfo=TOKYO).astimezone(UTC)
    assert clock.business_date(instant, timezone="Asia/Tokyo", day_change_hour=change) == day


@given(st.datetimes(timezones=st.timezones()).filter(lambda instant: 1 < instant.year < 9999))
def test_the_day_does_not_depend_on_the_zone_a_time_is_written_in(instant):
    days = {
        clock.business_date(one, timezone="Asia/Tokyo", day_change_hour=0)
        for one in (instant, instant.astimezone(UTC), instant.astimezone(TOKYO))
    }
    assert days == {instant.astimezone(TOKYO).date()}


@pytest.mark.parametrize(
    ("claimed", "believed"),
    [
        (NOW, True), (NOW + clock.AHEAD, True), (clock.EARLIEST, True),
        (NOW + clock.AHEAD + timedelta(microseconds=1), False),
        (clock.EARLIEST - timedelta(microseconds=1), False),
        (datetime.max.replace(tzinfo=TOKYO), False), (datetime.min.replace(tzinfo=TOKYO), False),
    ],
)  # fmt: skip
def test_the_future_and_the_distant_past_are_not_believed(claimed, believed):
    assert clock.is_plausible(claimed, NOW) is believed


def test_an_unknown_zone_is_an_error_of_ours():
    with pytest.raises(ZoneInfoNotFoundError):
        clock.zone("Asia/Edo")
