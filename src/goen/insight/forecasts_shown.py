"""Forecast, back-test and equity as the plain values that are stored for the pages.

The 80 % range of a sum over people has two parts: chance in each person, and how far the whole
was off in the back-test (root mean square over its origins). Both are squared and added.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import sqrt
from typing import Any

import numpy as np

from goen.insight.equity import Bridge
from goen.insight.forecast.choosing import CANDIDATES, Candidate, Choice
from goen.insight.forecast.counts import WEEK
from goen.insight.forecast.history import Seen
from goen.insight.forecast.outlook import Basis, Outlook, total
from goen.insight.forecast.spend import independence
from goen.insight.ltv import Z80
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Told:
    """A forecast at one origin."""

    model: Candidate
    basis: Basis
    known: Seen
    outlook: Outlook

    @property
    def total(self) -> float:
        """What everybody together is expected to bring."""
        return float(self.outlook.value.sum())


def model(told: Told | Refusal, choice: Choice, mark: Mapping[str, Any]) -> dict[str, Any]:
    """Which model foretells and what it says of everybody; or what is missing for one."""
    if isinstance(told, Refusal):
        return {"mark": mark, "status": told.code, "detail": dict(told.detail)}
    fit, spend, known = told.basis.fit, told.basis.spend, told.known
    people, off = len(known.who), typical_error(choice, told.model)
    related = independence(known.x, known.spend)
    half = Z80 * _deviation(told, told.total, 1.0, off)
    return {
        "mark": mark,
        "status": "ok",
        "model": told.model.code,
        "title": told.model.title,
        "params": fit.params,
        "log_likelihood": fit.log_likelihood,
        "people": people,
        "repeaters": int((known.x > 0).sum()),
        "still": float(told.outlook.alive.sum()),
        "purchases": float(told.outlook.purchases.sum()),
        "spend": asdict(spend),
        "kept": told.basis.kept,
        "off": off,
        "mean_minor": told.total / people,
        "low_minor": (told.total - half) / people,
        "high_minor": (told.total + half) / people,
        "months": list(_months(told, mark, off)),
        "season": _season(told),
        "independence": None if related is None else asdict(related),
    }


def backtest(choice: Choice) -> dict[str, Any]:
    """Every candidate at every origin, and the winner's tenths at the latest."""
    trials = [
        {
            "model": trial.candidate.code,
            "title": trial.candidate.title,
            "origin_on": date.fromordinal(trial.origin).isoformat(),
            "until_on": date.fromordinal(trial.until).isoformat(),
            **{name: getattr(trial.score, name) for name in _FIGURES},
            "tenths": [asdict(tenth) for tenth in trial.score.tenths],
        }
        for trial in choice.trials
    ]
    scores = {candidate.code: choice.score(candidate) for candidate in CANDIDATES}
    return {
        "winner": choice.winner.code,
        "title": choice.winner.title,
        "trials": trials,
        "scores": {code: score for code, score in scores.items() if score is not None},
    }


def equity(
    now: Told, choice: Choice, bridge: Bridge | None, then_on: date, last_on: date
) -> dict[str, Any]:
    """Customer equity with its range, and the bridge from the last month's end, if there is one."""
    half = Z80 * _deviation(now, now.total, 1.0, typical_error(choice, now.model))
    return {
        "total_minor": now.total,
        "low_minor": now.total - half,
        "high_minor": now.total + half,
        "people": len(now.known.who),
        "still": float(now.outlook.alive.sum()),
        "then_on": then_on.isoformat(),
        "last_on": last_on.isoformat(),
        "bridge": None if bridge is None else asdict(bridge),
    }


def typical_error(choice: Choice, winner: Candidate) -> float:
    """The root mean square of the total's relative error over the origins; 0 without any."""
    errors = [t.score.error for t in choice.of(winner) if t.score.error is not None]
    return sqrt(float(np.mean(np.square(errors)))) if errors else 0.0


_FIGURES = (
    "people", "actual", "predicted", "error", "mae", "naive_mae", "crps", "coverage_80",
    "coverage_90", "pit_coverage_80", "pit_coverage_90",
)  # fmt: skip


def _deviation(told: Told, whole: float, share: float, off: float) -> float:
    """Of a sum `whole` that is `share` of the horizon's chance."""
    chance = float(np.square(told.outlook.deviation).sum()) * share
    return sqrt(chance + (off * whole) ** 2)


def _months(told: Told, mark: Mapping[str, Any], off: float) -> list[dict[str, Any]]:
    """The expected value per person up to each month's end within the horizon, and its last day."""
    origin = date.fromisoformat(mark["origin_on"])
    last = origin + timedelta(days=mark["horizon_days"])
    ends = [end for end in _month_ends(origin, last) if end > origin] + [last]
    found, people = [], len(told.known.who)
    for end in dict.fromkeys(ends):
        whole = total(told.basis, told.known, end.toordinal())
        half = Z80 * _deviation(told, whole, whole / told.total if told.total else 0.0, off)
        found.append(
            {
                "on": end.isoformat(),
                "mean_minor": whole / people,
                "low_minor": (whole - half) / people,
                "high_minor": (whole + half) / people,
            }
        )
    return found


def _month_ends(first: date, last: date) -> list[date]:
    ends, at = [], first.replace(day=1)
    while at <= last:
        at = (at + timedelta(days=32)).replace(day=1)
        ends.append(at - timedelta(days=1))
    return [end for end in ends if end <= last]


def _season(told: Told) -> list[float] | None:
    """How many times as much as usual is bought in each week of the year, from January."""
    hands, since = told.basis.clock.hands, told.basis.clock.since
    if hands is None:
        return None
    from goen.insight.forecast.season import WEEKS, week_of_year

    pace = np.diff(hands) * WEEK
    week = week_of_year(since + 1, since + len(pace))
    return [float(pace[week == at].mean()) for at in range(WEEKS)]
