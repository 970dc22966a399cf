"""Arms compared: equal to the textbook and to SciPy, and answered where there is little to say."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from goen.insight.effect import power, sequences
from goen.insight.effect.adjusting import adjusted
from goen.insight.effect.arms import Arm, arm, split, winsorised
from goen.insight.effect.balance import sample_ratio
from goen.insight.effect.differences import difference
from goen.insight.effect.measuring import Measured, measured
from goen.insight.effect.ratios import linearised
from goen.insight.effect.several import holm

close = pytest.approx


def spend(rng: np.random.Generator, n: int, *, more: float = 0.0) -> np.ndarray:
    """What people spend: many nothing, some a lot; `more` for everybody."""
    return rng.lognormal(7, 1.2, n) * (rng.random(n) < 0.4) + more


def two(seed: int = 1, *, n: int = 400, more: float = 200.0) -> list[Arm]:
    rng = np.random.default_rng(seed)
    return [arm("control", spend(rng, n // 2)), arm("mail", spend(rng, n, more=more))]


def test_the_fixed_interval_is_welch_s() -> None:
    control, mail = two()
    found = measured([control, mail], control="control").comparisons[0].plain
    told = stats.ttest_ind(mail.outcome, control.outcome, equal_var=False)
    low, high = told.confidence_interval(0.95)
    assert found.difference == close(mail.outcome.mean() - control.outcome.mean())
    assert (found.fixed.low, found.fixed.high) == (close(low), close(high))
    assert found.fixed.p_value == close(told.pvalue)


def test_the_always_valid_interval_is_the_published_formula() -> None:
    """Written out plainly, and at the level of its own p-value it just touches zero.

    Its spread is the larger of the arms' own and the pooled one.
    """
    control, mail = two(more=900)
    found = measured([control, mail], control="control", planned_people=900).comparisons[0].plain
    n, alpha = 600, 0.05
    rho = math.sqrt((-2 * math.log(alpha) + math.log(-2 * math.log(alpha) + 1)) / 900)
    own = [one.outcome.var(ddof=1) for one in (control, mail)]
    pooled = (199 * own[0] + 399 * own[1]) / 598 * (1 / 200 + 1 / 400)
    se = math.sqrt(max(own[0] / 200 + own[1] / 400, pooled))
    sigma = se * math.sqrt(n)
    inner = 2 * (n * rho**2 + 1) / (n**2 * rho**2) * math.log(math.sqrt(n * rho**2 + 1) / alpha)
    half = sigma * math.sqrt(inner)
    assert found.always_valid.low == close(found.difference - half)
    assert found.always_valid.high == close(found.difference + half)
    assert found.always_valid.p_value > found.fixed.p_value
    p = found.always_valid.p_value
    touching = math.sqrt(
        2 * (n * rho**2 + 1) / (n * rho**2) * math.log(math.sqrt(n * rho**2 + 1) / p)
    )
    assert p < 1
    assert touching * se == close(abs(found.difference))


def test_the_interval_is_narrowest_about_where_it_was_planned() -> None:
    """In the unit of one person's spread: the reach over √N, against other plans at the same N."""
    reach = {
        p: sequences.reach(10_000, planned=p, alpha=0.05) for p in (100, 3_000, 10_000, 1_000_000)
    }
    assert min(reach, key=reach.__getitem__) in {3_000, 10_000}
    assert reach[10_000] == close(3.03, abs=0.02)  # what one look costs: 1.96


@pytest.mark.parametrize("gone", [0.0, 0.3, 0.9])
def test_cuped_takes_away_the_variance_that_theory_says(gone: float) -> None:
    """A correlation r with the past takes r² of the variance away (Deng and others, 2013)."""
    rng = np.random.default_rng(7)
    past = rng.normal(size=40_000)
    outcome = math.sqrt(gone) * past + math.sqrt(1 - gone) * rng.normal(size=40_000)
    names = ["a", "b"] * 20_000
    found = measured(split(names, outcome, past[:, None]))
    assert found.reduction == close(gone, abs=0.01)
    plain, cuped = found.comparisons[0].plain, found.comparisons[0].cuped
    assert cuped.se == close(plain.se * math.sqrt(1 - gone), rel=0.02)
    assert abs(cuped.difference) < 4 * cuped.se


