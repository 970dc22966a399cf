"""Spread, stores, presentation and lapses against plain loops over the same sales."""

import math
import random
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import pytest

from goen.insight import analyst, parts, queries
from goen.insight.analyst import Analyst
from goen.insight.questions import (
    DECILES,
    LAPSING,
    PRESENTATION,
    RFM,
    SECOND,
    STORES,
    Question,
)
from goen.insight.sight import Sight
from goen.kit.db import Tx, tx
from goen.orders.sale import Sale
from tests import world
from tests.conftest import FreshDatabase
from tests.insight.test_ltv import PRICE, business_date, profit

Told = list[tuple[Sale, str | None]]
PLACES = ("shibuya", "kichijoji", "web")


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> Tx:
    with tx() as t:
        world.open_shop(t, live=False)
    return Tx()


def some_sales(seed: int, *, days: int = 300, count: int = 220) -> Told:
    rng = random.Random(seed)
    cards: dict[str | None, str | None] = {p[5]: p[0] for p in world.PEOPLE} | {None: None}
    told: Told = []
    for _ in range(count):
        card, place = rng.choice(list(cards)), rng.choice(PLACES)
        items = [(rng.choice(list(PRICE)), rng.randint(1, 3)) for _ in range(rng.randint(1, 3))]
        at = world.NOW - timedelta(hours=rng.randint(1, 24 * days))
        channel = "ec" if place == "web" else "store"
        staff = "st01" if place == "shibuya" else None
        sale = world.sale(*items, member=card, at=at, place=place, channel=channel, staff=staff)
        told.append((sale, cards[card]))
    return told


def answered(folder: Path, told: Told, *questions: Question) -> list[Any]:
    """Sell, let the analyst work, and read what is stored."""
    with tx() as t:
        world.sold(t, *[sale for sale, _ in told])
    analyst.work_once(Analyst(folder))
    with tx() as t:
        found = [queries.stored(t, question) for question in questions]
    assert all(found)
    return [one[0] for one in found if one]


def spent(sale: Sale) -> int:
    return sum(x.qty * PRICE[x.item] for x in sale.lines)


def test_people_are_spread_as_plain_loops_say(shop: Tx, tmp_path: Path) -> None:
    told = some_sales(1)
    rfm, deciles, second = answered(tmp_path, told, RFM, DECILES, SECOND)
    own: dict[str, Told] = defaultdict(list)
    for sale, who in sorted(told, key=lambda one: one[0].occurred_at):
        if who:
            own[who].append((sale, who))
    assert sum(cell["people"] for cell in rfm["cells"]) == len(own)
    assert sum(cell["profit_minor"] for cell in rfm["cells"]) == pytest.approx(
        sum(profit(sale) for sale, who in told if who), abs=10
    )
    totals = sorted((sum(spent(s) for s, _ in sales) for sales in own.values()), reverse=True)
    assert [one["amount_minor"] for one in deciles["tenths"]] == totals
    assert sum(one["orders"] for one in deciles["tenths"]) == sum(map(len, own.values()))

    end = max(business_date(sale) for sale, _ in told)
    cohorts: dict[str, list[list]] = defaultdict(list)
    for sales in own.values():
        days = sorted({business_date(sale) for sale, _ in sales})
        cohorts[days[0].replace(day=1).isoformat()].append(days)
    found: dict[str, list[dict]] = defaultdict(list)
    for one in second["cohorts"]:
        found[one["month"]].append(one)
    assert found.keys() == cohorts.keys()
    for month, people in cohorts.items():
        assert sum(one["people"] for one in found[month]) == len(people)
        for at, window in enumerate(second["windows"]):
            within = [one["within"][at] for one in found[month]]
            if None not in within:
                quick = [d for d in people if len(d) > 1 and (d[1] - d[0]).days <= window]
                assert sum(within) == len(quick)
            if all((end - days[0]).days < window for days in people):
                assert within == [None] * len(within)


def test_a_place_is_worth_what_its_people_buy_anywhere(shop: Tx, tmp_path: Path) -> None:
    """R-039: who first came in Shibuya and buys on EC raises Shibuya's value, not its sales."""
    told = some_sales(2)
    (value,) = answered(tmp_path, told, STORES)
    places = {code: number for number, code in shop.rows("SELECT id, code FROM places_place")}
    own: dict[str, list[Sale]] = defaultdict(list)
    for sale, who in sorted(told, key=lambda one: one[0].occurred_at):
        if who:
            own[who].append(sale)
    cards = {card["place_id"]: card for card in value["places"]}
    for code in PLACES:
        card = cards[places[code]]
        here = [sale for sale, _ in told if sale.place == code]
        assert card["sales_minor"] == sum(map(spent, here))
        assert card["receipts"] == len(here)
        brought = [sales for sales in own.values() if sales[0].place == code]
        if not brought:
            assert "brought" not in card
            continue
        worth = [sum(map(profit, sales)) for sales in brought]
        assert card["brought"]["people"] == len(brought)
        assert card["brought"]["mean_minor"] == pytest.approx(fmean(worth))
        half = 1.2815515655446004 * stdev(worth) / math.sqrt(len(worth)) if len(worth) > 1 else 0
        assert card["brought"]["high_minor"] == pytest.approx(fmean(worth) + half)
        away = sum(profit(s) for sales in brought for s in sales if s.place != code)
        assert card["brought"]["elsewhere_minor"] == pytest.approx(away, abs=1)
    served: dict[str, int] = defaultdict(int)
    for sales in own.values():
        by_place = {p: sum(spent(s) for s in sales if s.place == p) for p in PLACES}
        served[max(PLACES, key=lambda p: (by_place[p], -places[p]))] += 1
    for code in PLACES:
        assert cards[places[code]].get("served", {"people": 0})["people"] == served[code]


