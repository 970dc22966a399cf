"""Which model predicts: the one that would have predicted best so far.

Inside the calibration period the clock is set back to several origins; at each every candidate
is fitted to what was known then and judged on the window that followed. The least CRPS wins, as a
ratio to BG/NBD's at the same origin; within a thousandth the simpler one does. The judged future
itself is never looked at.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from goen.insight.forecast.counts import PLAIN, Clock, grouped
from goen.insight.forecast.fitting import MODELS, Fit, fit
from goen.insight.forecast.history import Floats, Ints, Purchases, Seen, seen
from goen.insight.forecast.judging import Score, judge
from goen.insight.forecast.models import Model
from goen.insight.forecast.season import season_clock
from goen.kit.refusals import Refusal

ORIGINS = 3
MOST_PEOPLE = 20_000
"""More people than this are judged by as many of them, picked by their number."""
MOST_FITTED = 200_000
"""Parameters of so many people are firm (their error falls with √n); all are predicted."""
_TIE = 0.001


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model with or without season."""

    model: Model
    seasonal: bool

    @property
    def code(self) -> str:
        """For programs, such as `bg_nbd` or `bg_nbd_season`."""
        return f"{self.model.code}_season" if self.seasonal else self.model.code

    @property
    def title(self) -> str:
        """For people, such as `BG/NBD` or `BG/NBD + season`."""
        return f"{self.model.title} + season" if self.seasonal else self.model.title


CANDIDATES = tuple(
    Candidate(model, seasonal) for seasonal in (False, True) for model in MODELS.values()
)


@dataclass(frozen=True, slots=True)
class Trial:
    """One candidate's score at one origin (an ordinal day) for the days up to `until`."""

    candidate: Candidate
    origin: int
    until: int
    score: Score


@dataclass(frozen=True, slots=True)
class Choice:
    """The winner, and every trial it won against; no trials where the time is too short."""

    winner: Candidate
    trials: tuple[Trial, ...]

    def of(self, candidate: Candidate) -> tuple[Trial, ...]:
        """A candidate's trials, latest origin first."""
        return tuple(trial for trial in self.trials if trial.candidate == candidate)

    def score(self, candidate: Candidate) -> float | None:
        """Its CRPS ÷ BG/NBD's, averaged over the origins both were tried at; less is better."""
        first = {trial.origin: trial.score.crps for trial in self.of(CANDIDATES[0])}
        ratios = [
            trial.score.crps / first[trial.origin]
            for trial in self.of(candidate)
            if first.get(trial.origin)
        ]
        return float(np.mean(ratios)) if ratios else None


def choose(bought: Purchases, *, origin: int, horizon: int) -> Choice:
    """Hold the back-test before `origin` for windows of at most `horizon` days."""
    judged = part_of(bought, MOST_PEOPLE)
    near: dict[str, Floats] = {}
    trials = [
        trial
        for at, until in origins(judged, origin, horizon)
        for trial in _tried(judged, at, until, near)
    ]
    held = Choice(CANDIDATES[0], tuple(trials))
    scores = {c: held.score(c) for c in CANDIDATES if len(held.of(c)) >= _enough(held)}
    told = {candidate: score for candidate, score in scores.items() if score is not None}
    if not told:
        return held
    bound = min(told.values()) * (1 + _TIE)
    winner = next(candidate for candidate, score in told.items() if score <= bound)
    return Choice(winner, held.trials)


def _enough(held: Choice) -> int:
    """A season needs a year before it can be tried: two origins do, where there are three."""
    return max(1, min(2, len(held.of(CANDIDATES[0]))))


def origins(bought: Purchases, origin: int, horizon: int) -> list[tuple[int, int]]:
    """(origin, until) of each window, latest first; a third of the time known is the longest."""
    since = int(bought.day.min()) if bought.people else origin
    window = min(horizon, (origin - since) // 3)
    if window < 7:
        return []
    step = max(7, window // 2)
    found = [(origin - window - n * step, origin - n * step) for n in range(ORIGINS)]
    return [(at, until) for at, until in found if at - since >= window]


def _tried(bought: Purchases, at: int, until: int, near: dict[str, Floats]) -> Iterator[Trial]:
    """Every candidate at one origin; `near` are each one's parameters at the one before."""
    known = seen(bought, at)
    for candidate in CANDIDATES:
        start = near.get(candidate.model.code)
        found = fitted(candidate, bought, known, until, near=start)
        if not isinstance(found, Refusal):
            near.setdefault(candidate.model.code, found[0].theta)
            yield Trial(candidate, at, until, judge(*found, bought, known, until))


def fitted(
    candidate: Candidate,
    bought: Purchases,
    known: Seen,
    until: int,
    *,
    near: Floats | None = None,
) -> tuple[Fit, Clock] | Refusal:
    """A candidate fitted to what is known at an origin, with its clock up to `until`.

    `near` are parameters of about the same people, from which the search may start.
    """
    some = _some(known, MOST_FITTED)
    plain = fit(candidate.model, grouped(some), near=near)
    if isinstance(plain, Refusal) or not candidate.seasonal:
        return plain if isinstance(plain, Refusal) else (plain, PLAIN)
    clock = season_clock(bought, known, plain, until)
    if clock is None:
        return Refusal("no_season", "date")
    stretched = fit(candidate.model, grouped(some, clock), near=plain.theta)
    return stretched if isinstance(stretched, Refusal) else (stretched, clock)


def predicting(
    choice: Choice, bought: Purchases, known: Seen, until: int
) -> tuple[Candidate, Fit, Clock] | Refusal:
    """The winner fitted to all that is known; without season where none is seen by now."""
    found = fitted(choice.winner, bought, known, until)
    winner = choice.winner
    if isinstance(found, Refusal) and winner.seasonal:
        winner = Candidate(winner.model, seasonal=False)
        found = fitted(winner, bought, known, until)
    return found if isinstance(found, Refusal) else (winner, *found)


def part_of(bought: Purchases, most: int) -> Purchases:
    """The purchases of at most about `most` people, always the same ones."""
    if bought.people <= most:
        return bought
    keep = _picked(np.arange(bought.people), most / bought.people)
    number = np.cumsum(keep) - 1
    mine = keep[bought.person]
    person = number[bought.person[mine]]
    return Purchases(int(keep.sum()), person, bought.day[mine], bought.value[mine])


def _some(known: Seen, most: int) -> Seen:
    if len(known.who) <= most:
        return known
    keep = _picked(known.who, most / len(known.who))
    return Seen(
        known.origin,
        known.who[keep],
        known.x[keep],
        known.first[keep],
        known.last[keep],
        known.spend[keep],
    )


def _picked(who: Ints, share: float) -> NDArray[np.bool_]:
    """A share of numbers by multiplicative hashing, so that neighbours are told apart."""
    mixed = (np.asarray(who, np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)
    return np.asarray(mixed < np.uint64(share * (1 << 24)))
