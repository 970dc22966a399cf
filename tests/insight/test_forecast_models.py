"""The models against the formulae of the papers, person by person, and against plain integrals."""
# ruff: noqa: N803, N806  T is the models' own letter

import math
from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import hyp2f1

from goen.insight.forecast import fitting
from goen.insight.forecast.counts import Counts
from goen.insight.forecast.models import Model, expected, expected_since_first
from goen.insight.forecast.pareto import PARETO_NBD
from tests.insight import drawing

BG, MBG, PARETO = (fitting.MODELS[code] for code in ("bg_nbd", "mbg_nbd", "pareto_nbd"))
THETAS = {
    "bg_nbd": [(0.243, 4.414, 0.793, 2.426), (1.7, 0.6, 1.0, 5.0), (0.05, 20.0, 3.0, 0.4)],
    "mbg_nbd": [(0.525, 6.183, 0.891, 1.614), (1.7, 0.6, 1.0, 5.0), (0.05, 20.0, 3.0, 0.4)],
    "pareto_nbd": [(0.553, 10.578, 0.606, 11.669), (2.0, 0.5, 1.5, 30.0), (0.3, 40.0, 0.2, 0.7)],
}
CASES = [(model, theta) for model in (BG, MBG, PARETO) for theta in THETAS[model.code]]
PEOPLE = [(0, 0.0, 0.5), (0, 0.0, 60.0), (1, 3.0, 4.0), (2, 30.4, 38.86), (7, 12.0, 100.0),
          (26, 38.5, 38.9), (180, 90.0, 104.0)]  # fmt: skip


def counts(people: list[tuple[int, float, float]]) -> Counts:
    x, tx, T = (np.array(column, np.float64) for column in zip(*people, strict=True))
    return Counts(x, tx, T, np.ones(len(people)), np.arange(len(people)))


def beta(a: float, b: float) -> float:
    return math.exp(math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b))


def by_the_paper(model: Model, theta: tuple[float, ...], x: int, tx: float, T: float) -> float:
    """The likelihood of one person as the papers print it, its logarithm."""
    if model is PARETO:
        return pareto_by_the_paper(theta, x, tx, T)
    r, alpha, a, b = theta
    flips = 1 if model is MBG else 0
    head = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha)
    scale = (r + x) * math.log(alpha + tx)
    alive = beta(a, b + x + flips) / beta(a, b) * math.exp(scale - (r + x) * math.log(alpha + T))
    gone = beta(a + 1, b + x + flips - 1) / beta(a, b) if x + flips > 0 else 0.0
    return head + math.log(alive + gone) - scale


def pareto_by_the_paper(theta: tuple[float, ...], x: int, tx: float, T: float) -> float:
    """Fader and Hardie's two ₂F₁, scaled by (most + tx)^k."""
    r, alpha, s, beta_ = theta
    k, most, apart = r + s + x, max(alpha, beta_), abs(alpha - beta_)
    second = s + 1 if alpha >= beta_ else r + x

    def part(t: float) -> float:
        size = math.exp(k * (math.log(most + tx) - math.log(most + t)))
        return float(hyp2f1(k, second, k + 1, apart / (most + t))) * size

    scale = k * math.log(most + tx)
    alive = math.exp(scale - (r + x) * math.log(alpha + T) - s * math.log(beta_ + T))
    inside = alive + s / k * (part(tx) - part(T))
    head = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha) + s * math.log(beta_)
    return head + math.log(inside) - scale


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_likelihood_is_that_of_the_papers(model: Model, theta: tuple[float, ...]) -> None:
    for person in PEOPLE:
        value, _ = model.log_likelihood(np.array(theta), counts([person]))
        assert value == pytest.approx(by_the_paper(model, theta, *person), rel=1e-7, abs=1e-6)
    together, _ = model.log_likelihood(np.array(theta), counts(PEOPLE))
    assert together == pytest.approx(sum(by_the_paper(model, theta, *p) for p in PEOPLE), rel=1e-8)


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_gradient_is_the_likelihood_s(model: Model, theta: tuple[float, ...]) -> None:
    given = counts(PEOPLE)
    _, gradient = model.log_likelihood(np.array(theta), given)
    for at in range(4):
        low, high = np.array(theta), np.array(theta)
        step = 1e-5 * theta[at]
        low[at] -= step
        high[at] += step
        slope = model.log_likelihood(high, given)[0] - model.log_likelihood(low, given)[0]
        assert gradient[at] == pytest.approx(slope / (2 * step), rel=2e-4, abs=1e-4)


def test_groups_count_as_often_as_they_have_people() -> None:
    one, many = counts(PEOPLE[:2]), counts([*PEOPLE[:1] * 3, *PEOPLE[1:2] * 5])
    grouped = Counts(one.x, one.tx, one.T, np.array([3.0, 5.0]), np.zeros(8, np.int64))
    for model, theta in CASES:
        value, gradient = model.log_likelihood(np.array(theta), grouped)
        each, slope = model.log_likelihood(np.array(theta), many)
        assert value == pytest.approx(each)
        assert gradient == pytest.approx(slope)


