"""Whom measures write to: their frozen lists, else whoever fulfils their conditions now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from goen.kit.db import Tx
from goen.kit.refusals import Refusal
from goen.marketing import found
from goen.marketing.conditions import parse

_LISTED = """
SELECT l.measure_id, array_agg(DISTINCT t.person_id)
FROM marketing_targetlist l JOIN marketing_target t ON t.target_list_id = l.id
WHERE l.measure_id = ANY(%s) AND t.arm = 'treated'
GROUP BY l.measure_id
"""
_ASKED = """
SELECT DISTINCT ON (measure_id) measure_id, conditions FROM marketing_version
WHERE measure_id = ANY(%s) ORDER BY measure_id, n DESC
"""


def of(tx: Tx, measure_ids: Sequence[int], *, at: datetime) -> dict[int, frozenset[int] | None]:
    """The people of each measure; None: nobody knows yet, so it may be everybody."""
    listed = tx.rows(_LISTED, [list(measure_ids)]) if measure_ids else []
    people: dict[int, frozenset[int] | None] = {one: frozenset(ids) for one, ids in listed}
    rest = [one for one in measure_ids if one not in people]
    for measure_id, conditions in tx.rows(_ASKED, [rest]) if rest else []:
        people[measure_id] = _who_fulfils(tx, conditions, at)
    return people


def _who_fulfils(tx: Tx, conditions: Any, at: datetime) -> frozenset[int] | None:
    """Without conditions, or while they are being counted, it may be anybody."""
    parsed = parse(conditions or {"all": []})
    if isinstance(parsed, Refusal) or not parsed.leaves():
        return None
    ready = found.prepare(tx, parsed, at=at)
    return None if ready.waiting else frozenset(found.ids(tx, ready))
