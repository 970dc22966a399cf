"""What the people assigned to something bought, from the lake, as arrays with a row for each.

Promises: everybody assigned is there, with zero where they bought nothing; all channels count; a
person who was merged stands once, in the first arm they had.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from goen.insight.effect.arms import Values
from goen.insight.sight import Sight
from goen.kit.db import Tx

Whole = NDArray[np.int64]
_ASSIGNED = pa.schema(
    [
        ("person_id", pa.int64()),
        ("record_id", pa.int64()),
        ("arm", pa.string()),
        ("assigned_at", pa.timestamp("us", tz="UTC")),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """People (n,) in the order of their ids. Money in minor units, profit as `with_profit` says.

    `profit` (n, kinds) is of the window by kind of channel; `before` of the time before it.
    `receipts` counts documents of the window with at least one unit bought. `conflicts` were
    merged out of different arms.
    """

    ids: Whole
    arm: NDArray[np.str_]
    kinds: tuple[str, ...]
    profit: Values
    before: Values
    receipts: Whole
    conflicts: int

    @property
    def total(self) -> Values:
        """Each person's profit in the window, over all channels."""
        whole: Values = self.profit.sum(axis=1)
        return whole

    def of(self, *arms: str) -> NDArray[np.bool_]:
        """Which rows are of these arms."""
        return np.isin(self.arm, arms)


def assigned(tx: Tx, origin: str) -> pa.Table:
    """Who was assigned to something, as written."""
    sql = f"SELECT {', '.join(_ASSIGNED.names)} FROM insight_arm WHERE origin = %s"
    rows = tx.rows(sql, [origin])
    columns = list(zip(*rows, strict=True)) or [()] * len(_ASSIGNED)
    return pa.table(list(map(list, columns)), schema=_ASSIGNED)


def outcomes(sight: Sight, lines: Any, given: pa.Table, *, kinds: Mapping[int, str]) -> Outcomes:
    """What the people in `given` bought. `lines` have profit and `is_after`.

    `kinds` is each channel's kind.
    """
    found = _once(sight, given).to_pyarrow()
    ids = found["person"].to_numpy()
    names = tuple(sorted(set(kinds.values())))
    profit, before = np.zeros((len(ids), len(names))), np.zeros(len(ids))
    receipts = np.zeros(len(ids), dtype=np.int64)
    own = lines.semi_join(ibis.memtable(pa.table({"person_id": ids})), "person_id")
    sums = _sums(own).to_pyarrow()
    at = np.searchsorted(ids, sums["person_id"].to_numpy())
    kind = np.array([names.index(kinds[one]) for one in sums["channel_id"].to_pylist()], dtype=int)
    np.add.at(profit, (at, kind), sums["after"].to_numpy())
    np.add.at(before, at, sums["before"].to_numpy())
    np.add.at(receipts, at, sums["receipts"].to_numpy())
    return Outcomes(
        ids,
        np.array(found["arm"].to_pylist(), dtype=np.str_),
        names,
        profit,
        before,
        receipts,
        int((found["arms"].to_numpy() > 1).sum()),
    )


def _once(sight: Sight, given: pa.Table) -> Any:
    """Each person as they are now, with the first arm they had and how many different ones."""
    now = sight.lake.person_of.select(of="record_id", now="person_id")
    named = ibis.memtable(given)
    named = named.left_join(now, named.record_id == now.of)
    named = named.mutate(person=ibis.coalesce(named.now, named.person_id))
    first = ibis.row_number().over(
        group_by=named.person, order_by=[named.assigned_at, named.person_id]
    )
    ranked = named.mutate(first=first)
    return (
        ranked.group_by("person")
        .aggregate(
            arm=ranked.arm.max(where=ranked.first == 0),
            arms=ranked.arm.nunique(),
        )
        .order_by("person")
    )


def _sums(own: Any) -> Any:
    """Profit before and in the window and receipts in it, by person and channel."""
    return own.group_by("person_id", "channel_id").aggregate(
        after=own.profit_minor.sum(where=own.is_after).fill_null(0.0),
        before=own.profit_minor.sum(where=~own.is_after).fill_null(0.0),
        receipts=own.order_id.nunique(where=own.is_after & (own.qty > 0)),
    )
