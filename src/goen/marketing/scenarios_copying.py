"""A scenario again, as a draft of its own: one that has begun stays as it was, its copy may differ.

Promises: the copy says what the first says, with days that begin today and last as long; its steps
are its own, and branches lead to its own steps; it names the measure it builds on. Nobody enters
before it is begun. The same id again is the same copy.
"""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from goen.kit.actors import Actor
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.marketing import measures, queries
from goen.marketing.measure import NewMeasure, NewPlacement
from goen.marketing.queries import MeasureShown
from goen.marketing.scenario import Kept, NewScenario, NewStep, ScenarioShown
from goen.marketing.scenarios import draft, put_step
from goen.marketing.scenarios_loading import read
from goen.marketing.scenarios_templates import LASTS_DAYS


def copy(
    tx: Tx, number: int, uid: UUID, *, title: str, today: date, actor: Actor,
    recorded_at: datetime,
) -> Kept | Refusal:  # fmt: skip
    """Draft measure `uid` with the scenario of measure `number`, whatever state that is in."""
    one, of = read(tx, number), queries.measure(tx, number)
    if one is None or of is None:
        return Refusal("unknown_scenario", "number", {"given": number})
    by: dict[str, Any] = {"actor": actor, "recorded_at": recorded_at}
    try:
        with savepoint():
            return _copied(tx, one, _measure(tx, of, uid, title, today), by)
    except _Undone as undone:
        return undone.refusal


class _Undone(Exception):  # noqa: N818  it is no error; it leaves a savepoint
    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal


def _copied(tx: Tx, one: ScenarioShown, new: NewMeasure, by: dict[str, Any]) -> Kept:
    """All of it, or none."""
    drafted = measures.draft(tx, new, **by)
    if isinstance(drafted, Refusal):
        raise _Undone(drafted)
    if drafted.repeated:
        return Kept(new.uid, drafted.number, repeated=True)
    kept = draft(tx, new.uid, _scenario(one), **by)
    if isinstance(kept, Refusal):
        raise _Undone(kept)
    for step in _steps(one, new.uid):
        put = put_step(tx, kept.number, step, **by)
        if isinstance(put, Refusal):
            raise _Undone(put)
    return kept


def _measure(tx: Tx, of: MeasureShown, uid: UUID, title: str, today: date) -> NewMeasure:
    """Its measure from today on. Learning, costs that were added and decisions stay where they are.

    A place that was ended early speaks again; days of its own it has none.
    """
    codes: dict[int | None, str] = dict(tx.rows("SELECT id, code FROM places_place"))
    lasts = (of.ends_on - of.starts_on).days if of.starts_on and of.ends_on else LASTS_DAYS
    return NewMeasure(
        uid=uid,
        title=title,
        kind=of.kind,
        trigger=of.trigger,
        reason=of.reason,
        evidence=of.evidence,
        expected=of.expected,
        expected_minor=of.expected_minor,
        starts_on=today,
        ends_on=today + timedelta(days=lasts),
        window_days=of.window_days,
        control_share=of.control_share,
        skus=of.skus,
        builds_on=(of.number,),
        conditions=of.conditions,
        made_from=f"/measures/scenarios/{of.number}",
        coupon_kind=of.coupon_kind,
        placements=tuple(
            NewPlacement(
                uuid5(uid, f"placement {place.uid}"), place.channel, place.axis,
                medium=place.medium, says=place.says, material=place.material,
                cost_minor=place.cost_minor,
                place=codes.get(place.place_id),
            )
            for place in of.placements
        ),
    )  # fmt: skip


def _scenario(one: ScenarioShown) -> NewScenario:
    return NewScenario(
        one.trigger,
        days=one.days,
        exit_when=one.exit_when,
        exits=one.exits,
        priority=one.priority,
        reentry_days=one.reentry_days,
        patience_days=one.patience_days,
        from_hour=one.from_hour,
        until_hour=one.until_hour,
    )


def _steps(one: ScenarioShown, uid: UUID) -> list[NewStep]:
    mine = {str(step.uid): uuid5(uid, f"step {step.uid}") for step in one.steps}
    found = []
    for step in one.steps:
        says = dict(step.says)
        if says.get("else_to"):
            says["else_to"] = str(mine.get(str(says["else_to"]), ""))
        found.append(NewStep(mine[str(step.uid)], step.kind, says))
    return found
