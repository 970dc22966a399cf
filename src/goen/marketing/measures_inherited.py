"""Measures that another system did before this shop kept its own: taken over as they were.

Promises: a measure that is taken over is over, and is never launched here; why it was done is said,
if only that nobody knows, because a measure without its why does not enter the books; nobody drew
lots for it, so everybody on its list is treated and there is no control.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import uuid5

from goen.insight import arms
from goen.insight.arms import Assigned
from goen.kit import clock, settings, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.measure import Drafted, NewMeasure
from goen.marketing.measures_drafting import draft
from goen.marketing.measures_launching import NO_WHY
from goen.marketing.measures_reading import day_of, standing


@dataclass(frozen=True, slots=True)
class Inherited:
    """A measure as another system did it. `channel` is how its people were reached.

    `record_ids` are those it was sent to, each once; its last day is before today.
    """

    new: NewMeasure
    channel: str
    record_ids: Sequence[int]


def inherit(tx: Tx, told: Inherited, *, actor: Actor, recorded_at: datetime) -> Drafted | Refusal:
    """Take a measure over with its people. The same uid again changes nothing.

    Refused: whatever refuses a draft, a why that is missing, days that are missing or not over.
    """
    new, first, last = replace(told.new, control_share=0.0), told.new.starts_on, told.new.ends_on
    for name, refusal in NO_WHY.items():
        if not getattr(new, name).strip():
            return refusal
    if first is None or last is None:
        return Refusal("days_missing", "starts_on" if first is None else "ends_on")
    if last >= day_of(tx, recorded_at):
        return Refusal("bad_period", "ends_on", {"given": str(last)})
    known = standing(tx, new.uid)
    if known is not None:
        return Drafted(new.uid, known.number, known.n, repeated=True)
    people = _people(tx, told)
    if people:
        ids = [person for person, _ in people]
        new = replace(new, conditions={"all": [{"field": "person", "ids": ids}]})
    drafted = draft(tx, new, actor=actor, recorded_at=recorded_at)
    if isinstance(drafted, Refusal):
        return drafted
    began, over = _midnight(tx, first), _midnight(tx, last + timedelta(days=1))
    tx.execute(
        "UPDATE marketing_measure SET state = 'ended', launched_at = %s, ended_at = %s"
        " WHERE uid = %s",
        [began, over, new.uid],
    )
    if people:
        _list(tx, replace(told, new=new), people, began, actor, recorded_at)
    detail = {"number": drafted.number, "people": len(people)}
    trail.note(tx, actor, "inherit", "measure", new.uid, at=recorded_at, detail=detail)
    return drafted


def _midnight(tx: Tx, day: date) -> datetime:
    """The first moment of a day where the shop is."""
    zone = clock.zone(settings.read(tx, "shop.timezone"))
    return datetime.combine(day, time(), tzinfo=zone)


def _people(tx: Tx, told: Inherited) -> list[tuple[int, int]]:
    """(person, record) of everybody it was sent to, each person once."""
    rows = tx.rows(
        "SELECT person_id, min(record_id) FROM report_person_of WHERE record_id = ANY(%s)"
        " GROUP BY person_id ORDER BY 1",
        [list(told.record_ids)],
    )
    return [(person, record) for person, record in rows]


def _list(
    tx: Tx,
    told: Inherited,
    people: Sequence[tuple[int, int]],
    began: datetime,
    actor: Actor,
    recorded_at: datetime,
) -> None:
    """Everybody it was sent to, as its frozen list and as the arm they are measured by."""
    counts = {"treated": len(people), "control": 0, "holdout": 0, "excluded": {}}
    list_id = tx.value(
        """
        INSERT INTO marketing_targetlist (uid, measure_id, conditions, channel, control_share,
          holdout_share, found, counts, made_at, actor)
        SELECT %s, id, %s::jsonb, %s, 0, 0, %s, %s::jsonb, %s, %s
        FROM marketing_measure WHERE uid = %s RETURNING id
        """,
        [
            uuid5(told.new.uid, "list"), json.dumps(dict(told.new.conditions)), told.channel,
            len(people), json.dumps(counts), began, str(actor), told.new.uid,
        ],
    )  # fmt: skip
    tx.copy(
        "COPY marketing_target (target_list_id, person_id, record_id, arm, cause) FROM STDIN",
        ((list_id, person, record, "treated", "") for person, record in people),
    )
    assigned = [Assigned(person, record, "treated") for person, record in people]
    arms.put(tx, f"measure:{told.new.uid}", assigned, assigned_at=recorded_at)
