"""Why figures moved: what we did, and what happened outside, on one axis of time.

Promises: measures are causes by themselves, as soon as they are launched; what happened outside is
entered by hand, and taken back rather than deleted when it was wrong.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from goen.kit import batches, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing.measure import Noted
from goen.marketing.rules import CAUSE_KINDS

MOST_TITLE = 120
MOST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class NewCause:
    """Something that happened outside. Of a `place`, or everywhere."""

    uid: UUID
    kind: str
    title: str
    first_on: date
    last_on: date
    note: str = ""
    place: str | None = None


@dataclass(frozen=True, slots=True)
class CauseShown:
    """A cause on the axis of time. `kind` is `measure` for our own; then `number` is its number."""

    kind: str
    title: str
    first_on: date
    last_on: date
    uid: UUID
    number: int | None = None
    note: str = ""
    place_id: int | None = None
    actor: str = ""


def note(tx: Tx, new: NewCause, *, actor: Actor, recorded_at: datetime) -> Noted | Refusal:
    """Write down what happened outside. The same id again is the same cause."""
    refused = _refusal(new)
    if refused is not None:
        return refused
    place_id = tx.value("SELECT id FROM places_place WHERE code = %s", [new.place or ""])
    if new.place and place_id is None:
        return Refusal("unknown_place", "place", {"given": new.place})
    row = tx.row(
        """
        INSERT INTO marketing_cause (uid, kind, title, note, first_on, last_on, place_id,
                                     recorded_at, actor)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (uid) DO NOTHING RETURNING id
        """,
        [
            new.uid, new.kind, new.title.strip(), new.note.strip(), new.first_on, new.last_on,
            place_id, recorded_at, str(actor),
        ],
    )  # fmt: skip
    if row is None:
        sql = "SELECT id, kind, title, first_on, last_on FROM marketing_cause WHERE uid = %s"
        known = tx.row(sql, [new.uid])
        assert known is not None
        same = known[1:] == (new.kind, new.title.strip(), new.first_on, new.last_on)
        return Noted(known[0], repeated=True) if same else batches.id_reused(new.uid)
    trail.note(tx, actor, "note", "cause", new.uid, at=recorded_at)
    return Noted(row[0])


def take_back(tx: Tx, uid: UUID, *, actor: Actor, recorded_at: datetime) -> Noted | Refusal:
    """A cause was none after all: it leaves the charts and stays on record."""
    sql = "SELECT id, gone_at FROM marketing_cause WHERE uid = %s FOR UPDATE"
    row = tx.row(sql, [uid])
    if row is None:
        return Refusal("unknown_cause", "cause", {"given": str(uid)})
    if row[1] is not None:
        return Noted(row[0], repeated=True)
    tx.execute("UPDATE marketing_cause SET gone_at = %s WHERE id = %s", [recorded_at, row[0]])
    trail.note(tx, actor, "take_back", "cause", uid, at=recorded_at)
    return Noted(row[0])


_BETWEEN = """
SELECT 'measure', v.title, v.starts_on,
       least(v.ends_on, CASE WHEN m.state = 'stopped'
                             THEN greatest((m.ended_at AT TIME ZONE %(zone)s)::date, v.starts_on)
                        END),
       m.uid, m.number, '', NULL::bigint, m.actor
FROM marketing_measure m JOIN LATERAL (
  SELECT title, starts_on, ends_on FROM marketing_version
  WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) v ON true
WHERE m.launched_at IS NOT NULL AND v.starts_on <= %(last)s AND v.ends_on >= %(first)s
UNION ALL
SELECT kind, title, first_on, last_on, uid, NULL, note, place_id, actor FROM marketing_cause
WHERE gone_at IS NULL AND first_on <= %(last)s AND last_on >= %(first)s
ORDER BY 3, 5
"""


def between(
    tx: Tx, first_on: date, last_on: date, *, timezone: str = "Asia/Tokyo"
) -> list[CauseShown]:
    """Every cause that touches one of the days: measures, and what happened outside."""
    given = {"first": first_on, "last": last_on, "zone": timezone}
    return [CauseShown(*row) for row in tx.rows(_BETWEEN, given)]


def _refusal(new: NewCause) -> Refusal | None:
    if new.kind not in CAUSE_KINDS:
        detail = {"given": new.kind, "known": ", ".join(CAUSE_KINDS)}
        return Refusal("unknown_choice", "kind", detail)
    if not new.title.strip():
        return Refusal("text_missing", "title")
    for name, most in (("title", MOST_TITLE), ("note", MOST_NOTE)):
        if len(getattr(new, name)) > most:
            return Refusal("too_long", name, {"most": most})
    if new.last_on < new.first_on:
        return Refusal("bad_period", "last_on", {"given": f"{new.first_on}–{new.last_on}"})
    return None
