"""Looking twenty times at nothing: who cries wolf. And at something: who finds it.

Simulated with known truth, on money as people spend it: most of it nothing, a little of it a lot.
"""

import numpy as np
import pytest
from scipy import stats

from goen.insight.effect import sequences
from goen.insight.effect.arms import arm, split
from goen.insight.effect.measuring import measured

LOOKS, STEP, TIMES, PLANNED = 20, 100, 1_000, 4_000


def spent(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return rng.lognormal(7, 1, shape) * (rng.random(shape) < 0.4)


def running(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of the mean (times, looks) after each look's people."""
    n = STEP * np.arange(1, LOOKS + 1)
    mean = values.cumsum(axis=1)[:, n - 1] / n
    squares = (values**2).cumsum(axis=1)[:, n - 1] / n
    return mean, (squares - mean**2) / (n - 1)


def test_twenty_looks_at_nothing_and_the_error_stays_below_five_in_a_hundred(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A/A, 1,000 times: two arms that do not differ, looked at after every 100 people in each."""
    rng = np.random.default_rng(2026)
    first, second = (spent(rng, (TIMES, LOOKS * STEP)) for _ in range(2))
    (mean_a, var_a), (mean_b, var_b) = running(first), running(second)
    errors = np.abs(mean_b - mean_a) / np.sqrt(var_a + var_b)
    people = 2 * STEP * np.arange(1, LOOKS + 1)
    reach = [sequences.reach(int(n), planned=PLANNED, alpha=0.05) for n in people]
    n, df = people / 2, (var_a + var_b) ** 2
    df /= (var_a**2 + var_b**2) / (n - 1)
    always = (errors > np.array(reach)).any(axis=1).mean()
    t_test = (2 * stats.t.sf(errors, df) < 0.05).any(axis=1).mean()
    once = (2 * stats.t.sf(errors[:, -1], df[:, -1]) < 0.05).mean()
    for time, look in ((0, 0), (5, 3), (999, 19)):  # what is simulated here is what is shipped
        ends = STEP * (look + 1)
        arms = [arm("a", first[time, :ends]), arm("b", second[time, :ends])]
        found = measured(arms, planned_people=PLANNED).comparisons[0].plain
        assert found.se == pytest.approx(np.sqrt(var_a + var_b)[time, look])
        half = found.always_valid.high - found.difference
        assert half == pytest.approx(reach[look] * found.se)
    with capsys.disabled():
        print(
            f"\n  A/A, 20 looks, {TIMES:,} times: always-valid cries wolf {always:.1%},"
            f" a t-test {t_test:.1%} (one look {once:.1%})"
        )
    assert always <= 0.05
    assert t_test > 0.15
    assert once == pytest.approx(0.05, abs=0.02)


def test_a_known_effect_is_found_and_held() -> None:
    """Both intervals hold the truth as often as they say; CUPED's too, and narrower."""
    rng = np.random.default_rng(7)
    times, n, more = 600, 400, 300.0
    held = {"fixed": 0, "cuped": 0, "always": 0}
    widths = {"fixed": 0.0, "cuped": 0.0}
    names = np.array(["control"] * (n // 4) + ["mail"] * (3 * n // 4))
    found_effects = []
    for _ in range(times):
        habit = rng.gamma(1.5, 1, n)
        past, later = (habit * spent(rng, (n,)) for _ in range(2))
        found = measured(split(names, later + more * (names == "mail"), past[:, None]))
        plain, cuped = found.comparisons[0].plain, found.comparisons[0].cuped
        found_effects.append(cuped.difference)
        for name, one in (("fixed", plain.fixed), ("cuped", cuped.fixed),
                          ("always", cuped.always_valid)):  # fmt: skip
            held[name] += one.low <= more <= one.high
            if name in widths:
                widths[name] += one.high - one.low
    assert held["fixed"] / times == pytest.approx(0.95, abs=0.025)
    assert held["cuped"] / times == pytest.approx(0.95, abs=0.025)
    assert held["always"] / times > 0.97
    off = abs(np.mean(found_effects) - more)
    assert off < 3 * np.std(found_effects) / np.sqrt(times)
    assert widths["cuped"] < widths["fixed"]


def test_what_is_there_is_seen_while_it_runs() -> None:
    """An effect of half a standard deviation is called out before the last look, every time."""
    rng = np.random.default_rng(11)
    for _ in range(50):
        values = rng.normal(size=(2, LOOKS * STEP))
        seen = []
        for n in (STEP, 5 * STEP, LOOKS * STEP):
            arms = [arm("a", values[0, :n]), arm("b", values[1, :n] + 0.5)]
            found = measured(arms, planned_people=PLANNED).comparisons[0].plain
            seen.append(found.always_valid.verdict)
        assert seen[-1] == "more"
        assert "less" not in seen


def test_a_frozen_list_may_be_looked_at_every_day(capsys: pytest.CaptureFixture[str]) -> None:
    """A/A on a list of 1,000 with a control of 100: 28 looks at money that adds up by day.

    Few people buy and some buy much, so that Welch's interval is too sure of a small control even
    when it is looked at once; the cautious one is not.
    """
    rng = np.random.default_rng(5)
    times, people, few, days = 400, 1_000, 100, 28
    found = {"daily": 0, "once": 0, "welch": 0}
    for _ in range(times):
        habit = rng.gamma(0.5, 2, (people, 1))
        bought = rng.random((people, days)) < np.minimum(0.02 * habit, 0.9)
        money = (rng.lognormal(7, 1, (people, days)) * bought).cumsum(axis=1)
        mean = money[few:].mean(axis=0) - money[:few].mean(axis=0)
        own = [part.var(axis=0, ddof=1) for part in (money[:few], money[few:])]
        pooled = (own[0] * (few - 1) + own[1] * (people - few - 1)) / (people - 2)
        welch = own[0] / few + own[1] / (people - few)
        wider = np.maximum(welch, pooled * (1 / few + 1 / (people - few)))
        errors = np.abs(mean) / np.sqrt(np.maximum(wider, 1e-9))
        reach = [
            sequences.reach(people * day / days, planned=people, alpha=0.05)
            for day in range(1, days + 1)
        ]
        found["daily"] += (errors > reach).any()
        found["once"] += errors[-1] > 1.96
        found["welch"] += abs(mean[-1]) / np.sqrt(welch[-1]) > 1.96
    arms = [arm("control", money[:few, 6]), arm("mail", money[few:, 6])]
    shipped = measured(arms, planned_people=people, elapsed=7 / days, cautious=True)
    reading = shipped.comparisons[0].plain
    assert reading.se == pytest.approx(np.sqrt(wider[6]))
    assert reading.always_valid.high - reading.difference == pytest.approx(
        reach[6] * np.sqrt(wider[6])
    )
    share = {name: count / times for name, count in found.items()}
    with capsys.disabled():
        print(
            f"\n  A/A, a small control, looked at daily: always-valid {share['daily']:.1%};"
            f" once, cautious {share['once']:.1%}, Welch {share['welch']:.1%}"
        )
    assert share["daily"] <= 0.05
    assert share["once"] <= 0.05
