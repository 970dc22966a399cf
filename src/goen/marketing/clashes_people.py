"""Whom measures write to: their frozen lists, else whoever fulfils their conditions now."""

from collections.abc import Sequence

from goen.kit.db import Tx

_LISTED = """
SELECT l.measure_id, array_agg(DISTINCT t.person_id)
FROM marketing_targetlist l JOIN marketing_target t ON t.target_list_id = l.id
WHERE l.measure_id = ANY(%s) AND t.arm = 'treated'
GROUP BY l.measure_id
"""


def of(tx: Tx, measure_ids: Sequence[int]) -> dict[int, frozenset[int] | None]:
    """The people of each measure; None: nobody knows, so it may be everybody."""
    if not measure_ids:
        return {}
    people: dict[int, frozenset[int] | None] = dict.fromkeys(measure_ids)
    for measure_id, found in tx.rows(_LISTED, [list(measure_ids)]):
        people[measure_id] = frozenset(found)
    return people
