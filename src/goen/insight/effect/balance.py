"""Whether the arms are as large as they were planned to be: the sample-ratio check.

Source: Fabijan et al., "Diagnosing sample ratio mismatch in online controlled experiments", KDD
2019. A mismatch means that something else than chance decided who is counted (mails that bounced,
people who were merged, a list that was filtered after it was drawn), and no figure below it can be
believed until it is found.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scipy import special

MISMATCH = 0.001
"""The p-value under which the shares are called mismatched; low, since it is looked at often."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """People per arm, counted and planned; `planned_given` is False where equal was assumed."""

    observed: Mapping[str, int]
    expected: Mapping[str, float]
    chi_square: float | None
    p_value: float | None
    mismatch: bool
    planned_given: bool


def sample_ratio(
    observed: Mapping[str, int], planned: Mapping[str, float] | None = None
) -> SampleRatio:
    """A chi-square test of the counts against planned shares, which need not sum to one.

    An arm that was planned and has nobody counts with zero. With one arm, or nobody at all, there
    is nothing to test. `planned` must name every arm of `observed`, with a share above zero.
    """
    shares = dict(planned or dict.fromkeys(observed, 1.0))
    assert observed.keys() <= shares.keys(), "every arm has a planned share"
    counts = {name: observed.get(name, 0) for name in shares}
    total, whole = sum(counts.values()), sum(shares.values())
    expected = {name: total * share / whole for name, share in shares.items()}
    if total == 0 or len(counts) < 2:
        return SampleRatio(counts, expected, None, None, False, planned is not None)
    chi = sum((counts[name] - expected[name]) ** 2 / expected[name] for name in counts)
    p = special.chdtrc(len(counts) - 1, chi)
    return SampleRatio(
        counts, expected, float(chi), float(p), bool(p < MISMATCH), planned is not None
    )
