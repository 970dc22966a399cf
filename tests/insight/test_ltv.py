"""Realised lifetime value against plain loops: people, mean, shares, and every month's end."""

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from statistics import fmean, median, stdev

import pytest

from goen.catalogue import masters as catalogue
from goen.catalogue.masters import NewSku
from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.insight import analyst, queries
from goen.insight.analyst import Analyst
from goen.insight.answers import Ltv
from goen.kit import ids
from goen.kit.db import Tx, tx
from goen.orders import taking_back
from goen.orders.order import PartBack, TakeBack
from goen.orders.sale import Sale, SaleLine, SaleTender
from tests import world
from tests.conftest import FreshDatabase
from tests.points import wallet

COST = {code: int(cost) for code, *_, cost in world.GOODS}
RATE = {code: {"reduced": 1.08, "standard": 1.10}[tax] for code, *_, tax, _ in world.GOODS}
PRICE = {code: price for code, _, _, price, *_ in world.GOODS}
Told = Sequence[tuple[Sale, str | None]]


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    with tx() as t:
        world.open_shop(t, live=False)
    return Tx()


def computed(folder: Path) -> Ltv | None:
    analyst.work_once(Analyst(folder))
    with tx() as t:
        return queries.ltv(t)


def some_sales(seed: int, *, people: dict[str | None, str | None]) -> list[tuple[Sale, str | None]]:
    """Half a year of sales with who truly bought: `people` says whose each card is."""
    rng = random.Random(seed)
    told = []
    for _ in range(250):
        card = rng.choice(list(people))
        items = [(rng.choice(list(PRICE)), rng.randint(1, 3)) for _ in range(rng.randint(1, 4))]
        at = world.NOW - timedelta(hours=rng.randint(1, 24 * 180))
        told.append((world.sale(*items, member=card, at=at), people[card]))
    return told


def profit(sale: Sale) -> float:
    return sum(x.qty * (PRICE[x.item] / RATE[x.item] - COST[x.item]) for x in sale.lines)


def business_date(sale: Sale) -> date:
    return (sale.occurred_at + timedelta(hours=9)).date()


def by_hand(told: Told) -> tuple[float, float, float, float]:
    """Mean value per person, the interval's half width, the median, and the number of people."""
    value: dict[str, float] = defaultdict(float)
    for sale, person in told:
        if person is not None:
            value[person] += profit(sale)
    all_of_them = list(value.values())
    half = 1.2815515655446004 * stdev(all_of_them) / math.sqrt(len(value)) if len(value) > 1 else 0
    return fmean(all_of_them), half, median(all_of_them), len(value)


def close(number: float) -> object:
    return pytest.approx(number, rel=1e-6, abs=0.01)


@pytest.mark.parametrize("seed", range(3))
def test_value_equals_plain_loops_at_every_month_s_end(shop: Tx, tmp_path: Path, seed: int) -> None:
    """Two cards of one proved person are one; nobody's sales count for the share alone."""
    proof = (NewCredential("mail", "ken@kaze.example", verified=True),)
    with tx() as t:
        two = [NewRecord("pos", key, credentials=proof) for key in ("M-001", "M-004")]
        records.register(t, two, actor=world.ACTOR, recorded_at=world.NOW)
    cards: dict[str | None, str | None] = {p[5]: p[0] for p in world.PEOPLE}
    told = some_sales(seed, people=cards | {"G1040004": "M-001", None: None})
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    found = computed(tmp_path)

    mean, half, middle, people = by_hand(told)
    assert found.people == people == 5
    assert found.mean_minor == close(mean)
    assert found.low_minor == close(mean - half)
    assert found.high_minor == close(mean + half)
    assert found.median_minor == close(middle)
    assert found.profit_minor == pytest.approx(mean * people, abs=1)

    totals = [(sum(x.qty * PRICE[x.item] for x in s.lines), who) for s, who in told]
    assert found.sales_minor == sum(amount for amount, _ in totals)
    assert found.identified_sales_minor == sum(amount for amount, who in totals if who)
    assert found.receipts == len(told)
    assert found.identified_receipts == sum(1 for _, who in told if who)
    assert (found.assumed_share, found.unknown_share) == (0.0, 0.0)

    months = sorted({business_date(sale).replace(day=1) for sale, who in told if who})
    assert [m.month for m in found.months] == months
    for month in found.months:
        after = (month.month + timedelta(days=32)).replace(day=1)
        mean, half, _, people = by_hand([x for x in told if business_date(x[0]) < after])
        assert month.people == people
        assert month.mean_minor == close(mean)
        assert month.high_minor - month.mean_minor == close(half)
    assert found.months[-1].mean_minor == close(found.mean_minor)


