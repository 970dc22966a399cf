"""People alike, in arrays: equal to plain loops, and honest about an effect that was planted."""

from collections import defaultdict
from datetime import date
from statistics import fmean

import numpy as np
import pytest

from goen.insight.effect import changes, matching
from goen.insight.effects_alike import spans

close = pytest.approx


def planted(seed: int, *, effect: float = 0.0, n: int = 2500) -> dict[str, np.ndarray]:
    """Households with habits of their own; the better ones are chosen more often, by nobody's lot.

    Three spans of profit: matched on, compared with, counted. `effect` is added to the counted days
    of the chosen alone; the season moves everybody alike.
    """
    rng = np.random.default_rng(seed)
    habit = rng.lognormal(3.0, 0.6, n)
    chosen = rng.random(n) < 1 / (1 + np.exp(-(habit - 28) / 8))
    spent = [habit + rng.normal(0, 9, n) + season for season in (0.0, 2.0, -5.0)]
    return {
        "treated": chosen,
        "known": spent[0][:, None],
        "base": spent[1],
        "after": spent[2] + effect * chosen,
    }


def test_an_effect_is_found_where_the_plain_difference_is_wrong() -> None:
    """P-29: of 40 shops, nearly all intervals hold the truth; the plain ones hold it in none."""
    held = plainly = 0
    for seed in range(40):
        told = planted(seed, effect=3.0)
        pairs = matching.matched(told["treated"], told["known"])
        changed = changes.estimate(pairs, told["after"] - told["base"])
        plain = changes.estimate(matching.unmatched(told["treated"]), told["after"])
        assert changed is not None
        assert plain is not None
        held += changed.low <= 3.0 <= changed.high
        plainly += plain.low <= 3.0 <= plain.high
    assert plainly == 0
    assert held >= 36


def test_where_nothing_happened_a_difference_is_rarely_found() -> None:
    """The placebo: the same on days before anything began."""
    wrong = 0
    for seed in range(100, 160):
        told = planted(seed)
        pairs = matching.matched(told["treated"], told["known"])
        changed = changes.estimate(pairs, told["after"] - told["base"])
        assert changed is not None
        wrong += changed.is_clear
    assert wrong <= 7


def test_matching_on_the_days_compared_with_would_see_what_is_not_there() -> None:
    """Why the days matched on lie before: people who were alike by chance fall back to what they
    always were (regression to the mean)."""
    told = planted(7, n=20_000)
    apart = matching.matched(told["treated"], told["known"])
    same = matching.matched(told["treated"], told["base"][:, None])
    change = told["after"] - told["base"]
    honest, fooled = (changes.estimate(one, change) for one in (apart, same))
    assert honest is not None
    assert fooled is not None
    assert not honest.is_clear
    assert fooled.is_clear


@pytest.mark.parametrize("seed", range(3))
def test_cells_and_weights_are_those_of_plain_loops(seed: int) -> None:
    rng = np.random.default_rng(seed)
    known = np.column_stack([rng.gamma(2, 10, 300), rng.integers(0, 9, 300)]).astype(float)
    treated = rng.random(300) < 0.3
    outcome = known[:, 0] + rng.normal(0, 5, 300)
    found = matching.matched(treated, known, steps=3)
    bounds = [
        sorted(set(np.quantile(known[treated, k], [1 / 3, 2 / 3]).tolist())) for k in range(2)
    ]
    cells: dict[tuple[int, ...], tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for i in range(300):
        cell = tuple(sum(known[i, k] > bound for bound in bounds[k]) for k in range(2))
        cells[cell][0 if treated[i] else 1].append(i)
    weight = [0.0] * 300
    for mine, theirs in cells.values():
        if mine and theirs:
            for i in mine:
                weight[i] = 1.0
            for i in theirs:
                weight[i] = len(mine) / len(theirs)
    assert found.weight.tolist() == close(weight)
    assert found.people == sum(w > 0 for w, t in zip(weight, treated, strict=True) if t)
    value = fmean(outcome[i] for i in range(300) if treated[i] and weight[i]) - np.average(
        outcome[~treated], weights=np.array(weight)[~treated]
    )
    told = changes.estimate(found, outcome)
    assert told is not None
    assert told.value == close(value)
    sd = known[treated, 0].std(ddof=1)
    (first, _) = matching.balance(found, ("a", "b"), known)
    assert first.apart_before == close((known[treated, 0].mean() - known[~treated, 0].mean()) / sd)
    others = np.average(known[~treated, 0], weights=np.array(weight)[~treated])
    mine = fmean(known[i, 0] for i in range(300) if treated[i] and weight[i])
    assert (first.treated, first.others) == close((mine, others))
    assert first.apart == close((mine - others) / sd)


def test_with_equal_weights_the_interval_is_welch_s() -> None:
    from scipy import stats

    rng = np.random.default_rng(1)
    treated = np.arange(200) < 60
    outcome = rng.normal(10, 3, 200) + 2 * treated
    told = changes.estimate(matching.unmatched(treated), outcome)
    assert told is not None
    welch = stats.ttest_ind(outcome[treated], outcome[~treated], equal_var=False)
    low, high = welch.confidence_interval(0.95)
    assert (told.low, told.high, told.p_value) == close((low, high, welch.pvalue), rel=1e-6)


def test_few_people_and_nobody_alike_are_no_estimate() -> None:
    few = np.arange(100) < 9
    assert changes.estimate(matching.unmatched(few), np.arange(100.0)) is None
    apart = matching.matched(np.arange(100) < 50, np.arange(100.0)[:, None])
    assert (apart.people, apart.others) == (10, 50)  # the last step is open to above
    flat = matching.unmatched(np.arange(100) < 50)
    assert changes.estimate(flat, np.ones(100)) is None


def test_slopes_are_those_of_least_squares() -> None:
    weeks = np.array([[1.0, 2, 3, 4], [5, 5, 5, 5], [4, 1, 0, 9]])
    lines = [np.polyfit(range(4), row, 1)[0] for row in weeks]
    assert changes.slopes(weeks).tolist() == close(lines, abs=1e-12)


def test_the_days_never_overlap_and_need_four_weeks() -> None:
    start, end = date(2017, 5, 8), date(2017, 6, 25)
    found = spans(start, end, date(2017, 1, 1))
    assert found is not None
    assert (found.known_on, found.base_on, found.days) == (date(2017, 1, 1), date(2017, 3, 20), 49)
    assert (found.base_days, found.known_days, found.scale) == (49, 78, 1.0)
    short = spans(start, end, date(2017, 4, 1))
    assert short is not None
    assert (short.base_days, short.known_days) == (23, 14)
    assert short.scale == close(49 / 23)
    assert spans(start, end, date(2017, 4, 11)) is None
