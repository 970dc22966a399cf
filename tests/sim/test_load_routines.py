"""The shop's routines have a history of their own: lived through the verbs, with one missed."""

from collections import Counter
from datetime import date, timedelta

import pytest

from goen.kit.db import Tx
from goen.marketing import routines_completion, routines_reading
from sim import load_routines, opening
from sim.miyabido import build
from tests import world


@pytest.mark.parametrize("days", range(0, 7, 3))
def test_eight_weeks_some_late_and_one_missed_whatever_the_last_day(tx_db: None, days: int) -> None:
    """R-083: the demonstration shows work done, done late, excused and missed."""
    end = date(2026, 11, 17) + timedelta(days=days)
    shop, t = build(end=end, count=100, months=1), Tx()
    opening.put_masters(t, shop, recorded_at=world.NOW)
    stood = None
    for _ in range(2):
        load_routines.load(shop)
        rows = t.rows("SELECT closed_as, closed_on > due_on, count(*) FROM marketing_routinetask"
                      " GROUP BY 1, 2 ORDER BY 1, 2")  # fmt: skip
        assert stood in (None, rows), "loaded again, nothing changes"
        stood = rows
    told = routines_completion.of_routines(t, today=end)
    states: Counter[str] = Counter()
    for one in told.values():
        states.update({name: getattr(one, name) for name in ("done", "late", "missed", "excused")})
    assert len(told) == 4
    assert (states["missed"], states["excused"]) == (1, 1)
    assert states["late"] == 3
    assert states["done"] > 30
    assert routines_reading.count_missed(t, today=end) == 1
    actors = {row[0] for row in t.rows("SELECT DISTINCT closed_by FROM marketing_routinetask")}
    assert "" in actors
    assert all(one.startswith("staff:") for one in actors if one)
