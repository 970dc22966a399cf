"""Why something was bought, where nobody said it: inferred by named rules; and how much is known.

An inferred reason is kept in the same store as what shoppers and staff say, with its rule and how
sure it is, and is counted apart everywhere (R-034). A document gets at most one, of the surest
rule; the same document again changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from goen.behaviour.reasons import NewReason, note_inferred
from goen.behaviour.rules import CONSIDERED
from goen.insight import queries
from goen.insight.questions import Question
from goen.insight.sight import Sight, store
from goen.kit import ids, settings
from goen.kit.actors import Actor
from goen.kit.db import Tx, tx

KNOWING = Question("reasons", "")
YEAR = 365
REBOUGHT = 2
"""Earlier days with the same article from which it is a refill."""
CLICK_DAYS = 7
RULES = {
    "refill-1": ("refill", 0.7),
    "offer-1": ("offer", 0.6),
    "looked-1": ("considered", 0.5),
}
"""By rule and version: what it says, and how sure it is. The surest first."""

_FACTS = """
WITH asked AS (
  SELECT d.order_id, d.document, d.record_id, d.occurred_at, d.business_date, p.person_id
  FROM report_document d JOIN report_person_of p ON p.record_id = d.record_id
  WHERE d.document = ANY(%(documents)s::uuid[])
), lines AS (
  SELECT DISTINCT a.order_id, o.sku_id FROM asked a JOIN orders_line o ON o.order_id = a.order_id
), records AS (
  SELECT a.order_id, r.record_id FROM asked a JOIN report_person_of r ON r.person_id = a.person_id
), devices AS (
  SELECT DISTINCT r.order_id, l.visitor_id FROM records r
  JOIN report_login l ON l.record_id = r.record_id
  WHERE NOT EXISTS (
    SELECT FROM report_login other JOIN report_person_of p ON p.record_id = other.record_id
    WHERE other.visitor_id = l.visitor_id
      AND p.person_id <> (SELECT person_id FROM asked WHERE order_id = r.order_id)
  )
), done AS (
  SELECT r.order_id, e.kind, e.sku_id, e.happened_at FROM records r
  JOIN report_told_event e ON e.record_id = r.record_id
  UNION ALL
  SELECT v.order_id, e.kind, e.sku_id, e.happened_at FROM devices v
  JOIN report_told_event e ON e.visitor_id = v.visitor_id AND e.record_id IS NULL
), rebought AS (
  SELECT l.order_id, l.sku_id, count(DISTINCT d.business_date) AS days
  FROM lines l JOIN asked a USING (order_id) JOIN records r USING (order_id)
  JOIN orders_order d ON d.record_id = r.record_id
    AND d.business_date < a.business_date AND d.business_date >= a.business_date - %(year)s
  JOIN orders_line o ON o.order_id = d.id AND o.sku_id = l.sku_id
  GROUP BY l.order_id, l.sku_id
)
SELECT a.document, a.record_id,
  EXISTS (SELECT FROM rebought b WHERE b.order_id = a.order_id AND b.days >= %(rebought)s),
  EXISTS (
    SELECT FROM done e WHERE e.order_id = a.order_id AND e.kind IN ('clicked', 'landed')
      AND e.happened_at BETWEEN a.occurred_at - %(clicks)s AND a.occurred_at
  ),
  EXISTS (
    SELECT FROM done e JOIN lines l USING (order_id, sku_id)
    WHERE e.order_id = a.order_id AND e.kind = ANY(%(considered)s)
      AND e.happened_at BETWEEN a.occurred_at - %(looks)s AND a.occurred_at
  )
FROM asked a
"""


def infer(
    tx: Tx, documents: Sequence[UUID], *, actor: Actor, recorded_at: datetime
) -> list[NewReason]:
    """Keep what follows for documents of known people; answers the reasons that were written."""
    found = tx.rows(
        _FACTS,
        {
            "documents": list(documents),
            "year": YEAR,
            "rebought": REBOUGHT,
            "clicks": timedelta(days=CLICK_DAYS),
            "considered": list(CONSIDERED),
            "looks": timedelta(days=int(settings.read(tx, "insight.considered_days"))),
        },
    )
    reasons = [_reason(row) for row in found if any(row[2:])]
    return note_inferred(tx, reasons, actor=actor, recorded_at=recorded_at)


def _reason(row: tuple[Any, ...]) -> NewReason:
    document, record_id, *holds = row
    rule = next(name for name, true in zip(RULES, holds, strict=True) if true)
    code, confidence = RULES[rule]
    return NewReason(
        uid=ids.import_id(source="inferred", document=str(document), kind="reason"),
        document=document,
        record_id=record_id,
        basis="inferred",
        code=code,
        confidence=confidence,
        rule=rule,
    )


@dataclass(frozen=True, slots=True)
class Knowing:
    """Of the documents of a year, how many have a reason, by whose word; never mixed.

    `documents` counts all, `by_basis` those with a reason of a basis, `by_code` each code within
    its basis. `agreed` of `compared` inferred ones say what the shopper said.
    """

    documents: int
    by_basis: dict[str, int]
    by_code: dict[str, dict[str, int]]
    compared: int
    agreed: int
    as_of: datetime

    def share(self, basis: str) -> float:
        """Coverage of one basis."""
        return self.by_basis.get(basis, 0) / self.documents if self.documents else 0.0


def knowing(tx: Tx) -> Knowing | None:
    """How much is known of why things are bought; None before the first result."""
    found = queries.stored(tx, KNOWING)
    return None if found is None or found[0] is None else Knowing(**found[0], as_of=found[1])


def store_reasons(sight: Sight) -> None:
    """Coverage and distribution of the last year, by basis."""
    first_on = sight.span.last_on - timedelta(days=YEAR - 1)
    with tx() as t:
        value = coverage(t, first_on, sight.span.last_on)
        store(t, KNOWING, value, sight.lake.watermark, sight.recorded_at)


def coverage(tx: Tx, first_on: Any, last_on: Any) -> dict[str, Any]:
    """The figures of `Knowing` for documents between two days, in plain values."""
    span = [first_on, last_on]
    documents = tx.value(
        "SELECT count(*) FROM report_document WHERE business_date BETWEEN %s AND %s", span
    )
    inside = """
        FROM report_reason r JOIN report_document d ON d.document = r.document
        WHERE d.business_date BETWEEN %s AND %s
    """
    by_basis = tx.rows(f"SELECT r.basis, count(DISTINCT r.document) {inside} GROUP BY 1", span)
    by_code: dict[str, dict[str, int]] = {}
    counted = tx.rows(
        f"SELECT r.basis, r.code, count(DISTINCT r.document) {inside} GROUP BY 1, 2 ORDER BY 1, 2",
        span,
    )
    for basis, code, n in counted:
        by_code.setdefault(basis, {})[code] = n
    compared, agreed = tx.row(
        """
        SELECT count(*), count(*) FILTER (WHERE same) FROM (
          SELECT i.document, bool_or(s.code = i.code) AS same
          FROM report_reason i JOIN report_reason s
            ON s.document = i.document AND s.basis = 'stated'
          JOIN report_document d ON d.document = i.document
          WHERE i.basis = 'inferred' AND d.business_date BETWEEN %s AND %s
          GROUP BY i.document
        ) both_said
        """,
        span,
    ) or (0, 0)
    return {
        "documents": documents,
        "by_basis": dict(by_basis),
        "by_code": by_code,
        "compared": compared,
        "agreed": agreed,
    }
