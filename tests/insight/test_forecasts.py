"""P-25b. The shop's forecast: stored for everybody, judged, and moved by parts that add up.

One made-up year of 90 people; the pure models have tests of their own.
"""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from goen.customers import records
from goen.customers.records import NewCredential, NewRecord
from goen.insight import analyst, forecast_queries, forecasts
from goen.insight.analyst import Analyst
from goen.insight.forecast import choosing
from goen.insight.forecast.history import purchases, seen
from goen.insight.forecast.outlook import outlook
from goen.insight.forecasts_shown import Told
from goen.kit.db import tx
from goen.orders.sale import Sale
from tests import world
from tests.conftest import FreshDatabase

COST = {code: int(cost) for code, *_, cost in world.GOODS}
RATE = {code: {"reduced": 1.08, "standard": 1.10}[tax] for code, *_, tax, _ in world.GOODS}
PRICE = {code: price for code, _, _, price, *_ in world.GOODS}
PEOPLE = [f"G20{n:05}" for n in range(90)]
LAST = world.NOW - timedelta(hours=26)
MONTH_END = date(2026, 10, 31)


def told(seed: int = 3) -> list[Sale]:
    """A year of sales: people of their own pace who stop some time."""
    rng, found = random.Random(seed), []
    for card in PEOPLE:
        pace, chance = rng.gammavariate(1.2, 1 / 20), rng.betavariate(0.8, 5)
        long_ago = rng.uniform(0, 15) if card in PEOPLE[-10:] else rng.uniform(120, 360)
        at = LAST - timedelta(days=long_ago)
        while at <= LAST:
            items = [(rng.choice(list(PRICE)), rng.randint(1, 2)) for _ in range(2)]
            found.append(world.sale(*items, member=card, at=at))
            if rng.random() < chance:
                break
            at += timedelta(days=rng.expovariate(pace))
    found.append(world.sale(("CHA-01", 1), member=PEOPLE[0], at=LAST))
    return found


def profit(sale: Sale) -> float:
    return sum(x.qty * (PRICE[x.item] / RATE[x.item] - COST[x.item]) for x in sale.lines)


def business_date(sale: Sale) -> date:
    return (sale.occurred_at + timedelta(hours=9)).date()


def open_shop(sales: list[Sale]) -> None:
    new = [
        NewRecord(
            "pos", card, family_name=card, credentials=(NewCredential("card", card, verified=True),)
        )
        for card in PEOPLE
    ]
    with tx() as t:
        world.open_shop(t, live=False)
        records.register(t, new, actor=world.ACTOR, recorded_at=world.NOW)
        world.sold(t, *sales)


def ids() -> dict[str, int]:
    with tx() as t:
        return dict(
            t.rows(
                "SELECT r.source_key, p.person_id FROM customers_record r"
                " JOIN customers_personof p ON p.record_id = r.id"
            )
        )


@pytest.fixture
def shop(fresh_db: FreshDatabase, tmp_path: Path) -> list[Sale]:
    sales = told()
    open_shop(sales)
    analyst.work_once(Analyst(tmp_path))
    return sales


