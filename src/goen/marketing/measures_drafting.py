"""Measures are drafted and revised: every save is a version, and the newest holds.

Promises: numbers count without gaps within what was kept; the same id again is the same measure;
who saves over somebody else's version is told so; a launched measure is only added to.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from goen.kit import batches, trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import measures_placements as placements_of
from goen.marketing import rules
from goen.marketing.measure import Drafted, NewMeasure
from goen.marketing.measures_checking import content_of
from goen.marketing.measures_reading import CONTENT, Standing, not_now, standing, unknown

_TEXTS = frozenset({"skus", "builds_on", "conditions"})


def draft(tx: Tx, new: NewMeasure, *, actor: Actor, recorded_at: datetime) -> Drafted | Refusal:
    """Write a new measure down. The same id again changes nothing; with other content: refused."""
    content = content_of(tx, new)
    if isinstance(content, Refusal):
        return content
    known = _known(tx, new.uid, content)
    if known is not None:
        return known
    placements = placements_of.checked(tx, new.placements, content)
    if isinstance(placements, Refusal):
        return placements
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('marketing_measure.number'))")
    row = tx.row(
        """
        INSERT INTO marketing_measure (uid, number, state, created_at, actor)
        SELECT %s, coalesce(max(number), 0) + 1, 'draft', %s, %s FROM marketing_measure
        ON CONFLICT (uid) DO NOTHING RETURNING id, number
        """,
        [new.uid, recorded_at, str(actor)],
    )
    if row is None:  # somebody with the same form was faster
        return _known(tx, new.uid, content) or unknown(new.uid)
    _write(tx, row[0], 1, content, actor, recorded_at)
    placements_of.write(tx, row[0], placements, actor=actor, recorded_at=recorded_at)
    trail.note(tx, actor, "draft", "measure", new.uid, at=recorded_at, detail={"n": 1})
    return Drafted(new.uid, row[1], 1)


def revise(
    tx: Tx, new: NewMeasure, *, n: int, actor: Actor, recorded_at: datetime
) -> Drafted | Refusal:
    """Save a measure anew; `n` is the version that was read before.

    A save that changes nothing writes nothing. Of a launched measure the why may grow longer and
    the last day come nearer; the rest stays.
    """
    one = standing(tx, new.uid, lock=True)
    if one is None:
        return unknown(new.uid)
    content = content_of(tx, new) if one.state in ("draft", "live") else not_now(one)
    if isinstance(content, Refusal):
        return content
    if content == one.content:
        return Drafted(one.uid, one.number, one.n, repeated=True)
    refused = _may_not(one, content, n)
    if refused is not None:
        return refused
    _write(tx, one.id, one.n + 1, content, actor, recorded_at)
    if not one.is_launched:
        placements_of.follow(tx, one.id, one.content, content)
    changed = [name for name in CONTENT if content[name] != one.content[name]]
    detail = {"n": one.n + 1, "changed": changed}
    trail.note(tx, actor, "revise", "measure", one.uid, at=recorded_at, detail=detail)
    return Drafted(one.uid, one.number, one.n + 1)


def _may_not(one: Standing, content: Mapping[str, Any], n: int) -> Refusal | None:
    if n != one.n:
        detail = {"by": one.written_by, "at": one.recorded_at.isoformat(), "n": one.n}
        return Refusal("changed_meanwhile", "n", detail)
    field = rules.rewritten(one.content, content) if one.is_launched else None
    return None if field is None else Refusal("only_added_to", field, {"number": one.number})


def _known(tx: Tx, uid: UUID, content: Mapping[str, Any]) -> Drafted | Refusal | None:
    """What was answered under this id before."""
    one = standing(tx, uid)
    if one is None:
        return None
    return _first(tx, one, content) or batches.id_reused(uid)


def _first(tx: Tx, one: Standing, content: Mapping[str, Any]) -> Drafted | None:
    """The first version again, when it says the same."""
    names = ", ".join(CONTENT)
    sql = f"SELECT {names} FROM marketing_version WHERE measure_id = %s AND n = 1"
    row = tx.row(sql, [one.id])
    assert row is not None
    first = dict(zip(CONTENT, row, strict=True))
    first["control_share"] = float(first["control_share"])
    return Drafted(one.uid, one.number, 1, repeated=True) if first == content else None


def _write(
    tx: Tx, measure_id: int, n: int, content: Mapping[str, Any], actor: Actor, at: datetime
) -> None:
    values = [
        json.dumps(content[name], ensure_ascii=False) if name in _TEXTS else content[name]
        for name in CONTENT
    ]
    slots = ", ".join("%s::jsonb" if name in _TEXTS else "%s" for name in CONTENT)
    tx.execute(
        f"""
        INSERT INTO marketing_version (measure_id, n, {", ".join(CONTENT)}, recorded_at, actor)
        VALUES (%s, %s, {slots}, %s, %s)
        """,
        [measure_id, n, *values, at, str(actor)],
    )
