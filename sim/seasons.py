"""When people shop: weekdays, holidays, paydays, year's end, gift seasons, rain, hours."""

from datetime import date, timedelta
from functools import lru_cache

import jpholiday
import numpy as np

# Monday first. Two kinds of people: those who come on weekdays and those of the weekend.
_STORE = ((0.95, 0.95, 1.0, 1.0, 1.1, 1.05, 0.95), (0.55, 0.55, 0.6, 0.65, 0.9, 1.95, 1.8))
_ONLINE = (1.05, 0.95, 0.95, 0.95, 0.9, 1.0, 1.2)
_RAIN = (0.15, 0.2, 0.3, 0.33, 0.33, 0.42, 0.38, 0.3, 0.38, 0.33, 0.25, 0.17)
# Stores are open from 10 to 20; the web shop never closes, is busiest before bed, and sleeps with
# its shoppers: who would come between one and five comes early in the morning.
_STORE_HOURS = (0.6, 0.9, 1.2, 1.0, 0.9, 1.0, 1.2, 1.3, 1.2, 0.7)
_WEB_HOURS = (
    *(0.5, 0.08, 0.01, 0.01, 0.01, 0.15, 0.49, 0.5, 0.7, 0.7, 0.8, 0.8),
    *(1.3, 0.9, 0.8, 0.8, 0.8, 0.9, 1.0, 1.3, 1.7, 2.4, 2.6, 1.8),
)
OPENS, CLOSES = 10, 20


@lru_cache(maxsize=20_000)
def is_rainy(day: date) -> bool:
    """The weather of a day in Tokyo, the same in every simulated shop."""
    return bool(np.random.default_rng([7, day.toordinal()]).random() < _RAIN[day.month - 1])


def is_open(day: date) -> bool:
    """Stores close on New Year's Day only."""
    return (day.month, day.day) != (1, 1)


@lru_cache(maxsize=20_000)
def is_payday(day: date) -> bool:
    """The 25th, or the Friday before a weekend's 25th, and the two days after."""
    for back in range(3):
        paid = day - timedelta(days=back)
        due = date(paid.year, paid.month, 25)
        if paid == due - timedelta(days=max(0, due.weekday() - 4)):
            return True
    return False


@lru_cache(maxsize=20_000)
def store_weight(day: date, *, weekender: bool) -> float:
    """How many come to a store on a day, 1.0 being an ordinary one."""
    if not is_open(day):
        return 0.0
    free = jpholiday.is_holiday(day) and day.weekday() < 5
    weight = _STORE[weekender][6 if free else day.weekday()]
    weight *= (1.3 if is_payday(day) else 1.0) * (0.8 if is_rainy(day) else 1.06)
    return weight * _season(day)


@lru_cache(maxsize=20_000)
def online_weight(day: date) -> float:
    """The same for the web shop: rain helps it."""
    weight = _ONLINE[day.weekday()] * (1.15 if is_payday(day) else 1.0)
    return weight * (1.12 if is_rainy(day) else 0.97) * _season(day)


def _season(day: date) -> float:
    key = (day.month, day.day)
    if key >= (12, 20):
        return 1.18
    if key <= (1, 5):
        return 1.1
    if (6, 15) <= key <= (7, 15) or (11, 20) <= key < (12, 20):
        return 1.06  # お中元 and お歳暮
    return 0.97 if day.month == 2 else 1.0


def store_second(draw: np.ndarray) -> np.ndarray:
    """Seconds of the day inside opening hours, from uniform draws."""
    return _second(draw, _STORE_HOURS, OPENS)


def web_second(draw: np.ndarray) -> np.ndarray:
    """Seconds of the day on the web."""
    return _second(draw, _WEB_HOURS, 0)


def _second(draw: np.ndarray, hours: tuple[float, ...], first: int) -> np.ndarray:
    edges = np.concatenate([[0.0], np.cumsum(hours)]) / sum(hours)
    return (
        (np.interp(draw, edges, np.arange(len(hours) + 1) + first) * 3600 - 1)
        .astype(np.int64)
        .clip(first * 3600)
    )