def test_cuped_is_the_regression_on_arm_and_covariates() -> None:
    """With one common θ it is least squares with an indicator per arm (ANCOVA)."""
    rng = np.random.default_rng(3)
    n = 3_000
    names = rng.choice(["a", "b", "c"], n, p=[0.2, 0.3, 0.5])
    known = np.column_stack([rng.gamma(2, 1_000, n), rng.poisson(3, n)])
    outcome = 0.4 * known[:, 0] + 50 * known[:, 1] + 30 * (names == "b") + rng.normal(0, 500, n)
    found = measured(split(names, outcome, known), control="a")
    table = np.column_stack([*[names == one for one in "abc"], known]).astype(float)
    fitted = np.linalg.lstsq(table, outcome, rcond=None)[0]
    assert found.theta == close(fitted[3:])
    by_arm = {one.arm: one.cuped.difference for one in found.comparisons}
    assert by_arm == {"b": close(fitted[1] - fitted[0]), "c": close(fitted[2] - fitted[0])}


def test_a_covariate_that_says_nothing_does_no_harm() -> None:
    rng = np.random.default_rng(5)
    past, outcome = rng.gamma(2, 1, 400), rng.gamma(2, 1, 400)
    known = np.column_stack([past, np.full(400, 9.0), 3 * past])
    alone = adjusted(split(["a", "b"] * 200, outcome, past[:, None]))
    crowd = adjusted(split(["a", "b"] * 200, outcome, known))
    assert (alone.fitted, crowd.fitted) == (1, 1)
    assert crowd.reduction == close(alone.reduction)
    for one, other in zip(alone.arms, crowd.arms, strict=True):
        assert one.outcome == close(other.outcome)


def test_the_delta_method_is_the_textbook_s() -> None:
    """var(Σy/Σx) ≈ (s_y² − 2R s_xy + R² s_x²) / (n x̄²)."""
    rng = np.random.default_rng(11)
    orders = rng.poisson(2, 5_000) + 1.0
    profit = orders * rng.gamma(2, 300, 5_000)
    values = linearised(profit, orders)
    ratio = profit.sum() / orders.sum()
    (yy, xy), (_, xx) = np.cov(profit, orders)
    told = (yy - 2 * ratio * xy + ratio**2 * xx) / (5_000 * orders.mean() ** 2)
    assert values.mean() == close(ratio)
    assert values.var(ddof=1) / 5_000 == close(told)


def test_the_delta_method_covers() -> None:
    """The interval of profit per order holds the truth in about 95 of 100 samples."""
    rng = np.random.default_rng(13)
    held = 0
    for _ in range(400):
        arms = []
        for name in "ab":
            orders = rng.poisson(2, 300) + 1.0
            arms.append(arm(name, linearised(orders * rng.gamma(2, 300, 300), orders)))
        interval = measured(arms).comparisons[0].plain.fixed
        held += interval.low <= 0 <= interval.high
    assert 0.92 <= held / 400 <= 0.98


@pytest.mark.parametrize(("counts", "found"), [((48_000, 52_000), True), ((50_000, 50_000), False),
                                               ((50_300, 49_700), False)])  # fmt: skip
def test_people_that_went_missing_are_noticed(counts: tuple[int, int], found: bool) -> None:
    ratio = sample_ratio(dict(zip("ab", counts, strict=True)))
    assert ratio.mismatch is found
    assert ratio.p_value == close(stats.chisquare(counts).pvalue)


