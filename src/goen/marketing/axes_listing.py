"""Appeal points as they are read: each with what contradicts it, and how often it was made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class AxisShown:
    """An appeal point. `measures` counts those that make it, `live` those heard now or soon."""

    axis_id: int
    code: str
    name: Mapping[str, str]
    about: Mapping[str, str]
    skus: Sequence[int]
    valid_from: date | None
    valid_to: date | None
    changed_by: str
    changed_at: datetime
    measures: int
    live: int
    opposed: Sequence[str]

    def holds_on(self, day: date) -> bool:
        """Whether it may be made on a day."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )


_AXES = """
SELECT a.id, a.code, a.name, a.about, a.skus, a.valid_from, a.valid_to, a.changed_by, a.changed_at,
       coalesce(u.measures, 0), coalesce(u.live, 0),
       ARRAY(SELECT b.code FROM marketing_opposition o JOIN marketing_axis b
               ON b.id = CASE WHEN o.axis_a_id = a.id THEN o.axis_b_id ELSE o.axis_a_id END
             WHERE a.id IN (o.axis_a_id, o.axis_b_id) ORDER BY b.code)
FROM marketing_axis a
LEFT JOIN LATERAL (
  SELECT count(DISTINCT m.id) AS measures,
         count(DISTINCT m.id) FILTER (WHERE m.state = 'live') AS live
  FROM marketing_placement p JOIN marketing_measure m ON m.id = p.measure_id
  WHERE p.axis_id = a.id AND m.state <> 'dropped'
) u ON true
WHERE %(code)s::text IS NULL OR a.code = %(code)s
ORDER BY coalesce(a.valid_to, 'infinity') DESC, a.id
"""


def axes(tx: Tx) -> list[AxisShown]:
    """Every appeal point, those that hold longest first."""
    return [AxisShown(*row) for row in tx.rows(_AXES, {"code": None})]


def axis(tx: Tx, code: str) -> AxisShown | None:
    """One of them, or None."""
    row = tx.row(_AXES, {"code": code})
    return None if row is None else AxisShown(*row)


def usable(tx: Tx, *, day: date, sku_ids: Sequence[int] = ()) -> list[AxisShown]:
    """Those that hold on or after a day and may be made of all these products."""
    wanted = set(sku_ids)
    return [
        one
        for one in axes(tx)
        if (one.valid_to is None or one.valid_to >= day)
        and (not one.skus or not wanted or wanted <= set(one.skus))
    ]
