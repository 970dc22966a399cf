"""What the pages of the analyses read: stored results, with the moment they are true of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goen.insight import queries as insight
from goen.insight.questions import Question
from goen.kit.db import Tx
from goen.places import queries as places


@dataclass(frozen=True, slots=True)
class Stored:
    """A result of the analyst as it was kept."""

    value: Mapping[str, Any]
    as_of: datetime

    @property
    def currency(self) -> str:
        return str(self.value["currency"])

    @property
    def last_on(self) -> date:
        """The last business day the result covers."""
        return date.fromisoformat(self.value["last_on"])


def read(t: Tx, question: Question) -> Stored | None:
    """The result of a question, or None before the first."""
    found = insight.stored(t, question)
    return Stored(*found) if found is not None and found[0] is not None else None


def place_names(t: Tx) -> dict[int, Mapping[str, str]]:
    """Every place's name by id."""
    return {place.id: place.name for place in places.places(t)}


def channel_names(t: Tx) -> dict[int, Mapping[str, str]]:
    """Every channel's name by id."""
    return {channel.id: channel.name for channel in places.channels(t)}
