"""Which day it is for whoever looks: the shop's own, not the one in Greenwich."""

from datetime import date

from goen.kit import clock, home


def shop_today() -> date:
    """The day it is where the shop is."""
    return clock.now().astimezone(clock.zone(home.current_shop().timezone)).date()