def test_the_ratio_is_held_against_what_was_planned() -> None:
    counts = {"control": 1_020, "mail": 8_980}
    assert sample_ratio(counts).mismatch
    planned = sample_ratio(counts, {"control": 10, "mail": 90})
    assert (planned.mismatch, planned.expected) == (False, {"control": 1_000, "mail": 9_000})
    gone = sample_ratio({"mail": 500}, {"control": 1, "mail": 9})
    assert (gone.mismatch, gone.observed) == (True, {"control": 0, "mail": 500})
    assert sample_ratio({"mail": 5}).p_value is None


def test_extreme_values_are_cut_by_one_rule_for_all_arms() -> None:
    quiet = arm("a", np.arange(99.0), np.zeros(99))
    loud = arm("b", np.append(np.arange(99.0), 1e9), np.zeros(100))
    cut, told = winsorised([quiet, loud], quantile=0.99, columns=("profit", "before"))
    pooled = np.concatenate([quiet.outcome, loud.outcome])
    low, high = np.quantile(pooled, [0.01, 0.99])
    assert cut[1].outcome.max() == high
    assert cut[0].outcome.min() == close(low)
    assert told[0].moved == int(((pooled < low) | (pooled > high)).sum()) > 0
    assert (told[0].column, told[0].high, told[1].moved) == ("profit", high, 0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_the_definition(p_values: list[float]) -> None:
    """Reject in order of p while p ≤ α / (m − rank); an adjusted p is the least such α."""
    found = holm(p_values)
    count = len(p_values)
    for alpha in (0.01, 0.05, 0.2):
        rejected = set()
        for rank, at in enumerate(sorted(range(count), key=lambda one: p_values[one])):
            if p_values[at] * (count - rank) > alpha:
                break
            rejected.add(at)
        assert rejected == {at for at, p in enumerate(found) if p <= alpha}


def test_several_arms_are_every_pair_or_each_against_the_control() -> None:
    rng = np.random.default_rng(17)
    arms = [arm(name, rng.normal(more, 10, 60)) for name, more in (("a", 0), ("b", 5), ("c", 0))]
    every = measured(arms).comparisons
    assert [(one.arm, one.against) for one in every] == [("b", "a"), ("c", "a"), ("c", "b")]
    against = measured(arms, control="b").comparisons
    assert [(one.arm, one.against) for one in against] == [("a", "b"), ("c", "b")]
    raw = [one.plain.fixed.p_value for one in every]
    assert [one.plain.fixed.p_holm for one in every] == close(holm(raw))
    for one in every:
        assert (one.plain.verdict != "unclear") == (one.plain.fixed.p_holm < 0.05)


def test_a_verdict_of_several_waits_for_the_correction() -> None:
    """One comparison alone would have said "more"; as one of ten it says nothing."""
    base = np.tile([0.0, 10.0], 50)
    moved = arm("b", base + 1.55)
    alone = measured([arm("a", base), moved]).comparisons[0].plain
    assert (alone.verdict, alone.fixed.low > 0) == ("more", True)
    crowd = measured([arm("a", base), moved, *(arm(f"c{n}", base) for n in range(9))], control="a")
    found = next(one.plain for one in crowd.comparisons if one.arm == "b")
    assert (found.verdict, found.fixed.low) == ("unclear", alone.fixed.low)


def test_fewer_than_ten_people_are_counted_and_not_judged() -> None:
    found = measured([arm("a", [1, 2, 3]), arm("b", range(60))])
    reading = found.comparisons[0].plain
    assert (reading.verdict, reading.fixed, reading.always_valid) == ("too_few", None, None)
    assert [one.n for one in found.arms] == [3, 60]
    assert measured([arm("a", [4.0])]).arms[0].sd is None


def test_a_calm_little_control_is_not_taken_at_its_word() -> None:
    """Nobody of twenty bought, one of two hundred bought much: Welch alone would be too sure."""
    control, mail = arm("control", np.zeros(20)), arm("mail", np.append(np.zeros(199), 90_000))
    own = measured([control, mail]).comparisons[0].plain
    wary = measured([control, mail], cautious=True).comparisons[0].plain
    told = stats.ttest_ind(mail.outcome, control.outcome).confidence_interval()
    assert (wary.fixed.low, wary.fixed.high) == (close(told.low), close(told.high))
    assert own.se < wary.se
    assert own.always_valid == wary.always_valid


def test_without_spread_there_is_no_interval() -> None:
    same = measured([arm("a", np.zeros(50), np.zeros(50)), arm("b", np.ones(50), np.zeros(50))])
    for reading in (same.comparisons[0].plain, same.comparisons[0].cuped):
        assert (reading.verdict, reading.difference, reading.fixed) == ("no_spread", 1.0, None)
    one_varies = measured([arm("a", np.zeros(50)), arm("b", np.tile([0.0, 2.0], 25))])
    told = stats.ttest_1samp(np.tile([0.0, 2.0], 25), 0).confidence_interval(0.95)
    assert one_varies.comparisons[0].plain.fixed.low == close(told.low)


def test_before_the_burn_in_the_always_valid_interval_says_it_is_early() -> None:
    def verdicts(n: int) -> tuple[str, str]:
        rng = np.random.default_rng(19)
        arms = [arm("a", rng.normal(0, 1, n)), arm("b", rng.normal(9, 1, n))]
        found = measured(arms, planned_people=100).comparisons[0].plain
        return found.verdict, found.always_valid.verdict

    assert verdicts(sequences.BURN_IN - 1) == ("more", "too_early")
    assert verdicts(sequences.BURN_IN) == ("more", "more")


def test_a_covariate_that_explains_everything_leaves_nothing_to_guess() -> None:
    """Rounding must not turn "no spread" into a spread of 1e-13."""
    past = np.arange(40.0)
    found = measured(split(["a", "b"] * 20, 2 * past, past[:, None])).comparisons[0]
    assert found.plain.verdict == "unclear"
    assert found.cuped.verdict == "no_spread"


def test_people_needed_find_the_difference_four_times_in_five() -> None:
    rng = np.random.default_rng(23)
    shares, deviations, more = (0.9, 0.1), (30.0, 20.0), 3.0
    people = power.people_needed(more, deviations=deviations, shares=shares)
    sizes = [round(people * share) for share in shares]
    seen = sum(
        stats.ttest_ind(
            rng.normal(more, deviations[0], sizes[0]), rng.normal(0, deviations[1], sizes[1]),
            equal_var=False,
        ).pvalue < 0.05
        for _ in range(500)
    )  # fmt: skip
    assert seen / 500 == close(0.8, abs=0.06)
    assert power.least_difference(people, deviations=deviations, shares=shares) == close(
        more, rel=1e-3
    )
    assert power.people_needed(0, deviations=deviations) is None
    assert power.people_needed(1, deviations=(0, 0)) is None


def test_order_and_scale_of_the_rows_do_not_matter() -> None:
    """Other rows first, yen instead of thousands: the same finding."""
    rng = np.random.default_rng(29)
    names, past = rng.choice(["a", "b"], 500), rng.gamma(2, 1, 500)
    outcome = past + rng.normal(size=500)
    turned = rng.permutation(500)
    first = measured(split(names, outcome, past[:, None]))
    other = measured(split(names[turned], 1_000 * outcome[turned], 7 * past[turned, None]))
    assert other.reduction == close(first.reduction)
    for one, two_ in zip(readings(first), readings(other), strict=True):
        assert two_.difference == close(1_000 * one.difference)
        assert two_.always_valid.high == close(1_000 * one.always_valid.high)


def readings(found: Measured) -> list:
    return [one for pair in found.comparisons for one in (pair.plain, pair.cuped)]


def test_a_wider_net_is_never_narrower() -> None:
    """At any number of people the always-valid interval is wider than the fixed one."""
    reach = [sequences.reach(n, planned=5_000, alpha=0.05) for n in (20, 200, 5_000, 10**6)]
    assert all(one > 1.96 for one in reach)
    values = [difference(a.outcome, b.outcome, alpha=0.05, planned=5_000)
              for a, b in pairwise(two(31))]  # fmt: skip
    assert all(one.always_valid.low < one.fixed.low for one in values)
