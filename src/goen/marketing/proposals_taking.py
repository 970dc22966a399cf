"""What became of proposals: taken when a later document holds the article; ended by a merge.

Heard from the outbox, so each may be told more than once: the second time changes nothing. The
hold-out's proposals, which nobody saw, are taken by the same rule; the difference is the lift.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from goen.insight.effect.arms import Arm, arm
from goen.insight.effect.measuring import measured
from goen.insight.effect.readings import Reading
from goen.kit import clock
from goen.kit.db import Tx
from goen.kit.outbox import Notice

CONSUMER = "proposals"
BOUGHT = frozenset({"SaleBooked", "OrderPlaced"})


def hear(tx: Tx, notice: Notice) -> None:
    """A document was booked, or people became one."""
    if notice.kind in BOUGHT and notice.body.get("record") is not None:
        take(tx, UUID(str(notice.body["uid"])))
    elif notice.kind == "PersonsMerged":
        end_merged(tx, [int(one) for one in notice.body["was"]], at=clock.now())


def take(tx: Tx, document: UUID) -> int:
    """The buyer's proposals whose article is on this document are taken; answers how many.

    Only by a document that is later than the proposal and not past its day; one that comes in
    late counts for what was proposed when it happened.
    """
    return tx.execute(
        """
        UPDATE marketing_proposal p
        SET ended_at = greatest(d.occurred_at, p.made_at), ended_how = 'taken',
            taken_document = d.uid
        FROM orders_order d JOIN customers_personof o ON o.record_id = d.record_id
        WHERE d.uid = %s AND p.person_id = o.person_id
          AND (p.ended_at IS NULL
               OR p.ended_how IN ('replaced', 'expired') AND d.occurred_at <= p.ended_at)
          AND d.occurred_at >= p.made_at AND d.business_date <= p.expires_on
          AND EXISTS (
            SELECT FROM orders_line l WHERE l.order_id = d.id AND l.sku_id = p.sku_id
          )
        """,
        [document],
    )


def end_merged(tx: Tx, person_ids: list[int], *, at: datetime) -> int:
    """Proposals to people who are somebody else now end; who they are keeps their own."""
    return tx.execute(
        "UPDATE marketing_proposal SET ended_at = %s, ended_how = 'replaced'"
        " WHERE person_id = ANY(%s) AND ended_at IS NULL",
        [at, person_ids],
    )


@dataclass(frozen=True, slots=True)
class ArmCount:
    """Proposals of an arm that are over: how many, shown at all, taken, and of these taken back."""

    arm: str
    made: int
    shown: int
    taken: int
    returned: int

    @property
    def kept(self) -> int:
        """Taken and not brought back."""
        return self.taken - self.returned


@dataclass(frozen=True, slots=True)
class Lift:
    """Treated less hold-out: the share of proposals that came true, with its interval."""

    treated: ArmCount
    holdout: ArmCount
    reading: Reading | None
    """None while an arm has nobody."""


def lift(tx: Tx, *, since: datetime) -> Lift:
    """What proposals changed, of those made since and over by now.

    Everybody of an arm counts, whether or not they were ever shown anything, and what was brought
    back does not. One that made room for another is no outcome and is left out of both arms alike.
    """
    counts = {
        row[0]: ArmCount(*row)
        for row in tx.rows(
            """
            SELECT p.arm, count(*),
              count(*) FILTER (
                WHERE EXISTS (SELECT FROM marketing_showing w WHERE w.proposal_id = p.id)
              ),
              count(*) FILTER (WHERE p.ended_how = 'taken'),
              count(*) FILTER (
                WHERE p.ended_how = 'taken' AND EXISTS (
                  SELECT FROM orders_order d
                  JOIN orders_line o ON o.order_id = d.id AND o.sku_id = p.sku_id
                  WHERE d.uid = p.taken_document
                  HAVING sum(o.qty) <= coalesce((
                    SELECT sum(x.qty) FROM orders_slip s
                    JOIN orders_slipline x ON x.slip_id = s.id
                    JOIN orders_line r ON r.order_id = s.order_id AND r.line_no = x.line_no
                    WHERE s.order_id = min(d.id) AND r.sku_id = p.sku_id
                      AND s.kind IN ('take_back', 'cancel')
                  ), 0)
                )
              )
            FROM marketing_proposal p
            WHERE p.made_at >= %s AND p.ended_how IN ('taken', 'dismissed', 'expired')
            GROUP BY p.arm
            """,
            [since],
        )
    }
    treated, holdout = (
        counts.get(name, ArmCount(name, 0, 0, 0, 0)) for name in ("treated", "holdout")
    )
    if not treated.made or not holdout.made:
        return Lift(treated, holdout, None)
    found = measured([_arm(holdout), _arm(treated)], control="holdout")
    return Lift(treated, holdout, found.comparisons[0].plain)


def _arm(count: ArmCount) -> Arm:
    return arm(count.arm, [1.0] * count.kept + [0.0] * (count.made - count.kept))