def test_the_presentation_rate_matches_a_count_by_hand(shop: Tx, tmp_path: Path) -> None:
    """R-009, by place, channel and week, and by who stood at the till."""
    told = some_sales(3)
    (value,) = answered(tmp_path, told, PRESENTATION)
    places = {code: number for number, code in shop.rows("SELECT id, code FROM places_place")}
    end = max(business_date(sale) for sale, _ in told)
    first = end - timedelta(days=83)
    by_hand: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for sale, who in told:
        if business_date(sale) >= first:
            day = first + timedelta(days=(business_date(sale) - first).days // 7 * 7)
            week = day.isoformat()
            by_hand[week, places[sale.place]][0] += 1
            by_hand[week, places[sale.place]][1] += who is not None
    found = {
        (row["week"], row["place_id"]): [row["receipts"], row["identified"]]
        for row in value["weeks"]
    }
    assert found == by_hand
    recent = [(s, w) for s, w in told if business_date(s) >= first and s.place == "shibuya"]
    (staff,) = value["staff"]
    assert staff["receipts"] == len(recent)
    assert staff["identified"] == sum(1 for _, who in recent if who)


def bought(item: str, qty: int, card: str | None, days_ago: int) -> tuple[Sale, str | None]:
    at = world.NOW - timedelta(days=days_ago)
    return world.sale((item, qty), member=card, at=at, channel="store"), card


def test_when_the_one_buyer_stays_away_item_and_person_are_named(shop: Tx, tmp_path: Path) -> None:
    """G-01's customer A stops: a warning for the article and one for the person (R-007)."""
    one, two = world.PEOPLE[0][5], world.PEOPLE[1][5]
    told = [bought("KASHI-01", 12, one, days) for days in range(100, 30, -7)]
    told += [bought("KASHI-01", 2, two, days) for days in (90, 60, 30, 1)]
    told += [bought("CHA-01", 12, two, days) for days in (22, 15, 8, 1)]
    (value,) = answered(tmp_path, told, LAPSING)
    (item,) = value["items"]
    codes = dict(shop.rows("SELECT id, code FROM catalogue_sku"))
    assert codes[item["sku_id"]] == "KASHI-01"
    assert (item["own_units"], item["units"], item["usual_days"]) == (120, 128, 7.0)
    assert item["days_away"] == 36  # from 37 days ago to the last day there is, 1 day ago
    assert item["lost_units"] == pytest.approx(120 * 28 / (63 + 7))
    late = shop.rows("SELECT person_id FROM insight_personrank WHERE is_late")
    assert late == [(item["person_id"],)]


def test_who_still_comes_is_no_warning(shop: Tx, tmp_path: Path) -> None:
    one = world.PEOPLE[0][5]
    told = [bought("KASHI-01", 12, one, days) for days in range(71, 0, -7)]
    (value,) = answered(tmp_path, told, LAPSING)
    assert value["items"] == []


def test_a_part_that_takes_long_rests_and_is_caught_up_later(
    shop: Tx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three sales while it rests: one more computation afterwards, and none without a sale."""
    ran: list[int] = []
    now = [0.0]

    def slow(sight: Sight) -> None:
        ran.append(sight.lake.watermark)
        now[0] += 5

    monkeypatch.setattr(parts, "STANDING", (slow,))
    monkeypatch.setattr(analyst.time, "monotonic", lambda: now[0])
    working = Analyst(tmp_path)
    for n in range(4):
        with tx() as t:
            world.sold(t, world.sale(("KASHI-01", 1), at=world.NOW - timedelta(hours=n + 1)))
        analyst.work_once(working)
    assert len(ran) == 1
    now[0] += 5 * analyst.REST
    analyst.work_once(working)
    assert len(ran) == 2
    assert ran[1] > ran[0]
    now[0] += 1_000_000
    analyst.work_once(working)
    assert len(ran) == 2


def test_a_part_that_the_engine_gives_up_on_holds_up_no_other(
    shop: Tx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next part runs, and the first one is tried again later."""
    ran: list[str] = []
    now = [0.0]

    def greedy(sight: Sight) -> None:
        ran.append("greedy")
        sight.lake.lines.get_backend().raw_sql("SELECT error('the disk is full')").fetchall()

    def modest(sight: Sight) -> None:
        ran.append("modest")

    monkeypatch.setattr(parts, "STANDING", (greedy, modest))
    monkeypatch.setattr(analyst.time, "monotonic", lambda: now[0])
    working = Analyst(tmp_path)
    with tx() as t:
        world.sold(t, world.sale(("KASHI-01", 1), at=world.NOW - timedelta(hours=1)))
    analyst.work_once(working)
    assert ran == ["greedy", "modest"]
    analyst.work_once(working)
    assert ran == ["greedy", "modest"], "it rests"
    now[0] += analyst.FAILED_REST_S
    analyst.work_once(working)
    assert ran == ["greedy", "modest", "greedy"]
