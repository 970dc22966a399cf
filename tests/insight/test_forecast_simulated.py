"""Shops whose truth is known: parameters come back, intervals hold, the season is seen."""
# ruff: noqa: N806  T is the models' own letter

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import pytest

from goen.insight.forecast import choosing, fitting, judging, simulation, spend
from goen.insight.forecast.choosing import CANDIDATES
from goen.insight.forecast.counts import PLAIN, Counts, grouped
from goen.insight.forecast.fitting import Fit
from goen.insight.forecast.history import Floats, Purchases, purchases, seen
from goen.insight.forecast.models import expected
from goen.insight.forecast.season import season_clock
from goen.insight.forecast.spend import Spend
from goen.kit.refusals import Refusal
from tests.insight import drawing

START = date(2024, 1, 1).toordinal()
TRUTH = {
    "bg_nbd": (0.6, 5.0, 0.9, 3.0),
    "mbg_nbd": (0.8, 6.0, 0.7, 2.5),
    "pareto_nbd": (0.9, 8.0, 0.7, 20.0),
}


@dataclass(frozen=True)
class Shop:
    """Who buys how: every purchase of `people` in `days` days, one start each in the first."""

    code: str
    people: int
    days: int
    joined: int
    strength: float = 0.0
    """How much more is bought at the height of the season: 1 ± strength."""

    def bought(self, seed: int) -> Purchases:
        rng = np.random.default_rng(seed)
        first, second, third, fourth = TRUTH[self.code]
        rate = rng.gamma(first, 1 / second, self.people) / 7
        person, day = [], []
        for who in range(self.people):
            born = int(rng.integers(self.joined))
            stop = self._stops(rng, third, fourth)
            now, bought = float(born), 0
            person.append(who)
            day.append(born)
            while now < self.days and not stop(bought, now - born):
                now = self._next(rng, now, rate[who])
                if now < self.days and not (self.code == "pareto_nbd" and stop(0, now - born)):
                    person.append(who)
                    day.append(int(now))
                bought += 1
        return purchases(person, np.array(day) + START)

    def _stops(self, rng, third, fourth):
        if self.code == "pareto_nbd":
            until = rng.exponential(1 / rng.gamma(third, 1 / fourth)) * 7
            return lambda _bought, age: age > until
        chance = rng.beta(third, fourth)
        spared = self.code == "bg_nbd"
        return lambda bought, _age: not (spared and bought == 0) and rng.random() < chance

    def _next(self, rng, now: float, rate: float) -> float:
        """The next purchase of a rate that swings over the year, by thinning."""
        most = rate * (1 + self.strength)
        while now < self.days:
            now += rng.exponential(1 / most)
            swing = 1 + self.strength * math.cos(2 * math.pi * now / 365.25)
            if rng.random() * (1 + self.strength) < swing:
                break
        return now


@pytest.mark.parametrize("code", TRUTH)
def test_parameters_come_back_from_what_they_made(code: str) -> None:
    """Also as a mean: what is foretold of the next half year is what happens."""
    bought = Shop(code, 6_000, 720, 300).bought(1)
    known = seen(bought, START + 539)
    counts = grouped(known)
    fit = fitting.fit(fitting.MODELS[code], counts)
    assert isinstance(fit, Fit)
    true, _ = fit.model.log_likelihood(np.array(TRUTH[code]), counts)
    assert fit.log_likelihood >= true
    assert fit.log_likelihood - true < 40  # two in a day are one: a little is always lost
    r, alpha = fit.theta[:2]
    assert r / alpha == pytest.approx(TRUTH[code][0] / TRUTH[code][1], rel=0.12)
    score = judging.judge(fit, PLAIN, bought, known, START + 719)
    assert abs(score.error) < 0.06
    assert score.pit_coverage_90 == pytest.approx(0.90, abs=0.012)
    assert score.pit_coverage_80 == pytest.approx(0.80, abs=0.015)
    assert score.coverage_90 > score.pit_coverage_90


