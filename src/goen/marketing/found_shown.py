"""The people who fulfil conditions, as a page shows them: how many, some of them, a sample.

Promises: what is shown of few people is exact; of many, who may be written to is estimated from a
sample, and that is said (`about`). Lists for sending are never made of this, but by `found`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from goen.customers import consents
from goen.customers.consents import Permission
from goen.kit.db import Tx
from goen.marketing import found
from goen.marketing.conditions import Leaf
from goen.marketing.found import Ready

EXACT_UP_TO = 5_000
"""Of more people it is estimated from a sample who may be written to."""
SAMPLE = 2_000
SORTED_UP_TO = 20_000
"""So many are sorted by what they brought; more are looked for among the shop's best."""
BEST = 50_000
WALKED = 20_000
"""Among so many, the best first, one looks at most for those who may be written to."""


@dataclass(frozen=True, slots=True)
class Look:
    """How many (`about` when estimated), a page of them by what they brought, and some.

    `some` are all of them up to `EXACT_UP_TO`, else about `SAMPLE`, the same ones every time.
    """

    total: int
    about: bool
    page: list[int]
    some: list[int]


def look(tx: Tx, ready: Ready, *, limit: int = 0, offset: int = 0) -> Look:
    """The people now; with a `limit`, that many of them from `offset` on."""
    tx.plan_afresh()
    gates = _gates(ready)
    if not gates:
        total, page, some = _read(tx, ready, (), limit, offset)
        return Look(total, False, page, some)
    wanted = min((offset + limit) * 4 + 200, WALKED) if limit else 0
    total, page, some = _read(tx, ready, gates, wanted, 0)
    passing = _passing(tx, gates, some)
    if total <= EXACT_UP_TO:
        best = found.best(tx, passing, limit=limit, offset=offset) if limit else []
        return Look(len(passing), False, best, passing)
    about = round(total * len(passing) / len(some)) if some else 0
    shown = _passing(tx, gates, page)
    if len(shown) < min(offset + limit, about) and len(page) < min(total, WALKED):
        page = found.page(tx, ready, limit=WALKED, without={leaf.path for leaf in gates})
        shown = _passing(tx, gates, page)
    return Look(about, True, shown[offset : offset + limit], passing)


def _gates(ready: Ready) -> list[Leaf]:
    """Conditions on who may be written to that everybody has to fulfil: costly for many."""
    leaves = found.musts(ready.conditions.tree, ready.conditions.leaves())
    return [leaf for leaf in leaves if leaf.field == "consent"]


def _passing(tx: Tx, gates: Sequence[Leaf], people: Sequence[int]) -> list[int]:
    passing = list(people)
    for leaf in gates:
        answers = consents.permissions(tx, passing, channel=leaf["channel"])
        passing = [one for one in passing if isinstance(answers[one], Permission)]
    return passing


_LOOK = """
, chosen AS MATERIALIZED (SELECT e.person_id {those}),
total AS MATERIALIZED (SELECT count(*) AS n FROM chosen),
best AS MATERIALIZED (
  SELECT person_id, profit_minor FROM insight_personfigure
  ORDER BY profit_minor DESC, person_id LIMIT %s)
SELECT total.n,
  CASE WHEN total.n <= %s THEN ARRAY(
    SELECT c.person_id FROM chosen c LEFT JOIN insight_personfigure f USING (person_id)
    ORDER BY f.profit_minor DESC NULLS LAST, c.person_id LIMIT %s OFFSET %s)
  ELSE ARRAY(
    SELECT person_id FROM chosen JOIN best USING (person_id)
    ORDER BY profit_minor DESC, person_id LIMIT %s OFFSET %s) END,
  ARRAY(
    SELECT person_id FROM chosen WHERE total.n <= %s
      OR (hashint8extended(person_id, 0) & 1048575) * total.n < 1048576::bigint * %s)
FROM total
"""


def _read(
    tx: Tx, ready: Ready, gates: Sequence[Leaf], limit: int, offset: int
) -> tuple[int, list[int], list[int]]:
    """How many, a page and some, but for the gates."""
    (sets, those), values = found.query(tx, ready, without={leaf.path for leaf in gates})
    place = [limit, offset]
    more: list[Any] = [BEST, SORTED_UP_TO, *place, *place, EXACT_UP_TO, SAMPLE]
    row = tx.row(sets + _LOOK.format(those=those), [*values, *more])
    assert row is not None
    total, page, some = row
    if len(page) < min(limit, total - offset) and not gates:
        page = found.page(tx, ready, limit=limit, offset=offset)
    return total, page, some