def test_mbg_is_the_integral_over_people_of_its_story() -> None:
    """λ ~ Gamma, p ~ Beta: still there after x + 1 chances, or stopped at the last."""
    r, alpha, a, b = 0.9, 4.0, 1.3, 2.2
    for x, tx, T in [(0, 0.0, 5.0), (1, 3.0, 4.0), (3, 8.0, 20.0)]:
        rate = lambda t, x=x: quad(  # noqa: E731
            lambda lam: lam ** (r + x - 1) * math.exp(-lam * (alpha + t)), 0, np.inf
        )[0] * alpha**r / math.gamma(r)  # fmt: skip
        stay = quad(lambda p, x=x: p ** (a - 1) * (1 - p) ** (b - 1 + x + 1), 0, 1)[0]
        stop = quad(lambda p, x=x: p**a * (1 - p) ** (b - 1 + x), 0, 1)[0]
        told = (stay * rate(T) + stop * rate(tx)) / beta(a, b)
        value, _ = MBG.log_likelihood(np.array([r, alpha, a, b]), counts([(x, tx, T)]))
        assert value == pytest.approx(math.log(told), rel=1e-6)


def test_expected_purchases_are_those_of_the_papers() -> None:
    """BG/NBD: Fader, Hardie, Lee 2005, equation 10; Pareto/NBD: Schmittlein et al., equation 22."""
    for theta, (x, tx, T), t in product(THETAS["bg_nbd"][::2], PEOPLE[:-1], (1.0, 39.0)):
        r, alpha, a, b = theta
        curve = float(hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t)))
        head = (a + b + x - 1) / (a - 1)
        head *= 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * curve
        gone = a / (b + x - 1) * ((alpha + T) / (alpha + tx)) ** (r + x) if x else 0.0
        (found,) = expected(BG, np.array(theta), counts([(x, tx, T)]), t)
        assert found == pytest.approx(head / (1 + gone), rel=1e-6)
    for theta, (x, tx, T), t in product(THETAS["pareto_nbd"], PEOPLE[:-1], (1.0, 39.0)):
        r, alpha, s, beta_ = theta
        head = math.lgamma(r + x) - math.lgamma(r) + r * math.log(alpha) + s * math.log(beta_)
        head -= (r + x) * math.log(alpha + T) + s * math.log(beta_ + T)
        alive = math.exp(head - pareto_by_the_paper(theta, x, tx, T))
        lived = 1 - ((beta_ + T) / (beta_ + T + t)) ** (s - 1)
        told = alive * (r + x) * (beta_ + T) / ((alpha + T) * (s - 1)) * lived
        (found,) = expected(PARETO, np.array(theta), counts([(x, tx, T)]), t)
        assert found == pytest.approx(told, rel=1e-6)


@pytest.mark.parametrize(("model", "theta"), CASES)
def test_the_distribution_is_that_of_the_story_told_by_chance(
    model: Model, theta: tuple[float, ...]
) -> None:
    """Its mean is the formula's, and every share of draws above a number what it says."""
    rng, size = np.random.default_rng(7), 60_000
    for x, _, T in PEOPLE[:-1]:
        drawn = drawing.purchase_days(model, theta, x, T, 26.0, size=size, rng=rng)
        one = np.array([float(x)]), np.array([T])
        more = model.more_if_alive(np.array(theta), *one, 26.0, 400)[0]
        told = (drawn[:, None] > np.arange(401.0)).mean(axis=0)
        assert np.all(np.abs(more - told) < 4.5 * np.sqrt(more * (1 - more) / size) + 1e-4)
        mean = model.expected_if_alive(np.array(theta), *one, 26.0)[0]
        assert mean == pytest.approx(more.sum(), rel=1e-3)


def test_somebody_new_is_expected_back_as_at_their_first_day() -> None:
    for model, theta in CASES:
        found = expected_since_first(model, np.array(theta), np.array([0.0, 10.0, 20.0]))
        assert found[0] == pytest.approx(0.0, abs=1e-12)
        assert found[0] < found[1] < found[2]
    r, alpha, s, beta_ = THETAS["pareto_nbd"][0]
    told = r * beta_ / (alpha * (s - 1)) * (1 - (beta_ / (beta_ + 10)) ** (s - 1))
    assert expected_since_first(PARETO_NBD, np.array(THETAS["pareto_nbd"][0]), np.array([10.0]))[
        0
    ] == pytest.approx(told)


def test_nobody_buys_in_no_time_and_whoever_just_bought_is_there() -> None:
    given = counts([(3, 10.0, 10.0)])
    for theta in THETAS["pareto_nbd"]:
        assert PARETO.p_alive(np.array(theta), given.x, given.tx, given.T)[0] == pytest.approx(1.0)
    for model, theta in CASES:
        assert expected(model, np.array(theta), given, 0.0)[0] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    "theta",
    [(0.5, 4.0, 2_980.0, 2_980.0), (0.5, 4.0, 3e-4, 2_980.0), (2_980.0, 2_980.0, 1.0, 3e-4),
     (3e-4, 2_980.0, 2_980.0, 3e-4), (1.2, 8.0, 900.0, 40.0)],
)  # fmt: skip
def test_at_the_edge_of_what_is_fitted_expectations_are_still_numbers(
    theta: tuple[float, ...],
) -> None:
    """And what the distribution says they are."""
    given = counts(PEOPLE)
    for model in (BG, MBG):
        found = model.expected_if_alive(np.array(theta), given.x, given.T, 52.0)
        told = model.more_if_alive(np.array(theta), given.x, given.T, 52.0, 2_000).sum(axis=1)
        assert found == pytest.approx(told, rel=1e-3, abs=1e-6)