def test_gamma_gamma_comes_back() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(1, 9, 20_000)
    nu = rng.gamma(3.0, 1 / 2_000.0, 20_000)
    mean = rng.gamma(4.0 * x, 1 / (nu * x))
    found = spend.fit_spend(x, mean)
    assert isinstance(found, Spend)
    assert (found.p, found.q) == (pytest.approx(4.0, rel=0.05), pytest.approx(3.0, rel=0.05))
    assert found.gamma == pytest.approx(2_000, rel=0.08)
    related = spend.independence(x, mean)
    assert related is not None
    assert related.low < 0 < related.high


def test_intervals_are_those_of_a_plain_simulation_person_by_person() -> None:
    """Grouping by (x, T) and putting "gone" on top changes nothing but the time it takes."""
    theta = TRUTH["mbg_nbd"]
    fit = Fit(fitting.MODELS["mbg_nbd"], np.array(theta), 0.0, 0, 0)
    people = [(0, 0.0, 20.0), (2, 19.0, 20.0), (2, 5.0, 20.0), (9, 40.0, 41.0), (9, 12.0, 41.0)]
    x, tx, T = (np.array(c, np.float64) for c in zip(*people, strict=True))
    counts = Counts(x, tx, T, np.ones(5), np.arange(5))
    worth, z, t = Spend(4.0, 3.0, 2_000.0), np.array([0.0, 900, 1_500, 700, 1_100]), 52.0
    alive = fit.model.p_alive(fit.theta, x, tx, T)
    same = simulation.alike(counts)
    assert len(same.x) == 3
    ((_, table),) = simulation.tables(fit, same, t)
    rng = np.random.default_rng(11)
    drawn = simulation.worths(worth, same.x, table, size=40_000, rng=rng)
    value = simulation.worth_interval(drawn, same.of, alive, 0.8)
    days = simulation.purchase_interval(table, same.of, alive, 0.8)
    for at in range(5):
        there = rng.random(40_000) < alive[at]
        bought = there * drawing.purchase_days(
            fit.model, theta, x[at], T[at], t, size=40_000, rng=rng
        )  # fmt: skip
        nu = rng.gamma(worth.q + worth.p * x[at], 1 / (worth.gamma + x[at] * z[at]), 40_000)
        brought = rng.standard_gamma(worth.p * bought) / nu
        ends, scale = np.quantile(brought, [0.1, 0.9]), worth.gamma + x[at] * z[at]
        assert value.low[at] * scale == pytest.approx(ends[0], rel=0.1, abs=60)
        assert value.high[at] * scale == pytest.approx(ends[1], rel=0.04, abs=1)
        assert abs(days.low[at] - np.quantile(bought, 0.1)) <= 1
        assert abs(days.high[at] - np.quantile(bought, 0.9)) <= 1
        mean = expected(fit.model, fit.theta, counts, t)[at] * worth.expected(x, z)[at]
        assert abs(mean - brought.mean()) < 5 * brought.std() / 200 + 1


def test_a_year_s_season_is_seen_and_wins() -> None:
    """Twice as much in winter as in summer: two years are known, the next half is foretold."""
    bought = Shop("bg_nbd", 4_000, 910, 400, strength=0.6).bought(5)
    origin, until = START + 729, START + 909
    choice = choosing.choose(bought, origin=origin, horizon=180)
    assert choice.winner.seasonal
    known = seen(bought, origin)
    found = choosing.predicting(choice, bought, known, until)
    assert not isinstance(found, Refusal)
    _, fit, clock = found
    assert clock.hands is not None
    index = np.diff(clock.hands)[: 364 * 2 : 7] * 7
    assert index[:52].argmax() in {*range(6), *range(46, 52)}
    assert index[:52].max() > 1.3
    assert index[:52].min() < 0.7
    seasonal = judging.judge(fit, clock, bought, known, until)
    plain = choosing.fitted(CANDIDATES[0], bought, known, until)
    assert not isinstance(plain, Refusal)
    assert abs(seasonal.error) < abs(judging.judge(*plain, bought, known, until).error)


