"""How many are proposed something now, and what came of what was proposed, by kind."""

from dataclasses import dataclass
from datetime import date, datetime

from goen.kit.db import Tx
from goen.marketing.rules import PROPOSAL_KINDS


@dataclass(frozen=True, slots=True)
class KindCount:
    """Of one kind: proposals open now; and of those made since: shown, taken, put aside."""

    kind: str
    open: int
    made: int
    shown: int
    taken: int
    dismissed: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the treated, by kind; `held_out` are open proposals that nobody is shown."""

    by_kind: tuple[KindCount, ...]
    held_out: int
    whys: tuple[tuple[str, int], ...]
    """Why proposals were put aside, the most often first."""

    @property
    def open(self) -> int:
        """People who are proposed something now."""
        return sum(one.open for one in self.by_kind)

    @property
    def made(self) -> int:
        return sum(one.made for one in self.by_kind)

    @property
    def shown(self) -> int:
        return sum(one.shown for one in self.by_kind)

    @property
    def taken(self) -> int:
        return sum(one.taken for one in self.by_kind)


def counts(tx: Tx, *, since: datetime, on: date) -> Counts:
    """What is proposed on a day, and what became of what was made since."""
    found = {
        row[0]: KindCount(*row)
        for row in tx.rows(
            """
            SELECT p.kind,
              count(*) FILTER (WHERE p.ended_at IS NULL AND p.expires_on >= %s),
              count(*) FILTER (WHERE p.made_at >= %s),
              count(*) FILTER (
                WHERE p.made_at >= %s
                AND EXISTS (SELECT FROM marketing_showing w WHERE w.proposal_id = p.id)
              ),
              count(*) FILTER (WHERE p.made_at >= %s AND p.ended_how = 'taken'),
              count(*) FILTER (WHERE p.made_at >= %s AND p.ended_how = 'dismissed')
            FROM marketing_proposal p
            WHERE p.arm = 'treated' AND (p.ended_at IS NULL OR p.made_at >= %s)
            GROUP BY p.kind
            """,
            [on, since, since, since, since, since],
        )
    }
    held_out = tx.value(
        "SELECT count(*) FROM marketing_proposal"
        " WHERE arm = 'holdout' AND ended_at IS NULL AND expires_on >= %s",
        [on],
    )
    whys = tx.rows(
        "SELECT ended_why, count(*) FROM marketing_proposal"
        " WHERE ended_how = 'dismissed' AND made_at >= %s GROUP BY 1 ORDER BY 2 DESC, 1",
        [since],
    )
    kinds = tuple(found.get(kind, KindCount(kind, 0, 0, 0, 0, 0)) for kind in PROPOSAL_KINDS)
    return Counts(kinds, int(held_out or 0), tuple((why, n) for why, n in whys))
