"""A page's day is the shop's own."""

import dataclasses
from datetime import UTC, date, datetime

import pytest

from goen.doors.console import days
from goen.kit import clock, home


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Tokyo", 21), ("UTC", 20), ("America/New_York", 20)]
)
def test_after_midnight_here_it_is_tomorrow_here(
    monkeypatch: pytest.MonkeyPatch, zone: str, day: int
) -> None:
    shop = dataclasses.replace(home.current_shop(), timezone=zone)
    monkeypatch.setattr(home, "current_shop", lambda: shop)
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 11, 20, 16, 0, tzinfo=UTC))
    assert days.shop_today() == date(2026, 11, day)
