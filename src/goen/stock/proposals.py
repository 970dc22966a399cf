"""Where goods run low, and what to do about it: send some from a place with plenty, or order.

A shelf is low when what it can sell, with what is on its way to it, lasts shorter than
`stock.low_days` at the speed of the last four weeks, or has fallen into its safety stock. What is
proposed fills it for `stock.fill_days`. Nothing is stored: what was sent counts as on its way, so
a proposal that was taken is not made again.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from goen.kit import settings
from goen.kit.db import Tx
from goen.ledger import turnover
from goen.stock import rules

SPEED_DAYS = 28


@dataclass(frozen=True, slots=True)
class Level:
    """One SKU at one place; `sold` are the units of the last `SPEED_DAYS` days."""

    sku_id: int
    place_id: int
    posted: int
    pending: int
    safety: int
    on_way: int
    sold: int

    @property
    def free(self) -> int:
        """What can be sold beyond the safety stock; below zero it has been broken into."""
        return self.posted - self.pending - self.safety

    def units(self, days: int) -> int:
        """What sells in some days, rounded up."""
        return ceil(self.sold * days / SPEED_DAYS)

    @property
    def lasts_days(self) -> float | None:
        """How long it lasts at that speed; None where nothing sells."""
        return max(0, self.free) * SPEED_DAYS / self.sold if self.sold else None


@dataclass(frozen=True, slots=True)
class Proposal:
    """Units for a low shelf: from another place, or with None from a supplier."""

    level: Level
    qty: int
    source_id: int | None

    @property
    def is_out(self) -> bool:
        """Whether there is nothing left to sell."""
        return self.level.posted - self.level.pending <= 0


def proposed(levels: Iterable[Level], *, low_days: int, fill_days: int) -> list[Proposal]:
    """What to do about each low shelf, the most urgent first. Nothing is given away twice."""
    by_sku: dict[int, list[Level]] = defaultdict(list)
    for level in levels:
        by_sku[level.sku_id].append(level)
    found: list[Proposal] = []
    for places in by_sku.values():
        spare = {p.place_id: p.free - p.units(fill_days) for p in places}
        for level in sorted(places, key=_urgency):
            point = max(level.units(low_days), 1 if level.safety else 0)
            have = level.free + level.on_way
            if have >= point:
                continue
            wanted = max(level.units(fill_days), point) - have
            source = max(spare, key=lambda place: (spare[place], -place))
            if source != level.place_id and spare[source] >= point - have:
                qty = min(wanted, spare[source])
                spare[source] -= qty
                found.append(Proposal(level, qty, source))
            else:
                found.append(Proposal(level, wanted, None))
    return sorted(found, key=lambda p: (_urgency(p.level), p.level.sku_id, p.level.place_id))


def _urgency(level: Level) -> tuple[float, int]:
    lasts = level.lasts_days
    return (lasts if lasts is not None else float(SPEED_DAYS), -level.sold)


def low(
    tx: Tx, *, as_of: datetime, place_id: int | None = None, known: Sequence[Level] | None = None
) -> list[Proposal]:
    """The shop's proposals now; with a place those for its shelves, of `known` levels if given."""
    found = proposed(
        levels(tx, as_of=as_of) if known is None else known,
        low_days=settings.read(tx, "stock.low_days"),
        fill_days=settings.read(tx, "stock.fill_days"),
    )
    return [p for p in found if place_id is None or p.level.place_id == place_id]


def levels(tx: Tx, *, as_of: datetime, sku_ids: Sequence[int] | None = None) -> list[Level]:
    """Every shelf with its speed; those that are empty and do not sell are left out."""
    day: date = as_of.date()
    given = {
        "day": day,
        "since": day - timedelta(days=SPEED_DAYS),
        "units": [rules.unit(sku) for sku in sku_ids or ()],
        "mark": turnover.mark(tx),
    }
    tx.plan_afresh()
    sql = _LEVELS.format(units="", speed="") if sku_ids is None else _LEVELS.format(**_OF_SOME)
    return [Level(*row) for row in tx.rows(sql, given)]


_OF_SOME = {
    "units": "AND a.unit = ANY(%(units)s::text[])",
    "speed": "AND account_id = ANY(ARRAY(SELECT id FROM shelf))",
}
_LEVELS = f"""
WITH shelf AS (
  SELECT a.id, substr(a.unit, 7)::bigint AS sku_id,
         split_part(a.holder, ':', 2)::bigint AS place_id, b.posted, b.pending
  FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id
  WHERE a.holder LIKE 'place:%%:sellable' {{units}}
), way AS (
  SELECT substr(a.unit, 7)::bigint AS sku_id, t.target_id AS place_id, sum(b.posted) AS qty
  FROM ledger_account a JOIN ledger_balance b ON b.account_id = a.id AND b.posted > 0
  JOIN stock_transfer t ON t.uid = substr(a.holder, 10)::uuid
  WHERE a.holder LIKE 'transfer:%%' GROUP BY 1, 2
), speed AS (
  SELECT account_id, sum(went) AS qty FROM ({turnover.TURNED}) turned
  WHERE business_date > %(since)s AND reason IN ('sale', 'order') AND went > 0 {{speed}}
  GROUP BY 1
), safety AS (
  SELECT DISTINCT ON (sku_id, place_id) sku_id, place_id, safety FROM stock_safety
  WHERE channel_id IS NULL AND valid_from <= %(day)s
  ORDER BY sku_id, place_id, valid_from DESC
)
SELECT h.sku_id, h.place_id, h.posted, h.pending,
       coalesce(both_.safety, sku.safety, place.safety, whole.safety, 0),
       coalesce(w.qty, 0)::bigint, coalesce(v.qty, 0)::bigint
FROM shelf h
LEFT JOIN speed v ON v.account_id = h.id
LEFT JOIN way w ON w.sku_id = h.sku_id AND w.place_id = h.place_id
LEFT JOIN safety both_ ON both_.sku_id = h.sku_id AND both_.place_id = h.place_id
LEFT JOIN safety sku ON sku.sku_id = h.sku_id AND sku.place_id IS NULL
LEFT JOIN safety place ON place.sku_id IS NULL AND place.place_id = h.place_id
LEFT JOIN safety whole ON whole.sku_id IS NULL AND whole.place_id IS NULL
"""
