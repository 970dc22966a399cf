"""Measures that say different things of one product to the same people at the same time.

Promises: what is found is kept, and stays on record when it is accepted or no longer so; accepted
is with a reason and an end, and after the end it is open again. Whom a measure writes to is its
frozen list, else what its conditions find now; where nobody knows, it may be everybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import clashes_people
from goen.marketing.clashes_rules import Clash, Voice, clashes, counted
from goen.marketing.measures_reading import day_of

MOST_DAYS = 366
"""Nobody looks away for longer than a year."""
MOST_TEXT = 2_000

_VOICES = """
SELECT m.id, p.channel, p.axis_id, v.skus, a.skus, greatest(p.starts_on, v.starts_on, %(from)s),
       least(p.ends_on, p.ended_on, v.ends_on), p.place_id
FROM marketing_placement p
JOIN marketing_measure m ON m.id = p.measure_id
JOIN marketing_axis a ON a.id = p.axis_id
JOIN LATERAL (
  SELECT skus, starts_on, ends_on FROM marketing_version
  WHERE measure_id = m.id ORDER BY n DESC LIMIT 1
) v ON true
WHERE (m.state = 'live' OR m.id = %(measure)s)
  AND greatest(p.starts_on, v.starts_on, %(from)s)
      <= least(p.ends_on, p.ended_on, v.ends_on)
ORDER BY m.id, p.id
"""


def find(tx: Tx, *, at: datetime, measure_id: int | None = None) -> list[Clash]:
    """Contradictions from that day on: of one measure with live ones, or among all live ones."""
    rows = tx.rows(_VOICES, {"measure": measure_id, "from": day_of(tx, at)})
    voices = [_voice(row) for row in rows]
    sql = "SELECT axis_a_id, axis_b_id FROM marketing_opposition"
    found = clashes(voices, [(a, b) for a, b in tx.rows(sql)], of=measure_id)
    wanted = {m for clash in found if clash.is_direct for m in (clash.measure_a, clash.measure_b)}
    people = clashes_people.of(tx, sorted(wanted), at=at)
    return [one for clash in found if (one := counted(clash, people)) is not None]


def _voice(row: Sequence[Any]) -> Voice:
    measure_id, channel, axis_id, about, axis_about, first_on, last_on, place_id = row
    of_measure = frozenset(about) or None
    of_axis = frozenset(axis_about) or None
    skus = of_measure if of_axis is None else of_axis & (of_measure or of_axis)
    return Voice(measure_id, channel, axis_id, skus or of_measure, first_on, last_on, place_id)


_KEEP = """
INSERT INTO marketing_finding (kind, measure_a_id, measure_b_id, sku_id, axis_a_id, axis_b_id,
  channels_a, channels_b, skus, opposed, overlap, starts_on, ends_on, found_at,
  accepted_by, accepted_why)
VALUES (%(kind)s, %(measure_a)s, %(measure_b)s, %(sku)s, %(axis_a)s, %(axis_b)s,
  to_jsonb(%(channels_a)s::text[]), to_jsonb(%(channels_b)s::text[]),
  to_jsonb(%(skus)s::bigint[]), %(opposed)s, %(overlap)s, %(starts_on)s, %(ends_on)s, %(at)s,
  '', '')
ON CONFLICT ON CONSTRAINT marketing_finding_once DO UPDATE SET channels_a = excluded.channels_a,
  channels_b = excluded.channels_b, skus = excluded.skus, opposed = excluded.opposed,
  overlap = excluded.overlap, starts_on = excluded.starts_on, ends_on = excluded.ends_on,
  gone_at = NULL
