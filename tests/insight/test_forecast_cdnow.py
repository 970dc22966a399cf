"""The published figures for CDNOW 1/10, and what was foretold of its second half."""

import pytest

from goen.insight.forecast import fitting, holdout, spend
from goen.insight.forecast.counts import grouped
from goen.insight.forecast.fitting import Fit
from goen.insight.forecast.history import counted, seen
from goen.insight.forecast.holdout import Holdout
from goen.kit.refusals import Refusal
from tests.insight import cdnow


def fitted(code: str) -> Fit:
    found = fitting.fit(fitting.MODELS[code], grouped(seen(cdnow.bought(), cdnow.CALIBRATION_END)))
    assert not isinstance(found, Refusal)
    return found


def test_the_customers_are_those_of_the_papers() -> None:
    bought = cdnow.bought()
    known = seen(bought, cdnow.CALIBRATION_END)
    counts = grouped(known)
    assert (bought.people, counts.total, counts.repeaters) == (2357, 2357, 946)
    assert int(known.x.sum()) == 2457
    assert int(counted(bought, known, cdnow.HOLDOUT_END).sum()) == 1882
    assert counts.people.sum() == 2357
    assert counts.T.max() == pytest.approx(38.857, abs=0.001)


def test_bg_nbd_is_as_published() -> None:
    """Fader, Hardie, Lee 2005: r .243, α 4.414, a .793, b 2.426, LL −9582.4."""
    found = fitted("bg_nbd")
    assert found.params == {
        "r": pytest.approx(0.2426, abs=5e-4),
        "alpha": pytest.approx(4.4136, abs=5e-3),
        "a": pytest.approx(0.7929, abs=2e-3),
        "b": pytest.approx(2.4259, abs=1e-2),
    }
    assert found.log_likelihood == pytest.approx(-9582.43, abs=0.01)


def test_pareto_nbd_is_as_published() -> None:
    """Fader and Hardie 2005: r .553, α 10.578, s .606, β 11.669, LL −9595.0."""
    found = fitted("pareto_nbd")
    assert found.params == {
        "r": pytest.approx(0.5533, abs=1e-3),
        "alpha": pytest.approx(10.578, abs=0.01),
        "s": pytest.approx(0.6062, abs=1e-3),
        "beta": pytest.approx(11.669, abs=0.02),
    }
    assert found.log_likelihood == pytest.approx(-9594.98, abs=0.01)


def test_gamma_gamma_is_as_published_and_frequency_hardly_says_anything_about_value() -> None:
    """Fader and Hardie 2013: p 6.25, q 3.74, γ 15.44."""
    known = seen(cdnow.bought(), cdnow.CALIBRATION_END)
    found = spend.fit_spend(known.x, known.spend)
    assert isinstance(found, spend.Spend)
    assert (found.p, found.q, found.gamma) == (
        pytest.approx(6.25, abs=0.01),
        pytest.approx(3.745, abs=0.01),
        pytest.approx(15.444, abs=0.01),
    )
    assert found.p * found.gamma / (found.q - 1) == pytest.approx(35.17, abs=0.02)
    related = spend.independence(known.x, known.spend)
    assert related is not None
    assert related.correlation == pytest.approx(0.114, abs=0.001)
    assert related.low < 0.114 < related.high


@pytest.fixture(scope="module")
def held() -> Holdout:
    found = holdout.hold_out(
        cdnow.bought(), calibration_end=cdnow.CALIBRATION_END, holdout_end=cdnow.HOLDOUT_END
    )
    assert not isinstance(found, Refusal)
    return found


def test_the_winner_of_the_back_test_foretells_the_second_half(held: Holdout) -> None:
    score = held.score
    assert score.actual == 1882
    assert score.mae < 0.786
    assert score.naive_mae == pytest.approx(1.024, abs=0.001)
    assert 0.88 <= score.pit_coverage_90 <= 0.92
    assert 0.93 <= score.coverage_90 <= 0.97
    assert score.coverage_80 < score.coverage_90
    assert abs(score.pit_coverage_80 - 0.8) < 0.02


def test_the_back_test_never_looks_at_what_it_is_asked_to_foretell(held: Holdout) -> None:
    """The same trials and winner come out when the future is cut off."""
    assert {trial.until <= cdnow.CALIBRATION_END for trial in held.choice.trials} == {True}
    assert len({trial.origin for trial in held.choice.trials}) == 3
    past = cdnow.bought()
    before = past.day <= cdnow.CALIBRATION_END
    cut = type(past)(past.people, past.person[before], past.day[before], past.value[before])
    again = holdout.choose(
        cut,
        origin=cdnow.CALIBRATION_END,
        horizon=cdnow.HOLDOUT_END - cdnow.CALIBRATION_END,
    )
    assert again.winner == held.choice.winner
    assert [t.score.crps for t in again.trials] == [t.score.crps for t in held.choice.trials]


def test_tenths_are_foretold_in_their_order(held: Holdout) -> None:
    """Of whom most is expected most comes, and the tenths are everybody."""
    tenths = held.score.tenths
    assert sum(t.people for t in tenths) == 2357
    assert sum(t.actual for t in tenths) == 1882
    assert sum(t.predicted for t in tenths) == pytest.approx(held.score.predicted)
    assert tenths[0].actual > 5 * tenths[4].actual
