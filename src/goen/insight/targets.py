"""Goals for lifetime value: what a month's end is to show, and why that much.

A goal is never changed; a newer one for the same month takes its place and the older stays on
record.
"""

from dataclasses import dataclass
from datetime import date, datetime

from goen.kit import trail
from goen.kit.actors import Actor
from goen.kit.db import Tx
from goen.kit.refusals import Refusal

METRICS = ("ltv_realised",)
LONGEST_WHY = 500
MOST_MINOR = 10**12


@dataclass(frozen=True, slots=True)
class Target:
    """What a metric is to reach at the end of a month (`month` is its first day)."""

    metric: str
    month: date
    value_minor: int
    why: str
    set_at: datetime
    set_by: str


def put(
    tx: Tx,
    *,
    month: date,
    value_minor: int,
    why: str,
    actor: Actor,
    recorded_at: datetime,
    metric: str = "ltv_realised",
) -> Refusal | None:
    """Set the goal for a month's end. A month that is over, no reason or no money is refused."""
    first = month.replace(day=1)
    if metric not in METRICS:
        return Refusal("unknown_choice", "metric", {"given": metric, "known": ", ".join(METRICS)})
    if first < recorded_at.date().replace(day=1):
        return Refusal("month_over", "month", {"given": first.isoformat()[:7]})
    if not 0 < value_minor <= MOST_MINOR:
        detail: dict[str, object] = {"given": value_minor, "least": 1, "most": MOST_MINOR}
        return Refusal("out_of_bounds", "value", detail)
    if not why.strip():
        return Refusal("why_missing", "why")
    if len(why) > LONGEST_WHY:
        return Refusal("too_long", "why", {"most": LONGEST_WHY})
    tx.execute(
        "INSERT INTO insight_target (metric, month, value_minor, why, set_at, actor)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [metric, first, value_minor, why.strip(), recorded_at, str(actor)],
    )
    noted = {"value_minor": value_minor, "month": first.isoformat()}
    trail.note(tx, actor, "set", "target", metric, at=recorded_at, detail=noted)
    return None


def current(tx: Tx, metric: str = "ltv_realised") -> list[Target]:
    """The goal that holds for each month, the earliest month first."""
    rows = tx.rows(
        """
        SELECT DISTINCT ON (month) metric, month, value_minor, why, set_at, actor
        FROM insight_target WHERE metric = %s ORDER BY month, id DESC
        """,
        [metric],
    )
    return [Target(*row) for row in rows]


def history(tx: Tx, metric: str = "ltv_realised", *, limit: int = 50) -> list[Target]:
    """Every goal that was ever set, the newest first."""
    rows = tx.rows(
        "SELECT metric, month, value_minor, why, set_at, actor FROM insight_target"
        " WHERE metric = %s ORDER BY id DESC LIMIT %s",
        [metric, limit],
    )
    return [Target(*row) for row in rows]
