"""The queue is in the order one gets by ranking every waiting pair by hand."""

from itertools import combinations

import pytest

from goen.customers import candidates
from goen.customers.candidates import Waiting
from goen.doors.console import same_queue
from goen.kit.db import Tx
from tests import world

LEAST = 0.5


@pytest.fixture
def t(tx_db: None) -> Tx:
    """All pairs of the members, two records of one person, some decided, some unlikely."""
    t = Tx()
    world.open_shop(t)
    records = [row[0] for row in t.rows("SELECT id FROM customers_record ORDER BY id")]
    t.execute(
        "UPDATE customers_personof SET person_id = (SELECT person_id FROM customers_personof"
        " WHERE record_id = %s) WHERE record_id = %s",
        [records[0], records[1]],
    )
    for n, (a, b) in enumerate(combinations(records, 2)):
        state = ("later", "apart")[n % 2] if n % 5 == 0 else "open"
        t.execute(
            "INSERT INTO customers_candidate (record_a_id, record_b_id, score, probability,"
            " household, evidence, state, found_at, decided_by)"
            " VALUES (%s, %s, 1, %s, false, '{}', %s, %s, '')",
            [a, b, (0.3, 0.6, 0.9)[n % 3], state, world.NOW],
        )
    for n, record in enumerate(records[:4]):
        t.execute(
            "INSERT INTO insight_personfigure (person_id, receipts, amount_minor, profit_minor,"
            " first_on, last_on, channels) SELECT person_id, 1, 1, %s, '2026-11-01', '2026-11-01',"
            " '{}' FROM customers_personof WHERE record_id = %s ON CONFLICT DO NOTHING",
            [(500, 0, 100, 100)[n], record],
        )
    return t


def by_hand(t: Tx, *, later: bool) -> list[tuple[Waiting, int]]:
    """Every pair that waits, one after the other, by the profit of both."""
    profit = dict(t.rows("SELECT person_id, profit_minor FROM insight_personfigure"))
    staked = [
        (one, int(profit.get(one.person_a, 0) + profit.get(one.person_b, 0)))
        for one in candidates.waiting(t, least=LEAST, later=later)
    ]
    return sorted(staked, key=lambda pair: (-pair[1], -pair[0].probability, pair[0].id))


@pytest.mark.parametrize("later", [False, True])
def test_pages_put_together_are_the_whole_queue(t: Tx, later: bool) -> None:
    expected = by_hand(t, later=later)
    assert len(expected) == candidates.count(t, least=LEAST, later=later) > 0
    assert {one.probability for one, _ in expected} <= {0.6, 0.9}
    ids = [one.id for one, _ in expected]
    found = []
    for start in range(0, len(expected) + 3, 3):
        queue = same_queue.read(t, least=LEAST, later=later, start=start, limit=3, wanted=0)
        assert queue.total == len(expected)
        found += [(row.one, row.stake) for row in queue.rows]
        for row in queue.rows:
            assert row.before == (ids[row.at - 2] if row.at > 1 else None)
            assert row.after == (ids[row.at] if row.at < len(ids) else None)
    assert found == expected


def test_the_pair_asked_for_is_looked_at_wherever_it_stands(t: Tx) -> None:
    last = by_hand(t, later=False)[-1][0]
    read = {"least": LEAST, "later": False, "start": 0, "limit": 2}
    queue = same_queue.read(t, **read, wanted=last.id)  # type: ignore[arg-type]
    assert queue.here is not None
    assert (queue.here.one, len(queue.rows)) == (last, 2)
    queue = same_queue.read(t, **read, wanted=10**9)  # type: ignore[arg-type]
    assert queue.here == queue.rows[0]


def test_a_queue_of_nobody_is_empty(t: Tx) -> None:
    t.execute("DELETE FROM customers_candidate")
    queue = same_queue.read(t, least=LEAST, later=False, start=0, limit=25, wanted=0)
    assert (queue.rows, queue.here, queue.total) == ([], None, 0)