def test_chance_is_not_taken_for_a_season_and_a_year_is_needed() -> None:
    bought = Shop("bg_nbd", 1_500, 760, 600).bought(8)
    known = seen(bought, START + 759)
    fit = fitting.fit(fitting.MODELS["bg_nbd"], grouped(known))
    clock = season_clock(bought, known, fit, START + 800)
    if clock is not None:
        steps = np.diff(clock.hands) * 7
        assert steps.max() < 1.2
        assert steps.min() > 0.8
    early = seen(bought, START + 300)
    assert season_clock(bought, early, fit, START + 400) is None


def test_too_few_people_are_refused_by_their_number() -> None:
    few = purchases([0, 0, 1], [START, START + 9, START + 3])
    found = fitting.fit(fitting.MODELS["bg_nbd"], grouped(seen(few, START + 20)))
    assert isinstance(found, Refusal)
    assert (found.code, found.detail["people"]) == ("too_few_people", 2)
    nobody_came_back = purchases(np.arange(200), np.full(200, START))
    found = fitting.fit(fitting.MODELS["bg_nbd"], grouped(seen(nobody_came_back, START + 90)))
    assert isinstance(found, Refusal)
    assert (found.code, found.detail["repeaters"]) == ("too_few_repeaters", 0)
    assert isinstance(spend.fit_spend(np.array([1, 2]), np.array([3.0, 4.0])), Refusal)
    none = purchases([], [])
    assert grouped(seen(none, START)).total == 0


def test_several_purchases_of_a_day_are_one_and_the_first_is_not_counted() -> None:
    person, day = [0, 0, 0, 1, 0], [START + 4, START, START, START + 2, START + 40]
    bought = purchases(person, day, [5.0, 1.0, 2.0, 8.0, 100.0])
    known = seen(bought, START + 10)
    assert known.x.tolist() == [1, 0]
    assert known.spend.tolist() == [5.0, 0.0]
    assert (known.first - START).tolist() == [0, 2]
    assert (known.last - START).tolist() == [4, 2]
    assert bought.value.tolist() == [3.0, 5.0, 100.0, 8.0]


def by_hand_crps(did: int, alive: float, more: Floats) -> float:
    """E|X − y| − ½ E|X − X'| over all pairs of outcomes."""
    of = alive * -np.diff(np.concatenate([[1.0], more]))
    of[0] += 1 - alive
    k = np.arange(len(of))
    apart = np.abs(k[:, None] - k[None, :])
    return float(of @ np.abs(k - did) - of @ apart @ of / 2)


def test_the_score_is_the_textbook_s() -> None:
    bought = Shop("mbg_nbd", 200, 400, 100).bought(4)
    known = seen(bought, START + 299)
    fit = Fit(fitting.MODELS["mbg_nbd"], np.array(TRUTH["mbg_nbd"]), 0.0, 0, 0)
    score = judging.judge(fit, PLAIN, bought, known, START + 399)
    counts = grouped(known)
    more = fit.model.more_if_alive(fit.theta, counts.x, counts.T, 100 / 7, 300)[counts.of]
    alive = fit.model.p_alive(fit.theta, counts.x, counts.tx, counts.T)[counts.of]
    did = judging.counted(bought, known, START + 399)
    told = [by_hand_crps(int(did[i]), alive[i], more[i]) for i in range(len(did))]
    assert score.crps == pytest.approx(float(np.mean(told)), rel=1e-6)
    assert score.actual == did.sum()
    assert score.people == len(did) == 200
    inside = [by_hand_inside(int(did[i]), alive[i], more[i]) for i in range(len(did))]
    assert score.coverage_90 == pytest.approx(np.mean([plain for plain, _ in inside]))
    assert score.pit_coverage_90 == pytest.approx(np.mean([fair for _, fair in inside]), abs=0.01)


def by_hand_inside(did: int, alive: float, more: Floats) -> tuple[bool, float]:
    """In the 90 % interval, plainly and by a hundred even steps of the randomised transform."""
    upto = 1 - alive * more
    low, high = (int(np.argmax(upto >= end - 1e-12)) for end in (0.05, 0.95))
    before = upto[did - 1] if did else 0.0
    u = before + (np.arange(100) + 0.5) / 100 * (upto[did] - before)
    return low <= did <= high, float(((u >= 0.05) & (u <= 0.95)).mean())
