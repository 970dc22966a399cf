"""Measures for tests: appeal points of the small shop, and drafts that lack nothing."""

from datetime import date, timedelta
from uuid import UUID

from goen.kit import ids
from goen.kit.db import Tx
from goen.marketing import axes, measures
from goen.marketing.axes import NewAxis
from goen.marketing.measures import Drafted, NewMeasure, NewPlacement
from tests import world

BY = {"actor": world.ACTOR, "recorded_at": world.NOW}
TODAY = date(2026, 11, 20)
FIRST, LAST = TODAY, TODAY + timedelta(days=13)


def axis(tx: Tx, code: str, ja: str = "", **more: object) -> str:
    """An appeal point; its code."""
    new = NewAxis(code, {"ja": ja or code, "en": code}, **more)  # type: ignore[arg-type]
    axes.put(tx, new, **BY)  # type: ignore[arg-type]
    return code


def placement(channel: str, axis: str | None, **more: object) -> NewPlacement:
    """A placement over all days of its measure."""
    return NewPlacement(ids.new_id(), channel, axis, **more)  # type: ignore[arg-type]


def measure(*placements: NewPlacement, title: str = "施策", **more: object) -> NewMeasure:
    """A measure with its why and its days."""
    values: dict[str, object] = {
        "uid": ids.new_id(),
        "title": title,
        "reason": "常連の方の来店が空いている",
        "evidence": "直近4週の来店間隔 32日 → 47日",
        "expected": "対象の方の4週間の来店が増える",
        "starts_on": FIRST,
        "ends_on": LAST,
        "placements": placements,
    }
    return NewMeasure(**(values | more))  # type: ignore[arg-type]


def drafted(tx: Tx, new: NewMeasure) -> UUID:
    """The uid of a draft that was written."""
    answer = measures.draft(tx, new, **BY)  # type: ignore[arg-type]
    assert isinstance(answer, Drafted), answer
    return answer.uid


def live(tx: Tx, new: NewMeasure) -> UUID:
    """The uid of a measure that was launched."""
    uid = drafted(tx, new)
    answer = measures.launch(tx, uid, **BY)  # type: ignore[arg-type]
    assert isinstance(answer, measures.Launched), answer
    return uid
