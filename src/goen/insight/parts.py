"""The parts of the analyst's work, each in a file of its own: listed here, called by the analyst.

A standing part computes and stores what pages always show, once per state of the lake. An answer
computes the value of one question; its parameters are the question's own text.
"""

from collections.abc import Callable, Mapping
from typing import Any

from goen.insight import (
    candidates,
    considered,
    effects,
    effects_answer,
    forecasts,
    goes_with,
    lapses,
    people,
    presentation,
    promoted,
    promoted_answer,
    ranks,
    reasons,
    spread,
    stores,
)
from goen.insight.sight import Sight

Part = Callable[[Sight], None]
"""Computes and stores what pages always show."""

STANDING: tuple[Part, ...] = (
    ranks.store_ranks,
    spread.store_spread,
    stores.store_places,
    presentation.store_presentation,
    lapses.store_lapses,
    forecasts.store_forecasts,
    considered.store_considered,
    goes_with.store_goes_with,
    candidates.store_candidates,
    reasons.store_reasons,
)
ANSWERS: dict[str, Callable[[Sight, str], Mapping[str, Any] | None]] = {
    people.METRIC: people.answer,
    effects.METRIC: effects_answer.answer,
    promoted.METRIC: promoted_answer.answer,
}
