"""The effect of something that people were assigned to: what is asked, and what is answered.

Promises: everything that decides the answer stands in the question (who, from when to when, planned
shares), so that the same question has the same answer on the same lake; the answer counts all
purchases of everybody assigned, whether they noticed anything or not.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from goen.insight import queries
from goen.insight.effect.balance import SampleRatio
from goen.insight.effect.readings import Reading
from goen.insight.effects_alike import Alike
from goen.insight.questions import Question
from goen.kit import clock
from goen.kit.db import Tx, aside

METRIC = "measure_effect"
QUIET = timedelta(days=14)
"""Without a sale for longer than this, a shop's data have ended."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The effect of `origin` on the profit of the people assigned to it.

    Days are business dates, both ends included: `first_on` … `last_on` is the window, fixed before
    the start; `until` is how far it has passed, a day more than `last_on` when it is over. Shares
    are the planned ones of 0…1: `control` of those who are not held out, `holdout` of everybody.
    `people` is how many were assigned. `sku_ids` are the goods it is about, for the comparison
    without a list; `place_ids` the stores it is for, where it is not for all.
    """

    origin: str
    first_on: date
    last_on: date
    until: date
    people: int
    control: float = 0.0
    holdout: float = 0.0
    sku_ids: tuple[int, ...] = ()
    place_ids: tuple[int, ...] = ()

    @property
    def days(self) -> int:
        """How long the window is."""
        return (self.last_on - self.first_on).days + 1

    @property
    def passed(self) -> int:
        """How many of its days have been counted."""
        return max(0, (min(self.until, self.last_on) - self.first_on).days + 1)

    def known_by(self, last_on: date) -> "Asked":
        """The same as far as data go that ended on `last_on`: days without any data do not count.

        A shop that sells tells of its last days a little later: that is no end.
        """
        ended = last_on < self.last_on and self.until - last_on > QUIET
        return replace(self, until=last_on) if ended else self

    @property
    def is_final(self) -> bool:
        """Whether the whole window is over."""
        return self.until > self.last_on

    @property
    def before_on(self) -> date:
        """The first day of the time before that is compared with: as long as what has passed."""
        return self.first_on - timedelta(days=max(1, self.passed))

    def planned(self, against: str) -> dict[str, float] | None:
        """The planned shares of the treated and of those they are compared with; None if unknown.

        Of these two only: who is held out of everything is never written to too often, so that
        their share of a list may rightly differ.
        """
        treated = (1 - self.holdout) * (1 - self.control)
        other = {"control": (1 - self.holdout) * self.control, "holdout": self.holdout}
        share = other.get(against, 0.0)
        return {"treated": treated, against: share} if treated and share else None

    @property
    def question(self) -> Question:
        """What is put to the analyst."""
        named = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in ("sku_ids", "place_ids"):
            named[name] = ",".join(map(str, named[name]))
        return Question(METRIC, urlencode(named))

    @staticmethod
    def parse(params: str) -> "Asked":
        """The question a stored text stands for."""
        given = {name: values[0] for name, values in parse_qs(params).items()}
        days = {name: date.fromisoformat(given[name]) for name in ("first_on", "last_on", "until")}
        return Asked(
            given["origin"],
            **days,
            people=int(given["people"]),
            control=float(given["control"]),
            holdout=float(given["holdout"]),
            sku_ids=_numbers(given.get("sku_ids", "")),
            place_ids=_numbers(given.get("place_ids", "")),
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, filter(None, text.split(","))))


@dataclass(frozen=True, slots=True)
class ArmResult:
    """What an arm's people did in the window; `buyers` bought at least once. Minor units."""

    name: str
    people: int
    buyers: int
    receipts: int
    profit_minor: float
    before_minor: float

    @property
    def mean_minor(self) -> float | None:
        """Profit per person assigned, those who bought nothing included."""
        return self.profit_minor / self.people if self.people else None

    @property
    def before_mean_minor(self) -> float | None:
        """The same of the time before."""
        return self.before_minor / self.people if self.people else None


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """The part of the effect that came by one kind of channel; the parts sum to the whole."""

    kind: str
    treated_mean: float
    against_mean: float
    reading: Reading


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """The treated people's profit per person before and in the window, with nobody to compare.

    The difference is not the effect: season, habit and everything else are in it.
    """

    people: int
    before_mean: float
    after_mean: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class GoodsBeforeAfter:
    """All sales of the goods it is about (of everything, where it names none), before and in it."""

    before_minor: float
    after_minor: float
    before_units: int
    after_units: int


@dataclass(frozen=True, slots=True)
class PersonResult:
    """One person assigned: arm, profit in the window and before, receipts in the window."""

    person_id: int
    arm: str
    profit_minor: float
    before_minor: float
    receipts: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known of an effect so far; `until` is the last day that was counted.

    `plain` and `cuped` compare treated with `against` (control, or holdout where there is no
    control; empty where there is nobody), and `sample_ratio` is of these two. `holdout` compares
    with those who hear of nothing at all, where the control is there too. `conflicts` are people
    who were merged out of different arms and kept the first. `people` are those who bought most,
    some of each arm.
    """

    before_on: date
    until: date
    elapsed: float
    is_final: bool
    currency: str
    arms: tuple[ArmResult, ...]
    against: str
    plain: Reading | None
    cuped: Reading | None
    reduction: float | None
    holdout: Reading | None
    channels: tuple[ChannelResult, ...]
    before_after: BeforeAfter | None
    goods: GoodsBeforeAfter
    sample_ratio: SampleRatio
    conflicts: int
    people: tuple[PersonResult, ...]
    alike: Alike | None = None

    @property
    def reading(self) -> Reading | None:
        """The reading that counts: CUPED's where the time before says something."""
        return self.cuped or self.plain

    def arm(self, name: str) -> ArmResult | None:
        """One arm's figures, or None where nobody is in it."""
        return next((one for one in self.arms if one.name == name), None)


def effect(tx: Tx, asked: Asked, *, wait: bool = True) -> tuple[Effect, datetime] | None:
    """The answer and the moment it is true of; None before the first one, or without any sale.

    `wait` asks the analyst anew where the stored answer is not of the newest lake; else an answer
    that nobody has asked for yet is ordered for the next time.
    """
    read = queries.answer if wait else queries.stored
    found = read(tx, asked.question)
    if found is None and not wait:
        _order(asked.question)
    if found is None or found[0] is None:
        return None
    return msgspec.convert(found[0], Effect), found[1]


def _order(question: Question) -> None:
    """Have the analyst answer when it comes to it."""
    if queries.analyst_is_there():
        aside(
            "INSERT INTO insight_question (metric, params, asked_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [question.metric, question.params, clock.now()],
        )


def as_value(found: Effect) -> Any:
    """An answer as it is stored."""
    return msgspec.to_builtins(found)
