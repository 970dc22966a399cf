"""Target lists: the people of one moment, for one measure, frozen.

Promises: everybody who was found stands in the list, in an arm or with the cause why they are left
out; what changes later leaves the list as it was; the same uid again is the same list. Arms are
drawn by the person alone: holdouts hear of no measure, ever; who had an arm in this measure keeps
it. The arms are written down for measuring before anything is sent.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from goen.insight import arms
from goen.insight.arms import Assigned
from goen.kit import batches, settings, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import found
from goen.marketing.conditions import Conditions, Tree, parse
from goen.marketing.lists_causes import CAUSES, Sorted, records_of, sort_out
from goen.marketing.lists_reading import Counts, ListShown, of_measure, read, treated
from goen.marketing.rules import CHANNELS, arm_of

__all__ = ["Counts", "Frozen", "ListShown", "foresee", "freeze", "of_measure", "read", "treated"]

MOST_CONTROL = 0.9


@dataclass(frozen=True, slots=True)
class Frozen:
    """The list is made. `repeated` when it already was."""

    uid: UUID
    list_id: int
    counts: Counts
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Everybody found, sorted: (person, record, arm, cause)."""

    conditions: Conditions
    counts: Counts
    rows: Sequence[tuple[int, int, str, str]]


def foresee(
    tx: Tx, *, measure_uid: UUID | None, conditions: Tree, channel: str, control_share: float,
    at: datetime,
) -> Counts | Refusal:  # fmt: skip
    """What a list made now would hold. Writes nothing."""
    drawn = _draw(tx, measure_uid, conditions, channel, control_share, at, salt="")
    return drawn if isinstance(drawn, Refusal) else drawn.counts


def freeze(
    tx: Tx, *, uid: UUID, measure_uid: UUID | None, conditions: Tree, channel: str,
    control_share: float, actor: Actor, recorded_at: datetime,
) -> Frozen | Refusal:  # fmt: skip
    """Make the list of who fulfils the conditions now.

    Refused: unreadable conditions, an unknown channel or measure, a control share out of bounds,
    nobody found, people still being counted, the uid of another list.
    """
    # Two lists of one measure take turns: the second sees whom the first is sent to.
    tx.execute("SELECT FROM marketing_measure WHERE uid = %s FOR UPDATE", [measure_uid])
    kept = read(tx, uid)
    if kept is not None:
        same = (kept.measure_uid, kept.channel) == (measure_uid, channel)
        again = Frozen(uid, kept.list_id, kept.counts, repeated=True)
        return again if same else batches.id_reused(uid)
    drawn = _draw(tx, measure_uid, conditions, channel, control_share, recorded_at, salt=str(uid))
    if isinstance(drawn, Refusal):
        return drawn
    list_id = _insert(tx, uid, measure_uid, channel, drawn, actor, recorded_at)
    if list_id is None:
        return batches.id_reused(uid)
    if measure_uid is not None:
        assigned = [Assigned(p, r, arm) for p, r, arm, _ in drawn.rows if arm != "excluded"]
        arms.put(tx, f"measure:{measure_uid}", assigned, assigned_at=recorded_at)
    counts = {**_plain(drawn.counts), "channel": channel, "measure": str(measure_uid or "")}
    trail.note(tx, actor, "freeze", "list", uid, at=recorded_at, detail=counts)
    return Frozen(uid, list_id, drawn.counts)


def _draw(
    tx: Tx, measure_uid: UUID | None, given: Tree, channel: str, control_share: float,
    at: datetime, salt: str,
) -> _Drawn | Refusal:  # fmt: skip
    conditions = parse(given)
    if isinstance(conditions, Refusal):
        return conditions
    measure_id = _measure_id(tx, measure_uid)
    for refused in (_refusal(channel, control_share), measure_id):
        if isinstance(refused, Refusal):
            return refused
    assert not isinstance(measure_id, Refusal)
    who = _people(tx, conditions, at)
    if isinstance(who, Refusal):
        return who
    people, as_of = who
    decided = sort_out(tx, people, channel=channel, measure_id=measure_id, at=at)
    holdout_share = float(settings.read(tx, "holdout.share"))
    salt = str(measure_uid) if measure_uid is not None else salt
    rows = _rows(tx, people, decided, measure_uid, salt, control_share, holdout_share)
    counts = _counts(rows, control_share, holdout_share, as_of)
    return _Drawn(conditions, counts, rows)


def _refusal(channel: str, control_share: float) -> Refusal | None:
    if channel not in CHANNELS:
        detail = {"given": channel, "known": ", ".join(CHANNELS)}
        return Refusal("unknown_contact_channel", "channel", detail)
    if not 0 <= control_share <= MOST_CONTROL:
        bounds = {"least": 0, "most": round(100 * MOST_CONTROL)}
        return Refusal("bad_control_share", "control_share", bounds)
    return None


