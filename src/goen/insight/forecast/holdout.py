"""A file of purchases, judged: fit up to one day, foretell up to another, compare.

BG/NBD is always fitted, in weeks on customer-days, since its figures are what others publish;
what is foretold comes from the model that won the back-test inside the calibration period.
"""

from dataclasses import dataclass

from goen.insight.forecast.beta_geometric import BG_NBD
from goen.insight.forecast.choosing import Candidate, Choice, choose, predicting
from goen.insight.forecast.counts import grouped
from goen.insight.forecast.fitting import Fit, fit
from goen.insight.forecast.history import Purchases, seen
from goen.insight.forecast.judging import Score, judge
from goen.insight.forecast.spend import Independence, Spend, fit_spend, independence
from goen.kit.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Holdout:
    """What was fitted, which model foretold, and how that turned out.

    `spend` and `independence` are None where there were no amounts or too few.
    """

    bg_nbd: Fit
    model: Candidate
    fit: Fit
    choice: Choice
    score: Score
    spend: Spend | None
    independence: Independence | None


def hold_out(bought: Purchases, *, calibration_end: int, holdout_end: int) -> Holdout | Refusal:
    """Judge the days (ordinals) after `calibration_end` up to `holdout_end`."""
    known = seen(bought, calibration_end)
    basic = fit(BG_NBD, grouped(known))
    if isinstance(basic, Refusal):
        return basic
    choice = choose(bought, origin=calibration_end, horizon=holdout_end - calibration_end)
    found = predicting(choice, bought, known, holdout_end)
    if isinstance(found, Refusal):
        return found
    model, fitted, clock = found
    spend = fit_spend(known.x, known.spend)
    return Holdout(
        basic,
        model,
        fitted,
        choice,
        judge(fitted, clock, bought, known, holdout_end),
        None if isinstance(spend, Refusal) else spend,
        independence(known.x, known.spend),
    )