RETURNING id
"""


def keep(tx: Tx, found: Sequence[Clash], *, recorded_at: datetime) -> list[int]:
    """Write down what was found; what was known before keeps its acceptance. Answers the ids."""
    return [
        int(
            tx.value(
                _KEEP,
                {
                    "kind": one.kind,
                    "measure_a": one.measure_a,
                    "measure_b": one.measure_b,
                    "axis_a": one.axis_a,
                    "axis_b": one.axis_b,
                    "sku": min(one.skus) if one.skus else None,
                    "skus": sorted(one.skus or ()),
                    "channels_a": list(one.channels_a),
                    "channels_b": list(one.channels_b),
                    "opposed": one.opposed,
                    "overlap": one.overlap,
                    "starts_on": one.starts_on,
                    "ends_on": one.ends_on,
                    "at": recorded_at,
                },
            )
        )
        for one in found
    ]


def look(tx: Tx, *, recorded_at: datetime) -> tuple[int, int]:
    """The daily look at everything live: keeps what is found, closes what is no longer so.

    Answers how many contradictions there are and how many went. What a draft was told stays until
    the draft is launched or dropped.
    """
    found = find(tx, at=recorded_at)
    there = keep(tx, found, recorded_at=recorded_at)
    gone = tx.execute(
        """
        UPDATE marketing_finding f SET gone_at = %s
        WHERE f.gone_at IS NULL AND f.id <> ALL(%s)
          AND NOT EXISTS (SELECT FROM marketing_measure m
                          WHERE m.id IN (f.measure_a_id, f.measure_b_id) AND m.state = 'draft')
        """,
        [recorded_at, there],
    )
    return len(there), gone


@dataclass(frozen=True, slots=True)
class Accepted:
    """The finding is off the list until that day, and on record for ever."""

    finding_id: int
    until: date
    repeated: bool = False


def accept(
    tx: Tx, finding_id: int, *, why: str, until: date, actor: Actor, recorded_at: datetime
) -> Accepted | Refusal:
    """Accept a contradiction as intended, with a reason, up to and including a day."""
    sql = "SELECT accepted_why, accepted_until FROM marketing_finding WHERE id = %s FOR UPDATE"
    row = tx.row(sql, [finding_id])
    if row is None:
        return Refusal("unknown_finding", "finding", {"given": finding_id})
    why = why.strip()
    refused = _not_so(why, until, day_of(tx, recorded_at))
    if refused is not None:
        return refused
    if (why, until) == row:
        return Accepted(finding_id, until, repeated=True)
    tx.execute(
        """
        UPDATE marketing_finding SET accepted_at = %s, accepted_by = %s, accepted_why = %s,
          accepted_until = %s WHERE id = %s
        """,
        [recorded_at, str(actor), why, until, finding_id],
    )
    detail = {"why": why, "until": str(until)}
    trail.note(tx, actor, "accept", "finding", finding_id, at=recorded_at, detail=detail)
    return Accepted(finding_id, until)


def _not_so(why: str, until: date, today: date) -> Refusal | None:
    if not why:
        return Refusal("accepting_needs_why", "why")
    if len(why) > MOST_TEXT:
        return Refusal("too_long", "why", {"most": MOST_TEXT})
    if until < today:
        return Refusal("days_over", "until", {"given": str(until)})
    if (until - today).days > MOST_DAYS:
        return Refusal("too_far", "until", {"most": MOST_DAYS})
    return None


def still_open(tx: Tx, found: Sequence[Clash], *, today: date) -> list[Clash]:
    """Those that nobody accepted, or whose acceptance is over."""
    if not found:
        return []
    rows = tx.rows(
        """
        SELECT kind, measure_a_id, measure_b_id, axis_a_id, axis_b_id FROM marketing_finding
        WHERE accepted_until >= %s AND measure_a_id = ANY(%s)
        """,
        [today, [one.measure_a for one in found]],
    )
    accepted = {tuple(row) for row in rows}
    return [one for one in found if one.key not in accepted]


def refusal_of(tx: Tx, clash: Clash) -> Refusal:
    """Why a launch must wait: the other measure, and what each says."""
    names: dict[int, Any] = dict(
        tx.rows(
            "SELECT id, name FROM marketing_axis WHERE id = ANY(%s)", [[clash.axis_a, clash.axis_b]]
        )
    )
    numbers: dict[int, int] = dict(
        tx.rows(
            "SELECT id, number FROM marketing_measure WHERE id = ANY(%s)",
            [[clash.measure_a, clash.measure_b]],
        )
    )
    return Refusal(
        "clash_open",
        "placements",
        {
            "number_a": numbers[clash.measure_a],
            "number_b": numbers[clash.measure_b],
            "axis_a": names[clash.axis_a],
            "axis_b": names[clash.axis_b],
        },
    )
