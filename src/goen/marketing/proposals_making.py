"""Making proposals: one for each person, of what the analyst found, of goods that are there.

Promises: nothing is made while the switch is off; a person has one proposal at a time and keeps it
while it is a candidate, unless something clearly better turns up; who is held out is drawn once,
by the person alone, and kept after a merge; what was put aside is not proposed again for a while;
every decision is written down with what it was made on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from goen.insight import arms, tastes
from goen.insight.arms import Assigned
from goen.insight.tastes import CandidateShown
from goen.kit import ids, settings
from goen.kit.db import Tx
from goen.marketing import automation
from goen.marketing.automation import Decided
from goen.marketing.rules import place_of
from goen.stock import availability

RULE = "proposal-1"
ORIGIN = "proposal"
BETTER = 1.25
"""How many times the value of the present one another must have to take its place."""
SPARED_DAYS = 60
"""Days in which what was put aside is not proposed again."""


@dataclass(frozen=True, slots=True)
class _Open:
    """What is proposed to a person now."""

    uid: UUID
    kind: str
    sku_id: int
    stake_minor: int
    expires_on: date


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is decided for a person: what ends, and how; what begins."""

    person_id: int
    record_id: int
    arm: str
    ends: tuple[UUID, str] | None
    begins: CandidateShown | None


def make(tx: Tx, person_ids: Sequence[int], *, on: date, recorded_at: datetime) -> int:
    """Decide anew what is proposed to these people; answers how many proposals were made.

    Off, nothing is done.
    """
    if not person_ids or not automation.is_on(tx):
        return 0
    # One maker at a time: the same people decided twice would each get two decisions.
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('marketing.proposals'))")
    records = _records(tx, person_ids)
    arm_of = arms_of(tx, records, recorded_at)
    open_ = _open(tx, person_ids)
    possible = _possible(tx, person_ids, recorded_at)
    decided = [
        _decide(person, record, arm_of[person], open_.get(person), possible.get(person, []), on)
        for person, record in records.items()
    ]
    changes = [one for one in decided if one.ends or one.begins]
    _end(tx, [one.ends for one in changes if one.ends], recorded_at)
    made = _begin(tx, [one for one in changes if one.begins], on, recorded_at)
    automation.decided(tx, [_told(one, possible) for one in changes], at=recorded_at)
    return made


def end_gone(tx: Tx, *, on: date, recorded_at: datetime, limit: int = 500) -> int:
    """End what is past its day, and what has no candidate behind it any more; answers how many."""
    if not automation.is_on(tx):
        return 0
    over = tx.rows(
        """
        SELECT uid, person_id, CASE WHEN expires_on < %s THEN 'expired' ELSE 'replaced' END
        FROM marketing_proposal p WHERE ended_at IS NULL AND (expires_on < %s
          OR kind <> 'scenario' AND NOT EXISTS (
            SELECT FROM insight_candidate c WHERE c.person_id = p.person_id))
        ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
        """,
        [on, on, limit],
    )
    _end(tx, [(uid, how) for uid, _, how in over], recorded_at)
    told = [Decided(RULE, f"person:{person}", how) for _, person, how in over]
    automation.decided(tx, told, at=recorded_at)
    return len(over)


def _decide(
    person_id: int,
    record_id: int,
    arm: str,
    open_: _Open | None,
    possible: Sequence[CandidateShown],
    on: date,
) -> _Wanted:
    """Keep, end or change. Pure."""
    best = possible[0] if possible else None
    if open_ is None or open_.expires_on < on:
        ends = None if open_ is None else (open_.uid, "expired")
        return _Wanted(person_id, record_id, arm, ends, best)
    if open_.kind == "scenario":  # somebody decided on that; it holds until its day
        return _Wanted(person_id, record_id, arm, None, None)
    same = next((p for p in possible if (p.kind, p.sku_id) == (open_.kind, open_.sku_id)), None)
    if same is None:
        return _Wanted(person_id, record_id, arm, (open_.uid, "replaced"), best)
    if best is not None and best is not same and best.value_minor >= BETTER * same.value_minor:
        return _Wanted(person_id, record_id, arm, (open_.uid, "replaced"), best)
    return _Wanted(person_id, record_id, arm, None, None)


def _records(tx: Tx, person_ids: Sequence[int]) -> dict[int, int]:
    """The oldest record of each living person, in order."""
    rows = tx.rows(
        "SELECT person_id, min(record_id) FROM customers_personof WHERE person_id = ANY(%s)"
        " GROUP BY person_id ORDER BY person_id",
        [list(person_ids)],
    )
    return dict(rows)


