"""The one clock: `recorded_at` is always ours, `occurred_at` is what somebody claims.

Doors read the clock once and hand the instant down; nothing below a door reads it again,
and no SQL says `now()`. A test passes its own instant.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

AHEAD = timedelta(minutes=10)
"""How far a claimed instant may lie in the future before it is refused."""

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The named time zone; unknown names raise `ZoneInfoNotFoundError`."""
    return ZoneInfo(name)


def business_date(instant: datetime, *, timezone: str, day_change_hour: int) -> date:
    """The day an instant is booked on: a shop open past midnight still counts yesterday."""
    local = instant.astimezone(zone(timezone))
    return (local - timedelta(hours=day_change_hour)).date()


def is_plausible(occurred_at: datetime, recorded_at: datetime) -> bool:
    """Whether a claimed instant can be believed: not in the future, not absurdly old."""
    return EARLIEST <= occurred_at <= recorded_at + AHEAD
