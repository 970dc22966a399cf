"""Reading the stored ranks of people."""

from dataclasses import dataclass
from datetime import date

from goen.kit.db import Tx


@dataclass(frozen=True, slots=True)
class Late:
    """Somebody away for longer than usual; `stake_minor` is a year's gross profit with them."""

    person_id: int
    days_away: int
    usual_days: float
    last_on: date
    orders: int
    stake_minor: int
    main_place: int


def late(tx: Tx, *, limit: int = 50, offset: int = 0) -> tuple[list[Late], int, int]:
    """Who is late, the largest stake first; how many there are, and what is at stake in all."""
    rows = tx.rows(
        """
        SELECT r.person_id, r.days_away, r.usual_days, f.last_on, r.orders, r.stake_minor,
               r.main_place
        FROM insight_personrank r JOIN insight_personfigure f USING (person_id)
        WHERE r.is_late ORDER BY r.stake_minor DESC, r.person_id LIMIT %s OFFSET %s
        """,
        [limit, offset],
    )
    total = tx.row(
        "SELECT count(*), coalesce(sum(stake_minor), 0)::bigint FROM insight_personrank"
        " WHERE is_late"
    )
    count, stake = total or (0, 0)
    return [Late(*row) for row in rows], count, stake