def arms_of(tx: Tx, records: Mapping[int, int], at: datetime) -> dict[int, str]:
    """Who is shown proposals, of these people and their records: drawn by the person, kept so."""
    share = float(settings.read(tx, "proposal.holdout_share"))
    drawn = [
        Assigned(person, record, "holdout" if place_of(person, ORIGIN) < share else "treated")
        for person, record in records.items()
    ]
    arms.put(tx, ORIGIN, drawn, assigned_at=at)
    return dict(
        tx.rows(
            "SELECT person_id, arm FROM insight_arm WHERE origin = %s AND person_id = ANY(%s)",
            [ORIGIN, list(records)],
        )
    )


def _open(tx: Tx, person_ids: Sequence[int]) -> dict[int, _Open]:
    rows = tx.rows(
        "SELECT person_id, uid, kind, sku_id, stake_minor, expires_on FROM marketing_proposal"
        " WHERE ended_at IS NULL AND person_id = ANY(%s) ORDER BY id FOR UPDATE",
        [list(person_ids)],
    )
    return {person: _Open(*rest) for person, *rest in rows}


def _possible(tx: Tx, person_ids: Sequence[int], at: datetime) -> dict[int, list[CandidateShown]]:
    """Candidates of goods that are there, without what was put aside lately; the best first."""
    found = tastes.candidates(tx, person_ids)
    there = _there(tx, {c.sku_id for each in found.values() for c in each}, at)
    spared = set(
        tx.rows(
            "SELECT person_id, sku_id FROM marketing_proposal WHERE person_id = ANY(%s)"
            " AND ended_how IN ('dismissed', 'taken') AND ended_at > %s",
            [list(person_ids), at - timedelta(days=SPARED_DAYS)],
        )
    )
    return {
        person: [c for c in each if c.sku_id in there and (person, c.sku_id) not in spared]
        for person, each in found.items()
    }


def _there(tx: Tx, sku_ids: set[int], at: datetime) -> set[int]:
    """What somebody can be sold somewhere; goods that no place keeps books of count as there."""
    if not sku_ids:
        return set()
    shares = availability.shares(tx, sorted(sku_ids), as_of=at)
    return {sku for sku, places in shares.items() if not places or any(p.free > 0 for p in places)}


def _end(tx: Tx, ends: Sequence[tuple[UUID, str]], at: datetime) -> None:
    if not ends:
        return
    tx.execute(
        """
        UPDATE marketing_proposal p SET ended_at = %s, ended_how = g.how
        FROM unnest(%s::uuid[], %s::text[]) AS g (uid, how)
        WHERE p.uid = g.uid AND p.ended_at IS NULL
        """,
        [at, [uid for uid, _ in ends], [how for _, how in ends]],
    )


def _begin(tx: Tx, wanted: Sequence[_Wanted], on: date, at: datetime) -> int:
    if not wanted:
        return 0
    last = on + timedelta(days=int(settings.read(tx, "proposal.days")))
    begun = [(one, one.begins) for one in wanted if one.begins is not None]
    return tx.execute(
        """
        INSERT INTO marketing_proposal
          (uid, person_id, record_id, kind, sku_id, reason, stake_minor, rule, arm, made_at,
           expires_on, ended_how, ended_why)
        SELECT uid, person, record, kind, sku, reason::jsonb, stake, %s, arm, %s, %s, '', ''
        FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::text[],
                    %s::bigint[], %s::text[])
          AS g (uid, person, record, kind, sku, reason, stake, arm)
        ON CONFLICT DO NOTHING
        """,
        [
            RULE,
            at,
            last,
            [ids.new_id() for _ in begun],
            [one.person_id for one, _ in begun],
            [one.record_id for one, _ in begun],
            [c.kind for _, c in begun],
            [c.sku_id for _, c in begun],
            [json.dumps(_reason(c)) for _, c in begun],
            [c.value_minor for _, c in begun],
            [one.arm for one, _ in begun],
        ],
    )


def _reason(c: CandidateShown) -> dict[str, Any]:
    """The figures that the reason says, by name; what a kind does not have is left out."""
    given = {
        "times": c.times,
        "usual_days": None if c.usual_days is None else round(c.usual_days),
        "days_away": c.days_away,
        "beside": c.beside_sku,
        "lift": None if c.lift is None else round(c.lift, 1),
    }
    return {name: value for name, value in given.items() if value is not None}


def _told(one: _Wanted, possible: Mapping[int, Sequence[CandidateShown]]) -> Decided:
    """The decision with what it was made on: ids and figures."""
    seen = [
        {"kind": c.kind, "sku": c.sku_id, "value": c.value_minor}
        for c in possible.get(one.person_id, ())
    ]
    ended = f"{one.ends[1]}" if one.ends else ""
    began = f"{one.begins.kind} sku:{one.begins.sku_id}" if one.begins else ""
    outcome = " → ".join(part for part in (ended, began) if part)
    inputs = {"candidates": seen, "arm": one.arm}
    return Decided(RULE, f"person:{one.person_id}", outcome, inputs)
