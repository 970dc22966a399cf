"""Segments: conditions with a name, one's own or shared, put away and brought back.

Promises: the conditions kept are parsed ones; nobody changes another's own segment; who changes
one that somebody else changed meanwhile is told; a segment put away stays where it was used.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.kit import batches, trail
from goen.kit.actors import Actor
from goen.kit.db import Row, Tx
from goen.kit.refusals import Refusal
from goen.marketing.conditions import Conditions, Tree, parse

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class NewSegment:
    """A segment as somebody names it. `made_from` is the address of the page it was made on."""

    uid: UUID
    name: str
    conditions: Tree
    made_from: str = ""
    shared: bool = True


@dataclass(frozen=True, slots=True)
class SegmentShown:
    """A segment as pages show it."""

    segment_id: int
    uid: UUID
    name: str
    conditions: Conditions
    made_from: str
    shared: bool
    created_by: str
    created_at: datetime
    changed_by: str
    changed_at: datetime
    archived_at: datetime | None
    measures: int = 0
    """How many measures speak to it."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The segment is kept. `repeated` when it already was."""

    uid: UUID
    repeated: bool = False


def save(tx: Tx, new: NewSegment, *, actor: Actor, recorded_at: datetime) -> Saved | Refusal:
    """Keep a new segment. The same uid again with the same content is the same one."""
    conditions = _checked(new.name, new.conditions)
    if isinstance(conditions, Refusal):
        return conditions
    inserted = tx.execute(
        """
        INSERT INTO marketing_segment (uid, name, conditions, made_from, shared, created_by,
          created_at, changed_by, changed_at)
        VALUES (%s, %s, %s::jsonb, %s, %s, %s, %s, %s, %s) ON CONFLICT (uid) DO NOTHING
        """,
        [new.uid, new.name.strip(), conditions.text, new.made_from, new.shared, str(actor),
         recorded_at, str(actor), recorded_at],
    )  # fmt: skip
    if not inserted:
        kept = one(tx, new.uid)
        same = kept and (kept.name, kept.conditions) == (new.name.strip(), conditions)
        return Saved(new.uid, repeated=True) if same else batches.id_reused(new.uid)
    trail.note(tx, actor, "make", "segment", new.uid, at=recorded_at, detail={"name": new.name})
    return Saved(new.uid)


def change(
    tx: Tx, new: NewSegment, *, seen_at: datetime | None, actor: Actor, recorded_at: datetime
) -> Saved | Refusal:
    """Rename a segment or give it other conditions.

    `seen_at` is when it was last changed as far as the caller knows. Refused: another's own
    segment, one that is put away, one that changed meanwhile.
    """
    conditions = _checked(new.name, new.conditions)
    if isinstance(conditions, Refusal):
        return conditions
    before = _locked(tx, new.uid, actor)
    if isinstance(before, Refusal):
        return before
    if before.archived_at is not None:
        return Refusal("segment_archived", "uid", {"name": before.name})
    if seen_at is not None and before.changed_at != seen_at:
        changed = {"name": before.name, "owner": before.changed_by}
        return Refusal("segment_changed", "uid", changed)
    shared = new.shared or before.created_by != str(actor)  # only its maker takes it from all
    tx.execute(
        "UPDATE marketing_segment SET name = %s, conditions = %s::jsonb, shared = %s,"
        " changed_by = %s, changed_at = %s WHERE uid = %s",
        [new.name.strip(), conditions.text, shared, str(actor), recorded_at, new.uid],
    )
    detail: Tree = {"before": before.conditions.tree, "after": conditions.tree, "name": new.name}
    trail.note(tx, actor, "change", "segment", new.uid, at=recorded_at, detail=detail)
    return Saved(new.uid)


def archive(
    tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime, back: bool = False
) -> Saved | Refusal:
    """Put a segment away, or bring it `back`. Doing so twice is doing it once."""
    before = _locked(tx, uid, actor)
    if isinstance(before, Refusal):
        return before
    if (before.archived_at is None) == back:
        return Saved(uid, repeated=True)
    tx.execute(
        "UPDATE marketing_segment SET archived_at = %s WHERE uid = %s",
        [None if back else recorded_at, uid],
    )
    trail.note(tx, actor, "bring back" if back else "archive", "segment", uid, at=recorded_at)
    return Saved(uid)


_SHOWN = """
SELECT s.id, s.uid, s.name, s.conditions, s.made_from, s.shared, s.created_by, s.created_at,
       s.changed_by, s.changed_at, s.archived_at,
       (SELECT count(DISTINCT v.measure_id) FROM marketing_version v WHERE v.segment_id = s.id)
FROM marketing_segment s
"""


def one(tx: Tx, uid: UUID) -> SegmentShown | None:
    """A segment by its id."""
    row = tx.row(f"{_SHOWN} WHERE s.uid = %s", [uid])
    return None if row is None else _shown(row)


def listed(
    tx: Tx, *, actor: Actor, text: str = "", archived: bool = False, limit: int = 50,
    offset: int = 0,
) -> tuple[list[SegmentShown], int]:  # fmt: skip
    """One's own and the shared ones, the last changed first; and how many there are."""
    where = (
        "WHERE (s.shared OR s.created_by = %s) AND (s.archived_at IS NOT NULL) = %s"
        " AND s.name ILIKE %s"
    )
    wanted = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = [str(actor), archived, f"%{wanted}%"]
    total = int(tx.value(f"SELECT count(*) FROM marketing_segment s {where}", values))
    rows = tx.rows(
        f"{_SHOWN} {where} ORDER BY s.changed_at DESC, s.id DESC LIMIT %s OFFSET %s",
        [*values, limit, offset],
    )
    return [_shown(row) for row in rows], total


def may_see(segment: SegmentShown, actor: Actor) -> bool:
    """Whether somebody may open a segment: it is shared, or their own."""
    return segment.shared or segment.created_by == str(actor)


def _checked(name: str, conditions: Tree) -> Conditions | Refusal:
    if not name.strip() or len(name.strip()) > LONGEST_NAME:
        return Refusal("segment_unnamed", "name", {"most": LONGEST_NAME})
    return parse(conditions)


def _locked(tx: Tx, uid: UUID, actor: Actor) -> SegmentShown | Refusal:
    """The segment, held for changing by one who may."""
    tx.execute("SELECT FROM marketing_segment WHERE uid = %s FOR UPDATE", [uid])
    found = one(tx, uid)
    if found is None:
        return Refusal("unknown_segment", "uid", {"given": str(uid)})
    if not may_see(found, actor):
        return Refusal("not_your_segment", "uid", {"name": found.name, "owner": found.created_by})
    return found


def _shown(row: Row) -> SegmentShown:
    parsed = parse(row[3])
    assert isinstance(parsed, Conditions), row[3]
    return SegmentShown(*(*row[:3], parsed, *row[4:]))
