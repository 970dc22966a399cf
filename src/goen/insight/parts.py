"""The parts of the analyst's work, each in a file of its own: listed here, called by the analyst.

A standing part computes and stores what pages always show, once per state of the lake. An answer
computes the value of one question; its parameters are the question's own text.
"""

from collections.abc import Callable, Mapping
from typing import Any

from goen.insight import people, ranks
from goen.insight.sight import Sight

STANDING: tuple[Callable[[Sight], None], ...] = (ranks.store_ranks,)
ANSWERS: dict[str, Callable[[Sight, str], Mapping[str, Any] | None]] = {
    people.METRIC: people.answer,
}
