"""Ranks of people against plain loops over the same sales (P-25, P-25a, R-007)."""

import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from goen.insight import analyst
from goen.insight.analyst import Analyst
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.insight.test_ltv import PRICE, business_date, profit, some_sales


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    with tx() as t:
        world.open_shop(t, live=False)
    return Tx()


def score(value: object, values: list) -> int:
    below = sum(one < value for one in values)
    return min(5, 1 + math.floor(5 * below / (len(values) - 1)))


def spent(sales: list) -> int:
    return sum(x.qty * PRICE[x.item] for sale in sales for x in sale.lines)


@pytest.mark.parametrize("seed", [2, 3])
def test_every_rank_equals_plain_loops(shop: Tx, tmp_path: Path, seed: int) -> None:
    told = some_sales(seed, people={p[5]: p[0] for p in world.PEOPLE} | {None: None})
    late = world.PEOPLE[0][0]  # is not seen in the last two months
    told = [
        (sale, who) for sale, who in told if who != late or (world.NOW - sale.occurred_at).days > 60
    ]
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    analyst.work_once(Analyst(tmp_path))
    with tx() as t:
        ids = dict(
            t.rows(
                "SELECT r.source_key, p.person_id FROM customers_record r"
                " JOIN customers_personof p ON p.record_id = r.id"
            )
        )
        found = {
            row[0]: row[1:]
            for row in t.rows(
                "SELECT person_id, recency, frequency, monetary, decile, orders, days_away,"
                " usual_days, is_late, stake_minor, second_on FROM insight_personrank"
            )
        }
    own = {key: [sale for sale, who in told if who == key] for key in ids}
    days = {key: sorted({business_date(sale) for sale in sales}) for key, sales in own.items()}
    end = max(business_date(sale) for sale, _ in told)
    assert len(found) == len(world.PEOPLE)
    richest = sorted(ids, key=lambda key: (-spent(own[key]), ids[key]))
    size, more = divmod(len(richest), 10)
    tenths = [n + 1 for n in range(10) for _ in range(size + (n < more))]
    for key, person in ids.items():
        recency, frequency, monetary, decile, orders, away, usual, is_late, stake, second = found[
            person
        ]
        gaps = [(b - a).days for a, b in pairwise(days[key])]
        assert recency == score(days[key][-1], [d[-1] for d in days.values()])
        assert frequency == score(len(days[key]), [len(d) for d in days.values()])
        assert monetary == score(spent(own[key]), [spent(s) for s in own.values()])
        assert decile == tenths[richest.index(key)]
        assert orders == len(own[key])
        assert away == (end - days[key][-1]).days
        assert usual == median(gaps)
        assert is_late == (away > 1.5 * median(gaps) and away > max(gaps))
        year = [s for s in own[key] if (days[key][-1] - business_date(s)).days < 365]
        assert stake == pytest.approx(sum(map(profit, year)), abs=1)
        assert second == days[key][1]
    assert found[ids[late]][7]
    assert Counter(row[3] for row in found.values()).most_common(1)[0][1] == 1


def test_returns_are_no_purchases_and_one_purchase_is_no_cycle(shop: Tx, tmp_path: Path) -> None:
    with tx() as t:
        world.sold(t, world.sale(("KASHI-01", 1), member=world.PEOPLE[0][5]))
    analyst.work_once(Analyst(tmp_path))
    row = Tx().row("SELECT orders, usual_days, is_late, second_on FROM insight_personrank")
    assert row == (1, None, False, None)
