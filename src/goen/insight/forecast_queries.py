"""Reading what was foretold: of a person, of everybody, how it did before, and equity's moves.

A page never computes: these are the analyst's stored results, each with the day it is true of.
Where the shop's data carry no forecast the answer says what is missing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goen.insight.queries import STILL_REACHED, stored
from goen.insight.questions import BACKTEST, EQUITY, LTV_MODEL
from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is expected of one person within the horizon; ranges hold 80 %.

    `alive` is the probability that they are still a customer; `next_on` the day by which they come
    again with even chance, None where that is not within the horizon.
    """

    person_id: int
    alive: float
    purchases: float
    purchases_low: float
    purchases_high: float
    profit_minor: int
    profit_low_minor: int
    profit_high_minor: int
    next_on: date | None
    model: str

    @property
    def at_risk_minor(self) -> float:
        """What is lost if they are gone, times the chance of that; 0 for those past losing."""
        if self.alive < STILL_REACHED:
            return 0.0
        return self.profit_minor * (1 - self.alive) / self.alive


@dataclass(frozen=True, slots=True)
class MonthAhead:
    """What is expected per person, on average, from the origin to a day, with its 80 % range."""

    on: date
    mean_minor: float
    low_minor: float
    high_minor: float


@dataclass(frozen=True, slots=True)
class Independence:
    """Correlation of how often with how much, and its 95 % interval."""

    correlation: float
    low: float
    high: float
    people: int


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of everybody on average from `origin_on` for `horizon_days`.

    `still` is how many are still customers, `kept` the share of value that returns leave, `off`
    how far totals were typically off in the back-test, `season` how many times as much as usual
    is bought in each week of the year.
    """

    model: str
    title: str
    params: Mapping[str, float]
    origin_on: date
    horizon_days: int
    people: int
    repeaters: int
    still: float
    purchases: float
    mean_minor: float
    low_minor: float
    high_minor: float
    kept: float
    off: float
    spend: Mapping[str, float]
    months: tuple[MonthAhead, ...]
    season: tuple[float, ...] | None
    independence: Independence | None
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Missing:
    """Why nothing is foretold: a code, and how many people there are and have to be."""

    code: str
    people: int
    repeaters: int
    least_people: int
    least_repeaters: int
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Tenth:
    """A tenth of the people, by what was foretold: what they were foretold and what they did."""

    people: int
    predicted: float
    actual: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One model set back to one day and judged on what followed, in purchase days.

    `error` is (predicted − actual) ÷ actual, None where nothing was bought.
    """

    model: str
    title: str
    origin_on: date
    until_on: date
    people: int
    actual: int
    predicted: float
    error: float | None
    mae: float
    naive_mae: float
    crps: float
    coverage_80: float
    coverage_90: float
    pit_coverage_80: float
    pit_coverage_90: float
    tenths: tuple[Tenth, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """Every trial, and each model's score: its CRPS ÷ BG/NBD's, on average; less is better."""

    winner: str
    title: str
    trials: tuple[Trial, ...]
    scores: Mapping[str, float]
    as_of: datetime

    def of(self, model: str) -> tuple[Trial, ...]:
        """One model's trials, latest origin first."""
        return tuple(trial for trial in self.trials if trial.model == model)


@dataclass(frozen=True, slots=True)
class Moved:
    """How customer equity moved: start + new + lost + changed = end, in minor units."""

    start_minor: float
    new_minor: float
    lost_minor: float
    changed_minor: float
    end_minor: float
    kept_minor: float
    people_start: int
    people_new: int
    people_lost: int
    people_kept: int


@dataclass(frozen=True, slots=True)
class Equity:
    """What everybody together is expected to bring, and how that moved since `then_on`."""

    total_minor: float
    low_minor: float
    high_minor: float
    people: int
    still: float
    then_on: date
    last_on: date
    bridge: Moved | None
    as_of: datetime


_COLUMNS = (
    "person_id, alive, purchases, purchases_low, purchases_high, profit_minor, profit_low_minor,"
    " profit_high_minor, next_on, model"
)


def forecasts(tx: Tx, person_ids: Sequence[int]) -> dict[int, Forecast]:
    """What is expected of people; those of whom nothing is foretold are left out."""
    sql = f"SELECT {_COLUMNS} FROM insight_forecast WHERE person_id = ANY(%s)"
    return {row[0]: Forecast(*row) for row in tx.rows(sql, [list(person_ids)])}


def expected(tx: Tx) -> Expected | Missing | None:
    """What is expected of everybody, or why nothing is; None before the first result."""
    found = stored(tx, LTV_MODEL)
    if found is None:
        return None
    value, as_of = found
    if value["status"] != "ok":
        return _missing(value, as_of)
    related = value["independence"]
    names = (
        "model", "title", "params", "people", "repeaters", "still", "purchases", "mean_minor",
        "low_minor", "high_minor", "kept", "off", "spend",
    )  # fmt: skip
    return Expected(
        **{name: value[name] for name in names},
        origin_on=date.fromisoformat(value["mark"]["origin_on"]),
        horizon_days=value["mark"]["horizon_days"],
        months=tuple(
            MonthAhead(**{**month, "on": date.fromisoformat(month["on"])})
            for month in value["months"]
        ),
        season=None if value["season"] is None else tuple(value["season"]),
        independence=None if related is None else Independence(**related),
        as_of=as_of,
    )


def backtest(tx: Tx) -> Backtest | None:
    """The published back-test; None before the first result, or where no trial could be held."""
    found = stored(tx, BACKTEST)
    if found is None or not found[0]["trials"]:
        return None
    value, as_of = found
    trials = tuple(_trial(trial) for trial in value["trials"])
    return Backtest(value["winner"], value["title"], trials, value["scores"], as_of)


def equity(tx: Tx) -> Equity | None:
    """Customer equity; None where nothing is foretold."""
    found = stored(tx, EQUITY)
    if found is None or found[0] is None:
        return None
    value, as_of = found
    bridge = value["bridge"]
    days = {name: date.fromisoformat(value[name]) for name in ("then_on", "last_on")}
    moved = {"bridge": None if bridge is None else _moved(bridge), "as_of": as_of}
    return Equity(**{**value, **days, **moved})


def _missing(value: Mapping[str, Any], as_of: datetime) -> Missing:
    detail = value["detail"]
    names = ("people", "repeaters", "least_people", "least_repeaters")
    numbers = {name: int(detail.get(name, 0)) for name in names}
    return Missing(value["status"], **numbers, as_of=as_of)


def _trial(value: Mapping[str, Any]) -> Trial:
    days = {name: date.fromisoformat(value[name]) for name in ("origin_on", "until_on")}
    tenths = tuple(Tenth(**tenth) for tenth in value["tenths"])
    return Trial(**{**value, **days, "tenths": tenths})


def _moved(value: Mapping[str, Any]) -> Moved:
    money = {f"{name}_minor": value[name] for name in ("start", "new", "lost", "changed", "end")}
    people = {name: value[name] for name in value if name.startswith("people_")}
    return Moved(**money, kept_minor=value["kept"], **people)
