"""Where a measure speaks: placements are added, and taken away again.

Promises: before the launch a placement may go without a trace; a launched measure's placements
stay as they were and can only end earlier, and a new one needs what a launch needs.
"""

from datetime import datetime
from uuid import UUID

from goen.kit import batches, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx, savepoint
from goen.kit.refusals import Refusal
from goen.marketing import axes, clashes
from goen.marketing.measure import NewPlacement, Noted
from goen.marketing.measures_placements import Checked, checked, write
from goen.marketing.measures_reading import Standing, day_of, not_now, standing, unknown


class _Undone(Exception):  # noqa: N818  it is no error; it leaves a savepoint
    """The placement would contradict a live measure."""


def place(
    tx: Tx, uid: UUID, new: NewPlacement, *, actor: Actor, recorded_at: datetime
) -> Noted | Refusal:
    """Let a measure speak somewhere. The same id again is the same placement."""
    one = standing(tx, uid, lock=True)
    if one is None:
        return unknown(uid)
    known = _known(tx, one, new)
    if known is not None:
        return known
    if one.state not in ("draft", "live"):
        return not_now(one)
    placements = checked(tx, [new], one.content)
    if isinstance(placements, Refusal):
        return Refusal(placements.code, placements.field.partition(".")[2], placements.detail)
    if not one.is_launched:
        write(tx, one.id, placements, actor=actor, recorded_at=recorded_at)
    else:
        refused = _add_to_launched(tx, one, placements[0], actor, recorded_at)
        if refused is not None:
            return refused
    trail.note(tx, actor, "place", "measure", uid, at=recorded_at, detail={"channel": new.channel})
    return Noted(_id_of(tx, new.uid))


def displace(tx: Tx, placement: UUID, *, actor: Actor, recorded_at: datetime) -> Noted | Refusal:
    """Take a placement away; a launched one ends with this day and stays on record."""
    sql = """
    SELECT p.id, m.uid, p.ended_on, p.channel, p.starts_on FROM marketing_placement p
    JOIN marketing_measure m ON m.id = p.measure_id WHERE p.uid = %s
    """
    row = tx.row(sql, [placement])
    if row is None:
        return Refusal("unknown_placement", "placement", {"given": str(placement)})
    one = standing(tx, row[1], lock=True)
    assert one is not None
    if one.state not in ("draft", "live"):
        return not_now(one)
    if not one.is_launched:
        tx.execute("DELETE FROM marketing_placement WHERE id = %s", [row[0]])
    elif row[2] is not None:
        return Noted(row[0], repeated=True)
    else:
        today = day_of(tx, recorded_at)
        sql = "UPDATE marketing_placement SET ended_on = %s WHERE id = %s"
        tx.execute(sql, [today, row[0]])
    detail = {"channel": row[3], "ended": one.is_launched}
    trail.note(tx, actor, "displace", "measure", one.uid, at=recorded_at, detail=detail)
    return Noted(row[0])


def _known(tx: Tx, one: Standing, new: NewPlacement) -> Noted | Refusal | None:
    sql = "SELECT id, measure_id, channel FROM marketing_placement WHERE uid = %s"
    row = tx.row(sql, [new.uid])
    if row is None:
        return None
    same = row[1:] == (one.id, new.channel)
    return Noted(row[0], repeated=True) if same else batches.id_reused(new.uid)


def _add_to_launched(
    tx: Tx, one: Standing, new: Checked, actor: Actor, at: datetime
) -> Refusal | None:
    """A placement of a live measure must hold what a launch asks of each."""
    today = day_of(tx, at)
    if new.axis_id is None:
        return Refusal("axis_missing", "axis")
    if new.starts_on < today:
        return Refusal("days_over", "starts_on", {"given": str(new.starts_on)})
    try:
        with savepoint():
            write(tx, one.id, [new], actor=actor, recorded_at=at)
            misfits = axes.misfits(tx, one.id)
            found = clashes.find(tx, at=at, measure_id=one.id)
            open_ = clashes.still_open(tx, found, today=today)
            if misfits or open_:
                raise _Undone
    except _Undone:
        if misfits:
            return Refusal(misfits[0].code, "axis", misfits[0].detail)
        clashes.keep(tx, found, recorded_at=at)
        return clashes.refusal_of(tx, open_[0])
    clashes.keep(tx, found, recorded_at=at)
    return None


def _id_of(tx: Tx, uid: UUID) -> int:
    return int(tx.value("SELECT id FROM marketing_placement WHERE uid = %s", [uid]))
