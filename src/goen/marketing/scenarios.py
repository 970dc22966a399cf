"""The verbs of a scenario: drafted for a measure, begun, paused, resumed, stopped.

Promises: a scenario begins only as a measure does, with its why, its appeal points and its days;
what has begun stays as it was, and so the database holds it; pausing lets nobody in and takes
nobody a step on, within one cycle; stopping ends the measure.
"""

import json
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from goen.kit import settings, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import measures
from goen.marketing.conditions import parse
from goen.marketing.measures_reading import standing, unknown
from goen.marketing.scenario import Begun, Kept, NewScenario, ScenarioShown
from goen.marketing.scenarios_loading import read
from goen.marketing.scenarios_rules import EXITS, REACHING, TRIGGERS
from goen.marketing.scenarios_steps import move_step, open_, put_step, remove_step

__all__ = [
    "Begun", "Kept", "NewScenario", "begin", "change", "draft", "lacks", "move_step", "pause",
    "put_step", "remove_step", "resume", "stop",
]  # fmt: skip


def draft(
    tx: Tx, measure_uid: UUID, new: NewScenario, *, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """Let a measure that is a draft go on by itself. It has one scenario: again is changing it."""
    one = standing(tx, measure_uid, lock=True)
    if one is None:
        return unknown(measure_uid)
    known = read(tx, one.number, lock=True)
    if known is not None:
        return change(tx, one.number, new, actor=actor, recorded_at=recorded_at)
    if one.state != "draft":
        return Refusal("measure_not_so", "state", {"number": one.number, "state": one.state})
    refused = _refusal(new)
    if refused is not None:
        return refused
    tx.execute(
        f"""
        INSERT INTO marketing_scenario (measure_id, {", ".join(_COLUMNS)}, created_at, changed_at,
                                        actor, paused_why)
        VALUES (%s, {", ".join(_COLUMNS.values())}, %s, %s, %s, '')
        """,
        [one.id, *_values(new), recorded_at, recorded_at, str(actor)],
    )
    trail.note(tx, actor, "draft", "scenario", measure_uid, at=recorded_at)
    return Kept(measure_uid, one.number)


def change(
    tx: Tx, number: int, new: NewScenario, *, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """Write a scenario anew, until it has begun."""
    one = open_(tx, number)
    if isinstance(one, Refusal):
        return one
    refused = _refusal(new)
    if refused is not None:
        return refused
    slots = ", ".join(f"{name} = {slot}" for name, slot in _COLUMNS.items())
    tx.execute(
        f"UPDATE marketing_scenario SET {slots}, changed_at = %s WHERE id = %s",
        [*_values(new), recorded_at, one.id],
    )
    trail.note(tx, actor, "change", "scenario", one.measure_uid, at=recorded_at)
    return Kept(one.measure_uid, number)


def begin(tx: Tx, number: int, *, actor: Actor, recorded_at: datetime) -> Begun | Refusal:
    """Launch its measure and let it go on by itself. What it lacks refuses it."""
    one = read(tx, number, lock=True)
    if one is None:
        return Refusal("unknown_scenario", "number", {"given": number})
    if one.begun_at is not None:
        return Begun(one.measure_uid, number, one.begun_at, repeated=True)
    missing = _lacks(tx, one)
    if missing:
        return missing[0]
    launched = measures.launch(tx, one.measure_uid, actor=actor, recorded_at=recorded_at)
    if isinstance(launched, Refusal):
        return launched
    tx.execute(
        "UPDATE marketing_scenario SET begun_at = %s, control_share = %s, holdout_share = %s"
        " WHERE id = %s",
        [
            recorded_at, Decimal(str(round(one.control_share, 4))),
            Decimal(str(round(float(settings.read(tx, "holdout.share")), 4))), one.id,
        ],
    )  # fmt: skip
    trail.note(tx, actor, "begin", "scenario", one.measure_uid, at=recorded_at)
    return Begun(one.measure_uid, number, recorded_at)


def lacks(tx: Tx, number: int, *, at: datetime) -> list[Refusal]:
    """Everything a draft still needs before it can begin; empty when it may."""
    one = read(tx, number)
    if one is None:
        return [Refusal("unknown_scenario", "number", {"given": number})]
    missing = _lacks(tx, one)
    if one.measure_state == "draft":
        missing += measures.lacks(tx, one.measure_uid, at=at)
    return missing


def pause(tx: Tx, number: int, *, why: str, actor: Actor, recorded_at: datetime) -> Kept | Refusal:
    """Let nobody in and nobody go on until it is resumed. Mail that was handed over still leaves
    unless its sending is stopped."""
    return _halt(tx, number, recorded_at, why, actor, recorded_at)


def resume(tx: Tx, number: int, *, actor: Actor, recorded_at: datetime) -> Kept | Refusal:
    """Let it go on. Whose time came meanwhile go on now."""
    return _halt(tx, number, None, "", actor, recorded_at)


def stop(
    tx: Tx, number: int, *, why: str, remark_uid: UUID, actor: Actor, recorded_at: datetime
) -> Kept | Refusal:
    """End it for good, with its measure; whoever is on their way leaves at the next turn."""
    one = read(tx, number, lock=True)
    if one is None:
        return Refusal("unknown_scenario", "number", {"given": number})
    done = measures.stop(
        tx, one.measure_uid, why=why, remark_uid=remark_uid, actor=actor, recorded_at=recorded_at
    )
    if isinstance(done, Refusal):
        return done
    return Kept(one.measure_uid, number, repeated=done.repeated)


def _halt(
    tx: Tx, number: int, paused_at: datetime | None, why: str, actor: Actor, at: datetime
) -> Kept | Refusal:
    one = read(tx, number, lock=True)
    if one is None:
        return Refusal("unknown_scenario", "number", {"given": number})
    if one.state not in ("running", "paused"):
        return Refusal("scenario_not_so", "state", {"number": number, "state": one.state})
    if (one.state == "paused") == (paused_at is not None):
        return Kept(one.measure_uid, number, repeated=True)
    tx.execute(
        "UPDATE marketing_scenario SET paused_at = %s, paused_why = %s WHERE id = %s",
        [paused_at, why.strip()[:500], one.id],
    )
    verb = "pause" if paused_at else "resume"
    trail.note(tx, actor, verb, "scenario", one.measure_uid, at=at, detail={"why": why[:500]})
    return Kept(one.measure_uid, number)


def _lacks(tx: Tx, one: ScenarioShown) -> list[Refusal]:
    if not one.steps:
        return [Refusal("steps_missing", "steps")]
    missing = []
    if not {step.kind for step in one.steps} & set(REACHING):
        missing.append(Refusal("nobody_hears", "steps"))
    uids = [str(step.uid) for step in one.steps]
    for n, step in enumerate(one.steps):
        wanted = step.says.get("else_to") or ""
        if wanted and wanted not in uids[n + 1 :]:
            missing.append(Refusal("step_not_later", f"steps[{n}].else_to", {"step": n + 1}))
        if step.kind == "mail" and step.says.get("coupon") and not one.coupon_kind:
            missing.append(Refusal("coupon_kind_missing", f"steps[{n}].coupon", {"step": n + 1}))
    return missing


_COLUMNS = {
    "trigger": "%s", "days": "%s", "exit_when": "%s", "exits": "%s::jsonb", "priority": "%s",
    "reentry_days": "%s", "patience_days": "%s", "from_hour": "%s", "until_hour": "%s",
}  # fmt: skip


def _values(new: NewScenario) -> list[object]:
    exits = json.dumps(new.exits, ensure_ascii=False)
    return [
        new.trigger, new.days, new.exit_when, exits, new.priority, new.reentry_days,
        new.patience_days, new.from_hour, new.until_hour,
    ]  # fmt: skip


def _refusal(new: NewScenario) -> Refusal | None:
    for name, given, known in (
        ("trigger", new.trigger, TRIGGERS), ("exit_when", new.exit_when, EXITS),
    ):  # fmt: skip
        if given not in known:
            return Refusal("unknown_choice", name, {"given": given, "known": ", ".join(known)})
    bounds = (
        ("days", new.days, 1, 366), ("priority", new.priority, 1, 100),
        ("reentry_days", 1 if new.reentry_days is None else new.reentry_days, 1, 3_660),
        ("patience_days", new.patience_days, 1, 366), ("from_hour", new.from_hour, 0, 23),
        ("until_hour", new.until_hour, new.from_hour + 1, 24),
    )  # fmt: skip
    for name, number, least, most in bounds:
        if not least <= number <= most:
            return Refusal("out_of_bounds", name, {"given": number, "least": least, "most": most})
    parsed = parse(new.exits) if new.exits else None
    if isinstance(parsed, Refusal):
        return Refusal(parsed.code, "exits", parsed.detail)
    return None
