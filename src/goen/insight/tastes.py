"""Reading what is stored about comparisons, what goes with what, and what could be proposed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from goen.insight import queries
from goen.insight.questions import CANDIDATES, CONSIDERING
from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Compared:
    """An article this one is compared with: purchases in which this lost to it, and won."""

    sku_id: int
    lost: int
    won: int
    people: int

    @property
    def lost_share(self) -> float:
        """The part of the comparisons that this one lost."""
        return self.lost / (self.lost + self.won)


@dataclass(frozen=True, slots=True)
class Interest:
    """How many known people looked at an article in a year, and how many then bought it."""

    lookers: int
    buyers: int


@dataclass(frozen=True, slots=True)
class Considering:
    """Of the purchases of known people, how many had any look in the `days` before."""

    days: int
    purchases: int
    with_looks: int
    losers: int
    as_of: datetime

    @property
    def share(self) -> float:
        """Where behaviour is known at all; 0 without a purchase."""
        return self.with_looks / self.purchases if self.purchases else 0.0


@dataclass(frozen=True, slots=True)
class Beside:
    """An article that goes with another."""

    sku_id: int
    documents: int
    people: int
    confidence: float
    lift: float


@dataclass(frozen=True, slots=True)
class CandidateShown:
    """What could be proposed to a person, with the figures of its reason."""

    person_id: int
    place: int
    kind: str
    sku_id: int
    chance: float
    value_minor: int
    usual_days: float | None
    days_away: int | None
    times: int | None
    beside_sku: int | None
    lift: float | None


def compared_with(tx: Tx, sku_id: int, *, limit: int = 8) -> list[Compared]:
    """The articles that an article is compared with, the most often first."""
    rows = tx.rows(
        """
        SELECT other, sum(lost), sum(won), max(people) FROM (
          SELECT won_sku AS other, purchases AS lost, 0 AS won, people
          FROM insight_comparison WHERE lost_sku = %(sku)s
          UNION ALL
          SELECT lost_sku, 0, purchases, people FROM insight_comparison WHERE won_sku = %(sku)s
        ) both_ways GROUP BY other ORDER BY sum(lost) + sum(won) DESC, other LIMIT %(limit)s
        """,
        {"sku": sku_id, "limit": limit},
    )
    return [Compared(other, int(lost), int(won), people) for other, lost, won, people in rows]


def interest(tx: Tx, sku_id: int) -> Interest | None:
    """Who looked and who bought; None where nobody known looked."""
    row = tx.row("SELECT lookers, buyers FROM insight_skuinterest WHERE sku_id = %s", [sku_id])
    return Interest(*row) if row else None


def considering(tx: Tx) -> Considering | None:
    """How far behaviour explains purchases; None before the first result."""
    found = queries.stored(tx, CONSIDERING)
    if found is None or found[0] is None:
        return None
    value: dict[str, Any] = dict(found[0])
    return Considering(
        days=int(value["days"]),
        purchases=int(value["purchases"] or 0),
        with_looks=int(value["with_looks"] or 0),
        losers=int(value["losers"] or 0),
        as_of=found[1],
    )


def goes_with(tx: Tx, sku_id: int, *, limit: int = 5) -> list[Beside]:
    """What is bought with an article, the likeliest first."""
    rows = tx.rows(
        "SELECT beside_sku, documents, people, confidence, lift FROM insight_goeswith"
        " WHERE sku_id = %s ORDER BY confidence DESC, lift DESC, beside_sku LIMIT %s",
        [sku_id, limit],
    )
    return [Beside(*row) for row in rows]


_CANDIDATE = (
    "SELECT person_id, place, kind, sku_id, chance, value_minor, usual_days, days_away, times,"
    " beside_sku, lift FROM insight_candidate"
)


def candidates(tx: Tx, person_ids: Sequence[int]) -> dict[int, list[CandidateShown]]:
    """What could be proposed to these people, the best first."""
    found: dict[int, list[CandidateShown]] = {}
    sql = f"{_CANDIDATE} WHERE person_id = ANY(%s) ORDER BY person_id, place"
    for row in tx.rows(sql, [list(person_ids)]):
        found.setdefault(row[0], []).append(CandidateShown(*row))
    return found


def as_of(tx: Tx) -> datetime | None:
    """When candidates were last found; None before the first time."""
    found = queries.stored(tx, CANDIDATES)
    return None if found is None else found[1]


def people_with_candidates(tx: Tx, *, after: int = 0, limit: int = 500) -> list[int]:
    """The next people, by number, for whom there is anything to propose."""
    rows = tx.rows(
        "SELECT DISTINCT person_id FROM insight_candidate WHERE person_id > %s"
        " ORDER BY person_id LIMIT %s",
        [after, limit],
    )
    return [row[0] for row in rows]
