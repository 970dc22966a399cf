"""What was considered and not bought: R-026 by hand, and against plain loops over random days."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import ibis
import pytest

from goen.behaviour.events import NewEvent, keep
from goen.insight import base, considered, lake, passed_over, tastes
from goen.insight.passed_over import Bought
from goen.insight.sight import Sight, Span, rows
from goen.kit import settings
from goen.kit.db import Tx, tx
from tests import world
from tests.conftest import FreshDatabase
from tests.world import ACTOR, NOW

DAYS = 14
CARDS = {person[5]: person[0] for person in world.PEOPLE}


@pytest.fixture
def shop(fresh_db: FreshDatabase) -> FreshDatabase:
    with tx() as t:
        world.open_shop(t, live=False)
    return fresh_db


def ids(sql: str) -> dict[str, int]:
    with tx() as t:
        return dict(t.rows(sql))


def seen(sku: int, record: int, at: object, kind: str = "view", no: str = "m") -> NewEvent:
    return NewEvent("ec", no, kind, at, record_id=record, sku_id=sku)  # type: ignore[arg-type]


def sight(folder: Path) -> Sight:
    with tx() as t:
        lake.publish(t, folder, recorded_at=NOW)
        config = settings.read_all(t)
    opened = base.open_lake(ibis.duckdb.connect(), folder)
    days = rows(
        opened.lines.aggregate(
            a=opened.lines.business_date.min(), b=opened.lines.business_date.max()
        )
    )[0]
    return Sight(opened, Span(days["a"], days["b"]), config, NOW)


def told(*events: NewEvent) -> None:
    with tx() as t:
        answers = keep(t, list(events), actor=ACTOR, recorded_at=NOW)
    assert all(hasattr(one, "repeated") for one in answers), answers


def test_three_viewed_and_one_bought_are_two_losers(shop: FreshDatabase, tmp_path: Path) -> None:
    """R-026: with how often X loses to Y."""
    sku = ids("SELECT code, id FROM catalogue_sku")
    record = ids("SELECT source_key, id FROM customers_record")
    at = NOW - timedelta(days=3)
    for n, (card, key) in enumerate(list(CARDS.items())[:2]):
        for item in ("CHA-01", "NUNO-01", "UTSUWA-01"):
            told(seen(sku[item], record[key], at - timedelta(hours=5), no=f"{n}{item}"))
        with tx() as t:
            world.sold(t, world.sale(("CHA-01", 1), member=card, at=at))
    considered.store_considered(sight(tmp_path))
    with tx() as t:
        lost = tastes.compared_with(t, sku["NUNO-01"])
        won = tastes.compared_with(t, sku["CHA-01"])
        assert tastes.considering(t).share == 1.0
        assert tastes.interest(t, sku["CHA-01"]) == tastes.Interest(2, 2)
        assert tastes.interest(t, sku["NUNO-01"]) == tastes.Interest(2, 0)
    assert [(one.sku_id, one.lost, one.won, one.people) for one in lost] == [
        (sku["CHA-01"], 2, 0, 2)
    ]
    assert sorted((one.sku_id, one.lost, one.won) for one in won) == sorted(
        (sku[item], 0, 2) for item in ("NUNO-01", "UTSUWA-01")
    )


def naive(
    sales: list[tuple[int, int, frozenset[int], int]], looks: list[tuple[int, int, int]]
) -> set[tuple[int, int]]:
    """The oracle: (document, article). Sales are (document, person, articles, second)."""
    lost = set()
    for document, person, articles, at in sales:
        for who, sku, second in looks:
            if who != person or not at - DAYS * 86_400 < second <= at or sku in articles:
                continue
            between = any(
                p == person and sku in other and second <= then <= at for _, p, other, then in sales
            )
            if not between:
                lost.add((document, sku))
    return lost


@pytest.mark.parametrize("seed", range(2))
def test_losers_equal_the_naive_oracle_and_the_page(
    shop: FreshDatabase, tmp_path: Path, seed: int
) -> None:
    rng = random.Random(seed)
    sku = ids("SELECT code, id FROM catalogue_sku")
    record = ids("SELECT source_key, id FROM customers_record")
    codes = [goods[0] for goods in world.GOODS]
    sales, events = [], []
    for _ in range(60):
        card = rng.choice([*list(CARDS)[:3], None])
        items = rng.sample(codes, rng.randint(1, 3))
        at = NOW - timedelta(minutes=rng.randint(1, 60 * 24 * 30))
        sales.append((world.sale(*[(i, 1) for i in items], member=card, at=at), card, items))
    for n in range(150):
        item, key = rng.choice(codes), rng.choice(list(CARDS.values())[:3])
        kind = rng.choice(["view", "cart", "uncart", "visit", "opened"])
        at = NOW - timedelta(minutes=rng.randint(1, 60 * 24 * 40))
        events.append(seen(sku[item], record[key], at, kind, f"e{n}"))
    told(*events)
    with tx() as t:
        world.sold(t, *[sale for sale, *_ in sales])
    numbers = ids("SELECT uid::text, id FROM orders_order")
    known = [
        (
            numbers[str(s.uid)],
            record[CARDS[card]],
            frozenset(sku[i] for i in items),
            int(s.occurred_at.timestamp()),
        )
        for s, card, items in sales
        if card
    ]
    looks = [
        (one.record_id, one.sku_id, int(one.occurred_at.timestamp()))
        for one in events
        if one.kind in ("view", "cart", "uncart")
    ]
    expected = naive(known, looks)
    view = sight(tmp_path)
    bought = considered.bought_by(view.lines(), view.lake)
    lost = considered.losses(bought, considered.looks(base.known_events(view.lake)), days=DAYS)
    assert {(row["order_id"], row["sku_id"]) for row in rows(lost)} == expected
    pairs = rows(considered.comparisons(lost, bought, view.lake.sku))
    counted = Counter(
        (sku_id, won)
        for d, sku_id in expected
        for doc, _, items, _ in known
        if doc == d
        for won in items
    )
    assert {(p["lost_sku"], p["won_sku"]): p["purchases"] for p in pairs} == counted
    by_person = defaultdict(list)
    for sale, card, items in sales:
        if card:
            by_person[card].append(
                Bought(sale.uid, sale.occurred_at, frozenset(sku[i] for i in items))
            )
    page = set()
    for card, purchases in by_person.items():
        with tx() as t:
            found = passed_over.of_person(t, [record[CARDS[card]]], purchases)
        page |= {(numbers[str(uid)], one.sku_id) for uid, each in found.items() for one in each}
    assert page == expected
    assert expected


def test_without_any_event_nothing_is_compared(shop: FreshDatabase, tmp_path: Path) -> None:
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1), member="G1040001"))
    considered.store_considered(sight(tmp_path))
    t = Tx()
    assert tastes.compared_with(t, 1) == []
    assert tastes.interest(t, 1) is None
    found = tastes.considering(t)
    assert (found.purchases, found.with_looks, found.losers, found.share) == (1, 0, 0, 0.0)


def test_a_look_after_the_purchase_is_no_loser_of_it(shop: FreshDatabase, tmp_path: Path) -> None:
    sku = ids("SELECT code, id FROM catalogue_sku")
    record = ids("SELECT source_key, id FROM customers_record")
    at = NOW - timedelta(days=2)
    look = seen(sku["NUNO-01"], record["M-001"], at + timedelta(minutes=1))
    told(look, replace(look, message_id="old", occurred_at=at - timedelta(days=DAYS)))
    with tx() as t:
        world.sold(t, world.sale(("CHA-01", 1), member="G1040001", at=at))
    view = sight(tmp_path)
    bought = considered.bought_by(view.lines(), view.lake)
    lost = considered.losses(bought, considered.looks(base.known_events(view.lake)), days=DAYS)
    assert rows(lost) == []