def test_each_person_s_figures_equal_plain_loops(shop: Tx, tmp_path: Path) -> None:
    told = some_sales(5, people={p[5]: p[0] for p in world.PEOPLE} | {None: None})
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    computed(tmp_path)
    with tx() as t:
        ids = dict(
            t.rows(
                "SELECT r.source_key, p.person_id FROM customers_record r"
                " JOIN customers_personof p ON p.record_id = r.id"
            )
        )
        values = queries.persons(t, list(ids.values()))
    assert len(values) == len(world.PEOPLE)
    for key, person in ids.items():
        own = [sale for sale, who in told if who == key]
        days = sorted({business_date(sale) for sale in own})
        value = values[person]
        assert value.receipts == len(own)
        assert value.profit_minor == pytest.approx(sum(map(profit, own)), abs=1)
        assert (value.first_on, value.last_on) == (days[0], days[-1])
        gaps = [(b - a).days for a, b in pairwise(days)]
        assert value.interval_days == close(median(gaps))


def test_without_a_cost_the_assumed_margin_counts_and_is_said(shop: Tx, tmp_path: Path) -> None:
    """An assumption is never silent: its share of sales stands beside the value."""
    since = date(2020, 1, 1)
    by = {"actor": world.ACTOR, "recorded_at": world.NOW}
    with tx() as t:
        plain = [
            NewSku(code, {"ja": code}, category_code=category, tax=((since, "standard"),))
            for code, category in (("NO-COST", "all"), ("NO-IDEA", None))
        ]
        catalogue.put_skus(t, plain, price_list="retail", **by)
        catalogue.put_margin(t, category_code="all", rate=Decimal("0.25"), **by)
        world.sold(
            t,
            *[
                world.sale(
                    ("KASHI-01", 1), total=1_100, member="G1040001",
                    lines=(SaleLine(item, 1, 1_100),),
                )
                for item in ("NO-COST", "NO-IDEA", "NUNO-01")
            ],
        )  # fmt: skip
    found = computed(tmp_path)
    assert found.mean_minor == close(1_000 * 0.25 + 0 + (1_000 - 600))
    assert (found.assumed_share, found.unknown_share) == (close(1 / 3), close(1 / 3))


def test_one_person_has_no_spread_and_nobody_no_value(shop: Tx, tmp_path: Path) -> None:
    assert computed(tmp_path) is None
    with tx() as t:
        world.sold(t, world.sale(("KASHI-01", 1)))
    assert computed(tmp_path) is None
    with tx() as t:
        world.sold(t, world.sale(("KASHI-01", 1), member="G1040001"))
    found = computed(tmp_path)
    assert found.low_minor == found.mean_minor == found.high_minor == close(60)
    assert found.identified_share == 0.5


def test_what_was_paid_with_points_is_off_the_profit(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    """P-25b: a document bears its points by its lines, a return gives them back with its part."""
    with tx() as t:
        world.open_shop(t)
        for item in ("UTSUWA-01", "CHA-01"):
            world.stocked(t, item, 10)
        wallet.programme(t)
        wallet.account(t)
        wallet.given(t, 2_000)
        paying = (SaleTender("points", 1_000), SaleTender("card", 9_096))
        (one,) = world.sold(
            t,
            world.sale(("UTSUWA-01", 2), ("CHA-01", 1), member="G1040001", tenders=paying),
        )
    found = computed(tmp_path)
    profit = 2 * (4_400 / 1.1 - 2_200) + (1_296 / 1.08 - 700)
    assert found.profit_minor == pytest.approx(profit - 1_000, abs=1)
    wish = TakeBack(
        uid=ids.new_id(), order=one.uid, place="shibuya", reason="changed_mind",
        occurred_at=world.NOW - timedelta(minutes=30), parts=(PartBack(1, 1),),
    )  # fmt: skip
    with tx() as t:
        taking_back.take_back(t, [wish], actor=world.ACTOR, recorded_at=world.NOW)
    less = 4_400 / 1.1 - 2_200 - 1_000 * 4_400 / 10_096
    assert computed(tmp_path).profit_minor == pytest.approx(profit - 1_000 - less, abs=1)
