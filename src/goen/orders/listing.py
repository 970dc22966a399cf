"""What pages read of orders: the list with its filters, and how much is open.

Every document is here, from afar or from a till. Reading writes nothing and locks nothing; a list
costs a handful of statements whatever it holds, and counts no further than `COUNTED_TO`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from goen.kit.db import Tx

Texts = Mapping[str, str]

OPEN_STATES = ("placed", "ready", "part")
STATES = (*OPEN_STATES, "done", "cancelled")
COUNTED_TO = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """Which documents to list. `state` is one of STATES, or `open`, `sale` (tills) or `all`."""

    state: str = "open"
    channel_id: int | None = None
    place_id: int | None = None
    method: str = ""
    first_on: date | None = None
    last_on: date | None = None
    with_exception: bool = False
    among: tuple[int, ...] | None = None
    """Only these ids, as a search or a list of stuck ones found them."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    order_id: int
    uid: UUID
    source_no: str
    kind: str
    state: str
    channel_id: int
    place_id: int
    occurred_at: datetime
    business_date: date
    currency: str
    total_minor: int
    record_id: int | None
    history: bool
    method: str
    collect_at: int | None
    address_id: int | None
    wanted_on: date | None
    goods: Texts
    """The first article; `lines` says how many there are."""
    lines: int
    units: int
    open_units: int
    exceptions: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is open now, by state, and how many exceptions wait for a person."""

    by_state: Mapping[str, int]
    exceptions: int

    @property
    def open(self) -> int:
        """All that is not done."""
        return sum(self.by_state.values())


_LISTED = """
SELECT o.id, o.uid, o.source_no, o.kind, o.state, o.channel_id, o.place_id, o.occurred_at,
       o.business_date, o.currency, o.total_minor, o.record_id, o.history, coalesce(d.method, ''),
       d.collect_at_id, d.address_id, d.wanted_on
"""


def listed(
    tx: Tx, asked: Asked, *, limit: int, offset: int = 0, oldest_first: bool = False
) -> list[Listed]:
    """Documents as asked: the newest first, or those that wait longest."""
    way = "ASC" if oldest_first else "DESC"
    rows = tx.rows(
        f"{_LISTED} {_wanted(asked)} ORDER BY o.business_date {way}, o.occurred_at {way},"
        f" o.id {way} LIMIT %(limit)s OFFSET %(offset)s",
        _values(asked) | {"limit": limit, "offset": offset},
    )
    ids = [row[0] for row in rows]
    goods, troubles = _goods(tx, ids), _troubles(tx, ids)
    return [Listed(*(*row, *goods[row[0]], troubles.get(row[0], 0))) for row in rows]


def count(tx: Tx, asked: Asked) -> int:
    """How many there are; `COUNTED_TO` + 1 when there are more than that."""
    sql = f"SELECT count(*) FROM (SELECT 1 {_wanted(asked)} LIMIT %(limit)s) AS counted"
    return int(tx.value(sql, _values(asked) | {"limit": COUNTED_TO + 1}))


def _wanted(asked: Asked) -> str:
    """FROM and WHERE of a list. Orders from afar all have a delivery: few, and found by it."""
    join = "LEFT JOIN" if asked.state in {"sale", "all"} else "JOIN"
    wanted = ["true"]
    if asked.state == "open":
        wanted.append("o.state IN ('placed', 'ready', 'part')")
    elif asked.state == "sale":
        wanted.append("o.kind = 'sale'")
    elif asked.state != "all":
        wanted.append("o.kind = 'order' AND o.state = %(state)s")
    for given, condition in (
        (asked.channel_id is not None, "o.channel_id = %(channel)s"),
        (
            asked.place_id is not None,
            "(o.place_id = %(place)s OR d.collect_at_id = %(place)s"
            " OR EXISTS (SELECT FROM orders_slip s WHERE s.order_id = o.id"
            " AND s.place_id = %(place)s))",
        ),
        (asked.method == "carry", "d.method IS NULL"),
        (asked.method in {"ship", "collect"}, "d.method = %(method)s"),
        (asked.first_on is not None, "o.business_date >= %(first)s"),
        (asked.last_on is not None, "o.business_date <= %(last)s"),
        (
            asked.with_exception,
            "o.id IN (SELECT e.order_id FROM orders_exception e WHERE e.closed_at IS NULL)",
        ),
        (asked.among is not None, "o.id = ANY(%(among)s)"),
    ):
        if given:
            wanted.append(condition)
    return (
        f"FROM orders_order o {join} orders_delivery d ON d.order_id = o.id"
        f" WHERE {' AND '.join(wanted)}"
    )


def _values(asked: Asked) -> dict[str, Any]:
    return {
        "state": asked.state,
        "channel": asked.channel_id,
        "place": asked.place_id,
        "method": asked.method,
        "first": asked.first_on,
        "last": asked.last_on,
        "among": list(asked.among or ()),
    }


def _goods(tx: Tx, ids: Sequence[int]) -> dict[int, tuple[Texts, int, int, int]]:
    """First article, number of lines, units and open units of each order."""
    found: dict[int, tuple[Texts, int, int, int]] = defaultdict(lambda: ({}, 0, 0, 0))
    for order, name, lines, units, left in tx.rows(
        """
        SELECT l.order_id, (array_agg(k.name ORDER BY l.line_no))[1], count(*),
               sum(l.qty)::bigint,
               sum(CASE WHEN o.kind = 'sale' THEN 0
                   ELSE l.qty - coalesce(s.fulfilled + s.cancelled, 0) END)::bigint
        FROM orders_line l JOIN catalogue_sku k ON k.id = l.sku_id
        JOIN orders_order o ON o.id = l.order_id
        LEFT JOIN orders_standing s ON s.order_id = l.order_id AND s.line_no = l.line_no
        WHERE l.order_id = ANY(%s) GROUP BY l.order_id
        """,
        [list(ids)],
    ):
        found[order] = (name, lines, units, left)
    return found


def _troubles(tx: Tx, ids: Sequence[int]) -> dict[int, int]:
    rows = tx.rows(
        "SELECT order_id, count(*) FROM orders_exception"
        " WHERE closed_at IS NULL AND order_id = ANY(%s) GROUP BY order_id",
        [list(ids)],
    )
    return {order: int(n) for order, n in rows}


def counts(tx: Tx) -> Counts:
    """How many orders are open in each state, and how many exceptions are."""
    rows = tx.rows(
        "SELECT state, count(*) FROM orders_order WHERE state IN ('placed', 'ready', 'part')"
        " GROUP BY state"
    )
    by_state = dict.fromkeys(OPEN_STATES, 0) | {state: int(n) for state, n in rows}
    waiting = tx.value("SELECT count(*) FROM orders_exception WHERE closed_at IS NULL")
    return Counts(by_state, int(waiting or 0))
