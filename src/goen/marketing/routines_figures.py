"""The figure that a routine's page shows: what is kept with a task when it is done.

Promises: it is the number that stands on the page at that moment, of the task's place where the
page can be read by place; a page without one figure has none, and an unknown figure is not zero.
"""

from collections.abc import Callable
from datetime import datetime

from goen.customers import candidates
from goen.insight import queries as insight
from goen.insight import ranked
from goen.kit import settings
from goen.kit.db import Tx
from goen.marketing import clashes_listing, found, measures_due
from goen.marketing.found import NO_NEXT_STEP
from goen.marketing.measures_reading import day_of
from goen.orders import to_decide
from goen.stock import proposals

Reader = Callable[[Tx, int | None, datetime], int | None]


def figure(tx: Tx, page: str, *, place_id: int | None, at: datetime) -> int | None:
    """What the page of that code shows now; None where it has no single figure, or none yet."""
    return _READERS[page](tx, place_id, at) if page in _READERS else None


def _next_steps(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    ready = found.prepare(tx, NO_NEXT_STEP, at=at)
    return None if ready.as_of is None or ready.waiting else found.count(tx, ready)


def _lapsing(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    return None if insight.ltv(tx) is None else ranked.late(tx, limit=1)[1]


def _exceptions(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    if place_id is None:
        return to_decide.count_waiting(tx)
    code = tx.value("SELECT code FROM places_place WHERE id = %s", [place_id])
    return len(to_decide.waiting(tx, place=code, limit=10_000))


def _low(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    return len(proposals.low(tx, as_of=at, place_id=place_id))


def _learnings(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    return sum(one.task == "learn" for one in measures_due.due(tx, today=day_of(tx, at)))


def _findings(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    return clashes_listing.waiting(tx, today=day_of(tx, at))


def _same(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    least = float(settings.read(tx, "identity.least_probability"))
    return candidates.count(tx, least=least)


def _tasks(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    return int(
        tx.value(
            "SELECT count(*) FROM marketing_task"
            " WHERE done_at IS NULL AND (%s::bigint IS NULL OR place_id = %s)",
            [place_id, place_id],
        )
    )


def _requests(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    return int(tx.value("SELECT count(*) FROM customers_request WHERE settled_at IS NULL"))


def _ltv(tx: Tx, place_id: int | None, at: datetime) -> int | None:
    value = insight.ltv(tx)
    return round(value.mean_minor) if value and value.people else None


_READERS: dict[str, Reader] = {
    "next_steps": _next_steps,
    "lapsing": _lapsing,
    "exceptions": _exceptions,
    "low": _low,
    "learnings": _learnings,
    "findings": _findings,
    "same": _same,
    "tasks": _tasks,
    "requests": _requests,
    "ltv": _ltv,
}
MONEY = frozenset({"ltv"})
"""Figures that are an amount of money, in the currency's smallest unit."""