def everybody_s_expectation_adds_up(shop: list[Sale]) -> None:
    """The stored rows are the pure forecast of purchase days told by plain loops."""
    with tx() as t:
        model = forecast_queries.expected(t)
        equity = forecast_queries.equity(t)
        known = ids()
        rows = forecast_queries.forecasts(t, list(known.values()))
    assert isinstance(model, forecast_queries.Expected)
    days: dict[tuple[str, date], float] = defaultdict(float)
    for sale in shop:
        days[sale.member[1], business_date(sale)] += profit(sale)
    cards = sorted({who for who, _ in days}, key=known.__getitem__)
    number = {card: at for at, card in enumerate(cards)}
    bought = purchases(
        [number[who] for who, _ in days], [day.toordinal() for _, day in days], list(days.values())
    )
    last_on = max(day for _, day in days)
    origin = last_on.toordinal()
    found = forecasts.tell(
        forecasts.Days(np.array([known[c] for c in cards]), bought, bought.day, bought.value),
        choosing.choose(bought, origin=origin, horizon=365),
        origin=origin,
        horizon=365,
    )
    assert isinstance(found, Told)
    assert model.model == found.model.code
    assert model.people == len(cards) == len(rows)
    whole = outlook(found.basis, seen(bought, origin), origin + 365)
    for at, card in enumerate(cards):
        row = rows[known[card]]
        assert row.alive == pytest.approx(whole.alive[at], abs=1e-4)
        assert row.purchases == pytest.approx(whole.purchases[at], rel=1e-3)
        assert row.profit_minor == pytest.approx(whole.value[at], rel=1e-3, abs=1)
        assert row.profit_low_minor <= row.profit_minor or row.alive < 0.5
        assert row.purchases_low <= row.purchases_high
        assert row.next_on is None or row.next_on > last_on
    assert equity is not None
    assert equity.total_minor == pytest.approx(sum(r.profit_minor for r in rows.values()), abs=200)
    assert equity.low_minor < equity.total_minor < equity.high_minor
    assert model.mean_minor == pytest.approx(equity.total_minor / model.people)
    assert [m.on for m in model.months] == sorted(m.on for m in model.months)
    assert model.months[-1].mean_minor == pytest.approx(model.mean_minor)
    assert model.months[0].on == date(2026, 11, 30)


def equity_moves_by_parts_that_add_up(shop: list[Sale]) -> None:
    with tx() as t:
        equity = forecast_queries.equity(t)
    assert equity is not None
    bridge = equity.bridge
    assert bridge is not None
    assert equity.then_on == MONTH_END
    parts = bridge.start_minor + bridge.new_minor + bridge.lost_minor + bridge.changed_minor
    assert parts == pytest.approx(bridge.end_minor)
    assert bridge.end_minor == pytest.approx(equity.total_minor)
    first: dict[str, date] = {}
    for sale in shop:
        card, day = sale.member[1], business_date(sale)
        first[card] = min(first.get(card, day), day)
    assert bridge.people_start == sum(day <= MONTH_END for day in first.values())
    assert bridge.people_new == sum(day > MONTH_END for day in first.values())
    assert bridge.people_lost + bridge.people_kept == bridge.people_start
    assert bridge.new_minor > 0 > bridge.lost_minor


def the_month_s_end_is_computed_as_of_then(shop: list[Sale]) -> None:
    """What was foretold by a shop that only had the sales till then is where the bridge starts."""
    with tx() as t:
        equity = forecast_queries.equity(t)
        model = forecast_queries.expected(t)
        known = ids()
    assert equity is not None
    assert equity.bridge is not None
    assert isinstance(model, forecast_queries.Expected)
    days: dict[tuple[int, date], float] = defaultdict(float)
    for sale in shop:
        if business_date(sale) <= MONTH_END:
            days[known[sale.member[1]], business_date(sale)] += profit(sale)
    people = sorted({who for who, _ in days})
    bought = purchases(
        [people.index(who) for who, _ in days],
        [day.toordinal() for _, day in days],
        list(days.values()),
    )
    then = forecasts.Days(np.array(people), bought, bought.day, bought.value)
    choice = next(choosing.Choice(c, ()) for c in choosing.CANDIDATES if c.code == model.model)
    found = forecasts.tell(then, choice, origin=MONTH_END.toordinal(), horizon=365)
    assert isinstance(found, Told)
    assert equity.bridge.start_minor == pytest.approx(found.total, rel=1e-3)


def the_back_test_is_published_whole() -> None:
    with tx() as t:
        found = forecast_queries.backtest(t)
        model = forecast_queries.expected(t)
    assert found is not None
    assert isinstance(model, forecast_queries.Expected)
    assert model.model in {found.winner, found.winner.removesuffix("_season")}
    mine = [trial for trial in found.trials if trial.model == found.winner]
    assert len(mine) >= 2
    for trial in mine:
        assert trial.until_on <= business_date_of(LAST)
        assert sum(tenth.actual for tenth in trial.tenths) == trial.actual
        assert 0 < trial.mae < 3 * trial.naive_mae
        assert trial.coverage_90 >= trial.coverage_80
    assert found.scores[found.winner] <= min(found.scores.values()) * 1.001
    assert found.scores["bg_nbd"] == 1.0