def _measure_id(tx: Tx, uid: UUID | None) -> int | Refusal | None:
    if uid is None:
        return None
    found_id = tx.value("SELECT id FROM marketing_measure WHERE uid = %s", [uid])
    if found_id is None:
        return Refusal("unknown_measure", "measure_uid", {"given": str(uid)})
    return int(found_id)


def _people(
    tx: Tx, conditions: Conditions, at: datetime
) -> tuple[list[int], datetime | None] | Refusal:
    """Everybody who fulfils them, and the moment that is true of."""
    ready = found.prepare(tx, conditions, at=at)
    if ready.waiting:
        return Refusal("still_counting", "conditions")
    people = found.ids(tx, ready)
    return (people, ready.as_of) if people else Refusal("nobody_found", "conditions")


def _rows(
    tx: Tx, people: Sequence[int], decided: Sorted, measure_uid: UUID | None, salt: str,
    control_share: float, holdout_share: float,
) -> list[tuple[int, int, str, str]]:  # fmt: skip
    before = _arms_before(tx, measure_uid)
    others = records_of(tx, list(decided.causes))
    rows = []
    for person in people:
        cause = decided.causes.get(person)
        if cause is not None:
            rows.append((person, others[person], "excluded", cause))
            continue
        arm = before.get(person) or arm_of(
            person, measure=salt, control_share=control_share, holdout_share=holdout_share
        )
        rows.append((person, decided.permitted[person], arm, ""))
    return rows


def _arms_before(tx: Tx, measure_uid: UUID | None) -> dict[int, str]:
    """The arms that people have in this measure already, whoever they were then."""
    if measure_uid is None:
        return {}
    rows = tx.rows(
        """
        SELECT DISTINCT ON (p.person_id) p.person_id, a.arm
        FROM insight_arm a JOIN report_person_of p ON p.record_id = a.record_id
        WHERE a.origin = %s ORDER BY p.person_id, a.assigned_at, a.id
        """,
        [f"measure:{measure_uid}"],
    )
    return dict(rows)


def _counts(
    rows: Sequence[tuple[int, int, str, str]], control: float, holdout: float,
    as_of: datetime | None,
) -> Counts:  # fmt: skip
    by_arm = Counter(row[2] for row in rows)
    by_cause = Counter(row[3] for row in rows if row[3])
    return Counts(
        found=len(rows),
        treated=by_arm["treated"],
        control=by_arm["control"],
        holdout=by_arm["holdout"],
        excluded={cause: by_cause[cause] for cause in CAUSES if by_cause[cause]},
        control_share=control,
        holdout_share=holdout,
        as_of=as_of,
    )


def _plain(counts: Counts) -> dict[str, Any]:
    return {
        "treated": counts.treated,
        "control": counts.control,
        "holdout": counts.holdout,
        "excluded": dict(counts.excluded),
    }


def _insert(
    tx: Tx, uid: UUID, measure_uid: UUID | None, channel: str, drawn: _Drawn, actor: Actor,
    recorded_at: datetime,
) -> int | None:  # fmt: skip
    """The list and its rows; None when somebody else made one under this uid just now."""
    row = tx.row(
        """
        INSERT INTO marketing_targetlist (uid, measure_id, segment_id, conditions, channel,
          control_share, holdout_share, found, counts, made_at, as_of, actor)
        SELECT %s, m.id, v.segment_id, %s::jsonb, %s, %s, %s, %s, %s::jsonb, %s, %s, %s
        FROM (SELECT) AS one
        LEFT JOIN marketing_measure m ON m.uid = %s
        LEFT JOIN LATERAL (SELECT segment_id FROM marketing_version
                           WHERE measure_id = m.id ORDER BY n DESC LIMIT 1) v ON true
        ON CONFLICT (uid) DO NOTHING RETURNING id
        """,
        [
            uid,
            drawn.conditions.text,
            channel,
            Decimal(str(round(drawn.counts.control_share, 4))),
            Decimal(str(round(drawn.counts.holdout_share, 4))),
            drawn.counts.found,
            json.dumps(_plain(drawn.counts)),
            recorded_at,
            drawn.counts.as_of,
            str(actor),
            measure_uid,
        ],
    )
    if row is None:
        return None
    list_id = int(row[0])
    tx.copy(
        "COPY marketing_target (target_list_id, person_id, record_id, arm, cause) FROM STDIN",
        ((list_id, *one) for one in drawn.rows),
    )
    return list_id
