"""Which day it is for whoever looks: the shop's own, not the one in Greenwich."""

from datetime import date, datetime

from goen.kit import clock, home


def shop_today() -> date:
    """The day it is where the shop is."""
    return shop_day(clock.now())


def shop_day(at: datetime) -> date:
    """The day a moment falls on where the shop is."""
    return at.astimezone(clock.zone(home.current_shop().timezone)).date()
