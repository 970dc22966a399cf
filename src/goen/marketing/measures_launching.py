"""A measure goes live, ends, is stopped, or is given up as a draft.

Promises: nothing goes live without its why, its appeal points and its days; not while it
contradicts a live measure and nobody accepted that; two launches that contradict each other are
never both live. A launch that was refused says which field, the first in the order of the form.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit import outbox, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.outbox import Notice
from goen.kit.refusals import Refusal
from goen.marketing import axes, clashes
from goen.marketing.clashes_rules import Clash
from goen.marketing.measure import Launched, NewRemark, Stopped
from goen.marketing.measures_reading import Standing, day_of, not_now, standing, unknown
from goen.marketing.measures_remarks import remark

NO_WHY = {
    "reason": Refusal("why_missing", "reason"),
    "evidence": Refusal("evidence_missing", "evidence"),
    "expected": Refusal("expected_missing", "expected"),
}


def launch(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Launched | Refusal:
    """Let a draft go live, from its first day on. What it lacks refuses it, field by field."""
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('marketing_measure.launch'))")
    one = standing(tx, uid, lock=True)
    if one is None:
        return unknown(uid)
    if one.state == "live" and one.launched_at is not None:
        return Launched(uid, one.number, one.launched_at, repeated=True)
    if one.state != "draft":
        return not_now(one)
    today = day_of(tx, recorded_at)
    found = clashes.find(tx, at=recorded_at, measure_id=one.id)
    clashes.keep(tx, found, recorded_at=recorded_at)
    missing = _lacks(tx, one, today) or _contradicts(tx, found, today)
    if missing:
        return missing[0]
    tx.execute(
        "UPDATE marketing_measure SET state = 'live', launched_at = %s WHERE id = %s",
        [recorded_at, one.id],
    )
    detail = {"n": one.n}
    trail.note(tx, actor, "launch", "measure", uid, at=recorded_at, detail=detail)
    _tell(tx, "MeasureLaunched", one, recorded_at)
    return Launched(uid, one.number, recorded_at)


def lacks(tx: Tx, uid: UUID, *, at: datetime) -> list[Refusal]:
    """Everything a draft still needs before it can go live; empty when it may."""
    one = standing(tx, uid)
    if one is None:
        return [unknown(uid)]
    if one.state != "draft":
        return [not_now(one)]
    today, found = day_of(tx, at), clashes.find(tx, at=at, measure_id=one.id)
    return [*_lacks(tx, one, today), *_contradicts(tx, found, today)]


def stop(
    tx: Tx, uid: UUID, *, why: str, remark_uid: UUID, actor: Actor, recorded_at: datetime
) -> Stopped | Refusal:
    """End a live measure before its last day; why is kept as a decision."""
    one = standing(tx, uid, lock=True)
    if one is None:
        return unknown(uid)
    if one.state == "stopped":
        return Stopped(uid, one.number, "stopped", repeated=True)
    if one.state != "live":
        return not_now(one)
    noted = remark(tx, uid, NewRemark(remark_uid, "decision", why, detail={"verb": "stop"}),
                   actor=actor, recorded_at=recorded_at)  # fmt: skip
    if isinstance(noted, Refusal):
        return Refusal(noted.code, "why", noted.detail)
    return _over(tx, one, "stopped", actor, recorded_at)


def drop(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Stopped | Refusal:
    """Give up a draft. It leaves the list and stays on record."""
    one = standing(tx, uid, lock=True)
    if one is None:
        return unknown(uid)
    if one.state == "dropped":
        return Stopped(uid, one.number, "dropped", repeated=True)
    if one.state != "draft":
        return not_now(one)
    return _over(tx, one, "dropped", actor, recorded_at)


def end_due(tx: Tx, *, actor: Actor, recorded_at: datetime) -> list[UUID]:
    """End the live measures whose last day is over; answers which."""
    today = day_of(tx, recorded_at)
    sql = """
    SELECT m.uid FROM marketing_measure m
    JOIN LATERAL (SELECT ends_on FROM marketing_version
                  WHERE measure_id = m.id ORDER BY n DESC LIMIT 1) v ON true
    WHERE m.state = 'live' AND v.ends_on < %s ORDER BY m.id
    """
    ended = []
    for (uid,) in tx.rows(sql, [today]):
        one = standing(tx, uid, lock=True)
        if one is not None and one.state == "live" and one.content["ends_on"] < today:
            _over(tx, one, "ended", actor, recorded_at)
            ended.append(uid)
    return ended


def _over(tx: Tx, one: Standing, state: str, actor: Actor, at: datetime) -> Stopped:
    sql = "UPDATE marketing_measure SET state = %s, ended_at = %s WHERE id = %s"
    tx.execute(sql, [state, at, one.id])
    trail.note(tx, actor, state, "measure", one.uid, at=at)
    if one.is_launched:
        _tell(tx, "MeasureEnded", one, at)
    return Stopped(one.uid, one.number, state)


def _tell(tx: Tx, kind: str, one: Standing, at: datetime) -> None:
    body = {"measure": str(one.uid), "number": one.number}
    outbox.write(tx, [Notice(kind, str(one.uid), body)], recorded_at=at)


def _lacks(tx: Tx, one: Standing, today: date) -> list[Refusal]:
    content = one.content
    missing = [refusal for field, refusal in NO_WHY.items() if not content[field]]
    missing += _days(content, today)
    return missing + _placements(tx, one)


def _days(content: Mapping[str, Any], today: date) -> list[Refusal]:
    missing = [Refusal("days_missing", name) for name in ("starts_on", "ends_on")
               if content[name] is None]  # fmt: skip
    if content["ends_on"] is not None and content["ends_on"] < today:
        missing.append(Refusal("days_over", "ends_on", {"given": str(content["ends_on"])}))
    return missing


def _placements(tx: Tx, one: Standing) -> list[Refusal]:
    """Each medium needs an appeal point that holds on its days and for the products."""
    rows = tx.rows(
        """
        SELECT axis_id, channel, starts_on < %s OR ends_on > %s FROM marketing_placement
        WHERE measure_id = %s ORDER BY id
        """,
        [one.content["starts_on"], one.content["ends_on"], one.id],
    )
    if not rows:
        return [Refusal("placement_missing", "placements")]
    missing = [
        Refusal("axis_missing", f"placements[{i}].axis", {"channel": channel})
        for i, (axis_id, channel, _) in enumerate(rows)
        if axis_id is None
    ]
    first, last = one.content["starts_on"], one.content["ends_on"]
    missing += [
        Refusal(
            "outside_the_measure",
            f"placements[{i}].starts_on",
            {"first": str(first), "last": str(last)},
        )
        for i, (_, _, is_outside) in enumerate(rows)
        if is_outside
    ]
    return [*missing, *axes.misfits(tx, one.id)]


def _contradicts(tx: Tx, found: list[Clash], today: date) -> list[Refusal]:
    return [clashes.refusal_of(tx, one) for one in clashes.still_open(tx, found, today=today)]
