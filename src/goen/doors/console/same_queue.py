"""The queue of pairs that may be one person, a page of it, ranked by what is at stake.

Promises: the realised profit of both together comes first, then the likelier, then the older; the
whole queue is ranked where it lies, and only a page of it is read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from goen.customers import candidates
from goen.customers.candidates import Waiting
from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Ranked:
    """A pair with what is at stake, where it stands, and what stands beside it."""

    one: Waiting
    stake: int
    at: int
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the queue, the pair that is looked at, and how many there are."""

    rows: Sequence[Ranked]
    here: Ranked | None
    total: int


_RANKED = f"""
WITH staked AS (
  SELECT p.id, p.probability,
         coalesce(a.profit_minor, 0) + coalesce(b.profit_minor, 0) AS stake
  FROM ({candidates.PAIRS}) p
  LEFT JOIN insight_personfigure a ON a.person_id = p.person_a
  LEFT JOIN insight_personfigure b ON b.person_id = p.person_b
), ranked AS (
  SELECT id, stake, row_number() OVER queue AS at, lag(id) OVER queue AS before,
         lead(id) OVER queue AS after
  FROM staked WINDOW queue AS (ORDER BY stake DESC, probability DESC, id)
)
SELECT id, stake, at, before, after, (SELECT count(*) FROM staked) FROM ranked
WHERE at > %(start)s AND at <= %(start)s + %(limit)s OR id = %(wanted)s OR at = 1 ORDER BY at
"""


def read(tx: Tx, *, least: float, later: bool, start: int, limit: int, wanted: int) -> Queue:
    """A page from `start` on, and the wanted pair; without one that waits, the page's first."""
    given = {
        "states": candidates.states_of(later=later),
        "least": least,
        "start": start,
        "limit": limit,
        "wanted": wanted,
    }
    tx.plan_afresh()
    found = tx.rows(_RANKED, given)
    shown = candidates.some(tx, [row[0] for row in found])
    ranked = [Ranked(shown[id_], stake, *where) for id_, stake, *where, _ in found]
    rows = [one for one in ranked if start < one.at <= start + limit]
    named = next((one for one in ranked if one.one.id == wanted), None)
    return Queue(rows, named or next(iter(rows), None), found[0][-1] if found else 0)
