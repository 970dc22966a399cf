"""Until when a shop's data go, where that is long ago: said on every page instead of looking dead.

Promises: windows move with the newest sale, so a shop whose sales ended years ago shows its last
weeks; this says which. A shop that sells says nothing.
"""

from datetime import date, timedelta

from django.core.cache import cache

from goen.doors.say import say
from goen.insight import queries as insight
from goen.kit import home
from goen.kit.db import tx

QUIET = timedelta(days=14)
"""A shop without a sale for longer than this has ended, or has not sent anything for long."""
KEPT_S = 60


def sentence() -> str:
    """The words for the head of a page; empty while the shop sells."""
    last_on = _last_on()
    if last_on is None:
        return ""
    return say(
        "データは{day}までです。期間の数字は、その日から数えています。",
        "Data until {day}. Periods are counted back from that day.",
        day=say(
            "{y}年{m}月{d}日",
            "{d} {name} {y}",
            y=last_on.year,
            m=last_on.month,
            d=last_on.day,
            name=f"{last_on:%b}",
        ),
    )


def _last_on() -> date | None:
    """The day of the newest sale, where that is long ago; remembered for a minute."""
    key = f"data-until-{home.current_shop_name()}"
    known = cache.get(key)
    if known is None:
        with tx() as t:
            found = insight.ltv(t)
            today = insight.today(t)
        last_on = found.period.last_on if found else None
        is_old = last_on is not None and today - last_on > QUIET
        known = last_on if is_old else False
        cache.set(key, known, KEPT_S)
    return known or None
