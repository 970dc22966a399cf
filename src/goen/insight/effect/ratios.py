"""Ratios such as profit per order, by the delta method.

Source: Deng, Knoblich and Lu, "Applying the delta method in metric analytics", KDD 2018. A ratio of
two sums over people is no mean of people's ratios. Its first-order expansion

    v_i = R + (y_i − R · x_i) / x̄,  R = Σy / Σx

has R as its mean and the delta method's variance as its variance, so that every comparison of means
serves ratios as well.
"""

from goen.insight.effect.arms import Values


def linearised(numerator: Values, denominator: Values) -> Values:
    """One value (n,) per person of one arm, whose mean is Σ numerator / Σ denominator.

    The denominators' sum must not be zero.
    """
    mean = denominator.mean()
    assert mean != 0, "a ratio to nothing"
    ratio = numerator.mean() / mean
    values: Values = ratio + (numerator - ratio * denominator) / mean
    return values
