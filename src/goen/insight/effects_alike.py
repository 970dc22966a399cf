"""Where nobody drew lots: the treated beside people who were alike before, as it is answered.

Promises: the days matched on, the days compared with and the days of the measure never overlap and
follow from the question and the first day of the data alone; whatever is answered here is called
"not drawn by lot" wherever it is shown.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from goen.insight.effect.changes import Estimate
from goen.insight.effect.matching import Balance

LEAST_DAYS = 14
"""Shorter than this nothing is known of anybody's habit."""
MOST_DAYS = 366
"""Older purchases say little of how somebody buys now."""

Basis = Literal["list", "places"]
WhyNot = Literal["", "no_history", "nobody", "nobody_alike"]


@dataclass(frozen=True, slots=True)
class Spans:
    """Days, both ends included: matched on `known`, compared with `base`, counted in `after`."""

    known_on: date
    base_on: date
    first_on: date
    last_on: date

    @property
    def base_days(self) -> int:
        """How long the days compared with are."""
        return (self.first_on - self.base_on).days

    @property
    def known_days(self) -> int:
        """How long the days matched on are."""
        return (self.base_on - self.known_on).days

    @property
    def days(self) -> int:
        """How long the counted days are."""
        return (self.last_on - self.first_on).days + 1

    @property
    def scale(self) -> float:
        """What an amount of the days compared with is in as many days as are counted."""
        return self.days / self.base_days


def spans(first_on: date, last_on: date, data_from: date) -> Spans | None:
    """The days for what lasted from `first_on` to `last_on`; None where too few lie before.

    As many days before are compared with as are counted, if that leaves `LEAST_DAYS` to match on.
    """
    before = min((first_on - data_from).days, 2 * MOST_DAYS)
    if before < 2 * LEAST_DAYS:
        return None
    counted = (last_on - first_on).days + 1
    base = min(max(counted, LEAST_DAYS), before - LEAST_DAYS)
    known = min(before - base, MOST_DAYS)
    base_on = first_on - timedelta(days=base)
    return Spans(base_on - timedelta(days=known), base_on, first_on, last_on)


@dataclass(frozen=True, slots=True)
class WeekGap:
    """A week from `first_on`: profit per person, minor units; `gap` is treated less others."""

    first_on: date
    treated: float
    others: float
    gap: Estimate | None


@dataclass(frozen=True, slots=True)
class Alike:
    """The treated beside people alike. Profit per person in minor units, over the counted days.

    `basis` says who is treated: those of the `list`, or those whose main store is one of the
    measure's `places`. `treated` are all of them, `others` everybody else who bought before; the
    estimates say how many are compared. `plain` compares without matching, `matched` what was
    bought after, `changed` the difference in differences; `placebo` is the last for the days before
    as if it had begun on `placebo_on`, where nothing had; `drift` how much faster per week the
    treated's purchases rose before. Each is None where it cannot be told; `why_not` says why there
    is nothing.
    """

    basis: Basis
    treated: int
    others: int
    spans: Spans | None = None
    plain: Estimate | None = None
    matched: Estimate | None = None
    changed: Estimate | None = None
    placebo: Estimate | None = None
    placebo_on: date | None = None
    drift: Estimate | None = None
    balance: tuple[Balance, ...] = ()
    weeks: tuple[WeekGap, ...] = ()
    why_not: WhyNot = ""

    @property
    def share_matched(self) -> float | None:
        """The part of the treated who have somebody alike."""
        return self.changed.people / self.treated if self.changed and self.treated else None

    @property
    def is_doubtful(self) -> bool:
        """Whether the days before already tell the two apart: then the change proves nothing."""
        return any(one is not None and one.is_clear for one in (self.placebo, self.drift))