def business_date_of(moment: datetime) -> date:
    return (moment + timedelta(hours=9)).date()


def test_what_is_stored_is_what_plain_loops_foretell(shop: list[Sale]) -> None:
    everybody_s_expectation_adds_up(shop)
    equity_moves_by_parts_that_add_up(shop)
    the_month_s_end_is_computed_as_of_then(shop)
    the_back_test_is_published_whole()


def test_a_forecast_is_made_again_for_a_new_day_and_not_for_every_sale(
    shop: list[Sale], tmp_path: Path
) -> None:
    def made() -> datetime:
        with tx() as t:
            return t.value("SELECT as_of FROM insight_result WHERE metric = 'ltv_model'")

    before = made()
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1), member=PEOPLE[1], at=LAST))
    analyst.work_once(Analyst(tmp_path))
    assert made() == before
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1), member=PEOPLE[1], at=LAST + timedelta(days=1)))
    analyst.work_once(Analyst(tmp_path))
    assert made() > before


def test_with_too_few_people_nothing_is_foretold_and_what_is_missing_is_said(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    with tx() as t:
        world.open_shop(t, live=False)
        world.sold(t, world.sale(("KASHI-01", 1), member="G1040001"))
    analyst.work_once(Analyst(tmp_path))
    with tx() as t:
        found = forecast_queries.expected(t)
        assert forecast_queries.equity(t) is None
        assert t.value("SELECT count(*) FROM insight_forecast") == 0
    assert isinstance(found, forecast_queries.Missing)
    assert (found.code, found.people, found.least_people) == ("too_few_people", 1, 50)


def test_days_on_which_something_only_came_back_are_no_purchase(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    """Their loss is taken off everybody's expected value by its share."""
    bought = purchases([0, 0, 1], [5, 9, 7], [100.0, 300.0, 100.0])
    days = forecasts.Days(
        np.array([1, 2]), bought, np.array([5, 9, 7, 12]), np.array([100.0, 300.0, 100.0, -50.0])
    )
    assert days.kept(11) == 1.0
    assert days.kept(12) == pytest.approx(0.9)
    assert days.kept(1) == 0.0


def test_a_month_s_end_before_any_day() -> None:
    assert forecasts.month_end_before(date(2026, 3, 1)) == date(2026, 2, 28)
    assert forecasts.month_end_before(date(2026, 2, 28)) == date(2026, 1, 31)


def test_what_was_never_checked_on_the_past_is_not_shown(
    fresh_db: FreshDatabase, tmp_path: Path
) -> None:
    """Enough people, but all of five days."""
    hours = list(range(0, 120, 40))
    sales = [
        world.sale(("CHA-01", 1), member=card, at=LAST - timedelta(hours=ago))
        for n, card in enumerate(PEOPLE)
        for ago in (hours if n % 2 else hours[:1])
    ]
    open_shop(sales)
    analyst.work_once(Analyst(tmp_path))
    with tx() as t:
        found = forecast_queries.expected(t)
        assert t.value("SELECT count(*) FROM insight_forecast") == 0
    assert isinstance(found, forecast_queries.Missing)
    assert found.code == "nothing_to_check"


def test_a_shop_of_a_few_weeks_is_not_foretold(fresh_db: FreshDatabase, tmp_path: Path) -> None:
    """Six weeks of people who come each week do for the models, and tell nothing of a year."""
    sales = [
        world.sale(("CHA-01", 1), member=card, at=LAST - timedelta(days=ago + n % 5))
        for n, card in enumerate(PEOPLE)
        for ago in range(0, 38, 4 + n % 7)
    ]
    open_shop(sales)
    analyst.work_once(Analyst(tmp_path))
    with tx() as t:
        found = forecast_queries.expected(t)
        assert t.value("SELECT count(*) FROM insight_forecast") == 0
    assert isinstance(found, forecast_queries.Missing)
    assert found.code == "too_short"
